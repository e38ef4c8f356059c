"""ChunkedRows: the rows of a long computed relation, in pieces that stay until they change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from kalampg.relation import Datum

Row: TypeAlias = tuple[Datum, ...]


class RowChunk(Protocol):
    """Rows that stay as they are; known by its identity, and to be referred to weakly."""

    def rows(self) -> Sequence[Row]: ...

    def __hash__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class ChunkedRows:
    """Many rows: who makes something of a chunk may keep that with it.

    ``find`` gives the rows whose columns of these names have these values, or None where that would
    not be quicker than to look at all.
    """

    chunks: Callable[[], Sequence[RowChunk]]
    find: Callable[[Mapping[str, str]], Sequence[Row] | None]

    def __iter__(self) -> Iterator[Row]:
        for chunk in self.chunks():
            yield from chunk.rows()
