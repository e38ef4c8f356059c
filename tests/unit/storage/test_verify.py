"""Verification of a table's segments.

Goal: a sound table passes whatever happens beside it, and each kind of damage is named.
Method: a real store with two users; each damage is done to its files, or to its manifest through a
batch that no caller of ours would make.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from kalampg.constraint import Index
from kalampg.ids import Oid, SegmentId
from kalampg.storage import Store, WriteBatch
from kalampg.storage.flush import ScopeFlush
from kalampg.storage.index_keys import entry_keys, refuse_functions
from kalampg.storage.keys import key_encoder
from kalampg.storage.segment import Segment
from kalampg.storage.verify import Check, Finding
from kalampg.storage.verify_table import verify_directory, verify_table
from tests.fix_storage import Table, make_relation, scope_of

T = TypeVar("T")
ALICE = scope_of("alice")
BOB = scope_of("bob")


@pytest.fixture
def table(store: Store) -> Table:
    """Two segments of alice with a mark and a hot row, one segment of bob."""
    made = Table(store, make_relation(20, 25))
    for keys in ((1, 2, 3), (4, 5)):
        made.put(ALICE, *[(key, "x") for key in keys])
        made.flush(ALICE)
    made.put(ALICE, (2, "y"))
    made.put(BOB, (2, "z"))
    made.flush(BOB)
    return made


def _verify(table: Table) -> list[Finding]:
    async def run() -> list[Finding]:
        loop = asyncio.get_running_loop()

        def in_worker(work: Callable[[], T], /) -> asyncio.Future[T]:
            return loop.run_in_executor(None, work)

        return await verify_table(table.store, table.relation, in_worker=in_worker)

    return asyncio.run(run())


def _failed(table: Table) -> set[tuple[Check, str | None]]:
    return {(each.check, each.user_id) for each in _verify(table) if not each.is_ok}


def _first(table: Table) -> tuple[Segment, Path]:
    segment = table.store.manifest(ALICE).segments[0]
    return segment, table.store.root / segment.path


def test_a_sound_table_passes_every_check(table: Table) -> None:
    findings = _verify(table)
    assert [(each.check, each.is_ok) for each in findings] == [(check, True) for check in Check]
    assert {each.check: each.detail for each in findings} == {
        Check.OBJECT: "3 segments",
        Check.CHECKSUM: "3 segments",
        Check.FOOTER: "3 segments",
        Check.KEYS: "3 segments",
        Check.MARKS: "3 segments",
        Check.UNIQUE: "6 keys",
        Check.ENTRIES: "0 entries",
        Check.ORPHAN: "none",
    }


def test_an_object_in_the_making_is_no_orphan(table: Table) -> None:
    flush = ScopeFlush(table.store, table.relation, ALICE)
    written = flush.write_next()
    assert written is not None
    assert _failed(table) == set()
    flush.close()
    assert _failed(table) == set()


def test_an_object_that_waits_for_its_deletion_is_no_orphan(table: Table) -> None:
    with table.store.snapshot():
        batch = WriteBatch()
        batch.drop_scope(ALICE)
        table.store.commit(batch)
        assert table.store.remove_garbage() == 0
        assert _failed(table) == set()


def test_a_missing_object_is_found(table: Table) -> None:
    _first(table)[1].unlink()
    assert _failed(table) == {(Check.OBJECT, "alice")}


def test_a_changed_byte_is_found(table: Table) -> None:
    _, path = _first(table)
    data = bytearray(path.read_bytes())
    data[20] ^= 1  # in the first page
    path.write_bytes(data)
    assert (Check.CHECKSUM, "alice") in _failed(table)


def test_a_truncated_object_is_found(table: Table) -> None:
    _, path = _first(table)
    path.write_bytes(path.read_bytes()[:-9])
    assert _failed(table) == {
        (Check.OBJECT, "alice"),
        (Check.CHECKSUM, "alice"),
        (Check.FOOTER, "alice"),
    }


def test_another_users_object_is_found_by_its_footer(table: Table) -> None:
    _, path = _first(table)
    path.write_bytes((table.store.root / table.store.manifest(BOB).segments[0].path).read_bytes())
    assert (Check.FOOTER, "alice") in _failed(table)


def test_an_object_that_nobody_names_is_found(table: Table) -> None:
    _, path = _first(table)
    path.with_name("2026-01-01T00-00-00-1.parquet").write_bytes(b"")
    (finding,) = [each for each in _verify(table) if not each.is_ok]
    assert finding == Finding.orphan("public/t/alice/2026-01-01T00-00-00-1.parquet")


def test_a_hot_row_over_a_cold_one_without_a_mark_is_found(table: Table) -> None:
    batch = WriteBatch()
    batch.put_row(ALICE, table.key(1), table.codec.encode(1, 0, True, (1, "x")))
    table.store.commit(batch)
    assert _failed(table) == {(Check.UNIQUE, "alice")}


def test_a_key_in_two_segments_is_found(table: Table) -> None:
    segment, _ = _first(table)
    twin = msgspec.structs.replace(segment, segment_id=SegmentId(segment.segment_id + 1))
    batch = WriteBatch()
    batch.add_segment(ALICE, twin)
    table.store.commit(batch)
    assert (Check.UNIQUE, "alice") in _failed(table)


@pytest.mark.parametrize("field", ["min_key", "max_key", "bloom"])
def test_a_wrong_key_range_is_found(table: Table, field: str) -> None:
    segment, _ = _first(table)
    batch = WriteBatch()
    batch.remove_segment(ALICE, segment.segment_id)
    wrong = {"bloom": bytes(len(segment.bloom))}.get(field, table.key(2))
    batch.add_segment(ALICE, msgspec.structs.replace(segment, **{field: wrong}))
    table.store.commit(batch)
    assert (Check.KEYS, "alice") in _failed(table)


def test_a_directory_is_verified_table_by_table_and_orphans_of_no_table_are_found(
    table: Table,
) -> None:
    store = table.store
    other = replace(table.relation, table_id=scope_of("x", 2).table_id, name="other")
    reports = list(verify_directory(store, [table.relation, other]))
    assert [report.table_name for report in reports] == ["public.t", "public.other"]
    assert all(finding.is_ok for report in reports for finding in report.findings)
    stray = store.root / "elsewhere" / "2026-01-01T00-00-00-1.parquet"
    stray.parent.mkdir()
    stray.write_bytes(b"")
    *_, last = verify_directory(store, [other])
    assert [finding.detail for finding in last.findings] == [
        "elsewhere/2026-01-01T00-00-00-1.parquet",
        "segments of table 1",
    ]


def test_index_entries_that_do_not_agree_with_the_rows_are_found(store: Store) -> None:
    relation = make_relation(20, 25)
    index = Index(Oid(99), "i", (relation.columns[1].column_id,), is_unique=True)
    table = Table(store, replace(relation, indexes=(index,)))
    table.put(ALICE, (1, "x"), (2, "y"))
    table.flush(ALICE)
    (keys,) = entry_keys(table.relation, refuse_functions)
    batch = WriteBatch()
    for number, text in ((1, "x"), (2, "y")):
        row_key = key_encoder((20,))((number,))
        entry = keys.entry((number, text), row_key)
        assert entry is not None
        batch.put_entry(ALICE, entry.key, row_key)
    store.commit(batch)
    assert _failed(table) == set()
    table.put(ALICE, (3, "z"))
    assert _failed(table) == {(Check.ENTRIES, "alice")}
