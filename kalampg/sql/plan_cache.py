"""PlanCache: a bounded memory of compiled statements, least recently used first out."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class PlanCache(Generic[Value]):
    """An LRU of plans. A key must have everything in it that the plan depends on.

    Invariants:
        - Never more than ``capacity`` entries.
        - A plan whose key is out of date is never found again, and goes when it is the oldest.
    """

    def __init__(self, capacity: int = 1000) -> None:
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        self._capacity = capacity
        self._entries: dict[Hashable, Value] = {}

    def get(self, key: Hashable) -> Value | None:
        """The plan of ``key``, which becomes the youngest."""
        # A dict keeps insertion order: take out and put back is "move to the end".
        value = self._entries.pop(key, None)
        if value is not None:
            self._entries[key] = value
        return value

    def put(self, key: Hashable, value: Value) -> None:
        """Remember a plan, and forget the one that was not used for longest."""
        self._entries.pop(key, None)
        if len(self._entries) >= self._capacity:
            del self._entries[next(iter(self._entries))]
        self._entries[key] = value

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)
