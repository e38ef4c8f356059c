"""AutoFlush: the rim between ledger, jobs, journal and clock.

Goal: deadlines hold on time and across restarts whatever the wall clock does; failures wait, make
an alert, and their end resolves it; the biggest tables go when memory is full.
Method: a manual clock, a dictionary for the store, jobs that the test ends itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from functools import partial

import pytest

from kalampg.catalog import Catalog, bootstrap
from kalampg.catalog.table_edit import NewColumn, NewTable, create_table, set_flush
from kalampg.clock import ManualClock
from kalampg.ids import JobId, Oid, TableId, UserId
from kalampg.jobs import AutoFlush, AutoFlushSettings, FlushJournal, Job, JobKind, JobStatus
from kalampg.jobs.flush_rows import alert_rows, flush_status_rows
from kalampg.jobs.outcome import StopSignal
from kalampg.jobs.table_ledger import HotCount
from kalampg.relation import Relation, TableType
from kalampg.storage import Scope, WriteBatch
from kalampg.tasks import TaskOwner

pytestmark = pytest.mark.asyncio

S = 1_000_000
SETTINGS = AutoFlushSettings(5, 300, 1_000_000, 10_000, 2)


def _catalog(now_us: int, names: tuple[str, ...]) -> Catalog:
    edit = bootstrap(root_verifier="v", server_secret=bytes(32), now_us=now_us)
    for name in names:
        new = NewTable("public", name, TableType.USER, (NewColumn("id", Oid(20)),), ("id",))
        edit = edit.then(partial(create_table, new=new, now_us=now_us))
    return edit.catalog


class Server:
    """One process; ``entries`` is what the next one finds."""

    def __init__(
        self,
        clock: ManualClock,
        catalog: Catalog,
        entries: dict[bytes, bytes] | None = None,
        hot: dict[TableId, int] | None = None,
    ) -> None:
        self.clock = clock
        self.catalog = catalog
        self.entries = {} if entries is None else entries
        self.hot = {} if hot is None else hot
        self.failures: list[BaseException] = []
        self.submitted: list[tuple[str, str | None]] = []
        self.jobs: dict[str, Job] = {}
        self.flushes = AutoFlush(
            FlushJournal(list(self.entries.items()), self.write),
            SETTINGS,
            catalog=lambda: self.catalog,
            submit=self.submit,
            count_hot=self.count_hot,
            clock=clock,
            tasks=TaskOwner(self.failures.append),
            random_bytes=lambda count: b"\x80" * count,
        )
        self.flushes.load()

    def write(self, changes: list[tuple[bytes, bytes | None]]) -> None:
        for key, value in changes:
            if value is None:
                del self.entries[key]
            else:
                self.entries[key] = value

    def submit(self, relation: Relation, trigger: str | None = None) -> Job:
        now_us = self.clock.now_us()
        job = Job(
            JobId(f"FL-{len(self.submitted)}"),
            JobKind.FLUSH,
            relation.table_id,
            relation.qualified_name,
            JobStatus.QUEUED,
            "{}",
            now_us,
            now_us,
        )
        self.submitted.append((relation.name, trigger))
        self.jobs[relation.name] = job
        self.flushes.job_changed(job)
        self.flushes.job_changed(replace(job, status=JobStatus.RUNNING))
        return job

    def count_hot(self, table_id: TableId, stop: StopSignal) -> Awaitable[HotCount]:
        rows = self.hot.get(table_id, 0)

        async def counted() -> HotCount:
            return HotCount(rows, rows * 100, frozenset())

        return counted()

    def table(self, name: str) -> Relation:
        return self.catalog.tables["public", name]

    def insert(self, name: str, rows: int, size: int = 100) -> None:
        batch = WriteBatch()
        table_id = self.table(name).table_id
        for number in range(rows):
            batch.put_row(Scope(table_id, UserId("ann")), bytes([number]), bytes(size - 1))
        self.hot[table_id] = self.hot.get(table_id, 0) + rows
        self.flushes.ledger.committed(batch, 0)

    async def end(self, name: str, status: JobStatus = JobStatus.COMPLETED) -> None:
        job = self.jobs.pop(name)
        if status is JobStatus.COMPLETED:
            self.hot[job.table_id] = 0
        self.flushes.job_changed(
            replace(
                job,
                status=status,
                finished_at_us=self.clock.now_us(),
                result='{"rows_flushed":7,"users_failed":0,"duration_ms":9}',
                error="no room" if status is JobStatus.FAILED else None,
            )
        )
        for _ in range(3):  # the count is a task
            await asyncio.sleep(0)

    def tick(self, seconds: float = 0) -> list[tuple[str, str | None]]:
        """What is started when so much time has passed."""
        before = len(self.submitted)
        self.clock.advance(seconds)
        self.flushes.tick()
        return self.submitted[before:]

    def status(self, name: str) -> tuple[object, ...]:
        table_id = self.table(name).table_id
        return next(row for row in flush_status_rows(self.flushes) if row[0] == table_id)


def started(*names: str) -> Server:
    clock = ManualClock()
    return Server(clock, _catalog(clock.now_us(), names))


async def test_an_interval_does_not_drift() -> None:
    """Each flush is found late and takes its time; the hundredth is still on the grid."""
    server = started("t")
    begin_us = server.flushes.now_us()
    for number in range(1, 101):
        server.insert("t", 1)
        due_us = server.flushes.ledger.next_due_us()
        assert due_us == begin_us + number * 300 * S
        late = (due_us - server.flushes.now_us()) / S + 0.3
        assert server.tick(late) == [("t", "interval")]
        server.clock.advance(2)
        await server.end("t")


async def test_a_flush_that_nobody_asked_for_again_is_not_started_again() -> None:
    server = started("t")
    server.insert("t", 5)
    assert server.tick() == [("t", "rows")]
    server.insert("t", 50)
    assert server.tick(10_000) == []  # the job has not ended
    await server.end("t")
    assert server.tick(10_000) == []  # nothing hot is left


async def test_a_deadline_that_passed_while_the_server_was_away_is_now() -> None:
    server = started("t")
    server.insert("t", 1)
    server.tick(300)
    await server.end("t")
    server.insert("t", 1)
    server.clock.advance(200)
    again = Server(server.clock, server.catalog, server.entries, server.hot)
    await again.flushes._count(again.table("t").table_id)
    assert again.status("t")[1] == 1
    assert again.tick(99) == []
    assert again.tick(2) == [("t", "interval")]


async def test_a_wall_clock_that_was_set_back_puts_no_deadline_off() -> None:
    server = started("t")
    server.insert("t", 1)
    server.tick(300)
    await server.end("t")
    server.insert("t", 1)
    server.clock.step_wall_clock(-1_000_000)
    assert server.tick(299) == []
    assert server.tick(1) == [("t", "interval")]
    await server.end("t")
    server.insert("t", 1)
    server.clock.step_wall_clock(-1_000_000)
    again = Server(server.clock, server.catalog, server.entries, server.hot)
    await again.flushes._count(again.table("t").table_id)
    assert again.tick(300) == [("t", "interval")]


async def test_failures_wait_and_make_an_alert_that_the_next_success_resolves() -> None:
    server = started("t")
    server.insert("t", 5)
    assert server.tick() == [("t", "rows")]
    await server.end("t", JobStatus.FAILED)
    assert server.status("t")[10:] == ("retry", 0, 1, False)
    assert list(alert_rows(server.flushes)) == []
    assert server.tick(4.9) == []
    assert server.tick(0.2) == [("t", "retry")]
    await server.end("t", JobStatus.FAILED)
    ((_, alert_id, _, _, failures, error, raised, _, resolved),) = alert_rows(server.flushes)
    assert (failures, error, resolved) == (2, "no room", None)
    assert raised == server.clock.now_us()

    again = Server(server.clock, server.catalog, server.entries, server.hot)
    await again.flushes._count(again.table("t").table_id)
    assert [row[1] for row in alert_rows(again.flushes)] == [alert_id]
    assert again.tick() == [("t", "rows")]
    await again.end("t")
    ((*_, resolved),) = alert_rows(again.flushes)
    assert resolved == again.clock.now_us()
    assert again.status("t")[5:9] == (again.clock.now_us(), 7, 9, "completed")


async def test_when_memory_is_full_the_biggest_tables_go_until_the_rest_fits() -> None:
    server = started("small", "big", "middle")
    for name, size in (("small", 2_000), ("big", 5_000), ("middle", 4_000)):
        server.insert(name, 1, size)
    assert server.tick() == [("big", "total_bytes")]
    server.insert("middle", 1, 5_000)
    assert server.tick() == []  # the big one is on its way
    await server.end("big")
    assert server.tick() == [("middle", "total_bytes")]


async def test_altered_options_and_settings_take_effect_at_once() -> None:
    server = started("t", "u")
    server.insert("t", 3)
    server.insert("u", 3)
    table = set_flush(server.table("t"), 3, None, is_off=False)
    server.catalog = replace(
        server.catalog, tables={**server.catalog.tables, ("public", "t"): table}
    )
    server.flushes.ledger.stale.add(table.table_id)
    assert server.tick() == [("t", "rows")]
    server.flushes.change_settings({"default_row_threshold": 3})
    assert server.tick() == [("u", "rows")]
    again = Server(server.clock, server.catalog, server.entries, server.hot)
    assert again.flushes.settings.default_row_threshold == 3
    again.flushes.change_settings({"default_row_threshold": None})
    assert again.flushes.settings == SETTINGS


async def test_a_killed_flush_is_not_started_again_at_once() -> None:
    server = started("t")
    server.insert("t", 5)
    assert server.tick() == [("t", "rows")]
    await server.end("t", JobStatus.CANCELLED)
    assert server.tick(1) == []
    server.insert("t", 4)
    assert server.tick(1) == []
    server.insert("t", 1)
    assert server.tick() == [("t", "rows")]


async def test_a_dropped_table_is_forgotten() -> None:
    server = started("t", "u")
    server.insert("t", 5)
    server.tick()
    await server.end("t")
    table_id = server.table("t").table_id
    assert any(key.endswith(table_id.to_bytes(4)) for key in server.entries)
    server.insert("t", 2)
    batch = WriteBatch()
    batch.drop_table(table_id)
    names = dict(server.catalog.tables)
    del names["public", "t"]
    server.catalog = replace(
        server.catalog, tables=names, _names_by_id={names["public", "u"].table_id: ("public", "u")}
    )
    server.flushes.ledger.committed(batch, 0)
    assert server.tick(1_000) == []
    assert server.flushes.ledger.total_bytes == 0
    assert not any(key.endswith(table_id.to_bytes(4)) for key in server.entries)


async def test_a_truncated_table_is_counted_again() -> None:
    server = started("t")
    server.insert("t", 4)
    table_id = server.table("t").table_id
    batch = WriteBatch()
    batch.drop_scope(Scope(table_id, UserId("ann")))
    server.hot[table_id] = 0
    server.flushes.ledger.committed(batch, 0)
    assert server.tick() == []
    for _ in range(3):
        await asyncio.sleep(0)
    assert server.status("t")[1:4] == (0, 0, 0)
    assert server.tick(1_000) == []
