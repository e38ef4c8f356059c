"""Copied segments: the rows of a large COPY as segments that nothing names yet.

Each is sorted by itself. Whether a key is there twice, among them or in what the scope has already,
is found at the end by one merge of everything that overlaps, in constant memory.

Invariants:
    - Until a commit names it, a copied segment is an orphan that ``discard`` or the next start
      removes.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, NamedTuple, TypeAlias

import pyarrow as pa

from kalampg.relation import Relation
from kalampg.storage.disk_space import storage_error
from kalampg.storage.flush import ROW_GROUP_ROWS
from kalampg.storage.keys import Scope, key_encoder
from kalampg.storage.manifest import Marks
from kalampg.storage.new_segment import (
    ReservedSegment,
    abandon_segment,
    finish_segment,
    open_segment_writer,
)
from kalampg.storage.row_groups import read_row_groups
from kalampg.storage.rows import decode_header
from kalampg.storage.segment import Segment
from kalampg.storage.segment_columns import from_array
from kalampg.storage.segment_files import SegmentFiles
from kalampg.storage.segments import SegmentWriter
from kalampg.storage.snapshot import Snapshot
from kalampg.storage.store import Store

# The line of what was there before the COPY: less than any line of it.
_BEFORE: Final = 0
_Keyed: TypeAlias = tuple[bytes, int]


@dataclass(frozen=True, slots=True)
class CopiedSegment:
    """A written object; ``lines`` has the line of the data that each row came from."""

    segment: Segment
    writer: SegmentWriter
    reserved: ReservedSegment
    lines: array[int]
    has_duplicates: bool


class Duplicate(NamedTuple):
    """The first line of the data whose key was there before it."""

    key: bytes
    line: int


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """What was found: a duplicate, or the deleted rows whose keys live again."""

    duplicate: Duplicate | None
    revived: tuple[bytes, ...]


def write_copied(
    store: Store,
    relation: Relation,
    scope: Scope,
    reserved: ReservedSegment,
    parts: Sequence[Sequence[pa.Array]],
    lines: array[int],
    seqs: Sequence[int],
    updated_us: int,
) -> CopiedSegment:
    """Sort rows and write them as one object; blocks. ``parts`` are those of each column.

    Raises:
        IoError: 58030. DiskFull: 53100.
    """
    columns = [pa.concat_arrays(pieces) for pieces in parts]
    keys = _keys(relation, columns)
    order = sorted(range(len(keys)), key=keys.__getitem__)
    if order != list(range(len(keys))):
        taken = pa.array(order, pa.int64())
        columns = [each.take(taken) for each in columns]
        keys = [keys[place] for place in order]
        lines = array("q", map(lines.__getitem__, order))
    store.reach("copy-before-object")
    writer = open_segment_writer(store, relation, scope, reserved, {})
    try:
        writer.write_columns(keys, columns, seqs, updated_us, ROW_GROUP_ROWS)
        segment = finish_segment(store, writer)
    except (OSError, pa.ArrowException) as failure:
        abandon_segment(store, writer)
        raise storage_error("could not write a segment", failure) from failure
    except BaseException:
        abandon_segment(store, writer)
        raise
    store.reach("copy-after-object")
    has_duplicates = any(map(bytes.__eq__, keys, keys[1:]))
    return CopiedSegment(segment, writer, reserved, lines, has_duplicates)


def discard(store: Store, copied: CopiedSegment) -> None:
    """Remove the object of a segment that will not be committed. The event loop's thread."""
    abandon_segment(store, copied.writer)
    if not copied.reserved.name.is_local:
        store.give_up_object(copied.reserved.name, may_exist=True)


