"""``GROUP BY DISTINCT``: the grouping sets that ROLLUP, CUBE and the like stand for, each once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Final, TypeAlias

from sqlglot import exp

from kalampg import errors

# Keys; two sets are the same if they have the same ones, however often and in whatever order.
_Set: TypeAlias = tuple[exp.Expr, ...]
_SETS_MAX: Final = 4096
_CUBE_MAX: Final = 12


def distinct_sets(
    items: Sequence[exp.Expr], meant: Callable[[exp.Expr], exp.Expr]
) -> list[exp.Expr]:
    """The items of a bound GROUP BY, written as different grouping sets.

    ``meant`` gives the expression of a key, which may be the number of an output column.

    Raises:
        StatementTooComplex: 54001, there are too many sets.
        TooManyColumns: 54011, a CUBE has too many elements.
    """
    found = [{meant(key): key for key in each} for each in _product(items)]
    sets = {frozenset(keys): [key.copy() for key in keys.values()] for keys in found}
    if len(sets) == 1:
        [only] = sets.values()
        return only or [exp.Tuple()]
    written = [exp.Tuple(expressions=keys) for keys in sets.values()]
    return [exp.GroupingSets(expressions=written)]


def _product(items: Sequence[exp.Expr]) -> list[_Set]:
    """Every way to take one set of each item."""
    found: list[_Set] = [()]
    for item in items:
        found = [(*one, *other) for one in found for other in _sets(item)]
        if len(found) > _SETS_MAX:
            raise errors.StatementTooComplex(
                f"too many grouping sets present (maximum {_SETS_MAX})"
            )
    return found


def _sets(item: exp.Expr) -> list[_Set]:
    if isinstance(item, exp.GroupingSets):
        return [each for part in item.expressions for each in _sets(part)]
    elements = [_keys(part) for part in item.expressions]
    if isinstance(item, exp.Rollup):
        return [_joined(elements[:size]) for size in range(len(elements), -1, -1)]
    if isinstance(item, exp.Cube):
        if len(elements) > _CUBE_MAX:
            raise errors.TooManyColumns(f"CUBE is limited to {_CUBE_MAX} elements")
        sizes = range(len(elements), -1, -1)
        return [_joined(chosen) for size in sizes for chosen in combinations(elements, size)]
    return [_keys(item)]


def _keys(part: exp.Expr) -> _Set:
    """The keys of one element, which may be several in parentheses."""
    while isinstance(part, exp.Paren):
        part = part.this
    return tuple(part.expressions) if isinstance(part, exp.Tuple) else (part,)


def _joined(elements: Sequence[_Set]) -> _Set:
    return tuple(key for element in elements for key in element)
