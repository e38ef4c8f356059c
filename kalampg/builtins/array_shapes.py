"""Shapes of arrays: how elements are nested when written, and which of them subscripts mean."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from kalampg import errors
from kalampg.pgtypes.arrays import quoted
from kalampg.pgtypes.shaped_arrays import bounds_text, nested


def array_text(parts: Sequence[str | None], sizes: Sequence[int], lowers: Sequence[int]) -> str:
    """The array as PostgreSQL prints it; ``parts`` are the elements' texts."""
    written = ["NULL" if part is None else quoted(part) for part in parts]
    return bounds_text(sizes, lowers) + nested(written, sizes, "{", "}")


def array_dims(sizes: Sequence[int], lowers: Sequence[int]) -> str | None:
    """The bounds of each dimension; None of an empty array."""
    pairs = zip(sizes, lowers, strict=True)
    return "".join(f"[{lower}:{lower + size - 1}]" for size, lower in pairs) or None


def array_json(parts: Sequence[str], sizes: Sequence[int]) -> str:
    """The array as JSON; ``parts`` are the elements as JSON."""
    return nested(parts, sizes, "[", "]")


def element_position(
    sizes: Sequence[int], lowers: Sequence[int], subscripts: Sequence[int | None]
) -> int | None:
    """Where ``a[i][j]`` is among the elements, from 1; None for another number of subscripts."""
    if len(sizes) != len(subscripts):
        return None
    place = 0
    for size, lower, subscript in zip(sizes, lowers, subscripts, strict=True):
        if subscript is None or not lower <= subscript < lower + size:
            return None
        place = place * size + subscript - lower
    return place + 1


def slice_positions(
    sizes: Sequence[int],
    lowers: Sequence[int],
    firsts: Sequence[int | None],
    lasts: Sequence[int | None],
) -> list[int]:
    """Where the elements of ``a[i:j][k:l]`` are among the elements, from 1."""
    ranges = _ranges(sizes, lowers, firsts, lasts)
    if not ranges:
        return []
    positions: list[int] = []
    for places in product(*ranges):
        place = 0
        for size, own in zip(sizes, places, strict=True):
            place = place * size + own
        positions.append(place + 1)
    return positions


def slice_sizes(
    sizes: Sequence[int],
    lowers: Sequence[int],
    firsts: Sequence[int | None],
    lasts: Sequence[int | None],
) -> list[int]:
    """The sizes of ``a[i:j][k:l]``; no dimension if it is empty."""
    found = [len(each) for each in _ranges(sizes, lowers, firsts, lasts)]
    return found if all(found) else []


def _ranges(
    sizes: Sequence[int],
    lowers: Sequence[int],
    firsts: Sequence[int | None],
    lasts: Sequence[int | None],
) -> list[range]:
    """The places in each dimension, from 0; a dimension without bounds is taken whole."""
    if not sizes or len(firsts) > len(sizes):
        return []
    missing = [None] * (len(sizes) - len(firsts))
    found: list[range] = []
    for size, lower, first, last in zip(
        sizes, lowers, [*firsts, *missing], [*lasts, *missing], strict=True
    ):
        start = 0 if first is None else max(first - lower, 0)
        end = size if last is None else min(last - lower + 1, size)
        found.append(range(start, max(end, start)))
    return found


def nested_sizes(inner: Sequence[Sequence[int] | None]) -> list[int]:
    """The sizes of an array of arrays of these sizes."""
    known = [list(each) for each in inner if each is not None]
    if len(known) < len(inner) or any(each != known[0] for each in known):
        raise errors.ArraySubscriptError(
            "multidimensional arrays must have array expressions with matching dimensions"
        )
    return [len(known), *known[0]] if known and known[0] else []


def gathered_sizes(inner: Sequence[Sequence[int] | None]) -> list[int]:
    """The sizes of what array_agg() makes of arrays of these sizes."""
    known: list[list[int]] = []
    for each in inner:
        if each is None:
            raise errors.NullValueNotAllowed("cannot accumulate null arrays")
        if not each:
            raise errors.ArraySubscriptError("cannot accumulate empty arrays")
        known.append(list(each))
    if any(each != known[0] for each in known):
        raise errors.ArraySubscriptError("cannot accumulate arrays of different dimensionality")
    return [len(known), *known[0]] if known else []


def joined_sizes(left: Sequence[int], right: Sequence[int]) -> list[int]:
    """The sizes of ``left || right``."""
    if not left or not right:
        return list(left or right)
    if len(left) == len(right) and left[1:] == right[1:]:
        return [left[0] + right[0], *left[1:]]
    if len(left) == len(right) + 1 and left[1:] == right:
        return [left[0] + 1, *left[1:]]
    if len(right) == len(left) + 1 and right[1:] == left:
        return [right[0] + 1, *right[1:]]
    raise errors.ArraySubscriptError("cannot concatenate incompatible arrays")
