"""What commands do to a whole table: TRUNCATE, and checks over the rows of all users."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kalampg import errors
from kalampg.catalog import Catalog
from kalampg.engine.context import SessionContext
from kalampg.engine.dml import refuse_writes
from kalampg.engine.foreign_rows import refuse_foreign_rows
from kalampg.engine.locks import SHARED_SCOPE, LockTable
from kalampg.engine.query import Queries
from kalampg.engine.scan import quoted
from kalampg.engine.stored_table import StoredTable
from kalampg.engine.transaction import Home, Transaction
from kalampg.engine.transactions import Transactions
from kalampg.ids import Oid, UserId
from kalampg.relation import Relation, TableType
from kalampg.sql.lock_modes import LockMode
from kalampg.sql.plan import DuckQuery, RelationUse, ResultColumn
from kalampg.storage.keys import Scope
from kalampg.storage.rows import decode_header
from kalampg.storage.snapshot import Snapshot
from kalampg.storage.store import Store

_ONE: Final = ResultColumn("one", Oid(23))


class TableQueries:
    """Runs them, inside the session's block."""

    def __init__(
        self, store: Store, queries: Queries, transactions: Transactions, locks: LockTable
    ) -> None:
        self._store = store
        self._queries = queries
        self._transactions = transactions
        self._locks = locks

    async def truncate(self, session: SessionContext, relation: Relation) -> None:
        """Wait for everybody who has changed a row of the scope, then empty it."""
        transaction = self._transactions.of_statement(session)
        assert transaction.is_explicit, "the session opens a block for commands"
        refuse_writes("TRUNCATE TABLE", transaction, session)
        scope = StoredTable(relation).scope_for(session)
        await self._locks.acquire_scope(transaction.owner, scope, session.lock_timeout_s)
        transaction.truncate(scope)

    async def lock_rows(
        self, session: SessionContext, relation: Relation, *, is_shared: bool, nowait: bool
    ) -> None:
        """LOCK TABLE: keep others from writing the scope, or only from keeping us from it.

        Raises:
            LockNotAvailable: 55P03, with ``nowait`` or after ``lock_timeout``.
            DeadlockDetected: 40P01.
        """
        owner = self._transactions.of_statement(session).owner
        scope = StoredTable(relation).scope_for(session)
        self._locks.check_room(owner)
        if nowait and self._locks.is_scope_taken(owner, scope, is_shared=is_shared):
            raise errors.LockNotAvailable(f'could not obtain lock on relation "{relation.name}"')
        if is_shared:
            resource = scope, SHARED_SCOPE
            await self._locks.acquire(owner, resource, session.lock_timeout_s, LockMode.KEY_SHARE)
        else:
            await self._locks.acquire_scope(owner, scope, session.lock_timeout_s)

    async def has_rows(self, session: SessionContext, relation: Relation) -> bool:
        transaction = self._transactions.of_statement(session)
        for scope, rows in transaction.overlay.items():
            if scope.table_id == relation.table_id and any(
                not pending.row.deleted for pending in rows.values()
            ):
                return True
        with self._store.snapshot() as snapshot:
            return any(
                _has_committed_row(snapshot, scope, transaction)
                for scope in snapshot.scopes(relation.table_id)
                if scope not in transaction.truncated
            )

    async def lock_rows_of_user(self, session: SessionContext, user_id: str) -> None:
        transaction = self._transactions.of_statement(session)
        for table in list(self._transactions.catalog_of(transaction).tables.values()):
            if table.table_type is TableType.USER:
                scope = Scope(table.table_id, UserId(user_id))
                await self._locks.acquire_scope(transaction.owner, scope, session.lock_timeout_s)

    def tables_of_user(
        self, session: SessionContext, catalog: Catalog, user_id: str
    ) -> list[Relation]:
        """Two seeks for each user table."""
        transaction = self._transactions.of_statement(session)
        with self._store.snapshot() as snapshot:

            def has_rows(table: Relation) -> bool:
                scope = Scope(table.table_id, UserId(user_id))
                return scope in transaction.overlay or snapshot.has_scope(scope)

            found = [
                table
                for table in catalog.tables.values()
                if table.table_type is TableType.USER and has_rows(table)
            ]
        return sorted(found, key=lambda table: table.qualified_name)

    async def any_row_is_null(
        self, session: SessionContext, relation: Relation, position: int
    ) -> bool:
        column = quoted(relation.columns[position].name)
        query = DuckQuery(
            parts=(
                "SELECT 1 AS one FROM ",
                f' AS t WHERE t.{column} IS NULL AND NOT t."_deleted" LIMIT 1',
            ),
            uses=(RelationUse(relation, (position,), includes_deleted=True),),
            param_oids=(),
            column_hints=(_ONE,),
        )
        with self._store.snapshot() as snapshot:
            refuse_foreign_rows(relation, snapshot.scopes(relation.table_id), session)
        everybody = replace(session, scope_all=True)
        found = await self._queries.fetch(
            query, [_ONE.type_oid], (), everybody, session.transaction
        )
        return bool(found)


def _has_committed_row(snapshot: Snapshot, scope: Scope, transaction: Transaction) -> bool:
    """Whether a committed row is left that the transaction has not replaced."""
    own = transaction.rows_of(scope)
    replaced = sum(not isinstance(pending.place, Home) for pending in own.values())
    if snapshot.manifest(scope).live_rows > replaced:
        return True
    return any(
        key not in own and not decode_header(data).deleted for key, data in snapshot.scan(scope)
    )
