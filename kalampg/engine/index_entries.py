"""IndexEntries: the entries of indexes as a transaction sees and changes them.

An entry leads from values to the key of the row that has them. Entries change in the same commit as
their rows, and neither a flush nor a compaction touches them: they name rows, not places.

Invariants:
    - A row that is not deleted has one entry in each index of its table; nothing else has one.
    - An entry with a claim is added or taken away only under the claim's lock, so that nobody
      decides on another's entry before it is known whether that stays.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from kalampg.constraint import Index
from kalampg.engine.context import SessionContext
from kalampg.engine.lookup import Lookup
from kalampg.engine.stored_table import StoredTable
from kalampg.engine.table_rules import TableRules, UniqueIndex
from kalampg.engine.transaction import NO_ENTRIES, Transaction
from kalampg.ids import TableId
from kalampg.relation import Datum
from kalampg.sql.lock_modes import LockMode
from kalampg.storage.index_keys import INDEX_ID_BYTES, IndexKeys, index_of
from kalampg.storage.keys import Scope, prefix_end, row_prefix
from kalampg.storage.snapshot import distinct_scopes
from kalampg.storage.store import Store

# Takes the lock of an entry's key, or raises Suspended.
Lock: TypeAlias = Callable[[Scope, bytes, Transaction, SessionContext, LockMode], None]


@dataclass(frozen=True, slots=True)
class LateCheck:
    """A row got values that must be its own when its deferrable constraint is checked."""

    entries: IndexEntries
    unique: UniqueIndex
    table: StoredTable
    scope: Scope
    row_key: bytes
    session: SessionContext

    @property
    def constraint(self) -> Index:
        return self.unique.index

    def run(self, transaction: Transaction) -> None:
        self.entries.check_unique(self, transaction)


class IndexEntries:
    """Reads and changes entries. Used on the event loop only."""

    def __init__(self, store: Store, lookup: Lookup, lock: Lock) -> None:
        self._store = store
        self._lookup = lookup
        self._lock = lock

    def get(self, scope: Scope, key: bytes, transaction: Transaction) -> bytes | None:
        """The key of the row that an exclusive entry leads to: the newest, as for a write."""
        own = transaction.entries_of(scope)
        if key in own:
            return own[key]
        if scope in transaction.truncated:
            return None
        return self._store.read("unique", row_prefix(scope) + key)

    def row_keys(
        self,
        scope: Scope,
        lower: bytes,
        upper: bytes | None,
        transaction: Transaction | None,
        *,
        is_descending: bool = False,
    ) -> Iterator[bytes]:
        """Keys of the rows of ``lower <= entry < upper``, in the order of their entries."""
        own = NO_ENTRIES if transaction is None else transaction.entries_of(scope)
        base = row_prefix(scope)
        skip = len(base)
        committed: Iterator[tuple[bytes, bytes]] = iter(())
        if transaction is None or scope not in transaction.truncated:
            end = prefix_end(base) if upper is None else base + upper
            committed = self._store.read_range("unique", base + lower, end, reverse=is_descending)
        if not own:
            return (row_key for _, row_key in committed)
        theirs = ((key[skip:], row_key) for key, row_key in committed if key[skip:] not in own)
        pending = (
            (key, row_key)
            for key, row_key in own.items()
            if row_key is not None and lower <= key and (upper is None or key < upper)
        )
        ours = sorted(pending, reverse=is_descending)
        return (row_key for _, row_key in heapq.merge(theirs, ours, reverse=is_descending))

    def check_unique(self, check: LateCheck, transaction: Transaction) -> None:
        """Raises UniqueViolation (23505) where another row has the values of the row that it is."""
        found = self._lookup.newest(check.table, check.scope, check.row_key, transaction)
        if found is None or found.row.deleted:
            return
        values, unique = found.row.values, check.unique
        entry = unique.keys.entry(values, check.row_key)
        if entry is None or entry.claim is None:
            return
        rows = self.row_keys(check.scope, entry.claim, prefix_end(entry.claim), transaction)
        if len(list(islice(rows, 2))) == 2:
            raise unique.violated(check.table, values, check.session)

    def scopes(self, table_id: TableId, transaction: Transaction) -> list[Scope]:
        """The scopes of a table in which some row has entries."""
        found = set(distinct_scopes(self._store.entries(), table_id)) - transaction.truncated
        found.update(scope for scope in transaction.entries if scope.table_id == table_id)
        return sorted(found)

    def add(
        self,
        rules: TableRules,
        table: StoredTable,
        scope: Scope,
        row_key: bytes,
        values: Sequence[Datum],
        transaction: Transaction,
        session: SessionContext,
    ) -> None:
        """Give a new row its entries.

        Raises:
            UniqueViolation: 23505.
        """
        for unique in rules.unique:
            self._add_unique(unique, table, scope, row_key, values, transaction, session)
        for keys in rules.others:
            entry = keys.entry(values, row_key)
            if entry is not None:
                transaction.put_entry(scope, entry.key, row_key)

    def remove(
        self,
        rules: TableRules,
        scope: Scope,
        row_key: bytes,
        values: Sequence[Datum],
        transaction: Transaction,
        session: SessionContext,
    ) -> None:
        """Take away the entries of a row that goes."""
        for keys in rules.indexes:
            self._remove(keys, scope, row_key, values, transaction, session)

    def withdraw(
        self,
        rules: TableRules,
        scope: Scope,
        row_key: bytes,
        before: Sequence[Datum],
        after: Sequence[Datum],
        transaction: Transaction,
        session: SessionContext,
    ) -> None:
        """Take away the entries that an update under the same key changes."""
        for keys in rules.indexes:
            if keys.entry(before, row_key) != keys.entry(after, row_key):
                self._remove(keys, scope, row_key, before, transaction, session)

    def replace(
        self,
        rules: TableRules,
        table: StoredTable,
        scope: Scope,
        row_key: bytes,
        before: Sequence[Datum],
        after: Sequence[Datum],
        transaction: Transaction,
        session: SessionContext,
    ) -> None:
        """Give an updated row the entries that it had not. Raises as ``add``."""
        for unique in rules.unique:
            if unique.keys.entry(before, row_key) != unique.keys.entry(after, row_key):
                self._add_unique(unique, table, scope, row_key, after, transaction, session)
        for keys in rules.others:
            entry = keys.entry(after, row_key)
            if entry is not None and keys.entry(before, row_key) != entry:
                transaction.put_entry(scope, entry.key, row_key)

    def holder(
        self,
        keys: IndexKeys,
        scope: Scope,
        values: Sequence[Datum],
        transaction: Transaction,
        session: SessionContext,
    ) -> bytes | None:
        """The key of the row that has a new row's unique values already; for ON CONFLICT.

        Nobody else can add or remove such a row until the transaction ends.
        """
        entry = keys.entry(values, b"")
        if entry is None or not entry.is_exclusive:
            return None
        self.lock(scope, entry.key, transaction, session)
        return self.get(scope, entry.key, transaction)

    def _add_unique(
        self,
        unique: UniqueIndex,
        table: StoredTable,
        scope: Scope,
        row_key: bytes,
        values: Sequence[Datum],
        transaction: Transaction,
        session: SessionContext,
    ) -> None:
        keys = unique.keys
        entry = keys.entry(values, row_key)
        if entry is None:
            return
        if entry.claim is not None:
            self.lock(scope, entry.claim, transaction, session)
            if not entry.is_exclusive:
                check = LateCheck(self, unique, table, scope, row_key, session)
                transaction.queue(check)
            elif self.get(scope, entry.key, transaction) is not None:
                raise unique.violated(table, values, session)
        transaction.put_entry(scope, entry.key, row_key)

    def _remove(
        self,
        keys: IndexKeys,
        scope: Scope,
        row_key: bytes,
        values: Sequence[Datum],
        transaction: Transaction,
        session: SessionContext,
    ) -> None:
        entry = keys.entry(values, row_key)
        if entry is None:
            return
        if entry.claim is not None:
            self.lock(scope, entry.claim, transaction, session)
        transaction.put_entry(scope, entry.key, None)

    def lock(
        self,
        scope: Scope,
        entry: bytes,
        transaction: Transaction,
        session: SessionContext,
        mode: LockMode = LockMode.UPDATE,
    ) -> None:
        """Lock an exclusive entry, or wait for it (Suspended)."""
        # The index's id is no table's, so that no row's key is ever this resource.
        resource_scope = Scope(TableId(index_of(entry)), scope.user_id)
        self._lock(resource_scope, entry[INDEX_ID_BYTES:], transaction, session, mode)
