"""Export of one scope: its live rows of one snapshot as Parquet files of their own.

The files are segments in form, and in nothing else: no manifest names them. They are made in a
folder of the data directory; bringing them to their storage is the caller's business.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from kalampg import errors
from kalampg.ids import ColumnId, SegmentId
from kalampg.relation import Relation
from kalampg.storage.flush import FlushSettings
from kalampg.storage.keys import Scope
from kalampg.storage.row_stream import Row, cold_rows, fill_segment, hot_rows, segment_scales
from kalampg.storage.segment_columns import display_scales, greatest_scale
from kalampg.storage.segments import SegmentWriter, unfixed_numeric_columns
from kalampg.storage.snapshot import Snapshot
from kalampg.storage.storage_definition import LOCAL_STORAGE
from kalampg.storage.store import Store

_NO_SEGMENT: Final = SegmentId(0)


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A finished file, below the folder that it was written to."""

    name: str
    rows: int
    size_bytes: int
    sha256: str


class ScopeExport:
    """Writes the files of one scope, one after the other. The caller holds the snapshot."""

    def __init__(
        self,
        store: Store,
        snapshot: Snapshot,
        relation: Relation,
        scope: Scope,
        *,
        folder: Path,
        name_of: Callable[[int], str],
        settings: FlushSettings,
        is_stopped: Callable[[], bool],
    ) -> None:
        """``name_of`` gives the name of each file, by its number from 1."""
        self._store = store
        self._snapshot = snapshot
        self._relation = relation
        self._scope = scope
        self._folder = folder
        self._name_of = name_of
        self._settings = settings
        self._is_stopped_outside = is_stopped
        self._is_stopped = False
        self._rows: Iterator[Row] | None = None
        self._next: Row | None = None
        self._scales: dict[ColumnId, int] = {}
        self._number = 0

    def write_next(self) -> ExportedFile | None:
        """Write the next file; None: all rows are written. Blocks.

        Raises:
            IoError: 58030. DataCorrupted: XX001. NumericValueOutOfRange: 22003.
            QueryCanceled: 57014, it was stopped.
        """
        if self._rows is None:
            self._scales = self._all_scales()
            self._rows = self._all_rows()
            self._next = next(self._rows, None)
        if self._next is None:
            return None
        self._number += 1
        name = self._name_of(self._number)
        writer = self._open(name)
        try:
            self._next = fill_segment(writer, self._next, self._rows, self._settings)
            written = writer.finish()
        except (OSError, pa.ArrowException) as failure:
            writer.abort()
            raise errors.IoError(f"could not write an export: {failure}") from failure
        except BaseException:
            writer.abort()
            raise
        with (self._folder / name).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return ExportedFile(name, written.rows, written.size_bytes, digest)

    def stop(self) -> None:
        """Let a ``write_next`` that runs in another thread end early."""
        self._is_stopped = True

    def _must_stop(self) -> bool:
        return self._is_stopped or self._is_stopped_outside()

    def _open(self, name: str) -> SegmentWriter:
        return SegmentWriter(
            self._folder,
            relation=self._relation,
            scope=self._scope,
            path=name,
            segment_id=_NO_SEGMENT,
            storage_id=LOCAL_STORAGE,
            scales=self._scales,
            created_at_us=self._store.now_us(),
        )

    def _all_rows(self) -> Iterator[Row]:
        manifest = self._snapshot.manifest(self._scope)
        streams = [self._hot_rows()]
        streams += [
            cold_rows(
                self._store.files,
                segment,
                manifest.marks_of(segment.segment_id),
                self._relation,
                self._must_stop,
            )
            for segment in manifest.segments
        ]
        return heapq.merge(*streams, key=lambda row: row[0])

    def _hot_rows(self) -> Iterator[Row]:
        return hot_rows(self._snapshot, self._scope, self._relation, self._must_stop)

    def _all_scales(self) -> dict[ColumnId, int]:
        """The greatest scale of each numeric column without typmod: one more pass, if any."""
        manifest = self._snapshot.manifest(self._scope)
        scales = segment_scales(list(manifest.segments), self._relation)
        positions = unfixed_numeric_columns(self._relation)
        if positions:
            for _, row, _ in self._hot_rows():
                for position in positions:
                    column = self._relation.columns[position]
                    found = greatest_scale(display_scales(column.type_oid, [row.values[position]]))
                    scales[column.column_id] = max(scales[column.column_id], found)
        return scales
