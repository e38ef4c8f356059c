"""The store as flush jobs and the job store see it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from typing import Literal, TypeAlias, TypeVar

from kalampg.errors import DiskFull
from kalampg.ids import TableId, UserId
from kalampg.jobs.flush_job import FlushedScope
from kalampg.jobs.flush_journal import KEY_PREFIX, FlushJournal
from kalampg.jobs.job_meter import in_meter
from kalampg.jobs.job_store import ENDED_JOBS_MAX, JobStore, WriteEntries
from kalampg.jobs.outcome import StopSignal
from kalampg.jobs.table_ledger import HotCount
from kalampg.relation import Relation
from kalampg.storage import FlushSettings, Scope, Snapshot, Store, WriteBatch, flush_scope
from kalampg.storage.new_segment import SegmentPlace
from kalampg.storage.rows import decode_header

T = TypeVar("T")
# Where a user's next segments go.
PlaceLookup: TypeAlias = Callable[[Relation, UserId], SegmentPlace]


class StoreFlushTarget:
    """Flushes scopes of a store; what blocks runs in ``executor``."""

    def __init__(
        self,
        store: Store,
        executor: Executor,
        settings: FlushSettings | None = None,
        place_of: PlaceLookup | None = None,
    ) -> None:
        """``place_of`` is asked for each user at the time; without it, ``local`` it is."""
        self._store = store
        self._executor = executor
        self._settings = settings
        self._place_of = place_of

    async def users(self, relation: Relation, after: UserId | None, limit: int) -> Sequence[UserId]:
        table_id = relation.table_id
        with self._store.snapshot() as snapshot:
            scopes = await self._in_worker(
                lambda: snapshot.hot_scopes(table_id, after=after, limit=limit)
            )
        return [scope.user_id for scope in scopes]

    async def flush_user(
        self, relation: Relation, user_id: UserId, stop: StopSignal
    ) -> FlushedScope:
        result = await flush_scope(
            self._store,
            relation,
            Scope(relation.table_id, user_id),
            in_worker=self._in_worker,
            settings=self._settings,
            place=None if self._place_of is None else self._place_of(relation, user_id),
            is_stopped=lambda: stop.is_set,
        )
        return FlushedScope(result.segments, result.rows, result.size_bytes)

    async def finish(self, relation: Relation) -> None:
        """Free what the moved rows left behind."""
        await self._in_worker(lambda: self._store.compact_rows(relation.table_id))
        await self._in_worker(self._store.remove_garbage)

    def count_hot(self, table_id: TableId, stop: StopSignal) -> Awaitable[HotCount]:
        """Count the rows that a flush would move, as they are at the moment of the call."""
        return self._count(self._store.snapshot(), table_id, stop)

    async def _count(self, snapshot: Snapshot, table_id: TableId, stop: StopSignal) -> HotCount:
        with snapshot:
            return await self._in_worker(lambda: _count_live(snapshot, table_id, stop))

    def _in_worker(self, work: Callable[[], T], /) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._executor, in_meter(work))


def open_job_store(store: Store, *, ended_max: int = ENDED_JOBS_MAX) -> JobStore:
    """The jobs of a store, read and written through its ``jobs`` family."""
    return JobStore(store.read_all("jobs"), _writer(store, "jobs"), ended_max=ended_max)


def open_flush_journal(store: Store) -> FlushJournal:
    """What is remembered of flushes, in the store's ``meta`` family."""
    return FlushJournal(store.read_all("meta", KEY_PREFIX), _writer(store, "meta"))


def _writer(store: Store, family: Literal["jobs", "meta"]) -> WriteEntries:
    """Writes entries; while the disk is full they wait here, the newest of each key.

    What the scheduler has in memory and what it wrote must not part: a job that could not be ended
    would keep its table from ever being flushed again.
    """
    late: dict[bytes, bytes | None] = {}

    def write(entries: list[tuple[bytes, bytes | None]]) -> None:
        batch = WriteBatch()
        late.update(entries)
        for key, value in late.items():
            if value is None:
                batch.delete(family, key)
            else:
                batch.put(family, key, value)
        try:
            store.commit(batch)
        except DiskFull:
            return
        late.clear()

    return write


def _count_live(snapshot: Snapshot, table_id: TableId, stop: StopSignal) -> HotCount:
    """Tombstones stay hot, so they are not counted."""
    rows = size_bytes = 0
    users: set[UserId] = set()
    for scope in snapshot.hot_scopes(table_id):
        rows_before = rows
        for key, value in snapshot.scan(scope):
            if not decode_header(value).deleted:
                rows += 1
                size_bytes += len(key) + len(value)
        if rows > rows_before:
            users.add(scope.user_id)
        if stop.is_set:
            break
    return HotCount(rows, size_bytes, frozenset(users))
