"""Jobs under any event, in any order, any number of times.

Goal: no job is lost, none is active twice, an ended one stays ended, what fails for good is a dead
letter until it is retried, and what takes the process down three times is parked. Method: a real
scheduler and job store over a dictionary that survives "the process"; works that end when the
machine says so and as it says; a small model of what each job has come to.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kalampg.clock import ManualClock
from kalampg.errors import ObjectInUse, ObjectNotInPrerequisiteState, UndefinedObject
from kalampg.ids import JobId, TableId, UserId
from kalampg.jobs.job import Job, JobEvent, JobKind, JobStatus, JobSubject
from kalampg.jobs.job_rows import dead_letter_rows
from kalampg.jobs.job_store import JobStore
from kalampg.jobs.outcome import JobOutcome, SaveProgress, StopSignal
from kalampg.jobs.scheduler import CRASHES_MAX, Scheduler
from kalampg.tasks import TaskOwner

CONCURRENT = 2
TURNS = 12
KINDS = (JobKind.FLUSH, JobKind.COMPACTION, JobKind.USER_EXPORT)
SUBJECTS = (
    JobSubject(TableId(1)),
    JobSubject(TableId(2)),
    JobSubject(user_id=UserId("alice")),
    JobSubject(),
)
ENDS = {
    JobEvent.COMPLETE: "completed",
    JobEvent.FAIL: "failed",
    JobEvent.SKIP: "skipped",
}


@dataclass(slots=True)
class Known:
    """What must be true of a job; ``end`` is empty while it is active."""

    kind: JobKind
    subject: JobSubject
    end: str = ""
    crashes: int = 0
    retries: int = 0


class Works:
    """Works that wait until they are told how to end; they stop when they are asked to."""

    def __init__(self) -> None:
        self.running: dict[JobId, tuple[JobSubject, asyncio.Future[JobOutcome], StopSignal]] = {}
        self.overlaps = 0

    async def __call__(self, job: Job, stop: StopSignal, save: SaveProgress) -> JobOutcome:
        self.overlaps += any(subject == job.subject for subject, _, _ in self.running.values())
        end: asyncio.Future[JobOutcome] = asyncio.get_running_loop().create_future()
        self.running[job.job_id] = (job.subject, end, stop)
        try:
            save('{"begun":true}')
            return await end
        finally:
            del self.running[job.job_id]

    def obey(self) -> None:
        """What was asked to stop comes to a boundary."""
        for _, end, stop in self.running.values():
            if stop.is_set and not end.done():
                end.set_result(JobOutcome(JobEvent.COMPLETE, '{"part":true}'))


class JobMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = ManualClock()
        self.known: dict[JobId, Known] = {}
        self.failures: list[BaseException] = []
        self.ids = 0
        self.entries: dict[bytes, bytes] = {}
        self.start({})

    def start(self, entries: dict[bytes, bytes]) -> None:
        """A process on what the last one left."""
        self.entries = entries
        self.works = Works()
        self.store = JobStore(entries.items(), lambda changes: _write(entries, changes))
        self.tasks = TaskOwner(self.failures.append)

        async def resume() -> None:
            self.scheduler = Scheduler(
                self.store,
                dict.fromkeys(KINDS, self.works),
                clock=self.clock,
                tasks=self.tasks,
                random_bytes=self.random_bytes,
                concurrent_jobs=CONCURRENT,
                retry_delay_s=0,
            )
            self.scheduler.resume()

        self.loop.run_until_complete(resume())
        self.turn()

    def random_bytes(self, count: int) -> bytes:
        self.ids += 1
        return self.ids.to_bytes(4)[-count:]

    def turn(self) -> None:
        """Let everything happen that can."""

        async def turns() -> None:
            for _ in range(TURNS):
                await asyncio.sleep(0)
                self.works.obey()

        self.loop.run_until_complete(turns())

    def in_loop(self, action: object) -> None:
        assert callable(action)

        async def act() -> None:
            action()

        self.loop.run_until_complete(act())
        self.turn()

    def pick(self, jobs: list[JobId], number: int) -> JobId | None:
        return jobs[number % len(jobs)] if jobs else None

    @rule(kind=st.sampled_from(KINDS), subject=st.sampled_from(SUBJECTS))
    def submit(self, kind: JobKind, subject: JobSubject) -> None:
        active = [
            job_id
            for job_id, known in self.known.items()
            if (known.kind, known.subject) == (kind, subject) and not known.end
        ]

        def act() -> None:
            job = self.scheduler.submit_about(kind, subject, "{}")
            assert active in ([], [job.job_id])
            assert bool(active) == (job.job_id in self.known)
            self.known.setdefault(job.job_id, Known(kind, subject))

        self.in_loop(act)

    @rule(number=st.integers(0, 20), event=st.sampled_from([*ENDS, JobEvent.RETRY]))
    def end_work(self, number: int, event: JobEvent) -> None:
        job_id = self.pick(list(self.works.running), number)
        if job_id is None:
            return
        known = self.known[job_id]
        if event is JobEvent.RETRY:
            known.retries += 1
        else:
            known.end = ENDS[event]
        self.works.running[job_id][1].set_result(JobOutcome(event, "{}", error="why"))
        self.turn()

    @rule(number=st.integers(0, 20))
    def break_work(self, number: int) -> None:
        """The work raises what it should not."""
        job_id = self.pick(list(self.works.running), number)
        if job_id is not None:
            self.known[job_id].end = "failed"
            self.works.running[job_id][1].set_exception(KeyError("a bug"))
            self.turn()

    @rule(number=st.integers(0, 20))
    def kill(self, number: int) -> None:
        job_id = self.pick(list(self.known), number) or JobId("FL-none")

        def act() -> None:
            known = self.known.get(job_id)
            if known is None or known.end:
                refusal = UndefinedObject if known is None else ObjectNotInPrerequisiteState
                with pytest.raises(refusal):
                    self.scheduler.cancel(job_id)
            else:
                assert self.scheduler.cancel(job_id).status is JobStatus.CANCELLED
                known.end = "cancelled"

        self.in_loop(act)

    @rule(number=st.integers(0, 20))
    def retry(self, number: int) -> None:
        job_id = self.pick(list(self.known), number)
        if job_id is None:
            return
        known = self.known[job_id]
        taken = any(
            (other.kind, other.subject) == (known.kind, known.subject) and not other.end
            for other in self.known.values()
        )

        def act() -> None:
            if known.end != "failed":
                with pytest.raises(ObjectNotInPrerequisiteState):
                    self.scheduler.retry(job_id)
            elif taken:
                with pytest.raises(ObjectInUse):
                    self.scheduler.retry(job_id)
            else:
                self.scheduler.retry(job_id)
                known.end, known.crashes, known.retries = "", 0, 0

        self.in_loop(act)

    @rule(seconds=st.integers(-100_000, 100_000))
    def set_the_clock(self, seconds: int) -> None:
        self.clock.step_wall_clock(seconds)

    @rule()
    def crash(self) -> None:
        """The process dies: what is written stays, nothing else."""
        left = dict(self.entries)
        for job_id in self.works.running:
            known = self.known[job_id]
            if not known.end:
                known.crashes += 1
                known.end = "failed" if known.crashes >= CRASHES_MAX else ""
        self.abandon()
        self.start(left)

    @rule()
    def shut_down(self) -> None:
        """Everything stops at its boundary; nothing counts as a crash."""

        async def close() -> None:
            self.scheduler.close()
            self.works.obey()
            await self.scheduler.wait_closed()

        self.loop.run_until_complete(close())
        assert self.works.running == {}
        self.start(self.entries)

    def abandon(self) -> None:
        async def end() -> None:
            self.scheduler.close()  # it would start others in the place of what is cancelled
            self.tasks.close()
            await self.tasks.wait_closed()

        self.loop.run_until_complete(end())

    @invariant()
    def jobs_are_what_they_have_come_to(self) -> None:
        found = {job.job_id: job for job in self.store.jobs()}
        assert found.keys() == self.known.keys(), "none is lost, none comes from nowhere"
        assert self.store.counts() == Counter((job.kind, job.status) for job in found.values())
        for job_id, known in self.known.items():
            job = found[job_id]
            assert job.has_ended == bool(known.end)
            assert not known.end or job.status.value == known.end
            assert (job.crash_count, job.retry_count) == (known.crashes, known.retries)
            assert (job.finished_at_us is not None) == job.has_ended
        letters = {row[0] for row in dead_letter_rows(self.scheduler.failed())}
        assert letters == {job_id for job_id, known in self.known.items() if known.end == "failed"}
        assert list(JobStore(self.entries.items(), lambda _: None).chunks()) or not found

    @invariant()
    def what_can_run_does(self) -> None:
        assert self.failures == []
        assert self.works.overlaps == 0, "one work at a time on a subject"
        running = {job_id: subject for job_id, (subject, _, _) in self.works.running.items()}
        assert len(running) <= CONCURRENT
        active = [job for job in self.store.jobs() if not job.has_ended]
        assert len({(job.kind, job.subject) for job in active}) == len(active)
        for job in active:
            is_running = job.job_id in running
            assert (job.status is JobStatus.RUNNING) == is_running, job.status
            if not is_running:
                assert len(running) == CONCURRENT or job.subject in running.values()

    def teardown(self) -> None:
        self.abandon()
        self.loop.close()


def _write(entries: dict[bytes, bytes], changes: list[tuple[bytes, bytes | None]]) -> None:
    for key, value in changes:
        if value is None:
            del entries[key]
        else:
            entries[key] = value


JobMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=30)
TestJobMachine = JobMachine.TestCase
