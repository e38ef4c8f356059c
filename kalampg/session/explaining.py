"""EXPLAIN: the plan's lines, as text or JSON; with ANALYZE the statement runs, and is measured."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Sequence
from typing import Any, Final

from kalampg.clock import Clock
from kalampg.engine import ExecutionResult
from kalampg.session.rows import is_stream
from kalampg.session.scrolling import skipped
from kalampg.sql import ResultColumn
from kalampg.sql.statements import Explain

_INDENT: Final = "  "


async def analyzed(
    outcome: ExecutionResult | Awaitable[ExecutionResult],
    lines: list[str],
    statement: Explain,
    columns: tuple[ResultColumn, ...],
    clock: Clock,
    started_us: int,
) -> ExecutionResult:
    """The answer, with what running the statement has shown. Its rows are read and dropped."""
    result = outcome if isinstance(outcome, ExecutionResult) else await outcome
    if is_stream(result.rows):
        try:
            rows = await skipped(result.rows, None)
        finally:
            result.rows.close()
    else:
        rows = len(result.rows) if isinstance(result.rows, list) else 0
    milliseconds = (clock.now_us() - started_us) / 1000
    lines = [*lines, f"{_INDENT}Actual Rows: {rows}"]
    if result.columns is None or not result.tag.startswith("SELECT"):
        lines.append(f"{_INDENT}Rows Affected: {result.tag.rpartition(' ')[2]}")
    if statement.summary is not False:
        lines.append(f"Execution Time: {milliseconds:.3f} ms")
    return explained(lines, statement, columns)


def explained(
    lines: Sequence[str], statement: Explain, columns: tuple[ResultColumn, ...]
) -> ExecutionResult:
    """The answer, in the format that was asked for."""
    if statement.format == "json":
        return ExecutionResult("EXPLAIN", columns, [(_as_json(lines),)])
    return ExecutionResult("EXPLAIN", columns, [(line,) for line in lines])


def _as_json(lines: Sequence[str]) -> str:
    """The lines as a tree: what is indented under a line belongs to it.

    >>> _as_json(["Insert on t", "  Values: 1 rows", "Execution Time: 0.100 ms"])
    '[{"Plan": {"Node Type": "Insert on t", "Values": "1 rows"}, "Execution Time": 0.1}]'
    """
    top: dict[str, Any] = {}
    open_nodes: list[tuple[int, dict[str, Any]]] = []
    for line in lines:
        text = line.lstrip()
        depth = len(line) - len(text)
        name, colon, value = text.partition(": ")
        if colon and not depth:
            top[name] = float(value.removesuffix(" ms"))
            continue
        while open_nodes and open_nodes[-1][0] >= depth and (not colon or len(open_nodes) > 1):
            open_nodes.pop()
        if colon:
            open_nodes[-1][1][name] = int(value) if value.isdecimal() else value
            continue
        node = {"Node Type": text}
        if open_nodes:
            open_nodes[-1][1].setdefault("Plans", []).append(node)
        else:
            top = {"Plan": node, **top}
        open_nodes.append((depth, node))
    return json.dumps([top])
