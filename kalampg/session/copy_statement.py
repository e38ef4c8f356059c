"""Running a COPY: its parts compiled as statements of the session, its rows sent or awaited."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from kalampg import errors
from kalampg.engine import ExecutionResult
from kalampg.session.compilation import CompiledStatement, with_lifted
from kalampg.session.copy_in import CopyIn
from kalampg.session.copying import (
    begin_copy_in,
    check_columns,
    copy_out,
    qualified,
    source_query,
    target_insert,
)
from kalampg.sql import CopyPlan

if TYPE_CHECKING:
    from kalampg.session.runner import StatementRunner


def run_copy(runner: StatementRunner, copy: CopyPlan) -> CopyIn | Awaitable[ExecutionResult]:
    """Begin a COPY FROM, or send the rows of a COPY TO.

    Raises:
        PgError: the table or query is wrong, or may not be used.
    """
    # Several statements are one here: the block keeps them together.
    runner.block.open_implicit()
    runner.block.note_statement()
    context = runner.state.context
    if copy.is_from:
        target = _compile(runner, target_insert(copy), None)
        return begin_copy_in(copy, target, runner.executor, context)
    compiled = _compile_source(runner, copy)
    if compiled.runnable is None:
        raise errors.FeatureNotSupported("COPY query must be a SELECT or return rows")
    if not compiled.runnable.returns_rows:
        raise errors.FeatureNotSupported("COPY query must have a RETURNING clause")
    outcome = runner.executor.execute(
        compiled.runnable, with_lifted([], compiled.compiled), context
    )
    return _send(runner, copy, outcome)


async def _send(
    runner: StatementRunner, copy: CopyPlan, outcome: ExecutionResult | Awaitable[ExecutionResult]
) -> ExecutionResult:
    result = outcome if isinstance(outcome, ExecutionResult) else await outcome
    return await copy_out(copy, result, runner.state.context, runner.output, runner.drain)


def _compile_source(runner: StatementRunner, copy: CopyPlan) -> CompiledStatement:
    if copy.query is not None:
        return _compile(runner, source_query(copy), copy.query_offset)
    assert copy.table is not None, "a COPY without a query has a table"
    compiled = _compile(runner, f"TABLE {qualified(copy.table)}", None)
    check_columns(copy, [column.name for column in compiled.known_columns or ()])
    return _compile(runner, source_query(copy), None)


def _compile(runner: StatementRunner, text: str, offset: int | None) -> CompiledStatement:
    """Compile a statement inside another, which has it at ``offset``, or made of it."""
    try:
        compiled = runner.compile(text)
    except errors.PgError as error:
        if error.position is not None:
            error.position = None if offset is None else error.position + offset
        raise
    runner.check_guards(compiled)
    return compiled
