"""Segments as objects: one scope's rows as an immutable Parquet file.

The only importer of pyarrow.parquet. What the manifest knows of a segment is ``segment.py``.

Layout:
    Rows in key order. The relation's columns, then ``_user_id``, ``_seq``, ``_updated``; each has
    its column id as Parquet field id, so that a reader finds it under any later name. All rows are
    live, so there is no ``_deleted``. ``_scale_<id>`` (see ``segment_columns.py``) has field id
    SCALE_FIELD_ID + the column's. The footer names table, user, segment and schema version.

Invariants:
    - An object is created, never replaced: a name that exists is an error.
    - After ``finish`` the object and its name are durable.
    - Memory is that of one row group, whatever the segment's size.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from kalampg import errors
from kalampg.ids import ColumnId, Oid, SegmentId
from kalampg.pgtypes import oids
from kalampg.relation import (
    SEQ_COLUMN_ID,
    UPDATED_COLUMN_ID,
    USER_ID_COLUMN_ID,
    Column,
    Datum,
    Relation,
)
from kalampg.storage import bloom, statistics
from kalampg.storage.checksummed_file import ChecksummedFile
from kalampg.storage.data_directory import sync_directory
from kalampg.storage.disk_space import storage_error
from kalampg.storage.keys import Scope, key_encoder
from kalampg.storage.object_files import create_file
from kalampg.storage.rows import StoredRow
from kalampg.storage.segment import Segment
from kalampg.storage.segment_columns import (
    column_type,
    declared_scale,
    display_scales,
    from_array,
    is_numeric,
    restore_scales,
    to_array,
)

SCALE_FIELD_ID: Final = 2_000_000
OBJECT_FORMAT: Final = 1
_FIELD_ID: Final = b"PARQUET:field_id"
_SYSTEM_COLUMNS: Final = (
    Column(USER_ID_COLUMN_ID, "_user_id", Oid(oids.TEXT)),
    Column(SEQ_COLUMN_ID, "_seq", Oid(oids.INT8)),
    Column(UPDATED_COLUMN_ID, "_updated", Oid(oids.TIMESTAMPTZ)),
)


class SegmentWriter:
    """Writes one segment, row group by row group. ``finish`` or ``abort`` it."""

    def __init__(
        self,
        root: Path,
        *,
        relation: Relation,
        scope: Scope,
        path: str,
        segment_id: SegmentId,
        storage_id: str,
        scales: dict[ColumnId, int],
        created_at_us: int,
    ) -> None:
        """``scales`` has the greatest scale of each numeric column without typmod."""
        self._relation = relation
        self._scope = scope
        self._path = path
        self._segment_id = segment_id
        self._storage_id = storage_id
        self._scales = scales
        self._created_at_us = created_at_us
        self._target = root / path
        self._statistics = statistics.builders(relation.columns)
        self._keys: list[bytes] = []
        self._min_seq = 0
        self._max_seq = 0
        self._updated: tuple[int, int] | None = None
        self._file = _create_object(root, path)
        self._checksummed = ChecksummedFile(self._file)
        self._writer = pq.ParquetWriter(
            self._checksummed,
            self._schema(),
            compression="zstd",
            # The Arrow schema would double a small file, and Parquet's types say it all.
            store_schema=False,
        )

    @property
    def path(self) -> str:
        return self._path

    @property
    def keys(self) -> list[bytes]:
        """The keys written so far; the position of a key is its row number."""
        return self._keys

    def write(self, rows: Sequence[tuple[bytes, StoredRow]]) -> None:
        """Write rows, in key order and behind those before, as one row group."""
        arrays = []
        for position, column in enumerate(self._relation.columns):
            datums = [row.values[position] for _, row in rows]
            self._statistics[column.column_id].add(datums)
            arrays.append(to_array(column.type_oid, datums, self._scale_of(column)))
        seqs = [row.seq for _, row in rows]
        updated = [row.updated_us for _, row in rows]
        arrays += self._system_arrays(seqs, updated)
        for position, column in enumerate(self._relation.columns):
            if column.column_id in self._scales:
                datums = [row.values[position] for _, row in rows]
                scales = display_scales(column.type_oid, datums)
                arrays.append(pa.array(scales, _scale_type(column)))
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema()))
        self._note([key for key, _ in rows], seqs, updated)

    def write_columns(
        self,
        keys: Sequence[bytes],
        columns: Sequence[pa.Array],
        seqs: Sequence[int],
        updated_us: int,
        row_group_rows: int,
    ) -> None:
        """Write rows that are columns already, as ``write`` would; none has a scale of its own."""
        assert not self._scales, "scales are found row by row"
        for column, array in zip(self._relation.columns, columns, strict=True):
            self._statistics[column.column_id].add_array(
                array, partial(from_array, column.type_oid)
            )
        updated = [updated_us] * len(keys)
        arrays = [*columns, *self._system_arrays(seqs, updated)]
        table = pa.Table.from_arrays(arrays, schema=self._schema())
        self._writer.write_table(table, row_group_size=row_group_rows)
        self._note(keys, seqs, updated)

    def _system_arrays(self, seqs: Sequence[int], updated: Sequence[int]) -> list[pa.Array]:
        return [
            to_array(oids.TEXT, [self._scope.user_id] * len(seqs)),
            to_array(oids.INT8, seqs),
            to_array(oids.TIMESTAMPTZ, updated),
        ]

    def _note(self, keys: Sequence[bytes], seqs: Sequence[int], updated: Sequence[int]) -> None:
        self._min_seq = min(self._min_seq or seqs[0], *seqs)
        self._max_seq = max(self._max_seq, *seqs)
        known = self._updated or (updated[0], updated[0])
        self._updated = min(known[0], *updated), max(known[1], *updated)
        self._keys += keys

    def finish(self) -> Segment:
        """Complete the object, make it durable, and return what the manifest needs to know."""
        assert self._updated is not None, "an empty segment is never written"
        self._writer.add_key_value_metadata(self._footer())
        self._writer.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        size_bytes = os.fstat(self._file.fileno()).st_size
        self._file.close()
        sync_directory(self._target.parent)
        return Segment(
            segment_id=self._segment_id,
            storage_id=self._storage_id,
            path=self._path,
            rows=len(self._keys),
            size_bytes=size_bytes,
            min_key=self._keys[0],
            max_key=self._keys[-1],
            bloom=bloom.build(self._keys),
            schema_version=self._relation.schema_version,
            statistics={key: builder.finish() for key, builder in self._statistics.items()},
            scales=self._scales,
            min_seq=self._min_seq,
            max_seq=self._max_seq,
            created_at_us=self._created_at_us,
            crc32=self._checksummed.crc32,
            min_updated_us=self._updated[0],
            max_updated_us=self._updated[1],
        )

    def abort(self) -> None:
        """Remove the object. Also after ``finish``, as long as nothing names it."""
        with contextlib.suppress(OSError, pa.ArrowException):
            self._writer.close()  # it writes a footer, to a disk that may be full
        self._file.close()
        self._target.unlink(missing_ok=True)

    def _scale_of(self, column: Column) -> int:
        return self._scales.get(column.column_id, declared_scale(column) or 0)

    def _schema(self) -> pa.Schema:
        fields = [
            _field(column.name, column_type(column.type_oid, self._scale_of(column)), column)
            for column in (*self._relation.columns, *_SYSTEM_COLUMNS)
        ]
        fields += [
            pa.field(
                f"_scale_{column.column_id}",
                _scale_type(column),
                metadata={_FIELD_ID: str(SCALE_FIELD_ID + column.column_id)},
            )
            for column in self._relation.columns
            if column.column_id in self._scales
        ]
        return pa.schema(fields)

    def _footer(self) -> dict[str, str]:
        return {
            "kalampg.format": str(OBJECT_FORMAT),
            "kalampg.table_id": str(self._scope.table_id),
            "kalampg.table": self._relation.qualified_name,
            "kalampg.user_id": self._scope.user_id,
            "kalampg.segment_id": str(self._segment_id),
            "kalampg.schema_version": str(self._relation.schema_version),
            "kalampg.scales": json.dumps(self._scales),
        }


def unfixed_numeric_columns(relation: Relation) -> list[int]:
    """Return the positions of the columns whose scale depends on the data."""
    return [
        position
        for position, column in enumerate(relation.columns)
        if is_numeric(column.type_oid) and declared_scale(column) is None
    ]


class SegmentColumns:
    """A segment's columns in memory, seen as ``relation``'s. Immutable."""

    def __init__(self, segment: Segment, relation: Relation, table: pa.Table) -> None:
        self.rows: int = table.num_rows
        self._segment = segment
        self._relation = relation
        self._arrays = {
            int(field.metadata[_FIELD_ID]): _combined(table.column(place))
            for place, field in enumerate(table.schema)
            if field.metadata and _FIELD_ID in field.metadata
        }

    @property
    def size_bytes(self) -> int:
        return sum(array.nbytes for array in self._arrays.values())

    def keys(self) -> list[bytes]:
        """Return the rows' keys, ascending."""
        columns = [self._relation.columns[position] for position in self._relation.primary_key]
        encode = key_encoder(tuple(column.type_oid for column in columns))
        datums = [self._datums(column, 0, self.rows) for column in columns]
        return [encode(key) for key in zip(*datums, strict=True)]

    def stored_rows(self, start: int, count: int) -> list[StoredRow]:
        """Decode some rows, in the order of the relation's columns."""
        columns = [self._datums(column, start, count) for column in self._relation.columns]
        seqs = from_array(oids.INT8, self._arrays[SEQ_COLUMN_ID].slice(start, count))
        updated = from_array(oids.TIMESTAMPTZ, self._arrays[UPDATED_COLUMN_ID].slice(start, count))
        version = self._segment.schema_version
        return [
            StoredRow(version, seq, updated_us, False, list(values))
            for seq, updated_us, values in zip(
                seqs, updated, zip(*columns, strict=True), strict=True
            )
        ]

    def _datums(self, column: Column, start: int, count: int) -> list[Datum]:
        array = self._arrays.get(column.column_id)
        if array is None:
            return [column.missing] * count  # written before the column was added
        datums = from_array(column.type_oid, array.slice(start, count))
        scales = self._arrays.get(SCALE_FIELD_ID + column.column_id)
        if scales is not None:
            inner = scales.slice(start, count).to_pylist()
            return restore_scales(column.type_oid, datums, inner)
        return datums


