"""EXPLAIN: what a plan will do for this session, as lines of text.

The plan of the engine, not PostgreSQL's: point or DuckDB plan, what each scan holds, how many
segments min/max pruning left, and the predicate that isolates the user.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kalampg.engine.context import SessionContext
from kalampg.engine.index_scan import IndexScanner, few
from kalampg.engine.query import Queries
from kalampg.engine.stored_table import StoredTable
from kalampg.engine.suspend import NotFast, Suspended
from kalampg.relation import Datum, Relation, TableType
from kalampg.sql.index_expression import key_texts
from kalampg.sql.plan import (
    DataPlan,
    DeletePlan,
    DuckQuery,
    InsertPlan,
    MergePlan,
    SelectPlan,
    StepPlan,
    UpdatePlan,
    WithPlan,
)
from kalampg.sql.row_plans import IndexScan, IndexSelect, PointSelect, RangeSelect


@dataclass(frozen=True, slots=True)
class Execution:
    """What would run the plan, and for whom."""

    params: Sequence[Datum]
    session: SessionContext
    queries: Queries
    scanner: IndexScanner


def explain(plan: DataPlan, execution: Execution) -> list[str]:
    """The lines of EXPLAIN."""
    if isinstance(plan, WithPlan):
        return _explain_parts(plan, execution)
    query, lines = _head(plan, execution)
    params, session, queries = execution.params, execution.session, execution.queries
    if query is not None:
        if isinstance(plan, SelectPlan) and plan.locked is not None:
            params = [*params, None]  # However many rows it looks at.
        gathered = queries.gather(query, params, session, session.transaction)
        try:
            for read in gathered.reads:
                lines += _scan_lines(read.use.relation, session)
                for scope in read.scopes:
                    hot = "not decoded"
                    if scope.known is not None:
                        hot = f"{len(scope.known.rows.places)} decoded"
                        hot += f", {len(scope.known.changes)} changed since"
                    total = len(scope.manifest.segments)
                    lines.append(f"        Hot rows: {hot}")
                    lines.append(
                        f"        Segments: {len(scope.segments)} of {total} "
                        f"({total - len(scope.segments)} pruned by min/max)"
                    )
                if read.own is not None:
                    lines.append(f"        Own uncommitted rows: {read.own.table.num_rows}")
        finally:
            queries.release(gathered)
    return lines


def _explain_parts(plan: WithPlan, execution: Execution) -> list[str]:
    session = execution.session
    for step in plan.steps:
        session.step_rows[step.relation.table_id] = ()
    try:
        lines = explain(plan.main, execution)
        for step in plan.steps:
            lines.append(f"  WITH {step.relation.name}")
            found = explain(step.plan, execution)
            lines += [f"    {line}" for line in found]
    finally:
        session.step_rows.clear()
    return lines


def _head(plan: StepPlan | MergePlan, execution: Execution) -> tuple[DuckQuery | None, list[str]]:
    match plan:
        case SelectPlan():
            return _select_head(plan, execution)
        case MergePlan():
            return plan.query, [f"Merge on {plan.relation.qualified_name}", "  DuckDB Query"]
        case InsertPlan():
            lines = [f"Insert on {plan.relation.qualified_name}"]
            if plan.conflict is not None:
                action = "UPDATE" if plan.conflict.is_update else "NOTHING"
                lines.append(f"  Conflict Resolution: {action}")
            if plan.source is not None:
                return plan.source, [*lines, "  DuckDB Query"]
            return None, [*lines, f"  Values: {len(plan.rows)} rows"]
        case UpdatePlan() | DeletePlan():
            head = f"{_verb(plan)} on {plan.relation.qualified_name}"
            if plan.scan is not None and _runs(plan.scan, False, execution):
                return None, [head, *(f"  {line}" for line in _scan(plan.scan, "Look-up"))]
            if plan.key is None:
                return plan.query, [head, "  DuckDB Query"]
            return None, [head, *_point("  Point Look-up", plan.relation, locks_rows=False)]


def _verb(plan: UpdatePlan | DeletePlan) -> str:
    if isinstance(plan, UpdatePlan):
        return "Update"
    return "Undelete" if plan.restores else "Delete"


def _select_head(plan: SelectPlan, execution: Execution) -> tuple[DuckQuery | None, list[str]]:
    fast, locks_rows = plan.fast, plan.locked is not None
    is_page = isinstance(fast, IndexSelect) and fast.limit is not None and not fast.order
    match fast:
        case PointSelect(relation=None):
            return None, ["Result"]
        case PointSelect():
            return None, list(_point("Point Select", fast.relation, locks_rows=locks_rows))
        case RangeSelect():
            direction = " Backward" if fast.is_descending else ""
            return None, list(
                _point(f"Range Select{direction}", fast.relation, locks_rows=locks_rows)
            )
        case IndexSelect() if _runs(fast.scan, is_page, execution):
            lines = list(_scan(fast.scan, "Select"))
            return None, [*lines, "  Sort: the rows found"] if fast.order else lines
        case _:
            return plan.query, ["DuckDB Query"]


def _runs(scan: IndexScan, is_page: bool, execution: Execution) -> bool:
    """Whether the index is used now: not where it leads to many rows, or by an older snapshot."""
    try:
        find = execution.scanner.compile(scan, StoredTable(scan.relation))
        keys = find(execution.params, execution.session, execution.session.transaction)
        if not is_page:
            few(keys)
    except NotFast:
        return False
    except Suspended:
        return True  # A segment is brought first.
    return True


def _scan(scan: IndexScan, what: str) -> Iterator[str]:
    relation = scan.relation
    index = next((one for one in relation.indexes if one.oid == scan.index), None)
    name = relation.primary_key_name if index is None else index.name
    columns = [column.name for column in relation.columns]
    names = [columns[position] for position in relation.primary_key]
    if index is not None:
        names = key_texts(relation, index, columns)
    used = len(scan.choices) + (scan.lower is not None or scan.upper is not None)
    direction = " Backward" if scan.is_descending else ""
    head, _, *rest = _point(f"Index {what}{direction} using {name}", relation, locks_rows=False)
    yield head
    yield f"  Key: {', '.join(names[: used or None])}"
    yield from rest


def _point(name: str, relation: Relation | None, *, locks_rows: bool) -> Iterator[str]:
    assert relation is not None
    key = ", ".join(relation.columns[position].name for position in relation.primary_key)
    yield f"{name} on {relation.qualified_name}"
    yield f"  Key: {key}"
    if relation.table_type is TableType.USER:
        yield "  Scope: rows of the effective user only"
    if locks_rows:
        yield "  Locks: the rows found"


def _scan_lines(relation: Relation, session: SessionContext) -> list[str]:
    lines = [f"    Scan on {relation.qualified_name}"]
    if relation.table_type is TableType.USER:
        if session.scope_all:
            lines.append("        Scope: rows of all users (kalam.scope = 'all')")
        else:
            lines.append("        Scope: rows of the effective user only")
            lines.append('        Isolation: "_user_id" = $kalam_user')
    return lines
