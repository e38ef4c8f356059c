"""Cleanup of job rows, and its schedule.

Goal: rows of ended jobs go after their time, those of active jobs never, by a job that says so; a
time that passed without a server is made up for. Method: a scheduler over a dictionary, a manual
clock whose ticks the test plays.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from kalampg.clock import ManualClock
from kalampg.ids import JobId, TableId
from kalampg.jobs.job import SERVER, Job, JobKind, JobStatus
from kalampg.jobs.job_cleanup import AutoJobCleanup, JobCleanupWork, JobRowSettings
from kalampg.jobs.job_store import JobStore
from kalampg.jobs.scheduler import Scheduler
from kalampg.tasks import TaskOwner

DAY_US = 24 * 3600 * 1_000_000
# 2023-11-14 22:13:20
NOW_US = ManualClock().now_us()

pytestmark = pytest.mark.asyncio


def _job(number: int, ended_us: int | None) -> Job:
    job = Job(
        JobId(f"FL-{number:05}"),
        JobKind.FLUSH,
        TableId(number),
        "app.t",
        JobStatus.QUEUED,
        "{}",
        number,
        number,
    )
    if ended_us is None:
        return job
    return replace(job, status=JobStatus.COMPLETED, updated_at_us=ended_us, finished_at_us=ended_us)


class Server:
    def __init__(self, jobs: list[Job]) -> None:
        self.clock = ManualClock()
        self.store = JobStore([], lambda entries: None)
        for job in jobs:
            self.store.put(job)
        settings = JobRowSettings()
        self.failures: list[BaseException] = []
        self.scheduler = Scheduler(
            self.store,
            {JobKind.JOB_CLEANUP: JobCleanupWork(self.store, settings, self.clock)},
            clock=self.clock,
            tasks=TaskOwner(self.failures.append),
            random_bytes=bytes,
        )
        self.cleanup = AutoJobCleanup(
            self.store,
            settings,
            submit=lambda: self.scheduler.submit_about(JobKind.JOB_CLEANUP, SERVER, "{}"),
            clock=self.clock,
        )

    def cleanups(self) -> list[Job]:
        return [job for job in self.store.jobs() if job.kind is JobKind.JOB_CLEANUP]


async def test_old_rows_go_and_a_job_says_so() -> None:
    old = [_job(number, NOW_US - 31 * DAY_US) for number in range(1, 1201)]
    server = Server([*old, _job(1201, None), _job(1202, NOW_US - 29 * DAY_US)])
    server.cleanup.tick()  # what is due at the start
    await server.scheduler.wait_idle()
    (done,) = server.cleanups()
    assert done.status is JobStatus.COMPLETED
    assert json.loads(done.result or "") == {"rows_removed": 1200}
    assert [job.job_id for job in server.store.jobs()] == ["FL-01201", "FL-01202", done.job_id]


async def test_it_comes_every_midnight_and_not_in_between() -> None:
    server = Server([])
    server.cleanup.tick()
    assert server.cleanups() == []  # nothing was missed
    times: list[int] = []
    for _ in range(49):
        server.clock.advance(3600)
        server.cleanup.tick()
        await server.scheduler.wait_idle()
        times += [server.clock.now_us()] * (len(server.cleanups()) - len(times))
    assert [(time_us - NOW_US) // 3_600_000_000 for time_us in times] == [2, 26]


async def test_it_sleeps_and_stops() -> None:
    server = Server([])
    tasks = TaskOwner(server.failures.append)
    server.cleanup.start(tasks)
    await asyncio.sleep(0)
    server.cleanup.close()
    await server.cleanup.wait_closed()
    assert server.failures == []
