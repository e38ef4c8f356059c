"""GarbageCollector: deletes the files of dropped tables and merged segments soon after that.

It is no job: nothing is lost when it is interrupted, because the next start removes orphans.

Invariants:
    - An object is deleted only when its removal is durable and no snapshot can read it; the store
      sees to both, the collector only asks again until nothing is left.
    - After ``wait_closed`` no thread deletes anything.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from typing import Final

import structlog

from kalampg.errors import PgError
from kalampg.storage import Store, WriteBatch
from kalampg.storage.manifest import RemoveSegment
from kalampg.tasks import TaskOwner

# How long objects wait that an open snapshot still reads: snapshots last as long as a query.
RETRY_DELAY_S: Final = 1.0

_LOG: Final = structlog.get_logger("kalampg.jobs.garbage")


class GarbageCollector:
    """Follows the commits of one store. All methods belong to the event loop's thread."""

    def __init__(
        self,
        store: Store,
        executor: Executor,
        *,
        tasks: TaskOwner,
        retry_delay_s: float = RETRY_DELAY_S,
    ) -> None:
        self._store = store
        self._executor = executor
        self._tasks = tasks
        self._retry_delay_s = retry_delay_s
        self._is_running = False
        self._closing = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        store.on_commit(self._after_commit)

    async def wait_idle(self) -> None:
        """Wait until nothing is left to delete."""
        await self._idle.wait()

    def close(self) -> None:
        """Ask to stop; what is left stays for the next start. Idempotent."""
        self._closing.set()

    async def wait_closed(self) -> None:
        await self._idle.wait()

    def _after_commit(self, batch: WriteBatch, _position: int) -> None:
        removes = batch.dropped_tables or batch.dropped_scopes or _removes_segment(batch)
        has_garbage = removes and len(self._store.garbage)
        if has_garbage and not self._is_running and not self._closing.is_set():
            self._is_running = True
            self._idle.clear()
            _task = self._tasks.start(self._collect(), "garbage collector")

    async def _collect(self) -> None:
        try:
            while len(self._store.garbage) and not self._closing.is_set():
                await self._synced()
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(self._executor, self._store.remove_garbage)
                if len(self._store.garbage):
                    await self._wait_for_readers()
        except (OSError, PgError) as failure:
            _LOG.warning("files of dropped tables stay until the next start", error=str(failure))
        finally:
            self._is_running = False
            self._idle.set()

    async def _synced(self) -> None:
        """Wait until what is written now is durable."""
        synced: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def done(failure: BaseException | None) -> None:
            if synced.done():
                return
            if failure is None:
                synced.set_result(None)
            else:
                synced.set_exception(failure)

        self._store.gate.when_synced(self._store.gate.written, done)
        await synced

    async def _wait_for_readers(self) -> None:
        try:
            async with asyncio.timeout(self._retry_delay_s):
                await self._closing.wait()
        except TimeoutError:
            return


def _removes_segment(batch: WriteBatch) -> bool:
    return any(
        isinstance(edit, RemoveSegment) for edits in batch.manifest_edits.values() for edit in edits
    )