def check_keys(
    files: SegmentFiles,
    relation: Relation,
    scope: Scope,
    copied: Sequence[CopiedSegment],
    snapshot: Snapshot,
    *,
    earlier: Sequence[Segment],
    is_emptied: bool,
) -> KeyCheck:
    """Compare the keys of copied segments with each other and with the snapshot's; blocks.

    ``earlier`` are segments of the same transaction. ``is_emptied``: what the snapshot has is gone
    when the COPY commits.
    """
    new = [each.segment for each in copied]
    streams = [_Stream(each.segment, each.lines) for each in copied]
    streams += [_Stream(segment, None) for segment in earlier]
    hot: dict[bytes, bool] = {}
    if not is_emptied:
        manifest = snapshot.manifest(scope)
        streams += [
            _Stream(segment, None, manifest.marks_of(segment.segment_id))
            for segment in manifest.segments
        ]
        hot = _hot_keys(snapshot, scope, new)
    doubtful = {each.segment.segment_id for each in copied if each.has_duplicates}
    groups = _overlapping(streams)
    cold = chain.from_iterable(
        heapq.merge(*(_read(files, relation, stream) for stream in group))
        for group in groups
        if _is_doubtful(group, hot, doubtful)
    )
    live = ((key, _BEFORE) for key, is_deleted in hot.items() if not is_deleted)
    return _found(heapq.merge(live, cold), hot)


def _found(ordered: Iterator[_Keyed], hot: Mapping[bytes, bool]) -> KeyCheck:
    first: Duplicate | None = None
    revived: list[bytes] = []
    before: bytes | None = None
    for key, line in ordered:
        if line != _BEFORE:
            if key == before and (first is None or line < first.line):
                first = Duplicate(key, line)
            if hot.get(key):
                revived.append(key)
        before = key
    return KeyCheck(first, tuple(revived))


def _hot_keys(snapshot: Snapshot, scope: Scope, new: Sequence[Segment]) -> dict[bytes, bool]:
    """The hot keys that may be among the new ones, in order, and whether they are deleted."""
    lowest = min(segment.min_key for segment in new)
    highest = max(segment.max_key for segment in new)
    return {
        key: decode_header(value).deleted
        for key, value in snapshot.scan(scope, lowest, highest + b"\0")
        if any(segment.may_contain(key) for segment in new)
    }


class _Stream(NamedTuple):
    """A segment's keys; ``lines`` is None for one that was there before."""

    segment: Segment
    lines: array[int] | None
    marks: Marks | None = None


def _overlapping(streams: list[_Stream]) -> list[list[_Stream]]:
    """Groups of segments whose ranges touch, in the order of their keys."""
    groups: list[list[_Stream]] = []
    end = b""
    for stream in sorted(streams, key=lambda each: each.segment.min_key):
        if groups and stream.segment.min_key <= end:
            groups[-1].append(stream)
            end = max(end, stream.segment.max_key)
        else:
            groups.append([stream])
            end = stream.segment.max_key
    return groups


def _is_doubtful(
    group: Sequence[_Stream], hot: Mapping[bytes, bool], doubtful: Collection[int]
) -> bool:
    """Whether keys of a group must be read: one of its segments is new and not alone."""
    new = [stream.segment for stream in group if stream.lines is not None]
    if not new or len(group) > 1:
        return bool(new)
    return new[0].segment_id in doubtful or any(map(new[0].may_contain, hot))


def _read(files: SegmentFiles, relation: Relation, stream: _Stream) -> Iterator[_Keyed]:
    row_number = 0
    for columns in read_row_groups(files, stream.segment, relation):
        keys = columns.keys()
        for key in keys:
            if stream.marks is None or row_number not in stream.marks:
                yield key, _BEFORE if stream.lines is None else stream.lines[row_number]
            row_number += 1


def _keys(relation: Relation, columns: Sequence[pa.Array]) -> list[bytes]:
    oids = [relation.columns[position].type_oid for position in relation.primary_key]
    encode = key_encoder(tuple(oids))
    datums = [
        from_array(oid, columns[position])
        for oid, position in zip(oids, relation.primary_key, strict=True)
    ]
    return [encode(key) for key in zip(*datums, strict=True)]
