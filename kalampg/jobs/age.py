"""Ages: the time before which something is older than an interval. PURE."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from kalampg import errors

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS_OF_A_YEAR: Final = 12


def time_before(now_us: int, interval: tuple[int, int, int]) -> int:
    """``now - interval`` in UTC, as PostgreSQL counts: months first, then days, then the rest.

    Raises:
        DatetimeFieldOverflow: 22008, there is no such time.
    """
    months, days, microseconds = interval
    now = _EPOCH + timedelta(microseconds=now_us)
    count = now.year * _MONTHS_OF_A_YEAR + now.month - 1 - months
    year, month = divmod(count, _MONTHS_OF_A_YEAR)
    try:
        first = now.replace(year=year, month=month + 1, day=1)
        last_day = ((first + timedelta(days=31)).replace(day=1) - timedelta(days=1)).day
        moved = first.replace(day=min(now.day, last_day))
        then = moved - timedelta(days=days, microseconds=microseconds)
    except (ValueError, OverflowError) as failure:
        raise errors.DatetimeFieldOverflow("timestamp out of range") from failure
    return (then - _EPOCH) // timedelta(microseconds=1)
