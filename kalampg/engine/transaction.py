"""Transaction: the writes that are not committed yet, and how to take them back.

Writes stay here, keyed by scope and key, until ``engine.commit`` makes one write batch of them.
Autocommit is a transaction of one statement. A statement that fails or must run again is undone by
position in the undo log; savepoints are named positions.

Index entries are beside the rows that they lead to: an entry that is to go is None. Checks that a
statement leaves for its end, or for the end of the transaction, wait in queues here.

Invariants:
    - Where ``takes_locks`` is set, every key in the overlay is locked by ``owner`` until the end.
    - Undoing to a position restores the overlay and the catalog as they were there.
    - A pending row's ``seq`` is provisional: commit gives the final one, so that commit order is
      ``_seq`` order. Inside the transaction it is still unique and grows.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final, TypeAlias

import msgspec

from kalampg import errors
from kalampg.catalog.edit import CatalogEdit
from kalampg.engine.check_queue import CheckQueue, CheckQueues, PendingCheck
from kalampg.engine.copied_rows import CopiedRows
from kalampg.engine.isolation import IsolationLevel, isolation_level
from kalampg.engine.lock_owner import LockOwner
from kalampg.engine.read_set import ReadSet
from kalampg.engine.stored_table import ENTRY_OVERHEAD_BYTES, ROW_OVERHEAD_BYTES, StoredTable
from kalampg.engine.temporary import TemporarySpace
from kalampg.engine.transaction_memory import TransactionMemory
from kalampg.engine.undo import (
    Change,
    Deferral,
    Entries,
    EntryChange,
    Queued,
    Settled,
    Truncation,
)
from kalampg.storage.cold import ColdRow
from kalampg.storage.copied_segments import CopiedSegment
from kalampg.storage.keys import Scope
from kalampg.storage.manifest import ScopeManifest
from kalampg.storage.rows import StoredRow
from kalampg.storage.snapshot import Snapshot


class Home(Enum):
    """Where a key's committed row lives, when it is not in a segment."""

    NOWHERE = "nowhere"
    HOT = "hot"


# A ColdRow says segment and row number: the mark that a change of it needs.
Place: TypeAlias = Home | ColdRow


class PendingRow(msgspec.Struct, frozen=True):
    """A row version of an open transaction. ``place`` was looked up under ``manifest``."""

    table: StoredTable
    row: StoredRow
    place: Place
    manifest: ScopeManifest


_NO_ROWS: Final[Mapping[bytes, PendingRow]] = MappingProxyType({})
NO_ENTRIES: Final[Mapping[bytes, bytes | None]] = MappingProxyType({})


# A pending row's is what was there before: scope, key, row.
_RowChange: TypeAlias = tuple[Scope, bytes, PendingRow | None]
_Undo: TypeAlias = _RowChange | Change | CopiedRows | CatalogEdit | None


