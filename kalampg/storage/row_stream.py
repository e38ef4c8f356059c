"""Live rows of a scope as streams in key order, and segments filled from them. Blocks on I/O.

Memory is that of a piece of each segment that is read, plus one row group that is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from kalampg import errors
from kalampg.ids import ColumnId
from kalampg.relation import Relation
from kalampg.storage.flush import FlushSettings
from kalampg.storage.keys import Scope
from kalampg.storage.manifest import Marks
from kalampg.storage.row_groups import read_row_groups
from kalampg.storage.rows import RowCodec, StoredRow
from kalampg.storage.segment import Segment
from kalampg.storage.segment_columns import display_scales, greatest_scale
from kalampg.storage.segment_files import SegmentFiles
from kalampg.storage.segments import SegmentWriter, unfixed_numeric_columns
from kalampg.storage.snapshot import Snapshot

# Rows of a segment that are decoded at a time: about 1 MB of Python objects.
_DECODED_ROWS: Final = 1_024

# A key, its row, and about how many bytes the row takes in memory.
Row: TypeAlias = tuple[bytes, StoredRow, int]
IsStopped: TypeAlias = Callable[[], bool]


def cold_rows(
    files: SegmentFiles, segment: Segment, marks: Marks, relation: Relation, is_stopped: IsStopped
) -> Iterator[Row]:
    """Yield the rows of a segment that no mark supersedes. The caller holds a snapshot.

    Raises:
        QueryCanceled: 57014, ``is_stopped`` said so; it is asked for each batch.
        IoError: 58030. DataCorrupted: XX001.
    """
    if len(marks) == segment.rows:
        return
    row_number = 0
    for columns in read_row_groups(files, segment, relation):
        keys = columns.keys()
        size_bytes = columns.size_bytes // columns.rows
        for start in range(0, columns.rows, _DECODED_ROWS):
            if is_stopped():
                raise errors.QueryCanceled("canceling the reading of a segment")
            count = min(_DECODED_ROWS, columns.rows - start)
            for place, row in enumerate(columns.stored_rows(start, count), start):
                if row_number not in marks:
                    yield keys[place], row, size_bytes
                row_number += 1


def hot_rows(
    snapshot: Snapshot, scope: Scope, relation: Relation, is_stopped: IsStopped
) -> Iterator[Row]:
    """Yield the hot rows of a scope that are not deleted.

    Raises:
        QueryCanceled: 57014, ``is_stopped`` said so; it is asked for each row.
    """
    codec = RowCodec.for_relation(relation)
    for key, value in snapshot.scan(scope):
        if is_stopped():
            raise errors.QueryCanceled("canceling the reading of hot rows")
        row = codec.decode(value)
        if not row.deleted:
            yield key, row, len(value)


def segment_scales(segments: list[Segment], relation: Relation) -> dict[ColumnId, int]:
    """Return the greatest scale of each numeric column without typmod in any of the segments."""
    scales: dict[ColumnId, int] = {}
    for position in unfixed_numeric_columns(relation):
        column = relation.columns[position]
        missing = greatest_scale(display_scales(column.type_oid, [column.missing]))
        written = (segment.scales.get(column.column_id, 0) for segment in segments)
        scales[column.column_id] = max([missing, *written])
    return scales


def fill_segment(
    writer: SegmentWriter, first: Row, rows: Iterator[Row], settings: FlushSettings
) -> Row | None:
    """Write rows until the segment is full; return the row that comes next."""
    group_rows_max = min(settings.row_group_rows, settings.segment_rows_max)
    group: list[tuple[bytes, StoredRow]] = []
    group_bytes = 0
    following: Row | None = first
    while following is not None and len(writer.keys) + len(group) < settings.segment_rows_max:
        key, row, size_bytes = following
        group.append((key, row))
        group_bytes += size_bytes
        if len(group) == group_rows_max or group_bytes >= settings.row_group_bytes:
            writer.write(group)
            group, group_bytes = [], 0
        following = next(rows, None)
    if group:
        writer.write(group)
    return following
