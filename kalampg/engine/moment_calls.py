"""Dates and times plus and minus intervals and days, and AT TIME ZONE.

Months are added first (a day that the month has not becomes its last), then days, then
microseconds; of a timestamp with time zone, months and days on the session's clocks.

Source: PostgreSQL 15, ``timestamp_pl_interval`` and ``timestamptz_zone`` in ``timestamp.c``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import Any, Final, TypeAlias

from kalampg import errors
from kalampg.engine.context import SessionContext
from kalampg.engine.local_time import local_to_utc, utc_to_local
from kalampg.ids import Oid
from kalampg.pgtypes import oids
from kalampg.pgtypes.instants import (
    DATE_END,
    DATE_INFINITY,
    DATE_MIN,
    DAY_US,
    TIMESTAMP_END,
    TIMESTAMP_INFINITY,
    TIMESTAMP_MIN,
    civil_from_days,
    days_from_civil,
    days_in_month,
)
from kalampg.pgtypes.intervals import Interval
from kalampg.pgtypes.time_zone_names import zone_by_name
from kalampg.relation import Datum
from kalampg.sql.moment_functions import (
    AT_TIME_ZONE,
    MINUS_DAYS,
    MINUS_INTERVAL,
    PLUS_DAYS,
    PLUS_INTERVAL,
)

_Evaluator: TypeAlias = Callable[[Sequence[Datum], Sequence[Datum], SessionContext], Datum]
_Function: TypeAlias = Callable[[Any, Any, SessionContext], Datum]


def moment_call(name: str, type_oid: Oid, arguments: Sequence[_Evaluator]) -> _Evaluator:
    """What computes a call of a name in ``MOMENT_FUNCTIONS``; NULL of NULL.

    The evaluator raises:
        DatetimeFieldOverflow: 22008.
        InvalidParameterValue: 22023, there is no such time zone.
    """
    function = _FUNCTIONS[name, type_oid]
    left, right = arguments

    def run(row: Sequence[Datum], params: Sequence[Datum], context: SessionContext) -> Datum:
        value, other = left(row, params, context), right(row, params, context)
        return None if value is None or other is None else function(value, other, context)

    return run


def _moved(local_us: int, months: int, days: int) -> int:
    """A wall-clock time, months and then days later."""
    day, time_us = divmod(local_us, DAY_US)
    if months:
        year, month, day_of_month = civil_from_days(day)
        years, month = divmod(month - 1 + months, 12)
        year, month = year + years, month + 1
        day = days_from_civil(year, month, min(day_of_month, days_in_month(year, month)))
    return (day + days) * DAY_US + time_us


def _shift(sign: int) -> _Function:
    def shift(value: int, interval: Interval, _: SessionContext) -> int:
        if abs(value) == TIMESTAMP_INFINITY:
            return value
        months, days, time_us = (sign * part for part in interval)
        return _checked(_moved(value, months, days) + time_us)

    return shift


def _shift_instant(sign: int) -> _Function:
    def shift(value: int, interval: Interval, context: SessionContext) -> int:
        if abs(value) == TIMESTAMP_INFINITY:
            return value
        months, days, time_us = (sign * part for part in interval)
        if months or days:
            zone = context.output.zone
            value = local_to_utc(_moved(utc_to_local(value, zone), months, days), zone)
        return _checked(value + time_us)

    return shift


def _shift_date(sign: int) -> _Function:
    def shift(value: int, days: int, _: SessionContext) -> int:
        if abs(value) == DATE_INFINITY:
            return value
        moved = value + sign * days
        if not DATE_MIN <= moved < DATE_END:
            raise errors.DatetimeFieldOverflow("date out of range")
        return moved

    return shift


def _checked(value: int) -> int:
    if not TIMESTAMP_MIN <= value < TIMESTAMP_END:
        raise errors.DatetimeFieldOverflow("timestamp out of range")
    return value


def _in_zone(value: int, name: str, _: SessionContext) -> int:
    """An instant as the zone's wall-clock time."""
    zone = _zone(name)
    return value if abs(value) == TIMESTAMP_INFINITY else utc_to_local(value, zone)


def _of_zone(value: int, name: str, _: SessionContext) -> int:
    """The instant of a wall-clock time of the zone."""
    zone = _zone(name)
    return value if abs(value) == TIMESTAMP_INFINITY else local_to_utc(value, zone)


def _zone(name: str) -> tzinfo:
    # A bare offset counts hours west of Greenwich, as POSIX has it.
    zone = zone_by_name(f"utc{name}" if name.startswith(("+", "-")) else name)
    if zone is None:
        raise errors.InvalidParameterValue(f'time zone "{name}" not recognized')
    return zone


# By name and type of the result.
_FUNCTIONS: Final[dict[tuple[str, int], _Function]] = {
    (PLUS_INTERVAL, oids.TIMESTAMP): _shift(1),
    (MINUS_INTERVAL, oids.TIMESTAMP): _shift(-1),
    (PLUS_INTERVAL, oids.TIMESTAMPTZ): _shift_instant(1),
    (MINUS_INTERVAL, oids.TIMESTAMPTZ): _shift_instant(-1),
    (PLUS_DAYS, oids.DATE): _shift_date(1),
    (MINUS_DAYS, oids.DATE): _shift_date(-1),
    (AT_TIME_ZONE, oids.TIMESTAMP): _in_zone,
    (AT_TIME_ZONE, oids.TIMESTAMPTZ): _of_zone,
}
