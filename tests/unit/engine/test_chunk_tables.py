"""ChunkTables: what was made of a chunk is kept as long as the chunk.

Goal: all rows are there, in order, and only chunks that are new are made. Method: chunks that count
how often they are asked.
"""

from __future__ import annotations

import gc

from kalampg.catalog.computed import INT8, TEXT, define
from kalampg.engine.chunk_tables import ChunkTables

RELATION = define(
    "system", "things", 15_999, (("name", TEXT), ("size", INT8)), lambda _: ()
).relation


class Chunk:
    def __init__(self, *rows: tuple[str | None, int]) -> None:
        self._rows = rows
        self.asked = 0

    def rows(self) -> list[tuple[str | None, int]]:
        self.asked += 1
        return list(self._rows)


def test_a_chunk_is_made_once() -> None:
    tables = ChunkTables()
    first, second = Chunk(("a", 1), (None, 2)), Chunk(("b", 3))
    assert tables.missing([first, second]) == 2
    made = tables.table(RELATION, [first, second])
    assert made.table.to_pydict() == {"name": ["a", None, "b"], "size": [1, 2, 3]}
    newer = Chunk(("b", 4))
    assert tables.missing([first, newer]) == 1
    made = tables.table(RELATION, [first, newer])
    assert made.table.to_pydict() == {"name": ["a", None, "b"], "size": [1, 2, 4]}
    assert (first.asked, second.asked, newer.asked) == (1, 1, 1)


def test_no_rows_have_columns_all_the_same() -> None:
    assert ChunkTables().table(RELATION, []).table.column_names == ["name", "size"]


def test_a_table_goes_with_its_chunk() -> None:
    tables = ChunkTables()
    chunk = Chunk(("a", 1))
    tables.table(RELATION, [chunk])
    assert len(tables) == 1
    del chunk
    gc.collect()
    assert len(tables) == 0
