"""INSERT ... ON CONFLICT: rows whose key exists already are left out, or update what is there.

The key's lock is taken before the look, so that nobody inserts between the look and the write. A
row that this very statement has written is no row to update: PostgreSQL refuses that too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from kalampg import errors
from kalampg.engine.context import SessionContext
from kalampg.engine.dml import Write, compile_assignments, row_builder
from kalampg.engine.evaluate import compile_expression
from kalampg.engine.result import Row
from kalampg.engine.row_writer import RowUpdate, RowWriter
from kalampg.engine.stored_table import StoredTable, with_system_columns
from kalampg.engine.table_rules import complete_row
from kalampg.engine.transaction import PendingRow, Transaction
from kalampg.relation import Datum
from kalampg.sql.plan import InsertPlan, OnConflict
from kalampg.storage.keys import Scope
from kalampg.storage.rows import StoredRow

# The keys that the statement has written so far come last.
Upsert: TypeAlias = Callable[
    [Iterable[list[Datum]], Sequence[Datum], SessionContext, Transaction, set[bytes]],
    list[StoredRow],
]


def upsert_values(plan: InsertPlan, table: StoredTable, writer: RowWriter) -> Write:
    """INSERT ... VALUES ... ON CONFLICT."""
    assert plan.conflict is not None
    builders = [row_builder(plan, table, row) for row in plan.rows]
    upsert = compile_upsert(plan, plan.conflict, table, writer)

    def run(
        params: Sequence[Datum], session: SessionContext, transaction: Transaction
    ) -> list[StoredRow]:
        rows = ([evaluator((), params, session) for evaluator in builder] for builder in builders)
        return upsert(rows, params, session, transaction, set())

    return run


def compile_upsert(
    plan: InsertPlan, conflict: OnConflict, table: StoredTable, writer: RowWriter
) -> Upsert:
    """What writes rows under the plan's ON CONFLICT; returns the rows inserted and updated."""
    update = RowUpdater(plan, conflict, table, writer)

    def run(
        rows: Iterable[list[Datum]],
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction,
        written: set[bytes],
    ) -> list[StoredRow]:
        scope = table.scope_for(session)
        affected: list[StoredRow] = []
        for values in rows:
            found = in_the_way(writer, conflict, table, scope, values, transaction, session)
            if found is None:
                affected.append(writer.insert(table, scope, values, transaction, session))
                written.add(table.key_of(values))
            elif conflict.is_update:
                key, before = found
                if key in written:
                    raise second_time()
                both = [*with_system_columns(before.row), *values]
                after = update.run(scope, key, before, both, params, session, transaction)
                affected += after
                written.update(table.key_of(row.values) for row in after)
        return affected

    return run


class RowUpdater:
    """DO UPDATE: of one existing row, by one row that was to be inserted."""

    def __init__(
        self, plan: InsertPlan, conflict: OnConflict, table: StoredTable, writer: RowWriter
    ) -> None:
        self._table = table
        self._writer = writer
        self._assignments = compile_assignments(plan.relation, conflict.targets, conflict.values)
        condition = conflict.filter
        self._condition = None if condition is None else compile_expression(condition)

    def run(
        self,
        scope: Scope,
        key: bytes,
        before: PendingRow,
        seen: Row,
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction,
    ) -> list[StoredRow]:
        """The new version, unless the condition says no; ``seen`` is what expressions see."""
        if self._condition is not None and not self._condition(seen, params, session):
            return []
        values = list(before.row.values)
        for position, evaluator in self._assignments:
            values[position] = evaluator(seen, params, session)
        change = RowUpdate(key, before, values)
        return self._writer.update_all(self._table, scope, [change], transaction, session)


def in_the_way(
    writer: RowWriter,
    conflict: OnConflict,
    table: StoredTable,
    scope: Scope,
    values: list[Datum],
    transaction: Transaction,
    session: SessionContext,
) -> tuple[bytes, PendingRow] | None:
    """The key and live row that are in the way of a new row, which must be a valid one.

    Raises:
        NotNullViolation: 23502. CheckViolation: 23514.
        SerializationFailure: 40001, the transaction's snapshot does not show that version.
    """
    rules = writer.rules_of(table, transaction)
    complete_row(rules, table, values, session)
    keys = []
    if conflict.is_any or conflict.index is None:
        keys.append(table.key_of(values))
    if rules is not None:
        for unique in rules.unique:
            if conflict.is_any or unique.index.oid == conflict.index:
                holder = writer.entries.holder(unique.keys, scope, values, transaction, session)
                keys += [] if holder is None else [holder]
    for key in keys:
        found = writer.conflicting(table, scope, key, transaction, session)
        if found is not None:
            return key, found
    return None


def second_time() -> errors.CardinalityViolation:
    return errors.CardinalityViolation(
        "ON CONFLICT DO UPDATE command cannot affect row a second time",
        hint="Ensure that no rows proposed for insertion within the same command have duplicate "
        "constrained values.",
    )
