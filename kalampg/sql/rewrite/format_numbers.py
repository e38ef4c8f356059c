"""Rule: to_char() of numbers and to_number(), for constant patterns of digits.

Supported: ``9 0 . , D G FM S MI PL SG $`` and text in double quotes; anything else is 0A000.

    >>> from kalampg.sql.rewrite.format_numbers import parse_pattern
    >>> parse_pattern("FM999,990.00").fraction
    2
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, constant_text, number, text
from kalampg.sql.rewrite.context import RewriteContext, replace_calls

_TOKEN: Final = re.compile(r"FM|MI|PL|SG|S|9|0|\.|D|,|G|\$|L|\"[^\"]*\"|.", re.IGNORECASE)
_NUMBERS: Final = t.NUMBERS


@dataclass(frozen=True, slots=True)
class NumberPattern:
    """A parsed pattern: digits before the point as written (``9``, ``0``, ``,``), then options."""

    whole: str
    fraction: int
    is_filled: bool
    sign: str
    prefix: str
    optional_fraction: int


def format_numbers(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the functions where the argument is a number."""
    return replace_calls(tree, {"to_char": _to_char, "to_number": _to_number})


def _to_char(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    value, pattern = arguments
    if oid_of(value) not in _NUMBERS:
        return node
    parsed = parse_pattern(_constant(pattern))
    if oid_of(value) in t.FLOATS:
        # Floats are rounded as printf does it, half to even.
        value = call("printf", text(f"%.{parsed.fraction}f"), cast(value, "DOUBLE"))
    digits = cast(value, f"DECIMAL(38, {parsed.fraction})", t.NUMERIC)
    return call(
        "pg_format_number",
        digits,
        text(parsed.whole),
        number(parsed.fraction),
        exp.Boolean(this=parsed.is_filled),
        text(parsed.sign),
        text(parsed.prefix),
        number(parsed.optional_fraction),
        oid=t.TEXT,
    )


def _to_number(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    parsed = parse_pattern(_constant(arguments[1]))
    cleaned = call("pg_number_input", arguments[0])
    return cast(cleaned, f"DECIMAL(38, {parsed.fraction})", t.NUMERIC)


def _constant(pattern: exp.Expr) -> str:
    value = constant_text(pattern)
    if value is None:
        raise errors.FeatureNotSupported("a computed pattern is not supported")
    return value


def parse_pattern(pattern: str) -> NumberPattern:
    """Read a pattern of to_char().

    Raises:
        FeatureNotSupported: 0A000 for roman numerals, exponents, ordinals and inner text.
    """
    whole, fraction, sign, prefix, optional = "", 0, "", "", 0
    is_filled, seen_point = True, False
    for token in _TOKEN.findall(pattern):
        upper = token.upper()
        if upper == "FM":
            is_filled = False
        elif upper in {"9", "0"}:
            if seen_point:
                fraction += 1
                optional = optional + 1 if upper == "9" else 0
            else:
                whole += upper
        elif upper in {",", "G"} and not seen_point:
            whole += ","
        elif upper in {".", "D"} and not seen_point:
            seen_point = True
        elif upper in {"S", "MI", "PL", "SG"} and not sign:
            sign = upper + (">" if whole or seen_point else "<")
        elif upper in {"$", "L"} and not whole:
            prefix += "$"
        elif token.startswith('"') and not whole:
            prefix += token[1:-1]
        else:
            raise errors.FeatureNotSupported(f'pattern "{pattern}" is not supported by to_char()')
    return NumberPattern(whole, fraction, is_filled, sign, prefix, optional)
