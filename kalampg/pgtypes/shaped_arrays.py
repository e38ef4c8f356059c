"""Arrays of several dimensions, or that begin elsewhere than at 1: types and values.

PostgreSQL's ``integer[]`` has values of any shape. Nearly all have one dimension that begins with
1: those are lists, in memory, in columns and in DuckDB. A value of another shape comes from an
expression whose text tells (``ARRAY[[1, 2]]``, a literal, ``array_fill``), and that expression has
another type here, by number: clients never see it (``wire_oid_of``). Why: docs/decisions/arrays.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Final

from kalampg.ids import Oid
from kalampg.relation import Datum

# Above all OIDs, and above all numbers of row types.
FIRST_SHAPED: Final = 2**40


@dataclass(frozen=True, slots=True)
class ShapedArray:
    """``elements`` in the order of storage, the last dimension fastest; no dimension if empty.

    ``sizes`` and ``lowers`` have one entry a dimension: its length, and its first subscript.
    """

    elements: list[Datum]
    sizes: tuple[int, ...]
    lowers: tuple[int, ...]

    def as_list(self) -> list[Datum] | None:
        """The value as a plain array; None if it is none."""
        is_plain = not self.sizes or (len(self.sizes) == 1 and self.lowers == (1,))
        return self.elements if is_plain else None


def shaped_of(array_oid: int) -> Oid:
    """The type of values of that array type that may have any shape."""
    return Oid(array_oid if is_shaped(array_oid) else array_oid + FIRST_SHAPED)


def is_shaped(oid: int) -> bool:
    return oid >= FIRST_SHAPED


def plain_of(oid: int) -> Oid:
    """The array type itself; other types are themselves."""
    return Oid(oid - FIRST_SHAPED if is_shaped(oid) else oid)


def nested(parts: Sequence[str], sizes: Sequence[int], opening: str, closing: str) -> str:
    """The written elements between a pair of brackets for each dimension."""
    level = list(parts)
    for size in reversed(sizes):
        level = [
            opening + ",".join(level[start : start + size]) + closing
            for start in range(0, len(level), size)
        ]
    return level[0] if level and sizes else opening + closing


def bounds_text(sizes: Sequence[int], lowers: Sequence[int]) -> str:
    """What stands before an array that does not begin with 1 everywhere: ``[0:2]=``."""
    if all(lower == 1 for lower in lowers):
        return ""
    pairs = zip(sizes, lowers, strict=True)
    return "".join(f"[{lower}:{lower + size - 1}]" for size, lower in pairs) + "="


def element_count(sizes: Sequence[int]) -> int:
    return prod(sizes) if sizes else 0
