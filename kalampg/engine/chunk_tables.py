"""ChunkTables: long computed relations as Arrow tables, made once for each piece that stays.

A relation such as ``system.jobs`` has many rows of which few change between two queries. Its rows
come in chunks that are new objects when something in them has changed; what was made of a chunk is
kept for as long as the chunk itself is.
"""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import pyarrow as pa

from kalampg.catalog.chunked_rows import RowChunk
from kalampg.engine.row_table import RowTable, value_table
from kalampg.relation import Relation


class ChunkTables:
    """The tables of chunks, of relations without columns of type numeric. Any thread."""

    def __init__(self) -> None:
        self._tables: WeakKeyDictionary[RowChunk, pa.Table] = WeakKeyDictionary()

    def __len__(self) -> int:
        return len(self._tables)

    def missing(self, chunks: Sequence[RowChunk]) -> int:
        """How many chunks have no table yet; each costs some milliseconds."""
        return sum(chunk not in self._tables for chunk in chunks)

    def table(self, relation: Relation, chunks: Sequence[RowChunk]) -> RowTable:
        """All rows, in the order of the chunks."""
        tables = [value_table(relation, ()).table]
        for chunk in chunks:
            made = self._tables.get(chunk)
            if made is None:
                made = self._tables[chunk] = value_table(relation, chunk.rows()).table
            tables.append(made)
        return RowTable(pa.concat_tables(tables), {})
