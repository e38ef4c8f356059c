"""numeric ↔ text and binary.

A Decimal's exponent is the negated display scale; it is never positive. There is no negative zero.

Wire (binary):
    ndigits, weight, sign, dscale (each int16), then base-10000 digits (int16), most significant
    first. ``weight`` is the power of 10000 of the first digit; no zero digits at either end.

Source: PostgreSQL 15, ``numeric.c``.
"""

from __future__ import annotations

import re
import struct
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from kalampg import errors
from kalampg.pgtypes.binary_format import incorrect_binary
from kalampg.pgtypes.integers import BLANKS
from kalampg.pgtypes.registry import numeric_typmod

DIGITS_BEFORE_POINT_MAX: Final = 131072
SCALE_MAX: Final = 16383

_POSITIVE: Final = 0x0000
_NEGATIVE: Final = 0x4000
_NAN: Final = 0xC000
_INFINITY: Final = 0xD000
_NEGATIVE_INFINITY: Final = 0xF000
# PostgreSQL sends this display scale with the infinities.
_INFINITY_SCALE: Final = 0x20
_SPECIAL_SIGNS: Final = {
    _NAN: Decimal("NaN"),
    _INFINITY: Decimal("Infinity"),
    _NEGATIVE_INFINITY: Decimal("-Infinity"),
}

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE]([+-]?[0-9]+))?")
_SPECIALS: Final = {
    "nan": Decimal("NaN"),
    **dict.fromkeys(("inf", "+inf", "infinity", "+infinity"), Decimal("Infinity")),
    **dict.fromkeys(("-inf", "-infinity"), Decimal("-Infinity")),
}
# Wide enough for every numeric that PostgreSQL holds.
_EXACT: Final = Context(prec=DIGITS_BEFORE_POINT_MAX + SCALE_MAX + 2, rounding=ROUND_HALF_UP)
_ONE: Final = Decimal(1)
_EXPONENT_MAX: Final = 200_000


def parse_numeric(text: str) -> Decimal:
    number = text.strip(BLANKS)
    matched = _NUMBER.fullmatch(number)
    if matched is None:
        special = _SPECIALS.get(number.lower())
        if special is None:
            raise errors.InvalidTextRepresentation(
                f'invalid input syntax for type numeric: "{text}"'
            )
        return special
    if matched[1] is not None and abs(int(matched[1][:12])) > _EXPONENT_MAX:
        raise _overflow()
    return canonical(Decimal(number))


def canonical(value: Decimal) -> Decimal:
    """The same number as PostgreSQL would hold it: no positive exponent, no negative zero.

    Raises:
        NumericValueOutOfRange: 22003, more digits than a numeric can have.
    """
    exponent = value.as_tuple().exponent
    if isinstance(exponent, str):
        return Decimal("NaN") if value.is_nan() else value
    if exponent > 0:
        if value and value.adjusted() >= DIGITS_BEFORE_POINT_MAX:
            raise _overflow()
        value = value.quantize(_ONE, context=_EXACT)
    elif value.adjusted() >= DIGITS_BEFORE_POINT_MAX or -exponent > SCALE_MAX:
        raise _overflow()
    return value or value.copy_abs()


def _overflow() -> errors.PgError:
    return errors.NumericValueOutOfRange("value overflows numeric format")


def format_numeric(value: Decimal) -> str:
    text = str(value)
    return format(value, "f") if "E" in text else text


def scaled(value: Decimal, scale: int) -> Decimal:
    """Rounded half away from zero to ``scale`` digits after the point (before it, if negative)."""
    rounded = value.quantize(_ONE.scaleb(-scale), context=_EXACT)
    return canonical(rounded)


def negated(value: Decimal) -> Decimal:
    """The value with the other sign. Python's minus would round it to 28 digits."""
    return value.copy_negate() if value else value


def apply_numeric_typmod(value: Decimal, typmod: int) -> Decimal:
    """Round to the declared scale.

    Raises:
        NumericValueOutOfRange: 22003, more digits before the point than were declared.
    """
    if value.is_nan():
        return value
    precision, scale = numeric_typmod(typmod)
    if value.is_infinite():
        raise _field_overflow(
            f"A field with precision {precision}, scale {scale} cannot hold an infinite value."
        )
    result = scaled(value, scale)
    if result and result.adjusted() >= precision - scale:
        digits = precision - scale
        limit = f"10^{digits}" if digits else "1"
        raise _field_overflow(
            f"A field with precision {precision}, scale {scale} must round to "
            f"an absolute value less than {limit}."
        )
    return result


def _field_overflow(detail: str) -> errors.PgError:
    return errors.NumericValueOutOfRange("numeric field overflow", detail=detail)


def send_numeric(value: Decimal) -> bytes:
    sign, _, exponent = value.as_tuple()
    if isinstance(exponent, str):
        special = _NAN if value.is_nan() else _NEGATIVE_INFINITY if sign else _INFINITY
        return struct.pack("!hhHh", 0, 0, special, 0 if value.is_nan() else _INFINITY_SCALE)
    scale = max(-exponent, 0)
    # Pad so that the decimal point falls between two base-10000 digits.
    unscaled = int(value.scaleb(scale + (-scale) % 4, context=_EXACT).copy_abs())
    fraction_groups = (scale + 3) // 4
    groups = base10000(unscaled)
    weight = len(groups) - fraction_groups - 1 if groups else 0
    while groups and groups[-1] == 0:
        groups.pop()
    wire_sign = _NEGATIVE if sign and groups else _POSITIVE
    return struct.pack(f"!hhHh{len(groups)}h", len(groups), weight, wire_sign, scale, *groups)


def base10000(number: int) -> list[int]:
    """The base-10000 digits of a number that is not negative, most significant first."""
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    groups.reverse()
    return groups


def receive_numeric(data: bytes) -> Decimal:
    if len(data) < 8:
        raise incorrect_binary("numeric")
    count, weight, sign, scale = struct.unpack_from("!HhHH", data)
    if len(data) != 8 + 2 * count:
        raise incorrect_binary("numeric")
    if sign in _SPECIAL_SIGNS:
        return _SPECIAL_SIGNS[sign]
    if sign not in (_POSITIVE, _NEGATIVE):
        raise errors.InvalidBinaryRepresentation('invalid sign in external "numeric" value')
    if scale > SCALE_MAX:
        raise errors.InvalidBinaryRepresentation('invalid scale in external "numeric" value')
    number = 0
    for group in struct.unpack_from(f"!{count}H", data, 8):
        if group > 9999:
            raise errors.InvalidBinaryRepresentation('invalid digit in external "numeric" value')
        number = number * 10_000 + group
    value = Decimal(-number if sign == _NEGATIVE else number)
    value = value.scaleb(4 * (weight - count + 1), context=_EXACT)
    # Digits beyond the display scale are cut off, as PostgreSQL does.
    return canonical(value.quantize(_ONE.scaleb(-scale), rounding="ROUND_DOWN", context=_EXACT))
