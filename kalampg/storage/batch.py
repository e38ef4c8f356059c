"""WriteBatch: changes of any kind that are committed as one; only ``Store.commit`` writes them.

A batch is a record of what to do, in order, so that it can be built anywhere (by a transaction, by
the catalog, by a flush in a worker thread), read by commit listeners, and tested without a store.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from kalampg.ids import SegmentId, TableId
from kalampg.storage.keys import Scope, prefix_end, row_prefix, table_prefix
from kalampg.storage.manifest import (
    AddSegment,
    ManifestEdit,
    MarkRow,
    MoveSegment,
    RemoveSegment,
)
from kalampg.storage.rocks import Batch, Family
from kalampg.storage.segment import Segment, encode_segment

SEGMENT_ID_BYTES: Final = 8
ROW_NUMBER_BYTES: Final = 4
_SEQ_BYTES: Final = 8


# Plain tuples, for there may be hundreds of thousands of each.
# A hot row of a scope was put at a key, or (value None) taken away.
RowChange: TypeAlias = tuple[Scope, bytes, bytes | None]
# A put of a key and value, a delete (value None), or the delete of a range up to the last part.
Operation: TypeAlias = tuple[Family, bytes, bytes | None, bytes | None]


class WriteBatch:
    """Collects changes. Later ones win over earlier ones of the same key."""

    __slots__ = (
        "dropped_scopes",
        "dropped_tables",
        "loaded_scopes",
        "manifest_edits",
        "operations",
        "prepared",
        "prepared_count",
        "row_changes",
    )

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.row_changes: list[RowChange] = []
        self.manifest_edits: dict[Scope, list[ManifestEdit]] = {}
        self.dropped_tables: list[TableId] = []
        self.dropped_scopes: list[Scope] = []
        # Whose new segments have new rows: others only have rows that were there before.
        self.loaded_scopes: set[Scope] = set()
        # The first operations, already in the library's form: ``Store.prepare``.
        self.prepared: Batch | None = None
        self.prepared_count = 0

    def __bool__(self) -> bool:
        return bool(self.operations)

    @property
    def touched(self) -> set[Scope]:
        """The scopes whose rows or manifest change; those of ``dropped_tables`` come on top."""
        scopes = {scope for scope, _, _ in self.row_changes}
        scopes.update(self.manifest_edits)
        scopes.update(self.dropped_scopes)
        return scopes

    def put_row(self, scope: Scope, key: bytes, value: bytes) -> None:
        self.operations.append(("rows", row_prefix(scope) + key, value, None))
        self.row_changes.append((scope, key, value))

    def delete_row(self, scope: Scope, key: bytes) -> None:
        """Remove a hot row without a trace. A SQL DELETE puts a tombstone row instead."""
        self.operations.append(("rows", row_prefix(scope) + key, None, None))
        self.row_changes.append((scope, key, None))

    def mark(self, scope: Scope, segment_id: SegmentId, row_number: int, seq: int) -> None:
        """Supersede a row of a segment by the change with ``_seq`` ``seq``."""
        self._edit(scope, MarkRow(segment_id, row_number))
        key = segment_key(scope, segment_id) + row_number.to_bytes(ROW_NUMBER_BYTES)
        self.put("marks", key, seq.to_bytes(_SEQ_BYTES))

    def add_segment(self, scope: Scope, segment: Segment) -> None:
        self._edit(scope, AddSegment(segment))
        self.put("segments", segment_key(scope, segment.segment_id), encode_segment(segment))

    def move_segment(self, scope: Scope, segment: Segment) -> None:
        """Say where a segment's object is now; the one where it was becomes garbage."""
        self._edit(scope, MoveSegment(segment))
        self.put("segments", segment_key(scope, segment.segment_id), encode_segment(segment))

    def remove_segment(self, scope: Scope, segment_id: SegmentId) -> None:
        """Take a segment and its marks out of the manifest; its object becomes garbage."""
        self._edit(scope, RemoveSegment(segment_id))
        key = segment_key(scope, segment_id)
        self.delete("segments", key)
        self._delete_prefix("marks", key)

    def drop_table(self, table_id: TableId) -> None:
        """Remove the rows, segments, marks and index entries of every user."""
        self.dropped_tables.append(table_id)
        self._forget({scope for scope in self.touched if scope.table_id == table_id})
        self._drop(table_prefix(table_id))

    def drop_scope(self, scope: Scope) -> None:
        """Remove the rows, segments, marks and index entries of one scope."""
        self.dropped_scopes.append(scope)
        self._forget({scope})
        self._drop(row_prefix(scope))

    def put_entry(self, scope: Scope, key: bytes, row_key: bytes) -> None:
        """Make an index entry, which begins with the index's id, lead to a row."""
        self.put("unique", row_prefix(scope) + key, row_key)

    def delete_entry(self, scope: Scope, key: bytes) -> None:
        self.delete("unique", row_prefix(scope) + key)

    def drop_entries(self, scope: Scope, index_prefix: bytes) -> None:
        """Remove all entries of one index of a scope."""
        self._delete_prefix("unique", row_prefix(scope) + index_prefix)

    def put(self, family: Family, key: bytes, value: bytes) -> None:
        """Write an entry of the catalog, jobs, sequences, ... families."""
        self.operations.append((family, key, value, None))

    def delete(self, family: Family, key: bytes) -> None:
        self.operations.append((family, key, None, None))

    def extend(self, other: WriteBatch) -> None:
        """Append everything of another batch, which is not used afterwards."""
        assert other.prepared is None, "a prepared batch is committed as it is"
        for table_id in other.dropped_tables:
            self._forget({scope for scope in self.touched if scope.table_id == table_id})
        self._forget(set(other.dropped_scopes))
        self.operations += other.operations
        self.row_changes += other.row_changes
        for scope, edits in other.manifest_edits.items():
            self.manifest_edits.setdefault(scope, []).extend(edits)
        self.dropped_tables += other.dropped_tables
        self.dropped_scopes += other.dropped_scopes
        self.loaded_scopes |= other.loaded_scopes

    def _edit(self, scope: Scope, edit: ManifestEdit) -> None:
        self.manifest_edits.setdefault(scope, []).append(edit)

    def _forget(self, scopes: set[Scope]) -> None:
        """Whoever follows the changes learns of the drop instead of what it undoes."""
        self.row_changes = [change for change in self.row_changes if change[0] not in scopes]
        for scope in scopes:
            self.manifest_edits.pop(scope, None)

    def _drop(self, prefix: bytes) -> None:
        for family in ("rows", "segments", "marks", "unique"):
            self._delete_prefix(family, prefix)

    def _delete_prefix(self, family: Family, prefix: bytes) -> None:
        end = prefix_end(prefix)
        assert end is not None, "table ids stay below the last one"
        self.operations.append((family, prefix, None, end))


def segment_key(scope: Scope, segment_id: SegmentId) -> bytes:
    """Key of a segment in ``segments``, and prefix of its marks in ``marks``."""
    return row_prefix(scope) + segment_id.to_bytes(SEGMENT_ID_BYTES)
