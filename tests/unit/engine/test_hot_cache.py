"""HotCache: decoded hot rows that are right or gone.

Goal: a table is only given to snapshots that see exactly its rows, and the cache stays within its
size. Method: commits and snapshots as log positions, written by hand.
"""

from __future__ import annotations

import pytest

from kalampg.engine.hot_cache import HotCache
from kalampg.engine.row_table import RowTable, row_table
from kalampg.ids import TableId, UserId
from kalampg.storage import Scope, WriteBatch
from kalampg.storage.rows import StoredRow
from tests.fix_engine import user_table

NOTES = user_table("notes", ("id", 20), ("body", 25))
ALICE = Scope(NOTES.table_id, UserId("alice"))
BOB = Scope(NOTES.table_id, UserId("bob"))


class Log:
    """The position of the newest commit."""

    def __init__(self) -> None:
        self.position = 1

    def commit(self, cache: HotCache, *scopes: Scope, dropped: TableId | None = None) -> None:
        batch = WriteBatch()
        for scope in scopes:
            batch.put_row(scope, b"k", b"v")
        if dropped is not None:
            batch.drop_table(dropped)
        self.position += 1
        cache.committed(batch, self.position)


def rows(count: int = 1) -> RowTable:
    stored = [StoredRow(1, number, 0, False, [number, "x" * 100]) for number in range(count)]
    return row_table(NOTES, [(stored, "alice")])


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def cache(log: Log) -> HotCache:
    return HotCache(100_000, lambda: log.position)


def keep(cache: HotCache, log: Log, scope: Scope, table: RowTable) -> None:
    ticket = cache.open(scope, log.position)
    assert ticket is not None
    cache.put(ticket, 1, log.position, table)


def test_a_table_serves_snapshots_from_its_own_on(cache: HotCache, log: Log) -> None:
    table = rows()
    keep(cache, log, ALICE, table)
    assert cache.get(ALICE, 1, log.position) is table
    log.commit(cache, BOB)
    assert cache.get(ALICE, 1, log.position) is table
    assert cache.get(ALICE, 1, 0) is None, "an older snapshot may see other rows"
    assert cache.get(BOB, 1, log.position) is None
    assert cache.get(ALICE, 2, log.position) is None, "another version of the relation"


@pytest.mark.parametrize("dropped", [None, NOTES.table_id], ids=["row", "table"])
def test_a_commit_throws_away_what_it_touches(
    cache: HotCache, log: Log, dropped: TableId | None
) -> None:
    keep(cache, log, ALICE, rows())
    log.commit(cache, *([ALICE] if dropped is None else []), dropped=dropped)
    assert cache.get(ALICE, 1, log.position) is None
    assert cache.size_bytes == 0


@pytest.mark.parametrize("dropped", [None, NOTES.table_id], ids=["row", "table"])
def test_a_table_that_was_overtaken_while_it_was_built_is_not_kept(
    cache: HotCache, log: Log, dropped: TableId | None
) -> None:
    position = log.position
    ticket = cache.open(ALICE, position)
    assert ticket is not None
    log.commit(cache, *([ALICE] if dropped is None else []), dropped=dropped)
    cache.put(ticket, 1, position, rows())
    assert cache.get(ALICE, 1, log.position) is None


def test_an_old_snapshot_leaves_nothing_for_others(cache: HotCache, log: Log) -> None:
    position = log.position
    log.commit(cache, ALICE)
    assert cache.open(ALICE, position) is None


def test_the_least_recently_used_table_goes_first(log: Log) -> None:
    table = rows(10)
    cache = HotCache(4 * table.table.nbytes, lambda: log.position)
    scopes = [Scope(TableId(1), UserId(f"u{number}")) for number in range(5)]
    for scope in scopes[:4]:
        keep(cache, log, scope, table)
    cache.get(scopes[0], 1, log.position)
    keep(cache, log, scopes[4], table)
    found = [cache.get(scope, 1, log.position) is not None for scope in scopes]
    assert found == [True, False, True, True, True]


def test_a_table_that_would_push_out_all_others_is_not_kept(cache: HotCache, log: Log) -> None:
    keep(cache, log, ALICE, rows(1000))
    assert cache.size_bytes == 0
