"""Records of remote objects that the manifest does not name: being written, or to be deleted.

A remote storage is never listed for orphans: it may be large, slow, and shared with others. So the
``meta`` family has a record of each object from before it exists until it is in the manifest, and
again from when it leaves the manifest until it is deleted. What a crash leaves has one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kalampg.storage.batch import WriteBatch
from kalampg.storage.keys import Scope
from kalampg.storage.manifest import AddSegment, MoveSegment, ScopeManifest
from kalampg.storage.segment_files import ObjectName, object_of

RECORDS = b"object/"


def expect(batch: WriteBatch, name: ObjectName) -> None:
    """Record an object that is about to be written, or to be deleted."""
    if not name.is_local:
        batch.put("meta", _key(name), b"")


def forget(batch: WriteBatch, names: Iterable[ObjectName]) -> None:
    """The objects are in the manifest, or do not exist."""
    for name in names:
        if not name.is_local:
            batch.delete("meta", _key(name))


def added_by(batch: WriteBatch) -> Iterator[ObjectName]:
    """The objects that a batch adds to the manifest."""
    for edits in batch.manifest_edits.values():
        for edit in edits:
            if isinstance(edit, AddSegment | MoveSegment):
                yield object_of(edit.segment)


def left_behind(
    records: Iterable[tuple[bytes, bytes]], manifests: Mapping[Scope, ScopeManifest]
) -> list[ObjectName]:
    """The recorded objects that no manifest names."""
    names = names_in(records)
    if not names:
        return []
    known = {object_of(segment) for one in manifests.values() for segment in one.segments}
    return [name for name in names if name not in known]


def names_in(records: Iterable[tuple[bytes, bytes]]) -> list[ObjectName]:
    return [ObjectName(*key.removeprefix(RECORDS).decode().split("/", 1)) for key, _ in records]


def _key(name: ObjectName) -> bytes:
    return RECORDS + name.cache_name.encode()
