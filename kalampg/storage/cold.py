"""ColdCache: decoded segments, so that a key probe into cold data is a binary search.

The event loop asks ``find``, which never does I/O: where the answer needs a segment that is not in
memory it says so, and the caller asks ``find_loading`` in a worker thread instead.

Invariants:
    - A loaded segment never changes; marks are applied by each reader from its own manifest.
    - The cache stays below its size, except for the one segment that was loaded last.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from kalampg.ids import SegmentId
from kalampg.relation import Relation
from kalampg.storage.manifest import ScopeManifest
from kalampg.storage.rows import StoredRow
from kalampg.storage.segment import Segment
from kalampg.storage.segment_files import SegmentFiles
from kalampg.storage.segments import SegmentColumns, read_segment

# Up to this size all values are decoded when the segment is loaded (about 3 µs a row, in the worker
# thread); beyond, rows are decoded one by one from Arrow (about 30 µs each).
_DECODED_BYTES_MAX: Final = 48 * 1024 * 1024
_KEY_BYTES: Final = 60
_ROW_BYTES: Final = 150
_VALUE_BYTES: Final = 60


@dataclass(frozen=True, slots=True)
class ColdRow:
    """A live row of a segment, and where it is: what a mark needs."""

    segment_id: SegmentId
    row_number: int
    row: StoredRow


@dataclass(frozen=True, slots=True)
class NotLoaded:
    """The answer needs this segment, which is not in memory."""

    segment: Segment


class LoadedSegment:
    """A segment in memory. ``keys`` ascend; the position of a key is its row number."""

    def __init__(self, segment: Segment, relation: Relation, columns: SegmentColumns) -> None:
        self.segment = segment
        self.relation = relation
        self.keys = columns.keys()
        self._columns = columns
        self._rows: list[StoredRow] | None = None
        self.size_bytes = columns.size_bytes + _KEY_BYTES * len(self.keys)
        decoded_bytes = columns.rows * (_ROW_BYTES + _VALUE_BYTES * len(relation.columns))
        if decoded_bytes <= _DECODED_BYTES_MAX:
            self._rows = columns.stored_rows(0, columns.rows)
            self.size_bytes += decoded_bytes

    def row(self, row_number: int) -> StoredRow:
        """Return a row. Its values belong to the cache: copy them before changing any."""
        if self._rows is not None:
            return self._rows[row_number]
        return self._columns.stored_rows(row_number, 1)[0]

    def row_number(self, key: bytes) -> int | None:
        place = bisect_left(self.keys, key)
        if place < len(self.keys) and self.keys[place] == key:
            return place
        return None

    def row_numbers(self, lower: bytes | None, upper: bytes | None) -> range:
        """Return the numbers of the rows of ``lower <= key < upper``."""
        start = 0 if lower is None else bisect_left(self.keys, lower)
        end = len(self.keys) if upper is None else bisect_left(self.keys, upper)
        return range(start, max(start, end))


class ColdCache:
    """Least recently used segments, bounded by their estimated size."""

    def __init__(self, files: SegmentFiles, size_bytes_max: int) -> None:
        self._files = files
        self._size_bytes_max = size_bytes_max
        self._size_bytes = 0
        self._segments: OrderedDict[SegmentId, LoadedSegment] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def size_bytes(self) -> int:
        return self._size_bytes

    def find(
        self, relation: Relation, manifest: ScopeManifest, key: bytes
    ) -> ColdRow | NotLoaded | None:
        """Return the live cold row with this key; None: there is none. Never does I/O."""
        for segment in manifest.segments:
            if not segment.min_key <= key <= segment.max_key:
                continue
            loaded = self.loaded(relation, segment)
            if loaded is None:
                if segment.may_contain(key):  # the filter only saves a load: a search is as quick
                    return NotLoaded(segment)
                continue
            found = _live_row(loaded, manifest, key)
            if found is not None:
                return found
        return None

    def find_loading(
        self, relation: Relation, manifest: ScopeManifest, key: bytes
    ) -> ColdRow | None:
        """The same, and load what it needs; for worker threads, under a snapshot."""
        for segment in manifest.segments:
            if segment.may_contain(key):
                found = _live_row(self.load(relation, segment), manifest, key)
                if found is not None:
                    return found
        return None

    def loaded(self, relation: Relation, segment: Segment) -> LoadedSegment | None:
        """Return a segment if it is in memory, decoded for this version of the relation."""
        with self._lock:
            loaded = self._segments.get(segment.segment_id)
            if loaded is None or not _is_same_shape(loaded.relation, relation):
                return None
            self._segments.move_to_end(segment.segment_id)
            return loaded

    def load(self, relation: Relation, segment: Segment) -> LoadedSegment:
        """Return a segment, reading it if need be; for worker threads, under a snapshot.

        Raises:
            IoError: 58030, the object cannot be read. DataCorrupted: XX001, it is damaged.
        """
        known = self.loaded(relation, segment)
        if known is not None:
            return known
        with self._files.reading(segment) as root:
            fresh = LoadedSegment(segment, relation, read_segment(root, segment, relation))
        with self._lock:
            self._forget(segment.segment_id)
            self._segments[segment.segment_id] = fresh
            self._size_bytes += fresh.size_bytes
            while self._size_bytes > self._size_bytes_max and len(self._segments) > 1:
                self._forget(next(iter(self._segments)))
        return fresh

    def _forget(self, segment_id: SegmentId) -> None:
        old = self._segments.pop(segment_id, None)
        if old is not None:
            self._size_bytes -= old.size_bytes


def _live_row(loaded: LoadedSegment, manifest: ScopeManifest, key: bytes) -> ColdRow | None:
    row_number = loaded.row_number(key)
    segment_id = loaded.segment.segment_id
    if row_number is None or row_number in manifest.marks_of(segment_id):
        return None
    return ColdRow(segment_id, row_number, loaded.row(row_number))


def _is_same_shape(one: Relation, other: Relation) -> bool:
    return one is other or one.columns == other.columns
