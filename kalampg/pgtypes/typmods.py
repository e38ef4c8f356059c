"""Type modifiers: fit a value into varchar(n), character(n), numeric(p,s), timestamp(p) and so on.

An explicit cast to a character type cuts what is too long; an assignment refuses it, except blanks.

Source: PostgreSQL 15, ``varchar.c``, ``numeric.c``, ``timestamp.c``, ``date.c``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from kalampg import errors
from kalampg.pgtypes import oids
from kalampg.pgtypes.instants import (
    EPOCH_2000_US,
    HOUR_US,
    MINUTE_US,
    TIMESTAMP_END,
    TIMESTAMP_INFINITY,
)
from kalampg.pgtypes.intervals import (
    ALL_FIELDS,
    DAY_FIELD,
    MINUTE_FIELD,
    MONTH_FIELD,
    SECOND_FIELD,
    YEAR_FIELD,
    Interval,
    divide,
)
from kalampg.pgtypes.numeric import apply_numeric_typmod
from kalampg.pgtypes.registry import TYPES, format_type
from kalampg.pgtypes.timetz import parts_of, timetz_of
from kalampg.relation import Datum

_TYPMOD_HEADER: Final = 4
_PRECISION_MAX: Final = 6


def apply_typmod(oid: int, typmod: int, datum: Datum, *, explicit: bool) -> Datum:
    """The value as a column of that type and modifier holds it.

    Raises:
        StringDataRightTruncation: 22001, too long and not ``explicit``.
        NumericValueOutOfRange: 22003, too large for numeric(p,s).
    """
    if datum is None or typmod < 0:
        return datum
    apply = _APPLIED.get(oid)
    if apply is not None:
        return apply(datum, typmod, explicit)
    array = TYPES.get(oid)
    if array is not None and array.is_array and array.element_oid in _APPLIED:
        apply = _APPLIED[array.element_oid]
        return [None if each is None else apply(each, typmod, explicit) for each in datum]
    return datum


def _varchar(value: str, typmod: int, explicit: bool) -> str:
    size = typmod - _TYPMOD_HEADER
    return value if len(value) <= size else _cut(value, size, oids.VARCHAR, typmod, explicit)


def _bpchar(value: str, typmod: int, explicit: bool) -> str:
    size = typmod - _TYPMOD_HEADER
    if len(value) <= size:
        return value.ljust(size)
    return _cut(value, size, oids.BPCHAR, typmod, explicit)


def _cut(value: str, size: int, oid: int, typmod: int, explicit: bool) -> str:
    if not explicit and value[size:].strip(" "):
        raise errors.StringDataRightTruncation(
            f"value too long for type {format_type(oid, typmod)}"
        )
    return value[:size]


def _rounded(value: int, precision: int) -> int:
    """Half away from zero, to ``precision`` digits of a second."""
    step = int(10 ** (_PRECISION_MAX - precision))
    magnitude = (abs(value) + step // 2) // step * step
    return magnitude if value >= 0 else -magnitude


def _time(value: int, typmod: int, explicit: bool) -> int:
    return value if typmod >= _PRECISION_MAX else _rounded(value, typmod)


def _timetz(value: int, typmod: int, explicit: bool) -> int:
    local_us, west_s = parts_of(value)
    return timetz_of(_time(local_us, typmod, explicit), west_s)


def _timestamp(value: int, typmod: int, explicit: bool) -> int:
    if typmod >= _PRECISION_MAX or abs(value) >= TIMESTAMP_INFINITY:
        return value
    rounded = _rounded_timestamp(value, typmod)
    if rounded >= TIMESTAMP_END:
        raise errors.DatetimeFieldOverflow("timestamp out of range")
    return rounded


def _rounded_timestamp(value: int, precision: int) -> int:
    # Half away from zero, and PostgreSQL's zero is in 2000.
    from_2000 = value - EPOCH_2000_US
    return _rounded(from_2000, precision) + EPOCH_2000_US


def _interval(value: Interval, typmod: int, explicit: bool) -> Interval:
    fields, precision = typmod >> 16 & ALL_FIELDS, typmod & 0xFFFF
    months, days, microseconds = value
    if fields != ALL_FIELDS:
        months, days, microseconds = _restricted(months, days, microseconds, fields)
    if precision < _PRECISION_MAX:
        microseconds = _rounded(microseconds, precision)
    return months, days, microseconds


def _restricted(months: int, days: int, microseconds: int, fields: int) -> Interval:
    """Drop what is below the last of the interval's fields."""
    if fields == YEAR_FIELD:
        return divide(months, 12)[0] * 12, 0, 0
    if fields in (MONTH_FIELD, YEAR_FIELD | MONTH_FIELD):
        return months, 0, 0
    if fields == DAY_FIELD:
        return months, days, 0
    unit = 1
    if fields & SECOND_FIELD == 0:
        unit = MINUTE_US if fields & MINUTE_FIELD else HOUR_US
    return months, days, microseconds - divide(microseconds, unit)[1]


_APPLIED: Final[Mapping[int, Callable[[Any, int, bool], Datum]]] = MappingProxyType(
    {
        oids.VARCHAR: _varchar,
        oids.BPCHAR: _bpchar,
        oids.NUMERIC: lambda value, typmod, explicit: apply_numeric_typmod(value, typmod),
        oids.TIME: _time,
        oids.TIMETZ: _timetz,
        oids.TIMESTAMP: _timestamp,
        oids.TIMESTAMPTZ: _timestamp,
        oids.INTERVAL: _interval,
    }
)
