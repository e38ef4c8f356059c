"""RowWriter: one row put into a transaction, with everything that must hold for it.

Locks, the primary key's uniqueness, constraints and index entries (``engine.row_rules``), conflicts
with other transactions, and where the row that is replaced lives (so that commit can mark a cold
copy). Statements are built on it in ``engine.dml``.

Invariants:
    - A row is written only when no other transaction holds its key.
    - A transaction that can give up the event loop between a write and its commit takes the key's
      lock; a statement that commits before anything else can run need not (``takes_locks``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from functools import partial

import msgspec

from kalampg import errors
from kalampg.engine.context import SessionContext
from kalampg.engine.foreign_keys import ForeignKeys
from kalampg.engine.index_entries import IndexEntries
from kalampg.engine.locks import LockTable
from kalampg.engine.lookup import Lookup
from kalampg.engine.stored_table import StoredTable
from kalampg.engine.suspend import Restart, Suspended
from kalampg.engine.table_rules import RuleBook, Rules, complete_row
from kalampg.engine.transaction import Home, PendingRow, Place, Transaction
from kalampg.relation import Datum
from kalampg.sql.lock_modes import LockMode, LockWait
from kalampg.storage.keys import Scope
from kalampg.storage.manifest import ScopeManifest
from kalampg.storage.rows import StoredRow
from kalampg.storage.store import Store


class RowUpdate(msgspec.Struct, frozen=True):
    """A row under its key, which is locked, and the values that it is to have."""

    key: bytes
    before: PendingRow
    values: list[Datum]


class Found(Enum):
    """What became of a row that a query has found and that was to be locked."""

    LOCKED = "locked"
    IS_LOCKED = "locked by somebody else"
    CHANGED = "changed since the query's snapshot"


class RowWriter:
    """Writes rows into transactions."""

    def __init__(
        self,
        lookup: Lookup,
        locks: LockTable,
        next_seq: Callable[[], int],
        book: RuleBook,
        store: Store,
    ) -> None:
        self._lookup = lookup
        self._locks = locks
        self._next_seq = next_seq
        self.rules_of = book.of
        self.default_of = book.default_of
        self.entries = IndexEntries(store, lookup, self.lock)
        self.foreign_keys = ForeignKeys(self, lookup, self.entries)

    def lock(
        self,
        scope: Scope,
        key: bytes,
        transaction: Transaction,
        session: SessionContext,
        mode: LockMode = LockMode.UPDATE,
    ) -> None:
        """Lock the key, or wait for it (Suspended)."""
        resource = (scope, key)
        owner = transaction.owner
        if transaction.takes_locks:
            if self._locks.try_acquire(owner, resource, mode):
                return
        elif not self._locks.is_held_by_other(owner, resource, mode):
            return
        raise Suspended(partial(self._locks.acquire, owner, resource, session.lock_timeout_s, mode))

    def lock_found(
        self,
        table: StoredTable,
        scope: Scope,
        key: bytes,
        seq: int,
        transaction: Transaction,
        session: SessionContext,
        mode: LockMode,
        wait: LockWait,
    ) -> Found:
        """Lock a row that must still be the version with ``seq`` that the statement saw.

        Only with SKIP_LOCKED is the answer anything else than LOCKED.

        Raises:
            LockNotAvailable: 55P03, with NOWAIT.
            OutOfMemory: 53200, the session has too many locks.
            SerializationFailure: 40001, it has changed, in a transaction that keeps its snapshot.
            Restart: in READ COMMITTED: look again.
        """
        owner = transaction.owner
        self._locks.check_room(owner)
        if wait is not LockWait.BLOCK and self._locks.is_held_by_other(owner, (scope, key), mode):
            if wait is LockWait.SKIP_LOCKED:
                return Found.IS_LOCKED
            raise errors.LockNotAvailable(
                f'could not obtain lock on row in relation "{table.relation.name}"'
            )
        if wait is LockWait.SKIP_LOCKED:
            try:
                self.unchanged(table, scope, key, seq, transaction)
            except Restart:
                return Found.CHANGED
        self.lock(scope, key, transaction, session, mode)
        self.unchanged(table, scope, key, seq, transaction)
        return Found.LOCKED

    def count_locked_by_others(self, scopes: Sequence[Scope], transaction: Transaction) -> int:
        """How many rows of the scopes other sessions have locked."""
        owner = transaction.owner
        return sum(self._locks.count_held_by_others(owner, scope) for scope in scopes)

    def insert(
        self,
        table: StoredTable,
        scope: Scope,
        values: list[Datum],
        transaction: Transaction,
        session: SessionContext,
    ) -> StoredRow:
        """Add a row whose key no live row has.

        Raises:
            NotNullViolation: 23502.
            CheckViolation: 23514.
            UniqueViolation: 23505.
        """
        rules = self.rules_of(table, transaction)
        complete_row(rules, table, values, session)
        key = table.key_of(values)
        place, manifest = self._free_place(table, scope, key, values, transaction, session)
        if rules is not None:
            self.entries.add(rules, table, scope, key, values, transaction, session)
            self.foreign_keys.inserted(rules, scope, key, transaction, session)
        row = self._version(table, values, session)
        transaction.put(scope, key, PendingRow(table, row, place, manifest))
        return row

    def conflicting(
        self,
        table: StoredTable,
        scope: Scope,
        key: bytes,
        transaction: Transaction,
        session: SessionContext,
    ) -> PendingRow | None:
        """The live row with this key, locked; for ON CONFLICT.

        Raises:
            SerializationFailure: 40001, the transaction's snapshot does not show that version, or
                the table was altered while the statement waited.
        """
        self.lock(scope, key, transaction, session)
        self.rules_of(table, transaction)  # Rows of a table that was altered cannot be read.
        found = self._lookup.newest(table, scope, key, transaction)
        if found is None or found.row.deleted:
            return None
        if transaction.snapshot is not None and transaction.get(scope, key) is None:
            seen = self._lookup.visible(table, scope, key, transaction)
            if seen is None or seen.seq != found.row.seq:
                raise errors.SerializationFailure(
                    "could not serialize access due to concurrent update"
                )
        return found

    def target(
        self, table: StoredTable, scope: Scope, key: bytes, transaction: Transaction
    ) -> PendingRow | None:
        """The row at ``key`` as the statement sees it, if there is one to change.

        Raises:
            SerializationFailure: 40001, the table was altered while the statement waited.
        """
        self.rules_of(table, transaction)
        found = self._lookup.newest(table, scope, key, transaction)
        if transaction.snapshot is not None and transaction.get(scope, key) is None:
            seen = self._lookup.visible(table, scope, key, transaction)
            if seen is None or seen.deleted:
                return None
            if found is None or found.row.seq != seen.seq:
                # Of another version: ``unchanged`` refuses it, if the filter lets it through.
                return PendingRow(table, seen, Home.NOWHERE, self._lookup.manifest(scope))
            return found
        return None if found is None or found.row.deleted else found

    def unchanged(
        self,
        table: StoredTable,
        scope: Scope,
        key: bytes,
        seq: int,
        transaction: Transaction,
        *,
        is_deleted: bool = False,
    ) -> PendingRow:
        """The row to change, which must still be the version with ``seq`` that the query saw.

        A live one, or for UNDELETE (``is_deleted``) a tombstone.

        Raises:
            SerializationFailure: 40001, in a transaction that keeps its snapshot.
            Restart: in READ COMMITTED: look again.
        """
        self.rules_of(table, transaction)
        found = self._lookup.newest(table, scope, key, transaction)
        if found is not None and found.row.seq == seq and found.row.deleted is is_deleted:
            return found
        if transaction.keeps_snapshot:
            raise errors.SerializationFailure("could not serialize access due to concurrent update")
        raise Restart

    def update(
        self,
        scope: Scope,
        key: bytes,
        before: PendingRow,
        values: list[Datum],
        transaction: Transaction,
        session: SessionContext,
    ) -> StoredRow:
        """Replace the row by one with the same key.

        Raises:
            NotNullViolation: 23502. CheckViolation: 23514. UniqueViolation: 23505.
        """
        table = before.table
        rules = self.rules_of(table, transaction)
        if rules is not None:
            change = RowUpdate(key, before, values)
            return self.update_all(table, scope, [change], transaction, session)[0]
        complete_row(None, table, values, session)
        row = self._version(table, values, session)
        transaction.put(scope, key, PendingRow(table, row, before.place, before.manifest))
        return row

    def delete(
        self,
        scope: Scope,
        key: bytes,
        before: PendingRow,
        transaction: Transaction,
        session: SessionContext,
    ) -> None:
        """Leave a tombstone with the old values."""
        rules = self.rules_of(before.table, transaction)
        if rules is not None:
            old = before.row.values
            self.entries.remove(rules, scope, key, old, transaction, session)
            self.foreign_keys.deleted(rules, scope, old, transaction, session)
        self._bury(scope, key, before, transaction, session)

    def update_all(
        self,
        table: StoredTable,
        scope: Scope,
        changes: Sequence[RowUpdate],
        transaction: Transaction,
        session: SessionContext,
    ) -> list[StoredRow]:
        """Replace locked rows by their new versions, in the order of ``changes``.

        What old versions have of keys and unique values is taken away from all of them before any
        new version claims it, so that a statement may exchange or shift keys. Raises as ``update``.
        """
        rules = self.rules_of(table, transaction)
        new_keys = []
        for change in changes:
            complete_row(rules, table, change.values, session, change.before.row.values)
            new_keys.append(table.key_of(change.values))
        for change, new_key in zip(changes, new_keys, strict=True):
            self._withdraw(rules, scope, change, new_key, transaction, session)
        return [
            self._replace(rules, table, scope, change, new_key, transaction, session)
            for change, new_key in zip(changes, new_keys, strict=True)
        ]

    def _withdraw(
        self,
        rules: Rules,
        scope: Scope,
        change: RowUpdate,
        new_key: bytes,
        transaction: Transaction,
        session: SessionContext,
    ) -> None:
        old = change.before.row.values
        if new_key != change.key:
            if rules is not None:
                self.entries.remove(rules, scope, change.key, old, transaction, session)
            self._bury(scope, change.key, change.before, transaction, session)
        elif rules is not None:
            self.entries.withdraw(
                rules, scope, change.key, old, change.values, transaction, session
            )

    def _replace(
        self,
        rules: Rules,
        table: StoredTable,
        scope: Scope,
        change: RowUpdate,
        new_key: bytes,
        transaction: Transaction,
        session: SessionContext,
    ) -> StoredRow:
        before, values = change.before, change.values
        place, manifest = before.place, before.manifest
        if new_key != change.key:
            place, manifest = self._free_place(table, scope, new_key, values, transaction, session)
        if rules is not None:
            old = before.row.values
            if new_key != change.key:
                self.entries.add(rules, table, scope, new_key, values, transaction, session)
            else:
                self.entries.replace(
                    rules, table, scope, new_key, old, values, transaction, session
                )
            self.foreign_keys.updated(rules, scope, new_key, old, values, transaction, session)
        row = self._version(table, values, session)
        transaction.put(scope, new_key, PendingRow(table, row, place, manifest))
        return row

    def _free_place(
        self,
        table: StoredTable,
        scope: Scope,
        key: bytes,
        values: Sequence[Datum],
        transaction: Transaction,
        session: SessionContext,
    ) -> tuple[Place, ScopeManifest]:
        """Lock a key that no live row has, and say where its tombstone is, if there is one.

        Raises:
            UniqueViolation: 23505.
        """
        self.lock(scope, key, transaction, session)
        before = self._lookup.newest(table, scope, key, transaction)
        if before is None:
            return Home.NOWHERE, self._lookup.manifest(scope)
        if before.row.deleted:
            return before.place, before.manifest
        raise table.duplicate_key(values, session)

    def _bury(
        self,
        scope: Scope,
        key: bytes,
        before: PendingRow,
        transaction: Transaction,
        session: SessionContext,
    ) -> None:
        table = before.table
        row = self._version(table, before.row.values, session, deleted=True)
        transaction.put(scope, key, PendingRow(table, row, before.place, before.manifest))

    def _version(
        self,
        table: StoredTable,
        values: list[Datum],
        session: SessionContext,
        *,
        deleted: bool = False,
    ) -> StoredRow:
        return StoredRow(
            table.relation.schema_version,
            self._next_seq(),
            session.statement_now_us,
            deleted,
            values,
        )