def read_segment(root: Path, segment: Segment, relation: Relation) -> SegmentColumns:
    """Read an object; blocks. The caller holds a snapshot, which keeps the object from deletion.

    Raises:
        IoError: 58030, it cannot be read. DataCorrupted: XX001, it is not what was written.
    """
    try:
        with pq.ParquetFile(root / segment.path) as file:
            table = file.read()
    except OSError as failure:
        raise errors.IoError(f'could not read segment "{segment.path}": {failure}') from failure
    except pa.ArrowException as failure:
        raise errors.DataCorrupted(f'segment "{segment.path}" is damaged: {failure}') from failure
    if table.num_rows != segment.rows:
        raise errors.DataCorrupted(
            f'segment "{segment.path}" does not have its {segment.rows} rows'
        )
    return SegmentColumns(segment, relation, table)


@dataclass(frozen=True, slots=True)
class ObjectFooter:
    """What an object says of itself: its number of rows, and the names of ``kalampg.*``."""

    rows: int
    names: Mapping[str, str]


def read_footer(root: Path, segment: Segment) -> ObjectFooter:
    """Read an object's footer; blocks.

    Raises:
        OSError: it cannot be read. DataCorrupted: XX001, it is no whole Parquet file.
    """
    try:
        with pq.ParquetFile(root / segment.path) as file:
            metadata = file.metadata.metadata or {}
            names = {key.decode(): value.decode() for key, value in metadata.items()}
            return ObjectFooter(file.metadata.num_rows, names)
    except (pa.ArrowException, UnicodeDecodeError) as failure:
        raise errors.DataCorrupted(f'segment "{segment.path}" is damaged: {failure}') from failure


