"""GarbageCollector: deletes the files of dropped tables and merged segments soon after that.

It is no job: nothing is lost when it is interrupted, because the next start goes on.

Invariants:
    - An object is deleted only when its removal is durable and no snapshot can read it; the store
      sees to both, the collector only asks again until nothing is left.
    - After ``wait_closed`` no thread deletes anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final, TypeVar

import structlog

from kalampg.errors import PgError
from kalampg.storage import Store
from kalampg.storage.durability import synced
from kalampg.tasks import TaskOwner

T = TypeVar("T")
# How long objects wait that an open snapshot still reads: snapshots last as long as a query. It
# doubles while nothing can be done, for storages may be away for hours.
RETRY_DELAY_S: Final = 1.0
RETRY_DELAY_S_MAX: Final = 60.0

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
        self._is_closing = False
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        store.garbage.on_add(self._wake)

    def start(self) -> None:
        """Begin with what the last process left."""
        if self._has_work():
            self._begin()

    async def wait_idle(self) -> None:
        """Wait until nothing is left to delete."""
        await self._idle.wait()

    def close(self) -> None:
        """Ask to stop; what is left stays for the next start. Idempotent."""
        self._is_closing = True
        self._woken.set()

    async def wait_closed(self) -> None:
        await self._idle.wait()

    def _wake(self) -> None:
        self._woken.set()
        self._begin()

    def _begin(self) -> None:
        if not self._is_running and not self._is_closing:
            self._is_running = True
            self._idle.clear()
            _task = self._tasks.start(self._collect(), "garbage collector")

    def _has_work(self) -> bool:
        return len(self._store.garbage) > 0

    async def _collect(self) -> None:
        delay_s = self._retry_delay_s
        try:
            while self._has_work() and not self._is_closing:
                self._woken.clear()
                left = len(self._store.garbage)
                await synced(self._store.gate, self._store.gate.written)
                await self._in_worker(self._store.remove_garbage)
                if len(self._store.garbage) < left:
                    delay_s = self._retry_delay_s
                if self._has_work():
                    await self._wait(delay_s)
                    delay_s = min(2 * delay_s, RETRY_DELAY_S_MAX)
        except (OSError, PgError) as failure:
            _LOG.warning("files of dropped tables stay until the next start", error=str(failure))
        finally:
            self._is_running = False
            self._idle.set()

    async def _wait(self, delay_s: float) -> None:
        """Wait for readers and for storages, or until there is more to do."""
        try:
            async with asyncio.timeout(delay_s):
                await self._woken.wait()
        except TimeoutError:
            return

    def _in_worker(self, work: Callable[[], T], /) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._executor, work)
