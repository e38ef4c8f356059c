"""Rocks: ordered families, batches, views.

Goal: a view shows one instant whatever is written later; scans keep their bounds, both ways.
Method: a sorted dict as the oracle, Hypothesis for the bounds. Some tests watch the library's
faults that ``rocks.py`` works around: when one fails, the detour can go.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import rocksdict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kalampg.storage.rocks import Rocks


@pytest.fixture
def rocks(tmp_path: Path) -> Iterator[Rocks]:
    opened = Rocks(tmp_path / "db", block_cache_bytes=1 << 20)
    yield opened
    opened.close()


def _fill(rocks: Rocks, entries: dict[bytes, bytes]) -> None:
    batch = rocks.new_batch()
    batch.delete_range("rows", b"", b"\xff" * 8)
    for key, value in entries.items():
        batch.put("rows", key, value)
    rocks.write(batch)


KEYS = st.binary(min_size=1, max_size=2)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(KEYS, KEYS, max_size=80), KEYS, st.none() | KEYS, st.booleans())
def test_scans_are_the_sorted_entries_within_bounds(
    rocks: Rocks, entries: dict[bytes, bytes], lower: bytes, upper: bytes | None, reverse: bool
) -> None:
    _fill(rocks, entries)
    expected = sorted(
        (key, value)
        for key, value in entries.items()
        if key >= lower and (upper is None or key < upper)
    )
    if reverse:
        expected.reverse()
    assert list(rocks.scan("rows", lower, upper, reverse=reverse)) == expected
    assert list(rocks.view("rows").scan(lower, upper, reverse=reverse)) == expected


def test_a_view_shows_one_instant(rocks: Rocks) -> None:
    before = {b"%04d" % number: b"old" for number in range(2000)}
    _fill(rocks, before)
    view = rocks.view("rows")
    half = view.scan(b"", None)
    first_rows = [next(half) for _ in range(10)]
    _fill(rocks, {b"0003": b"new", b"9999": b"new"})
    assert dict(view.scan(b"", None)) == before
    assert dict(view.scan(b"", None, reverse=True)) == before
    assert (view.get(b"0003"), view.get(b"9999")) == (b"old", None)
    assert view.first_at_or_after(b"0500") == b"0500"
    # A scan under way is not disturbed by the others that share its iterator.
    assert [*first_rows, *half] == sorted(before.items())


def test_families_are_apart(rocks: Rocks) -> None:
    batch = rocks.new_batch()
    batch.put("rows", b"k", b"row")
    batch.put("marks", b"k", b"mark")
    rocks.write(batch)
    assert (rocks.get("rows", b"k"), rocks.get("marks", b"k")) == (b"row", b"mark")
    assert rocks.get("jobs", b"k") is None


def test_later_operations_of_a_batch_win(rocks: Rocks) -> None:
    _fill(rocks, {b"a": b"1", b"b": b"1", b"c": b"1"})
    batch = rocks.new_batch()
    batch.delete_range("rows", b"a", b"c")
    batch.put("rows", b"b", b"2")
    batch.put("rows", b"c", b"2")
    batch.delete("rows", b"c")
    rocks.write(batch)
    assert list(rocks.scan("rows", b"", None)) == [(b"b", b"2")]


def test_a_bound_that_only_the_scan_knows_stays_in_force(rocks: Rocks) -> None:
    entries = {b"%d/%02d" % (user, number): b"" for user in range(3) for number in range(20)}
    _fill(rocks, entries)
    for _ in range(2000):
        scan = rocks.scan("rows", b"1/", b"".join([b"1", b"0"]))
        churn = [bytes([user]) + b"0" for user in range(20)]  # takes the place of freed bounds
        assert len(churn) == len(list(scan)) == 20


def test_abandoned_readers_do_not_keep_the_database_open(tmp_path: Path) -> None:
    opened = Rocks(tmp_path / "db", block_cache_bytes=1 << 20)
    _fill(opened, {b"%02d" % number: b"" for number in range(20)})
    view = opened.view("rows")
    abandoned = [
        opened.scan("rows", b"", b"9"),
        opened.scan("rows", b"", None),
        view.scan(b"", None),
    ]
    for scan in abandoned:
        next(scan)
    opened.close()
    again = Rocks(tmp_path / "db", block_cache_bytes=1 << 20)
    assert len(list(again.scan("rows", b"", b"9"))) == 20
    again.close()


def test_the_library_does_not_keep_the_upper_bound_of_an_iterator(tmp_path: Path) -> None:
    options = rocksdict.Options(raw_mode=True)
    options.create_if_missing(True)
    db = rocksdict.Rdict(str(tmp_path / "plain"), options)
    for number in range(20):
        db.put(b"%02d" % number, b"")
    bound = b"".join([b"9", b"9"])
    bounds = rocksdict.ReadOptions()
    bounds.set_iterate_upper_bound(bound)
    holders = sys.getrefcount(bound)
    scan = db.items(from_key=b"00", read_opt=bounds)
    del bounds
    assert sys.getrefcount(bound) == holders - 1, "rocksdict is repaired: it holds the bound"
    del scan
    db.close()


def test_the_library_iterates_over_the_present_instead_of_the_snapshot(tmp_path: Path) -> None:
    options = rocksdict.Options(raw_mode=True)
    options.create_if_missing(True)
    db = rocksdict.Rdict(str(tmp_path / "plain"), options)
    db.put(b"k", b"v")
    snapshot = db.snapshot()
    db.delete(b"k")
    assert snapshot[b"k"] == b"v"
    assert list(snapshot.items()) == [], "rocksdict is repaired: use its snapshots"
    del snapshot
    db.close()


def test_the_library_takes_a_lower_bound_for_an_upper_one(tmp_path: Path) -> None:
    options = rocksdict.Options(raw_mode=True)
    options.create_if_missing(True)
    db = rocksdict.Rdict(str(tmp_path / "plain"), options)
    for key in (b"a", b"b", b"c"):
        db.put(key, b"")
    bounds = rocksdict.ReadOptions()
    bounds.set_iterate_lower_bound(b"b")
    found = [key for key, _ in db.items(read_opt=bounds)]
    assert found == [b"a"], "rocksdict is repaired: use lower bounds"
    db.close()
