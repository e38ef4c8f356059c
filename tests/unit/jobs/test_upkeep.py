"""Upkeep of tables: compaction, retention of deleted rows, purge.

Goal: what is asked for is done for every user and reported; what nobody asked for begins when the
policy or the clock says so, and not before; one user's failure costs nobody else anything.
Method: a real store and scheduler, two users' rows, a manual clock; rows are compared with lists.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from kalampg.catalog import bootstrap
from kalampg.catalog.catalog import Catalog, new_catalog
from kalampg.clock import ManualClock
from kalampg.jobs.auto_retention import AutoRetention
from kalampg.jobs.flush_job import FlushWork
from kalampg.jobs.job import Job, JobKind, JobStatus
from kalampg.jobs.scheduler import Scheduler
from kalampg.jobs.store_target import StoreFlushTarget, open_job_store
from kalampg.jobs.upkeep import Upkeep, UpkeepSettings
from kalampg.jobs.upkeep_job import UpkeepParameters
from kalampg.relation import RETENTION_OFF, TableOptions
from kalampg.storage import FlushSettings, Scope, Store, WriteBatch
from kalampg.storage.compaction_policy import CompactionPolicy
from kalampg.tasks import TaskOwner
from tests.fix_storage import Table, make_relation, scope_of

ALICE, BOB = scope_of("alice"), scope_of("bob")
HOUR_US = 3_600_000_000
POLICY = CompactionPolicy(same_size_max=2, marked_rows_min=1)

pytestmark = pytest.mark.asyncio


class Server:
    """The parts that a server would hold, over one table."""

    def __init__(self, store: Store, clock: ManualClock, options: TableOptions) -> None:
        self.store = store
        self.clock = clock
        self.workers = ThreadPoolExecutor(2)
        self.failures: list[BaseException] = []
        self.has_waiting_flush = False
        self.locked: set[tuple[Scope, bytes]] = set()
        self.tasks = TaskOwner(self.failures.append)
        relation = replace(make_relation(20, 25), options=options)
        self.table = Table(store, relation)
        first = bootstrap(root_verifier="v", server_secret=bytes(32), now_us=1).catalog
        tables = {("public", "t"): relation}
        self.catalog: Catalog = new_catalog(
            first.namespaces, tables, first.roles, first.server_secret, first.numbers
        )
        self.upkeep = Upkeep(
            store,
            self.workers,
            UpkeepSettings(policy=POLICY, compaction_gather_s=0, deleted_retention_hours=2),
            sizes=FlushSettings(),
            catalog=lambda: self.catalog,
            flush_waits=lambda _: self.has_waiting_flush,
            is_locked=lambda scope, key: (scope, key) in self.locked,
            clock=clock,
        )
        flush = FlushWork(StoreFlushTarget(store, self.workers), self.catalog.table_by_id, clock)
        self.scheduler = Scheduler(
            open_job_store(store),
            {JobKind.FLUSH: flush, **self.upkeep.works},
            clock=clock,
            tasks=self.tasks,
            random_bytes=bytes,
        )
        self.retention = AutoRetention(
            store,
            self.workers,
            catalog=lambda: self.catalog,
            submit=self.scheduler.submit,
            clock=clock,
            default_hours=2,
            interval_s=3600,
        )

    def put(self, scope: Scope, *keys: int, deleted: bool = False) -> None:
        """Write rows at the clock's time."""
        batch = WriteBatch()
        for key_value in keys:
            key, seq = self.table.key(key_value), self.store.seq_source.next()
            values = (key_value, "x")
            batch.put_row(
                scope, key, self.table.codec.encode(seq, self.clock.now_us(), deleted, values)
            )
            manifest = self.store.manifest(scope)
            cold = self.store.cold.find_loading(self.table.relation, manifest, key)
            if cold is not None and self.store.get(scope, key) is None:
                batch.mark(scope, cold.segment_id, cold.row_number, seq)
        self.store.commit(batch)

    async def flush(self) -> None:
        self.scheduler.submit_flush(self.table.relation)
        await self.scheduler.wait_idle()

    async def timers(self) -> None:
        """Let timers of no delay run."""
        for _ in range(3):
            await asyncio.sleep(0)

    def upkeep_jobs(self) -> list[Job]:
        return [job for job in self.scheduler.jobs() if job.kind is not JobKind.FLUSH]

    async def run(self, kind: JobKind, parameters: UpkeepParameters) -> tuple[Job, dict[str, Any]]:
        job = self.scheduler.submit(kind, self.table.relation, parameters.json())
        await self.scheduler.wait_idle()
        done = next(each for each in self.scheduler.jobs() if each.job_id == job.job_id)
        return done, json.loads(done.result or "{}")

    def keys(self, scope: Scope) -> list[int]:
        return [key for key, _ in self.table.live(scope)]

    def tombstones(self, scope: Scope) -> int:
        return sum(self.table.codec.decode(value).deleted for _, value in self.store.scan(scope))

    def segments(self, scope: Scope) -> int:
        return len(self.store.manifest(scope).segments)

    async def close(self) -> None:
        self.upkeep.close()
        self.scheduler.close()
        await self.scheduler.wait_closed()
        await self.upkeep.wait_closed()
        self.tasks.close()
        await self.tasks.wait_closed()
        self.workers.shutdown()
        assert self.failures == []


