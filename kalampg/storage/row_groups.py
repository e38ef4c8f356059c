"""Segments read piece by piece, for what must not fill the memory."""

from __future__ import annotations

from collections.abc import Iterator

from kalampg import errors
from kalampg.relation import Relation
from kalampg.storage.segment import Segment
from kalampg.storage.segment_files import SegmentFiles
from kalampg.storage.segments import SegmentColumns, read_row_group


def read_row_groups(
    files: SegmentFiles, segment: Segment, relation: Relation
) -> Iterator[SegmentColumns]:
    """Read an object in row order; blocks. The caller holds a snapshot.

    Raises:
        IoError: 58030, it cannot be read. DataCorrupted: XX001, it is not what was written.
    """
    rows = number = 0
    is_last = False
    while not is_last:
        # Opened again for each piece: whoever merges a thousand segments has one file open.
        with files.reading(segment) as root:
            columns, is_last = read_row_group(root, segment, relation, number)
        number += 1
        rows += columns.rows
        yield columns
    if rows != segment.rows:
        raise errors.DataCorrupted(
            f'segment "{segment.path}" does not have its {segment.rows} rows'
        )
