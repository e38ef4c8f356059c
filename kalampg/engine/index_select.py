"""SELECT by index: keys lead to rows, each looked up, on the event loop.

Only few rows are read that way: where there are more, DuckDB reads them all faster than they are
looked up one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeAlias

from kalampg import errors
from kalampg.engine.comparison import sort_key
from kalampg.engine.context import SessionContext
from kalampg.engine.evaluate import compile_expression, reads_system_columns
from kalampg.engine.index_scan import ROWS_MAX, IndexScanner, few
from kalampg.engine.lookup import Lookup
from kalampg.engine.point import FastSelect, compile_outputs
from kalampg.engine.range_select import compile_count
from kalampg.engine.result import Row
from kalampg.engine.stored_table import StoredTable, with_system_columns
from kalampg.engine.suspend import NotFast
from kalampg.relation import Datum
from kalampg.sql.row_plans import IndexSelect, SortKey

_Matching: TypeAlias = Callable[
    [Iterable[bytes], Sequence[Datum], SessionContext], Iterator[Sequence[Datum]]
]


def compile_index_select(plan: IndexSelect, lookup: Lookup, scanner: IndexScanner) -> FastSelect:
    """Compile the select to its closure. It raises NotFast where DuckDB should run it."""
    table = StoredTable(plan.relation)
    find = scanner.compile(plan.scan, table)
    matching = _compile_matching(plan, lookup, table)
    sorts = [_compile_sort(item) for item in reversed(plan.order)]
    project = compile_outputs(plan.outputs)
    limit_of = compile_count(plan.limit, "LIMIT", errors.InvalidRowCountInLimitClause)
    offset_of = compile_count(plan.offset, "OFFSET", errors.InvalidRowCountInResultOffsetClause)

    def run(params: Sequence[Datum], session: SessionContext) -> list[Row]:
        limit = limit_of(params, session)
        offset = offset_of(params, session) or 0
        if limit == 0:
            return []
        keys = find(params, session, session.transaction)
        if sorts or limit is None:
            keys = few(keys)  # All of them are needed: not one row is read where they are many.
        rows: Iterable[Sequence[Datum]] = matching(keys, params, session)
        if sorts:
            rows = list(rows)
            for sort in sorts:
                sort(rows, params, session)
        end = None if limit is None else offset + limit
        return [project(row, params, session) for row in islice(rows, offset, end)]

    return run


def _compile_matching(plan: IndexSelect, lookup: Lookup, table: StoredTable) -> _Matching:
    """Looks keys up; what the condition admits, as the plan's expressions see rows."""
    condition = plan.scan.filter
    admits = None if condition is None else compile_expression(condition)
    read = [*plan.outputs, *(item.value for item in plan.order)]
    is_wide = reads_system_columns([*read, condition] if condition else read, table.width)

    def run(
        keys: Iterable[bytes], params: Sequence[Datum], session: SessionContext
    ) -> Iterator[Sequence[Datum]]:
        scope, transaction = table.scope_for(session), session.transaction
        for looked_at, key in enumerate(keys):
            if looked_at >= ROWS_MAX:
                raise NotFast
            row = (
                lookup.committed(table, scope, key)
                if transaction is None
                else lookup.visible(table, scope, key, transaction)
            )
            if row is None or row.deleted:
                continue
            seen = with_system_columns(row) if is_wide else row.values
            if admits is None or admits(seen, params, session):
                yield seen

    return run


def _compile_sort(
    item: SortKey,
) -> Callable[[list[Sequence[Datum]], Sequence[Datum], SessionContext], None]:
    """What sorts rows by one item of ORDER BY, and leaves equal ones as they are."""
    evaluator = compile_expression(item.value)
    convert = sort_key((item.value.type_oid,))
    null_is_above = item.nulls_first is item.is_descending

    def run(rows: list[Sequence[Datum]], params: Sequence[Datum], session: SessionContext) -> None:
        def key(row: Sequence[Datum]) -> tuple[bool, Any]:
            value = evaluator(row, params, session)
            if value is None:
                return null_is_above, None
            return not null_is_above, value if convert is None else convert(value)

        rows.sort(key=key, reverse=item.is_descending)

    return run
