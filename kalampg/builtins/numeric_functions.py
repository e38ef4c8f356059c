"""Arithmetic of numeric, exact to PostgreSQL's choice of digits. PURE.

A numeric is given and returned as its text, because its scale is part of its value and DuckDB's
DECIMAL has one scale per column. Quotients have at least 16 significant digits.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache
from math import gcd as integer_gcd
from typing import Final

from kalampg import errors

SIGNIFICANT: Final = 16
SCALE_MAX: Final = 1000
WEIGHT_MAX: Final = 131_072
EXACT: Final = Context(prec=2000, rounding=ROUND_HALF_UP, Emax=999_999, Emin=-999_999)


# Wide enough for everything inside those limits; a quotient would never end.
_WIDE: Final = Context(prec=300_000, rounding=ROUND_HALF_UP, Emax=999_999, Emin=-999_999)


def read(text: str) -> Decimal:
    return Decimal(text)


def scale_of(value: Decimal) -> int:
    """Digits after the point that a value shows."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def spelled(value: Decimal) -> str:
    """As PostgreSQL prints a numeric.

    Raises:
        NumericValueOutOfRange: 22003, more digits before the point than numeric has
    """
    if value.is_nan():
        return "NaN"
    if value.is_infinite():
        return "Infinity" if value > 0 else "-Infinity"
    if value and value.adjusted() >= WEIGHT_MAX:
        raise errors.NumericValueOutOfRange("value overflows numeric format")
    text = format(value, "f")
    return text[1:] if text.startswith("-") and not value else text


def rounded(value: Decimal, scale: int) -> Decimal:
    if not value.is_finite():
        return value
    return value.quantize(Decimal(1).scaleb(-scale), context=_WIDE)


def _computed(operation: str, left: str, right: str) -> Decimal:
    try:
        result: Decimal = getattr(_WIDE, operation)(read(left), read(right))
    except InvalidOperation:
        return Decimal("NaN")
    return result


def add(left: str, right: str) -> str:
    return spelled(_computed("add", left, right))


def subtract(left: str, right: str) -> str:
    return spelled(_computed("subtract", left, right))


def multiply(left: str, right: str) -> str:
    return spelled(_computed("multiply", left, right))


def negate(value: str) -> str:
    return spelled(EXACT.minus(read(value)))


def remainder(left: str, right: str) -> str:
    """``%``, with the sign of the dividend.

    Raises:
        DivisionByZero: 22012
    """
    x, y = read(left), read(right)
    if y == 0 and not x.is_nan():
        raise errors.DivisionByZero("division by zero")
    if y.is_infinite() and x.is_finite():
        return spelled(x)
    try:
        found = EXACT.remainder(x, y)
    except InvalidOperation:
        return "NaN"
    return spelled(rounded(found, max(scale_of(x), scale_of(y))))


def divide(left: str, right: str) -> str:
    """``/``, with the scale that PostgreSQL selects.

    Raises:
        DivisionByZero: 22012
    """
    x, y = read(left), read(right)
    if y == 0 and not x.is_nan():
        raise errors.DivisionByZero("division by zero")
    if not (x.is_finite() and y.is_finite()):
        if y.is_infinite() and x.is_finite():
            return "0"
        try:
            return spelled(EXACT.divide(x, y))
        except InvalidOperation:
            return "NaN"
    return spelled(rounded(EXACT.divide(x, y), _quotient_scale(x, y)))


def quotient_or_null(left: str, right: str) -> str | None:
    """``/`` of a sum and a count: the average of no rows is NULL."""
    return divide(left, right) if read(right) else None


def divide_whole(left: str, right: str) -> str:
    """div(): the quotient without its fraction.

    Raises:
        DivisionByZero: 22012
    """
    x, y = read(left), read(right)
    if y == 0 and not x.is_nan():
        raise errors.DivisionByZero("division by zero")
    try:
        return spelled(EXACT.divide_int(x, y))
    except InvalidOperation:
        return "NaN"


