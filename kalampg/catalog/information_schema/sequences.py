"""``information_schema.sequences``: all but those of identity columns, as in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.shape import NamedRow, shaped
from kalampg.pgtypes import format_type

_BITS: Final = {21: 16, 23: 32, 20: 64}


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for sequence in view.catalog.sequences.values():
        if sequence.owned_by is not None and sequence.owned_by.is_identity:
            continue
        yield {
            "sequence_catalog": view.database,
            "sequence_schema": sequence.schema_name,
            "sequence_name": sequence.name,
            "data_type": format_type(sequence.type_oid),
            "numeric_precision": _BITS[sequence.type_oid],
            "numeric_precision_radix": 2,
            "numeric_scale": 0,
            "start_value": str(sequence.start),
            "minimum_value": str(sequence.minimum),
            "maximum_value": str(sequence.maximum),
            "increment": str(sequence.increment),
            "cycle_option": "YES" if sequence.cycles else "NO",
        }


SEQUENCES: Final = shaped(
    "information_schema",
    "sequences",
    13386,
    """
    sequence_catalog:name sequence_schema:name sequence_name:name data_type:varchar
    numeric_precision:int4 numeric_precision_radix:int4 numeric_scale:int4
    start_value:varchar minimum_value:varchar maximum_value:varchar
    increment:varchar cycle_option:varchar
    """,
    _rows,
    is_null_by_default=True,
)
