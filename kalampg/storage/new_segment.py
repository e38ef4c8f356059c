"""New segments: where a flush or a compaction writes the next object of a scope.

``reserve_segment`` belongs to the event loop's thread, the rest to worker threads.

Invariants:
    - From before it exists until it is in the manifest or gone again, an object is in
      ``store.in_flight``: nobody takes it for an orphan. One outside ``local`` has a record too
      (``remote_objects.py``), from before it exists.
"""

from __future__ import annotations

from dataclasses import dataclass

from kalampg.ids import ColumnId, SegmentId
from kalampg.relation import Relation
from kalampg.storage.keys import Scope
from kalampg.storage.segment import Segment
from kalampg.storage.segment_files import ObjectName
from kalampg.storage.segments import SegmentWriter
from kalampg.storage.storage_definition import LOCAL_STORAGE
from kalampg.storage.storage_paths import object_path, scope_folder
from kalampg.storage.store import Store


@dataclass(frozen=True, slots=True)
class SegmentPlace:
    """Where new segments of a scope go: a storage, and the folder there."""

    storage_id: str
    folder: str


@dataclass(frozen=True, slots=True)
class ReservedSegment:
    """The identity of a segment that is about to be written."""

    segment_id: SegmentId
    created_at_us: int
    name: ObjectName


def local_place(relation: Relation, scope: Scope) -> SegmentPlace:
    """The folder of a scope in ``local`` under the default templates."""
    folder = scope_folder(relation.schema_name, relation.name, scope.user_id)
    return SegmentPlace(LOCAL_STORAGE, folder)


def reserve_segment(store: Store, place: SegmentPlace) -> ReservedSegment:
    """Choose the name of the next segment there, and record it."""
    segment_id, created_at_us = store.next_segment_id(), store.now_us()
    path = object_path(place.folder, created_at_us, segment_id)
    name = ObjectName(place.storage_id, path)
    if not name.is_local:
        store.expect_objects(name)
    return ReservedSegment(segment_id, created_at_us, name)


def open_segment_writer(
    store: Store,
    relation: Relation,
    scope: Scope,
    reserved: ReservedSegment,
    scales: dict[ColumnId, int],
) -> SegmentWriter:
    """Create the object of a new segment; blocks.

    Raises:
        IoError: 58030, it cannot be created.
    """
    storage_id, path = reserved.name
    store.in_flight.add(path)
    try:
        return SegmentWriter(
            store.files.writing_root(storage_id),
            relation=relation,
            scope=scope,
            path=path,
            segment_id=reserved.segment_id,
            storage_id=storage_id,
            scales=scales,
            created_at_us=reserved.created_at_us,
        )
    except BaseException:
        store.in_flight.discard(path)
        raise


def finish_segment(store: Store, writer: SegmentWriter) -> Segment:
    """Complete the object and bring it to its storage; blocks.

    Raises:
        IoError: 58030, it is not there, or may be. OSError, pyarrow's: it is not complete.
    """
    segment = writer.finish()
    store.reach("segment-before-upload")
    store.files.upload(segment)
    return segment


def abandon_segment(store: Store, writer: SegmentWriter) -> None:
    """Remove the file of an object that nothing names; blocks.

    What may be in a storage other than ``local`` is for ``Store.give_up_object``.
    """
    writer.abort()
    store.in_flight.discard(writer.path)
