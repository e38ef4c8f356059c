"""ChunkTables: what was made of a chunk is kept as long as the chunk.

Goal: all rows are there, in order, and only chunks that are new are made. Method: chunks that count
how often they are asked.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from kalampg.catalog.computed import INT8, TEXT, define
from kalampg.engine.chunk_tables import ChunkTables, WantedFirst

RELATION = define(
    "system", "things", 15_999, (("name", TEXT), ("size", INT8)), lambda _: ()
).relation


class Chunk:
    def __init__(self, *rows: tuple[str | None, int | None]) -> None:
        self._rows = rows
        self.asked = 0

    def rows(self) -> list[tuple[str | None, int | None]]:
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


ROWS = st.lists(st.lists(st.none() | st.integers(-9, 9), min_size=1, max_size=4), max_size=6)


@given(ROWS, st.booleans(), st.booleans(), st.integers(0, 12))
def test_wanted_rows_are_there_wherever_nulls_come(
    rows: list[list[int | None]], is_descending: bool, has_nulls_first: bool, count: int
) -> None:
    chunks = [Chunk(*((None, size) for size in sizes)) for sizes in rows]
    wanted = WantedFirst(1, is_descending, count)
    found = ChunkTables().table(RELATION, chunks, wanted).table.column("size").to_pylist()

    def first(sizes: Sequence[int | None]) -> list[int | None]:
        nulls = [size for size in sizes if size is None]
        values = sorted((size for size in sizes if size is not None), reverse=is_descending)
        return [*nulls, *values][:count] if has_nulls_first else [*values, *nulls][:count]

    assert first(found) == first([size for sizes in rows for size in sizes])


def test_chunks_without_wanted_rows_are_left_out() -> None:
    chunks = [Chunk(*(("x", size) for size in range(start, start + 10))) for start in (0, 10, 20)]
    tables = ChunkTables()
    assert tables.table(RELATION, chunks, WantedFirst(1, True, 10)).table.num_rows == 10
    assert tables.table(RELATION, chunks, WantedFirst(1, False, 11)).table.num_rows == 20


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
