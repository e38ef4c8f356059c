"""Text → interval: ``1 year 2 mons -3 days 04:05:06``, ``P1Y2M3DT4H``, ``1-2 3 4:05:06``.

Fields are read from right to left, so that a unit is known before its number. A number without a
unit takes what the interval's declared fields, else the value to its right, suggest.

Source: PostgreSQL 15, ``DecodeInterval`` and ``DecodeISO8601Interval`` in ``datetime.c``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from kalampg import errors
from kalampg.pgtypes.datetime_numbers import fraction_us
from kalampg.pgtypes.datetime_tokens import (
    IGNORED,
    FieldError,
    Kind,
    Problem,
    Token,
    bad_format,
    interval_overflow,
    tokenize,
)
from kalampg.pgtypes.instants import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from kalampg.pgtypes.intervals import (
    ALL_FIELDS,
    DAY_FIELD,
    HOUR_FIELD,
    MINUTE_FIELD,
    MONTH_FIELD,
    SECOND_FIELD,
    YEAR_FIELD,
    Interval,
)
from kalampg.pgtypes.settings import OutputSettings

_INT4_MAX: Final = 2**31 - 1
_INT8_MAX: Final = 2**63 - 1
_WORD_LENGTH_MAX: Final = 10

_UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        spelling[:_WORD_LENGTH_MAX]: unit
        for unit, spellings in {
            "microsecond": "us usec usecond useconds usecs microsecond microseconds",
            "millisecond": "ms msec mseconds msecs millisecond milliseconds",
            "second": "s sec second seconds secs",
            "minute": "m min mins minute minutes",
            "hour": "h hour hours hr hrs",
            "day": "d day days",
            "week": "w week weeks",
            "month": "mon mons month months",
            "year": "y year years yr yrs",
            "decade": "dec decade decades decs",
            "century": "c cent centuries century",
            "millennium": "mil millennia millennium mils",
        }.items()
        for spelling in spellings.split()
    }
)
_UNIT_US: Final = MappingProxyType(
    {
        "microsecond": 1,
        "millisecond": 1000,
        "second": SECOND_US,
        "minute": MINUTE_US,
        "hour": HOUR_US,
    }
)
_UNIT_YEARS: Final = MappingProxyType({"year": 1, "decade": 10, "century": 100, "millennium": 1000})
_CLOCK_UNITS: Final = frozenset({"microsecond", "millisecond", "second", "minute", "hour"})
_SECOND_UNITS: Final = frozenset({"microsecond", "millisecond", "second"})

_CLOCK: Final = re.compile(r"(\d+):(\d+)?(?:(:)(\d+)?)?(\.\d*)?", re.ASCII)
_NUMBER: Final = re.compile(r"([+-]?)(\d*)(?:(\.\d*)|-(\d+))?", re.ASCII)

_ISO_NUMBER: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_ISO: Final = re.compile(rf"P((?:{_ISO_NUMBER}[YMWD])*)(?:T((?:{_ISO_NUMBER}[HMS])*))?", re.ASCII)
_ISO_FIELD: Final = re.compile(rf"({_ISO_NUMBER})([A-Z])", re.ASCII)
_ISO_EXTENDED: Final = re.compile(
    r"P(\d+)(?:-(\d+)(?:-(\d+))?)?(?:T(\d+)(?::(\d+)(?::(\d+(?:\.\d*)?))?)?)?", re.ASCII
)
_ISO_BASIC: Final = re.compile(r"P(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d(?:\.\d*)?))?", re.ASCII)
_ISO_DATE_UNITS: Final = MappingProxyType({"Y": "year", "M": "month", "W": "week", "D": "day"})
_ISO_TIME_UNITS: Final = MappingProxyType({"H": "hour", "M": "minute", "S": "second"})
_EXTENDED_UNITS: Final = ("year", "month", "day", "hour", "minute", "second")


def parse_interval(text: str, settings: OutputSettings, fields: int = ALL_FIELDS) -> Interval:
    """Read an interval; ``fields`` are those of its type modifier.

    Raises:
        InvalidDatetimeFormat: 22007, not understood.
        IntervalFieldOverflow: 22015, a field is too large.
    """
    try:
        amounts = _decode(text, settings, fields)
    except FieldError as error:
        raise error.of(text, "interval") from None
    if abs(amounts.months) > _INT4_MAX or abs(amounts.days) > _INT4_MAX:
        raise errors.DatetimeFieldOverflow("interval out of range")
    return amounts.months, amounts.days, amounts.microseconds


@dataclass(slots=True)
class _Amounts:
    """The sums so far. Fractions go down to the next smaller kind of field."""

    months: int = 0
    days: int = 0
    microseconds: int = 0

    def add(self, unit: str, whole: int, fraction: float) -> None:
        if unit in _UNIT_US:
            self.microseconds += whole * _UNIT_US[unit]
            self._add_fraction_us(fraction, _UNIT_US[unit])
        elif unit == "day":
            self.days += whole
            self._add_fraction_us(fraction, DAY_US)
        elif unit == "week":
            self.days += whole * 7
            self._add_fraction_days(fraction, 7)
        elif unit == "month":
            self.months += whole
            self._add_fraction_days(fraction, 30)
        else:
            self.months += whole * 12 * _UNIT_YEARS[unit]
            self.months += round(fraction * _UNIT_YEARS[unit] * 12)
        self._check()

    def _add_fraction_days(self, fraction: float, scale: int) -> None:
        scaled = fraction * scale
        days = int(scaled)
        self.days += days
        self._add_fraction_us(scaled - days, DAY_US)

    def _add_fraction_us(self, fraction: float, scale: int) -> None:
        scaled = fraction * scale
        microseconds = int(scaled)
        rest = scaled - microseconds
        self.microseconds += microseconds + (rest > 0.5) - (rest < -0.5)

    def _check(self) -> None:
        too_long = abs(self.days) > _INT4_MAX or abs(self.microseconds) > _INT8_MAX
        if too_long or abs(self.months) > 12 * _INT4_MAX:
            raise interval_overflow()

    def negate(self) -> None:
        self.months, self.days, self.microseconds = -self.months, -self.days, -self.microseconds


def _decode(text: str, settings: OutputSettings, fields: int) -> _Amounts:
    try:
        return _IntervalDecoder(tokenize(text), settings, fields).decode()
    except FieldError as error:
        if error.problem is not Problem.BAD_FORMAT:
            raise
        iso = _decode_iso(text)
        if iso is None:
            raise
        return iso


class _IntervalDecoder:
    """One pass over the tokens, backwards. ``_unit`` is what the next number counts."""

    def __init__(self, tokens: list[Token], settings: OutputSettings, fields: int) -> None:
        self._tokens = tokens
        self._fields = fields
        self._amounts = _Amounts()
        self._known: set[str] = set()
        self._unit = ""
        self._is_ago = False
        # By the SQL standard a leading minus is for all fields, unless others have signs too.
        self._is_negative = (
            settings.interval_style == "sql_standard"
            and bool(tokens)
            and tokens[0].text.startswith("-")
            and not any(token.text[0] in "+-" for token in tokens[1:])
        )

    def decode(self) -> _Amounts:
        for token in reversed(self._tokens):
            if token.kind in (Kind.WORD, Kind.SIGNED_WORD):
                self._read_word(token.text)
            elif token.kind is Kind.TIME:
                self._read_clock(token.text, 1)
            elif token.kind is Kind.SIGNED and ":" in token.text:
                self._read_clock(token.text[1:], -1 if token.text[0] == "-" else 1)
            else:
                self._read_number(token.text)
        if not self._known:
            raise bad_format()
        if self._is_ago:
            self._amounts.negate()
        return self._amounts

    def _read_word(self, word: str) -> None:
        unit = _UNITS.get(word[:_WORD_LENGTH_MAX])
        if unit is not None:
            self._unit = unit
        elif word == "ago":
            self._is_ago = True
        elif word not in IGNORED:
            raise bad_format()

    def _read_clock(self, text: str, sign: int) -> None:
        matched = _CLOCK.fullmatch(text)
        if matched is None:
            raise bad_format()
        first, second = int(matched[1]), int(matched[2] or 0)
        microseconds = fraction_us(matched[5][1:]) if matched[5] else 0
        is_minute_second = self._fields == MINUTE_FIELD | SECOND_FIELD
        if matched[3] is None and (matched[5] or is_minute_second):
            hours, minutes, seconds = 0, first, second
        else:
            hours, minutes, seconds = first, second, int(matched[4] or 0)
        if minutes > 59 or seconds > 60:
            raise interval_overflow()
        self._note(_CLOCK_UNITS)
        if self._is_negative:
            sign = -1
        total = (hours * 60 + minutes) * 60 + seconds
        self._amounts.add("microsecond", sign * (total * SECOND_US + microseconds), 0.0)
        self._unit = "day"

    def _read_number(self, text: str) -> None:
        matched = _NUMBER.fullmatch(text)
        if matched is None or not (matched[2] or matched[3]):
            raise bad_format()
        unit = self._unit or _RIGHTMOST_UNIT.get(self._fields, "second")
        whole = int(matched[2] or 0)
        fraction = float("0" + matched[3]) if matched[3] else 0.0
        if whole > _INT8_MAX:
            raise interval_overflow()
        if matched[4] is not None:  # SQL's years-months
            if int(matched[4]) >= 12:
                raise interval_overflow()
            unit, whole = "month", whole * 12 + int(matched[4])
            self._unit = "month"
        if matched[1] == "-" or self._is_negative:
            whole, fraction = -whole, -fraction
        is_second = unit == "second" and fraction != 0
        self._note(_SECOND_UNITS if is_second else frozenset({unit}))
        self._amounts.add(unit, whole, fraction)
        self._unit = "day" if unit == "hour" else unit

    def _note(self, units: frozenset[str]) -> None:
        if units & self._known:
            raise bad_format()
        self._known |= units


_RIGHTMOST_UNIT: Final[Mapping[int, str]] = MappingProxyType(
    {
        YEAR_FIELD: "year",
        MONTH_FIELD: "month",
        YEAR_FIELD | MONTH_FIELD: "month",
        DAY_FIELD: "day",
        HOUR_FIELD: "hour",
        DAY_FIELD | HOUR_FIELD: "hour",
        MINUTE_FIELD: "minute",
        HOUR_FIELD | MINUTE_FIELD: "minute",
        DAY_FIELD | HOUR_FIELD | MINUTE_FIELD: "minute",
    }
)


def _decode_iso(text: str) -> _Amounts | None:
    amounts = _Amounts()
    matched = _ISO.fullmatch(text)
    if matched is not None and (matched[1] or matched[2] is not None):
        for number, designator in _ISO_FIELD.findall(matched[1]):
            _add_iso(amounts, _ISO_DATE_UNITS[designator], number)
        for number, designator in _ISO_FIELD.findall(matched[2] or ""):
            _add_iso(amounts, _ISO_TIME_UNITS[designator], number)
        return amounts
    matched = _ISO_BASIC.fullmatch(text) or _ISO_EXTENDED.fullmatch(text)
    if matched is None:
        return None
    for unit, number in zip(_EXTENDED_UNITS, matched.groups(), strict=True):
        if number is not None:
            _add_iso(amounts, unit, number)
    return amounts


def _add_iso(amounts: _Amounts, unit: str, text: str) -> None:
    sign = -1 if text[0] == "-" else 1
    whole, _, fraction = text.lstrip("+-").partition(".")
    number = int(whole or 0)
    if number > _INT4_MAX:
        raise interval_overflow()
    amounts.add(unit, sign * number, sign * float(f"0.{fraction or 0}"))
