"""time with time zone: text and binary, and the integer that a value is in memory.

PostgreSQL orders these values by their time in UTC, and equal times by zone. The integer has that
order: microseconds in UTC, a day added so that they are positive, then the zone in 18 bits, as
seconds west of Greenwich with 2**17 added. So keys, statistics, Parquet and DuckDB compare values
as the integers that they are there.

Source: PostgreSQL 15, ``timetz_in``, ``timetz_cmp_internal`` and ``timetz_recv`` in ``date.c``.
"""

from __future__ import annotations

import struct
from datetime import UTC
from typing import Final

from kalampg import errors
from kalampg.pgtypes.binary_format import unpacker
from kalampg.pgtypes.datetime_fields import decode_time
from kalampg.pgtypes.datetimes import format_offset, format_time
from kalampg.pgtypes.instants import DAY_US, SECOND_US, offset_s_at, offset_s_of_local
from kalampg.pgtypes.settings import OutputSettings

ZONE_BITS: Final = 18
_ZONE_MASK: Final = (1 << ZONE_BITS) - 1
_ZONE_ZERO: Final = 1 << (ZONE_BITS - 1)
_ZONE_END_S: Final = 16 * 3600

_pack: Final = struct.Struct("!qi").pack
_unpack: Final = unpacker("!qi")


def timetz_of(local_us: int, west_s: int) -> int:
    """The value of a local time at so many seconds west of Greenwich.

    >>> timetz_of(0, -3600) < timetz_of(0, 0) < timetz_of(1, 0)
    True
    """
    return (local_us + west_s * SECOND_US + DAY_US) << ZONE_BITS | (west_s + _ZONE_ZERO)


def parts_of(value: int) -> tuple[int, int]:
    """Local time in microseconds, and seconds west of Greenwich."""
    west_s = (value & _ZONE_MASK) - _ZONE_ZERO
    return (value >> ZONE_BITS) - DAY_US - west_s * SECOND_US, west_s


def parse_timetz(text: str, settings: OutputSettings) -> int:
    found = decode_time(text, settings, "time with time zone")
    if found.instant_us is not None:
        return timetz_at(found.instant_us, settings)
    if found.offset_s is not None:
        return timetz_of(found.time_us, -found.offset_s)
    return timetz_of(found.time_us, -offset_today_s(found.time_us, settings))


def offset_today_s(local_us: int, settings: OutputSettings) -> int:
    """Seconds east of Greenwich of the session's zone at a time of this day."""
    if settings.zone is UTC:
        return 0
    now_us = settings.now_us
    if now_us is None:
        raise errors.FeatureNotSupported(
            "a time with time zone without an offset is not supported here",
            hint="Write the offset: '10:00+02'.",
        )
    today_us = (now_us + offset_s_at(now_us, settings.zone) * SECOND_US) // DAY_US * DAY_US
    return offset_s_of_local(today_us + local_us, settings.zone)


def timetz_at(instant_us: int, settings: OutputSettings) -> int:
    """What the clocks of the session's zone show at an instant."""
    offset_s = offset_s_at(instant_us, settings.zone)
    return timetz_of((instant_us + offset_s * SECOND_US) % DAY_US, -offset_s)


def format_timetz(value: int) -> str:
    local_us, west_s = parts_of(value)
    return format_time(local_us) + format_offset(-west_s)


def send_timetz(value: int) -> bytes:
    return _pack(*parts_of(value))


def receive_timetz(data: bytes) -> int:
    local_us, west_s = _unpack(data)
    if not 0 <= local_us <= DAY_US:
        raise errors.DatetimeFieldOverflow("time out of range")
    if not -_ZONE_END_S < west_s < _ZONE_END_S:
        raise errors.InvalidTimeZoneDisplacementValue("time zone displacement out of range")
    return timetz_of(local_us, west_s)
