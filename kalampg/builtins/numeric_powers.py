"""Roots, powers and logarithms of numeric. PURE.

Arguments and results are texts, as in ``numeric_functions``. Results have the scale that PostgreSQL
selects: at least 16 significant digits.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from math import log10
from typing import Final

from kalampg import errors
from kalampg.builtins.numeric_functions import (
    EXACT,
    SCALE_MAX,
    SIGNIFICANT,
    WEIGHT_MAX,
    read,
    rounded,
    scale_of,
    spelled,
    weight_of,
)

_LN_10: Final = 2.302585092994046
_EXPONENT_MAX: Final = 300_000


def square_root(text: str) -> str:
    """What ``sqrt`` gives.

    Raises:
        InvalidArgumentForPowerFunction: 2201F
    """
    value = read(text)
    if value < 0:
        raise errors.InvalidArgumentForPowerFunction("cannot take square root of a negative number")
    if not value.is_finite():
        return spelled(value)
    weight, _ = weight_of(value)
    # The weight of the result in digits is about half that of the argument.
    digits = (weight + 1) * 2 - 1
    scale = min(max(SIGNIFICANT - digits, scale_of(value), 0), SCALE_MAX)
    context = Context(prec=max(scale + abs(value.adjusted()) + 20, 40), rounding=ROUND_HALF_UP)
    return spelled(rounded(value.sqrt(context), scale))


def _working(scale: int, magnitude: int) -> Context:
    return Context(prec=scale + magnitude + 25, rounding=ROUND_HALF_UP, Emax=999_999, Emin=-999_999)


def _log_argument(text: str) -> Decimal:
    value = read(text)
    if value == 0:
        raise errors.InvalidArgumentForLogarithm("cannot take logarithm of zero")
    if value < 0:
        raise errors.InvalidArgumentForLogarithm("cannot take logarithm of a negative number")
    return value


def _log_weight(value: Decimal) -> int:
    """The decimal weight of a logarithm, estimated as PostgreSQL estimates it."""
    if Decimal("0.9") <= value <= Decimal("1.1"):
        distance = abs(value - 1)
        return distance.adjusted() if distance else 0
    size = abs(float(value.adjusted()) * _LN_10 + float(_ln_of_mantissa(value)))
    return int(log10(size)) if size else 0


def _ln_of_mantissa(value: Decimal) -> Decimal:
    return value.scaleb(-value.adjusted(), EXACT).ln(Context(prec=20))


def natural_logarithm(text: str) -> str:
    """What ``ln`` gives.

    Raises:
        InvalidArgumentForLogarithm: 2201E
    """
    value = _log_argument(text)
    if not value.is_finite():
        return spelled(value)
    scale = max(SIGNIFICANT - _log_weight(value), scale_of(value), 0)
    return spelled(rounded(value.ln(_working(scale, 10)), scale))


def common_logarithm(text: str) -> str:
    """log(): base 10."""
    return logarithm("10", text)


def logarithm(base: str, text: str) -> str:
    """What ``log`` gives.

    Raises:
        InvalidArgumentForLogarithm: 2201E
        DivisionByZero: 22012, base 1
    """
    b, x = _log_argument(base), _log_argument(text)
    if b.is_nan() or x.is_nan():
        return "NaN"
    if not (b.is_finite() and x.is_finite()):
        if b.is_infinite():
            return "NaN" if x.is_infinite() else "0"
        return spelled(x)
    context = _working(80, 10)
    below = b.ln(context)
    if below == 0:
        raise errors.DivisionByZero("division by zero")
    result = context.divide(x.ln(context), below)
    weight = _log_weight(x) - _log_weight(b)
    scale = max(SIGNIFICANT - weight, scale_of(b), scale_of(x), 0)
    return spelled(rounded(result, min(scale, SCALE_MAX)))


def exponential(text: str) -> str:
    """What ``exp`` gives.

    Raises:
        NumericValueOutOfRange: 22003
    """
    value = read(text)
    if not value.is_finite():
        return "0" if value.is_infinite() and value < 0 else spelled(value)
    if value > _EXPONENT_MAX:
        raise errors.NumericValueOutOfRange("value overflows numeric format")
    weight = int(float(value) / _LN_10)
    scale = min(max(SIGNIFICANT - weight, scale_of(value), 0), SCALE_MAX)
    return spelled(rounded(value.exp(_working(scale, max(weight, 0))), scale))


def power(base: str, exponent: str) -> str:
    """What ``power`` and ``^`` give.

    Raises:
        InvalidArgumentForPowerFunction: 2201F
        NumericValueOutOfRange: 22003
    """
    x, y = read(base), read(exponent)
    if x == 0 and y < 0:
        raise errors.InvalidArgumentForPowerFunction("zero raised to a negative power is undefined")
    is_whole = y.is_finite() and y == y.to_integral_value()
    if x < 0 and y.is_finite() and not is_whole:
        raise errors.InvalidArgumentForPowerFunction(
            "a negative number raised to a non-integer power yields a complex result"
        )
    if not (x.is_finite() and y.is_finite()):
        return _infinite_power(x, y)
    if y == 0:
        return spelled(rounded(Decimal(1), SIGNIFICANT))
    if x == 0:
        return spelled(rounded(Decimal(0), SIGNIFICANT))
    return spelled(_finite_power(x, y, is_whole=is_whole))


def _infinite_power(x: Decimal, y: Decimal) -> str:
    if y == 0 or x == 1:
        return "1"
    if x.is_nan() or y.is_nan():
        return "NaN"
    return spelled(EXACT.power(x, y))


def _finite_power(x: Decimal, y: Decimal, *, is_whole: bool) -> Decimal:
    size = float(y) * (abs(x).adjusted() + float(_ln_of_mantissa(abs(x))) / _LN_10)
    if size > WEIGHT_MAX:
        raise errors.NumericValueOutOfRange("value overflows numeric format")
    scale = max(SIGNIFICANT - int(size), scale_of(x), scale_of(y), 0)
    scale = min(scale, SCALE_MAX)
    if is_whole and abs(y) < 2**31:
        scale = min(max(SIGNIFICANT, scale_of(x)), SCALE_MAX)
    if size < -scale - 2:
        return rounded(Decimal(0), scale)
    context = _working(scale, max(int(size), 0) + 20)
    if is_whole:
        return rounded(context.power(x, y), scale)
    return rounded(context.exp(context.multiply(y, x.ln(context))), scale)
