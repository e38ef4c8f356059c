"""to_char() of timestamps and intervals. PURE.

A timestamp is microseconds since 1970 of its wall-clock time; an interval is months, days and
microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from kalampg import errors
from kalampg.builtins.moment_template import (
    DAYS,
    MONTHS,
    ROMAN_MONTHS,
    Item,
    parse_moment_template,
    shaped,
)
from kalampg.builtins.number_to_text import ordinal_suffix
from kalampg.pgtypes.instants import (
    DAY_US,
    HOUR_US,
    MINUTE_US,
    SECOND_US,
    civil_from_days,
    days_from_civil,
    offset_s_at,
)
from kalampg.pgtypes.time_zone_names import zone_by_name

_JULIAN_OF_1970: Final = 2_440_588
_INTERVAL_REFUSED: Final = frozenset(
    {"BC", "B.C.", "AD", "A.D.", "MONTH", "MON", "DAY", "DY", "D", "ID", "TZ", "TZH", "TZM", "OF",
     "IYYY", "IYY", "IY", "I", "IW", "IDDD"}
)  # fmt: skip
_WIDTH: Final = 9


@dataclass(frozen=True, slots=True)
class _Fields:
    """A broken-down moment; ``days`` since 1970, ``year`` counted astronomically."""

    year: int
    month: int
    day: int
    days: int
    hour: int
    minute: int
    second: int
    us: int
    offset_s: int | None = None
    zone: str = ""
    is_interval: bool = False

    @property
    def shown_year(self) -> int:
        return self.year if self.is_interval or self.year > 0 else 1 - self.year

    @property
    def day_of_year(self) -> int:
        if self.is_interval:
            return self.year * 365 + self.month * 30 + self.day
        return self.days - days_from_civil(self.year, 1, 1) + 1

    @property
    def weekday(self) -> int:
        """0 is Sunday."""
        return (self.days + 4) % 7

    @property
    def iso(self) -> tuple[int, int, int]:
        """ISO year, week and day of that year."""
        thursday = self.days - (self.weekday - 1) % 7 + 3
        year = civil_from_days(thursday)[0]
        first = days_from_civil(year, 1, 4)
        monday = first - (first + 3) % 7
        return year, (self.days - monday) // 7 + 1, self.days - monday + 1


def timestamp_to_char(local_us: int, template: str) -> str | None:
    return _formatted(_broken_down(local_us), template)


def timestamptz_to_char(instant_us: int, template: str, zone_name: str) -> str | None:
    zone = zone_by_name(zone_name) or UTC
    offset = offset_s_at(instant_us, zone)
    fields = _broken_down(instant_us + offset * SECOND_US, offset, _abbreviation(instant_us, zone))
    return _formatted(fields, template)


def interval_to_char(months: int, days: int, us: int, template: str) -> str | None:
    year, month = _truncated(months, 12)
    hour, rest = _truncated(us, HOUR_US)
    minute, rest = _truncated(rest, MINUTE_US)
    second, fraction = _truncated(rest, SECOND_US)
    fields = _Fields(year, month, days, 0, hour, minute, second, fraction, is_interval=True)
    return _formatted(fields, template)


def _truncated(value: int, divisor: int) -> tuple[int, int]:
    quotient = abs(value) // divisor * (1 if value >= 0 else -1)
    return quotient, value - quotient * divisor


def _broken_down(local_us: int, offset_s: int | None = None, zone: str = "") -> _Fields:
    days, us = divmod(local_us, DAY_US)
    year, month, day = civil_from_days(days)
    hour, us = divmod(us, HOUR_US)
    minute, us = divmod(us, MINUTE_US)
    second, us = divmod(us, SECOND_US)
    return _Fields(year, month, day, days, hour, minute, second, us, offset_s, zone)


def _abbreviation(instant_us: int, zone: tzinfo) -> str:
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant_us)
        return moment.astimezone(zone).tzname() or ""
    except (OverflowError, ValueError):
        return ""


def _formatted(fields: _Fields, template: str) -> str | None:
    if not template:
        return None
    out: list[str] = []
    for item in parse_moment_template(template).items:
        if not item.word:
            out.append(item.text)
            continue
        if fields.is_interval and item.word in _INTERVAL_REFUSED:
            raise errors.InvalidDatetimeFormat("invalid format specification for an interval value")
        text = _WRITERS[item.word](fields, item)
        if item.suffix and text.strip().lstrip("-").isdigit():
            suffix = ordinal_suffix(text.strip())
            text += suffix if item.suffix == "TH" else suffix.lower()
        out.append(text)
    return "".join(out)


_Write = Callable[[_Fields, Item], str]


def _number(width: int, value: Callable[[_Fields], int]) -> _Write:
    def write(fields: _Fields, item: Item) -> str:
        number = value(fields)
        if not item.fills:
            return str(number)
        return f"{number:0{width}d}"

    return write


def _signed(width: int, value: Callable[[_Fields], int]) -> _Write:
    """A number whose sign has a place of its own."""

    def write(fields: _Fields, item: Item) -> str:
        number = value(fields)
        return _number(width + (number < 0), lambda _: number)(fields, item)

    return write


def _year(digits: int, value: Callable[[_Fields], int]) -> _Write:
    def write(fields: _Fields, item: Item) -> str:
        year = value(fields)
        if digits < 4:
            year = abs(year) % 10**digits * (1 if year >= 0 else -1)
        return _signed(digits, lambda _: year)(fields, item)

    return write


def _iso_year(fields: _Fields) -> int:
    year = fields.iso[0]
    return year if year > 0 else 1 - year


def _comma_year(fields: _Fields, item: Item) -> str:
    thousands, rest = divmod(fields.shown_year, 1000)
    return f"{thousands},{rest:03d}"


def _name(names: tuple[str, ...], index: Callable[[_Fields], int], length: int = 0) -> _Write:
    def write(fields: _Fields, item: Item) -> str:
        number = index(fields)
        name = names[number][:length] if length else names[number]
        pads = item.fills and not item.is_localized and not length
        return shaped(name, item.shape).ljust(_WIDTH if pads else 0)

    return write


def _roman_month(fields: _Fields, item: Item) -> str:
    if not fields.month and not fields.is_interval:
        return ""
    if fields.is_interval and not fields.month:
        name = "XII" if fields.year else ""
    else:
        name = ROMAN_MONTHS[fields.month - 1 if fields.month > 0 else fields.month]
    name = shaped(name, "lower" if item.shape == "lower" else "upper")
    return name.ljust(4) if item.fills else name


def _meridiem(fields: _Fields, item: Item) -> str:
    text = "PM" if fields.hour % 24 >= 12 else "AM"
    if "." in item.word:
        text = f"{text[0]}.{text[1]}."
    return text.lower() if item.shape == "lower" else text


def _era(fields: _Fields, item: Item) -> str:
    text = "BC" if fields.year <= 0 else "AD"
    if "." in item.word:
        text = f"{text[0]}.{text[1]}."
    return text.lower() if item.shape == "lower" else text


def _hour_12(fields: _Fields) -> int:
    hour = fields.hour
    if hour % 12 == 0:
        return 12
    return hour % 12 if hour >= 0 else -(-hour % 12)


def _century(fields: _Fields) -> int:
    if fields.is_interval:
        return _truncated(fields.year, 100)[0]
    century = (fields.shown_year - 1) // 100 + 1
    return century if fields.year > 0 else -century


def _century_text(fields: _Fields, item: Item) -> str:
    century = _century(fields)
    return _signed(2, lambda _: century)(fields, item) if abs(century) < 100 else str(century)


def _seconds_of_day(fields: _Fields, _: Item) -> str:
    return str(fields.hour * 3600 + fields.minute * 60 + fields.second)


def _fraction(digits: int) -> _Write:
    return lambda fields, _: f"{abs(fields.us):06d}"[:digits]


def _zone(fields: _Fields, item: Item) -> str:
    return fields.zone.lower() if item.shape == "lower" else fields.zone


def _offset(fields: _Fields) -> tuple[str, int, int, int]:
    offset = fields.offset_s or 0
    minutes, seconds = divmod(abs(offset), 60)
    return ("-" if offset < 0 else "+", minutes // 60, minutes % 60, seconds)


def _offset_text(fields: _Fields, item: Item) -> str:
    sign, hours, minutes, _ = _offset(fields)
    shown = f"{sign}{hours:02d}" if item.fills else f"{sign}{hours}"
    return f"{shown}:{minutes:02d}" if minutes else shown


def _quarter(fields: _Fields, _: Item) -> str:
    if not fields.month:
        return ""
    return str((fields.month - 1) // 3 + 1)


_WRITERS: Final[Mapping[str, _Write]] = {
    "Y,YYY": _comma_year,
    "YYYY": _year(4, lambda f: f.shown_year),
    "YYY": _year(3, lambda f: f.shown_year),
    "YY": _year(2, lambda f: f.shown_year),
    "Y": _year(1, lambda f: f.shown_year),
    "IYYY": _year(4, _iso_year),
    "IYY": _year(3, _iso_year),
    "IY": _year(2, _iso_year),
    "I": _year(1, _iso_year),
    "MONTH": _name(MONTHS, lambda f: f.month - 1),
    "MON": _name(MONTHS, lambda f: f.month - 1, 3),
    "MM": _signed(2, lambda f: f.month),
    "RM": _roman_month,
    "DAY": _name(DAYS, lambda f: f.weekday),
    "DY": _name(DAYS, lambda f: f.weekday, 3),
    "DDD": _number(3, lambda f: f.day_of_year),
    "DD": _number(2, lambda f: f.day),
    "D": lambda f, _: str(f.weekday + 1),
    "ID": lambda f, _: str(f.weekday or 7),
    "IDDD": _number(3, lambda f: f.iso[2]),
    "IW": _number(2, lambda f: f.iso[1]),
    "WW": _number(2, lambda f: (f.day_of_year - 1) // 7 + 1),
    "W": lambda f, _: str((f.day - 1) // 7 + 1),
    "CC": _century_text,
    "J": lambda f, _: str(f.days + _JULIAN_OF_1970),
    "Q": _quarter,
    "HH24": _signed(2, lambda f: f.hour),
    "HH12": _signed(2, _hour_12),
    "HH": _signed(2, _hour_12),
    "MI": _signed(2, lambda f: f.minute),
    "SS": _signed(2, lambda f: f.second),
    "MS": _fraction(3),
    "US": _fraction(6),
    **{f"FF{digits}": _fraction(digits) for digits in range(1, 7)},
    "SSSS": _seconds_of_day,
    "SSSSS": _seconds_of_day,
    "AM": _meridiem,
    "PM": _meridiem,
    "A.M.": _meridiem,
    "P.M.": _meridiem,
    "BC": _era,
    "AD": _era,
    "B.C.": _era,
    "A.D.": _era,
    "TZ": _zone,
    "TZH": lambda f, _: "{}{:02d}".format(*_offset(f)[:2]),
    "TZM": lambda f, _: f"{_offset(f)[2]:02d}",
    "OF": _offset_text,
}
