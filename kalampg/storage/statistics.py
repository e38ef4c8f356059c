"""Statistics: smallest and greatest value of each simple column of a segment. PURE.

A reader skips a segment whose statistics exclude its condition, so "not known" (None) is always
right and a wrong bound never is: columns with NaN or long texts are not known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from kalampg.ids import ColumnId
from kalampg.pgtypes import oids
from kalampg.relation import Column, Datum
from kalampg.storage.segment import ColumnStatistics

# Types whose datums Python compares as PostgreSQL and DuckDB compare the values. Not bpchar, whose
# comparison ignores padding.
_ORDERED_OIDS: Final = frozenset(
    {
        oids.BOOL,
        oids.INT2,
        oids.INT4,
        oids.INT8,
        oids.OID,
        oids.FLOAT4,
        oids.FLOAT8,
        oids.NUMERIC,
        oids.TEXT,
        oids.VARCHAR,
        oids.NAME,
        oids.DATE,
        oids.TIME,
        oids.TIMETZ,
        oids.TIMESTAMP,
        oids.TIMESTAMPTZ,
        oids.UUID,
    }
)
# Bounds are kept in memory for every segment in use.
_TEXT_LENGTH_MAX: Final = 64


class StatisticsBuilder:
    """Collects the bounds of one column."""

    def __init__(self, column: Column) -> None:
        self._is_known = column.type_oid in _ORDERED_OIDS
        self._minimum: Datum = None
        self._maximum: Datum = None
        self._nulls = 0

    def add(self, datums: Sequence[Datum]) -> None:
        present = [datum for datum in datums if datum is not None]
        self._nulls += len(datums) - len(present)
        if not self._is_known or not present:
            return
        if any(datum != datum for datum in present):  # NaN
            self._is_known = False
            return
        lowest, greatest = min(present), max(present)
        self._minimum = lowest if self._minimum is None else min(lowest, self._minimum)
        self._maximum = greatest if self._maximum is None else max(greatest, self._maximum)

    def add_array(self, array: pa.Array, bounds: Callable[[pa.Array], Sequence[Datum]]) -> None:
        """Add a column; ``bounds`` makes datums of its least and greatest value."""
        present = array.drop_null()
        nulls = len(array) - len(present)
        if self._is_known and pa.types.is_floating(array.type):
            self._is_known = not pc.any(pc.is_nan(present)).as_py()
        is_compared = pa.types.is_primitive(array.type) or pa.types.is_string(array.type)
        if not self._is_known or not is_compared or not len(present):
            self._is_known = self._is_known and (is_compared or not len(present))
            self._nulls += nulls
            return
        ends = pc.min_max(present)
        self.add(bounds(pa.array([ends["min"], ends["max"]], array.type)))
        self._nulls += nulls

    def finish(self) -> ColumnStatistics:
        is_short = not isinstance(self._maximum, str) or (
            max(len(self._minimum), len(self._maximum)) <= _TEXT_LENGTH_MAX
        )
        if self._is_known and is_short:
            return ColumnStatistics(self._minimum, self._maximum, self._nulls)
        return ColumnStatistics(None, None, self._nulls)


def builders(columns: Sequence[Column]) -> dict[ColumnId, StatisticsBuilder]:
    return {column.column_id: StatisticsBuilder(column) for column in columns}
