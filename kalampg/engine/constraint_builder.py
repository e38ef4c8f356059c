"""ConstraintBuilder: makes a new constraint or index true of the rows that there are already.

Nobody writes the table meanwhile (``lock_table``), readers go on. Rows are read in worker threads,
entries are written in portions between which others have their turns.

Entries of an index that no catalog has yet are harmless: nobody reads them, and a build begins by
removing what an earlier one of the same number may have left behind.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, TypeAlias

from kalampg import errors
from kalampg.constraint import CheckConstraint, ForeignKey, Index
from kalampg.engine.context import SessionContext
from kalampg.engine.evaluate import compile_expression
from kalampg.engine.foreign_rows import refuse_foreign_rows, without_foreign_values
from kalampg.engine.locks import LockTable
from kalampg.engine.lookup import Lookup
from kalampg.engine.row_writer import RowWriter
from kalampg.engine.stored_table import StoredTable
from kalampg.engine.suspend import Suspended
from kalampg.engine.table_rules import Reference, RuleBook, reference_of
from kalampg.engine.transaction import Transaction
from kalampg.engine.transactions import CatalogHolder
from kalampg.ids import TableId
from kalampg.relation import Datum, Relation
from kalampg.sql.check_expression import bind_check
from kalampg.storage.batch import WriteBatch
from kalampg.storage.in_worker import InWorker, finish
from kalampg.storage.index_keys import IndexKeys
from kalampg.storage.keys import Scope, prefix_end
from kalampg.storage.live_rows import KeyedRow, LiveRows
from kalampg.storage.snapshot import distinct_scopes
from kalampg.storage.store import Store

# About 2 ms of work between which others have their turns.
_PORTION_ROWS: Final = 500

# Gets rows of one scope, and whether they are the transaction's own, not committed ones.
Visit: TypeAlias = Callable[[Scope, Sequence[KeyedRow], bool], Awaitable[None]]


# Raises when the value is not allowed.
ValueCheck: TypeAlias = Callable[[Datum, SessionContext], None]


class ConstraintBuilder:
    """Validates constraints and builds indexes, inside the session's block."""

    def __init__(
        self,
        store: Store,
        lookup: Lookup,
        writer: RowWriter,
        locks: LockTable,
        catalog: CatalogHolder,
        in_worker: InWorker,
        book: RuleBook,
    ) -> None:
        self._book = book
        self._store = store
        self._lookup = lookup
        self._entries = writer.entries
        self._referential = writer.foreign_keys.referential
        self._locks = locks
        self._catalog = catalog
        self._in_worker = in_worker

    async def lock_table(self, session: SessionContext, relation: Relation) -> None:
        """Wait for all who write the table, and let nobody else until the block ends."""
        owner = _transaction(session).owner
        await self._locks.acquire_table(owner, relation.table_id, session.lock_timeout_s)

    async def entry_scopes(self, table_id: TableId) -> list[Scope]:
        """The scopes in which committed rows of a table have entries."""
        return await self._in_worker(lambda: distinct_scopes(self._store.entries(), table_id))

    async def check_rows(
        self, session: SessionContext, relation: Relation, check: CheckConstraint
    ) -> None:
        """Raises CheckViolation (23514)."""
        bound = bind_check(check.expression, relation, check.time_zone)
        evaluate = compile_expression(bound.expression)

        async def visit(_scope: Scope, rows: Sequence[KeyedRow], _is_own: bool) -> None:
            if any(evaluate(row.values, (), session) is False for _, row in rows):
                raise errors.CheckViolation(
                    f'check constraint "{check.name}" of relation "{relation.name}" '
                    "is violated by some row",
                    schema=relation.schema_name,
                    table=relation.name,
                    constraint=check.name,
                )

        await self._each_row(session, relation, visit)

    async def check_values(
        self,
        session: SessionContext,
        relation: Relation,
        position: int,
        check: ValueCheck,
    ) -> None:
        """Let ``check`` look at the column's value in every row, and raise what it raises."""

        async def visit(_scope: Scope, rows: Sequence[KeyedRow], _is_own: bool) -> None:
            for _, row in rows:
                check(row.values[position], session)

        await self._each_row(session, relation, visit)

    async def build_index(self, session: SessionContext, relation: Relation, index: Index) -> None:
        """Give all rows their entries.

        Raises:
            UniqueViolation: 23505.
        """
        unique = self._book.unique_index(relation, index)

        def shown(values: Sequence[Datum]) -> str:
            return unique.shown(table, values, session)

        table = StoredTable(relation)
        await self._build(session, relation, unique.keys, index.name, shown)

    async def build_references(
        self, session: SessionContext, relation: Relation, key: ForeignKey, referenced: Relation
    ) -> None:
        """Give all rows the entries by which they are found from the row they refer to.

        Raises:
            ForeignKeyViolation: 23503, unless the constraint is NOT VALID.
        """
        child = StoredTable(relation)
        is_self = referenced.table_id == relation.table_id
        parent = child if is_self else StoredTable(referenced)
        reference = reference_of(key, child, parent)
        await self._build(session, relation, reference.children, key.name, str)
        if key.is_validated:
            await self.check_references(session, relation, key, referenced)

    async def check_references(
        self, session: SessionContext, relation: Relation, key: ForeignKey, referenced: Relation
    ) -> None:
        """Raises ForeignKeyViolation (23503)."""
        transaction = _transaction(session)
        child = StoredTable(relation)
        is_self = referenced.table_id == relation.table_id
        parent = child if is_self else StoredTable(referenced)
        reference = reference_of(key, child, parent)

        async def visit(scope: Scope, rows: Sequence[KeyedRow], _is_own: bool) -> None:
            for _, row in rows:
                await self._check_reference(reference, scope, row.values, transaction, session)

        await self._each_row(session, relation, visit)

    async def _check_reference(
        self,
        reference: Reference,
        scope: Scope,
        values: Sequence[Datum],
        transaction: Transaction,
        session: SessionContext,
    ) -> None:
        while True:
            try:
                self._referential.check_values(
                    reference, scope, values, transaction, session, holds=False
                )
            except Suspended as suspended:
                await suspended.wait()
            else:
                return

    async def _build(
        self,
        session: SessionContext,
        relation: Relation,
        keys: IndexKeys,
        name: str,
        shown: Callable[[Sequence[Datum]], str],
    ) -> None:
        """``shown`` tells of a row what a second one may not have."""
        transaction = _transaction(session)
        # What belongs to a table that is not committed must go with it.
        is_committed = (
            session.temporary.over(self._catalog.current).table_by_id(relation.table_id) is not None
        )
        written = set(await self.entry_scopes(relation.table_id))
        self._forget(written, keys)

        async def visit(scope: Scope, rows: Sequence[KeyedRow], is_own: bool) -> None:
            batch = WriteBatch()
            seen: set[bytes] = set()
            for key, row in rows:
                entry = keys.entry(row.values, key)
                if entry is None:
                    continue
                if entry.claim is not None:
                    if entry.claim in seen or self._is_claimed(scope, entry.claim, transaction):
                        raise _not_unique(relation, name, shown(row.values))
                    seen.add(entry.claim)
                if is_committed and not is_own:
                    batch.put_entry(scope, entry.key, key)
                else:
                    transaction.put_entry(scope, entry.key, key)
            written.add(scope)
            self._store.commit(batch)

        try:
            await self._each_row(session, relation, visit)
        except BaseException:
            self._forget(written, keys)
            raise

    def _is_claimed(self, scope: Scope, claim: bytes, transaction: Transaction) -> bool:
        return any(self._entries.row_keys(scope, claim, prefix_end(claim), transaction))

    def _forget(self, scopes: Iterable[Scope], keys: IndexKeys) -> None:
        batch = WriteBatch()
        for scope in scopes:
            batch.drop_entries(scope, keys.prefix)
        self._store.commit(batch)

    async def _each_row(self, session: SessionContext, relation: Relation, visit: Visit) -> None:
        """Show ``visit`` every row of every user, as the transaction sees them.

        Raises:
            InsufficientPrivilege: 42501, a plain user, and rows of others.

        Cancellation: waits for the worker that reads.
        """
        transaction = _transaction(session)
        table = StoredTable(relation)
        if any(copied.scope.table_id == relation.table_id for copied in transaction.copied):
            raise errors.FeatureNotSupported(
                "constraints and indexes cannot be built in the transaction of a large COPY",
                hint="Commit the COPY first.",
            )
        with self._store.snapshot() as snapshot:
            scopes = await self._in_worker(lambda: snapshot.scopes(relation.table_id))
            refuse_foreign_rows(relation, scopes, session)
            for scope in scopes:
                if scope in transaction.truncated:
                    continue
                own = transaction.rows_of(scope)
                live = LiveRows(snapshot, self._store.files, relation, scope)
                while rows := await finish(live, self._in_worker(_next_rows(live))):
                    with without_foreign_values(relation, scope, session):
                        await visit(scope, [row for row in rows if row[0] not in own], False)
        for scope, pending in list(transaction.overlay.items()):
            if scope.table_id == relation.table_id:
                versions = [(key, self._lookup.own(table, row).row) for key, row in pending.items()]
                await visit(scope, [row for row in versions if not row[1].deleted], True)


def _next_rows(live: LiveRows) -> Callable[[], list[KeyedRow]]:
    return lambda: live.next_rows(_PORTION_ROWS)


def _transaction(session: SessionContext) -> Transaction:
    assert session.transaction is not None, "the session opens a block for commands"
    return session.transaction


def _not_unique(relation: Relation, name: str, shown: str) -> errors.UniqueViolation:
    return errors.UniqueViolation(
        f'could not create unique index "{name}"',
        detail=f"Key {shown} is duplicated.",
        schema=relation.schema_name,
        table=relation.name,
        constraint=name,
    )
