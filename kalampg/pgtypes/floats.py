"""float4 and float8 ↔ text and binary.

Text is the shortest that reads back as the same value, in PostgreSQL's notation: an exponent from
1e15 (float4: 1e6) and below 1e-4. ``extra_float_digits <= 0`` rounds to that many digits instead.

Source: PostgreSQL 15, ``float.c``, ``d2s.c``, ``f2s.c``.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Final

from kalampg import errors
from kalampg.pgtypes.binary_format import unpacker
from kalampg.pgtypes.integers import BLANKS
from kalampg.pgtypes.settings import OutputSettings

FLOAT8_PLAIN_MAX: Final = 1e15
FLOAT4_PLAIN_MAX: Final = 1e6
PLAIN_MIN: Final = 1e-4

_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_HEX: Final = re.compile(
    r"[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][+-]?\d+)?"
)
_SPECIALS: Final = {
    "nan": math.nan,
    "+nan": math.nan,
    "-nan": math.nan,
    **dict.fromkeys(("inf", "+inf", "infinity", "+infinity"), math.inf),
    **dict.fromkeys(("-inf", "-infinity"), -math.inf),
}
_FLOAT4_MIN_NORMAL: Final = 2.0**-126
# From here on a short text can lie exactly between two doubles (2**54).
_TIES_MIN: Final = 18_014_398_509_481_984.0
_NON_ZERO_DIGIT: Final = re.compile(r"[1-9]")

_float4: Final = struct.Struct("<f")


def parse_float8(text: str) -> float:
    number = text.strip(BLANKS)
    special = _SPECIALS.get(number.lower())
    if special is not None:
        return special
    value = _read(number, text, "double precision")
    if math.isinf(value) or (value == 0 and _has_value(number)):
        raise _out_of_range(number, "double precision")
    return value


def parse_float4(text: str) -> float:
    number = text.strip(BLANKS)
    special = _SPECIALS.get(number.lower())
    if special is not None:
        return special
    double = _read(number, text, "real")
    try:
        value = float(_float4.unpack(_float4.pack(_away_from_tie(double, number)))[0])
    except OverflowError:
        raise _out_of_range(number, "real") from None
    if math.isinf(value) or (value == 0 and _has_value(number)):
        raise _out_of_range(number, "real")
    return value


def _read(number: str, text: str, sql_name: str) -> float:
    if _DECIMAL.fullmatch(number):
        return float(number)
    if _HEX.fullmatch(number):
        try:
            return float.fromhex(number)
        except OverflowError:
            raise _out_of_range(number, sql_name) from None
    raise errors.InvalidTextRepresentation(f'invalid input syntax for type {sql_name}: "{text}"')


def _has_value(number: str) -> bool:
    if "x" in number.lower():
        return False
    return _NON_ZERO_DIGIT.search(number.lower().partition("e")[0]) is not None


def _away_from_tie(double: float, number: str) -> float:
    """Avoid rounding twice: a double half-way between two float4 hides what was cut off before."""
    if not _is_between_float4s(double) or "x" in number.lower():
        return double
    exact = Fraction(Decimal(number))
    if exact == Fraction(double):
        return double
    return math.nextafter(double, math.inf if exact > Fraction(double) else -math.inf)


def _is_between_float4s(double: float) -> bool:
    bits: int = struct.unpack("<q", struct.pack("<d", double))[0]
    return bits & 0x1FFFFFFF == 0x10000000


def _out_of_range(number: str, sql_name: str) -> errors.PgError:
    return errors.NumericValueOutOfRange(f'"{number}" is out of range for type {sql_name}')


def float8_formatter(settings: OutputSettings) -> Callable[[float], str]:
    if settings.extra_float_digits > 0:
        return format_float8
    return _rounding_formatter(max(15 + settings.extra_float_digits, 1))


def float4_formatter(settings: OutputSettings) -> Callable[[float], str]:
    if settings.extra_float_digits > 0:
        return format_float4
    return _rounding_formatter(max(6 + settings.extra_float_digits, 1))


def _rounding_formatter(digits: int) -> Callable[[float], str]:
    layout = f"%.{digits}g"
    return lambda value: layout % value if math.isfinite(value) else _format_special(value)


def _format_special(value: float) -> str:
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def format_float8(value: float) -> str:
    """The shortest text, at most 17 digits."""
    text = repr(value)
    if (value >= _TIES_MIN or value <= -_TIES_MIN) and _is_tie(text, value):
        text = _off_the_tie(value)
    if text[-2:] == ".0":
        if -FLOAT8_PLAIN_MAX < value < FLOAT8_PLAIN_MAX:
            return text[:-2]
        return _with_exponent(text)
    if -FLOAT8_PLAIN_MAX < value < FLOAT8_PLAIN_MAX or "e" in text:
        return text
    if math.isfinite(value):
        return _with_exponent(text)
    return _format_special(value)


def _is_tie(text: str, value: float) -> bool:
    """Whether a text lies exactly between two doubles: Python takes it for the even one."""
    if not math.isfinite(value):
        return False
    exact, written = Fraction(value), Fraction(text)
    neighbour = math.nextafter(value, math.inf if written > exact else -math.inf)
    return math.isfinite(neighbour) and 2 * written == exact + Fraction(neighbour)


def _off_the_tie(value: float) -> str:
    """The shortest text that is nearer to ``value`` than to any other double."""
    candidates = (f"{value:.{digits}e}" for digits in range(17))
    text = next(each for each in candidates if float(each) == value and not _is_tie(each, value))
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{exponent}" if "." in mantissa else text


def _with_exponent(text: str) -> str:
    """Rewrite ``repr`` of a value from 1e15 to 1e16, which Python writes without an exponent."""
    sign, digits = ("-", text[1:]) if text[0] == "-" else ("", text)
    whole, _, fraction = digits.partition(".")
    significant = (whole + fraction).rstrip("0")
    point = "." if len(significant) > 1 else ""
    return f"{sign}{significant[0]}{point}{significant[1:]}e+{len(whole) - 1:02d}"


def format_float4(value: float) -> str:
    """The shortest text, at most 9 digits."""
    if not math.isfinite(value):
        return _format_special(value)
    packed = _float4.pack(value)
    is_normal = abs(value) >= _FLOAT4_MIN_NORMAL or value == 0
    for digits in range(6 if is_normal else 1, 9):
        text = f"{value:.{digits - 1}e}"
        if _reads_as(text, packed):
            return _plain_float4(text)
        # Below a power of two the float4 are twice as dense: the nearest text may miss while the
        # next one up still hits.
        if math.frexp(value)[0] in (0.5, -0.5):
            text = _next_up(text)
            if _reads_as(text, packed):
                return _plain_float4(text)
    return _plain_float4(f"{value:.8e}")


def _reads_as(text: str, packed: bytes) -> bool:
    double = float(text)
    try:
        nearest = _away_from_tie(double, text)
        if nearest == double and _is_between_float4s(double):
            return False
        return _float4.pack(nearest) == packed
    except OverflowError:  # Rounded up past the largest float4.
        return False


def _next_up(text: str) -> str:
    mantissa, _, exponent = text.partition("e")
    number = Decimal(mantissa)
    step = Decimal(1).scaleb(-len(mantissa.partition(".")[2]))
    return f"{number + step.copy_sign(number)}e{exponent}"


def _plain_float4(text: str) -> str:
    mantissa, _, exponent_text = text.partition("e")
    exponent = int(exponent_text)
    sign, mantissa = ("-", mantissa[1:]) if mantissa[0] == "-" else ("", mantissa)
    digits = mantissa.replace(".", "").rstrip("0") or "0"
    if -4 <= exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    if 0 <= exponent < 6:
        whole = digits[: exponent + 1].ljust(exponent + 1, "0")
        fraction = digits[exponent + 1 :]
        return f"{sign}{whole}.{fraction}" if fraction else sign + whole
    point = "." if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{point}{digits[1:]}e{exponent:+03d}"


send_float8: Final = struct.Struct("!d").pack


def send_float4(value: float) -> bytes:
    try:
        return struct.pack("!f", value)
    except OverflowError:
        raise errors.NumericValueOutOfRange("value out of range: overflow") from None


def float_receiver(layout: str) -> Callable[[bytes], float]:
    unpack = unpacker(layout)

    def receive(data: bytes) -> float:
        value: float = unpack(data)[0]
        return value

    return receive
