"""ChunkedRows: the rows of a long computed relation, in pieces that stay until they change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from kalampg.relation import Datum


class RowChunk(Protocol):
    """Rows that stay as they are; known by its identity, and to be referred to weakly."""

    def rows(self) -> Sequence[tuple[Datum, ...]]: ...

    def __hash__(self) -> int: ...


class ChunkedRows:
    """Many rows: who makes something of a chunk may keep that with it."""

    def __init__(self, chunks: Sequence[RowChunk]) -> None:
        self.chunks = chunks

    def __iter__(self) -> Iterator[tuple[Datum, ...]]:
        for chunk in self.chunks:
            yield from chunk.rows()
