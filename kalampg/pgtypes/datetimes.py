"""date, time, timestamp and timestamptz → text, and ↔ binary.

Text is DateStyle ISO. On the wire days and microseconds count from 2000-01-01, and the infinities
are the smallest and the largest integer.

Source: PostgreSQL 15, ``EncodeDateTime`` in ``datetime.c``, ``timestamp.c``, ``date.c``.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC
from functools import lru_cache
from typing import Final

from kalampg import errors
from kalampg.pgtypes.binary_format import unpacker
from kalampg.pgtypes.instants import (
    DATE_END,
    DATE_INFINITY,
    DATE_MIN,
    DAY_US,
    EPOCH_2000_DAYS,
    EPOCH_2000_US,
    SECOND_US,
    TIMESTAMP_END,
    TIMESTAMP_INFINITY,
    TIMESTAMP_MIN,
    civil_from_days,
    offset_s_at,
)
from kalampg.pgtypes.settings import OutputSettings

_WIRE_DATE_INFINITY: Final = (2**31 - 1, -(2**31))
_WIRE_TIMESTAMP_INFINITY: Final = (2**63 - 1, -(2**63))

_pack_int4: Final = struct.Struct("!i").pack
_pack_int8: Final = struct.Struct("!q").pack
_unpack_int4: Final = unpacker("!i")
_unpack_int8: Final = unpacker("!q")


@lru_cache(maxsize=4096)
def _date_parts(days: int) -> tuple[str, str]:
    """``YYYY-MM-DD`` and the era's suffix, which follows the time."""
    year, month, day = civil_from_days(days)
    if year > 0:
        return f"{year:04d}-{month:02d}-{day:02d}", ""
    return f"{1 - year:04d}-{month:02d}-{day:02d}", " BC"


def format_date(value: int) -> str:
    if value >= DATE_INFINITY:
        return "infinity"
    if value <= -DATE_INFINITY:
        return "-infinity"
    date, era = _date_parts(value)
    return date + era


def format_time(value: int) -> str:
    seconds, microseconds = divmod(value, SECOND_US)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    if not microseconds:
        return f"{hour:02d}:{minute:02d}:{second:02d}"
    return f"{hour:02d}:{minute:02d}:{second:02d}.{microseconds:06d}".rstrip("0")


def format_timestamp(value: int) -> str:
    return _format_local(value, "") if abs(value) < TIMESTAMP_INFINITY else _infinity(value)


def _format_local(local_us: int, suffix: str) -> str:
    days, time = divmod(local_us, DAY_US)
    date, era = _date_parts(days)
    return f"{date} {format_time(time)}{suffix}{era}"


def _infinity(value: int) -> str:
    return "infinity" if value > 0 else "-infinity"


def timestamptz_formatter(settings: OutputSettings) -> Callable[[int], str]:
    """Instants as wall-clock time of the session's zone, with the offset."""
    zone = settings.zone
    if zone is UTC:
        return lambda value: (
            _format_local(value, "+00") if abs(value) < TIMESTAMP_INFINITY else _infinity(value)
        )

    def format_timestamptz(value: int) -> str:
        if abs(value) >= TIMESTAMP_INFINITY:
            return _infinity(value)
        offset_s = offset_s_at(value, zone)
        return _format_local(value + offset_s * SECOND_US, format_offset(offset_s))

    return format_timestamptz


@lru_cache(maxsize=256)
def format_offset(offset_s: int) -> str:
    """``+05:30``; minutes and seconds only where they are not zero."""
    minutes, second = divmod(abs(offset_s), 60)
    hour, minute = divmod(minutes, 60)
    text = f"{'-' if offset_s < 0 else '+'}{hour:02d}"
    if minute or second:
        text += f":{minute:02d}"
    return f"{text}:{second:02d}" if second else text


def send_date(value: int) -> bytes:
    if abs(value) >= DATE_INFINITY:
        return _pack_int4(_WIRE_DATE_INFINITY[value < 0])
    return _pack_int4(value - EPOCH_2000_DAYS)


def receive_date(data: bytes) -> int:
    (wire,) = _unpack_int4(data)
    if wire in _WIRE_DATE_INFINITY:
        return DATE_INFINITY if wire > 0 else -DATE_INFINITY
    value: int = wire + EPOCH_2000_DAYS
    if not DATE_MIN <= value < DATE_END:
        raise errors.DatetimeFieldOverflow("date out of range")
    return value


send_time: Final = _pack_int8


def receive_time(data: bytes) -> int:
    value: int = _unpack_int8(data)[0]
    if not 0 <= value <= DAY_US:
        raise errors.DatetimeFieldOverflow("time out of range")
    return value


def send_timestamp(value: int) -> bytes:
    if abs(value) >= TIMESTAMP_INFINITY:
        return _pack_int8(_WIRE_TIMESTAMP_INFINITY[value < 0])
    return _pack_int8(value - EPOCH_2000_US)


def receive_timestamp(data: bytes) -> int:
    (wire,) = _unpack_int8(data)
    if wire in _WIRE_TIMESTAMP_INFINITY:
        return TIMESTAMP_INFINITY if wire > 0 else -TIMESTAMP_INFINITY
    value: int = wire + EPOCH_2000_US
    if not TIMESTAMP_MIN <= value < TIMESTAMP_END:
        raise errors.DatetimeFieldOverflow("timestamp out of range")
    return value
