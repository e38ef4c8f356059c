"""FlushLedger against a model that remembers every hot row.

Goal: whatever is written, flushed, failed, killed, paused, altered and restarted in whatever order,
a table is due exactly when its rows, its bytes or its interval say so, never while it is busy, and
what the ledger counts is what is there. Method: a Hypothesis machine; the model keeps a list of
rows with their times and looks through all of it at every step.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from kalampg.ids import TableId, UserId
from kalampg.jobs.flush_ledger import FlushLedger
from kalampg.jobs.flush_policy import AutoFlushSettings, FlushLimits, FlushReason
from kalampg.jobs.table_ledger import HotCount
from kalampg.storage import Scope, WriteBatch

S = 1_000_000
TABLES = [TableId(number) for number in (1, 2, 3)]
TOTAL_MAX = 3_000
KEY = b"k"

tables = st.sampled_from(TABLES)
limits_given = st.builds(
    FlushLimits,
    rows=st.none() | st.integers(1, 8),
    interval_us=st.none() | st.integers(1, 20).map(lambda seconds: seconds * S),
    size_bytes=st.none() | st.integers(1, 20).map(lambda number: number * 50),
)


@dataclass
class Row:
    user: str
    size: int
    is_since_flush: bool = True
    is_in_job: bool = False


@dataclass
class Model:
    """One table. ``job`` is None, "queued" or "running"."""

    limits: FlushLimits
    anchor: int
    rows: list[Row] = field(default_factory=list)
    dirty: int | None = None
    retry_at: int | None = None
    is_paused: bool = False
    job: str | None = None
    due: tuple[int, FlushReason] | None = None

    @property
    def size(self) -> int:
        return sum(row.size for row in self.rows)

    @property
    def since(self) -> int:
        return sum(row.is_since_flush for row in self.rows)

    def reason(self, now: int) -> FlushReason | None:
        """Why it is due at ``now``."""
        limits = self.limits
        nothing = (limits.rows, limits.interval_us, limits.size_bytes) == (None, None, None)
        if not self.rows or self.job or nothing:
            return None
        if self.retry_at is not None:
            return FlushReason.RETRY if now >= self.retry_at else None
        if limits.rows is not None and self.since >= limits.rows:
            return FlushReason.ROWS
        if limits.size_bytes is not None and self.size >= limits.size_bytes:
            return FlushReason.BYTES
        return FlushReason.INTERVAL if self.line_passed(now) is not None else None

    def line_passed(self, now: int) -> int | None:
        """The first line of the interval's grid behind the first row, if it lies behind us."""
        if self.limits.interval_us is None or self.dirty is None:
            return None
        line = self.anchor + self.limits.interval_us
        while line <= self.dirty:
            line += self.limits.interval_us
        return line if line <= now else None


