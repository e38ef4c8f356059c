"""ScopeManifest: which segments a scope has, and which of their rows are superseded. PURE.

``apply`` is the only way from one manifest to the next; ``store.py`` keeps the current one.

Invariants:
    - A manifest never changes: a reader that holds one sees its segments and marks as they were.
    - A mark names a row of a segment in the manifest; a row is marked at most once.
    - Segment ids are unique in a scope.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from kalampg.ids import SegmentId
from kalampg.storage.segment import Segment


class Marks(Collection[int]):
    """The numbers of a segment's superseded rows: a frozen view of a list that only grows.

    Each change of a cold row adds one mark. Copying a set for each would make a run of n changes
    cost n², so views share the list and remember how much of it is theirs.
    """

    __slots__ = ("_count", "_places", "_rows")

    def __init__(self, rows: Iterable[int] = ()) -> None:
        self._rows = list(rows)
        self._places = {row: place for place, row in enumerate(self._rows)}
        self._count = len(self._rows)
        assert len(self._places) == self._count, "a row is marked at most once"

    def __contains__(self, row: object) -> bool:
        return isinstance(row, int) and self._places.get(row, self._count) < self._count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows[: self._count])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Marks) and set(self) == set(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Marks({sorted(self)})"

    def plus(self, row: int) -> Marks:
        """Return these marks and one more."""
        if len(self._rows) != self._count:
            return Marks([*self, row])  # another view has grown the list already
        assert row not in self._places, "a row is marked at most once"
        # The row first: a reader in another thread that finds the place must find it in the list.
        self._rows.append(row)
        self._places[row] = self._count
        grown = Marks.__new__(Marks)
        grown._rows = self._rows  # noqa: SLF001 - the same class
        grown._places = self._places  # noqa: SLF001
        grown._count = self._count + 1  # noqa: SLF001
        return grown


NO_MARKS: Final = Marks()


@dataclass(frozen=True, slots=True)
class AddSegment:
    """A segment becomes visible."""

    segment: Segment


@dataclass(frozen=True, slots=True)
class MoveSegment:
    """The segment of this id lies elsewhere from now on; its rows and marks stay as they are.

    The object where it was is garbage.
    """

    segment: Segment


@dataclass(frozen=True, slots=True)
class RemoveSegment:
    """A segment and its marks vanish; its object is garbage."""

    segment_id: SegmentId


@dataclass(frozen=True, slots=True)
class MarkRow:
    """A row of a segment is superseded."""

    segment_id: SegmentId
    row_number: int


ManifestEdit: TypeAlias = AddSegment | MoveSegment | RemoveSegment | MarkRow


@dataclass(frozen=True, slots=True)
class ScopeManifest:
    """The segments of one scope, oldest first, and their marks."""

    segments: tuple[Segment, ...] = ()
    marks: Mapping[SegmentId, Marks] = field(default_factory=lambda: MappingProxyType({}))

    def marks_of(self, segment_id: SegmentId) -> Marks:
        return self.marks.get(segment_id, NO_MARKS)

    def segment(self, segment_id: SegmentId) -> Segment | None:
        for segment in self.segments:
            if segment.segment_id == segment_id:
                return segment
        return None

    @property
    def live_rows(self) -> int:
        return sum(segment.rows for segment in self.segments) - sum(map(len, self.marks.values()))

    def replaced_by(self, edits: Iterable[ManifestEdit]) -> Iterator[Segment]:
        """The segments whose objects are garbage after ``edits``."""
        for edit in edits:
            segment_id = None
            if isinstance(edit, RemoveSegment):
                segment_id = edit.segment_id
            elif isinstance(edit, MoveSegment):
                segment_id = edit.segment.segment_id
            if segment_id is not None:
                segment = self.segment(segment_id)
                assert segment is not None, "only a segment of the manifest can go"
                yield segment

    def apply(self, edits: Iterable[ManifestEdit]) -> ScopeManifest:
        """Return the manifest after ``edits``."""
        segments = {segment.segment_id: segment for segment in self.segments}
        marks = dict(self.marks)
        for edit in edits:
            match edit:
                case AddSegment(segment):
                    assert segment.segment_id not in segments, "segment ids are unique"
                    segments[segment.segment_id] = segment
                case MoveSegment(segment):
                    assert segment.segment_id in segments, "only a segment of the manifest moves"
                    segments[segment.segment_id] = segment
                case RemoveSegment(segment_id):
                    assert segment_id in segments, "only a segment of the manifest can go"
                    del segments[segment_id]
                    marks.pop(segment_id, None)
                case MarkRow(segment_id, row_number):
                    assert segment_id in segments, "a mark needs its segment"
                    assert 0 <= row_number < segments[segment_id].rows, "a mark names a row"
                    marks[segment_id] = marks.get(segment_id, NO_MARKS).plus(row_number)
        return ScopeManifest(tuple(segments.values()), MappingProxyType(marks))


EMPTY_MANIFEST: Final = ScopeManifest()
