"""Scheduler and flush work.

Goal: jobs are durable before they run, one a table, a few at a time; a cancelled or closing job
stops at a user's boundary; one user's failure costs nobody else anything.
Method: a flush target whose steps the test lets through one by one; no clock but a manual one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from kalampg.catalog.system.jobs import JOBS
from kalampg.clock import ManualClock
from kalampg.errors import (
    AdminShutdown,
    IoError,
    NumericValueOutOfRange,
    ObjectInUse,
    ObjectNotInPrerequisiteState,
    UndefinedObject,
)
from kalampg.ids import JobId, TableId, UserId
from kalampg.jobs import FlushedScope, FlushWork, JobKind, JobStatus, JobStore, Scheduler, job_rows
from kalampg.jobs.flush_job import FAILURES_IN_A_ROW_MAX
from kalampg.jobs.job import Job
from kalampg.jobs.job_rows import dead_letter_rows
from kalampg.jobs.outcome import StopSignal
from kalampg.relation import Relation, TableType
from kalampg.tasks import TaskOwner

TABLE = Relation(TableId(1), "app", "t", TableType.USER, ())
OTHER = replace(TABLE, table_id=TableId(2), name="u")
THIRD = replace(TABLE, table_id=TableId(3), name="v")

pytestmark = pytest.mark.asyncio


class Target:
    """Three users of two rows each; every flush waits until the test opens the gate."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.reached = asyncio.Event()
        self.flushed: list[tuple[str, str]] = []
        self.finished: list[str] = []
        self.failing: dict[str, int] = {}
        self.failure: Exception | None = None
        self.names = ["ann", "bob", "cid"]
        self.hold_at: str | None = None
        self.held = asyncio.Event()
        self.listed: list[str | None] = []
        self.at_once = 0
        self.most_at_once = 0

    async def users(self, relation: Relation, after: UserId | None, limit: int) -> Sequence[UserId]:
        self.listed.append(after)
        return [UserId(name) for name in self.names if after is None or name > after][:limit]

    async def flush_user(
        self, relation: Relation, user_id: UserId, stop: StopSignal
    ) -> FlushedScope:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.reached.set()
        if user_id == self.hold_at:
            self.gate.clear()
            self.held.set()
        await self.gate.wait()
        self.at_once -= 1
        if self.failing.get(user_id, 0) > 0:
            self.failing[user_id] -= 1
            raise self.failure or IoError(f"no room for {user_id}")
        self.flushed.append((relation.name, user_id))
        return FlushedScope(1, 2, 100)

    async def finish(self, relation: Relation) -> None:
        self.finished.append(relation.name)


class Server:
    """The parts that a server would hold, over a dictionary."""

    def __init__(
        self,
        entries: dict[bytes, bytes] | None = None,
        concurrent_jobs: int = 2,
        users_per_batch: int = 1000,
    ) -> None:
        self.entries = {} if entries is None else entries
        self.failures: list[BaseException] = []
        self.target = Target()
        self.tables = {table.table_id: table for table in (TABLE, OTHER, THIRD)}
        self.clock = clock = ManualClock()
        self.store = JobStore(self.entries.items(), self.write)
        self.scheduler = Scheduler(
            self.store,
            {
                JobKind.FLUSH: FlushWork(
                    self.target, self.tables.get, clock, users_per_batch=users_per_batch
                )
            },
            clock=clock,
            tasks=TaskOwner(self.failures.append),
            random_bytes=self.random_bytes,
            concurrent_jobs=concurrent_jobs,
        )
        self.ids = 0

    def write(self, changes: list[tuple[bytes, bytes | None]]) -> None:
        for key, value in changes:
            if value is None:
                del self.entries[key]
            else:
                self.entries[key] = value

    def random_bytes(self, count: int) -> bytes:
        self.ids += 1
        return self.ids.to_bytes(count)

    def job(self, job: Job) -> Job:
        found = self.store.get(job.job_id)
        assert found is not None
        return found


async def test_a_flush_reports_what_it_moved() -> None:
    server = Server()
    job = server.scheduler.submit_flush(TABLE)
    assert job.job_id.startswith("FL-")
    await server.scheduler.wait_idle()
    done = server.job(job)
    assert done.status is JobStatus.COMPLETED
    assert done.message == "Flushed app.t successfully (6 rows, 3 files)"
    result = json.loads(done.result or "")
    assert result == {
        "rows_flushed": 6,
        "users_count": 3,
        "parquet_files_count": 3,
        "bytes": 300,
        "duration_ms": 0,
        "users_failed": 0,
    }
    assert server.target.finished == ["t"]
    assert server.failures == []


