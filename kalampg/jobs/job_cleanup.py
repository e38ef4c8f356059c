"""Cleanup of job rows: what ended long ago is forgotten, on a schedule, by a job of its own.

Invariants:
    - Rows of jobs that have not ended are never removed.
    - A time that passed while no server ran is made up for at the next start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from kalampg.clock import Clock
from kalampg.cron import parse_cron
from kalampg.errors import AdminShutdown
from kalampg.ids import JobId
from kalampg.jobs.job import Job, JobEvent
from kalampg.jobs.job_store import ENDED_JOBS_MAX, JobStore
from kalampg.jobs.outcome import JobOutcome, SaveProgress, StopSignal
from kalampg.tasks import TaskOwner

_DAY_US: Final = 24 * 3600 * 1_000_000
# Removed with one commit; others have their turns between two.
_BATCH_ROWS: Final = 500
# The wall clock may be set while we sleep: it is looked at again after this long.
_SLEEP_S_MAX: Final = 3600.0


@dataclass(frozen=True, slots=True)
class JobRowSettings:
    """How long the rows of ended jobs are kept, and how many at most."""

    retention_days: int = 30
    cleanup_schedule: str = "0 0 * * *"
    ended_rows_max: int = ENDED_JOBS_MAX

    def before_us(self, now_us: int) -> int:
        return now_us - self.retention_days * _DAY_US


class JobCleanupWork:
    """Runs the jobs that clean up."""

    def __init__(self, store: JobStore, settings: JobRowSettings, clock: Clock) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock

    async def __call__(self, _job: Job, stop: StopSignal, _save: SaveProgress) -> JobOutcome:
        """Remove the rows of jobs that ended before the time that is kept."""
        expired = self._store.ended_before(self._settings.before_us(self._clock.now_us()))
        removed = 0
        while removed < len(expired) and not stop.is_set:
            batch = expired[removed : removed + _BATCH_ROWS]
            # A dead letter may have been retried since it was listed.
            self._store.remove([job_id for job_id in batch if self._has_ended(job_id)])
            removed += len(batch)
            await asyncio.sleep(0)
        result = msgspec.json.encode({"rows_removed": removed}).decode()
        return JobOutcome(JobEvent.COMPLETE, result, f"Removed the rows of {removed} jobs")

    def _has_ended(self, job_id: JobId) -> bool:
        job = self._store.get(job_id)
        return job is not None and job.has_ended


class AutoJobCleanup:
    """Asks for a cleanup when its time has come. Belongs to the event loop's thread."""

    def __init__(
        self,
        store: JobStore,
        settings: JobRowSettings,
        *,
        submit: Callable[[], Job],
        clock: Clock,
    ) -> None:
        self._store = store
        self._settings = settings
        self._schedule = parse_cron(settings.cleanup_schedule)
        self._submit = submit
        self._clock = clock
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.next_us = 0

    def start(self, tasks: TaskOwner) -> None:
        self._task = tasks.start(self._run(), "cleanup of job rows")

    def tick(self) -> None:
        """Ask for what is due now, and find out when the next time is."""
        now_us = self._clock.now_us()
        is_first = self.next_us == 0
        if now_us >= self.next_us:
            self.next_us = self._schedule.next_after(now_us)
            if not is_first or self._store.ended_before(self._settings.before_us(now_us)):
                self._submit()

    def close(self) -> None:
        """Ask to stop. Idempotent."""
        self._closing.set()

    async def wait_closed(self) -> None:
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self.tick()
            except AdminShutdown:
                return
            delay_s = (self.next_us - self._clock.now_us()) / 1_000_000
            try:
                async with asyncio.timeout(min(max(delay_s, 0.0), _SLEEP_S_MAX)):
                    await self._closing.wait()
            except TimeoutError:
                continue
