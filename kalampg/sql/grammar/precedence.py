"""How tightly operators bind: for PostgreSQL, and for sqlglot.

Where the two disagree, the grammar encloses an operand in parentheses. Numbers are only compared:
the higher binds tighter. PostgreSQL's are those of ``Binding``, sqlglot's those of ``Level``.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Binding(IntEnum):
    """The %left, %right and %nonassoc lines of gram.y."""

    OR = 1
    AND = 2
    NOT = 3
    IS = 4
    COMPARISON = 5
    PATTERN = 6  # BETWEEN, IN, LIKE, ILIKE, SIMILAR TO
    OTHER = 9
    SUM = 10
    PRODUCT = 11
    POWER = 12
    AT = 13
    COLLATE = 14
    SIGN = 15
    CAST = 18


# ``a < b < c`` is an error, because these associate neither way.
NOT_ASSOCIATIVE: Final = frozenset({Binding.IS, Binding.COMPARISON, Binding.PATTERN})


class Level(IntEnum):
    """The functions of sqlglot's parser that call each other, outermost first."""

    OR = 1
    AND = 2
    EQUALITY = 3  # and IS
    COMPARISON = 4
    RANGE = 5
    BITWISE = 6
    TERM = 7  # and COLLATE
    FACTOR = 8  # and AT TIME ZONE
    POWER = 9
    UNARY = 10
    PRIMARY = 20


_EQUALITY: Final = (Binding.COMPARISON, Level.EQUALITY)
_COMPARISON: Final = (Binding.COMPARISON, Level.COMPARISON)
_TERM: Final = (Binding.SUM, Level.TERM)
_FACTOR: Final = (Binding.PRODUCT, Level.FACTOR)
_RANGE: Final = (Binding.OTHER, Level.RANGE)
_BITWISE: Final = (Binding.OTHER, Level.BITWISE)

# Operators between two operands. What is not here is PostgreSQL's ``Op`` too, and none of ours.
BINARY: Final[dict[str, tuple[Binding, Level]]] = {
    "=": _EQUALITY, "<>": _EQUALITY, "!=": _EQUALITY,
    "<": _COMPARISON, ">": _COMPARISON, "<=": _COMPARISON, ">=": _COMPARISON,
    "+": _TERM, "-": _TERM,
    "*": _FACTOR, "/": _FACTOR, "%": _FACTOR,
    "^": (Binding.POWER, Level.POWER),
    "||": _BITWISE, "&": _BITWISE, "|": _BITWISE, "#": _BITWISE, "<<": _BITWISE, ">>": _BITWISE,
    "->": _BITWISE, "->>": _BITWISE, "#>": _BITWISE, "#>>": _BITWISE, "?": _BITWISE,
    "~": _RANGE, "~*": _RANGE, "!~": _RANGE, "!~*": _RANGE,
    "~~": _RANGE, "!~~": _RANGE, "~~*": _RANGE, "!~~*": _RANGE, "^@": _RANGE,
    "@>": _RANGE, "<@": _RANGE, "&&": _RANGE, "?|": _RANGE, "?&": _RANGE, "#-": _RANGE,
    "@?": _RANGE, "@@": _RANGE,
}  # fmt: skip
# Operators before their one operand.
PREFIX: Final = frozenset({"~", "@", "|/", "||/"})
# They take any word's place between operands, or are no operators at all.
NOT_OPERATORS: Final = frozenset({"::", ":=", "=>", ".."})
