"""Which segments of a scope are worth writing again. PURE.

Four reasons, in this order; a segment is in one group at most:
    - many of its rows are superseded;
    - there are many of about the same size: sizes are tiers, each ``tier_base`` times the one
      below, so that a row is written again only a few times in its life;
    - many overlap at some key, so that a look-up has to ask them all;
    - or, if everything is asked for, there are several where there could be one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from kalampg.ids import SegmentId
from kalampg.storage.manifest import ScopeManifest
from kalampg.storage.segment import Segment

TIER_BASE: Final = 4
# Segments of fewer rows are all of the lowest tier.
LOWEST_TIER_ROWS: Final = 1_000


@dataclass(frozen=True, slots=True)
class CompactionPolicy:
    """When to compact. A merge reads at most ``rows_max`` rows of ``inputs_max`` segments."""

    same_size_max: int = 8
    marked_percent_max: int = 25
    # Fewer superseded rows are not worth an object by themselves.
    marked_rows_min: int = 64
    overlap_max: int = 16
    inputs_max: int = 64
    segment_rows_max: int = 100_000

    @property
    def rows_max(self) -> int:
        return TIER_BASE * self.segment_rows_max

    def groups(
        self, manifest: ScopeManifest, *, is_full: bool = False
    ) -> list[tuple[SegmentId, ...]]:
        """Return the groups to merge, oldest first; ``is_full``: whatever could be better."""
        left = {segment.segment_id: segment for segment in manifest.segments}
        groups: list[list[Segment]] = []
        if is_full:
            groups += self._imperfect(left.values(), manifest)
        else:
            for find in (self._marked, self._same_sized, self._overlapping):
                for group in find(left.values(), manifest):
                    groups.append(group)
                    for segment in group:
                        del left[segment.segment_id]
        return [tuple(segment.segment_id for segment in group) for group in groups]

    def is_marked(self, segment: Segment, marks: int) -> bool:
        """Tell whether this many superseded rows are a reason by themselves."""
        return (
            marks >= self.marked_rows_min and marks * 100 > self.marked_percent_max * segment.rows
        )

    def _marked(
        self, segments: Iterable[Segment], manifest: ScopeManifest
    ) -> Iterable[list[Segment]]:
        marked = [
            segment
            for segment in segments
            if self.is_marked(segment, len(manifest.marks_of(segment.segment_id)))
        ]
        return self._portions(marked)

    def _same_sized(
        self, segments: Iterable[Segment], manifest: ScopeManifest
    ) -> Iterable[list[Segment]]:
        tiers: dict[int, list[Segment]] = {}
        for segment in segments:
            rows = segment.rows - len(manifest.marks_of(segment.segment_id))
            if rows * 2 <= self.segment_rows_max:
                tiers.setdefault(_tier(rows), []).append(segment)
        found: list[list[Segment]] = []
        for tier in sorted(tiers):
            if len(tiers[tier]) > self.same_size_max:
                found += self._portions(tiers[tier])
        return found

    def _overlapping(
        self, segments: Iterable[Segment], _manifest: ScopeManifest
    ) -> Iterable[list[Segment]]:
        deepest = deepest_overlap(list(segments))
        if len(deepest) <= self.overlap_max:
            return []
        return self._portions(deepest)

    def _imperfect(
        self, segments: Iterable[Segment], manifest: ScopeManifest
    ) -> Iterable[list[Segment]]:
        """Segments that are small, have marks or overlap another."""
        every = list(segments)
        overlapping = {
            segment.segment_id
            for segment in every
            if any(_overlap(segment, other) for other in every if other is not segment)
        }
        chosen = [
            segment
            for segment in every
            if segment.segment_id in overlapping
            or len(manifest.marks_of(segment.segment_id))
            or segment.rows * 2 <= self.segment_rows_max
        ]
        chosen.sort(key=lambda segment: segment.min_key)
        return [
            group
            for group in self._portions(chosen)
            if len(group) > 1 or len(manifest.marks_of(group[0].segment_id))
        ]

    def _portions(self, segments: Sequence[Segment]) -> list[list[Segment]]:
        """Split a group into ones that a merge can take."""
        portions: list[list[Segment]] = []
        rows = 0
        for segment in segments:
            is_full = rows + segment.rows > self.rows_max
            if not portions or is_full or len(portions[-1]) == self.inputs_max:
                portions.append([])
                rows = 0
            portions[-1].append(segment)
            rows += segment.rows
        return portions


def deepest_overlap(segments: Sequence[Segment]) -> list[Segment]:
    """Return the segments that have one key in their ranges, where these are most."""
    deepest: list[Segment] = []
    present: list[Segment] = []
    for segment in sorted(segments, key=lambda segment: segment.min_key):
        present = [other for other in present if other.max_key >= segment.min_key]
        present.append(segment)
        if len(present) > len(deepest):
            deepest = list(present)
    return deepest


def _tier(rows: int) -> int:
    tier = 0
    while rows > LOWEST_TIER_ROWS:
        rows //= TIER_BASE
        tier += 1
    return tier


def _overlap(one: Segment, other: Segment) -> bool:
    return one.min_key <= other.max_key and other.min_key <= one.max_key
