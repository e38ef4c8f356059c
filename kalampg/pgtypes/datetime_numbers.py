"""Numbers of date and time input into year, month, day, hour, minute and second.

What a number means depends on its length, on the session's field order and on what is known so
far: ``known`` is the set of those parts, and each reader answers which ones it has set.

Source: PostgreSQL 15, ``DecodeDate``, ``DecodeNumber``, ``DecodeNumberField``, ``DecodeTime``,
``DecodeTimezone``, ``ValidateDate`` in ``datetime.c``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Flag, auto
from typing import Final

from kalampg.pgtypes.datetime_tokens import (
    IGNORED,
    MONTHS,
    bad_format,
    field_overflow,
    month_day_overflow,
    zone_overflow,
)
from kalampg.pgtypes.instants import (
    DAY_US,
    SECOND_US,
    civil_from_days,
    days_from_civil,
    days_in_month,
)


class Part(Flag):
    """Parts of a date and time that were said."""

    YEAR = auto()
    MONTH = auto()
    DAY = auto()
    DAY_OF_YEAR = auto()
    TIME = auto()
    ZONE = auto()
    DAYLIGHT = auto()
    MERIDIAN = auto()
    ERA = auto()
    WEEKDAY = auto()
    RESERVED = auto()


NO_PART: Final = Part(0)
DATE: Final = Part.YEAR | Part.MONTH | Part.DAY

_INT_MAX: Final = 2**31 - 1
_SECONDS_PER_MINUTE: Final = 60
_JULIAN_DAY_OF_1970: Final = 2_440_588
_OFFSET_HOURS_MAX: Final = 15
_PIECES: Final = re.compile(r"[0-9]+|[a-z]+")
_CLOCK: Final = re.compile(r"(\d+):(\d+)?(?:(:)(\d+)?)?(\.\d*)?", re.ASCII)
_OFFSET: Final = re.compile(r"[+-](\d+)(?::(\d+)?(?::(\d+)?)?)?", re.ASCII)


@dataclass(slots=True)
class DateTimeFields:
    """The numbers read so far, before they are validated together."""

    field_order: str
    year: int = 0
    month: int = 0
    day: int = 0
    day_of_year: int = 0
    hour: int = 0
    minute: int = 0
    second: int = 0
    fraction_us: int = 0
    has_short_year: bool = False
    has_text_month: bool = False
    is_bc: bool = False
    is_julian: bool = False

    def read_date(self, text: str, known: Part) -> Part:
        """``2020-01-31``, ``31/Jan/2020``, ``2020.031`` and the like."""
        pieces = _PIECES.findall(text)
        if not pieces or not text[-1].isalnum():
            raise bad_format()
        found = NO_PART
        has_text_month = False
        for piece in pieces:
            if piece.isalpha() and piece not in IGNORED:
                if piece not in MONTHS or Part.MONTH in known | found:
                    raise bad_format()
                self.month = MONTHS[piece]
                has_text_month = True
                found |= Part.MONTH
        for piece in pieces:
            if not piece.isalpha():
                part = self.read_number(piece, known | found, has_text_month=has_text_month)
                if part & (known | found):
                    raise bad_format()
                found |= part
        if (known | found) & ~(Part.DAY_OF_YEAR | Part.ZONE) != DATE:
            raise bad_format()
        return found

    def read_number(self, text: str, known: Part, *, has_text_month: bool) -> Part:
        """A single number: which part it is follows from those that are known."""
        digits, point, fraction = text.partition(".")
        if not digits:
            raise bad_format()
        value = checked_int(digits)
        if point:
            if len(digits) > 2:
                return self.read_run_together(text, known | DATE)
            self.fraction_us = fraction_us(fraction)
        date = known & DATE
        if len(text) == 3 and date == Part.YEAR and 1 <= value <= 366:
            self.day_of_year = value
            return Part.DAY_OF_YEAR | Part.MONTH | Part.DAY
        if date == DATE:
            return self.read_run_together(text, known)
        is_after_text_month = has_text_month and date == Part.YEAR | Part.MONTH
        if is_after_text_month and len(text) >= 3 and self.has_short_year:
            # "08-Jan-1999" where years come first: the number taken for the year is the day.
            self.day, self.year = self.year, value
            self.has_short_year = False
            return Part.DAY
        part = self._part_of(len(text), value, date, has_text_month=has_text_month)
        self._set(part, value)
        if part == Part.YEAR:
            self.has_short_year = len(text) <= 2
        return part

    def _part_of(self, length: int, value: int, date: Part, *, has_text_month: bool) -> Part:
        is_year_first = self.field_order == "YMD"
        if date == NO_PART:
            if length >= 3 or is_year_first:
                return Part.YEAR
            return Part.DAY if self.field_order == "DMY" else Part.MONTH
        if date == Part.MONTH and has_text_month:
            return Part.YEAR if length >= 3 or is_year_first else Part.DAY
        following = {
            Part.YEAR: Part.MONTH,
            Part.MONTH: Part.DAY,
            Part.YEAR | Part.MONTH: Part.DAY,
            Part.DAY: Part.MONTH,
            Part.MONTH | Part.DAY: Part.YEAR,
        }
        if date not in following:
            raise bad_format()
        return following[date]

    def _set(self, part: Part, value: int) -> None:
        if part == Part.YEAR:
            self.year = value
        elif part == Part.MONTH:
            self.month = value
        elif part == Part.DAY:
            self.day = value

    def read_run_together(self, text: str, known: Part) -> Part:
        """``20200131``, ``200131``, ``040506.789``, ``0405``."""
        digits, point, fraction = text.partition(".")
        if point:
            self.fraction_us = fraction_us(fraction)
        elif known & DATE != DATE and len(digits) >= 6:
            self.year, self.month, self.day = (
                checked_int(digits[:-4]),
                int(digits[-4:-2]),
                int(digits[-2:]),
            )
            self.has_short_year = len(digits) == 6
            return DATE
        if Part.TIME not in known and len(digits) in (4, 6):
            self.hour, self.minute = int(digits[:2]), int(digits[2:4])
            self.second = int(digits[4:] or 0)
            return Part.TIME
        raise bad_format()

    def read_clock(self, text: str, *, is_minute_second: bool = False) -> Part:
        """``04:05``, ``04:05:06.789``; ``05:06.789`` is minutes and seconds.

        Hours are not limited here: an interval may have any number of them.
        """
        matched = _CLOCK.fullmatch(text)
        if matched is None:
            raise bad_format()
        first, second = checked_int(matched[1]), checked_int(matched[2] or "0")
        self.fraction_us = fraction_us(matched[5][1:]) if matched[5] else 0
        if matched[3] is None and (matched[5] or is_minute_second):
            self.hour, self.minute, self.second = 0, first, second
        else:
            self.hour, self.minute = first, second
            self.second = checked_int(matched[4] or "0")
        if self.minute > 59 or self.second > 60 or self.fraction_us > SECOND_US:
            raise field_overflow()
        return Part.TIME

    def read_julian_day(self, number: int) -> Part:
        return self.set_day(number - _JULIAN_DAY_OF_1970)

    def set_day(self, days: int) -> Part:
        """A day that needs no reading of its year."""
        self.year, self.month, self.day = civil_from_days(days)
        self.is_julian = True
        return DATE

    def read_time_of_day(self, microseconds: int) -> None:
        seconds, self.fraction_us = divmod(microseconds, SECOND_US)
        minutes, self.second = divmod(seconds, _SECONDS_PER_MINUTE)
        self.hour, self.minute = divmod(minutes, _SECONDS_PER_MINUTE)

    @property
    def time_us(self) -> int:
        minutes = self.hour * 60 + self.minute
        return (minutes * 60 + self.second) * SECOND_US + self.fraction_us

    @property
    def overflows_day(self) -> bool:
        return (
            self.hour > 24
            or self.minute > 59
            or self.second > _SECONDS_PER_MINUTE
            or self.time_us > DAY_US
        )

    def validate_date(self, known: Part) -> None:
        """Settle era and century of the year, then check that there is such a day.

        Raises:
            FieldError: there is not.
        """
        if Part.YEAR in known and not self.is_julian:
            self._settle_year()
        if Part.DAY_OF_YEAR in known:
            days = days_from_civil(self.year, 1, 1) + self.day_of_year - 1
            self.year, self.month, self.day = civil_from_days(days)
        if Part.MONTH in known and not 1 <= self.month <= 12:
            raise month_day_overflow()
        if Part.DAY in known and not 1 <= self.day <= 31:
            raise month_day_overflow()
        if known & DATE == DATE and self.day > days_in_month(self.year, self.month):
            raise field_overflow()

    def _settle_year(self) -> None:
        if not self.is_bc and self.has_short_year:
            self.year += 2000 if self.year < 70 else 1900
        elif self.year <= 0:  # There is no year 0.
            raise field_overflow()
        elif self.is_bc:
            self.year = 1 - self.year


def checked_int(digits: str) -> int:
    value = int(digits) if len(digits) <= 20 else _INT_MAX + 1
    if value > _INT_MAX:
        raise field_overflow()
    return value


def fraction_us(digits: str) -> int:
    """Digits after a decimal point as microseconds, rounded as C rounds a double."""
    if len(digits) <= 6:
        return int(digits.ljust(6, "0")) if digits else 0
    return round(float(f"0.{digits}") * SECOND_US)


def read_offset_s(text: str) -> int:
    """``+05``, ``+0530``, ``+05:30``, ``-07:52:58`` as seconds east of UTC."""
    matched = _OFFSET.fullmatch(text)
    if matched is None:
        raise bad_format()
    if len(matched[1]) > 9:
        raise zone_overflow()
    hours, minutes, seconds = (int(each or 0) for each in matched.groups())
    if ":" not in text and len(text) > 3:
        hours, minutes = divmod(hours, 100)
    if hours > _OFFSET_HOURS_MAX or minutes > 59 or seconds > 59:
        raise zone_overflow()
    total = (hours * 60 + minutes) * 60 + seconds
    return -total if text[0] == "-" else total
