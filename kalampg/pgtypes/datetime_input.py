"""Text → date, time, timestamp and timestamptz.

The ISO forms, which programs write, are read here by one regular expression; everything else that
PostgreSQL understands goes through ``datetime_fields``.

Source: PostgreSQL 15, ``date.c``, ``timestamp.c``, ``datetime.c``.
"""

from __future__ import annotations

import re
from typing import Final

from kalampg import errors
from kalampg.pgtypes.datetime_fields import BrokenDown, decode_datetime, decode_time
from kalampg.pgtypes.instants import (
    DATE_END,
    DATE_INFINITY,
    DATE_MIN,
    DAY_US,
    SECOND_US,
    TIMESTAMP_END,
    TIMESTAMP_INFINITY,
    TIMESTAMP_MIN,
    days_from_civil,
    days_in_month,
    local_to_instant,
    offset_s_at,
)
from kalampg.pgtypes.settings import OutputSettings

_ISO_DATE: Final = r"(\d{4})-(\d\d)-(\d\d)"
_ISO_TIME: Final = r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?"
_ISO_OFFSET: Final = r"(?:(Z)|([+-])(\d\d)(?::?(\d\d))?)?"
_DATE: Final = re.compile(_ISO_DATE, re.ASCII)
_TIME: Final = re.compile(_ISO_TIME, re.ASCII)
_TIMESTAMP: Final = re.compile(f"{_ISO_DATE}(?:[ T]{_ISO_TIME}{_ISO_OFFSET})?", re.ASCII)
_OFFSET_HOURS_MAX: Final = 15
_NOW: Final = re.compile(r"\b(?:now|today|tomorrow|yesterday)\b", re.ASCII | re.IGNORECASE)


def depends_on_now(text: str) -> bool:
    """Whether date and time input means another value at another time.

    >>> depends_on_now("today 04:05"), depends_on_now("2024-01-01")
    (True, False)
    """
    return _NOW.search(text) is not None


def parse_date(text: str, settings: OutputSettings) -> int:
    matched = _DATE.fullmatch(text)
    if matched is not None:
        days = _iso_days(matched)
        if days is not None:
            return days
    parts = decode_datetime(text, "date", settings)
    if parts.infinity:
        return parts.infinity * DATE_INFINITY
    if parts.instant_us is not None:
        return _local_us(parts, settings) // DAY_US
    value = parts.days
    if not DATE_MIN <= value < DATE_END:
        raise errors.DatetimeFieldOverflow(f'date out of range: "{text}"')
    return value


def parse_time(text: str, settings: OutputSettings) -> int:
    matched = _TIME.fullmatch(text)
    if matched is not None:
        microseconds = _iso_time_us(matched, 1)
        if microseconds is not None:
            return microseconds
    parts = decode_time(text, settings)
    if parts.instant_us is not None:
        return _local_us(parts, settings) % DAY_US
    return parts.time_us


def parse_timestamp(text: str, settings: OutputSettings) -> int:
    matched = _TIMESTAMP.fullmatch(text)
    if matched is not None:
        local_us = _iso_local_us(matched)
        if local_us is not None and _iso_offset_us(matched) is not None:
            return local_us
    parts = decode_datetime(text, "timestamp", settings)
    if parts.infinity:
        return parts.infinity * TIMESTAMP_INFINITY
    if parts.instant_us is not None:
        return _local_us(parts, settings)
    return _checked(parts.days * DAY_US + parts.time_us, text)


def parse_timestamptz(text: str, settings: OutputSettings) -> int:
    matched = _TIMESTAMP.fullmatch(text)
    if matched is not None:
        instant = _iso_instant(matched, settings)
        if instant is not None:
            return instant
    parts = decode_datetime(text, "timestamp with time zone", settings)
    if parts.infinity:
        return parts.infinity * TIMESTAMP_INFINITY
    if parts.instant_us is not None:
        return parts.instant_us
    local_us = parts.days * DAY_US + parts.time_us
    if parts.offset_s is not None:
        return _checked(local_us - parts.offset_s * SECOND_US, text)
    return _checked(local_to_instant(local_us, settings.zone), text)


def _local_us(parts: BrokenDown, settings: OutputSettings) -> int:
    assert parts.instant_us is not None
    if parts.is_epoch:
        return parts.instant_us
    return parts.instant_us + offset_s_at(parts.instant_us, settings.zone) * SECOND_US


def _checked(value: int, text: str) -> int:
    if not TIMESTAMP_MIN <= value < TIMESTAMP_END:
        raise errors.DatetimeFieldOverflow(f'timestamp out of range: "{text}"')
    return value


def _iso_days(matched: re.Match[str]) -> int | None:
    year, month, day = int(matched[1]), int(matched[2]), int(matched[3])
    if year and 1 <= month <= 12 and 1 <= day <= days_in_month(year, month):
        return days_from_civil(year, month, day)
    return None


def _iso_time_us(matched: re.Match[str], first: int) -> int | None:
    hour, minute = int(matched[first]), int(matched[first + 1])
    second = int(matched[first + 2] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    fraction = matched[first + 3]
    microseconds = int(fraction.ljust(6, "0")) if fraction else 0
    return ((hour * 60 + minute) * 60 + second) * SECOND_US + microseconds


def _iso_local_us(matched: re.Match[str]) -> int | None:
    days = _iso_days(matched)
    if days is None or matched[4] is None:
        return None if days is None else days * DAY_US
    time_us = _iso_time_us(matched, 4)
    return None if time_us is None else days * DAY_US + time_us


def _iso_offset_us(matched: re.Match[str]) -> int | None:
    """The offset that was written, 0 without one; None if it is not one."""
    if matched[9] is None:
        return 0
    hours, minutes = int(matched[10]), int(matched[11] or 0)
    if hours > _OFFSET_HOURS_MAX or minutes > 59:
        return None
    offset_us = (hours * 60 + minutes) * 60 * SECOND_US
    return offset_us if matched[9] == "+" else -offset_us


def _iso_instant(matched: re.Match[str], settings: OutputSettings) -> int | None:
    local_us = _iso_local_us(matched)
    offset_us = _iso_offset_us(matched)
    if local_us is None or offset_us is None:
        return None
    if matched[8] is None and matched[9] is None:
        return local_to_instant(local_us, settings.zone)
    return local_us - offset_us
