"""Flush of one scope, step by step.

Goal: live rows move, all else stays; what changes meanwhile wins; a failure or a cancellation
leaves the rows hot and no object behind.
Method: a real store; the steps are driven by hand so that changes fall between them.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

import pytest

from kalampg import errors
from kalampg.storage import FlushSettings, NotLoaded, Store, WriteBatch, flush_scope
from kalampg.storage.flush import ScopeFlush
from tests.fix_storage import Table, make_relation, objects, scope_of

T = TypeVar("T")
ALICE = scope_of("alice")


@pytest.fixture
def table(store: Store) -> Table:
    return Table(store, make_relation(20, 25))


def test_live_rows_move_and_tombstones_stay(table: Table) -> None:
    store = table.store
    table.put(ALICE, (1, "a"), (2, "b"), (3, "c"))
    table.put(ALICE, (2, ""), deleted=True)
    result = table.flush(ALICE)
    assert (result.segments, result.rows, result.rows_kept_hot) == (1, 2, 0)
    assert [key for key, _ in store.scan(ALICE)] == [table.key(2)]
    assert table.live(ALICE) == [(1, "a"), (3, "c")]
    (segment,) = store.manifest(ALICE).segments
    assert (segment.rows, segment.min_key, segment.max_key) == (2, table.key(1), table.key(3))
    copy = json.loads((store.root / segment.path).with_name("manifest.json").read_text())
    assert [entry["path"] for entry in copy["segments"]] == [segment.path]


def test_a_scope_without_live_rows_gets_no_segment(table: Table) -> None:
    table.put(ALICE, (1, ""), deleted=True)
    assert table.flush(ALICE).segments == 0
    assert objects(table.store.root) == set()


def test_many_rows_become_several_segments(table: Table) -> None:
    table.put(ALICE, *[(number, "x") for number in range(10)])
    result = table.flush(ALICE, FlushSettings(row_group_rows=2, segment_rows_max=4))
    assert [segment.rows for segment in table.store.manifest(ALICE).segments] == [4, 4, 2]
    assert (result.segments, result.rows) == (3, 10)
    assert [key for key, _ in table.live(ALICE)] == list(range(10))


def test_large_rows_make_small_row_groups(table: Table) -> None:
    table.put(ALICE, *[(number, "x" * 1000) for number in range(5)])
    result = table.flush(ALICE, FlushSettings(row_group_bytes=2500))
    assert (result.segments, result.rows) == (1, 5)


def test_rows_that_change_while_the_flush_runs_win(table: Table) -> None:
    store = table.store
    table.put(ALICE, (1, "a"), (2, "b"), (3, "c"), (4, "d"))
    flush = ScopeFlush(store, table.relation, ALICE)
    written = flush.write_next()
    assert written is not None
    table.put(ALICE, (1, "changed"), (9, "new"))
    table.put(ALICE, (2, ""), deleted=True)
    batch = WriteBatch()
    batch.delete_row(ALICE, table.key(3))
    store.commit(batch)
    assert flush.publish(written) == 3
    flush.close()
    assert table.live(ALICE) == [(1, "changed"), (4, "d"), (9, "new")]
    manifest = store.manifest(ALICE)
    assert set(manifest.marks_of(manifest.segments[0].segment_id)) == {0, 1, 2}


def test_a_scope_is_flushed_once_at_a_time(table: Table) -> None:
    flush = ScopeFlush(table.store, table.relation, ALICE)
    with pytest.raises(errors.ObjectInUse):
        ScopeFlush(table.store, table.relation, ALICE)
    flush.close()
    ScopeFlush(table.store, table.relation, ALICE).close()


def test_a_drop_while_the_flush_runs_ends_it(table: Table) -> None:
    table.put(ALICE, (1, "a"))
    flush = ScopeFlush(table.store, table.relation, ALICE)
    written = flush.write_next()
    assert written is not None
    batch = WriteBatch()
    batch.drop_table(ALICE.table_id)
    table.store.commit(batch)
    table.put(ALICE, (1, "of the next table"))
    assert flush.publish(written) is None
    flush.close()
    assert table.live(ALICE) == [(1, "of the next table")]
    assert objects(table.store.root) == set()


def test_a_numeric_that_does_not_fit_leaves_its_rows_hot(store: Store) -> None:
    table = Table(store, make_relation(20, 1700))
    rows = [(1, Decimal(10**30)), (2, Decimal("0.00000000000000000001"))]
    table.put(ALICE, *rows)
    with pytest.raises(errors.NumericValueOutOfRange):
        table.flush(ALICE)
    assert table.live(ALICE) == rows
    assert objects(store.root) == set()
    assert table.store.manifest(ALICE).segments == ()


def test_a_cancelled_flush_waits_for_its_worker_and_cleans_up(table: Table) -> None:
    table.put(ALICE, *[(number, "x") for number in range(100)])
    is_started, may_go_on = threading.Event(), threading.Event()

    async def run() -> None:
        loop = asyncio.get_running_loop()

        def in_worker(work: Callable[[], T], /) -> asyncio.Future[T]:
            def slowly() -> T:
                is_started.set()
                may_go_on.wait()
                return work()

            return loop.run_in_executor(None, slowly)

        task = loop.create_task(
            flush_scope(table.store, table.relation, ALICE, in_worker=in_worker)
        )
        await loop.run_in_executor(None, is_started.wait)
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done(), "the worker still reads the snapshot"
        may_go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert objects(table.store.root) == set()
    assert len(table.live(ALICE)) == 100
    assert table.flush(ALICE).rows == 100


def test_a_flush_that_is_killed_inside_a_user_keeps_what_is_published(table: Table) -> None:
    table.put(ALICE, *[(key, "") for key in range(10)])
    asked = 0

    def is_stopped() -> bool:
        nonlocal asked
        asked += 1
        return asked > 9

    settings = FlushSettings(row_group_rows=2, segment_rows_max=4)
    result = table.flush(ALICE, settings, is_stopped=is_stopped)
    assert (result.segments, result.rows) == (1, 4)
    (segment,) = table.store.manifest(ALICE).segments
    assert objects(table.store.root) == {segment.path}
    assert table.store.in_flight == set()
    assert [key for key, _ in table.live(ALICE)] == list(range(10))
    assert table.verify() == []


def test_cold_rows_are_found_by_key_without_io_on_the_loop(table: Table) -> None:
    store, relation = table.store, table.relation
    table.put(ALICE, (1, "a"), (3, "c"))
    table.flush(ALICE)
    manifest = store.manifest(ALICE)
    (segment,) = manifest.segments
    assert store.cold.find(relation, manifest, table.key(9)) is None, "the key range says no"
    assert store.cold.find(relation, manifest, table.key(1)) == NotLoaded(segment)
    found = store.cold.find_loading(relation, manifest, table.key(3))
    assert found is not None
    assert (found.segment_id, found.row_number, found.row.values) == (
        segment.segment_id,
        1,
        [3, "c"],
    )
    assert store.cold.find(relation, manifest, table.key(3)) == found
    assert store.cold.find_loading(relation, manifest, table.key(2)) is None
    table.put(ALICE, (3, "changed"))
    assert store.cold.find(relation, store.manifest(ALICE), table.key(3)) is None
    assert store.cold.find(relation, manifest, table.key(3)) == found, "as of the old manifest"
    loaded = store.cold.loaded(relation, segment)
    assert loaded is not None
    assert list(loaded.row_numbers(table.key(2), None)) == [1]
    assert list(loaded.row_numbers(None, table.key(3))) == [0]
    assert list(loaded.row_numbers(table.key(3), table.key(2))) == []


def test_rows_of_large_segments_are_decoded_one_by_one(table: Table) -> None:
    rows = [(number, f"text {number}") for number in range(5000)]
    table.put(ALICE, *rows)
    table.flush(ALICE)
    assert table.live(ALICE) == rows
    manifest = table.store.manifest(ALICE)
    found = table.store.cold.find(table.relation, manifest, table.key(4321))
    assert found is not None
    assert not isinstance(found, NotLoaded)
    assert found.row.values == [4321, "text 4321"]


def test_the_cold_cache_is_bounded(table: Table) -> None:
    cold = table.store.cold
    for number in range(3):
        table.put(ALICE, (number, "x"))
        table.flush(ALICE)
    segments = table.store.manifest(ALICE).segments
    small = type(cold)(table.store.files, 1)
    for segment in segments:
        small.load(table.relation, segment)
    assert [small.loaded(table.relation, segment) is not None for segment in segments] == [
        False,
        False,
        True,
    ]
