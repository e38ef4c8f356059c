"""HotRows: a scope's decoded hot rows, and the same after some changes.

Decoding thousands of rows for each query after each insert would cost milliseconds; applying a few
changes costs microseconds. New rows are appended as a chunk; rows that were replaced or removed
stay in the table and are masked.

Invariants:
    - A HotRows never changes: queries in worker threads read it while newer ones are made of it.
    - ``places`` has the key of every live row, and no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import pyarrow as pa

from kalampg.engine.row_table import RowTable, rescaled, row_table
from kalampg.relation import Relation
from kalampg.storage.rows import RowCodec, StoredRow

# Each chunk costs a scan about 10 us; copying the table costs that much per thousand rows.
_ROWS_PER_CHUNK_MIN: Final = 1_000
_PLACE_BYTES: Final = 150

# Keys and encoded rows; None: the hot row is gone.
Changes = Mapping[bytes, bytes | None]


class HotRows:
    """``live`` is what a scan reads."""

    __slots__ = ("_dead", "_physical", "live", "places", "size_bytes")

    def __init__(
        self, physical: RowTable, places: dict[bytes, int], dead: frozenset[int] = frozenset()
    ) -> None:
        self._physical = physical
        self._dead = dead
        self.places = places
        self.live = physical if not dead else _without(physical, dead)
        self.size_bytes = physical.table.nbytes + _PLACE_BYTES * len(places)

    @classmethod
    def decode(
        cls, relation: Relation, user_id: str, entries: Iterable[tuple[bytes, bytes]]
    ) -> HotRows:
        """Decode the rows of one scope, given by key."""
        decode = RowCodec.for_relation(relation).decode
        places: dict[bytes, int] = {}
        rows = []
        for place, (key, data) in enumerate(entries):
            places[key] = place
            rows.append(decode(data))
        return cls(row_table(relation, [(rows, user_id)]), places)

    def after(self, relation: Relation, user_id: str, changes: Changes) -> HotRows:
        """The rows after some changes. Any thread."""
        decode = RowCodec.for_relation(relation).decode
        places = dict(self.places)
        dead = set(self._dead)
        count = self._physical.table.num_rows
        rows: list[StoredRow] = []
        for key, data in changes.items():
            place = places.pop(key, None)
            if place is not None:
                dead.add(place)
            if data is not None:
                places[key] = count + len(rows)
                rows.append(decode(data))
        physical = self._physical
        if rows:
            physical = _appended(relation, physical, row_table(relation, [(rows, user_id)]))
        return HotRows(physical, places, frozenset(dead))

    @property
    def is_mostly_dead(self) -> bool:
        """Whether decoding anew would be cheaper than masking on."""
        rows: int = self._physical.table.num_rows
        return 2 * len(self._dead) > rows


def _without(physical: RowTable, dead: frozenset[int]) -> RowTable:
    mask = [True] * physical.table.num_rows
    for place in dead:
        mask[place] = False
    return RowTable(physical.table.filter(pa.array(mask)), physical.scales)


def _appended(relation: Relation, before: RowTable, added: RowTable) -> RowTable:
    scales = {
        position: max(scale, added.scales[position]) for position, scale in before.scales.items()
    }
    tables = [rescaled(relation, part, scales) for part in (before, added)]
    table = pa.concat_tables(tables)
    if table.num_rows < _ROWS_PER_CHUNK_MIN * table.column(0).num_chunks:
        table = table.combine_chunks()
    return RowTable(table, scales)