def read_row_group(
    root: Path, segment: Segment, relation: Relation, number: int
) -> tuple[SegmentColumns, bool]:
    """Read one piece of an object, and whether it is the last one; blocks.

    Raises:
        IoError: 58030, it cannot be read. DataCorrupted: XX001, it is not what was written.
    """
    try:
        with pq.ParquetFile(root / segment.path) as file:
            columns = SegmentColumns(segment, relation, file.read_row_group(number))
            return columns, number + 1 >= file.num_row_groups
    except OSError as failure:
        raise errors.IoError(f'could not read segment "{segment.path}": {failure}') from failure
    except pa.ArrowException as failure:
        raise errors.DataCorrupted(f'segment "{segment.path}" is damaged: {failure}') from failure


def _create_object(root: Path, path: str) -> BinaryIO:
    """Raises IoError (58030): it exists or cannot be created; DiskFull (53100)."""
    try:
        return create_file(root, path)
    except OSError as failure:
        raise storage_error(f'could not create segment "{path}"', failure) from failure


def _field(name: str, arrow_type: pa.DataType, column: Column) -> pa.Field:
    return pa.field(name, arrow_type, metadata={_FIELD_ID: str(column.column_id)})


def _scale_type(column: Column) -> pa.DataType:
    return pa.int16() if column.type_oid == oids.NUMERIC else pa.list_(pa.int16())


def _combined(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return column.combine_chunks()
