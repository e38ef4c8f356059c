"""Functions of double precision that check their domain, and those in degrees. PURE."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

from kalampg import errors

_Function = Callable[[float], float]


def _out_of_range() -> errors.NumericValueOutOfRange:
    return errors.NumericValueOutOfRange("input is out of range")


def _checked(function: _Function) -> _Function:
    """``function``, with 22003 for what is not in its domain; NaN stays NaN."""

    def call(value: float) -> float:
        if math.isnan(value):
            return value
        try:
            return function(value)
        except ValueError:
            raise _out_of_range() from None
        except OverflowError:
            raise errors.NumericValueOutOfRange("value out of range: overflow") from None

    return call


def exponential(value: float) -> float:
    """What exp(value) gives."""
    if math.isinf(value):
        return value if value > 0 else 0.0
    try:
        result = math.exp(value)
    except OverflowError:
        raise errors.NumericValueOutOfRange("value out of range: overflow") from None
    if result == 0:
        raise errors.NumericValueOutOfRange("value out of range: underflow")
    return result


def _atanh(value: float) -> float:
    if abs(value) == 1:
        return math.copysign(math.inf, value)
    return math.atanh(value)


def _hyperbolic(function: _Function, limit: _Function) -> _Function:
    def call(value: float) -> float:
        try:
            return function(value)
        except OverflowError:
            return limit(value)

    return call


def _cotangent(value: float) -> float:
    if math.isinf(value):
        raise _out_of_range()
    tangent = math.tan(value)
    return 1 / tangent if tangent else math.copysign(math.inf, tangent)


# --- degrees: exact at multiples of 30 and 45 ---

_SIN_30: Final = math.sin(math.radians(30))
_ONE_MINUS_COS_60: Final = 1 - math.cos(math.radians(60))
_TAN_45: Final = math.sin(math.radians(45)) / math.cos(math.radians(45))


def _sin_to_30(degrees: float) -> float:
    return math.sin(math.radians(degrees)) / _SIN_30 / 2


def _cos_to_60(degrees: float) -> float:
    return 1 - (1 - math.cos(math.radians(degrees))) / _ONE_MINUS_COS_60 / 2


def _sin_quadrant(degrees: float) -> float:
    return _sin_to_30(degrees) if degrees <= 30 else _cos_to_60(90 - degrees)


def _cos_quadrant(degrees: float) -> float:
    return _cos_to_60(degrees) if degrees <= 60 else _sin_to_30(90 - degrees)


def sine(degrees: float) -> float:
    degrees, sign = math.fmod(degrees, 360), 1
    if degrees < 0:
        degrees, sign = -degrees, -sign
    if degrees > 180:
        degrees, sign = 360 - degrees, -sign
    if degrees > 90:
        degrees = 180 - degrees
    return sign * _sin_quadrant(degrees)


def cosine(degrees: float) -> float:
    degrees, sign = abs(math.fmod(degrees, 360)), 1
    if degrees > 180:
        degrees = 360 - degrees
    if degrees > 90:
        degrees, sign = 180 - degrees, -sign
    return sign * _cos_quadrant(degrees)


def tangent(degrees: float) -> float:
    degrees, sign = _folded(degrees)
    cosine_ = _cos_quadrant(degrees)
    ratio = _sin_quadrant(degrees) / cosine_ if cosine_ else math.inf
    return sign * ratio / (_sin_quadrant(45) / _cos_quadrant(45))


def cotangent(degrees: float) -> float:
    degrees, sign = _folded(degrees)
    sine_ = _sin_quadrant(degrees)
    ratio = _cos_quadrant(degrees) / sine_ if sine_ else math.inf
    return sign * ratio / (_cos_quadrant(45) / _sin_quadrant(45))


def _folded(degrees: float) -> tuple[float, int]:
    """The angle in the first quadrant with the same tangent but for the sign."""
    degrees, sign = math.fmod(degrees, 360), 1
    if degrees < 0:
        degrees, sign = -degrees, -sign
    if degrees > 180:
        degrees, sign = 360 - degrees, -sign
    if degrees > 90:
        degrees, sign = 180 - degrees, -sign
    return degrees, sign


def _asin_quadrant(value: float) -> float:
    if value <= 0.5:
        return math.asin(value) / math.asin(0.5) * 30
    return 90 - math.acos(value) / math.acos(0.5) * 60


def arcsine(value: float) -> float:
    if not -1 <= value <= 1:
        raise _out_of_range()
    return math.copysign(_asin_quadrant(abs(value)), value) if value else 0.0


def _acos_quadrant(value: float) -> float:
    if value <= 0.5:
        return 90 - math.asin(value) / math.asin(0.5) * 30
    return math.acos(value) / math.acos(0.5) * 60


def arccosine(value: float) -> float:
    if not -1 <= value <= 1:
        raise _out_of_range()
    return _acos_quadrant(value) if value >= 0 else 90 + _asin_quadrant(-value)


def arctangent(value: float) -> float:
    return math.atan(value) / math.atan(1) * 45


def arctangent_2(y: float, x: float) -> float:
    return math.atan2(y, x) / math.atan(1) * 45


FUNCTIONS: Final[Mapping[str, _Function]] = {
    "exp": exponential,
    "sin": _checked(math.sin),
    "cos": _checked(math.cos),
    "tan": _checked(math.tan),
    "cot": _cotangent,
    "asin": _checked(math.asin),
    "acos": _checked(math.acos),
    "sinh": _hyperbolic(math.sinh, lambda value: math.copysign(math.inf, value)),
    "cosh": _hyperbolic(math.cosh, lambda _: math.inf),
    "acosh": _checked(math.acosh),
    "atanh": _checked(_atanh),
    "sind": _checked(sine),
    "cosd": _checked(cosine),
    "tand": _checked(tangent),
    "cotd": _checked(cotangent),
    "asind": _checked(arcsine),
    "acosd": _checked(arccosine),
    "atand": arctangent,
}
