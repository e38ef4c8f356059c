"""AutoFlush: starts a flush of each table when it is due.

``FlushLedger`` says what is due when; this is the rim that sleeps until then, starts jobs, learns
from them, and keeps in the journal what the next process must know.

Invariants:
    - Nothing is polled: the loop sleeps until the next deadline or alarm.
    - Intervals are measured with the monotonic clock, across restarts with the wall clock.
    - After ``wait_closed`` no thread counts rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import msgspec
import structlog

from kalampg.catalog import Catalog
from kalampg.clock import Clock
from kalampg.errors import PgError
from kalampg.ids import TableId
from kalampg.jobs.flush_journal import FlushHistory, FlushJournal, applied
from kalampg.jobs.flush_ledger import FlushLedger
from kalampg.jobs.flush_policy import AutoFlushSettings, failure_delay_us, limits_of
from kalampg.jobs.job import Job, JobKind, JobStatus
from kalampg.jobs.outcome import StopSignal
from kalampg.jobs.table_ledger import HotCount
from kalampg.relation import Relation
from kalampg.storage import Store
from kalampg.tasks import TaskOwner

CountHot = Callable[[TableId, StopSignal], Awaitable[HotCount]]
_JITTER_STEPS: Final = 255

_LOG: Final = structlog.get_logger("kalampg.jobs.flush")


class SubmitFlush(Protocol):
    """``Scheduler.submit_flush``."""

    def __call__(self, relation: Relation, trigger: str | None = None) -> Job: ...


class FlushResult(msgspec.Struct):
    """What a flush job's result says, as far as it matters here."""

    rows_flushed: int = 0
    users_failed: int = 0
    duration_ms: int = 0


_RESULT_DECODER: Final = msgspec.json.Decoder(FlushResult)


