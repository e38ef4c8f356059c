"""Flush of one scope: its live hot rows become segments.

The steps run where they belong: ``ScopeFlush(...)`` and ``publish`` on the event loop's thread,
``write_next`` in a worker thread. ``flush_scope`` drives them.

Invariants:
    - Before ``publish`` the object is an orphan, after it the segment is in the manifest and its
      rows are not hot: one batch. A crash leaves one or the other.
    - A row that changed since the flush began stays hot as it is now, and its copy in the segment
      is marked in the same batch.
    - Soft-deleted rows (tombstones) stay hot.
    - One flush at a time in a scope. Memory is that of one row group, plus one segment's keys.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import pyarrow as pa

from kalampg import errors
from kalampg.ids import ColumnId
from kalampg.relation import Relation
from kalampg.storage.batch import WriteBatch
from kalampg.storage.disk_space import storage_error
from kalampg.storage.in_worker import InWorker, finish
from kalampg.storage.keys import Scope
from kalampg.storage.new_segment import (
    ReservedSegment,
    SegmentPlace,
    abandon_segment,
    finish_segment,
    local_place,
    open_segment_writer,
    reserve_segment,
)
from kalampg.storage.rows import RowCodec, StoredRow, decode_header
from kalampg.storage.segment import Segment
from kalampg.storage.segment_columns import display_scales, greatest_scale
from kalampg.storage.segments import SegmentWriter, unfixed_numeric_columns
from kalampg.storage.store import Store

# DuckDB's own row group size is 122,880; smaller ones bound the memory of a flush.
ROW_GROUP_ROWS: Final = 8_192
ROW_GROUP_BYTES: Final = 16 * 1024 * 1024
# Publishing deletes this many hot rows in one batch on the event loop: measured 0.7 µs each.
SEGMENT_ROWS_MAX: Final = 32_768

Row: TypeAlias = tuple[bytes, StoredRow]


@dataclass(frozen=True, slots=True)
class FlushSettings:
    """Sizes of segments and row groups."""

    row_group_rows: int = ROW_GROUP_ROWS
    row_group_bytes: int = ROW_GROUP_BYTES
    segment_rows_max: int = SEGMENT_ROWS_MAX


@dataclass(frozen=True, slots=True)
class WrittenSegment:
    """An object that is durable and not yet in the manifest; ``batch`` would publish it."""

    segment: Segment
    keys: list[bytes]
    batch: WriteBatch
    writer: SegmentWriter


@dataclass(frozen=True, slots=True)
class FlushResult:
    """What a flush of one scope did. ``rows_kept_hot`` changed while it ran."""

    segments: int
    rows: int
    rows_kept_hot: int
    size_bytes: int


class ScopeFlush:
    """One flush of one scope, as steps. Close it."""

    def __init__(
        self,
        store: Store,
        relation: Relation,
        scope: Scope,
        *,
        settings: FlushSettings | None = None,
        place: SegmentPlace | None = None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take the snapshot that is flushed. ``is_stopped`` is asked before each row.

        Raises:
            ObjectInUse: 55006, the scope is being flushed.
        """
        self._store = store
        self._relation = relation
        self._scope = scope
        self._settings = settings or FlushSettings()
        self._codec = RowCodec.for_relation(relation)
        # No commit can come between: the watch sees exactly what the snapshot lacks.
        self._watch = store.watches.begin(scope)
        self._snapshot = store.snapshot()
        self._groups: Iterator[list[Row]] | None = None
        self._scales: dict[ColumnId, int] = {}
        self._unpublished: WrittenSegment | None = None
        self._is_stopped = False
        self._is_stopped_outside = is_stopped
        self._place = place or local_place(relation, scope)
        self._reserved: ReservedSegment | None = reserve_segment(store, self._place)
        self._is_begun = False

    def write_next(self) -> WrittenSegment | None:
        """Write the next segment; None: all rows are written. Blocks.

        Raises:
            IoError: 58030, DiskFull: 53100, NumericValueOutOfRange: 22003: the rows stay hot.
            QueryCanceled: 57014, it was stopped; the segment in progress is gone.
        """
        if self._groups is None:
            self._scales = self._find_scales()
            self._groups = self._row_groups()
        first = next(self._groups, None)
        if first is None:
            return None
        self._store.reach("flush-before-object")
        assert self._reserved is not None, "the flush is closed"
        self._is_begun = True
        writer = open_segment_writer(
            self._store, self._relation, self._scope, self._reserved, self._scales
        )
        try:
            writer.write(first)
            while len(writer.keys) < self._settings.segment_rows_max:
                group = next(self._groups, None)
                if group is None:
                    break
                writer.write(group)
            segment = finish_segment(self._store, writer)
        except (OSError, pa.ArrowException) as failure:
            abandon_segment(self._store, writer)
            raise storage_error("could not write a segment", failure) from failure
        except BaseException:
            abandon_segment(self._store, writer)
            raise
        self._store.reach("flush-after-object")
        batch = WriteBatch()
        batch.add_segment(self._scope, segment)
        for key in writer.keys:
            batch.delete_row(self._scope, key)
        self._store.prepare(batch)
        self._unpublished = WrittenSegment(segment, writer.keys, batch, writer)
        return self._unpublished

    def publish(self, written: WrittenSegment) -> int | None:
        """Make a segment visible and its rows cold, in one batch; return how many stayed hot.

        None: the rows were dropped or truncated while the flush ran, and it is over.
        """
        if self._watch.is_dropped:
            return None
        self._store.reach("flush-before-publish")
        kept_hot = 0
        for key in sorted(self._watch.changed):
            row_number = bisect_left(written.keys, key)
            if row_number == len(written.keys) or written.keys[row_number] != key:
                continue
            current = self._store.get(self._scope, key)
            seq = written.segment.max_seq
            if current is not None:
                written.batch.put_row(self._scope, key, current)  # undoes the delete before it
                seq = decode_header(current).seq
            written.batch.mark(self._scope, written.segment.segment_id, row_number, seq)
            kept_hot += 1
        self._watch.is_muted = True
        try:
            self._store.commit(written.batch)
        finally:
            self._watch.is_muted = False
        self._store.in_flight.discard(written.segment.path)
        self._unpublished = None
        self._reserved = reserve_segment(self._store, self._place)
        self._is_begun = False
        self._store.reach("flush-after-publish")
        return kept_hot

    def stop(self) -> None:
        """Let a ``write_next`` that runs in another thread end early."""
        self._is_stopped = True

    def close(self) -> None:
        """End the flush; an object that was not published is removed. Idempotent."""
        self._store.watches.end(self._scope, self._watch)
        self._snapshot.close()
        self._groups = None
        if self._unpublished is not None:
            abandon_segment(self._store, self._unpublished.writer)
            self._unpublished = None
        if self._reserved is not None and not self._reserved.name.is_local:
            self._store.give_up_object(self._reserved.name, may_exist=self._is_begun)
        self._reserved = None

    def _live_rows(self) -> Iterator[tuple[Row, int]]:
        """Yield the rows of the snapshot that a flush moves, each with its size."""
        for key, value in self._snapshot.scan(self._scope):
            if self._is_stopped or self._is_stopped_outside():
                raise errors.QueryCanceled("canceling flush")
            row = self._codec.decode(value)
            if not row.deleted:
                yield (key, row), len(value)

    def _row_groups(self) -> Iterator[list[Row]]:
        group: list[Row] = []
        group_bytes = 0
        rows_max = min(self._settings.row_group_rows, self._settings.segment_rows_max)
        for row, row_bytes in self._live_rows():
            if group and (
                len(group) >= rows_max or group_bytes + row_bytes > self._settings.row_group_bytes
            ):
                yield group
                group = []
                group_bytes = 0
            group.append(row)
            group_bytes += row_bytes
        if group:
            yield group

    def _find_scales(self) -> dict[ColumnId, int]:
        """Find the greatest scale of each numeric column without typmod: one more pass, if any."""
        positions = unfixed_numeric_columns(self._relation)
        scales = dict.fromkeys(positions, 0)
        if positions:
            for (_, row), _ in self._live_rows():
                for position in positions:
                    oid = self._relation.columns[position].type_oid
                    datum = row.values[position]
                    scale = greatest_scale(display_scales(oid, [datum]))
                    scales[position] = max(scales[position], scale)
        return {
            self._relation.columns[position].column_id: scale for position, scale in scales.items()
        }


