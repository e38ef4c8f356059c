"""Arithmetic with PostgreSQL's results: overflow checks, division, and numeric's scale rules.

Integers and numerics never lose a digit silently; floats refuse to overflow to infinity. The
functions take values that are not NULL and already of the operation's type (ints, floats, or
Decimals).

Source: PostgreSQL 15, ``numeric.c`` (``select_div_scale``, ``numeric_div``, ``numeric_mod``),
``int.c``, ``int8.c``, ``float.c``.
"""

from __future__ import annotations

import math
import operator
import struct
from collections.abc import Callable, Mapping
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_UP, Context, Decimal
from typing import Final

from kalampg import errors
from kalampg.relation import Datum

Binary = Callable[[Datum, Datum], Datum]
Unary = Callable[[Datum], Datum]

INT_LIMITS: Final[Mapping[int, tuple[int, int, str]]] = {
    21: (-(2**15), 2**15 - 1, "smallint"),
    23: (-(2**31), 2**31 - 1, "integer"),
    20: (-(2**63), 2**63 - 1, "bigint"),
    26: (0, 2**32 - 1, "OID"),
}
# numeric's own limits: digits before the point, and digits after it.
_WEIGHT_MAX: Final = 131_072
_SCALE_MAX: Final = 16_383
_DIV_SIGNIFICANT_DIGITS: Final = 16
_DIV_SCALE_MAX: Final = 1_000
# Wide enough for every exact result inside those limits; no traps, so that specials propagate.
EXACT: Final = Context(
    prec=2 * (_WEIGHT_MAX + _SCALE_MAX),
    Emax=MAX_EMAX,
    Emin=MIN_EMIN,
    rounding=ROUND_HALF_UP,
    traps=[],
)
_NAN: Final = Decimal("NaN")


def int_checker(type_oid: int) -> Unary:
    """Return a function that passes an int through, or raises 22003 when it is out of range."""
    low, high, name = INT_LIMITS[type_oid]

    def check(value: int) -> int:
        if low <= value <= high:
            return value
        raise errors.NumericValueOutOfRange(f"{name} out of range")

    return check


def _divide_ints(left: int, right: int) -> int:
    if right == 0:
        raise errors.DivisionByZero("division by zero")
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _modulo_ints(left: int, right: int) -> int:
    if right == 0:
        raise errors.DivisionByZero("division by zero")
    remainder = abs(left) % abs(right)
    return -remainder if left < 0 else remainder


def round_float4(value: float) -> float:
    """The nearest single-precision value; overflow is 22003."""
    try:
        single: float = struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        raise errors.NumericValueOutOfRange("value out of range: overflow") from None
    if single == 0.0 and value != 0.0:
        raise errors.NumericValueOutOfRange("value out of range: underflow")
    return single


def _checked_float(value: float, left: float, right: float, *, may_be_zero: bool) -> float:
    if math.isinf(value) and not (math.isinf(left) or math.isinf(right)):
        raise errors.NumericValueOutOfRange("value out of range: overflow")
    if value == 0.0 and not may_be_zero:
        raise errors.NumericValueOutOfRange("value out of range: underflow")
    return value


def _add_floats(left: float, right: float) -> float:
    return _checked_float(left + right, left, right, may_be_zero=True)


def _subtract_floats(left: float, right: float) -> float:
    return _checked_float(left - right, left, right, may_be_zero=True)


def _multiply_floats(left: float, right: float) -> float:
    return _checked_float(left * right, left, right, may_be_zero=left == 0.0 or right == 0.0)


def _divide_floats(left: float, right: float) -> float:
    if right == 0.0:
        if math.isnan(left):
            return left
        raise errors.DivisionByZero("division by zero")
    return _checked_float(left / right, left, left, may_be_zero=left == 0.0 or math.isinf(right))


def scale_of(value: Decimal) -> int:
    """Digits after the decimal point as PostgreSQL counts them; 0 for NaN and infinity."""
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def with_scale(value: Decimal, scale: int) -> Decimal:
    """Round half away from zero to ``scale`` digits after the point."""
    return EXACT.quantize(value, Decimal(1).scaleb(-scale))


