"""EXPLAIN: what a plan will do for this session, as lines of text.

The plan of the engine, not PostgreSQL's: point or DuckDB plan, what each scan holds, how many
segments min/max pruning left, and the predicate that isolates the user.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kalampg.engine.context import SessionContext
from kalampg.engine.query import Queries
from kalampg.relation import Datum, Relation, TableType
from kalampg.sql.plan import (
    DataPlan,
    DeletePlan,
    DuckQuery,
    IndexSelect,
    InsertPlan,
    MergePlan,
    PointSelect,
    RangeSelect,
    SelectPlan,
    StepPlan,
    UpdatePlan,
    WithPlan,
)


def explain(
    plan: DataPlan, params: Sequence[Datum], session: SessionContext, queries: Queries
) -> list[str]:
    """The lines of EXPLAIN."""
    if isinstance(plan, WithPlan):
        return _explain_parts(plan, params, session, queries)
    query, lines = _head(plan)
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


def _explain_parts(
    plan: WithPlan, params: Sequence[Datum], session: SessionContext, queries: Queries
) -> list[str]:
    for step in plan.steps:
        session.step_rows[step.relation.table_id] = ()
    try:
        lines = explain(plan.main, params, session, queries)
        for step in plan.steps:
            lines.append(f"  WITH {step.relation.name}")
            found = explain(step.plan, params, session, queries)
            lines += [f"    {line}" for line in found]
    finally:
        session.step_rows.clear()
    return lines


def _head(plan: StepPlan | MergePlan) -> tuple[DuckQuery | None, list[str]]:
    match plan:
        case SelectPlan():
            return _select_head(plan)
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
            if plan.key is None:
                return plan.query, [head, "  DuckDB Query"]
            return None, [head, *_point("  Point Look-up", plan.relation, locks_rows=False)]


def _verb(plan: UpdatePlan | DeletePlan) -> str:
    if isinstance(plan, UpdatePlan):
        return "Update"
    return "Undelete" if plan.restores else "Delete"


def _select_head(plan: SelectPlan) -> tuple[DuckQuery | None, list[str]]:
    fast, locks_rows = plan.fast, plan.locked is not None
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
        case IndexSelect():
            return None, list(_index(fast))
        case None:
            return plan.query, ["DuckDB Query"]


def _index(fast: IndexSelect) -> Iterator[str]:
    relation = fast.relation
    index = next(one for one in relation.indexes if one.oid == fast.index)
    positions = [relation.position_of_id(one) for one in index.columns[: len(fast.values)]]
    head, _, *rest = _point(f"Index Select using {index.name}", relation, locks_rows=False)
    yield head
    yield f"  Key: {', '.join(relation.columns[position].name for position in positions)}"
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
