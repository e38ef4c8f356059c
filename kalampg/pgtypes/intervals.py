"""interval → text in the four styles, and ↔ binary.

A datum is (months, days, microseconds). On the wire: microseconds int64, days int32, months int32.

Source: PostgreSQL 15, ``EncodeInterval`` in ``datetime.c``.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from kalampg import errors
from kalampg.pgtypes.binary_format import unpacker
from kalampg.pgtypes.instants import SECOND_US
from kalampg.pgtypes.settings import OutputSettings

Interval: TypeAlias = tuple[int, int, int]

# Bits of the fields in an interval's type modifier, ``INTERVAL DAY TO SECOND``.
MONTH_FIELD: Final = 1 << 1
YEAR_FIELD: Final = 1 << 2
DAY_FIELD: Final = 1 << 3
HOUR_FIELD: Final = 1 << 10
MINUTE_FIELD: Final = 1 << 11
SECOND_FIELD: Final = 1 << 12
ALL_FIELDS: Final = 0x7FFF

_pack: Final = struct.Struct("!qii").pack
_unpack: Final = unpacker("!qii")


def interval_formatter(settings: OutputSettings) -> Callable[[Interval], str]:
    return _STYLES[settings.interval_style]


def divide(value: int, divisor: int) -> tuple[int, int]:
    """Towards zero, as C does: both parts have the sign of ``value``."""
    quotient, remainder = divmod(abs(value), divisor)
    return (-quotient, -remainder) if value < 0 else (quotient, remainder)


def _clock_fields(microseconds: int) -> tuple[int, int, int, int]:
    seconds, fraction = divide(microseconds, SECOND_US)
    minutes, second = divide(seconds, 60)
    hours, minute = divide(minutes, 60)
    return hours, minute, second, fraction


def _seconds_text(second: int, fraction: int, width: int) -> str:
    """The magnitude of seconds and fraction, without trailing zeros."""
    whole = f"{abs(second):0{width}d}"
    return f"{whole}.{abs(fraction):06d}".rstrip("0") if fraction else whole


def _clock_text(microseconds: int) -> str:
    hours, minute, second, fraction = _clock_fields(abs(microseconds))
    return f"{hours:02d}:{minute:02d}:{_seconds_text(second, fraction, 2)}"


def _format_postgres(value: Interval) -> str:
    months, days, microseconds = value
    years, months = divide(months, 12)
    parts = []
    was_negative = False
    for amount, unit in ((years, "year"), (months, "mon"), (days, "day")):
        if amount:
            sign = "+" if was_negative and amount > 0 else ""
            parts.append(f"{sign}{amount} {unit}{'' if amount == 1 else 's'}")
            was_negative = amount < 0
    if microseconds or not parts:
        sign = "-" if microseconds < 0 else "+" if was_negative else ""
        parts.append(sign + _clock_text(microseconds))
    return " ".join(parts)


def _format_verbose(value: Interval) -> str:
    months, days, microseconds = value
    years, months = divide(months, 12)
    hours, minutes, second, fraction = _clock_fields(microseconds)
    parts = ["@"]
    # The sign of the first field that is not zero becomes "ago"; the others are relative to it.
    is_ago = False
    fields = ((years, "year"), (months, "mon"), (days, "day"), (hours, "hour"), (minutes, "min"))
    for amount, unit in fields:
        if amount:
            if len(parts) == 1:
                is_ago = amount < 0
            shown = -amount if is_ago else amount
            parts.append(f"{shown} {unit}{'' if shown == 1 else 's'}")
    if second or fraction:
        is_negative = second < 0 or fraction < 0
        if len(parts) == 1:
            is_ago = is_negative
        sign = "-" if is_negative != is_ago else ""
        text = _seconds_text(second, fraction, 1)
        plural = "" if abs(second) == 1 and not fraction else "s"
        parts.append(f"{sign}{text} sec{plural}")
    if len(parts) == 1:
        return "@ 0"
    return " ".join(parts) + (" ago" if is_ago else "")


def _format_iso(value: Interval) -> str:
    months, days, microseconds = value
    years, months = divide(months, 12)
    hours, minutes, second, fraction = _clock_fields(microseconds)
    date = "".join(
        f"{amount}{unit}" for amount, unit in ((years, "Y"), (months, "M"), (days, "D")) if amount
    )
    time = "".join(f"{amount}{unit}" for amount, unit in ((hours, "H"), (minutes, "M")) if amount)
    if second or fraction:
        sign = "-" if second < 0 or fraction < 0 else ""
        time += f"{sign}{_seconds_text(second, fraction, 1)}S"
    if time:
        return f"P{date}T{time}"
    return f"P{date}" if date else "PT0S"


def _format_sql_standard(value: Interval) -> str:
    total_months, days, microseconds = value
    years, months = divide(total_months, 12)
    signs = {part > 0 for part in value if part}
    has_year_month = total_months != 0
    has_day_time = days != 0 or microseconds != 0
    if not signs:
        return "0"
    hours, minute, second, fraction = _clock_fields(abs(microseconds))
    clock = f"{hours}:{minute:02d}:{_seconds_text(second, fraction, 2)}"
    if len(signs) == 2 or (has_year_month and has_day_time):
        # Not an SQL interval: every part gets its own sign.
        year_sign = "-" if total_months < 0 else "+"
        day_sign = "-" if days < 0 else "+"
        time_sign = "-" if microseconds < 0 else "+"
        return f"{year_sign}{abs(years)}-{abs(months)} {day_sign}{abs(days)} {time_sign}{clock}"
    sign = "" if True in signs else "-"
    if has_year_month:
        return f"{sign}{abs(years)}-{abs(months)}"
    if days:
        return f"{sign}{abs(days)} {clock}"
    return sign + clock


_STYLES: Final[Mapping[str, Callable[[Interval], str]]] = {
    "postgres": _format_postgres,
    "postgres_verbose": _format_verbose,
    "iso_8601": _format_iso,
    "sql_standard": _format_sql_standard,
}


def send_interval(value: Interval) -> bytes:
    months, days, microseconds = value
    try:
        return _pack(microseconds, days, months)
    except struct.error:
        raise errors.DatetimeFieldOverflow("interval out of range") from None


def receive_interval(data: bytes) -> Interval:
    microseconds, days, months = _unpack(data)
    return months, days, microseconds
