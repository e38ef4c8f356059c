"""CopyWriter: lets manifest.json follow changes of flushed rows and of tables, a little later.

Whoever flushes or merges writes the copies of what they did; here are those of rows that were
superseded since, of tables that were altered, of what failed, and of what a crash left.

Invariants:
    - A copy is not written again sooner than ``interval_s`` after the change before it, however
      often rows change: what a commit costs does not depend on it.
    - A storage that fails holds up its own copies only, and is asked less and less often.
    - After ``wait_closed`` no thread writes a copy; the next start writes what is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from typing import Final, TypeVar

import structlog

from kalampg.catalog import CatalogHolder
from kalampg.errors import PgError
from kalampg.ids import TableId, UserId
from kalampg.relation import Relation
from kalampg.storage import Scope, Store
from kalampg.tasks import TaskOwner

T = TypeVar("T")
# Copies that are written at a time: an object store needs tens of milliseconds for each.
COPY_WRITERS: Final = 4
RETRY_DELAY_S_MAX: Final = 60.0
# Scopes of a table that are taken from the store at a time, and tables that are looked at, before
# the event loop has its turn.
_PAGE: Final = 100

_LOG: Final = structlog.get_logger("kalampg.jobs.copies")


class CopyWriter:
    """Owns the writing of one store's copies. All methods belong to the event loop's thread."""

    def __init__(
        self,
        store: Store,
        catalog: CatalogHolder,
        executor: Executor,
        interval_s: float,
    ) -> None:
        self._store = store
        self._copies = store.copies
        self._executor = executor
        self._interval_s = interval_s
        self._catalog = catalog
        self._tasks: TaskOwner | None = None
        self._task: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._closing = asyncio.Event()
        self._may_have_changed = True  # a table, since copies were last compared with it
        self._described: dict[TableId, Relation] = {}  # those that were the same
        self._copies.relation_of = self._relation_of
        self._copies.on_stale(self._woken.set)

    def start(self, tasks: TaskOwner) -> None:
        """Begin with what the last process left."""
        self._tasks = tasks
        self._woken.set()
        self._task = tasks.start(self._run(), "writer of manifest copies")

    def close(self) -> None:
        """Ask to stop. Idempotent."""
        self._closing.set()
        self._woken.set()

    async def wait_closed(self) -> None:
        if self._task is not None:
            await asyncio.wait([self._task])

    def tables_changed(self) -> None:
        """Copies say what tables and columns are called."""
        self._may_have_changed = True
        self._woken.set()

    async def _run(self) -> None:
        delay_s = 0.0  # what a crash left is written at once
        while not self._closing.is_set():
            await self._woken.wait()
            self._woken.clear()
            await self._wait(delay_s)
            if self._closing.is_set():
                break
            try:
                is_done = await self._write_all()
            except PgError as failure:  # the disk is full
                _LOG.warning("manifest copies are written later", error=str(failure))
                self._may_have_changed = True
                is_done = False
            if is_done:
                delay_s = self._interval_s
            else:
                delay_s = max(self._interval_s, min(2 * delay_s, RETRY_DELAY_S_MAX))
            if not is_done or self._copies.stale or self._copies.overflowed:
                self._woken.set()

    async def _write_all(self) -> bool:
        """Write what is to be written now; False: something failed."""
        is_done = await self._write(self._copies.stale)
        for relation in await self._to_sweep():
            if self._closing.is_set():
                break
            is_done = await self._sweep(relation) and is_done
        return is_done

    async def _to_sweep(self) -> list[Relation]:
        """The tables whose every copy may be stale."""
        catalog = self._catalog.current
        overflowed = [catalog.table_by_id(table_id) for table_id in self._copies.overflowed]
        found = {one.table_id: one for one in overflowed if one is not None}
        if self._may_have_changed:
            self._may_have_changed = False
            described: dict[TableId, Relation] = {}
            for number, relation in enumerate(list(catalog.tables.values())):
                if number % _PAGE == 0:
                    await asyncio.sleep(0)
                if self._described.get(relation.table_id) is relation or (
                    self._copies.is_described(relation)
                ):
                    described[relation.table_id] = relation
                else:
                    found[relation.table_id] = relation
            self._described = described
        return list(found.values())

    async def _sweep(self, relation: Relation) -> bool:
        """Write all copies of a table."""
        table_id = relation.table_id
        self._described.pop(table_id, None)
        self._copies.begin_sweep(table_id)
        after: UserId | None = None
        while page := self._copies.scopes_after(table_id, after, _PAGE):
            for scope in page:
                self._copies.sweep(scope)
            if not await self._write(page) or self._closing.is_set():
                self._may_have_changed = True
                return self._closing.is_set()
            after = page[-1].user_id
        self._copies.end_sweep(relation)
        return True

    async def _write(self, scopes: Iterable[Scope]) -> bool:
        """Write the copies of some scopes, several at a time; False: one failed."""
        assert self._tasks is not None, "only what is started writes"
        left = list(scopes)
        failed: set[str] = set()
        lanes = [
            self._tasks.start(self._write_in_turn(left, failed), "writer of some manifest copies")
            for _ in range(min(COPY_WRITERS, len(left)))
        ]
        if lanes:
            await asyncio.wait(lanes)
        return not failed

    async def _write_in_turn(self, left: list[Scope], failed: set[str]) -> None:
        while left and not self._closing.is_set():
            scope = left.pop()
            storage_id = self._copies.storage_of(scope)
            if storage_id in failed:
                continue
            if not await self._copies.refresh(scope, self._in_worker):
                failed.add(storage_id)

    def _relation_of(self, table_id: TableId) -> Relation | None:
        return self._catalog.current.table_by_id(table_id)

    async def _wait(self, delay_s: float) -> None:
        try:
            async with asyncio.timeout(delay_s):
                await self._closing.wait()
        except TimeoutError:
            return

    def _in_worker(self, work: Callable[[], T], /) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._executor, work)