def _checked_numeric(value: Decimal) -> Decimal:
    if value.is_finite():
        if value.adjusted() >= _WEIGHT_MAX and value:
            raise errors.NumericValueOutOfRange("value overflows numeric format")
        if scale_of(value) > _SCALE_MAX:
            return with_scale(value, _SCALE_MAX)
        return -value if value.is_zero() and value.is_signed() else value
    return value


def _base_10000_head(value: Decimal) -> tuple[int, int]:
    """(weight, first digit) of a finite value in base 10000; (0, 0) for zero."""
    if not value:
        return 0, 0
    weight = value.adjusted() // 4
    return weight, int(value.copy_abs().scaleb(-4 * weight, context=EXACT))


def division_scale(left: Decimal, right: Decimal) -> int:
    """How many digits after the point PostgreSQL gives the quotient."""
    left_weight, left_digit = _base_10000_head(left)
    right_weight, right_digit = _base_10000_head(right)
    quotient_weight = left_weight - right_weight - (left_digit <= right_digit)
    scale = _DIV_SIGNIFICANT_DIGITS - quotient_weight * 4
    return min(max(scale, scale_of(left), scale_of(right), 0), _DIV_SCALE_MAX)


def _divide_numerics(left: Decimal, right: Decimal) -> Decimal:
    if left.is_nan() or right.is_nan():
        return _NAN
    if left.is_infinite() and right.is_infinite():
        return _NAN
    if not right:
        raise errors.DivisionByZero("division by zero")
    if left.is_infinite():
        return left if right > 0 else -left
    if right.is_infinite():
        return Decimal(0)
    scale = division_scale(left, right)
    left_digits, left_exponent = _as_integer(left)
    right_digits, right_exponent = _as_integer(right)
    shift = left_exponent - right_exponent + scale
    numerator = abs(left_digits) * 10 ** max(shift, 0)
    denominator = abs(right_digits) * 10 ** max(-shift, 0)
    quotient = (2 * numerator + denominator) // (2 * denominator)  # Half away from zero.
    if (left_digits < 0) != (right_digits < 0):
        quotient = -quotient
    return Decimal(quotient).scaleb(-scale, context=EXACT)


def _as_integer(value: Decimal) -> tuple[int, int]:
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return int(value.scaleb(-exponent, context=EXACT)), exponent


def _modulo_numerics(left: Decimal, right: Decimal) -> Decimal:
    if left.is_nan() or right.is_nan():
        return _NAN
    if not right:
        raise errors.DivisionByZero("division by zero")
    if left.is_infinite():
        return _NAN
    if right.is_infinite():
        return left
    return _checked_numeric(EXACT.remainder(left, right))


def _numeric(function: Binary) -> Binary:
    return lambda left, right: _checked_numeric(function(left, right))


_INT: Final[Mapping[str, Binary]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": _divide_ints, "%": _modulo_ints,
}  # fmt: skip
_FLOAT: Final[Mapping[str, Binary]] = {
    "+": _add_floats, "-": _subtract_floats, "*": _multiply_floats, "/": _divide_floats,
}  # fmt: skip
_NUMERIC: Final[Mapping[str, Binary]] = {
    "+": _numeric(EXACT.add), "-": _numeric(EXACT.subtract), "*": _numeric(EXACT.multiply),
    "/": _divide_numerics, "%": _modulo_numerics,
}  # fmt: skip


def binary_operator(symbol: str, type_oid: int) -> Binary:
    """The operator over two values of type ``type_oid``, with a result of that type."""
    if type_oid == 1700:
        return _NUMERIC[symbol]
    if type_oid == 701:
        return _FLOAT[symbol]
    if type_oid == 700:
        wide = _FLOAT[symbol]
        return lambda left, right: round_float4(wide(left, right))
    exact = _INT[symbol]
    check = int_checker(type_oid)
    return lambda left, right: check(exact(left, right))


def negate(type_oid: int) -> Unary:
    """Unary minus."""
    if type_oid == 1700:
        return lambda value: _checked_numeric(value.copy_negate())
    if type_oid in (700, 701):
        return operator.neg
    check = int_checker(type_oid)
    return lambda value: check(-value)


def absolute(type_oid: int) -> Unary:
    """abs()."""
    if type_oid == 1700:
        return lambda value: value.copy_abs()
    if type_oid in (700, 701):
        return abs
    check = int_checker(type_oid)
    return lambda value: check(abs(value))