async def flush_scope(
    store: Store,
    relation: Relation,
    scope: Scope,
    *,
    in_worker: InWorker,
    settings: FlushSettings | None = None,
    place: SegmentPlace | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> FlushResult:
    """Flush one scope, or the segments of it that are whole when ``is_stopped`` says so.

    Its segments go to ``place``, or else to ``local``.

    Raises:
        ObjectInUse: 55006, the scope is being flushed.
        IoError: 58030, an object cannot be written; its rows stay hot.
        NumericValueOutOfRange: 22003, a numeric does not fit; the rows stay hot.

    Cancellation: segments that were published stay; the one in progress is removed first.
    """
    flush = ScopeFlush(
        store, relation, scope, settings=settings, place=place, is_stopped=is_stopped
    )
    segments = rows = kept_hot = size_bytes = 0
    try:
        while not is_stopped():
            written = await finish(flush, in_worker(flush.write_next))
            if written is None:
                break
            changed = flush.publish(written)
            if changed is None:
                break
            segments += 1
            rows += written.segment.rows - changed
            kept_hot += changed
            size_bytes += written.segment.size_bytes
            await store.copies.refresh(scope, in_worker)
    except errors.QueryCanceled:
        if not is_stopped():
            raise
    finally:
        flush.close()
    return FlushResult(segments, rows, kept_hot, size_bytes)
