"""AutoRetention: looks from time to time for rows whose time is over.

Of every table the deleted ones, which a retention job removes; and of one with the option RETENTION
those that were last changed too long ago, hot or cold, for which there is the purge.

Invariants:
    - A table is given a job only if it has such a row.
    - After ``wait_closed`` nothing is looked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final

import structlog

from kalampg.catalog import Catalog
from kalampg.clock import Clock
from kalampg.errors import AdminShutdown, PgError
from kalampg.jobs.age import time_before
from kalampg.jobs.auto_compaction import Submit
from kalampg.jobs.job import JobKind
from kalampg.jobs.upkeep_job import UpkeepParameters
from kalampg.jobs.upkeep_target import may_have_older
from kalampg.relation import RETENTION_OFF, Relation
from kalampg.storage import Snapshot, Store
from kalampg.storage.hot_removal import IsDue, has_due_row, is_old, is_old_tombstone
from kalampg.tasks import TaskOwner

_HOUR_US: Final = 3_600_000_000

_LOG: Final = structlog.get_logger("kalampg.jobs.retention")


class AutoRetention:
    """Watches over the old rows of one store. Belongs to the event loop's thread."""

    def __init__(
        self,
        store: Store,
        executor: Executor,
        *,
        catalog: Callable[[], Catalog],
        submit: Submit,
        clock: Clock,
        default_hours: int,
        interval_s: float,
    ) -> None:
        self._store = store
        self._executor = executor
        self._catalog = catalog
        self._submit = submit
        self._clock = clock
        self._default_hours = default_hours
        self._interval_s = interval_s
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self, tasks: TaskOwner) -> None:
        self._task = tasks.start(self._run(), "retention of rows")

    def close(self) -> None:
        """Ask to stop. Idempotent."""
        self._closing.set()

    async def wait_closed(self) -> None:
        if self._task is not None:
            await asyncio.wait([self._task])

    async def look(self) -> None:
        """Ask for a job for every table with rows whose time is over."""
        for relation in list(self._catalog().tables.values()):
            before_us = self._deleted_before_us(relation)
            if before_us is not None:
                await self._look_at(relation, JobKind.RETENTION, before_us)
            age = relation.options.retention
            # Rows that others may refer to are not removed behind their backs.
            if age is not None and not relation.referenced_by:
                before_us = time_before(self._clock.now_us(), age)
                await self._look_at(relation, JobKind.PURGE, before_us)

    async def _look_at(self, relation: Relation, kind: JobKind, before_us: int) -> None:
        if self._closing.is_set():
            return
        has_due = self._has_deleted if kind is JobKind.RETENTION else self._has_old
        with self._store.snapshot() as snapshot:
            loop = asyncio.get_running_loop()
            is_due = await loop.run_in_executor(
                self._executor, has_due, snapshot, relation, before_us
            )
        if is_due:
            parameters = UpkeepParameters(before_us=before_us, trigger="schedule")
            self._submit(kind, relation, parameters.json())

    def _deleted_before_us(self, relation: Relation) -> int | None:
        hours = relation.options.deleted_retention_hours
        if hours is None:
            hours = self._default_hours
        if hours == RETENTION_OFF:
            return None
        return self._clock.now_us() - hours * _HOUR_US

    def _has_deleted(self, snapshot: Snapshot, relation: Relation, before_us: int) -> bool:
        return self._has_hot(snapshot, relation, is_old_tombstone(before_us))

    def _has_old(self, snapshot: Snapshot, relation: Relation, before_us: int) -> bool:
        return any(
            may_have_older(segment, before_us)
            for scope in snapshot.cold_scopes(relation.table_id)
            for segment in snapshot.manifest(scope).segments
        ) or self._has_hot(snapshot, relation, is_old(before_us))

    def _has_hot(self, snapshot: Snapshot, relation: Relation, is_due: IsDue) -> bool:
        return any(
            not self._closing.is_set() and has_due_row(snapshot, scope, is_due)
            for scope in snapshot.hot_scopes(relation.table_id)
        )

    async def _run(self) -> None:
        while not self._closing.is_set():
            try:
                async with asyncio.timeout(self._interval_s):
                    await self._closing.wait()
            except TimeoutError:
                await self._look_safely()

    async def _look_safely(self) -> None:
        try:
            await self.look()
        except AdminShutdown:
            self._closing.set()
        except (PgError, OSError) as failure:
            _LOG.warning("looking for old rows failed", error=str(failure))
