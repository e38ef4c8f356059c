"""Comparison of two values of one type class, with PostgreSQL's order.

Most types compare as their Python values do. The exceptions: NaN equals itself and is above all
other numbers, bpchar ignores trailing blanks, intervals compare by their length.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from kalampg.relation import Datum

Comparison = Callable[[Datum, Datum], bool]
SortKey = Callable[[Datum], Any]

_FLOATS: Final = frozenset({700, 701})
_DAY_US: Final = 86_400_000_000

COMPARISONS: Final[Mapping[str, Comparison]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _float_key(value: float) -> tuple[bool, float]:
    number = float(value)
    return (True, 0.0) if math.isnan(number) else (False, number)


def _numeric_key(value: int | Decimal) -> tuple[bool, int | Decimal]:
    if isinstance(value, Decimal) and value.is_nan():
        return (True, 0)
    return (False, value)


def _interval_key(value: tuple[int, int, int]) -> int:
    months, days, microseconds = value
    return (months * 30 + days) * _DAY_US + microseconds


def _blank_padded_key(value: str) -> str:
    return value.rstrip(" ")


def sort_key(type_oids: Sequence[int]) -> SortKey | None:
    """What to compare in place of the values; None where the values themselves will do."""
    oids = set(type_oids)
    if oids & _FLOATS:
        return _float_key
    if 1700 in oids:
        return _numeric_key
    if 1186 in oids:
        return _interval_key
    if 1042 in oids:
        return _blank_padded_key
    return None


def compile_comparison(symbol: str, type_oids: Sequence[int]) -> Comparison:
    """A comparison operator for values (not NULL) of these types."""
    compare = COMPARISONS[symbol]
    key = sort_key(type_oids)
    if key is None:
        return compare
    return lambda left, right: compare(key(left), key(right))
