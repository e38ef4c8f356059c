"""The store as flush jobs and the job store see it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import TypeVar

from kalampg.ids import UserId
from kalampg.jobs.flush_job import FlushedScope
from kalampg.jobs.job_store import FAMILY, JobStore
from kalampg.relation import Relation
from kalampg.storage import FlushSettings, Scope, Store, WriteBatch, flush_scope

T = TypeVar("T")


class StoreFlushTarget:
    """Flushes scopes of a store; what blocks runs in ``executor``."""

    def __init__(
        self, store: Store, executor: Executor, settings: FlushSettings | None = None
    ) -> None:
        self._store = store
        self._executor = executor
        self._settings = settings

    async def users(self, relation: Relation) -> Sequence[UserId]:
        with self._store.snapshot() as snapshot:
            scopes = await self._in_worker(lambda: snapshot.hot_scopes(relation.table_id))
        return [scope.user_id for scope in scopes]

    async def flush_user(self, relation: Relation, user_id: UserId) -> FlushedScope:
        result = await flush_scope(
            self._store,
            relation,
            Scope(relation.table_id, user_id),
            in_worker=self._in_worker,
            settings=self._settings,
        )
        return FlushedScope(result.segments, result.rows, result.size_bytes)

    async def finish(self, relation: Relation) -> None:
        """Free what the moved rows left behind."""
        await self._in_worker(lambda: self._store.compact_rows(relation.table_id))
        await self._in_worker(self._store.remove_garbage)

    def _in_worker(self, work: Callable[[], T], /) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._executor, work)


def open_job_store(store: Store) -> JobStore:
    """The jobs of a store, read and written through its ``jobs`` family."""

    def write(entries: list[tuple[bytes, bytes | None]]) -> None:
        batch = WriteBatch()
        for key, value in entries:
            if value is None:
                batch.delete(FAMILY, key)
            else:
                batch.put(FAMILY, key, value)
        store.commit(batch)

    return JobStore(store.read_all(FAMILY), write)
