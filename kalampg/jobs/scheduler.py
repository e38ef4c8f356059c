"""Scheduler: runs jobs, a few at a time, each durable before it begins.

Invariants:
    - At most one job of a kind and subject has not ended; asking again gives that one.
    - Two works on the same subject never run at the same time, even if the first was cancelled and
      is still on its way to a boundary; but for long ones, which nobody waits for.
    - A job that a shutdown or a crash interrupts is queued again by the next start, unless the
      process has died with it too often: then it has failed.
    - Followers hear of every version of every job, after it is written.
    - After ``wait_closed`` no work runs.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeAlias

import structlog

from kalampg import errors
from kalampg.clock import Clock
from kalampg.ids import JobId
from kalampg.jobs.job import (
    ID_PREFIXES,
    Job,
    JobEvent,
    JobKind,
    JobLane,
    JobStatus,
    JobSubject,
    advance,
    table_subject,
)
from kalampg.jobs.job_meter import JobMeter
from kalampg.jobs.job_store import JobChunk, JobStore
from kalampg.jobs.outcome import JobOutcome, SaveProgress, StopSignal
from kalampg.relation import Datum, Relation
from kalampg.tasks import TaskOwner

Work: TypeAlias = Callable[[Job, StopSignal, SaveProgress], Coroutine[Any, Any, JobOutcome]]

# Each running job holds one worker thread and one user's rows; more gains nothing on one disk.
CONCURRENT_JOBS_DEFAULT: Final = 2
# On top of these: what takes hours must not keep a flush from running.
CONCURRENT_LONG_JOBS: Final = 1
RETRY_DELAY_S: Final = 0.1  # doubles with each retry, give or take a quarter
CRASHES_MAX: Final = 3

_LOG: Final = structlog.get_logger("kalampg.jobs")


class Scheduler:
    """Owns the jobs of one server. All methods belong to the event loop's thread."""

    def __init__(
        self,
        store: JobStore,
        works: Mapping[JobKind, Work],
        *,
        clock: Clock,
        tasks: TaskOwner,
        random_bytes: Callable[[int], bytes],
        concurrent_jobs: int = CONCURRENT_JOBS_DEFAULT,
        retry_delay_s: float = RETRY_DELAY_S,
    ) -> None:
        self._store = store
        self._works = works
        self._clock = clock
        self._tasks = tasks
        self._random_bytes = random_bytes
        self._concurrent_jobs = concurrent_jobs
        self._retry_delay_s = retry_delay_s
        # Bounded by the number of subjects: one job a subject and kind.
        self._waiting: deque[JobId] = deque()
        self._running: dict[JobLane, tuple[JobId, StopSignal]] = {}
        self._followers: list[Callable[[Job], None]] = []
        # Set before closing: nothing starts, but what runs may come to its end.
        self._draining = asyncio.Event()
        self._closing = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def job(self, job_id: JobId) -> Job | None:
        return self._store.get(job_id)

    def jobs(self) -> tuple[Job, ...]:
        """All jobs that are remembered, oldest first."""
        return self._store.jobs()

    def chunks(self) -> list[JobChunk]:
        """The same in pieces; see ``JobStore.chunks``."""
        return self._store.chunks()

    def rows_where(self, equal: Mapping[str, str]) -> Sequence[tuple[Datum, ...]] | None:
        """Rows of ``system.jobs``; see ``JobStore.rows_where``."""
        return self._store.rows_where(equal)

    def counts(self) -> dict[tuple[JobKind, JobStatus], int]:
        """How many jobs there are of each kind and status."""
        return self._store.counts()

    def failed(self) -> list[Job]:
        """Jobs that have failed for good."""
        return self._store.failed()

    def on_change(self, follower: Callable[[Job], None]) -> None:
        """Call ``follower`` with every new version of a job; it must be quick and not fail."""
        self._followers.append(follower)

    def submit_flush(self, relation: Relation, trigger: str | None = None) -> Job:
        """Queue a flush of the table, or return the one that has not ended.

        ``trigger`` says why, unless somebody asked for it.

        Raises:
            AdminShutdown: 57P01, the server is going down.
        """
        parameters = "{}" if trigger is None else f'{{"trigger":"{trigger}"}}'
        return self.submit(JobKind.FLUSH, relation, parameters)

    def submit(
        self,
        kind: JobKind,
        relation: Relation,
        parameters: str,
        *,
        job_id: JobId | None = None,
    ) -> Job:
        """Queue a job for the table, or return the one of that kind that has not ended.

        ``parameters`` is the JSON that the kind's work understands; ``job_id`` is one that
        ``new_id`` gave.

        Raises:
            AdminShutdown: 57P01, the server is going down.
        """
        return self.submit_about(
            kind,
            table_subject(relation),
            parameters,
            table_name=relation.qualified_name,
            job_id=job_id,
        )

    def submit_instead(
        self, kind: JobKind, relation: Relation, parameters: str, job_id: JobId
    ) -> None:
        """Queue a job for the table in place of the one of that kind that has not ended.

        A server that goes down starts nothing more: then the log has it.
        """
        active = self._store.active(kind, table_subject(relation))
        if active is not None:
            self.cancel(active.job_id)
        try:
            self.submit(kind, relation, parameters, job_id=job_id)
        except errors.AdminShutdown:
            _LOG.warning("job not started", kind=kind.value, table=relation.qualified_name)

    def submit_about(
        self,
        kind: JobKind,
        subject: JobSubject,
        parameters: str,
        *,
        table_name: str = "",
        job_id: JobId | None = None,
    ) -> Job:
        """The same for any subject; ``job_id`` is one that ``new_id`` gave.

        Raises:
            AdminShutdown: 57P01, the server is going down.
        """
        active = self._store.active(kind, subject)
        if active is not None:
            return active
        self._check_open()
        now_us = self._clock.now_us()
        job = Job(
            job_id=job_id or self.new_id(kind),
            kind=kind,
            table_id=subject.table_id,
            table_name=table_name,
            status=JobStatus.NEW,
            parameters=parameters,
            created_at_us=now_us,
            updated_at_us=now_us,
            user_id=subject.user_id,
        )
        return self._queue(advance(job, JobEvent.QUEUE, now_us))

    def is_active(self, kind: JobKind, subject: JobSubject) -> bool:
        """Whether the subject has a job of that kind that has not ended."""
        return self._store.active(kind, subject) is not None

    def cancel(self, job_id: JobId) -> Job:
        """Cancel a job; a running one stops at its next boundary.

        Raises:
            UndefinedObject: 42704, there is no such job.
            ObjectNotInPrerequisiteState: 55000, it has ended already.
        """
        job = self._store.get(job_id)
        if job is None:
            raise errors.UndefinedObject(f'job "{job_id}" does not exist')
        cancelled = advance(job, JobEvent.CANCEL, self._clock.now_us(), message="cancelled")
        self._put(cancelled)
        for running_id, stop in self._running.values():
            if running_id == job_id:
                stop.set()
        return cancelled

    def retry(self, job_id: JobId) -> Job:
        """Queue a failed job again, from its beginning.

        Raises:
            UndefinedObject: 42704, there is no such job.
            ObjectNotInPrerequisiteState: 55000, it has not failed.
            ObjectInUse: 55006, another job does the same.
            AdminShutdown: 57P01, the server is going down.
        """
        self._check_open()
        job = self._store.get(job_id)
        if job is None:
            raise errors.UndefinedObject(f'job "{job_id}" does not exist')
        revived = advance(job, JobEvent.REVIVE, self._clock.now_us(), message="retried")
        active = self._store.active(job.kind, job.subject)
        if active is not None:
            raise errors.ObjectInUse(f"job {active.job_id} does the same and has not ended")
        return self._queue(replace(revived, retry_count=0, crash_count=0, progress=None))

    def resume(self) -> None:
        """Queue again what had not ended when the last process did."""
        now_us = self._clock.now_us()
        for job in self._store.unended():
            if job.status is JobStatus.RUNNING:  # a shutdown would have queued it
                job = replace(job, crash_count=job.crash_count + 1)  # noqa: PLW2901 - a new version
            if job.crash_count < CRASHES_MAX:
                self._queue(advance(job, JobEvent.RESTART, now_us, message="Node restarted"))
                continue
            parked = f"The process died {job.crash_count} times while the job ran"
            self._put(advance(job, JobEvent.FAIL, now_us, error=parked))
            _LOG.error("job parked", job_id=job.job_id, table=job.table_name, error=parked)

    async def wait_idle(self) -> None:
        """Wait until nothing runs or waits."""
        await self._idle.wait()

    async def drain(self, timeout_s: float) -> None:
        """Start nothing more, and give what runs that long to come to its end."""
        self._draining.set()
        self._waiting.clear()
        if not self._running:
            self._idle.set()
        try:
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()
        except TimeoutError:
            _LOG.warning("jobs are interrupted", jobs=len(self._running), waited_s=timeout_s)

    def close(self) -> None:
        """Start nothing more and ask what runs to stop. Idempotent."""
        self._draining.set()
        self._closing.set()
        self._waiting.clear()
        for _, stop in self._running.values():
            stop.set()
        if not self._running:
            self._idle.set()

    async def wait_closed(self) -> None:
        """Wait until no work runs: a worker thread must not outlive the store."""
        await self._idle.wait()

    def _check_open(self) -> None:
        if self._draining.is_set():
            raise errors.AdminShutdown("the server is shutting down, no job is started")

    def _put(self, job: Job) -> None:
        self._store.put(job)
        for follower in self._followers:
            follower(job)

    def _queue(self, job: Job) -> Job:
        self._put(job)
        self._waiting.append(job.job_id)
        self._idle.clear()
        self._start_waiting()
        return self._store.get(job.job_id) or job

    def _start_waiting(self) -> None:
        """Start waiting jobs, in order, while there is room and their table is free."""
        kept: deque[JobId] = deque()
        while self._waiting and (self._has_room(is_long=True) or self._has_room(is_long=False)):
            job = self._store.get(self._waiting.popleft())
            if job is None or job.status is not JobStatus.QUEUED:
                continue  # cancelled while it waited
            if job.lane in self._running or not self._has_room(is_long=job.is_long):
                kept.append(job.job_id)
                continue
            stop = StopSignal()
            self._running[job.lane] = (job.job_id, stop)
            _task = self._tasks.start(self._run(job, stop), f"job {job.job_id}")
        self._waiting.extendleft(reversed(kept))
        if not self._running and not self._waiting:
            self._idle.set()

    def _has_room(self, *, is_long: bool) -> bool:
        running = sum((lane.kind is not None) == is_long for lane in self._running)
        return running < (CONCURRENT_LONG_JOBS if is_long else self._concurrent_jobs)

    async def _run(self, job: Job, stop: StopSignal) -> None:
        try:
            while await self._attempt(job.job_id, stop):
                pass
        finally:
            del self._running[job.lane]
            self._start_waiting()

    async def _attempt(self, job_id: JobId, stop: StopSignal) -> bool:
        """Run the work once; tell whether it is to be tried again."""
        job = self._store.get(job_id)
        if job is None or job.has_ended or self._draining.is_set():
            return False
        job = advance(job, JobEvent.START, self._clock.now_us())
        self._put(job)
        _LOG.debug("job started", job_id=job_id, kind=job.kind.value, table=job.table_name)
        meter = JobMeter()
        try:
            work = self._works[job.kind](job, stop, partial(self._save, job_id))
            outcome = await meter.measure(work)
        except Exception as failure:  # noqa: BLE001 - the owner of a job's work: nothing may stop the scheduler
            outcome = JobOutcome(JobEvent.FAIL, error=str(failure) or type(failure).__name__)
            _LOG.exception("job failed", job_id=job_id)
        return await self._finish(job_id, outcome, meter)

    def _save(self, job_id: JobId, progress: str) -> None:
        job = self._store.get(job_id)
        if job is not None and not job.has_ended:  # else cancelled while it ran
            self._store.put(replace(job, progress=progress, updated_at_us=self._clock.now_us()))

    async def _finish(self, job_id: JobId, outcome: JobOutcome, meter: JobMeter) -> bool:
        job = self._store.get(job_id)
        if job is None:
            return False
        job = _measured(job, meter)
        if job.has_ended:  # cancelled while it ran: what it took is known now
            self._store.put(replace(job, result=outcome.result))
            return False
        now_us = self._clock.now_us()
        if self._closing.is_set():
            self._put(advance(job, JobEvent.RESTART, now_us, message="interrupted"))
            return False
        job = advance(
            job,
            outcome.event,
            now_us,
            result=outcome.result,
            message=outcome.message,
            error=outcome.error,
        )
        self._put(job)
        _LOG.debug("job finished", job_id=job_id, status=job.status.value)
        if job.status is not JobStatus.RETRYING:
            return False
        await self._wait_before_retry(job)
        return True

    async def _wait_before_retry(self, job: Job) -> None:
        jitter = 0.75 + self._random_bytes(1)[0] / 510
        try:
            async with asyncio.timeout(self._retry_delay_s * 2 ** (job.retry_count - 1) * jitter):
                await self._draining.wait()
        except TimeoutError:
            return

    def new_id(self, kind: JobKind) -> JobId:
        """Ordered by time, and not to be guessed or met twice."""
        now_us = self._clock.now_us()
        return JobId(f"{ID_PREFIXES[kind]}-{now_us:014x}{self._random_bytes(4).hex()}")


def _measured(job: Job, meter: JobMeter) -> Job:
    """The job with what this run of its work took on top of earlier ones."""
    memory_bytes = meter.memory_bytes
    if memory_bytes is not None:
        memory_bytes = max(memory_bytes, job.memory_used_bytes or 0)
    cpu_us = (job.cpu_used_us or 0) + meter.cpu_us
    return replace(job, cpu_used_us=cpu_us, memory_used_bytes=memory_bytes)
