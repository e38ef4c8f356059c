"""A zone's offsets over a span of time, so that whole columns of instants can be shifted.

Python's zones only answer for one instant at a time. Offsets are probed week by week (no rule has
ever lasted less), and each change is then narrowed down to the second.
"""

from __future__ import annotations

from datetime import tzinfo
from functools import lru_cache
from typing import Final

from kalampg.pgtypes.instants import (
    DAY_US,
    SECOND_US,
    civil_from_days,
    days_from_civil,
    offset_s_at,
)

_STEP_US: Final = 7 * DAY_US


def offset_changes(zone: tzinfo, first_us: int, last_us: int) -> list[tuple[int, int]]:
    """``(from instant, offset in seconds)`` in order; the first holds from ``first_us`` on."""
    changes = [(first_us, offset_s_at(first_us, zone))]
    first_year = civil_from_days(first_us // DAY_US)[0]
    last_year = civil_from_days(last_us // DAY_US)[0]
    for year in range(first_year, last_year + 1):
        changes += [
            change for change in _changes_in_year(zone, year) if first_us < change[0] <= last_us
        ]
    return changes


@lru_cache(maxsize=4096)
def _changes_in_year(zone: tzinfo, year: int) -> tuple[tuple[int, int], ...]:
    changes = []
    start_us = days_from_civil(year, 1, 1) * DAY_US
    end_us = days_from_civil(year + 1, 1, 1) * DAY_US
    offset = offset_s_at(start_us - SECOND_US, zone)
    before_us = start_us - SECOND_US
    while before_us < end_us - SECOND_US:
        after_us = min(before_us + _STEP_US, end_us - SECOND_US)
        changed = offset_s_at(after_us, zone)
        if changed != offset:
            changes.append((_first_instant(zone, before_us, after_us, offset), changed))
            offset = changed
        before_us = after_us
    return tuple(changes)


def _first_instant(zone: tzinfo, before_us: int, after_us: int, offset: int) -> int:
    """The first whole second in (before, after] whose offset is not ``offset``."""
    low, high = before_us // SECOND_US, after_us // SECOND_US
    while high - low > 1:
        middle = (low + high) // 2
        if offset_s_at(middle * SECOND_US, zone) == offset:
            low = middle
        else:
            high = middle
    return high * SECOND_US