@pytest.fixture
def options() -> TableOptions:
    return TableOptions()


@pytest_asyncio.fixture
async def server(store: Store, clock: ManualClock, options: TableOptions) -> AsyncIterator[Server]:
    made = Server(store, clock, options)
    yield made
    await made.close()


async def test_a_compaction_that_is_asked_for_merges_whatever_it_can(server: Server) -> None:
    for scope in (ALICE, BOB):
        for key in (1, 2):
            server.put(scope, key)
            await server.flush()
    job, result = await server.run(JobKind.COMPACTION, UpkeepParameters())
    assert (job.status, job.job_id[:3]) == (JobStatus.COMPLETED, "CO-")
    assert job.message == ("Compacted public.t (2 users, 0 rows removed, 4 segments became 2)")
    assert (result["users_count"], result["segments_after"]) == (2, 2)
    for scope in (ALICE, BOB):
        assert (server.segments(scope), server.keys(scope)) == (1, [1, 2])


async def test_a_compaction_of_one_user_leaves_the_others_alone(server: Server) -> None:
    for scope in (ALICE, BOB):
        for key in (1, 2):
            server.put(scope, key)
            await server.flush()
    await server.run(JobKind.COMPACTION, UpkeepParameters(user_id=BOB.user_id))
    assert (server.segments(ALICE), server.segments(BOB)) == (2, 1)


async def test_one_users_failure_leaves_the_others_compacted(server: Server) -> None:
    for scope in (ALICE, BOB):
        for key in (1, 2):
            server.put(scope, key)
            await server.flush()
    (server.store.root / server.store.manifest(ALICE).segments[0].path).unlink()
    job, result = await server.run(JobKind.COMPACTION, UpkeepParameters())
    assert job.status is JobStatus.COMPLETED
    assert (job.error or "").startswith("1 user(s) failed: could not read segment")
    assert result["users_failed"] == 1
    assert (server.segments(ALICE), server.segments(BOB)) == (2, 1)


async def test_a_scope_with_too_many_small_segments_is_compacted_by_itself(
    server: Server,
) -> None:
    server.upkeep.start(server.tasks, server.scheduler.submit)
    for key in (1, 2):
        server.put(ALICE, key)
        await server.flush()
    await server.timers()
    assert server.upkeep_jobs() == []
    server.put(ALICE, 3)
    await server.flush()
    await server.timers()
    await server.scheduler.wait_idle()
    (job,) = server.upkeep_jobs()
    assert (job.kind, job.parameters) == (JobKind.COMPACTION, '{"trigger":"policy"}')
    assert (server.segments(ALICE), server.keys(ALICE)) == (1, [1, 2, 3])


async def test_a_segment_with_too_many_marks_is_compacted_by_itself(server: Server) -> None:
    server.upkeep.start(server.tasks, server.scheduler.submit)
    server.put(ALICE, 1, 2, 3, 4)
    await server.flush()
    server.put(ALICE, 1)
    await server.timers()
    assert server.upkeep_jobs() == []
    server.put(ALICE, 2, deleted=True)
    await server.timers()
    await server.scheduler.wait_idle()
    assert len(server.upkeep_jobs()) == 1
    (segment,) = server.store.manifest(ALICE).segments
    assert (segment.rows, server.keys(ALICE)) == (2, [1, 3, 4])


async def test_a_compaction_that_nobody_asked_for_looks_only_where_something_happened(
    server: Server,
) -> None:
    for scope in (ALICE, BOB):
        for key in (1, 2, 3):
            server.put(scope, key)
            await server.flush()
    server.upkeep.start(server.tasks, server.scheduler.submit)
    server.put(ALICE, 4)
    await server.flush()
    await server.timers()
    await server.scheduler.wait_idle()
    assert (server.segments(ALICE), server.segments(BOB)) == (1, 3)


async def test_a_compaction_that_nobody_asked_for_makes_way_for_a_flush(server: Server) -> None:
    server.upkeep.start(server.tasks, server.scheduler.submit)
    server.has_waiting_flush = True
    for key in (1, 2, 3):
        server.put(ALICE, key)
        await server.flush()
    await server.timers()
    await server.scheduler.wait_idle()
    assert server.segments(ALICE) == 3
    server.has_waiting_flush = False
    server.put(BOB, *range(4))
    await server.flush()
    server.put(BOB, 0, 1)  # something happens: what waited is done too
    await server.timers()
    await server.scheduler.wait_idle()
    assert server.segments(ALICE) == 1


