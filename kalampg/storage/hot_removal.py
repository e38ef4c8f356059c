"""Removal of hot rows for good: tombstones that nobody may see any more, and rows that are too old.

Rows are found in a worker thread, under a snapshot, and removed on the event loop's thread, where
each is looked at again: one that has changed meanwhile, or that a transaction has locked, stays.

Invariants:
    - A tombstone's cold copy, if there is one, is marked already: without the tombstone the key is
      free, and the old row does not come back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, TypeAlias

from kalampg import errors
from kalampg.relation import Relation
from kalampg.storage.batch import WriteBatch
from kalampg.storage.in_worker import InWorker, finish
from kalampg.storage.index_keys import entry_keys
from kalampg.storage.keys import Scope
from kalampg.storage.removal_guard import RemovalGuard
from kalampg.storage.rows import RowCodec, RowHeader, decode_header
from kalampg.storage.snapshot import Snapshot
from kalampg.storage.store import Store

# A batch of this many deletes holds the event loop for about a millisecond.
_BATCH_ROWS: Final = 1_000

IsDue: TypeAlias = Callable[[RowHeader], bool]


def is_old_tombstone(before_us: int) -> IsDue:
    """Rows that were deleted before a time."""
    return lambda header: header.deleted and header.updated_us < before_us


def is_old(before_us: int) -> IsDue:
    """Rows that were last changed, or deleted, before a time."""
    return lambda header: header.updated_us < before_us


class _DueRows:
    """Finds rows that are due, some at a time."""

    def __init__(self, snapshot: Snapshot, scope: Scope, is_due: IsDue) -> None:
        self._is_stopped = False
        self._rows = self._find(snapshot, scope, is_due)

    def next_batch(self) -> list[tuple[bytes, int]]:
        """Return keys with the ``_seq`` of their rows; none are left when it is empty. Blocks."""
        return list(islice(self._rows, _BATCH_ROWS))

    def stop(self) -> None:
        self._is_stopped = True

    def _find(self, snapshot: Snapshot, scope: Scope, is_due: IsDue) -> Iterator[tuple[bytes, int]]:
        for key, value in snapshot.scan(scope):
            if self._is_stopped:
                raise errors.QueryCanceled("canceling removal")
            header = decode_header(value)
            if is_due(header):
                yield key, header.seq


async def remove_hot_rows(
    store: Store,
    scope: Scope,
    is_due: IsDue,
    *,
    relation: Relation,
    guard: RemovalGuard,
    in_worker: InWorker,
    is_stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Remove the hot rows of a scope that are due, with their index entries; return how many.

    Raises:
        ObjectInUse: 55006, the table's indexes have been altered meanwhile.

    Cancellation: what is removed stays removed.
    """
    removed = 0
    indexes, codec = entry_keys(relation, store.compile_function), RowCodec.for_relation(relation)
    with store.snapshot() as snapshot:
        due = _DueRows(snapshot, scope, is_due)
        while not is_stopped():
            found = await finish(due, in_worker(due.next_batch))
            if not found:
                break
            guard.check_table(relation)
            batch = WriteBatch()
            for key, seq in found:
                if guard.is_locked(scope, key):
                    continue
                current = store.get(scope, key)
                header = None if current is None else decode_header(current)
                if current is None or header is None or header.seq != seq:
                    continue
                batch.delete_row(scope, key)
                removed += 1
                if indexes and not header.deleted:  # a tombstone has no entries
                    values = codec.decode(current).values
                    for index in indexes:
                        entry = index.entry(values, key)
                        if entry is not None:
                            batch.delete_entry(scope, entry.key)
            store.commit(batch)
    return removed


def has_due_row(snapshot: Snapshot, scope: Scope, is_due: IsDue) -> bool:
    """Tell whether there is anything to remove; blocks."""
    return any(is_due(decode_header(value)) for _, value in snapshot.scan(scope))
