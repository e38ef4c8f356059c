"""New segments: where a flush or a compaction writes the next object of a scope.

Invariants:
    - From before it exists until it is in the manifest or gone again, an object is in
      ``store.in_flight``: nobody takes it for an orphan.
"""

from __future__ import annotations

from kalampg.ids import ColumnId, SegmentId
from kalampg.relation import Relation
from kalampg.storage.keys import Scope
from kalampg.storage.segments import SegmentWriter
from kalampg.storage.storage_paths import segment_path
from kalampg.storage.store import LOCAL_STORAGE, Store


def open_segment_writer(
    store: Store,
    relation: Relation,
    scope: Scope,
    segment_id: SegmentId,
    scales: dict[ColumnId, int],
) -> SegmentWriter:
    """Create the object of a new segment; blocks.

    Raises:
        IoError: 58030, it cannot be created.
    """
    created_at_us = store.now_us()
    path = segment_path(
        relation.schema_name, relation.name, scope.user_id, created_at_us, segment_id
    )
    store.in_flight.add(path)
    try:
        return SegmentWriter(
            store.root,
            relation=relation,
            scope=scope,
            path=path,
            segment_id=segment_id,
            storage_id=LOCAL_STORAGE,
            scales=scales,
            created_at_us=created_at_us,
        )
    except BaseException:
        store.in_flight.discard(path)
        raise


def abandon_segment(store: Store, writer: SegmentWriter) -> None:
    """Remove an object that nothing names; blocks."""
    writer.abort()
    store.in_flight.discard(writer.path)
