"""HotCache: each scope's decoded hot rows, as long as nothing has changed them.

A query that reads a scope finds the Arrow table of its hot rows here, or builds it from its
snapshot and leaves it for the next one. A commit that touches the scope throws it away.

Invariants:
    - A table that ``get`` returns for a snapshot holds exactly the hot rows of that snapshot: it
      was built at or before it, and no commit since has touched the scope.
    - A table under construction is not kept if a commit touches its scope meanwhile.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from kalampg.engine.row_table import RowTable
from kalampg.ids import TableId
from kalampg.storage.batch import WriteBatch
from kalampg.storage.keys import Scope


@dataclass(frozen=True, slots=True)
class _Entry:
    schema_version: int
    position: int  # Log position of the snapshot that it was built from.
    rows: RowTable
    size_bytes: int


class Ticket:
    """A promise to bring a scope's table, void once a commit has touched the scope."""

    __slots__ = ("is_void", "scope")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.is_void = False


class HotCache:
    """Least recently used tables, bounded by their size. Used on the event loop only."""

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

    def get(self, scope: Scope, schema_version: int, position: int) -> RowTable | None:
        """The hot rows as a snapshot at log ``position`` has them."""
        entry = self._entries.get(scope)
        if entry is None or entry.schema_version != schema_version or entry.position > position:
            return None
        self._entries.move_to_end(scope)
        return entry.rows

    def open(self, scope: Scope, position: int) -> Ticket | None:
        """Announce a table built from a snapshot at ``position``.

        None when that is not the present: what came between is not known here.
        """
        if position != self._written():
            return None
        ticket = Ticket(scope)
        self._tickets.setdefault(scope, set()).add(ticket)
        return ticket

    def put(self, ticket: Ticket, schema_version: int, position: int, rows: RowTable) -> None:
        """Keep a table, unless its scope has changed or it is too large to be kept."""
        self.drop(ticket)
        size = rows.table.nbytes
        if ticket.is_void or size > self._size_bytes_max // 4:
            return
        self._remove(ticket.scope)
        self._entries[ticket.scope] = _Entry(schema_version, position, rows, size)
        self._size_bytes += size
        while self._size_bytes > self._size_bytes_max:
            self._remove(next(iter(self._entries)))

    def drop(self, ticket: Ticket) -> None:
        """The table will not come. Idempotent."""
        tickets = self._tickets.get(ticket.scope)
        if tickets is not None:
            tickets.discard(ticket)
            if not tickets:
                del self._tickets[ticket.scope]

    def committed(self, batch: WriteBatch, position: int) -> None:
        """Forget what a commit has changed (a ``CommitListener``)."""
        if not self._entries and not self._tickets:
            return
        for scope in batch.touched:
            self._forget(scope)
        for table_id in batch.dropped_tables:
            self._forget_table(table_id)

    def _forget_table(self, table_id: TableId) -> None:
        for scope in [scope for scope in self._entries if scope.table_id == table_id]:
            self._forget(scope)
        for scope in [scope for scope in self._tickets if scope.table_id == table_id]:
            self._forget(scope)

    def _forget(self, scope: Scope) -> None:
        self._remove(scope)
        for ticket in self._tickets.pop(scope, ()):
            ticket.is_void = True

    def _remove(self, scope: Scope) -> None:
        entry = self._entries.pop(scope, None)
        if entry is not None:
            self._size_bytes -= entry.size_bytes
