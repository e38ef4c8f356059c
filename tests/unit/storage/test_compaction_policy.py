"""Which segments are compacted.

Goal: each reason is found at its bound and not before, a segment is in one group at most, and no
group is more than a merge may read. Method: manifests with hand-made segments; bounds by hand.
"""

from __future__ import annotations

from types import MappingProxyType

import pytest

from kalampg.ids import SegmentId
from kalampg.storage.compaction_policy import CompactionPolicy, deepest_overlap
from kalampg.storage.manifest import Marks, ScopeManifest
from kalampg.storage.segment import Segment

POLICY = CompactionPolicy(
    same_size_max=2, overlap_max=3, inputs_max=4, marked_rows_min=20, segment_rows_max=10_000
)


def _segment(number: int, rows: int, keys: tuple[int, int]) -> Segment:
    return Segment(
        segment_id=SegmentId(number),
        storage_id="local",
        path=f"{number}.parquet",
        rows=rows,
        size_bytes=1,
        min_key=keys[0].to_bytes(4),
        max_key=keys[1].to_bytes(4),
        bloom=b"",
        schema_version=1,
        statistics={},
        scales={},
        min_seq=0,
        max_seq=0,
        created_at_us=0,
    )


def _manifest(*segments: Segment, marks: dict[int, int] | None = None) -> ScopeManifest:
    counts = {SegmentId(number): Marks(range(count)) for number, count in (marks or {}).items()}
    return ScopeManifest(segments, MappingProxyType(counts))


def _apart(*rows: int) -> tuple[Segment, ...]:
    """Segments 1, 2, ... whose keys do not meet."""
    return tuple(
        _segment(number, count, (number * 10, number * 10 + 9))
        for number, count in enumerate(rows, 1)
    )


def test_nothing_is_done_where_nothing_is_wrong() -> None:
    assert POLICY.groups(_manifest()) == []
    assert POLICY.groups(_manifest(*_apart(100, 200, 9_000, 9_000, 9_000))) == []


def test_segments_of_one_size_are_merged_when_there_are_too_many() -> None:
    assert POLICY.groups(_manifest(*_apart(900, 10, 5_000, 1_000))) == [(1, 2, 4)]
    # 1,001 to 4,000 rows are the next tier; more than half a full segment is in none.
    assert POLICY.groups(_manifest(*_apart(900, 10, 1_001))) == []
    assert POLICY.groups(_manifest(*_apart(5_001, 6_000, 7_000, 8_000))) == []


@pytest.mark.parametrize(("marks", "groups"), [(25, []), (26, [(1,)]), (100, [(1,)])])
def test_a_segment_with_many_marks_is_written_again(marks: int, groups: list[object]) -> None:
    assert POLICY.groups(_manifest(*_apart(100, 9_000), marks={1: marks})) == groups


def test_a_few_marks_are_no_reason_even_if_they_are_all_there_is() -> None:
    assert POLICY.groups(_manifest(*_apart(19), marks={1: 19})) == []
    assert POLICY.groups(_manifest(*_apart(20), marks={1: 20})) == [(1,)]


def test_too_deep_an_overlap_is_merged() -> None:
    deep = [_segment(number, 9_000, (number, 20 + number)) for number in range(1, 5)]
    assert POLICY.groups(_manifest(*deep[:3])) == []
    assert POLICY.groups(_manifest(*deep)) == [(1, 2, 3, 4)]


def test_the_deepest_overlap_is_at_one_key() -> None:
    segments = [
        _segment(1, 1, (0, 10)),
        _segment(2, 1, (5, 6)),
        _segment(3, 1, (7, 20)),
        _segment(4, 1, (9, 9)),
        _segment(5, 1, (11, 30)),
    ]
    assert [segment.segment_id for segment in deepest_overlap(segments)] == [1, 3, 4]


def test_a_segment_is_in_one_group_only() -> None:
    groups = POLICY.groups(_manifest(*_apart(100, 100, 100, 100), marks={1: 90}))
    assert groups == [(1,), (2, 3, 4)]


def test_groups_are_no_larger_than_a_merge_may_read() -> None:
    assert POLICY.groups(_manifest(*_apart(*[10] * 9))) == [(1, 2, 3, 4), (5, 6, 7, 8), (9,)]
    large = [_segment(number, 15_000, (0, 9)) for number in range(1, 5)]
    assert POLICY.groups(_manifest(*large)) == [(1, 2), (3, 4)]


def test_a_full_compaction_takes_whatever_could_be_better() -> None:
    perfect = _manifest(*_apart(10_000, 10_000, 5_001))
    assert POLICY.groups(perfect, is_full=True) == []
    one_small = _manifest(*_apart(10_000, 10))
    assert POLICY.groups(one_small, is_full=True) == []
    assert POLICY.groups(_manifest(*_apart(10, 10_000, 20)), is_full=True) == [(1, 3)]
    assert POLICY.groups(_manifest(*_apart(10_000), marks={1: 1}), is_full=True) == [(1,)]
    overlapping = _manifest(_segment(1, 9_000, (0, 9)), _segment(2, 9_000, (9, 12)))
    assert POLICY.groups(overlapping, is_full=True) == [(1, 2)]
