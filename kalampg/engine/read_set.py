"""ReadSet: what a SERIALIZABLE transaction has read, so that COMMIT can see whether it still holds.

Keys and key ranges of scopes; a scope that a query scanned counts as read whole. What is kept is
bounded: a scope of which very much was read by key counts as read whole, too.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from kalampg.ids import TableId
from kalampg.storage.keys import Scope

_POINTS_MAX: Final = 10_000
_RANGES_MAX: Final = 1_000

KeyRange = tuple[bytes | None, bytes | None]


class ScopeReads:
    """What was read of one scope. ``lower <= key < upper``, None for an open end."""

    __slots__ = ("is_whole", "points", "ranges")

    def __init__(self) -> None:
        self.points: set[bytes] = set()
        self.ranges: list[KeyRange] = []
        self.is_whole = False

    def meets(self, keys: Collection[bytes]) -> bool:
        """Whether any of the keys was read, or found to be missing."""
        if self.is_whole:
            return bool(keys)
        if not self.points.isdisjoint(keys):
            return True
        return any(
            (lower is None or lower <= key) and (upper is None or key < upper)
            for lower, upper in self.ranges
            for key in keys
        )

    def widen(self) -> None:
        self.is_whole = True
        self.points.clear()
        self.ranges.clear()


class ReadSet:
    """The reads of one transaction since its snapshot at log ``position``."""

    __slots__ = ("position", "scopes", "tables")

    def __init__(self, position: int) -> None:
        self.position = position
        self.scopes: dict[Scope, ScopeReads] = {}
        # Read across all users.
        self.tables: set[TableId] = set()

    def add_point(self, scope: Scope, key: bytes) -> None:
        reads = self._of(scope)
        if not reads.is_whole:
            reads.points.add(key)
            if len(reads.points) > _POINTS_MAX:
                reads.widen()

    def add_range(self, scope: Scope, lower: bytes | None, upper: bytes | None) -> None:
        reads = self._of(scope)
        if not reads.is_whole:
            reads.ranges.append((lower, upper))
            if len(reads.ranges) > _RANGES_MAX:
                reads.widen()

    def add_scope(self, scope: Scope) -> None:
        self._of(scope).widen()

    def add_table(self, table_id: TableId) -> None:
        self.tables.add(table_id)

    def _of(self, scope: Scope) -> ScopeReads:
        reads = self.scopes.get(scope)
        if reads is None:
            reads = self.scopes[scope] = ScopeReads()
        return reads