class FlushMachine(RuleBasedStateMachine):
    @initialize(limits=st.lists(limits_given, min_size=3, max_size=3))
    def begin(self, limits: list[FlushLimits]) -> None:
        self.now = 1_000 * S
        self.is_paused = False
        self.models = {
            table_id: Model(given, self.now) for table_id, given in zip(TABLES, limits, strict=True)
        }
        self.open_ledger()

    def open_ledger(self) -> None:
        self.ledger = FlushLedger(
            AutoFlushSettings(hot_bytes_total_max=TOTAL_MAX),
            now_us=lambda: self.now,
            on_alarm=lambda: None,
        )
        self.ledger.set_paused(is_paused=self.is_paused)
        for table_id, model in self.models.items():
            self.ledger.open(table_id, model.anchor, is_paused=model.is_paused)
            self.ledger.set_limits(table_id, model.limits)
            self.count(table_id)

    def count(self, table_id: TableId) -> None:
        model = self.models[table_id]
        self.ledger.begin_count(table_id)
        users = frozenset(UserId(row.user) for row in model.rows)
        self.ledger.end_count(table_id, HotCount(len(model.rows), model.size, users))
        if not model.rows:
            model.dirty = None
        elif model.dirty is None or model.retry_at is None:
            model.dirty = model.anchor

    @rule(
        table_id=tables,
        sizes=st.lists(st.integers(1, 6).map(lambda number: number * 50), min_size=1, max_size=4),
        user=st.sampled_from(["ann", "bob"]),
    )
    def write(self, table_id: TableId, sizes: list[int], user: str) -> None:
        batch = WriteBatch()
        model = self.models[table_id]
        for size in sizes:
            value = bytes(size - len(KEY))
            batch.put_row(Scope(table_id, UserId(user)), KEY, value)
            model.rows.append(Row(user, size))
        if model.dirty is None:
            model.dirty = self.now
        self.ledger.committed(batch, 0)

    @rule(seconds=st.floats(0.001, 30))
    def wait(self, seconds: float) -> None:
        self.now += round(seconds * S)

    @rule()
    def wait_until_something_is_due(self) -> None:
        due = self.ledger.next_due_us()
        if due is not None:
            self.now = max(self.now, due)

    @rule()
    def take_due(self) -> None:
        expected = {
            table_id: reason
            for table_id, model in self.models.items()
            if not (self.is_paused or model.is_paused)
            and (reason := model.reason(self.now)) is not None
        }
        total = sum(model.size for model in self.models.values())
        taken = self.ledger.take_due(self.now)
        own = [(i, due.reason) for i, due in taken if due.reason is not FlushReason.TOTAL_BYTES]
        biggest = [i for i, due in taken if due.reason is FlushReason.TOTAL_BYTES]
        assert dict(own) == expected
        assert len(taken) == len({table_id for table_id, _ in taken})
        assert not biggest or total >= TOTAL_MAX
        for table_id, due in taken:
            model = self.models[table_id]
            assert not model.is_paused
            model.job, model.due = "queued", (due.at_us, due.reason)
            self.ledger.job_queued(table_id)
        sizes = [self.models[table_id].size for table_id in biggest]
        assert sizes == sorted(sizes, reverse=True)

    @rule(table_id=tables)
    def flush_by_hand(self, table_id: TableId) -> None:
        model = self.models[table_id]
        if model.job is None:
            model.job, model.due = "queued", None
            self.ledger.job_queued(table_id)

    @rule(table_id=tables)
    def start_job(self, table_id: TableId) -> None:
        model = self.models[table_id]
        if model.job != "queued":
            return
        model.job = "running"
        model.anchor = self.now
        if model.due is not None and model.due[1] is FlushReason.INTERVAL:
            interval = model.limits.interval_us
            if interval is not None:
                model.anchor = max(model.due[0], self.now - interval)
        for row in model.rows:
            row.is_in_job = True
        self.ledger.job_started(table_id)

    @rule(table_id=tables)
    def job_succeeds(self, table_id: TableId) -> None:
        model = self.models[table_id]
        if model.job == "running":
            model.rows = [row for row in model.rows if not row.is_in_job]
            self.end(table_id, retry_at=None, is_flushed=True)

    @rule(table_id=tables, delay=st.integers(1, 20), is_partial=st.booleans())
    def job_fails(self, table_id: TableId, delay: int, is_partial: bool) -> None:
        """Or moves one user's rows and not the other's."""
        model = self.models[table_id]
        if model.job != "running":
            return
        if is_partial:
            model.rows = [r for r in model.rows if not (r.is_in_job and r.user == "ann")]
            for row in model.rows:
                row.is_since_flush = row.is_since_flush and not row.is_in_job
        self.end(table_id, retry_at=self.now + delay * S, is_flushed=is_partial)

    @rule(table_id=tables)
    def job_is_killed(self, table_id: TableId) -> None:
        model = self.models[table_id]
        if model.job is None:
            return
        model.job, model.due = "queued", model.due
        self.start_job(table_id)
        for row in model.rows:
            row.is_since_flush = False
        self.end(table_id, retry_at=None, is_flushed=True)

    def end(self, table_id: TableId, *, retry_at: int | None, is_flushed: bool) -> None:
        model = self.models[table_id]
        model.job, model.due, model.retry_at = None, None, retry_at
        for row in model.rows:
            row.is_in_job = False
        self.ledger.job_ended(table_id, is_flushed=is_flushed, retry_at_us=retry_at)
        self.count(table_id)

    @rule(table_id=tables, limits=limits_given)
    def alter(self, table_id: TableId, limits: FlushLimits) -> None:
        self.models[table_id].limits = limits
        self.ledger.set_limits(table_id, limits)

    @rule(table_id=st.none() | tables, is_paused=st.booleans())
    def pause(self, table_id: TableId | None, is_paused: bool) -> None:
        if table_id is None:
            self.is_paused = is_paused
        else:
            self.models[table_id].is_paused = is_paused
        self.ledger.set_paused(is_paused=is_paused, table_id=table_id)

    @precondition(lambda self: all(model.job is None for model in self.models.values()))
    @rule()
    def restart(self) -> None:
        for model in self.models.values():
            model.retry_at = None
            for row in model.rows:
                row.is_since_flush = True
        self.open_ledger()

    @invariant()
    def counts_are_exact(self) -> None:
        for table_id, model in self.models.items():
            table = self.ledger.table(table_id)
            assert table is not None
            assert table.hot_rows == len(model.rows)
            assert table.hot_bytes == model.size
            assert table.rows_since_flush == model.since
            assert {row.user for row in model.rows} <= table.users | table.users_counted
        assert self.ledger.total_bytes == sum(model.size for model in self.models.values())

    @invariant()
    def nobody_sleeps_through_a_deadline(self) -> None:
        is_due = any(
            not (self.is_paused or model.is_paused) and model.reason(self.now) is not None
            for model in self.models.values()
        )
        due = self.ledger.next_due_us()
        assert not is_due or (due is not None and due <= self.now)


TestFlushLedger = FlushMachine.TestCase
TestFlushLedger.settings = settings(max_examples=250, stateful_step_count=40)
