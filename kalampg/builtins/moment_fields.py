"""What to_date() and to_timestamp() have read, and the day and time that it means. PURE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kalampg import errors
from kalampg.pgtypes.instants import (
    HOUR_US,
    MINUTE_US,
    SECOND_US,
    days_from_civil,
    days_in_month,
    is_leap,
)

_JULIAN_OF_1970: Final = 2_440_588


@dataclass(slots=True)
class ReadFields:
    """What the text said; None for what it did not say."""

    year: int | None = None
    year_digits: int = 0
    century: int | None = None
    is_bc: bool = False
    month: int | None = None
    day: int | None = None
    day_of_year: int | None = None
    week: int | None = None
    week_of_month: int | None = None
    weekday: int | None = None
    julian: int | None = None
    iso_year: int | None = None
    iso_week: int | None = None
    iso_day: int | None = None
    iso_day_of_year: int | None = None
    hour: int | None = None
    is_12_hours: bool = False
    is_pm: bool | None = None
    minute: int | None = None
    second: int | None = None
    us: int | None = None
    seconds_of_day: int | None = None
    offset_s: int | None = None
    offset_minutes: int | None = None


def days_of(found: ReadFields, text: str) -> int:
    if found.julian is not None:
        return found.julian - _JULIAN_OF_1970
    year = _year(found)
    if found.iso_year is not None or found.iso_week is not None or found.iso_day_of_year:
        return _iso_days(found)
    month, day = found.month or None, found.day or None
    if found.week is not None and found.day_of_year is None and month is None:
        found.day_of_year = (found.week - 1) * 7 + 1
    if found.week_of_month is not None and day is None:
        day = (found.week_of_month - 1) * 7 + 1
    if found.day_of_year is not None and (month is None or day is None):
        if not 1 <= found.day_of_year <= 365 + is_leap(year):
            raise _out_of_range(text)
        return days_from_civil(year, 1, 1) + found.day_of_year - 1
    month, day = 1 if month is None else month, 1 if day is None else day
    if not 1 <= month <= 12 or not 1 <= day <= days_in_month(year, month):
        raise _out_of_range(text)
    return days_from_civil(year, month, day)


def _year(found: ReadFields) -> int:
    """The astronomical year; 0 (1 BC) where none was given."""
    year = found.year
    if found.century is not None:
        if year is not None and found.year_digits <= 2:
            base = found.century - 1 if found.century > 0 else found.century
            year = year % 100 + base * 100
            if year % 100 == 0 and found.century > 0:
                year += 100
        elif year is None:
            year = (found.century - 1) * 100 + 1 if found.century > 0 else found.century * 100 + 1
    if year is None:
        return 0
    if found.is_bc:
        return 1 - year if year > 0 else year
    return year + 1 if year < 0 else year


def _iso_days(found: ReadFields) -> int:
    year = found.iso_year if found.iso_year is not None else 0
    first = days_from_civil(year, 1, 4)
    monday = first - (first + 3) % 7
    if found.iso_day_of_year is not None:
        return monday + found.iso_day_of_year - 1
    weekday = found.iso_day if found.iso_day is not None else 1
    return monday + ((found.iso_week or 1) - 1) * 7 + weekday - 1


def time_us_of(found: ReadFields, text: str) -> int:
    if found.seconds_of_day is not None:
        hour, rest = divmod(found.seconds_of_day, 3600)
        minute, second = divmod(rest, 60)
    else:
        hour, minute, second = found.hour or 0, found.minute or 0, found.second or 0
    if found.is_12_hours and found.seconds_of_day is None:
        if not 1 <= hour <= 12:
            raise errors.InvalidDatetimeFormat(
                f'hour "{hour}" is invalid for the 12-hour clock',
                hint="Use the 24-hour clock, or give an hour between 1 and 12.",
            )
        if found.is_pm and hour < 12:
            hour += 12
        elif found.is_pm is False and hour == 12:
            hour = 0
    if hour >= 24 or minute >= 60 or second >= 60:
        raise _out_of_range(text)
    return hour * HOUR_US + minute * MINUTE_US + second * SECOND_US + (found.us or 0)


def _out_of_range(text: str) -> errors.DatetimeFieldOverflow:
    return errors.DatetimeFieldOverflow(f'date/time field value out of range: "{text}"')
