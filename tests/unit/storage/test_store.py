"""Store: reads, commits, snapshots.

Goal: a commit is whole and seen at once, a snapshot stays at its instant in every cache, and what
was synced is there after the store is opened again.
Method: a real store in a temporary directory; expectations by hand. The long walks are in
``tests/model/test_storage_machine.py``.
"""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from kalampg import errors
from kalampg.clock import ManualClock
from kalampg.storage import FlushSettings, Scope, Store, StoreSettings, WriteBatch
from tests.fix_storage import Table, make_relation, objects, scope_of

ALICE, BOB, SHARED = scope_of("alice"), scope_of("bob"), scope_of("")


def _rows(store: Store, scope: Scope) -> list[bytes]:
    return [key for key, _ in store.scan(scope)]


def test_users_and_tables_are_apart(store: Store) -> None:
    batch = WriteBatch()
    for scope in (ALICE, BOB, SHARED, scope_of("alice", 2), scope_of("alic"), scope_of("alice2")):
        batch.put_row(scope, b"k", repr(scope).encode())
    store.commit(batch)
    assert store.get(ALICE, b"k") == repr(ALICE).encode()
    assert [value for _, value in store.scan(ALICE)] == [repr(ALICE).encode()]
    with store.snapshot() as snapshot:
        assert [scope.user_id for scope in snapshot.scopes(ALICE.table_id)] == [
            "",
            "alic",
            "alice",
            "alice2",
            "bob",
        ]


def test_scans_have_bounds_and_a_direction(store: Store) -> None:
    batch = WriteBatch()
    for key in (b"a", b"b", b"c", b"d"):
        batch.put_row(ALICE, key, b"")
    store.commit(batch)
    with store.snapshot() as snapshot:
        for view in (None, snapshot):
            found = store.scan(ALICE, lower=b"b", upper=b"d", snapshot=view)
            assert [key for key, _ in found] == [b"b", b"c"]
            found = store.scan(ALICE, upper=b"c", reverse=True, snapshot=view)
            assert [key for key, _ in found] == [b"b", b"a"]


def test_a_snapshot_sees_manifest_and_rows_of_its_instant(store: Store) -> None:
    table = Table(store, make_relation(20, 25))
    table.put(ALICE, (1, "a"), (2, "b"))
    before_flush = store.snapshot()
    table.flush(ALICE)
    after_flush = store.snapshot()
    table.put(ALICE, (1, "changed"))
    # Neither has asked for a manifest yet, and the store's cache holds the newest one.
    assert len(store.manifest(ALICE).marks_of(store.manifest(ALICE).segments[0].segment_id)) == 1
    assert before_flush.manifest(ALICE).segments == ()
    assert after_flush.manifest(ALICE).live_rows == 2
    assert table.live(ALICE, before_flush) == [(1, "a"), (2, "b")]
    assert table.live(ALICE, after_flush) == [(1, "a"), (2, "b")]
    assert table.live(ALICE) == [(1, "changed"), (2, "b")]
    found: list[object] = []
    reader = threading.Thread(target=lambda: found.extend(table.live(ALICE, after_flush)))
    reader.start()
    reader.join()
    assert found == [(1, "a"), (2, "b")]
    before_flush.close()
    after_flush.close()


def test_listeners_see_each_commit_and_its_changes(store: Store) -> None:
    heard: list[tuple[set[Scope], int]] = []
    store.on_commit(lambda batch, position: heard.append((batch.touched, position)))
    batch = WriteBatch()
    batch.put_row(ALICE, b"k", b"v")
    batch.delete_row(BOB, b"k")
    batch.put("jobs", b"j", b"")
    position = store.commit(batch)
    assert heard == [({ALICE, BOB}, position)]
    assert store.commit(WriteBatch()) == position, "an empty batch is no commit"
    assert len(heard) == 1


def test_a_drop_hides_what_the_batch_did_before_and_keeps_what_follows(store: Store) -> None:
    batch = WriteBatch()
    batch.put_row(ALICE, b"old", b"")
    batch.drop_table(ALICE.table_id)
    batch.put_row(ALICE, b"new", b"")
    later = WriteBatch()
    later.drop_scope(BOB)
    batch.extend(later)
    assert [key for _, key, _ in batch.row_changes] == [b"new"]
    assert batch.touched == {ALICE, BOB}
    store.commit(batch)
    assert _rows(store, ALICE) == [b"new"]


def test_other_families_are_read_by_prefix(store: Store) -> None:
    batch = WriteBatch()
    for key in (b"a1", b"a2", b"b1"):
        batch.put("catalog", key, key)
    batch.delete("catalog", b"a2")
    store.commit(batch)
    assert store.read("catalog", b"a1") == b"a1"
    assert list(store.read_all("catalog", b"a")) == [(b"a1", b"a1")]
    assert [key for key, _ in store.read_all("catalog")] == [b"a1", b"b1"]


def test_a_prepared_batch_may_still_grow(store: Store) -> None:
    batch = WriteBatch()
    batch.put_row(ALICE, b"a", b"1")
    store.prepare(batch)
    batch.put_row(ALICE, b"a", b"2")
    store.commit(batch)
    assert store.get(ALICE, b"a") == b"2"


def test_commits_belong_to_one_thread(store: Store) -> None:
    store.commit(WriteBatch())
    failures: list[BaseException] = []

    def commit() -> None:
        try:
            store.commit(WriteBatch())
        except AssertionError as failure:
            failures.append(failure)

    thread = threading.Thread(target=commit)
    thread.start()
    thread.join()
    assert len(failures) == 1


