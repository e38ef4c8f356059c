"""When a table is due.

Goal: each trigger alone, together, and held back, is due at the time that the documentation gives.
Method: tables with times in seconds, worked out by hand.
"""

from __future__ import annotations

import pytest

from kalampg.jobs.flush_policy import (
    AutoFlushSettings,
    Backlog,
    FlushDue,
    FlushLimits,
    FlushReason,
    failure_delay_us,
    flush_due,
    limits_of,
)
from kalampg.relation import TableOptions

S = 1_000_000
SETTINGS = AutoFlushSettings(10_000, 300, 128, 1024, 3)


@pytest.mark.parametrize(
    ("options", "limits"),
    [
        (TableOptions(), FlushLimits(10_000, 300 * S, 128)),
        (TableOptions(flush_row_threshold=5), FlushLimits(5, None, 128)),
        (TableOptions(flush_interval_seconds=60), FlushLimits(None, 60 * S, 128)),
        (
            TableOptions(flush_row_threshold=5, flush_interval_seconds=60),
            FlushLimits(5, 60 * S, 128),
        ),
        (TableOptions(flush_off=True), FlushLimits()),
    ],
)
def test_a_table_has_its_own_triggers_or_the_servers(
    options: TableOptions, limits: FlushLimits
) -> None:
    assert limits_of(options, SETTINGS) == limits
    assert limits.is_manual == options.flush_off


BOTH = FlushLimits(rows=5, interval_us=60 * S, size_bytes=100)


@pytest.mark.parametrize(
    ("limits", "backlog", "due"),
    [
        # Nothing hot: nothing is due, however long it has been.
        (BOTH, Backlog(anchor_us=0), None),
        # The first line of the grid behind the first row.
        (BOTH, Backlog(0, 1, 10, 20 * S), FlushDue(60 * S, FlushReason.INTERVAL)),
        (BOTH, Backlog(0, 1, 10, 0), FlushDue(60 * S, FlushReason.INTERVAL)),
        (BOTH, Backlog(0, 1, 10, 60 * S), FlushDue(120 * S, FlushReason.INTERVAL)),
        (BOTH, Backlog(0, 1, 10, 200 * S), FlushDue(240 * S, FlushReason.INTERVAL)),
        (BOTH, Backlog(7 * S, 1, 10, 20 * S), FlushDue(67 * S, FlushReason.INTERVAL)),
        # What was there before the anchor does not wait longer for it.
        (BOTH, Backlog(30 * S, 1, 10, 20 * S), FlushDue(90 * S, FlushReason.INTERVAL)),
        # Rows: four are not enough, the fifth is; at once, since the first row.
        (FlushLimits(rows=5), Backlog(0, 4, 10, 20 * S), None),
        (FlushLimits(rows=5), Backlog(0, 5, 10, 20 * S), FlushDue(20 * S, FlushReason.ROWS)),
        (BOTH, Backlog(0, 5, 10, 20 * S), FlushDue(20 * S, FlushReason.ROWS)),
        (BOTH, Backlog(0, 4, 100, 20 * S), FlushDue(20 * S, FlushReason.BYTES)),
        # After a failure everything waits.
        (BOTH, Backlog(0, 9, 900, 20 * S, 77 * S), FlushDue(77 * S, FlushReason.RETRY)),
        (FlushLimits(), Backlog(0, 9, 900, 20 * S, 77 * S), None),
    ],
)
def test_due(limits: FlushLimits, backlog: Backlog, due: FlushDue | None) -> None:
    assert flush_due(limits, backlog) == due


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(1, 5), (2, 10), (3, 20), (6, 160), (7, 300), (1_000, 300)],
)
def test_failures_wait_longer_and_longer_but_not_for_ever(failures: int, seconds: int) -> None:
    assert failure_delay_us(failures, 0.5) == seconds * S
    assert failure_delay_us(failures, 0.0) == 0.75 * seconds * S
    assert failure_delay_us(failures, 1.0) == 1.25 * seconds * S
