"""HotCache: each scope's decoded hot rows, kept current by commits.

A query that reads a scope finds its hot rows here, with what has changed since they were decoded;
it applies the changes and leaves the result for the next one. Without an entry it decodes its
snapshot.

Invariants:
    - What ``get`` returns for a snapshot is exactly the hot rows of that snapshot: decoded at or
      before it, with every change of the scope since, none of which is later than the snapshot.
    - Rows that are being decoded miss no change: a ticket collects what is committed meanwhile.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from kalampg.engine.hot_rows import HotRows
from kalampg.ids import TableId
from kalampg.storage.batch import WriteBatch
from kalampg.storage.keys import Scope

# With more changes than this, and than a quarter of the rows, decoding anew is as cheap.
_CHANGES_MAX: Final = 1_000


class HotVersion(NamedTuple):
    """Hot rows as one snapshot has them: ``rows`` after ``changes``."""

    rows: HotRows
    changes: dict[bytes, bytes | None]


class _Tracked:
    """Something that must hear of every change of its scope."""

    __slots__ = ("changed_at", "changes", "is_void", "scope")

    def __init__(self, scope: Scope, position: int) -> None:
        self.scope = scope
        self.changes: dict[bytes, bytes | None] = {}
        self.changed_at = position
        self.is_void = False


class Ticket(_Tracked):
    """A promise to bring a scope's rows as they are when it is opened."""

    __slots__ = ()


class _Entry(_Tracked):
    """Rows decoded under one version of the relation."""

    __slots__ = ("rows", "schema_version")

    def __init__(self, ticket: Ticket, schema_version: int, rows: HotRows) -> None:
        super().__init__(ticket.scope, ticket.changed_at)
        self.changes = ticket.changes
        self.rows = rows
        self.schema_version = schema_version


class HotCache:
    """Least recently used rows, bounded by their size. Used on the event loop only."""

    def __init__(self, size_bytes_max: int, written: Callable[[], int]) -> None:
        """``written`` tells the log position of the newest commit."""
        self._written = written
        self._size_bytes_max = size_bytes_max
        self._size_bytes = 0
        self._entries: OrderedDict[Scope, _Entry] = OrderedDict()
        self._tickets: dict[Scope, set[Ticket]] = {}

    @property
    def size_bytes(self) -> int:
        return self._size_bytes

    def get(self, scope: Scope, schema_version: int, position: int) -> HotVersion | None:
        """The hot rows as a snapshot at log ``position`` has them."""
        entry = self._entries.get(scope)
        if entry is None or entry.schema_version != schema_version or entry.changed_at > position:
            return None
        self._entries.move_to_end(scope)
        return HotVersion(entry.rows, dict(entry.changes))

    def open(self, scope: Scope, position: int) -> Ticket | None:
        """Announce the rows of a snapshot at ``position``.

        None when that is not the present: what came between is not known here.
        """
        if position != self._written():
            return None
        ticket = Ticket(scope, position)
        self._tickets.setdefault(scope, set()).add(ticket)
        return ticket

    def put(self, ticket: Ticket, schema_version: int, rows: HotRows) -> None:
        """Keep the rows that the ticket announced, unless they are too many to be kept."""
        self.drop(ticket)
        if ticket.is_void or rows.is_mostly_dead or rows.size_bytes > self._size_bytes_max // 4:
            return
        self._remove(ticket.scope)
        self._entries[ticket.scope] = _Entry(ticket, schema_version, rows)
        self._size_bytes += rows.size_bytes
        while self._size_bytes > self._size_bytes_max:
            self._remove(next(iter(self._entries)))

    def drop(self, ticket: Ticket) -> None:
        """The rows will not come. Idempotent."""
        tickets = self._tickets.get(ticket.scope)
        if tickets is not None:
            tickets.discard(ticket)
            if not tickets:
                del self._tickets[ticket.scope]

    def committed(self, batch: WriteBatch, position: int) -> None:
        """Note what a commit has changed (a ``CommitListener``)."""
        if not self._entries and not self._tickets:
            return
        # Before the rows: a batch may empty a scope and then fill it again.
        for scope in batch.dropped_scopes:
            self._forget(scope)
        for table_id in batch.dropped_tables:
            self._forget_table(table_id)
        for scope, key, value in batch.row_changes:
            if scope not in self._entries and scope not in self._tickets:
                continue
            for tracked in self._tracked(scope):
                tracked.changes[key] = value
                tracked.changed_at = position
            entry = self._entries.get(scope)
            if entry is not None and len(entry.changes) > max(
                _CHANGES_MAX, len(entry.rows.places) // 4
            ):
                self._remove(scope)

    def _tracked(self, scope: Scope) -> Iterator[_Tracked]:
        entry = self._entries.get(scope)
        if entry is not None:
            yield entry
        yield from self._tickets.get(scope, ())

    def _forget_table(self, table_id: TableId) -> None:
        scopes = {*self._entries, *self._tickets}
        for scope in [scope for scope in scopes if scope.table_id == table_id]:
            self._forget(scope)

    def _forget(self, scope: Scope) -> None:
        self._remove(scope)
        for ticket in self._tickets.pop(scope, ()):
            ticket.is_void = True

    def _remove(self, scope: Scope) -> None:
        entry = self._entries.pop(scope, None)
        if entry is not None:
            self._size_bytes -= entry.rows.size_bytes