def test_after_a_failed_sync_reads_go_on_and_commits_are_refused(store: Store) -> None:
    batch = WriteBatch()
    batch.put_row(ALICE, b"k", b"v")
    store.commit(batch)
    store.gate.poison(errors.IoError("no space left on device", severity="PANIC"))
    again = WriteBatch()
    again.put_row(ALICE, b"k", b"other")
    with pytest.raises(errors.IoError):
        store.commit(again)
    assert store.get(ALICE, b"k") == b"v"


def test_objects_of_a_dropped_table_wait_for_snapshots_and_for_the_sync(store: Store) -> None:
    table = Table(store, make_relation(20, 25))
    table.put(ALICE, (1, "a"))
    table.flush(ALICE)
    snapshot = store.snapshot()
    batch = WriteBatch()
    batch.drop_table(ALICE.table_id)
    store.commit(batch)
    assert store.remove_garbage() == 0, "a power cut would bring the manifest back"
    store.gate.sync()
    assert store.remove_garbage() == 0, "the snapshot still reads it"
    assert table.live(ALICE, snapshot) == [(1, "a")]
    snapshot.close()
    snapshot.close()
    assert store.remove_garbage() == 1
    assert list(store.root.iterdir()) == [], "folders and manifest.json go with the last object"


def test_a_drop_leaves_the_objects_of_the_neighbours_alone(store: Store) -> None:
    table = Table(store, make_relation(20, 25))
    for scope in (SHARED, ALICE, BOB):
        table.put(scope, (1, "a"))
        table.flush(scope)
    before = objects(store.root)
    for _ in range(200):
        batch = WriteBatch()
        batch.drop_scope(SHARED)
        store.commit(batch)
        store.gate.sync()
        store.remove_garbage()
    gone = before - objects(store.root)
    assert [path.count("/") for path in gone] == [2], "the one object of the shared scope"
    assert table.live(ALICE) == table.live(BOB) == [(1, "a")]


def test_a_removed_segment_takes_its_marks_along(store: Store) -> None:
    table = Table(store, make_relation(20, 25))
    table.put(ALICE, (1, "a"), (2, "b"))
    table.flush(ALICE)
    table.put(ALICE, (1, "c"))
    (segment,) = store.manifest(ALICE).segments
    batch = WriteBatch()
    batch.remove_segment(ALICE, segment.segment_id)
    store.commit(batch)
    assert store.manifest(ALICE).segments == ()
    assert list(store.read_all("marks")) == []
    store.gate.sync()
    assert store.remove_garbage() == 1


def test_everything_is_there_after_reopening(tmp_path: Path, clock: ManualClock) -> None:
    relation = make_relation(20, 25)
    store = Store.open(tmp_path / "again", clock=clock)
    table = Table(store, relation)
    table.put(ALICE, (1, "a"), (2, "b"), (3, "c"))
    table.flush(ALICE, FlushSettings(row_group_rows=1, segment_rows_max=2))
    table.put(ALICE, (2, "changed"))
    last_seq, manifest = store.seq_source.next(), store.manifest(ALICE)
    store.close()
    store.close()
    store = Store.open(tmp_path / "again", clock=clock)
    table = Table(store, relation)
    assert table.live(ALICE) == [(1, "a"), (2, "changed"), (3, "c")]
    assert store.manifest(ALICE) == manifest
    assert store.seq_source.next() > last_seq
    assert (store.recovery.orphans_removed, store.recovery.objects_kept) == (0, 2)
    store.close()


def test_recovery_removes_orphans_and_nothing_else(tmp_path: Path, clock: ManualClock) -> None:
    store = Store.open(tmp_path, clock=clock)
    table = Table(store, make_relation(20, 25))
    table.put(ALICE, (1, "a"))
    table.flush(ALICE)
    kept = objects(store.root)
    store.close()
    (path,) = kept
    folder = (store.root / path).parent
    (folder / "2024-01-01T00-00-00-99.parquet").write_bytes(b"")
    (folder / "somebody-elses.parquet").write_bytes(b"")
    (folder / "manifest.json").write_text("{}")
    lost = store.root / "public" / "t" / "bob"
    lost.mkdir()
    (lost / "2024-01-01T00-00-00-98.parquet").write_bytes(b"")
    store = Store.open(tmp_path, clock=clock)
    assert store.recovery.orphans_removed == 2
    assert store.recovery.stale_copies == (ALICE,)
    assert objects(store.root) == kept | {
        f"{folder.relative_to(store.root)}/somebody-elses.parquet"
    }
    assert not lost.exists()
    store.close()


def test_a_missing_object_is_reported(tmp_path: Path, clock: ManualClock) -> None:
    store = Store.open(tmp_path, clock=clock)
    table = Table(store, make_relation(20, 25))
    table.put(ALICE, (1, "a"))
    table.flush(ALICE)
    (path,) = objects(store.root)
    store.close()
    (store.root / path).unlink()
    store = Store.open(tmp_path, clock=clock)
    assert store.recovery.missing == (path,)
    store.close()


def test_manifests_in_memory_are_bounded(tmp_path: Path, clock: ManualClock) -> None:
    settings = StoreSettings(manifest_cache_bytes=1)
    store = Store.open(tmp_path, clock=clock, settings=settings)
    table = Table(store, make_relation(20, 25))
    for scope in (ALICE, BOB):
        table.put(scope, (1, "a"))
        table.flush(scope)
    assert [len(store.manifest(scope).segments) for scope in (ALICE, BOB, ALICE)] == [1, 1, 1]
    with store.snapshot() as snapshot:
        assert [len(snapshot.manifest(scope).segments) for scope in (ALICE, BOB)] == [1, 1]
    store.close()
