"""ScopeManifest, Marks, Segment and Bloom filters: pure values.

Goal: a manifest that somebody holds never changes; a segment is skipped only when it cannot match.
Method: sets and brute force over the rows as oracles.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalampg import errors
from kalampg.ids import ColumnId, Oid, SegmentId
from kalampg.relation import Column, Datum
from kalampg.storage import bloom
from kalampg.storage.manifest import (
    EMPTY_MANIFEST,
    AddSegment,
    ManifestEdit,
    MarkRow,
    Marks,
    RemoveSegment,
)
from kalampg.storage.segment import ColumnStatistics, Segment, decode_segment, encode_segment
from kalampg.storage.statistics import StatisticsBuilder


def _segment(segment_id: int = 1, rows: int = 10, **statistics: ColumnStatistics) -> Segment:
    keys = [b"%02d" % number for number in range(rows)]
    return Segment(
        segment_id=SegmentId(segment_id),
        storage_id="local",
        path=f"public/t/{segment_id}.parquet",
        rows=rows,
        size_bytes=1000,
        min_key=keys[0],
        max_key=keys[-1],
        bloom=bloom.build(keys),
        schema_version=1,
        statistics={ColumnId(int(name[1:])): value for name, value in statistics.items()},
        scales={ColumnId(3): 2},
        min_seq=1,
        max_seq=9,
        created_at_us=0,
    )


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30)), max_size=40))
def test_views_of_marks_are_sets_that_never_change(steps: list[tuple[int, int]]) -> None:
    views: list[tuple[Marks, set[int]]] = [(Marks(), set())]
    for place, row in steps:
        marks, model = views[place % len(views)]
        if row not in model:
            views.append((marks.plus(row), model | {row}))
    for marks, model in views:
        assert set(marks) == model
        assert len(marks) == len(model)
        assert all((row in marks) == (row in model) for row in range(31))


def test_apply_leaves_the_old_manifest_alone() -> None:
    first = EMPTY_MANIFEST.apply([AddSegment(_segment(1)), AddSegment(_segment(2))])
    second = first.apply([MarkRow(SegmentId(1), 3), RemoveSegment(SegmentId(2))])
    assert [segment.segment_id for segment in first.segments] == [1, 2]
    assert set(first.marks_of(SegmentId(1))) == set()
    assert [segment.segment_id for segment in second.segments] == [1]
    assert set(second.marks_of(SegmentId(1))) == {3}
    assert (first.live_rows, second.live_rows) == (20, 9)
    assert second.segment(SegmentId(2)) is None


@pytest.mark.parametrize(
    "edits",
    [
        pytest.param([AddSegment(_segment(1))], id="segment-twice"),
        pytest.param([RemoveSegment(SegmentId(9))], id="remove-unknown"),
        pytest.param([MarkRow(SegmentId(9), 0)], id="mark-unknown"),
        pytest.param([MarkRow(SegmentId(1), 10)], id="mark-beyond"),
        pytest.param([MarkRow(SegmentId(1), 0), MarkRow(SegmentId(1), 0)], id="mark-twice"),
    ],
)
def test_edits_that_break_an_invariant_are_our_bug(edits: list[ManifestEdit]) -> None:
    manifest = EMPTY_MANIFEST.apply([AddSegment(_segment(1))])
    with pytest.raises(AssertionError):
        manifest.apply(edits)


@given(st.sets(st.binary(max_size=12), max_size=200), st.binary(max_size=12))
def test_a_bloom_filter_never_denies_a_member(keys: set[bytes], probe: bytes) -> None:
    built = bloom.build(keys)
    assert all(bloom.may_contain(built, key) for key in keys)
    assert not (probe in keys and not bloom.may_contain(built, probe))


@pytest.mark.parametrize("count", [10, 1000, 50_000])
def test_a_bloom_filter_denies_most_others(count: int) -> None:
    # Integer keys in sequence: the structured case that a weak hash would get wrong.
    built = bloom.build([number.to_bytes(8) for number in range(count)])
    probes = range(10**9, 10**9 + 5000)
    passed = sum(bloom.may_contain(built, number.to_bytes(8)) for number in probes)
    assert passed / len(probes) < 0.03


def test_a_segment_survives_its_encoding() -> None:
    segment = _segment(
        c1=ColumnStatistics(1, 5, 0),
        c2=ColumnStatistics(Decimal("-1.50"), Decimal("2.0"), 3),
        c3=ColumnStatistics(b"\0" * 16, b"\xff" * 16, 0),
        c4=ColumnStatistics(None, None, 10),
    )
    assert repr(decode_segment(encode_segment(segment))) == repr(segment)
    with pytest.raises(errors.DataCorrupted):
        decode_segment(b"\x90")


COLUMN_VALUES = st.one_of(
    st.tuples(st.just(20), st.lists(st.none() | st.integers(-5, 5), max_size=8)),
    st.tuples(st.just(701), st.lists(st.none() | st.floats(), max_size=8)),
    st.tuples(st.just(25), st.lists(st.none() | st.text(max_size=2), max_size=8)),
    st.tuples(st.just(1700), st.lists(st.none() | st.decimals(-5, 5, places=1), max_size=8)),
    st.tuples(st.just(1042), st.lists(st.text(" a", max_size=2), max_size=8)),
)


@given(COLUMN_VALUES, st.integers(0, 7), st.sampled_from(["=", "<", "<=", ">", ">=", "~"]))
def test_statistics_skip_no_matching_row(
    values: tuple[int, list[Datum]], place: int, operator: str
) -> None:
    oid, datums = values
    builder = StatisticsBuilder(Column(ColumnId(1), "c", Oid(oid)))
    for datum in datums:
        builder.add([datum])
    segment = _segment(c1=builder.finish())
    present = [datum for datum in datums if datum is not None]
    if not present:
        return
    value = present[place % len(present)]
    matches: Callable[[Datum], bool] = {
        "=": lambda left: left == value,
        "<": lambda left: left < value,
        "<=": lambda left: left <= value,
        ">": lambda left: left > value,
        ">=": lambda left: left >= value,
        "~": lambda left: True,
    }[operator]
    if any(matches(datum) for datum in present):
        assert segment.may_match(ColumnId(1), operator, value)


def test_statistics_skip_what_cannot_match() -> None:
    segment = _segment(c1=ColumnStatistics(3, 5, 0))
    assert [segment.may_match(ColumnId(1), "=", value) for value in (2, 3, 6)] == [
        False,
        True,
        False,
    ]
    assert not segment.may_match(ColumnId(1), "<", 3)
    assert not segment.may_match(ColumnId(1), ">", 5)
    assert segment.may_match(ColumnId(2), "=", 2), "a column that was added later"


def test_long_texts_have_no_bounds() -> None:
    builder = StatisticsBuilder(Column(ColumnId(1), "c", Oid(25)))
    builder.add(["a", "b" * 1000, None])
    assert builder.finish() == ColumnStatistics(None, None, 1)


def test_key_ranges_outside_the_segment_do_not_overlap() -> None:
    segment = _segment()
    assert segment.may_contain(b"03")
    assert not segment.may_contain(b"99")
    assert not segment.may_overlap(None, b"00")
    assert not segment.may_overlap(b"095", None)
    assert segment.may_overlap(b"09", b"10")
