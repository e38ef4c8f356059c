"""FlushLedger: what waits for a flush in each table, and which table is due next.

It hears of every commit and of every flush job, and knows no task and no store: times are
microseconds of a monotonic clock. ``AutoFlush`` acts on what it says.

A commit costs a look-up and a few additions for each row. What has to be decided is decided when
an alarm goes off: at the first row after a flush, and where a threshold is reached.

Invariants:
    - A table that is due by its own triggers has exactly one entry in the queue with its
      ``queued_us``; other entries of it are stale and mean nothing.
    - A table whose job has not ended, or whose hot rows are being counted, is never due.
    - Hot rows and bytes are exact when they are counted; after that, what is written twice counts
      twice, so they are never too low.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from kalampg.catalog.records import FAMILY as CATALOG_FAMILY
from kalampg.catalog.records import table_id_of
from kalampg.ids import TableId
from kalampg.jobs.flush_policy import (
    AutoFlushSettings,
    FlushDue,
    FlushLimits,
    FlushReason,
    flush_due,
)
from kalampg.jobs.table_ledger import NEVER, HotCount, TableLedger
from kalampg.storage import WriteBatch
from kalampg.storage.batch import RowChange
from kalampg.storage.keys import Scope

# Stale entries leave the queue at their time; a queue of mostly stale ones is built anew.
_STALE_ENTRIES_MAX: Final = 64


class FlushLedger:
    """All tables of a store. ``on_alarm`` is called when ``next_due_us`` may have changed."""

    def __init__(
        self,
        settings: AutoFlushSettings,
        *,
        now_us: Callable[[], int],
        on_alarm: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._now_us = now_us
        self._on_alarm = on_alarm
        self._tables: dict[TableId, TableLedger] = {}
        self._queue: list[tuple[int, TableId]] = []
        self._alarm_total = settings.hot_bytes_total_max
        self._is_over_total = False
        self._is_paused = False
        self.total_bytes = 0
        # Tables whose options are to be looked up: they are new, altered or dropped.
        self.stale: set[TableId] = set()
        # Tables that lost rows in another way than by a flush: to be counted.
        self.miscounted: set[TableId] = set()

    # --- what happens ---

    def committed(self, batch: WriteBatch, _position: int) -> None:
        """A commit listener: every statement that writes pays for it."""
        changes = batch.row_changes
        # A flush's own batch begins with the rows that it takes away; its job is followed instead.
        if changes and changes[0][2] is not None:
            self._add(changes)
        if batch.dropped_tables or batch.dropped_scopes:
            self.stale.update(batch.dropped_tables)
            self.miscounted.update(scope.table_id for scope in batch.dropped_scopes)
            self._on_alarm()
        if batch.operations[-1][0] == CATALOG_FAMILY:
            for family, key, _, _ in batch.operations:
                if family == CATALOG_FAMILY:
                    table_id = table_id_of(key)
                    if table_id is not None:
                        self.stale.add(table_id)
            if self.stale:
                self._on_alarm()

    def job_queued(self, table_id: TableId) -> None:
        table = self._table(table_id)
        table.is_busy = True
        self._arm(table)

    def job_started(self, table_id: TableId) -> None:
        self._table(table_id).begin_job(self._now_us())

    def job_ended(
        self, table_id: TableId, *, is_flushed: bool, retry_at_us: int | None = None
    ) -> None:
        """``is_flushed`` unless it failed; a cancelled job counts as a flush that moved little."""
        table = self._table(table_id)
        table.end_job(retry_at_us, is_flushed=is_flushed)
        self._arm(table)

    # --- counting ---

    def begin_count(self, table_id: TableId) -> None:
        """The table's hot rows are counted as they are now."""
        table = self._table(table_id)
        table.begin_count()
        self._arm(table)

    def end_count(self, table_id: TableId, count: HotCount | None) -> None:
        """``count`` is of the moment of ``begin_count``; None: it could not be counted."""
        table = self._tables.get(table_id)
        if table is None:
            return  # dropped meanwhile
        before = table.hot_bytes
        table.end_count(count)
        self.total_bytes += table.hot_bytes - before
        self._arm(table)
        self._arm_total()
        self._on_alarm()

    # --- what is wanted ---

    def open(self, table_id: TableId, anchor_us: int, *, is_paused: bool = False) -> TableLedger:
        """A table that exists; intervals count from ``anchor_us``."""
        table = self._tables[table_id] = TableLedger(table_id, anchor_us=anchor_us)
        table.is_paused = is_paused
        self._arm(table)
        return table

    def set_limits(self, table_id: TableId, limits: FlushLimits) -> None:
        table = self._table(table_id)
        table.limits = limits
        self._arm(table)
        self._arm_total()
        self._on_alarm()

    def forget(self, table_id: TableId) -> None:
        """The table was dropped."""
        table = self._tables.pop(table_id, None)
        if table is not None:
            self.total_bytes -= table.hot_bytes
            self._arm_total()

    def set_settings(self, settings: AutoFlushSettings) -> None:
        self._settings = settings
        self._arm_total()
        self._on_alarm()

    def set_paused(self, *, is_paused: bool, table_id: TableId | None = None) -> None:
        """Pause or resume one table, or all of them whatever is said of each."""
        if table_id is None:
            self._is_paused = is_paused
            tables: Iterable[TableLedger] = self._tables.values()
        else:
            self._table(table_id).is_paused = is_paused
            tables = (self._table(table_id),)
        for table in tables:
            self._arm(table)
        self._arm_total()
        self._on_alarm()

    # --- what is due ---

    def next_due_us(self) -> int | None:
        """When ``take_due`` will have something, or find that it has not; None: not by itself."""
        if self._is_over_total:
            return 0
        return self._queue[0][0] if self._queue else None

    def take_due(self, now_us: int) -> list[tuple[TableId, FlushDue]]:
        """The tables that are due: each once, until its job has ended and it was counted."""
        taken: list[tuple[TableId, FlushDue]] = []
        while self._queue and self._queue[0][0] <= now_us:
            at_us, table_id = heapq.heappop(self._queue)
            table = self._tables.get(table_id)
            if table is not None and table.queued_us == at_us:
                table.queued_us = None
                due = self._due(table)
                if due is not None:
                    taken.append((table_id, self._take(table, due)))
        if self._is_over_total:
            self._is_over_total = False
            taken += self._take_biggest(now_us)
        return taken

    def table(self, table_id: TableId) -> TableLedger | None:
        return self._tables.get(table_id)

    def tables(self) -> Iterator[TableLedger]:
        return iter(self._tables.values())

    def is_paused_for(self, table: TableLedger) -> bool:
        return self._is_paused or table.is_paused

    def status(self, table: TableLedger) -> tuple[int | None, FlushReason | None]:
        """When the table is flushed next, and why; or why not."""
        if table.limits.is_manual:
            return None, FlushReason.OFF
        if self.is_paused_for(table):
            return None, FlushReason.PAUSED
        due = self._due(table)
        return (None, None) if due is None else (due.at_us, due.reason)

    # --- inside ---

    def _add(self, changes: list[RowChange]) -> None:
        written, rows, size_bytes = changes[0][0], 0, 0
        for scope, key, value in changes:
            if scope is not written:
                self._add_scope(written, rows, size_bytes)
                written, rows, size_bytes = scope, 0, 0
            if value is not None:
                rows += 1
                size_bytes += len(key) + len(value)
        self._add_scope(written, rows, size_bytes)
        if self.total_bytes >= self._alarm_total:
            self._arm_total()
            self._on_alarm()

    def _add_scope(self, scope: Scope, rows: int, size_bytes: int) -> None:
        if not rows:
            return  # Some were taken away without a trace.
        table = self._tables.get(scope.table_id) or self._opened(scope.table_id)
        table.users.add(scope.user_id)
        table.written_rows += rows
        table.written_bytes += size_bytes
        self.total_bytes += size_bytes
        if table.written_rows >= table.alarm_rows or table.written_bytes >= table.alarm_bytes:
            self._alarm(table)

    def _table(self, table_id: TableId) -> TableLedger:
        return self._tables.get(table_id) or self._opened(table_id)

    def _opened(self, table_id: TableId) -> TableLedger:
        """A table that nobody has told of: its options are looked up soon."""
        self.stale.add(table_id)
        return self.open(table_id, self._now_us())

    def _alarm(self, table: TableLedger) -> None:
        if table.dirty_since_us is None:
            table.dirty_since_us = self._now_us()
        self._arm(table)
        self._on_alarm()

    def _due(self, table: TableLedger) -> FlushDue | None:
        if table.is_busy or table.is_counting or self.is_paused_for(table):
            return None
        return flush_due(table.limits, table.backlog)

    def _arm(self, table: TableLedger) -> None:
        """Decide which commit is the next to look closer, and when the table is due."""
        table.queued_us = None
        table.alarm_rows = table.alarm_bytes = NEVER
        if table.dirty_since_us is None:
            table.alarm_rows = table.written_rows + 1
            return
        due = self._due(table)
        if due is not None:
            table.queued_us = due.at_us
            heapq.heappush(self._queue, (due.at_us, table.table_id))
            self._drop_stale_entries()
        is_waiting = due is None or due.reason is FlushReason.INTERVAL
        if is_waiting and not table.is_busy and not table.is_counting:
            limits = table.limits
            if limits.rows is not None:
                table.alarm_rows = table.written_rows + limits.rows - table.rows_since_flush
            if limits.size_bytes is not None:
                table.alarm_bytes = table.hot_bytes_mark + limits.size_bytes

    def _drop_stale_entries(self) -> None:
        if len(self._queue) > 2 * len(self._tables) + _STALE_ENTRIES_MAX:
            self._queue = [
                (table.queued_us, table.table_id)
                for table in self._tables.values()
                if table.queued_us is not None
            ]
            heapq.heapify(self._queue)

    def _arm_total(self) -> None:
        self._is_over_total = self.total_bytes >= self._settings.hot_bytes_total_max
        self._alarm_total = NEVER if self._is_over_total else self._settings.hot_bytes_total_max

    def _take(self, table: TableLedger, due: FlushDue) -> FlushDue:
        table.is_busy = True
        table.due = due
        self._arm(table)
        return due

    def _take_biggest(self, now_us: int) -> Iterator[tuple[TableId, FlushDue]]:
        """The biggest tables, until what is left fits: what is being flushed is as good as gone."""
        free = [table for table in self._tables.values() if self._may_be_taken(table)]
        busy_bytes = sum(table.hot_bytes for table in self._tables.values() if table.is_busy)
        left = self.total_bytes - busy_bytes
        for table in sorted(free, key=lambda table: table.hot_bytes, reverse=True):
            if left < self._settings.hot_bytes_total_max:
                return
            left -= table.hot_bytes
            due = FlushDue(now_us, FlushReason.TOTAL_BYTES)
            yield table.table_id, self._take(table, due)

    def _may_be_taken(self, table: TableLedger) -> bool:
        return (
            table.hot_bytes > 0
            and table.retry_at_us is None
            and not table.limits.is_manual
            and not (table.is_busy or table.is_counting or self.is_paused_for(table))
        )
