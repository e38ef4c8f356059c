"""Cron: schedules such as ``0 0 * * *``, as cron(8) reads them, in UTC. PURE.

Five fields: minute, hour, day of month, month, day of week (0 and 7 are Sunday). A field is
``*``, a number, a range ``1-5``, any of these with a step ``*/15``, or several with commas. Months
and days of the week may be names (``jan``, ``mon``). Where both days are restricted, either will
do; one that begins with ``*`` is not restricted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from kalampg import errors

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE: Final = timedelta(minutes=1)
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# name, lowest, highest, names of the values from the lowest on
_FIELDS: Final[tuple[tuple[str, int, int, tuple[str, ...]], ...]] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 7, _DAYS),
)
_PART: Final = re.compile(r"(\*|[a-z]{3}|\d{1,2})(?:-([a-z]{3}|\d{1,2}))?(?:/(\d{1,2}))?")
_NO_STEPS: Final = frozenset({"0", "00"})
# The longest wait for a day that there is: from 29 February over a year that ends a century.
_DAYS_AHEAD_MAX: Final = 8 * 366


@dataclass(frozen=True, slots=True)
class Cron:
    """When something is to happen."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool

    def next_after(self, now_us: int) -> int:
        """The first time behind ``now_us``, both in microseconds since 1970."""
        now = _EPOCH + timedelta(microseconds=now_us)
        start = now.replace(second=0, microsecond=0) + _MINUTE
        for day in _days_from(start.date()):
            if not self.has_day(day):
                continue
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    found = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
                    if found >= start:
                        return (found - _EPOCH) // timedelta(microseconds=1)
        raise AssertionError("a schedule that was read has a next time")

    def has_day(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        is_day, is_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        if self.any_day or self.any_weekday:
            return is_day and is_weekday
        return is_day or is_weekday


def parse_cron(text: str) -> Cron:
    """Read a schedule.

    Raises:
        InvalidParameterValue: 22023, it is none, or one that never comes.
    """
    written = text.lower().split()
    if len(written) != len(_FIELDS):
        raise errors.InvalidParameterValue(
            f'invalid schedule "{text}"',
            hint="Write minute, hour, day of month, month and day of week, such as 0 0 * * *.",
        )
    values = [_values(part, *field) for part, field in zip(written, _FIELDS, strict=True)]
    minutes, hours, days, months, weekdays = values
    cron = Cron(
        minutes,
        hours,
        days,
        months,
        frozenset(day % 7 for day in weekdays),
        written[2].startswith("*"),
        written[4].startswith("*"),
    )
    if not any(cron.has_day(day) for day in _days_from(date(2000, 1, 1))):
        raise errors.InvalidParameterValue(f'schedule "{text}" never comes')
    return cron


def _days_from(first: date) -> Iterator[date]:
    return (first + timedelta(days=ahead) for ahead in range(_DAYS_AHEAD_MAX))


def _values(text: str, name: str, low: int, high: int, names: tuple[str, ...]) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise _invalid(name, text)
        first, last, step = match.groups()
        start = low if first == "*" else _number(first, name, low, names)
        if first == "*" and last is not None:
            raise _invalid(name, text)
        if last is not None:
            end = _number(last, name, low, names)
        else:
            end = high if first == "*" or step is not None else start
        if not low <= start <= end <= high or step in _NO_STEPS:
            raise _invalid(name, text)
        found.update(range(start, end + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, name: str, low: int, names: tuple[str, ...]) -> int:
    if text.isdecimal():
        return int(text)
    if text not in names:
        raise _invalid(name, text)
    return low + names.index(text)


def _invalid(name: str, text: str) -> errors.InvalidParameterValue:
    return errors.InvalidParameterValue(f'invalid {name} "{text}" in a schedule')