def weight_of(value: Decimal) -> tuple[int, int]:
    """Weight of the leading group of four digits, and that group."""
    if not value:
        return 0, 0
    weight = value.adjusted() // 4
    return weight, int(value.copy_abs().scaleb(-4 * weight, EXACT))


def _quotient_scale(x: Decimal, y: Decimal) -> int:
    weight_x, first_x = weight_of(x)
    weight_y, first_y = weight_of(y)
    weight = weight_x - weight_y - (first_x <= first_y)
    scale = max(SIGNIFICANT - 4 * weight, scale_of(x), scale_of(y), 0)
    return min(scale, SCALE_MAX)


def round_to(text: str, digits: int) -> str:
    value = read(text)
    if not value.is_finite():
        return spelled(value)
    digits = max(-2000, min(2000, digits))
    quantum = Decimal(1).scaleb(-digits)
    found = value.quantize(quantum, context=EXACT)
    return spelled(rounded(found, max(0, digits)))


def truncate_to(text: str, digits: int) -> str:
    value = read(text)
    if not value.is_finite():
        return spelled(value)
    digits = max(-2000, min(2000, digits))
    found = value.quantize(Decimal(1).scaleb(-digits), rounding="ROUND_DOWN", context=EXACT)
    return spelled(rounded(found, max(0, digits)))


def scale(text: str) -> int | None:
    value = read(text)
    return scale_of(value) if value.is_finite() else None


def min_scale(text: str) -> int | None:
    value = read(text)
    return scale_of(value.normalize(EXACT)) if value.is_finite() else None


def trim_scale(text: str) -> str:
    value = read(text)
    return spelled(value.normalize(EXACT)) if value.is_finite() else spelled(value)


def _integers(left: str, right: str) -> tuple[int, int, int] | None:
    x, y = read(left), read(right)
    if not (x.is_finite() and y.is_finite()):
        return None
    places = max(scale_of(x), scale_of(y))
    return int(x.scaleb(places, EXACT)), int(y.scaleb(places, EXACT)), places


def greatest_common_divisor(left: str, right: str) -> str:
    found = _integers(left, right)
    if found is None:
        return "NaN"
    x, y, places = found
    return spelled(Decimal(integer_gcd(x, y)).scaleb(-places, EXACT))


def least_common_multiple(left: str, right: str) -> str:
    found = _integers(left, right)
    if found is None:
        return "NaN"
    x, y, places = found
    multiple = abs(x // integer_gcd(x, y) * y) if x and y else 0
    return spelled(Decimal(multiple).scaleb(-places, EXACT))


@lru_cache(maxsize=64)
def _factorial(number: int) -> int:
    result = 1
    for factor in range(2, number + 1):
        result *= factor
    return result


def factorial(text: str) -> str:
    """What ``factorial`` gives.

    Raises:
        NumericValueOutOfRange: 22003
    """
    number = int(text)
    if number < 0:
        raise errors.NumericValueOutOfRange("factorial of a negative number is undefined")
    if number > 32177:
        raise errors.NumericValueOutOfRange("value overflows numeric format")
    return str(_factorial(number))


def spread(count: str, total: str, squares: str, *, is_sample: bool, is_root: bool) -> str | None:
    """Variance or standard deviation from count, sum and sum of squares."""
    n = read(count)
    if n == 0 or (is_sample and n == 1):
        return None
    sums, squared = read(total), read(squares)
    numerator = EXACT.subtract(EXACT.multiply(n, squared), EXACT.multiply(sums, sums))
    if numerator <= 0:
        return "0"
    denominator = n * (n - 1) if is_sample else n * n
    places = _quotient_scale(numerator, denominator)
    result = EXACT.divide(numerator, denominator)
    if is_root:
        # The quotient is rounded before its root is taken.
        result = rounded(result, places).sqrt(Context(prec=places + 60))
    return spelled(rounded(result, places))


def from_float4(value: float) -> str:
    return _from_float(value, 6)


def from_float8(value: float) -> str:
    return _from_float(value, 15)


def _from_float(value: float, digits: int) -> str:
    """A float with the digits that it surely has."""
    return spelled(Decimal(f"{value:.{digits}g}"))
