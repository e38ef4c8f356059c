"""Days and microseconds since 1970: limits, infinities, the calendar, and zones' wall-clock time.

The calendar is the proleptic Gregorian one, with year 0 for 1 BC. A wall-clock time that happens
twice or never is read with the smaller offset: standard time, or the time before a gap.

Source: PostgreSQL 15, ``timestamp.h``, ``DetermineTimeZoneOffset`` in ``datetime.c``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
HOUR_US: Final = 60 * MINUTE_US
DAY_US: Final = 24 * HOUR_US

DATE_INFINITY: Final = 2**31 - 1
TIMESTAMP_INFINITY: Final = 2**63 - 1

# PostgreSQL's own zero, 2000-01-01, on the wire.
EPOCH_2000_DAYS: Final = 10957
EPOCH_2000_US: Final = EPOCH_2000_DAYS * DAY_US

# 4714-11-24 BC, and the day after 5874897-12-31.
DATE_MIN: Final = -2_440_588
DATE_END: Final = 2_145_042_906
TIMESTAMP_MIN: Final = DATE_MIN * DAY_US
# PostgreSQL ends at the end of 294276, which does not fit in 64 bits when counted from 1970.
TIMESTAMP_END: Final = TIMESTAMP_INFINITY

_CYCLE_DAYS: Final = 146_097  # 400 years
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LOCAL_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall-clock time
_CYCLE_US: Final = _CYCLE_DAYS * DAY_US
# 0001-01-02 to 9999-12-30: what Python's calendar covers with a day to spare.
_PYTHON_FIRST_US: Final = -62_135_510_400 * SECOND_US
_PYTHON_END_US: Final = 253_402_128_000 * SECOND_US
# A year of a distant future, where only the rules without an end apply.
_YEAR_2400_US: Final = EPOCH_2000_US + _CYCLE_US


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01. ``day`` may lie outside the month."""
    year -= month <= 2
    year_of_cycle = year % 400
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    day_of_cycle = year_of_cycle * 365 + year_of_cycle // 4 - year_of_cycle // 100 + day_of_year
    return year // 400 * _CYCLE_DAYS + day_of_cycle - 719_468


def civil_from_days(days: int) -> tuple[int, int, int]:
    """Year (0 is 1 BC), month, day."""
    cycle, day_of_cycle = divmod(days + 719_468, _CYCLE_DAYS)
    year_of_cycle = (
        day_of_cycle - day_of_cycle // 1460 + day_of_cycle // 36_524 - day_of_cycle // 146_096
    ) // 365
    day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle // 4 - year_of_cycle // 100)
    shifted_month = (5 * day_of_year + 2) // 153
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    year = year_of_cycle + cycle * 400 + (month <= 2)
    return year, month, day_of_year - (153 * shifted_month + 2) // 5 + 1


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    return (
        29
        if month == 2 and is_leap(year)
        else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
    )


def offset_s_at(instant_us: int, zone: tzinfo) -> int:
    """Seconds by which the zone's clocks are ahead of UTC at an instant."""
    if zone is UTC:
        return 0
    moment = _EPOCH + timedelta(microseconds=_in_python_years(instant_us))
    return _whole_seconds(moment.astimezone(zone).utcoffset())


def abbreviation_at(instant_us: int, zone: tzinfo) -> str:
    """What the zone's time is called at an instant, as ``CEST``; empty if it has no name."""
    if zone is UTC:
        return "UTC"
    moment = _EPOCH + timedelta(microseconds=_in_python_years(instant_us))
    return moment.astimezone(zone).tzname() or ""


def offset_s_of_local(local_us: int, zone: tzinfo) -> int:
    """Seconds by which the zone's clocks are ahead of UTC when they show ``local_us``."""
    if zone is UTC:
        return 0
    shown = _LOCAL_EPOCH + timedelta(microseconds=_in_python_years(local_us))
    first = _whole_seconds(shown.replace(tzinfo=zone, fold=0).utcoffset())
    second = _whole_seconds(shown.replace(tzinfo=zone, fold=1).utcoffset())
    return min(first, second)


def _in_python_years(us: int) -> int:
    """An instant with the same offset that Python's calendar covers.

    Rules of the future repeat every 400 years; before year 1 there was only local mean time.
    """
    if us >= _PYTHON_END_US:
        return _YEAR_2400_US + (us - _YEAR_2400_US) % _CYCLE_US
    return max(us, _PYTHON_FIRST_US)


def _whole_seconds(offset: timedelta | None) -> int:
    assert offset is not None, "zones have offsets"
    return offset.days * 86_400 + offset.seconds


def local_to_instant(local_us: int, zone: tzinfo) -> int:
    return local_us - offset_s_of_local(local_us, zone) * SECOND_US