class AutoFlush:
    """Owns the automatic flushes of one store. All methods belong to the event loop's thread."""

    def __init__(
        self,
        journal: FlushJournal,
        settings: AutoFlushSettings,
        *,
        catalog: Callable[[], Catalog],
        submit: SubmitFlush,
        count_hot: CountHot,
        clock: Clock,
        tasks: TaskOwner,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._journal = journal
        self._configured = settings
        self._catalog = catalog
        self._submit = submit
        self._count_hot = count_hot
        self._clock = clock
        self._tasks = tasks
        self._random_bytes = random_bytes
        self._wake = asyncio.Event()
        self._stop = StopSignal()
        self._counting = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self.settings = applied(settings, journal.settings)
        self.ledger = FlushLedger(self.settings, now_us=self.now_us, on_alarm=self._wake.set)

    def start(self, store: Store) -> None:
        """Follow the store, count what the last process left hot, and begin."""
        store.on_commit(self.ledger.committed)
        self.load()
        self._idle.clear()
        _task = self._tasks.start(self._run(), "automatic flush")
        _counts = self._tasks.start(self._count_all(), "counts of hot rows")

    def load(self) -> None:
        """Take up the tables where the last process left them."""
        self.ledger.set_paused(is_paused=self._journal.settings.is_paused)
        offset_us = self._clock.now_us() - self.now_us()
        tables = {table.table_id: table for table in self._catalog().tables.values()}
        for table_id, table in tables.items():
            history = self._journal.history(table_id)
            anchor_us = history.anchor_us or table.created_at_us
            # A wall clock that was set back must not put a deadline far away.
            anchor_us = min(anchor_us - offset_us, self.now_us())
            self.ledger.open(table_id, anchor_us, is_paused=history.is_paused)
            self.ledger.set_limits(table_id, limits_of(table.options, self.settings))
        for table_id in self._journal.histories().keys() - tables.keys():
            self._journal.forget(table_id)

    def tick(self) -> None:
        """Do everything that is due now."""
        self._look_up_stale()
        while self.ledger.miscounted:
            self._start_count(self.ledger.miscounted.pop())
        for table_id, due in self.ledger.take_due(self.now_us()):
            relation = self._catalog().table_by_id(table_id)
            if relation is not None:
                self._submit(relation, due.reason.value)

    def job_changed(self, job: Job) -> None:
        """Follow a flush job, whoever asked for it."""
        if job.kind is not JobKind.FLUSH:
            return
        match job.status:
            case JobStatus.QUEUED:
                self.ledger.job_queued(job.table_id)
            case JobStatus.RUNNING:
                self.ledger.job_started(job.table_id)
            case JobStatus.SKIPPED:
                self.ledger.stale.add(job.table_id)
                self._wake.set()
            case JobStatus.COMPLETED | JobStatus.FAILED | JobStatus.CANCELLED:
                self._job_ended(job)
            case JobStatus.NEW | JobStatus.RETRYING:
                pass

    def set_paused(self, *, is_paused: bool, table_id: TableId | None = None) -> None:
        """Pause or resume automatic flushes of one table or, apart from that, of all."""
        if table_id is None:
            record = self._journal.settings
            self._journal.put_settings(msgspec.structs.replace(record, is_paused=is_paused))
        else:
            history = self._journal.history(table_id)
            self._journal.put(table_id, msgspec.structs.replace(history, is_paused=is_paused))
        self.ledger.set_paused(is_paused=is_paused, table_id=table_id)

    def change_settings(self, values: dict[str, int | None]) -> None:
        """Change settings for good; None goes back to what the configuration says."""
        record = self._journal.settings
        merged = {**record.values, **values}
        kept = {name: value for name, value in merged.items() if value is not None}
        self._journal.put_settings(msgspec.structs.replace(record, values=kept))
        self.settings = applied(self._configured, self._journal.settings)
        self.ledger.set_settings(self.settings)
        for table in self._catalog().tables.values():
            self.ledger.set_limits(table.table_id, limits_of(table.options, self.settings))

    def recount_overwritten(self) -> None:
        """Count tables again where so much was written that much may be there no more."""
        for table in list(self.ledger.tables()):
            if table.is_grown and not table.is_busy:
                self._start_count(table.table_id)

    @property
    def configured(self) -> AutoFlushSettings:
        """What the configuration says, without what was changed since."""
        return self._configured

    def history(self, table_id: TableId) -> FlushHistory:
        return self._journal.history(table_id)

    def now_us(self) -> int:
        return round(self._clock.monotonic_s() * 1_000_000)

    def wall_us(self, at_us: int) -> int:
        """The wall clock's time at a time of ``now_us``."""
        return self._clock.now_us() - self.now_us() + at_us

    def close(self) -> None:
        """Ask to stop. Idempotent."""
        self._stop.set()
        self._wake.set()

    async def wait_closed(self) -> None:
        await self._idle.wait()
        while self._counting:
            self._wake.clear()
            await self._wake.wait()

    # --- inside ---

    async def _run(self) -> None:
        try:
            while not self._stop.is_set:
                self._wake.clear()
                self.tick()
                await self._sleep()
        finally:
            self._idle.set()

    async def _sleep(self) -> None:
        """Until the next deadline, or until something happens."""
        due_us = self.ledger.next_due_us()
        delay_s = None if due_us is None else max(0, due_us - self.now_us()) / 1_000_000
        try:
            async with asyncio.timeout(delay_s):
                await self._wake.wait()
        except TimeoutError:
            return

    def _look_up_stale(self) -> None:
        catalog = self._catalog()
        while self.ledger.stale:
            table_id = self.ledger.stale.pop()
            relation = catalog.table_by_id(table_id)
            if relation is None:
                self.ledger.forget(table_id)
                self._journal.forget(table_id)
            else:
                self.ledger.set_limits(table_id, limits_of(relation.options, self.settings))

    def _job_ended(self, job: Job) -> None:
        table_id = job.table_id
        if self._catalog().table_by_id(table_id) is None:
            self.ledger.stale.add(table_id)
            self._wake.set()
            return
        result = FlushResult() if job.result is None else _RESULT_DECODER.decode(job.result)
        is_failed = job.status is JobStatus.FAILED or result.users_failed > 0
        if job.status is JobStatus.CANCELLED:
            self.ledger.job_started(table_id)  # the next interval begins now
        history = self._next_history(job, result, is_failed=is_failed)
        retry_at_us = None
        if is_failed:
            jitter = self._random_bytes(1)[0] / _JITTER_STEPS
            retry_at_us = self.now_us() + failure_delay_us(history.failures, jitter)
        self._journal.put(table_id, history)
        self.ledger.job_ended(
            table_id, is_flushed=job.status is not JobStatus.FAILED, retry_at_us=retry_at_us
        )
        self._start_count(table_id)

    def _next_history(self, job: Job, result: FlushResult, *, is_failed: bool) -> FlushHistory:
        history = self._journal.history(job.table_id)
        table = self.ledger.table(job.table_id)
        anchor_us = history.anchor_us
        if table is not None and table.anchor_us is not None:
            anchor_us = self.wall_us(table.anchor_us)
        if job.status is JobStatus.CANCELLED:
            return msgspec.structs.replace(history, anchor_us=anchor_us, last_result="cancelled")
        outcome = "partial" if result.users_failed else "completed"
        history = msgspec.structs.replace(
            history,
            anchor_us=anchor_us,
            last_flush_us=job.finished_at_us,
            last_rows=result.rows_flushed,
            last_duration_ms=result.duration_ms,
            last_result="failed" if job.status is JobStatus.FAILED else outcome,
            last_error=job.error if is_failed else None,
            flush_count=history.flush_count + (job.status is JobStatus.COMPLETED),
            failures=history.failures + 1 if is_failed else 0,
        )
        return self._with_alert(job, history)

    def _with_alert(self, job: Job, history: FlushHistory) -> FlushHistory:
        now_us = self._clock.now_us()
        is_open = history.alert_raised_us is not None and history.alert_resolved_us is None
        if history.failures == 0:
            if is_open:
                _LOG.info("flush alert resolved", table=job.table_name)
                return msgspec.structs.replace(history, alert_resolved_us=now_us)
            return history
        if history.failures < self.settings.alert_after_failures and not is_open:
            return history
        _LOG.error(
            "flush alert",
            table=job.table_name,
            consecutive_failures=history.failures,
            error=job.error,
        )
        return msgspec.structs.replace(
            history,
            alert_raised_us=history.alert_raised_us if is_open else now_us,
            alert_updated_us=now_us,
            alert_failures=history.failures,
            alert_error=job.error,
            alert_resolved_us=None,
        )

    def _start_count(self, table_id: TableId) -> None:
        if self._stop.is_set:
            return
        _task = self._tasks.start(self._count(table_id), "count of hot rows")

    async def _count_all(self) -> None:
        """Count what is hot at the start, one table after the other; what is due goes on."""
        self._counting += 1
        try:
            for table in list(self._catalog().tables.values()):
                if self._stop.is_set:
                    break
                await self._count(table.table_id)
        finally:
            self._counting -= 1
            self._wake.set()

    async def _count(self, table_id: TableId) -> None:
        """Count a table's hot rows, unless it is gone or being counted."""
        table = self.ledger.table(table_id)
        if table is None or table.is_counting:
            return
        # No commit can come between these: both are of this moment.
        self.ledger.begin_count(table_id)
        counting = self._count_hot(table_id, self._stop)
        count = None
        self._counting += 1
        try:
            count = await counting
        except (OSError, PgError) as failure:
            _LOG.warning("hot rows cannot be counted", table_id=table_id, error=str(failure))
        finally:
            self._counting -= 1
            self.ledger.end_count(table_id, count)
            self._wake.set()