async def test_a_killed_compaction_stops_at_the_next_user(server: Server) -> None:
    for scope in (ALICE, BOB):
        for key in (1, 2):
            server.put(scope, key)
            await server.flush()
    job = server.scheduler.submit(
        JobKind.COMPACTION, server.table.relation, UpkeepParameters().json()
    )
    assert server.scheduler.cancel(job.job_id).status is JobStatus.CANCELLED
    await server.scheduler.wait_idle()
    assert server.segments(BOB) == 2
    for scope in (ALICE, BOB):
        assert server.keys(scope) == [1, 2]


async def test_deleted_rows_stay_for_their_time_and_then_go(server: Server) -> None:
    server.put(ALICE, 1, 2)
    await server.flush()
    server.put(ALICE, 1, 7, deleted=True)
    server.clock.advance(3600)
    server.put(ALICE, 2, deleted=True)
    server.put(ALICE, 3)
    server.clock.advance(3600)
    await server.retention.look()
    assert server.upkeep_jobs() == [], "two hours, and not a microsecond more"
    server.clock.advance(1)
    await server.retention.look()
    await server.scheduler.wait_idle()
    (job,) = server.upkeep_jobs()
    assert (job.job_id[:3], job.status) == ("RT-", JobStatus.COMPLETED)
    assert json.loads(job.result or "")["rows_removed"] == 2
    assert (server.tombstones(ALICE), server.keys(ALICE)) == (1, [3])
    await server.retention.look()
    assert len(server.upkeep_jobs()) == 1


async def test_a_row_that_came_back_meanwhile_stays(server: Server) -> None:
    server.put(ALICE, 1, 2, deleted=True)
    server.clock.advance(10 * 3600)
    server.put(ALICE, 1)
    parameters = UpkeepParameters(before_us=server.clock.now_us())
    _, result = await server.run(JobKind.RETENTION, parameters)
    assert result["rows_removed"] == 1
    assert server.keys(ALICE) == [1]


@pytest.mark.parametrize(
    ("options", "is_removed"),
    [
        pytest.param(TableOptions(deleted_retention_hours=RETENTION_OFF), False, id="off"),
        pytest.param(TableOptions(deleted_retention_hours=11), False, id="longer"),
        pytest.param(TableOptions(deleted_retention_hours=1), True, id="shorter"),
        pytest.param(TableOptions(deleted_retention_hours=0), True, id="none"),
        pytest.param(TableOptions(), True, id="default"),
    ],
)
async def test_a_table_may_have_a_time_of_its_own(
    server: Server, options: TableOptions, is_removed: bool
) -> None:
    server.put(ALICE, 1, deleted=True)
    server.clock.advance(10 * 3600)
    await server.retention.look()
    await server.scheduler.wait_idle()
    assert server.tombstones(ALICE) == (not is_removed)


@pytest.mark.parametrize("options", [TableOptions(retention=(0, 1, 0))], ids=["a day"])
async def test_a_table_with_a_retention_is_purged_by_itself(server: Server) -> None:
    server.put(ALICE, 1, 2)
    await server.flush()
    server.put(BOB, 1)
    server.clock.advance(24 * 3600)
    server.put(ALICE, 2)
    await server.retention.look()
    assert server.upkeep_jobs() == [], "a day, and not a microsecond more"
    server.clock.advance(1)
    await server.retention.look()
    await server.scheduler.wait_idle()
    (job,) = server.upkeep_jobs()
    assert (job.job_id[:3], job.status) == ("PU-", JobStatus.COMPLETED)
    assert json.loads(job.parameters)["trigger"] == "schedule"
    assert (server.keys(ALICE), server.keys(BOB)) == ([2], [])
    await server.retention.look()
    assert len(server.upkeep_jobs()) == 1


async def test_a_purge_removes_old_rows_hot_and_cold(server: Server) -> None:
    server.put(ALICE, 1, 2)
    await server.flush()
    server.put(BOB, 1)
    server.put(ALICE, 3)
    server.put(ALICE, 4, deleted=True)
    server.clock.advance(3600)
    limit = server.clock.now_us()
    server.put(ALICE, 2, 5)
    await server.flush()
    server.put(ALICE, 6)
    job, result = await server.run(JobKind.PURGE, UpkeepParameters(before_us=limit))
    assert (job.job_id[:3], job.status) == ("PU-", JobStatus.COMPLETED)
    assert (server.keys(ALICE), server.keys(BOB), server.tombstones(ALICE)) == ([2, 5, 6], [], 0)
    assert result["users_count"] == 2
    assert server.segments(ALICE) == 1
