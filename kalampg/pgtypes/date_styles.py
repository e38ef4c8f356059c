"""DateStyle: in which order and with which signs the parts of a date and a moment are written.

Source: PostgreSQL 15, ``EncodeDateOnly`` and ``EncodeDateTime`` in ``datetime.c``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from kalampg.pgtypes.datetimes import format_offset, format_time
from kalampg.pgtypes.instants import (
    DATE_INFINITY,
    DAY_US,
    SECOND_US,
    TIMESTAMP_INFINITY,
    abbreviation_at,
    civil_from_days,
    offset_s_at,
)
from kalampg.pgtypes.settings import OutputSettings

_WEEKDAYS: Final = ("Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed")  # 1970-01-01 was a Thursday.
_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip

# Year (as it is written), month and day, and whether the day comes first.
_WriteDate = Callable[[int, int, int, bool], str]


def _sql_date(year: int, month: int, day: int, is_day_first: bool) -> str:
    first, second = (day, month) if is_day_first else (month, day)
    return f"{first:02d}/{second:02d}/{year:04d}"


def _german_date(year: int, month: int, day: int, is_day_first: bool) -> str:
    return f"{day:02d}.{month:02d}.{year:04d}"


def _postgres_date(year: int, month: int, day: int, is_day_first: bool) -> str:
    first, second = (day, month) if is_day_first else (month, day)
    return f"{first:02d}-{second:02d}-{year:04d}"


_DATES: Final[Mapping[str, _WriteDate]] = {
    "SQL": _sql_date,
    "German": _german_date,
    "Postgres": _postgres_date,
}


def styled_date(settings: OutputSettings) -> Callable[[int], str]:
    """Writes dates in a style that is not ISO."""
    write, is_day_first = _DATES[settings.style], settings.field_order == "DMY"

    def format_date(value: int) -> str:
        if abs(value) >= DATE_INFINITY:
            return _infinity(value)
        year, month, day = civil_from_days(value)
        return write(_written(year), month, day, is_day_first) + _era(year)

    return format_date


def styled_timestamp(settings: OutputSettings) -> Callable[[int], str]:
    """Writes wall-clock times in a style that is not ISO."""
    write = _moment_writer(settings)
    return lambda value: write(value, "") if abs(value) < TIMESTAMP_INFINITY else _infinity(value)


def styled_timestamptz(settings: OutputSettings) -> Callable[[int], str]:
    """Writes instants in a style that is not ISO, with the zone's abbreviation."""
    write, zone = _moment_writer(settings), settings.zone

    def format_timestamptz(value: int) -> str:
        if abs(value) >= TIMESTAMP_INFINITY:
            return _infinity(value)
        offset_s = offset_s_at(value, zone)
        suffix = abbreviation_at(value, zone) or format_offset(offset_s)
        return write(value + offset_s * SECOND_US, f" {suffix}")

    return format_timestamptz


def _moment_writer(settings: OutputSettings) -> Callable[[int, str], str]:
    is_day_first = settings.field_order == "DMY"
    if settings.style == "Postgres":
        return lambda local_us, suffix: _postgres_moment(local_us, suffix, is_day_first)
    write = _DATES[settings.style]

    def write_moment(local_us: int, suffix: str) -> str:
        days, time_us = divmod(local_us, DAY_US)
        year, month, day = civil_from_days(days)
        date = write(_written(year), month, day, is_day_first)
        return f"{date} {format_time(time_us)}{suffix}{_era(year)}"

    return write_moment


def _postgres_moment(local_us: int, suffix: str, is_day_first: bool) -> str:
    days, time_us = divmod(local_us, DAY_US)
    year, month, day = civil_from_days(days)
    name = _MONTHS[month - 1]
    date = f"{day:02d} {name}" if is_day_first else f"{name} {day:02d}"
    time = f"{format_time(time_us)} {_written(year):04d}{suffix}{_era(year)}"
    return f"{_WEEKDAYS[days % 7]} {date} {time}"


def _written(year: int) -> int:
    return year if year > 0 else 1 - year


def _era(year: int) -> str:
    return "" if year > 0 else " BC"


def _infinity(value: int) -> str:
    return "infinity" if value > 0 else "-infinity"