async def test_the_row_is_written_before_the_work_begins() -> None:
    server = Server()
    server.target.gate.clear()
    job = server.scheduler.submit_flush(TABLE)
    assert job.job_id.encode() in server.entries
    assert server.target.flushed == []
    server.target.gate.set()
    await server.scheduler.wait_idle()


async def test_a_second_call_gives_the_running_job() -> None:
    server = Server()
    server.target.gate.clear()
    first = server.scheduler.submit_flush(TABLE)
    await server.target.reached.wait()
    second = server.scheduler.submit_flush(TABLE)
    assert (second.job_id, second.status) == (first.job_id, JobStatus.RUNNING)
    server.target.gate.set()
    await server.scheduler.wait_idle()
    assert server.scheduler.submit_flush(TABLE).job_id != first.job_id
    await server.scheduler.wait_idle()


async def test_no_more_jobs_run_at_once_than_allowed() -> None:
    server = Server(concurrent_jobs=2)
    server.target.gate.clear()
    jobs = [server.scheduler.submit_flush(table) for table in (TABLE, OTHER, THIRD)]
    while server.target.at_once < 2:
        await server.target.reached.wait()
        await asyncio.sleep(0)
    assert server.job(jobs[2]).status is JobStatus.QUEUED
    server.target.gate.set()
    await server.scheduler.wait_idle()
    assert server.target.most_at_once == 2
    assert len(server.target.flushed) == 9


async def test_a_cancelled_job_stops_at_the_next_user() -> None:
    server = Server()
    server.target.gate.clear()
    job = server.scheduler.submit_flush(TABLE)
    await server.target.reached.wait()
    assert server.scheduler.cancel(job.job_id).status is JobStatus.CANCELLED
    # The old work is still on its way: the new job waits for the table.
    again = server.scheduler.submit_flush(TABLE)
    assert again.job_id != job.job_id
    assert server.job(again).status is JobStatus.QUEUED
    server.target.gate.set()
    await server.scheduler.wait_idle()
    assert server.target.most_at_once == 1
    assert [user for _, user in server.target.flushed] == ["ann", "ann", "bob", "cid"]
    assert server.job(job).status is JobStatus.CANCELLED
    assert server.job(again).status is JobStatus.COMPLETED


async def test_a_waiting_job_can_be_cancelled() -> None:
    server = Server(concurrent_jobs=1)
    server.target.gate.clear()
    server.scheduler.submit_flush(TABLE)
    waiting = server.scheduler.submit_flush(OTHER)
    server.scheduler.cancel(waiting.job_id)
    server.target.gate.set()
    await server.scheduler.wait_idle()
    assert {name for name, _ in server.target.flushed} == {"t"}


async def test_only_jobs_that_exist_and_run_can_be_cancelled() -> None:
    server = Server()
    with pytest.raises(UndefinedObject, match='job "FL-none" does not exist'):
        server.scheduler.cancel(JobId("FL-none"))
    job = server.scheduler.submit_flush(TABLE)
    await server.scheduler.wait_idle()
    with pytest.raises(ObjectNotInPrerequisiteState, match="with status 'completed'"):
        server.scheduler.cancel(job.job_id)


async def test_one_users_failure_is_a_warning() -> None:
    server = Server()
    server.target.failing = {"bob": 1}
    server.target.failure = NumericValueOutOfRange("too big for Parquet")
    job = server.scheduler.submit_flush(TABLE)
    await server.scheduler.wait_idle()
    done = server.job(job)
    assert done.status is JobStatus.COMPLETED
    assert done.error == "First error: too big for Parquet"
    assert done.retry_count == 0  # it would fail again
    assert [user for _, user in server.target.flushed] == ["ann", "cid"]


async def test_a_failure_of_all_users_is_tried_again_and_then_fails() -> None:
    server = Server()
    server.target.failing = {"ann": 1, "bob": 1, "cid": 1}
    job = server.scheduler.submit_flush(TABLE)
    await server.scheduler.wait_idle()
    assert (server.job(job).status, server.job(job).retry_count) == (JobStatus.COMPLETED, 1)


