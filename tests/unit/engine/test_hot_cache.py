"""HotCache: decoded hot rows that follow every commit.

Goal: what is given to a snapshot is exactly its rows, also when commits come while rows are
decoded, and the cache stays within its size. Method: commits and snapshots as log positions,
written by hand.
"""

from __future__ import annotations

import pytest

from kalampg.engine.hot_cache import HotCache
from kalampg.engine.hot_rows import HotRows
from kalampg.ids import TableId, UserId
from kalampg.storage import Scope, WriteBatch
from kalampg.storage.rows import RowCodec
from tests.fix_engine import user_table

NOTES = user_table("notes", ("id", 20), ("body", 25))
ALICE = Scope(NOTES.table_id, UserId("alice"))
BOB = Scope(NOTES.table_id, UserId("bob"))


class Log:
    """The position of the newest commit."""

    def __init__(self) -> None:
        self.position = 1

    def commit(
        self, cache: HotCache, scope: Scope, key: bytes = b"k", value: bytes | None = b"v"
    ) -> None:
        batch = WriteBatch()
        if value is None:
            batch.delete_row(scope, key)
        else:
            batch.put_row(scope, key, value)
        self.write(cache, batch)

    def write(self, cache: HotCache, batch: WriteBatch) -> None:
        self.position += 1
        cache.committed(batch, self.position)


def rows(count: int = 1) -> HotRows:
    encode = RowCodec.for_relation(NOTES).encode
    entries = [(b"%d" % n, encode(n, 0, False, [n, "x" * 100])) for n in range(count)]
    return HotRows.decode(NOTES, "alice", entries)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def cache(log: Log) -> HotCache:
    return HotCache(100_000, lambda: log.position)


def keep(cache: HotCache, log: Log, scope: Scope, table: HotRows) -> None:
    ticket = cache.open(scope, log.position)
    assert ticket is not None
    cache.put(ticket, 1, table)


def test_rows_serve_snapshots_from_their_own_on(cache: HotCache, log: Log) -> None:
    table = rows()
    keep(cache, log, ALICE, table)
    assert cache.get(ALICE, 1, log.position) == (table, {})
    log.commit(cache, BOB)
    assert cache.get(ALICE, 1, log.position) == (table, {})
    assert cache.get(ALICE, 1, 0) is None, "an older snapshot may see other rows"
    assert cache.get(BOB, 1, log.position) is None
    assert cache.get(ALICE, 2, log.position) is None, "another version of the relation"


def test_changes_come_along_for_snapshots_that_see_them_all(cache: HotCache, log: Log) -> None:
    table = rows()
    keep(cache, log, ALICE, table)
    log.commit(cache, ALICE, b"a", b"1")
    log.commit(cache, ALICE, b"a", b"2")
    log.commit(cache, ALICE, b"b", None)
    assert cache.get(ALICE, 1, log.position) == (table, {b"a": b"2", b"b": None})
    assert cache.get(ALICE, 1, log.position - 1) is None


def test_changes_during_decoding_are_not_lost(cache: HotCache, log: Log) -> None:
    ticket = cache.open(ALICE, log.position)
    assert ticket is not None
    log.commit(cache, ALICE, b"a", b"1")
    table = rows()
    cache.put(ticket, 1, table)
    assert cache.get(ALICE, 1, log.position) == (table, {b"a": b"1"})
    assert cache.get(ALICE, 1, log.position - 1) is None


@pytest.mark.parametrize("what", ["scope", "table"])
@pytest.mark.parametrize("is_decoding", [False, True])
def test_a_dropped_scope_is_forgotten(
    cache: HotCache, log: Log, what: str, is_decoding: bool
) -> None:
    ticket = cache.open(ALICE, log.position)
    assert ticket is not None
    if not is_decoding:
        cache.put(ticket, 1, rows())
    batch = WriteBatch()
    if what == "scope":
        batch.drop_scope(ALICE)
    else:
        batch.drop_table(NOTES.table_id)
    log.write(cache, batch)
    if is_decoding:
        cache.put(ticket, 1, rows())
    assert cache.get(ALICE, 1, log.position) is None
    assert cache.size_bytes == 0


def test_too_many_changes_are_not_kept(cache: HotCache, log: Log) -> None:
    keep(cache, log, ALICE, rows())
    for number in range(1001):
        log.commit(cache, ALICE, b"%d" % number)
    assert cache.get(ALICE, 1, log.position) is None


def test_an_old_snapshot_leaves_nothing_for_others(cache: HotCache, log: Log) -> None:
    position = log.position
    log.commit(cache, ALICE)
    assert cache.open(ALICE, position) is None


def test_the_least_recently_used_rows_go_first(log: Log) -> None:
    table = rows(10)
    cache = HotCache(4 * table.size_bytes, lambda: log.position)
    scopes = [Scope(TableId(1), UserId(f"u{number}")) for number in range(5)]
    for scope in scopes[:4]:
        keep(cache, log, scope, table)
    cache.get(scopes[0], 1, log.position)
    keep(cache, log, scopes[4], table)
    found = [cache.get(scope, 1, log.position) is not None for scope in scopes]
    assert found == [True, False, True, True, True]


def test_rows_that_would_push_out_all_others_are_not_kept(cache: HotCache, log: Log) -> None:
    keep(cache, log, ALICE, rows(1000))
    assert cache.size_bytes == 0
