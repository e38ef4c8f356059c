"""Compaction of one scope: live rows of some segments become new segments.

The steps run where they belong: ``ScopeCompaction(...)`` and ``publish`` on the event loop's
thread, ``write`` in a worker thread. ``compact_scope`` drives them.

Invariants:
    - Before ``publish`` the new objects are orphans; ``publish`` swaps the segments in one batch.
      Whoever reads the old ones holds a snapshot, which keeps their objects.
    - A row that was superseded while the compaction ran is marked in its new place by that batch.
    - Nobody flushes the scope meanwhile.
    - The index entries of rows that are not kept go with them; nobody has locked such a row.
    - Memory is that of a piece of each segment, plus the keys of the new ones.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa

from kalampg import errors
from kalampg.ids import SegmentId
from kalampg.relation import Relation
from kalampg.storage.batch import WriteBatch
from kalampg.storage.disk_space import storage_error
from kalampg.storage.flush import FlushSettings
from kalampg.storage.in_worker import InWorker, finish
from kalampg.storage.index_keys import entry_keys
from kalampg.storage.keys import Scope
from kalampg.storage.manifest import ScopeManifest
from kalampg.storage.new_segment import (
    ReservedSegment,
    SegmentPlace,
    abandon_segment,
    finish_segment,
    open_segment_writer,
    reserve_segment,
)
from kalampg.storage.removal_guard import RemovalGuard
from kalampg.storage.row_stream import Row, cold_rows, fill_segment, segment_scales
from kalampg.storage.rows import StoredRow, decode_header
from kalampg.storage.segment import Segment
from kalampg.storage.segments import SegmentWriter
from kalampg.storage.store import Store

KeepRow: TypeAlias = Callable[[StoredRow], bool]
ChooseGroups: TypeAlias = Callable[[ScopeManifest], Sequence[Sequence[SegmentId]]]


@dataclass(frozen=True, slots=True)
class Removal:
    """Which rows a compaction keeps, and who is asked before the others go."""

    keep: KeepRow
    guard: RemovalGuard


@dataclass(frozen=True, slots=True)
class CompactionResult:
    """What a compaction did. ``rows_removed`` were superseded, or not to be kept."""

    segments_before: int = 0
    segments_after: int = 0
    rows: int = 0
    rows_removed: int = 0
    size_bytes: int = 0

    def plus(self, other: CompactionResult) -> CompactionResult:
        return CompactionResult(
            self.segments_before + other.segments_before,
            self.segments_after + other.segments_after,
            self.rows + other.rows,
            self.rows_removed + other.rows_removed,
            self.size_bytes + other.size_bytes,
        )


class ScopeCompaction:
    """One merge of some segments of a scope, as steps. Close it."""

    def __init__(
        self,
        store: Store,
        relation: Relation,
        scope: Scope,
        group: Sequence[SegmentId],
        *,
        settings: FlushSettings | None = None,
        removal: Removal | None = None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take the snapshot that is merged. Without ``removal`` all rows stay.

        ``is_stopped`` is asked for each batch of rows.

        Raises:
            ObjectInUse: 55006, the scope is being flushed or compacted.
        """
        self._store = store
        self._relation = relation
        self._scope = scope
        self._settings = settings or FlushSettings()
        self._removal = removal
        # Made here, on the event loop's thread; any thread may use them.
        self._indexes = [] if removal is None else entry_keys(relation, store.compile_function)
        self._is_stopped_outside = is_stopped
        # No commit can come between: the watch sees exactly what the snapshot lacks.
        self._watch = store.watches.begin(scope)
        self._snapshot = store.snapshot()
        self._manifest = self._snapshot.manifest(scope)
        found = [self._manifest.segment(segment_id) for segment_id in group]
        # A drop since the group was chosen leaves nothing to do.
        self._inputs = [segment for segment in found if segment is not None]
        self._reserved = self._reserve()
        self._begun = 0
        self._removed: list[tuple[bytes, list[bytes]]] = []
        self._outputs: list[tuple[Segment, SegmentWriter]] = []
        self._is_stopped = False
        self._is_published = False

    def write(self) -> None:
        """Write the new segments. Blocks.

        Raises:
            IoError: 58030, DiskFull: 53100, NumericValueOutOfRange: 22003,
                QueryCanceled: 57014, it was stopped: everything stays as it is.
        """
        scales = segment_scales(self._inputs, self._relation)
        rows = self._merged()
        first = next(rows, None)
        while first is not None:
            self._store.reach("compaction-before-object")
            reserved = self._reserved[self._begun]
            self._begun += 1
            writer = open_segment_writer(self._store, self._relation, self._scope, reserved, scales)
            try:
                first = fill_segment(writer, first, rows, self._settings)
                segment = finish_segment(self._store, writer)
            except (OSError, pa.ArrowException) as failure:
                abandon_segment(self._store, writer)
                raise storage_error("could not write a segment", failure) from failure
            except BaseException:
                abandon_segment(self._store, writer)
                raise
            self._outputs.append((segment, writer))
            self._store.reach("compaction-after-object")

    def publish(self) -> CompactionResult | None:
        """Swap the segments in one batch.

        None: the rows were dropped or truncated while the compaction ran.

        Raises:
            ObjectInUse: 55006, a row that is to go is locked: everything stays as it is.
        """
        if self._watch.is_dropped:
            return None
        self._check_removal()
        self._store.reach("compaction-before-publish")
        batch = WriteBatch()
        for segment in self._inputs:
            batch.remove_segment(self._scope, segment.segment_id)
        for segment, _ in self._outputs:
            batch.add_segment(self._scope, segment)
        for key, entries in self._removed:
            if key not in self._watch.changed:  # else they are the newer row's
                for entry in entries:
                    batch.delete_entry(self._scope, entry)
        marked = self._carry_marks(batch)
        self._check_marks(marked)
        self._store.commit(batch)
        self._is_published = True
        for segment, _ in self._outputs:
            self._store.in_flight.discard(segment.path)
        self._store.reach("compaction-after-publish")
        rows = sum(segment.rows for segment, _ in self._outputs)
        return CompactionResult(
            segments_before=len(self._inputs),
            segments_after=len(self._outputs),
            rows=rows,
            rows_removed=sum(segment.rows for segment in self._inputs) - rows,
            size_bytes=sum(segment.size_bytes for segment, _ in self._outputs),
        )

    def stop(self) -> None:
        """Let a ``write`` that runs in another thread end early."""
        self._is_stopped = True

    def close(self) -> None:
        """End the compaction; objects that were not published are removed. Idempotent."""
        self._store.watches.end(self._scope, self._watch)
        self._snapshot.close()
        published = len(self._outputs) if self._is_published else 0
        if not self._is_published:
            for _, writer in self._outputs:
                abandon_segment(self._store, writer)
        for number, reserved in enumerate(self._reserved):
            if number >= published and not reserved.name.is_local:
                self._store.give_up_object(reserved.name, may_exist=number < self._begun)
        self._reserved = []
        self._outputs = []

    def _reserve(self) -> list[ReservedSegment]:
        """Reserve as many segments as the live rows may need, where the newest input is."""
        marks = (len(self._manifest.marks_of(segment.segment_id)) for segment in self._inputs)
        rows = sum(segment.rows for segment in self._inputs) - sum(marks)
        if rows == 0:
            return []
        newest = max(self._inputs, key=lambda segment: segment.segment_id)
        place = SegmentPlace(newest.storage_id, newest.path.rpartition("/")[0])
        count = -(-rows // self._settings.segment_rows_max)
        return [reserve_segment(self._store, place) for _ in range(count)]

    def _merged(self) -> Iterator[Row]:
        return heapq.merge(
            *(self._live_rows(segment) for segment in self._inputs), key=lambda row: row[0]
        )

    def _live_rows(self, segment: Segment) -> Iterator[Row]:
        marks = self._manifest.marks_of(segment.segment_id)
        rows = cold_rows(self._store.files, segment, marks, self._relation, self._must_stop)
        return rows if self._removal is None else self._kept_rows(rows, self._removal.keep)

    def _kept_rows(self, rows: Iterator[Row], keep: KeepRow) -> Iterator[Row]:
        """Pass on the rows that stay, and note the index entries of the others."""
        indexes = self._indexes
        for key, row, size_bytes in rows:
            if keep(row):
                yield key, row, size_bytes
            elif indexes:
                found = [index.entry(row.values, key) for index in indexes]
                self._removed.append((key, [entry.key for entry in found if entry is not None]))

    def _must_stop(self) -> bool:
        return self._is_stopped or self._is_stopped_outside()

    def _carry_marks(self, batch: WriteBatch) -> int:
        """Mark, in their new places, the rows that changed since the snapshot."""
        marked = 0
        changed = sorted(self._watch.changed)
        for segment, writer in self._outputs:
            keys = writer.keys
            for key in changed:
                row_number = bisect_left(keys, key)
                if row_number == len(keys) or keys[row_number] != key:
                    continue
                current = self._store.get(self._scope, key)
                seq = segment.max_seq if current is None else decode_header(current).seq
                batch.mark(self._scope, segment.segment_id, row_number, seq)
                marked += 1
        return marked

    def _check_removal(self) -> None:
        if self._removal is None:
            return
        guard = self._removal.guard
        guard.check_table(self._relation)
        for key, _ in self._removed:
            guard.check_row(self._relation, self._scope, key)

    def _check_marks(self, carried: int) -> None:
        """Whoever changes a cold row marks it: as many marks as came must have been carried."""
        manifest = self._store.manifest(self._scope)
        come = sum(
            len(manifest.marks_of(segment.segment_id))
            - len(self._manifest.marks_of(segment.segment_id))
            for segment in self._inputs
        )
        assert carried == come or (self._removal is not None and carried < come), "a mark is lost"


async def compact_scope(
    store: Store,
    relation: Relation,
    scope: Scope,
    choose: ChooseGroups,
    *,
    in_worker: InWorker,
    settings: FlushSettings | None = None,
    removal: Removal | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> CompactionResult:
    """Merge the groups of segments that ``choose`` finds, until ``is_stopped`` says so.

    Raises:
        ObjectInUse: 55006, the scope is being flushed or compacted, or a row that is to go is used.
        IoError: 58030, an object cannot be read or written.
        DataCorrupted: XX001, a segment is not what was written.
        NumericValueOutOfRange: 22003, numerics do not fit one segment together.

    Cancellation: groups that were published stay merged; the one in progress stays as it was.
    """
    result = CompactionResult()
    for group in choose(store.manifest(scope)):
        if is_stopped():
            break
        compaction = ScopeCompaction(
            store, relation, scope, group, settings=settings, removal=removal, is_stopped=is_stopped
        )
        try:
            await finish(compaction, in_worker(compaction.write))
            done = compaction.publish()
            if done is None:
                break
            result = result.plus(done)
            await store.copies.refresh(scope, in_worker)
        except errors.QueryCanceled:
            if not is_stopped():
                raise
            break
        finally:
            compaction.close()
    return result
