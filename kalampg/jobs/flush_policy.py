"""When the hot rows of a table are to be flushed. PURE.

Triggers are rows written since the last flush, an interval, and bytes of hot rows; whichever comes
first. Intervals are a grid that begins at the last flush: a table that nobody writes to is not
flushed, and what is written to it later waits for the next line of the grid, never longer than the
interval. Times are microseconds of any one clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kalampg.relation import TableOptions

_US: Final = 1_000_000
_MIB: Final = 1024 * 1024
# After failures in a row: 5 s, 10 s, 20 s ... at most as long as the default interval.
FAILURE_DELAY_FIRST_US: Final = 5 * _US
FAILURE_DELAY_MAX_US: Final = 300 * _US


class FlushReason(StrEnum):
    """Why a table is flushed, or why it is not flushed by itself."""

    ROWS = "rows"
    INTERVAL = "interval"
    BYTES = "bytes"
    TOTAL_BYTES = "total_bytes"
    RETRY = "retry"
    OFF = "off"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class AutoFlushSettings:
    """The server's defaults and limits; ALTER FLUSH SETTINGS changes them."""

    default_row_threshold: int = 10_000
    default_interval_seconds: int = 300
    hot_bytes_per_table_max: int = 128 * _MIB
    hot_bytes_total_max: int = 1024 * _MIB
    alert_after_failures: int = 3


@dataclass(frozen=True, slots=True)
class FlushLimits:
    """What triggers a flush of one table; all None: only FLUSH does."""

    rows: int | None = None
    interval_us: int | None = None
    size_bytes: int | None = None

    @property
    def is_manual(self) -> bool:
        return self.rows is None and self.interval_us is None and self.size_bytes is None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for a flush. ``dirty_since_us`` is None when there is nothing to flush.

    ``rows`` were written since the last flush, ``size_bytes`` is all that is hot. ``retry_at_us``
    is set after a failure, and holds back every trigger until then.
    """

    anchor_us: int
    rows: int = 0
    size_bytes: int = 0
    dirty_since_us: int | None = None
    retry_at_us: int | None = None


@dataclass(frozen=True, slots=True)
class FlushDue:
    """A flush is due at a time, which may have passed."""

    at_us: int
    reason: FlushReason


def limits_of(options: TableOptions, settings: AutoFlushSettings) -> FlushLimits:
    """A table's triggers. A table with one of its own has only that; bytes count for every one."""
    if options.flush_off:
        return FlushLimits()
    rows, seconds = options.flush_row_threshold, options.flush_interval_seconds
    if rows is None and seconds is None:
        rows, seconds = settings.default_row_threshold, settings.default_interval_seconds
    return FlushLimits(
        rows, None if seconds is None else seconds * _US, settings.hot_bytes_per_table_max
    )


def flush_due(limits: FlushLimits, backlog: Backlog) -> FlushDue | None:
    """When the table is due by its own triggers; None: not as things are."""
    dirty_since = backlog.dirty_since_us
    if limits.is_manual or dirty_since is None:
        return None
    if backlog.retry_at_us is not None:
        return FlushDue(backlog.retry_at_us, FlushReason.RETRY)
    if limits.rows is not None and backlog.rows >= limits.rows:
        return FlushDue(dirty_since, FlushReason.ROWS)
    if limits.size_bytes is not None and backlog.size_bytes >= limits.size_bytes:
        return FlushDue(dirty_since, FlushReason.BYTES)
    if limits.interval_us is None:
        return None
    lines_passed = max(0, dirty_since - backlog.anchor_us) // limits.interval_us
    return FlushDue(
        backlog.anchor_us + (lines_passed + 1) * limits.interval_us, FlushReason.INTERVAL
    )


def failure_delay_us(failures: int, jitter: float) -> int:
    """How long to wait after that many failures in a row; ``jitter`` is from 0 to 1.

    Tables that failed together, because their storage did, do not come back together.
    """
    delay = FAILURE_DELAY_FIRST_US << min(max(failures - 1, 0), 16)
    return round(min(delay, FAILURE_DELAY_MAX_US) * (0.75 + jitter / 2))
