"""TableRewriter: gives every row of a table new values, inside the session's block.

For ALTER TABLE. All rows of all users, hot and cold, deleted ones too, become new hot rows in the
commit that brings the table's new definition; the old ones go with it, as if by TRUNCATE. Nobody
writes the table meanwhile, readers go on.

The new rows are the transaction's: a table larger than ``transaction.bytes_max`` is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from kalampg import errors
from kalampg.engine.assignment import compile_assignment
from kalampg.engine.context import SessionContext
from kalampg.engine.evaluate import Evaluator
from kalampg.engine.foreign_rows import refuse_foreign_rows, without_foreign_values
from kalampg.engine.index_entries import IndexEntries
from kalampg.engine.locks import LockTable
from kalampg.engine.lookup import Lookup
from kalampg.engine.stored_table import StoredTable
from kalampg.engine.suspend import Suspended
from kalampg.engine.table_rules import RuleBook, complete_row
from kalampg.engine.transaction import Home, PendingRow, Transaction
from kalampg.ids import ColumnId
from kalampg.relation import Column, Datum, Relation
from kalampg.sql.expression import Expression
from kalampg.storage.in_worker import InWorker, finish
from kalampg.storage.keys import Scope
from kalampg.storage.live_rows import KeyedRow, LiveRows
from kalampg.storage.rows import StoredRow
from kalampg.storage.store import Store

# About 2 ms of work between which others have their turns.
_PORTION_ROWS: Final = 200

# The values of a row as they are to be.
Converted: TypeAlias = Callable[[Sequence[Datum], SessionContext], list[Datum]]


def conversion(
    before: Relation, after: Relation, values: Mapping[ColumnId, Expression]
) -> Converted:
    """Rows of ``after``: ``values`` over the old row, the rest as it was, new columns' own values.

    Raises:
        DatatypeMismatch: 42804, a value is of another type than its column.
    """
    evaluators = tuple(_evaluator(before, column, values) for column in after.columns)

    def convert(row: Sequence[Datum], session: SessionContext) -> list[Datum]:
        return [evaluator(row, (), session) for evaluator in evaluators]

    return convert


def _evaluator(
    before: Relation, column: Column, values: Mapping[ColumnId, Expression]
) -> Evaluator:
    value = values.get(column.column_id)
    if value is not None:
        evaluate = compile_assignment(value, column)
        return _not_null(evaluate, before, column) if column.not_null else evaluate
    ids = [old.column_id for old in before.columns]
    if column.column_id not in ids:
        return lambda row, params, session: column.missing
    position = ids.index(column.column_id)
    return lambda row, params, session: row[position]


def _not_null(evaluate: Evaluator, relation: Relation, column: Column) -> Evaluator:
    def run(row: Sequence[Datum], params: Sequence[Datum], session: SessionContext) -> Datum:
        value = evaluate(row, params, session)
        if value is None:
            raise errors.NotNullViolation(
                f'column "{column.name}" of relation "{relation.name}" contains null values',
                schema=relation.schema_name,
                table=relation.name,
                column=column.name,
            )
        return value

    return run


class TableRewriter:
    """Rewrites tables."""

    def __init__(
        self,
        store: Store,
        lookup: Lookup,
        entries: IndexEntries,
        book: RuleBook,
        locks: LockTable,
        in_worker: InWorker,
    ) -> None:
        self._store = store
        self._lookup = lookup
        self._entries = entries
        self._book = book
        self._next_seq = store.seq_source.next
        self._locks = locks
        self._in_worker = in_worker

    async def rewrite(
        self, session: SessionContext, before: Relation, after: Relation, convert: Converted
    ) -> None:
        """Replace all rows; the transaction has the table's new definition already.

        Raises:
            InsufficientPrivilege: 42501, a plain user, and rows of others.
            PgError: a value cannot be converted, or the new rows violate a constraint.
            OutOfMemory: 53200, the table is too large.

        Cancellation: waits for the worker that reads.
        """
        transaction = session.transaction
        assert transaction is not None, "the session opens a block for commands"
        await self._locks.acquire_table(transaction.owner, before.table_id, session.lock_timeout_s)
        old, new = StoredTable(before), StoredTable(after)

        async def replace(scope: Scope, rows: Sequence[KeyedRow]) -> None:
            for _, row in rows:
                with without_foreign_values(before, scope, session):
                    values = convert(row.values, session)
                    try:
                        await self._put_when_free(new, scope, row, values, transaction, session)
                    except (errors.UniqueViolation, errors.CheckViolation) as refusal:
                        raise _of_existing_rows(refusal, after) from None

        with self._store.snapshot() as snapshot:
            scopes = await self._in_worker(lambda: snapshot.scopes(before.table_id))
            own = {
                scope: dict(rows)
                for scope, rows in transaction.overlay.items()
                if scope.table_id == before.table_id
            }
            refuse_foreign_rows(before, scopes, session)
            for scope in sorted({*scopes, *own}):
                was_truncated = scope in transaction.truncated
                pending = own.get(scope, {})
                transaction.truncate(scope)
                if not was_truncated:
                    live = LiveRows(
                        snapshot, self._store.files, before, scope, includes_deleted=True
                    )
                    while rows := await finish(live, self._in_worker(_next_rows(live))):
                        await replace(scope, [row for row in rows if row[0] not in pending])
                await replace(
                    scope, [(key, self._lookup.own(old, row).row) for key, row in pending.items()]
                )

    async def _put_when_free(
        self,
        table: StoredTable,
        scope: Scope,
        row: StoredRow,
        values: list[Datum],
        transaction: Transaction,
        session: SessionContext,
    ) -> None:
        """The same as ``_put``, which may meet the lock of an entry: somebody asked who has it."""
        position = transaction.position()
        while True:
            try:
                self._put(table, scope, row, values, transaction, session)
            except Suspended as suspended:
                transaction.undo_to(position)
                await suspended.wait()
            else:
                return

    def _put(
        self,
        table: StoredTable,
        scope: Scope,
        row: StoredRow,
        values: list[Datum],
        transaction: Transaction,
        session: SessionContext,
    ) -> None:
        """Put a version into the emptied scope; it stays deleted, and as old as it was."""
        rules = self._book.of(table, transaction)
        if not row.deleted:
            complete_row(rules, table, values, session)
        key = table.key_of(values)
        found = transaction.get(scope, key)
        if row.deleted and found is not None:
            return  # A tombstone has nothing to say beside the row that took its key.
        if found is not None and not found.row.deleted:
            raise table.duplicate_key(values, session)
        if rules is not None and not row.deleted:
            self._entries.add(rules, table, scope, key, values, transaction, session)
        version = StoredRow(
            table.relation.schema_version, self._next_seq(), row.updated_us, row.deleted, values
        )
        manifest = self._lookup.manifest(scope)
        # HOT: others have seen the row, so that its tombstone, if it gets one, must be kept.
        transaction.put(scope, key, PendingRow(table, version, Home.HOT, manifest))


def _of_existing_rows(refusal: errors.PgError, relation: Relation) -> errors.PgError:
    """What PostgreSQL says where a constraint meets rows that are there, not a new one."""
    name = refusal.constraint
    if refusal.datatype is not None:
        return refusal  # A domain speaks of the value alone.
    if isinstance(refusal, errors.UniqueViolation):
        refusal.message = f'could not create unique index "{name}"'
        refusal.detail = (refusal.detail or "").replace("already exists.", "is duplicated.")
    else:
        refusal.message = (
            f'check constraint "{name}" of relation "{relation.name}" is violated by some row'
        )
        refusal.detail = None
    return refusal


def _next_rows(live: LiveRows) -> Callable[[], list[KeyedRow]]:
    return lambda: live.next_rows(_PORTION_ROWS)
