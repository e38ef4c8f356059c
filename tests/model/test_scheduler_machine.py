"""Jobs under any events, in any order, any of them repeated.

Goal: no job is lost, doubled or resurrected, whatever clients, works, shutdowns and crashes do.
Method: the real scheduler over a dictionary, in an event loop whose time passes at once; works end
when the machine says so. The model is what each job's status may be; a restart reads nothing but
the dictionary.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from structlog.testing import capture_logs

from kalampg import errors
from kalampg.clock import ManualClock
from kalampg.ids import JobId, TableId
from kalampg.jobs import JobKind, JobStore, Scheduler
from kalampg.jobs.job import ENDED, Job, JobEvent, JobStatus
from kalampg.jobs.outcome import JobOutcome, SaveProgress, StopSignal
from kalampg.relation import Relation, TableType
from kalampg.tasks import TaskOwner

TABLES = [Relation(TableId(n), "app", f"t{n}", TableType.USER, ()) for n in (1, 2, 3)]
KINDS = [JobKind.FLUSH, JobKind.COMPACTION, JobKind.PURGE]
CONCURRENT = 2
CRASHES_MAX = 3
RETRIES_MAX = 3
T = TypeVar("T")
PAUSE_S = 60.0  # of the loop's own time: longer than any pause before a retry


class _Jumping(selectors.DefaultSelector):
    """Waits for nothing: the time that somebody sleeps has passed at once."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is not None and timeout > 0:
            self.now_s += timeout
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now_s


@dataclass(slots=True)
class Working:
    """One run of a job's work, until the machine ends it."""

    job: Job
    stop: StopSignal
    save: SaveProgress
    end: asyncio.Future[JobOutcome] = field(default_factory=asyncio.Future)


@dataclass(slots=True)
class Life:
    """What one process has."""

    scheduler: Scheduler
    store: JobStore
    tasks: TaskOwner
    works: dict[JobId, Working] = field(default_factory=dict)
    heard: dict[JobId, JobStatus] = field(default_factory=dict)


class SchedulerMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.logs = capture_logs()  # tracebacks of works that are meant to break are slow
        self.logs.__enter__()
        self.loop = _Loop()
        self.entries: dict[bytes, bytes] = {}
        self.clock = ManualClock()
        self.ids = 0
        self.failures: list[BaseException] = []
        self.statuses: dict[JobId, JobStatus] = {}
        self.crashes: dict[JobId, int] = {}
        self.life = self._begin()

    def teardown(self) -> None:
        self._in_loop(self._end_life(is_crash=False))
        self.loop.close()
        self.logs.__exit__(None, None, None)
        assert self.failures == []

    # --- what happens ---

    @rule(table=st.sampled_from(TABLES), kind=st.sampled_from(KINDS))
    def submit(self, table: Relation, kind: JobKind) -> None:
        active = [
            job.job_id
            for job in self.life.scheduler.jobs()
            if (job.table_id, job.kind) == (table.table_id, kind) and not job.has_ended
        ]

        async def act() -> Job:
            return self.life.scheduler.submit(kind, table, "{}")

        job = self._in_loop(act())
        if active:
            assert [job.job_id] == active
        else:
            assert job.job_id not in self.statuses

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self._on_some_job(data, self.life.scheduler.cancel, self._may_be_cancelled)

    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        self._on_some_job(data, self.life.scheduler.retry, self._may_be_retried)

    @rule(
        data=st.data(),
        event=st.sampled_from([JobEvent.COMPLETE, JobEvent.FAIL, JobEvent.SKIP, JobEvent.RETRY]),
        raises=st.booleans(),
    )
    def end_a_work(self, data: st.DataObject, event: JobEvent, raises: bool) -> None:
        if not self.life.works:
            return
        job_id = data.draw(st.sampled_from(sorted(self.life.works)))
        work = self.life.works[job_id]
        before = self._job(job_id)
        if event is JobEvent.RETRY and before.retry_count >= RETRIES_MAX:
            event = JobEvent.FAIL

        async def act() -> None:
            if raises:
                work.end.set_exception(RuntimeError("the work is broken"))
            else:
                work.end.set_result(JobOutcome(event, error="why"))

        self._in_loop(act())
        after = self._job(job_id)
        if before.has_ended:
            assert after.status is before.status, "what was cancelled stays so"
        elif raises:
            assert after.status is JobStatus.FAILED
        elif event is JobEvent.RETRY:
            # Its pause is over at once, and the work runs again.
            assert (after.status, after.retry_count) == (
                JobStatus.RUNNING,
                before.retry_count + 1,
            )
        else:
            assert after.has_ended

    @rule(data=st.data())
    def save_progress(self, data: st.DataObject) -> None:
        if not self.life.works:
            return
        job_id = data.draw(st.sampled_from(sorted(self.life.works)))
        before = self._job(job_id)
        self.life.works[job_id].save('{"cursor":1}')
        after = self._job(job_id)
        assert after.status is before.status
        assert after.progress == (before.progress if before.has_ended else '{"cursor":1}')

    @rule()
    def crash(self) -> None:
        """The process is gone; what it wrote is there."""
        running = {job.job_id for job in self._jobs() if job.status is JobStatus.RUNNING}
        unended = {job.job_id for job in self._jobs() if not job.has_ended}
        self._in_loop(self._end_life(is_crash=True))
        self.life = self._begin()
        for job_id in running:
            self.crashes[job_id] = self.crashes.get(job_id, 0) + 1
        for job_id in unended:
            job = self._job(job_id)
            is_parked = self.crashes.get(job_id, 0) >= CRASHES_MAX
            assert (job.status is JobStatus.FAILED) == is_parked, job
        self._note()

    @rule()
    def restart(self) -> None:
        """A shutdown: works stop at their boundaries, and nothing is counted against them."""
        unended = {job.job_id for job in self._jobs() if not job.has_ended}
        self._in_loop(self._end_life(is_crash=False))
        self.life = self._begin()
        assert all(not self._job(job_id).has_ended for job_id in unended)
        self._note()

    # --- what is always so ---

    @invariant()
    def one_job_of_a_kind_and_table_has_not_ended(self) -> None:
        keys = [(job.kind, job.table_id) for job in self._jobs() if not job.has_ended]
        assert len(keys) == len(set(keys))

    @invariant()
    def works_run_one_a_table_and_a_few_at_a_time(self) -> None:
        tables = [work.job.table_id for work in self.life.works.values()]
        assert len(tables) == len(set(tables))
        assert len(tables) <= CONCURRENT
        waiting = {job.table_id for job in self._jobs() if job.status is JobStatus.QUEUED}
        if waiting - set(tables):
            assert len(tables) == CONCURRENT, "nobody waits for nothing"

    @invariant()
    def the_dictionary_says_what_memory_says(self) -> None:
        reread = JobStore(self.entries.items(), self._write).jobs()
        assert {job.job_id: job for job in reread} == {job.job_id: job for job in self._jobs()}

    @invariant()
    def what_has_ended_stays_as_it_is(self) -> None:
        for job_id, status in self.statuses.items():
            if status in ENDED:
                assert self._job(job_id).status is status
        self._note()

    @invariant()
    def followers_know(self) -> None:
        for job in self._jobs():
            if job.job_id in self.life.heard:
                assert self.life.heard[job.job_id] is job.status

    # --- how ---

    def _begin(self) -> Life:
        return self._in_loop(self._new_life())

    async def _new_life(self) -> Life:
        works: dict[JobId, Working] = {}

        async def work(job: Job, stop: StopSignal, save: SaveProgress) -> JobOutcome:
            assert job.job_id not in works, "a job's work runs once at a time"
            running = works[job.job_id] = Working(job, stop, save)
            try:
                return await running.end
            finally:
                del works[job.job_id]

        store = JobStore(self.entries.items(), self._write)
        tasks = TaskOwner(self.failures.append)
        scheduler = Scheduler(
            store,
            dict.fromkeys(KINDS, work),
            clock=self.clock,
            tasks=tasks,
            random_bytes=self._random_bytes,
            concurrent_jobs=CONCURRENT,
        )
        life = Life(scheduler, store, tasks, works)
        scheduler.on_change(lambda job: life.heard.update({job.job_id: job.status}))
        scheduler.resume()
        return life

    async def _end_life(self, *, is_crash: bool) -> None:
        kept = dict(self.entries)
        self.life.scheduler.close()
        for work in list(self.life.works.values()):
            work.end.set_result(JobOutcome(JobEvent.COMPLETE))
        await self.life.scheduler.wait_closed()
        self.life.tasks.close()
        await self.life.tasks.wait_closed()
        if is_crash:
            self.entries.clear()
            self.entries.update(kept)

    def _on_some_job(self, data: st.DataObject, act: Any, may: Any) -> None:
        if not self.statuses:
            return
        job_id = data.draw(st.sampled_from(sorted(self.statuses)))
        is_possible = may(self._job(job_id))

        async def run() -> None:
            try:
                act(job_id)
            except (errors.ObjectNotInPrerequisiteState, errors.ObjectInUse):
                assert not is_possible
            else:
                assert is_possible

        if act == self.life.scheduler.retry and is_possible:
            del self.statuses[job_id]  # the one way back from an end
            self.crashes.pop(job_id, None)
        self._in_loop(run())

    def _may_be_cancelled(self, job: Job) -> bool:
        return not job.has_ended

    def _may_be_retried(self, job: Job) -> bool:
        return job.status is JobStatus.FAILED and not any(
            (other.kind, other.table_id) == (job.kind, job.table_id) and not other.has_ended
            for other in self._jobs()
        )

    def _jobs(self) -> tuple[Job, ...]:
        return self.life.scheduler.jobs()

    def _job(self, job_id: JobId) -> Job:
        found = self.life.scheduler.job(job_id)
        assert found is not None, "no job is lost"
        return found

    def _note(self) -> None:
        self.statuses = {job.job_id: job.status for job in self._jobs()}

    def _write(self, changes: list[tuple[bytes, bytes | None]]) -> None:
        for key, value in changes:
            assert value is not None, "nothing is old enough to be forgotten"
            self.entries[key] = value

    def _random_bytes(self, count: int) -> bytes:
        self.ids += 1
        return (self.ids % 256 if count == 1 else self.ids).to_bytes(count)

    def _in_loop(self, work: Coroutine[Any, Any, T]) -> T:
        async def run() -> T:
            result = await work
            await asyncio.sleep(PAUSE_S)
            return result

        return self.loop.run_until_complete(run())


TestScheduler = SchedulerMachine.TestCase
TestScheduler.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
