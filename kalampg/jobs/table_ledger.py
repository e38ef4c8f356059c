"""TableLedger: what one table has written, and what of it is hot.

Sums only grow; everything else is said relative to them, so that a commit adds and compares.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from kalampg.ids import TableId, UserId
from kalampg.jobs.flush_policy import Backlog, FlushDue, FlushLimits, FlushReason

NEVER: Final = 1 << 62
MANUAL: Final = FlushLimits()


@dataclass(frozen=True, slots=True)
class HotCount:
    """The live hot rows of a table: what a flush would move."""

    rows: int
    size_bytes: int
    users: frozenset[UserId]


@dataclass(slots=True, eq=False)
class TableLedger:
    """One table. ``written_*`` only grow; everything else is said relative to them."""

    table_id: TableId
    limits: FlushLimits = MANUAL
    anchor_us: int | None = None
    written_rows: int = 0
    written_bytes: int = 0
    flushed_rows_mark: int = -NEVER  # ``written_rows`` when the last flush began
    hot_rows_mark: int = 0  # hot rows are ``written_rows`` less this
    hot_bytes_mark: int = 0
    users: set[UserId] = field(default_factory=set)  # who wrote since the last count
    users_counted: frozenset[UserId] = frozenset()
    dirty_since_us: int | None = None
    retry_at_us: int | None = None
    is_paused: bool = False
    is_busy: bool = False
    is_counting: bool = False
    due: FlushDue | None = None  # why the job that is busy was asked for
    queued_us: int | None = None
    alarm_rows: int = NEVER
    alarm_bytes: int = NEVER
    _job_rows_mark: int = 0
    _count_rows_mark: int = 0
    _count_bytes_mark: int = 0

    @property
    def hot_rows(self) -> int:
        return self.written_rows - self.hot_rows_mark

    @property
    def hot_bytes(self) -> int:
        return self.written_bytes - self.hot_bytes_mark

    @property
    def is_grown(self) -> bool:
        """Whether a quarter of what seems hot was written since the last count."""
        return 4 * (self.written_bytes - self._count_bytes_mark) >= self.hot_bytes > 0

    @property
    def rows_since_flush(self) -> int:
        return min(self.written_rows - self.flushed_rows_mark, self.hot_rows)

    @property
    def user_count(self) -> int:
        return len(self.users | self.users_counted)

    @property
    def backlog(self) -> Backlog:
        return Backlog(
            self.anchor_us or 0,
            self.rows_since_flush,
            self.hot_bytes,
            self.dirty_since_us,
            self.retry_at_us,
        )

    def begin_job(self, now_us: int) -> None:
        """What is written from now on may miss the flush."""
        self._job_rows_mark = self.written_rows
        self.anchor_us = now_us
        due, interval_us = self.due, self.limits.interval_us
        if due is not None and due.reason is FlushReason.INTERVAL and interval_us is not None:
            # The next interval begins where this one ended, not when the job found a thread.
            self.anchor_us = max(due.at_us, now_us - interval_us)

    def end_job(self, retry_at_us: int | None, *, is_flushed: bool) -> None:
        self.is_busy = False
        self.due = None
        self.retry_at_us = retry_at_us
        if is_flushed:
            self.flushed_rows_mark = self._job_rows_mark

    def begin_count(self) -> None:
        self.is_counting = True
        self._count_rows_mark = self.written_rows
        self._count_bytes_mark = self.written_bytes
        self.users_counted |= self.users
        self.users = set()

    def end_count(self, count: HotCount | None) -> None:
        """``count`` is of the moment of ``begin_count``; None: it could not be counted."""
        self.is_counting = False
        if count is not None:
            self.hot_rows_mark = self._count_rows_mark - count.rows
            self.hot_bytes_mark = self._count_bytes_mark - count.size_bytes
            self.users_counted = count.users
        if self.hot_rows <= 0:
            self.dirty_since_us = None
        elif self.dirty_since_us is None or self.retry_at_us is None:
            self.dirty_since_us = self.anchor_us
