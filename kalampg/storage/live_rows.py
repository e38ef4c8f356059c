"""LiveRows: all rows of one scope, hot and cold, some at a time, in no particular order.

For what must see every row once and must not fill the memory. Rows are read under a snapshot, in a
worker thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final, TypeAlias

from kalampg import errors
from kalampg.relation import Relation
from kalampg.storage.keys import Scope
from kalampg.storage.row_groups import read_row_groups
from kalampg.storage.rows import RowCodec, StoredRow
from kalampg.storage.segment_files import SegmentFiles
from kalampg.storage.snapshot import Snapshot

KeyedRow: TypeAlias = tuple[bytes, StoredRow]

# Rows that are decoded at a time: about 1 MB of Python objects.
_DECODED_ROWS: Final = 1_024


class LiveRows:
    """Reads the rows of a scope; tombstones only if ``includes_deleted``."""

    def __init__(
        self,
        snapshot: Snapshot,
        files: SegmentFiles,
        relation: Relation,
        scope: Scope,
        *,
        includes_deleted: bool = False,
    ) -> None:
        self._is_stopped = False
        self._includes_deleted = includes_deleted
        self._rows = self._all(snapshot, files, relation, scope)

    def next_rows(self, rows_max: int) -> list[KeyedRow]:
        """Return the next rows; none are left when it is empty. Blocks.

        Raises:
            IoError: 58030, a segment cannot be read. DataCorrupted: XX001.
        """
        return list(islice(self._rows, rows_max))

    def stop(self) -> None:
        """Let a ``next_rows`` in another thread end early."""
        self._is_stopped = True

    def _all(
        self, snapshot: Snapshot, files: SegmentFiles, relation: Relation, scope: Scope
    ) -> Iterator[KeyedRow]:
        decode = RowCodec.for_relation(relation).decode
        for key, data in snapshot.scan(scope):
            self._check()
            row = decode(data)
            if self._includes_deleted or not row.deleted:
                yield key, row
        manifest = snapshot.manifest(scope)
        for segment in manifest.segments:
            marks = manifest.marks_of(segment.segment_id)
            row_number = 0
            for columns in read_row_groups(files, segment, relation):
                keys = columns.keys()
                for start in range(0, columns.rows, _DECODED_ROWS):
                    self._check()
                    count = min(_DECODED_ROWS, columns.rows - start)
                    for place, row in enumerate(columns.stored_rows(start, count), start):
                        if row_number not in marks:
                            yield keys[place], row
                        row_number += 1

    def _check(self) -> None:
        if self._is_stopped:
            raise errors.QueryCanceled("canceling the reading of rows")
