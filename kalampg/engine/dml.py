"""DML by values and by key: INSERT, UPDATE and DELETE as closures on the event loop.

A closure writes into the transaction and returns the affected rows: the new versions, for DELETE
the old ones. It may raise Suspended or an error in the middle; the executor then undoes what it
wrote. Statements that need a query first are in ``engine.dml_query``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from kalampg import errors
from kalampg.engine.assignment import compile_assignment
from kalampg.engine.context import SessionContext
from kalampg.engine.evaluate import Evaluator, compile_expression, reads_system_columns
from kalampg.engine.point import compile_key
from kalampg.engine.row_writer import RowUpdate, RowWriter
from kalampg.engine.stored_table import StoredTable, with_system_columns
from kalampg.engine.transaction import PendingRow, Transaction
from kalampg.relation import Datum, Relation
from kalampg.sql.expression import Const, Expression
from kalampg.sql.lock_modes import LockMode
from kalampg.sql.plan import DeletePlan, InsertPlan, UpdatePlan
from kalampg.storage.keys import Scope
from kalampg.storage.rows import StoredRow

Write: TypeAlias = Callable[[Sequence[Datum], SessionContext, Transaction], list[StoredRow]]
Assignments: TypeAlias = Sequence[tuple[int, Evaluator]]

_NO_ROW: Final[tuple[Datum, ...]] = ()


def compile_insert(plan: InsertPlan, table: StoredTable, writer: RowWriter) -> Write:
    """INSERT ... VALUES."""
    builders = [row_builder(plan, table, row) for row in plan.rows]
    scope_for, insert = table.scope_for, writer.insert

    def run(
        params: Sequence[Datum], session: SessionContext, transaction: Transaction
    ) -> list[StoredRow]:
        scope = scope_for(session)
        return [
            insert(
                table,
                scope,
                [evaluator(_NO_ROW, params, session) for evaluator in builder],
                transaction,
                session,
            )
            for builder in builders
        ]

    return run


def row_builder(
    plan: InsertPlan, table: StoredTable, row: Sequence[Expression | None]
) -> tuple[Evaluator, ...]:
    """One evaluator per column of the relation: the target's value, else the default, else NULL."""
    columns = table.relation.columns
    expressions = list(plan.defaults)
    for position, expression in zip(plan.targets, row, strict=True):
        if expression is not None:
            expressions[position] = expression
    return tuple(
        compile_assignment(
            Const(None, column.type_oid) if expression is None else expression, column
        )
        for expression, column in zip(expressions, columns, strict=True)
    )


def compile_assignments(
    relation: Relation, targets: Sequence[int], values: Sequence[Expression]
) -> Assignments:
    """SET: (position, evaluator over the old row) for each target."""
    return [
        (position, compile_assignment(value, relation.columns[position]))
        for position, value in zip(targets, values, strict=True)
    ]


def compile_update(plan: UpdatePlan, table: StoredTable, writer: RowWriter) -> Write:
    """UPDATE of the one row that a key names."""
    assert plan.key is not None
    assignments = compile_assignments(plan.relation, plan.targets, plan.values)
    moves_key = not set(plan.targets).isdisjoint(table.key_positions)
    mode = LockMode.UPDATE if moves_key else LockMode.NO_KEY_UPDATE
    find = _compile_target(table, plan.key, plan.filter, plan.values, writer, mode)

    def run(
        params: Sequence[Datum], session: SessionContext, transaction: Transaction
    ) -> list[StoredRow]:
        found = find(params, session, transaction)
        if found is None:
            return []
        scope, key, before, row = found
        values = list(before.row.values)
        for position, evaluator in assignments:
            values[position] = evaluator(row, params, session)
        if moves_key:
            change = RowUpdate(key, before, values)
            return writer.update_all(table, scope, [change], transaction, session)
        return [writer.update(scope, key, before, values, transaction, session)]

    return run


def compile_delete(plan: DeletePlan, table: StoredTable, writer: RowWriter) -> Write:
    """DELETE of the one row that a key names."""
    assert plan.key is not None
    find = _compile_target(table, plan.key, plan.filter, (), writer, LockMode.UPDATE)

    def run(
        params: Sequence[Datum], session: SessionContext, transaction: Transaction
    ) -> list[StoredRow]:
        found = find(params, session, transaction)
        if found is None:
            return []
        scope, key, before, _ = found
        writer.delete(scope, key, before, transaction, session)
        return [before.row]

    return run


# The row's scope and key, the row, and the row as expressions see it.
Target: TypeAlias = tuple[Scope, bytes, PendingRow, Sequence[Datum]]
# Takes the key of a row that may be one to change.
Admit: TypeAlias = Callable[[bytes, Sequence[Datum], SessionContext, Transaction], Target | None]


def _compile_target(
    table: StoredTable,
    key: Sequence[Expression],
    condition: Expression | None,
    values: Sequence[Expression],
    writer: RowWriter,
    mode: LockMode,
) -> Callable[[Sequence[Datum], SessionContext, Transaction], Target | None]:
    """Find the row that a key names, if it is one to change."""
    key_of = compile_key(table, key)
    admit = compile_admit(table, condition, values, writer, mode)

    def run(
        params: Sequence[Datum], session: SessionContext, transaction: Transaction
    ) -> Target | None:
        encoded = key_of(params, session)
        return None if encoded is None else admit(encoded, params, session, transaction)

    return run


def compile_admit(
    table: StoredTable,
    condition: Expression | None,
    values: Sequence[Expression],
    writer: RowWriter,
    mode: LockMode,
) -> Admit:
    """Look a row up by its key, check the filter, lock it; None: it is none to change."""
    check = None if condition is None else compile_expression(condition)
    filters = () if condition is None else (condition,)
    is_wide = reads_system_columns((*values, *filters), table.width)

    def run(
        key: bytes, params: Sequence[Datum], session: SessionContext, transaction: Transaction
    ) -> Target | None:
        scope = table.scope_for(session)
        before = writer.target(table, scope, key, transaction)
        if before is None:
            return None
        row = with_system_columns(before.row) if is_wide else before.row.values
        if check is not None and not check(row, params, session):
            return None
        # Nothing else runs between the look and the lock; whoever must wait runs all of it again.
        writer.lock(scope, key, transaction, session, mode)
        if transaction.snapshot is not None:
            before = writer.unchanged(table, scope, key, before.row.seq, transaction)
        return scope, key, before, row

    return run


def refuse_writes(
    verb: str, transaction: Transaction, session: SessionContext, *, is_temporary: bool = False
) -> None:
    """Raise 25006 where nothing may be written, or nothing but temporary tables."""
    if session.scope_all:
        raise errors.ReadOnlySqlTransaction(
            f"cannot execute {verb} while kalam.scope is 'all'",
            hint="SET kalam.scope = 'user' to write your own rows.",
        )
    if transaction.is_read_only and not is_temporary:
        raise errors.ReadOnlySqlTransaction(f"cannot execute {verb} in a read-only transaction")