async def test_retries_end() -> None:
    server = Server()
    server.target.failing = dict.fromkeys(("ann", "bob", "cid"), 99)
    job = server.scheduler.submit_flush(TABLE)
    # The first attempt, then no more waiting: the job starts with its retries used up.
    server.store.put(replace(job, max_retries=0))
    await server.scheduler.wait_idle()
    done = server.job(job)
    assert done.status is JobStatus.FAILED
    assert done.error == "Flush failed for all users: no room for ann"


async def test_a_table_dropped_meanwhile_skips_the_job() -> None:
    server = Server()
    server.target.gate.clear()
    job = server.scheduler.submit_flush(TABLE)
    await server.target.reached.wait()
    del server.tables[TABLE.table_id]
    server.target.gate.set()
    await server.scheduler.wait_idle()
    assert server.job(job).status is JobStatus.SKIPPED
    assert [user for _, user in server.target.flushed] == ["ann"]


async def test_closing_stops_at_a_boundary_and_the_next_start_goes_on() -> None:
    server = Server(concurrent_jobs=1)
    server.target.gate.clear()
    running = server.scheduler.submit_flush(TABLE)
    waiting = server.scheduler.submit_flush(OTHER)
    await server.target.reached.wait()
    server.scheduler.close()
    server.scheduler.close()
    with pytest.raises(AdminShutdown):
        server.scheduler.submit_flush(THIRD)
    server.target.gate.set()
    await server.scheduler.wait_closed()
    assert server.target.at_once == 0
    assert server.target.flushed == [("t", "ann")]

    restarted = Server(server.entries)
    restarted.scheduler.resume()
    await restarted.scheduler.wait_idle()
    for job in (running, waiting):
        assert restarted.job(job).status is JobStatus.COMPLETED
    assert len(restarted.target.flushed) == 6


async def test_a_job_that_a_crash_interrupted_is_queued_again() -> None:
    server = Server()
    server.target.gate.clear()
    job = server.scheduler.submit_flush(TABLE)
    await server.target.reached.wait()
    crashed = dict(server.entries)  # what the disk holds while the job runs
    server.target.gate.set()
    await server.scheduler.wait_idle()

    restarted = Server(crashed)
    assert restarted.job(job).status is JobStatus.RUNNING
    restarted.scheduler.resume()
    await restarted.scheduler.wait_idle()
    assert restarted.job(job).status is JobStatus.COMPLETED


async def test_rows_for_system_jobs() -> None:
    server = Server()
    job = server.scheduler.submit_flush(TABLE)
    await server.scheduler.wait_idle()
    (row,) = job_rows(server.scheduler.jobs())
    assert row[:5] == (job.job_id, "flush", "app.t", "completed", "{}")
    assert len(row) == len(JOBS.relation.columns)
    names = [column.name for column in JOBS.relation.columns]
    values = dict(zip(names, row, strict=True))
    assert values["idempotency_key"] == "flush: table 1"
    assert values["user_id"] is None
    assert 0 < values["cpu_used"] < 5_000_000
    assert values["memory_used"] is None or values["memory_used"] >= 0


async def test_only_the_users_that_failed_are_tried_again() -> None:
    server = Server()
    server.target.failing = {"bob": 1}
    job = server.scheduler.submit_flush(TABLE)
    await server.scheduler.wait_idle()
    done = server.job(job)
    assert (done.status, done.retry_count) == (JobStatus.COMPLETED, 1)
    assert [user for _, user in server.target.flushed] == ["ann", "cid", "bob"]
    assert json.loads(done.result or "")["users_count"] == 3


async def test_users_come_in_batches_and_a_restart_goes_on_behind_the_last() -> None:
    server = Server(users_per_batch=1)
    server.target.hold_at = "bob"
    job = server.scheduler.submit_flush(TABLE)
    await server.target.held.wait()
    crashed = dict(server.entries)
    server.target.gate.set()
    await server.scheduler.wait_idle()
    assert server.target.listed == [None, "ann", "bob", "cid"]

    restarted = Server(crashed, users_per_batch=1)
    restarted.scheduler.resume()
    await restarted.scheduler.wait_idle()
    assert restarted.job(job).status is JobStatus.COMPLETED
    assert restarted.target.listed == ["ann", "bob", "cid"]
    assert [user for _, user in restarted.target.flushed] == ["bob", "cid"]
    result = json.loads(restarted.job(job).result or "")
    assert (result["users_count"], result["rows_flushed"]) == (3, 6)


