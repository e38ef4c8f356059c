"""SELECT by index: entries lead to rows, each looked up by its key, on the event loop.

Only few rows are read that way: where an index has more for the values, DuckDB reads them all
faster than they are looked up one by one. A transaction that keeps its snapshot asks DuckDB too,
because entries are always the newest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kalampg.engine.context import SessionContext
from kalampg.engine.evaluate import compile_expression, reads_system_columns
from kalampg.engine.index_entries import IndexEntries
from kalampg.engine.lookup import Lookup
from kalampg.engine.point import FastSelect, compile_outputs, key_evaluator
from kalampg.engine.result import Row
from kalampg.engine.stored_table import StoredTable, with_system_columns
from kalampg.engine.suspend import NotFast
from kalampg.engine.table_rules import RuleBook
from kalampg.relation import Datum
from kalampg.sql.plan import IndexSelect
from kalampg.storage.index_keys import IndexKeys, index_keys

# About a millisecond of looking up rows that are in memory.
_ROWS_MAX: Final = 100


def compile_index_select(
    plan: IndexSelect, lookup: Lookup, entries: IndexEntries, book: RuleBook
) -> FastSelect:
    """Compile the select to its closure. It raises NotFast where DuckDB should run it."""
    table = StoredTable(plan.relation)
    keys = _keys(plan)
    evaluators = [
        key_evaluator(value, plan.relation.columns[position].type_oid)
        for value, position in zip(plan.values, keys.positions, strict=False)
    ]
    admits = compile_expression(plan.filter)
    project = compile_outputs(plan.outputs)
    is_wide = reads_system_columns((*plan.outputs, plan.filter), table.width)

    def run(params: Sequence[Datum], session: SessionContext) -> list[Row]:
        transaction = session.transaction
        if transaction is not None and transaction.keeps_snapshot:
            raise NotFast
        if not book.has_index(plan.relation.table_id, plan.index, transaction):
            raise NotFast  # It was dropped after the statement was compiled.
        values = [evaluator((), params, session) for evaluator in evaluators]
        if None in values:
            return []
        try:
            prefix = keys.prefix_of(values)
        except OverflowError:  # No value of the column's type.
            return []
        scope = table.scope_for(session)
        rows: list[Row] = []
        for count, key in enumerate(entries.row_keys(scope, prefix, transaction)):
            if count == _ROWS_MAX:
                raise NotFast
            row = (
                lookup.committed(table, scope, key)
                if transaction is None
                else lookup.visible(table, scope, key, transaction)
            )
            if row is None or row.deleted:
                continue
            seen = with_system_columns(row) if is_wide else row.values
            if admits(seen, params, session):
                rows.append(project(seen, params, session))
        return rows

    return run


def _keys(plan: IndexSelect) -> IndexKeys:
    index = next(index for index in plan.relation.indexes if index.oid == plan.index)
    return index_keys(plan.relation, index)
