"""GarbageCollector over a real store.

Goal: the files of a dropped table go, those of others stay, and what a snapshot reads waits for it.
Method: two flushed tables in a temporary data directory; the files are listed before and after.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from kalampg.clock import ManualClock
from kalampg.ids import ColumnId, Oid, TableId, UserId
from kalampg.jobs import (
    FlushWork,
    GarbageCollector,
    JobKind,
    JobStatus,
    Scheduler,
    StoreFlushTarget,
    open_job_store,
)
from kalampg.relation import Column, Relation, TableType
from kalampg.storage import RowCodec, Scope, Store, WriteBatch, encode_key
from kalampg.tasks import TaskOwner

INT8 = Oid(20)
pytestmark = pytest.mark.asyncio


def relation(table_id: int, name: str) -> Relation:
    return Relation(
        TableId(table_id),
        "app",
        name,
        TableType.USER,
        (Column(ColumnId(1), "id", INT8, not_null=True),),
        (0,),
        layouts={1: (ColumnId(1),)},
    )


KEPT, DROPPED = relation(16384, "kept"), relation(16389, "dropped")


@dataclass
class World:
    path: Path
    store: Store
    scheduler: Scheduler
    collector: GarbageCollector
    failures: list[BaseException]

    def files(self) -> list[str]:
        found = (self.path / "storage").rglob("*.parquet")
        return sorted(str(file.relative_to(self.path / "storage").parent) for file in found)

    async def fill_and_flush(self) -> None:
        batch = WriteBatch()
        for table in (KEPT, DROPPED):
            codec = RowCodec.for_relation(table)
            for user in ("ann", "bob"):
                for number in range(3):
                    value = codec.encode(self.store.seq_source.next(), 5, False, [number])
                    scope = Scope(table.table_id, UserId(user))
                    batch.put_row(scope, encode_key((INT8,), (number,)), value)
        self.store.commit(batch)
        for table in (KEPT, DROPPED):
            self.scheduler.submit_flush(table)
        await self.scheduler.wait_idle()

    def drop(self) -> None:
        batch = WriteBatch()
        batch.drop_table(DROPPED.table_id)
        self.store.commit(batch)


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock = ManualClock()
    failures: list[BaseException] = []
    tasks = TaskOwner(failures.append)
    store = Store.open(tmp_path, clock=clock)
    store.gate.attach(asyncio.get_running_loop())
    tables = {table.table_id: table for table in (KEPT, DROPPED)}
    with ThreadPoolExecutor(2) as executor:
        scheduler = Scheduler(
            open_job_store(store),
            {JobKind.FLUSH: FlushWork(StoreFlushTarget(store, executor), tables.get, clock)},
            clock=clock,
            tasks=tasks,
            random_bytes=os.urandom,
        )
        collector = GarbageCollector(store, executor, tasks=tasks, retry_delay_s=0.01)
        yield World(tmp_path, store, scheduler, collector, failures)
        for part in (scheduler, collector):
            part.close()
            await part.wait_closed()
    store.close()
    assert failures == []


async def test_the_files_of_a_dropped_table_go_and_no_others(world: World) -> None:
    await world.fill_and_flush()
    assert world.files() == ["app/dropped/ann", "app/dropped/bob", "app/kept/ann", "app/kept/bob"]
    world.drop()
    await world.collector.wait_idle()
    assert world.files() == ["app/kept/ann", "app/kept/bob"]
    assert not (world.path / "storage/app/dropped").exists()


async def test_the_files_of_segments_that_were_replaced_go(world: World) -> None:
    await world.fill_and_flush()
    scope = Scope(KEPT.table_id, UserId("ann"))
    batch = WriteBatch()
    for segment in world.store.manifest(scope).segments:
        batch.remove_segment(scope, segment.segment_id)
    world.store.commit(batch)
    await world.collector.wait_idle()
    assert world.files() == ["app/dropped/ann", "app/dropped/bob", "app/kept/bob"]


async def test_what_a_snapshot_reads_waits_for_it(world: World) -> None:
    await world.fill_and_flush()
    snapshot = world.store.snapshot()
    world.drop()
    world.store.gate.sync()
    assert world.store.remove_garbage() == 0
    assert len(world.files()) == 4
    snapshot.close()
    await world.collector.wait_idle()
    assert len(world.files()) == 2


async def test_closing_leaves_the_rest_for_the_next_start(world: World) -> None:
    await world.fill_and_flush()
    snapshot = world.store.snapshot()
    world.drop()
    world.collector.close()
    await world.collector.wait_closed()
    assert len(world.files()) == 4
    snapshot.close()


async def test_jobs_of_a_real_store_are_there_after_reopening(world: World) -> None:
    await world.fill_and_flush()
    (first, second) = world.scheduler.jobs()
    assert first.message == "Flushed app.kept successfully (6 rows, 2 files)"
    assert first.status is second.status is JobStatus.COMPLETED
    reread = open_job_store(world.store)
    assert {job.job_id: job for job in reread.jobs()} == {
        first.job_id: first,
        second.job_id: second,
    }