async def test_a_storage_that_is_away_is_not_asked_for_every_user() -> None:
    server = Server()
    server.target.names = [f"{number:04}" for number in range(FAILURES_IN_A_ROW_MAX * 3)]
    server.target.failing = dict.fromkeys(server.target.names[1:], 1)
    job = server.scheduler.submit_flush(TABLE)
    server.store.put(replace(job, max_retries=0))
    await server.scheduler.wait_idle()
    done = server.job(job)
    assert done.status is JobStatus.FAILED
    assert sum(server.target.failing.values()) == FAILURES_IN_A_ROW_MAX * 2 - 1


async def test_a_failed_job_is_a_dead_letter_until_it_is_retried() -> None:
    server = Server()
    server.target.failing = dict.fromkeys(server.target.names, 1)
    job = server.scheduler.submit_flush(TABLE)
    server.store.put(replace(job, max_retries=0))
    await server.scheduler.wait_idle()
    (letter,) = dead_letter_rows(server.scheduler.jobs())
    assert letter[0] == job.job_id
    assert letter[3] == "Flush failed for all users: no room for ann"
    assert server.scheduler.retry(job.job_id).job_id == job.job_id
    with pytest.raises(ObjectNotInPrerequisiteState, match="cannot retry failed job"):
        server.scheduler.retry(job.job_id)
    await server.scheduler.wait_idle()
    assert server.job(job).status is JobStatus.COMPLETED
    assert list(dead_letter_rows(server.scheduler.jobs())) == []


async def test_a_failed_job_is_not_retried_beside_another_of_its_table() -> None:
    server = Server()
    server.target.failing = dict.fromkeys(server.target.names, 1)
    job = server.scheduler.submit_flush(TABLE)
    server.store.put(replace(job, max_retries=0))
    await server.scheduler.wait_idle()
    server.scheduler.submit_flush(TABLE)
    with pytest.raises(ObjectInUse):
        server.scheduler.retry(job.job_id)
    with pytest.raises(UndefinedObject):
        server.scheduler.retry(JobId("FL-none"))
    await server.scheduler.wait_idle()


async def test_a_job_that_kills_the_process_is_parked_after_the_third_time() -> None:
    server = Server()
    server.target.gate.clear()
    job = server.scheduler.submit_flush(TABLE)
    for crashes in (1, 2, 3):
        await server.target.reached.wait()
        crashed = dict(server.entries)
        server.target.gate.set()
        await server.scheduler.wait_idle()
        server = Server(crashed)
        server.target.gate.clear()
        server.scheduler.resume()
        assert server.job(job).crash_count == crashes
    assert server.job(job).status is JobStatus.FAILED
    assert server.job(job).error == "The process died 3 times while the job ran"
    assert len(list(dead_letter_rows(server.scheduler.jobs()))) == 1


async def test_a_shutdown_waits_for_running_jobs_and_starts_no_others() -> None:
    server = Server(concurrent_jobs=1)
    server.target.gate.clear()
    running = server.scheduler.submit_flush(TABLE)
    waiting = server.scheduler.submit_flush(OTHER)
    await server.target.reached.wait()
    draining = asyncio.create_task(server.scheduler.drain(60))
    await asyncio.sleep(0)
    with pytest.raises(AdminShutdown):
        server.scheduler.submit_flush(THIRD)
    assert not draining.done()
    server.target.gate.set()
    await draining
    server.scheduler.close()
    await server.scheduler.wait_closed()
    assert server.job(running).status is JobStatus.COMPLETED
    assert server.job(waiting).status is JobStatus.QUEUED
    assert {name for name, _ in server.target.flushed} == {"t"}


async def test_a_shutdown_does_not_wait_for_ever() -> None:
    server = Server()
    server.target.gate.clear()
    job = server.scheduler.submit_flush(TABLE)
    await server.target.reached.wait()
    await server.scheduler.drain(0.01)
    server.scheduler.close()
    server.target.gate.set()
    await server.scheduler.wait_closed()
    assert server.job(job).status is JobStatus.QUEUED
    assert server.job(job).message == "interrupted"
