"""ChunkTables: long computed relations as Arrow tables, made once for each piece that stays.

A relation such as ``system.jobs`` has many rows of which few change between two queries. Its rows
come in chunks that are new objects when something in them has changed; what was made of a chunk is
kept for as long as the chunk itself is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import pyarrow as pa
import pyarrow.compute as pc

from kalampg.catalog.chunked_rows import RowChunk
from kalampg.engine.row_table import RowTable, value_table
from kalampg.relation import Relation


@dataclass(frozen=True, slots=True)
class WantedFirst:
    """The first ``count`` rows by a column of integers or times; the others may be left out."""

    position: int
    is_descending: bool
    count: int


@dataclass(frozen=True, slots=True)
class _Span:
    """A column of a table: how many values it has, and between which two they are."""

    values: int
    nulls: int
    least: int
    greatest: int

    def ends(self, *, is_descending: bool) -> tuple[int, int]:
        """The first and the last value, as numbers of which greater ones come first."""
        return (self.greatest, self.least) if is_descending else (-self.least, -self.greatest)


@dataclass(frozen=True, slots=True)
class _Made:
    """A chunk's table, and of columns by which rows were wanted their spans."""

    table: pa.Table
    _spans: dict[int, _Span] = field(default_factory=dict)

    def span(self, position: int) -> _Span:
        found = self._spans.get(position)
        if found is None:
            column = self.table.column(position)
            ends = pc.min_max(column.cast(pa.int64())).as_py()
            nulls = column.null_count
            found = _Span(len(column) - nulls, nulls, ends["min"] or 0, ends["max"] or 0)
            self._spans[position] = found
        return found


class ChunkTables:
    """The tables of chunks, of relations without columns of type numeric. Any thread."""

    def __init__(self) -> None:
        self._made: WeakKeyDictionary[RowChunk, _Made] = WeakKeyDictionary()

    def __len__(self) -> int:
        return len(self._made)

    def missing(self, chunks: Sequence[RowChunk]) -> int:
        """How many chunks have no table yet; each costs some milliseconds."""
        return sum(chunk not in self._made for chunk in chunks)

    def table(
        self, relation: Relation, chunks: Sequence[RowChunk], wanted: WantedFirst | None = None
    ) -> RowTable:
        """The rows of all chunks, or of those that may have wanted ones, in their order."""
        parts = []
        for chunk in chunks:
            made = self._made.get(chunk)
            if made is None:
                made = self._made[chunk] = _Made(value_table(relation, chunk.rows()).table)
            parts.append(made)
        if wanted is not None:
            parts = _with_wanted(parts, wanted)
        tables = [value_table(relation, ()).table, *(part.table for part in parts)]
        return RowTable(pa.concat_tables(tables), {})


def _with_wanted(parts: list[_Made], wanted: WantedFirst) -> list[_Made]:
    """The parts but for those whose every row comes after ``count`` rows of other parts.

    Which end NULLs come at is not asked: a part that has any is kept.
    """
    spans = [part.span(wanted.position) for part in parts]
    ends = [span.ends(is_descending=wanted.is_descending) for span in spans]
    rows = 0
    for place in sorted(range(len(parts)), key=lambda place: ends[place][1], reverse=True):
        rows += spans[place].values
        if rows >= wanted.count:
            last = ends[place][1]
            return [
                part
                for part, span, (first, _) in zip(parts, spans, ends, strict=True)
                if span.nulls or first >= last
            ]
    return parts
