"""Casts between types, explicit and by assignment, as functions of one datum.

Text forms and type modifiers are ``kalampg.pgtypes``'s; here is which conversion a pair of types
needs. A cast by assignment differs in one thing: a string too long for its column is 22001, not
cut.

Source: PostgreSQL 15, ``pg_cast``; ``numeric.c``, ``float.c``, ``timestamp.c``, ``date.c``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final, TypeAlias

from kalampg import errors
from kalampg.engine.arithmetic import INT_LIMITS, int_checker, round_float4, with_scale
from kalampg.engine.context import SessionContext
from kalampg.engine.local_time import local_to_utc, utc_to_local
from kalampg.pgtypes import apply_typmod, format_type, from_text, to_text
from kalampg.pgtypes.timetz import offset_today_s, parts_of, timetz_at, timetz_of
from kalampg.relation import Datum
from kalampg.sql.evaluable import is_castable
from kalampg.sql.functions import ELEMENT_OIDS
from kalampg.sql.temporal_literals import is_temporal

Cast: TypeAlias = Callable[[Datum, SessionContext], Datum]

_TEXTS: Final = frozenset({25, 1043, 1042, 19, 18, 705})
_VARLENA: Final = frozenset({25, 1043})
_DAY_US: Final = 86_400_000_000
_DATE_INFINITY: Final = 2**31 - 1
_TIMESTAMP_INFINITY: Final = 2**63 - 1
# Digits that a float keeps when it becomes a numeric (DBL_DIG, FLT_DIG).
_FLOAT_DIGITS: Final[Mapping[int, int]] = {701: 15, 700: 6}


def compile_cast(source_oid: int, target_oid: int, typmod: int, *, explicit: bool) -> Cast | None:
    """A function for values that are not NULL; None when the value stays as it is.

    Raises:
        CannotCoerce: 42846, there is no such cast.
    """
    if not is_castable(source_oid, target_oid):
        raise errors.CannotCoerce(
            f"cannot cast type {format_type(source_oid, -1)} to {format_type(target_oid, -1)}"
        )
    convert = _conversion(source_oid, target_oid)
    if typmod == -1 and target_oid != 1042:
        return convert
    if convert is None:
        return lambda value, context: apply_typmod(target_oid, typmod, value, explicit=explicit)
    return lambda value, context: apply_typmod(
        target_oid, typmod, convert(value, context), explicit=explicit
    )


def _conversion(source_oid: int, target_oid: int) -> Cast | None:
    if source_oid == target_oid:
        return None
    if target_oid in _TEXTS:
        return _to_string(source_oid, target_oid)
    if source_oid in _TEXTS:
        if is_temporal(target_oid):
            return lambda value, context: from_text(target_oid, value, -1, context.input)
        return lambda value, context: from_text(target_oid, value, -1, context.output)
    if source_oid in ELEMENT_OIDS and target_oid in ELEMENT_OIDS:
        return _of_elements(_conversion(ELEMENT_OIDS[source_oid], ELEMENT_OIDS[target_oid]))
    if target_oid == 26 or source_oid == 26:
        if target_oid == 26:
            return _int8_to_oid if source_oid == 20 else _int4_to_oid
        return _ignoring_context(int_checker(target_oid))
    pair = _PAIRS.get((source_oid, target_oid))
    return pair if pair is not None else _number(source_oid, target_oid)


def _of_elements(convert: Cast | None) -> Cast | None:
    if convert is None:
        return None
    return lambda value, context: [
        None if element is None else convert(element, context) for element in value
    ]


def _ignoring_context(function: Callable[[Datum], Datum]) -> Cast:
    return lambda value, context: function(value)


def _to_string(source_oid: int, target_oid: int) -> Cast | None:
    if source_oid == 16 and target_oid != 19:
        return lambda value, context: "true" if value else "false"
    if source_oid == 1042:
        return lambda value, context: value.rstrip(" ")
    if target_oid in (18, 19):
        if source_oid in _TEXTS:
            return lambda value, context: from_text(target_oid, value, -1, context.output)
        return lambda value, context: from_text(
            target_oid, to_text(source_oid, value, context.output), -1, context.output
        )
    if source_oid in _TEXTS:
        return None
    return lambda value, context: to_text(source_oid, value, context.output)


def _int4_to_oid(value: int, context: SessionContext) -> int:
    return value % 2**32  # The same 32 bits, as in C: -1 is 4294967295.


def _int8_to_oid(value: int, context: SessionContext) -> int:
    if 0 <= value < 2**32:
        return value
    raise errors.NumericValueOutOfRange("OID out of range")


def _number(source_oid: int, target_oid: int) -> Cast:
    if target_oid == 1700:
        if source_oid in _FLOAT_DIGITS:
            digits = _FLOAT_DIGITS[source_oid]
            return lambda value, context: float_to_numeric(value, digits)
        return lambda value, context: Decimal(value)
    if target_oid == 701:
        return _numeric_to_float if source_oid == 1700 else lambda value, context: float(value)
    if target_oid == 700:
        return _numeric_to_float4 if source_oid == 1700 else _to_float4
    if source_oid == 1700:
        return _numeric_to_int(target_oid)
    if source_oid in _FLOAT_DIGITS:
        return _float_to_int(target_oid)
    return _ignoring_context(int_checker(target_oid))


def float_to_numeric(value: float, digits: int) -> Decimal:
    """A float as the numeric of its first ``digits`` significant digits, without an exponent."""
    if not math.isfinite(value):
        return Decimal(value)
    number = Decimal(f"{value:.{digits}g}")
    if not number:
        return Decimal(0)
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return with_scale(number, max(-exponent, 0))


def _numeric_to_float(value: Decimal, context: SessionContext) -> float:
    result = float(value)
    if value.is_finite() and (math.isinf(result) or (result == 0.0 and value)):
        raise errors.NumericValueOutOfRange(
            f'"{to_text(1700, value, context.output)}" is out of range for type double precision'
        )
    return result


def _to_float4(value: float, context: SessionContext) -> float:
    return round_float4(float(value))


def _numeric_to_float4(value: Decimal, context: SessionContext) -> float:
    try:
        return round_float4(_numeric_to_float(value, context))
    except errors.NumericValueOutOfRange:
        raise errors.NumericValueOutOfRange(
            f'"{to_text(1700, value, context.output)}" is out of range for type real'
        ) from None


def _numeric_to_int(target_oid: int) -> Cast:
    check = int_checker(target_oid)
    name = INT_LIMITS[target_oid][2]

    def convert(value: Decimal, context: SessionContext) -> int:
        if not value.is_finite():
            kind = "NaN" if value.is_nan() else "infinity"
            raise errors.FeatureNotSupported(f"cannot convert {kind} to {name}")
        whole: int = check(int(with_scale(value, 0)))
        return whole

    return convert


def _float_to_int(target_oid: int) -> Cast:
    check = int_checker(target_oid)
    name = INT_LIMITS[target_oid][2]

    def convert(value: float, context: SessionContext) -> int:
        if not math.isfinite(value):
            raise errors.NumericValueOutOfRange(f"{name} out of range")
        whole: int = check(round(value))  # Half to even, as rint().
        return whole

    return convert


def _date_to_timestamp(value: int, context: SessionContext) -> int:
    if abs(value) == _DATE_INFINITY:
        return _TIMESTAMP_INFINITY if value > 0 else -_TIMESTAMP_INFINITY
    timestamp = value * _DAY_US
    if abs(timestamp) >= _TIMESTAMP_INFINITY:
        raise errors.DatetimeFieldOverflow("date out of range for timestamp")
    return timestamp


def _timestamp_to_date(value: int, context: SessionContext) -> int:
    if abs(value) == _TIMESTAMP_INFINITY:
        return _DATE_INFINITY if value > 0 else -_DATE_INFINITY
    return value // _DAY_US


def _timestamp_to_time(value: int, context: SessionContext) -> int | None:
    return None if abs(value) == _TIMESTAMP_INFINITY else value % _DAY_US


def _to_local(value: int, context: SessionContext) -> int:
    return value if abs(value) == _TIMESTAMP_INFINITY else utc_to_local(value, context.output.zone)


def _from_local(value: int, context: SessionContext) -> int:
    return value if abs(value) == _TIMESTAMP_INFINITY else local_to_utc(value, context.output.zone)


def _date_to_timestamptz(value: int, context: SessionContext) -> int:
    return _from_local(_date_to_timestamp(value, context), context)


def _time_to_timetz(value: int, context: SessionContext) -> int:
    return timetz_of(value, -offset_today_s(value, context.input))


def _timestamptz_to_timetz(value: int, context: SessionContext) -> int | None:
    return None if abs(value) == _TIMESTAMP_INFINITY else timetz_at(value, context.output)


def _json_to_jsonb(value: str, context: SessionContext) -> Datum:
    return from_text(3802, value, -1, context.output)


_PAIRS: Final[Mapping[tuple[int, int], Cast | None]] = {
    (16, 23): lambda value, context: int(value),
    (23, 16): lambda value, context: value != 0,
    (114, 3802): _json_to_jsonb,
    (3802, 114): lambda value, context: value,
    (1082, 1114): _date_to_timestamp,
    (1082, 1184): _date_to_timestamptz,
    (1114, 1082): _timestamp_to_date,
    (1114, 1083): _timestamp_to_time,
    (1114, 1184): _from_local,
    (1184, 1114): _to_local,
    (1184, 1082): lambda value, context: _timestamp_to_date(_to_local(value, context), context),
    (1184, 1083): lambda value, context: _timestamp_to_time(_to_local(value, context), context),
    (1083, 1266): _time_to_timetz,
    (1266, 1083): lambda value, context: parts_of(value)[0],
    (1184, 1266): _timestamptz_to_timetz,
    (1083, 1186): lambda value, context: (0, 0, value),
    (1186, 1083): lambda value, context: value[2] % _DAY_US,
}