class Transaction:
    """One transaction of one session. Used on the event loop only."""

    __slots__ = (
        "_savepoints",
        "_undo",
        "began_at",
        "checks",
        "copied",
        "entries",
        "is_explicit",
        "is_read_only",
        "isolation",
        "memory",
        "overlay",
        "owner",
        "pending_catalog",
        "reads",
        "size_bytes",
        "snapshot",
        "statement_seq",
        "takes_locks",
        "temporary",
        "truncated",
        "written",
    )

    def __init__(
        self,
        owner: LockOwner,
        *,
        memory: TransactionMemory,
        isolation: IsolationLevel = IsolationLevel.READ_COMMITTED,
        is_read_only: bool = False,
        is_explicit: bool = False,
        began_at: int = 0,
        temporary: TemporarySpace | None = None,
    ) -> None:
        """``began_at`` is what ``DroppedUsers`` counted then."""
        self.owner = owner
        self.began_at = began_at
        self.memory, self.temporary = memory, temporary or TemporarySpace()
        self.isolation = isolation
        self.is_read_only = is_read_only
        self.is_explicit = is_explicit
        # Not for a statement that commits before anything else can run (``engine.row_writer``).
        self.takes_locks = is_explicit
        self.overlay: dict[Scope, dict[bytes, PendingRow]] = {}
        # Scopes whose committed rows are gone for this transaction, and at commit for all.
        self.truncated: set[Scope] = set()
        # What COMMIT names in the manifest, and every object that was written for this.
        self.copied: list[CopiedRows] = []
        self.written: list[CopiedSegment] = []
        self.pending_catalog: CatalogEdit | None = None
        self.entries: dict[Scope, Entries] = {}
        # None as long as nothing has been left for later, as most often.
        self.checks: CheckQueues | None = None
        self.size_bytes = 0
        # The one snapshot of REPEATABLE READ and above; taken by the first statement.
        self.snapshot: Snapshot | None = None
        # What SERIALIZABLE must have read as it is at COMMIT; None for all others.
        self.reads: ReadSet | None = None
        # Where the writes of a statement of several parts begin; None outside of one.
        self.statement_seq: int | None = None
        self._undo: list[_Undo] = []
        self._savepoints: list[tuple[str, int]] = []

    @property
    def keeps_snapshot(self) -> bool:
        return self.isolation is not IsolationLevel.READ_COMMITTED

    @property
    def has_writes(self) -> bool:
        has_rows = bool(self.overlay or self.truncated or self.copied)
        return has_rows or self.pending_catalog is not None

    def rows_of(self, scope: Scope) -> Mapping[bytes, PendingRow]:
        """The pending rows of a scope by key, in no particular order."""
        return self.overlay.get(scope, _NO_ROWS)

    def get(self, scope: Scope, key: bytes) -> PendingRow | None:
        rows = self.overlay.get(scope)
        return None if rows is None else rows.get(key)

    def has_written(self, scope: Scope, key: bytes) -> bool:
        """Whether an earlier part of the running statement has written the key."""
        if self.statement_seq is None:
            return False
        pending = self.get(scope, key)
        return pending is not None and pending.row.seq > self.statement_seq

    def view(self, snapshot: Snapshot) -> Transaction:
        """What the transaction sees now, which its later writes do not change; to read with."""
        view = Transaction(
            self.owner, memory=self.memory, isolation=self.isolation, temporary=self.temporary
        )
        view.snapshot = snapshot
        view.overlay = {scope: dict(rows) for scope, rows in self.overlay.items()}
        view.truncated = set(self.truncated)
        view.reads = self.reads
        return view

    def put(self, scope: Scope, key: bytes, pending: PendingRow) -> None:
        """Replace the row at ``key``.

        Raises:
            OutOfMemory: 53200, the transaction has reached its limit.
        """
        self._grow(len(key) + pending.table.size_of(pending.row.values))
        rows = self.overlay.get(scope)
        if rows is None:
            rows = self.overlay[scope] = {}
        self._undo.append((scope, key, rows.get(key)))
        rows[key] = pending

    def entries_of(self, scope: Scope) -> Mapping[bytes, bytes | None]:
        """The pending index entries of a scope, in no particular order."""
        return self.entries.get(scope, NO_ENTRIES)

    def put_entry(self, scope: Scope, key: bytes, row_key: bytes | None) -> None:
        """Make an index entry lead to a row, or (None) take it away; raises as ``put``."""
        entries = self.entries.get(scope)
        if entries is None:
            entries = self.entries[scope] = {}
        was_there = key in entries
        if not was_there:
            self._grow(len(key) + ENTRY_OVERHEAD_BYTES)
        self._undo.append(EntryChange(scope, key, entries.get(key), was_there))
        entries[key] = row_key

    def queue(self, check: PendingCheck, *, may_wait: bool = True) -> None:
        """Leave a check for the statement's end, or for COMMIT where its constraint is deferred."""
        queues = self._queues()
        waits = may_wait and queues.is_deferred(check.constraint)
        queue = queues.at_commit if waits else queues.at_statement_end
        queue.checks.append(check)
        self._undo.append(Queued(queue))

    @property
    def has_checks(self) -> bool:
        """Whether something waits for COMMIT."""
        queues = self.checks
        return queues is not None and not (
            queues.at_statement_end.is_settled and queues.at_commit.is_settled
        )

    def settle_statement(self) -> None:
        """Run what waits for the statement's end; may raise in the middle."""
        if self.checks is not None:
            self._settle(self.checks.at_statement_end)

    def settle_all(self) -> None:
        """Run everything that waits, and what that leaves to be checked in turn."""
        queues = self._queues()
        while self.has_checks:
            self._settle(queues.at_statement_end)
            self._settle(queues.at_commit)

    def settle_immediate(self) -> None:
        """Run what waits for COMMIT only because SET CONSTRAINTS had not yet said otherwise."""
        queues = self._queues()
        queue = queues.at_commit
        waiting = queue.checks[queue.settled :]
        due = [check for check in waiting if not queues.is_deferred(check.constraint)]
        self._undo.append(Settled(queue, queue.checks, queue.settled))
        queue.checks = [check for check in waiting if queues.is_deferred(check.constraint)]
        queue.settled = 0
        for check in due:
            check.run(self)
        self.settle_statement()

    def defer(self, oid: int | None, *, is_deferred: bool) -> None:
        """SET CONSTRAINTS of one foreign key, or (None) of all."""
        queues = self._queues()
        self._undo.append(Deferral(queues.modes))
        kept = {} if oid is None else queues.modes
        queues.modes = {**kept, oid: is_deferred}

    def _queues(self) -> CheckQueues:
        if self.checks is None:
            self.checks = CheckQueues()
        return self.checks

    def _settle(self, queue: CheckQueue) -> None:
        while not queue.is_settled:
            check = queue.checks[queue.settled]
            self._undo.append(Settled(queue, queue.checks, queue.settled))
            queue.settled += 1
            check.run(self)

    def truncate(self, scope: Scope) -> None:
        """Take away every row of the scope, the transaction's own included."""
        rows = self.overlay.pop(scope, {})
        size_bytes = sum(
            len(key) + pending.table.size_of(pending.row.values) for key, pending in rows.items()
        )
        entries = self.entries.pop(scope, {})
        size_bytes += sum(len(key) + ENTRY_OVERHEAD_BYTES for key in entries)
        was_truncated = scope in self.truncated
        self._undo.append(Truncation(scope, rows, entries, size_bytes, was_truncated))
        self._shrink(size_bytes)
        self.truncated.add(scope)

    def take_copied(self, copied: CopiedRows) -> None:
        """Copied rows whose keys are new; the scope is locked as a whole."""
        self._undo.append(copied)
        self.copied.append(copied)

    def set_modes(self, *, isolation: str, is_read_only: bool) -> None:
        """SET TRANSACTION: the session has checked that it may still be set."""
        self.isolation = isolation_level(isolation)
        self.is_read_only = is_read_only

    def set_catalog(self, edit: CatalogEdit) -> None:
        """Make ``edit``, which includes all earlier ones of this transaction, the pending one."""
        self._undo.append(self.pending_catalog)
        self.pending_catalog = edit

    def position(self) -> int:
        """Where the undo log is now; for ``undo_to``."""
        return len(self._undo)

    def undo_to(self, position: int) -> None:
        """Take back every write since ``position``."""
        while len(self._undo) > position:
            undo = self._undo.pop()
            if isinstance(undo, tuple):
                self._undo_put(*undo)
            elif isinstance(undo, EntryChange):
                self._undo_entry(undo)
            elif isinstance(undo, Queued):
                undo.queue.checks.pop()
            elif isinstance(undo, Settled):
                undo.queue.checks, undo.queue.settled = undo.checks, undo.settled
            elif isinstance(undo, Deferral):
                self._queues().modes = undo.modes
            elif isinstance(undo, Truncation):
                self._undo_truncation(undo)
            elif isinstance(undo, CopiedRows):
                if undo in self.copied:  # else its rows were pending ones, and are undone
                    self.copied.remove(undo)
            else:
                self.pending_catalog = undo

    def _undo_put(self, scope: Scope, key: bytes, before: PendingRow | None) -> None:
        rows = self.overlay[scope]
        written = rows[key]
        self._shrink(len(key) + written.table.size_of(written.row.values))
        if before is not None:
            rows[key] = before
            return
        del rows[key]
        if not rows:
            del self.overlay[scope]

    def _undo_entry(self, undo: EntryChange) -> None:
        entries = self.entries[undo.scope]
        if undo.was_there:
            entries[undo.key] = undo.before
            return
        self._shrink(len(undo.key) + ENTRY_OVERHEAD_BYTES)
        del entries[undo.key]
        if not entries:
            del self.entries[undo.scope]

    def _undo_truncation(self, undo: Truncation) -> None:
        if undo.rows:
            self.overlay[undo.scope] = undo.rows
        if undo.entries:
            self.entries[undo.scope] = undo.entries
        self._shrink(-undo.size_bytes)
        if not undo.was_truncated:
            self.truncated.discard(undo.scope)

    def savepoint(self, name: str) -> None:
        self._savepoints.append((name, len(self._undo)))

    def rollback_to(self, name: str) -> None:
        """Undo to the newest savepoint of that name; it stays, later ones go."""
        place = self._find_savepoint(name)
        self.undo_to(self._savepoints[place][1])
        del self._savepoints[place + 1 :]

    def release(self, name: str) -> None:
        del self._savepoints[self._find_savepoint(name) :]

    def _find_savepoint(self, name: str) -> int:
        for place in range(len(self._savepoints) - 1, -1, -1):
            if self._savepoints[place][0] == name:
                return place
        raise errors.InvalidSavepointSpecification(f'savepoint "{name}" does not exist')

    def check_room(self, rows: int, size_bytes: int) -> None:
        """Refuse (53200) rows that could not be pending all at once. Any thread."""
        self.memory.check(self.size_bytes + rows * ROW_OVERHEAD_BYTES + size_bytes)

    def give_back_memory(self) -> None:
        """The transaction has ended, or is written: its rows count no more. Idempotent."""
        self._shrink(self.size_bytes)

    def _grow(self, added_bytes: int) -> None:
        memory = self.memory
        self.size_bytes += added_bytes
        memory.used_bytes += added_bytes
        if self.size_bytes > memory.bytes_max or memory.used_bytes > memory.bytes_total_max:
            refusal = memory.refusal(self.size_bytes)
            assert refusal is not None, "one of the limits is reached"
            self._shrink(added_bytes)
            raise refusal

    def _shrink(self, size_bytes: int) -> None:
        self.size_bytes -= size_bytes
        self.memory.used_bytes -= size_bytes

    def close_snapshot(self) -> None:
        """Idempotent."""
        if self.snapshot is not None:
            self.snapshot.close()
            self.snapshot = None
