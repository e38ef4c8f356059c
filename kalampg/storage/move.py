"""Move of one scope: the objects of its segments go to another storage, byte for byte.

The steps run where they belong: ``ScopeMove(...)`` and ``publish`` on the event loop's thread,
``write`` in a worker thread. ``move_scope`` drives them.

Segments keep their ids, rows and marks, so that whoever marks a row meanwhile marks the right one,
and a flush or a compaction of the same scope may run at the same time.

Invariants:
    - Before ``publish`` the copies are orphans; ``publish`` switches all segments in one batch.
    - A copy has been read back before anything refers to it.
    - Copies have names of their own: one that comes back to a storage does not meet the object
      that it left there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kalampg import errors
from kalampg.storage.batch import WriteBatch
from kalampg.storage.in_worker import InWorker, finish
from kalampg.storage.keys import Scope
from kalampg.storage.new_segment import SegmentPlace
from kalampg.storage.segment import Segment
from kalampg.storage.segment_files import ObjectName, object_of
from kalampg.storage.storage_paths import object_path
from kalampg.storage.store import Store


@dataclass(frozen=True, slots=True)
class MoveResult:
    """What was moved."""

    segments: int = 0
    rows: int = 0
    size_bytes: int = 0


class ScopeMove:
    """One move of a scope's segments that lie elsewhere to a place, as steps. Close it."""

    def __init__(
        self,
        store: Store,
        scope: Scope,
        place: SegmentPlace,
        *,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take the snapshot that is moved. ``is_stopped`` is asked before each object."""
        self._store = store
        self._scope = scope
        self._is_stopped_outside = is_stopped
        self._is_stopped = False
        self._snapshot = store.snapshot()
        self._sources = [
            segment
            for segment in self._snapshot.manifest(scope).segments
            if segment.storage_id != place.storage_id
        ]
        # The number in a copy's name is new, the segment's id is not.
        self._targets = [
            ObjectName(
                place.storage_id,
                object_path(place.folder, segment.created_at_us, store.next_segment_id()),
            )
            for segment in self._sources
        ]
        store.in_flight.update(target.path for target in self._targets)
        store.expect_objects(*self._targets)
        self._begun = 0
        self._copies: list[Segment] = []
        self._published: set[ObjectName] = set()

    def write(self) -> None:
        """Copy the objects. Blocks.

        Raises:
            IoError: 58030, an object cannot be read or written.
            DataCorrupted: XX001, an object is not what was written.
            QueryCanceled: 57014, it was stopped. Everything stays as it is.
        """
        for source, target in zip(self._sources, self._targets, strict=True):
            if self._is_stopped or self._is_stopped_outside():
                raise errors.QueryCanceled("canceling move")
            self._store.reach("move-before-object")
            self._begun += 1
            self._copies.append(self._store.files.copy(source, target))
            self._store.reach("move-after-object")

    def publish(self) -> MoveResult:
        """Switch to the copies in one batch; what is gone or has moved meanwhile is left out."""
        manifest = self._store.manifest(self._scope)
        batch = WriteBatch()
        moved: list[Segment] = []
        for source, copy in zip(self._sources, self._copies, strict=True):
            current = manifest.segment(source.segment_id)
            if current is not None and object_of(current) == object_of(source):
                batch.move_segment(self._scope, copy)
                moved.append(copy)
        self._store.reach("move-before-publish")
        self._snapshot.close()  # it has kept the old objects long enough
        self._store.commit(batch)
        self._published = {object_of(copy) for copy in moved}
        self._store.reach("move-after-publish")
        return MoveResult(
            len(moved),
            sum(segment.rows for segment in moved),
            sum(segment.size_bytes for segment in moved),
        )

    def stop(self) -> None:
        """Let a ``write`` that runs in another thread end early."""
        self._is_stopped = True

    def close(self) -> None:
        """End the move; copies that were not published become garbage. Idempotent."""
        self._snapshot.close()
        for number, target in enumerate(self._targets):
            if target not in self._published:
                self._store.give_up_object(target, may_exist=number < self._begun)
            self._store.in_flight.discard(target.path)
        self._targets = []


async def move_scope(
    store: Store,
    scope: Scope,
    place: SegmentPlace,
    *,
    in_worker: InWorker,
    is_stopped: Callable[[], bool] = lambda: False,
) -> MoveResult:
    """Move the segments of a scope that lie in other storages to ``place``, all or none.

    Raises:
        IoError: 58030, an object cannot be read or written.
        DataCorrupted: XX001, an object is not what was written. The segments stay where they are.

    Cancellation: the segments are moved, or stay where they are.
    """
    move = ScopeMove(store, scope, place, is_stopped=is_stopped)
    try:
        await finish(move, in_worker(move.write))
        moved = move.publish()
        await store.copies.refresh(scope, in_worker)
    except errors.QueryCanceled:
        if not is_stopped():
            raise
        return MoveResult()
    finally:
        move.close()
    return moved
