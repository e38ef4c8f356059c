"""Maps from types to types: those of the built-in types, and behind them those of declared ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar, overload

T = TypeVar("T")


class TypesByType(Mapping[int, int]):
    """A map that also answers for types that come and go; only the built-in ones are listed."""

    __slots__ = ("_builtin", "_declared")

    def __init__(self, builtin: Mapping[int, int], declared: Callable[[int], int | None]) -> None:
        self._builtin = dict(builtin)
        self._declared = declared

    def __getitem__(self, oid: int) -> int:
        found = self.get(oid)
        if found is None:
            raise KeyError(oid)
        return found

    @overload
    def get(self, key: int, /) -> int | None: ...
    @overload
    def get(self, key: int, /, default: int | T) -> int | T: ...
    def get(self, key: int, /, default: T | int | None = None) -> int | T | None:
        """As the mapping's own, without an exception for each type that is not there."""
        found = self._builtin.get(key)
        if found is None:
            found = self._declared(key)
        return default if found is None else found

    def __contains__(self, oid: object) -> bool:
        return oid in self._builtin or (isinstance(oid, int) and self._declared(oid) is not None)

    def __iter__(self) -> Iterator[int]:
        return iter(self._builtin)

    def __len__(self) -> int:
        return len(self._builtin)
