"""Instants to wall-clock time of a zone, and back, in microseconds since 1970.

Where a wall-clock time happens twice or never, PostgreSQL takes standard time: the later instant of
the two, and a gap is read with the offset from before it.

Source: PostgreSQL 15, ``DetermineTimeZoneOffset`` in ``datetime.c``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND_US: Final = 1_000_000
# The years that Python's calendar covers, with a day to spare; outside, the zone's first or last
# offset holds.
_FIRST_US: Final = -62_135_510_400 * _SECOND_US
_LAST_US: Final = 253_402_214_400 * _SECOND_US


def offset_at_us(instant_us: int, zone: tzinfo) -> int:
    """What the zone's clocks are ahead of UTC at an instant, in microseconds."""
    inside = min(max(instant_us, _FIRST_US), _LAST_US)
    moment = _EPOCH + timedelta(microseconds=inside)
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset // timedelta(microseconds=1)


def utc_to_local(instant_us: int, zone: tzinfo) -> int:
    """The wall-clock time at an instant."""
    return instant_us + offset_at_us(instant_us, zone)


def local_to_utc(local_us: int, zone: tzinfo) -> int:
    """The instant of a wall-clock time."""
    day_us = 86_400 * _SECOND_US
    before = offset_at_us(local_us - day_us, zone)
    after = offset_at_us(local_us + day_us, zone)
    if before == after:
        return local_us - before
    is_before = offset_at_us(local_us - before, zone) == before
    is_after = offset_at_us(local_us - after, zone) == after
    if is_before and is_after:  # Twice: standard time, which is the smaller offset.
        return local_us - min(before, after)
    if is_after:
        return local_us - after
    return local_us - before
