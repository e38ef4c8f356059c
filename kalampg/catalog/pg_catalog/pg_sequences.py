"""``pg_sequences``: sequences with their names and newest values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.shape import NamedRow, shaped
from kalampg.pgtypes import format_type


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for sequence in view.catalog.sequences.values():
        yield {
            "schemaname": sequence.schema_name,
            "sequencename": sequence.name,
            "sequenceowner": sequence.owner,
            "data_type": format_type(sequence.type_oid),
            "start_value": sequence.start,
            "min_value": sequence.minimum,
            "max_value": sequence.maximum,
            "increment_by": sequence.increment,
            "cycle": sequence.cycles,
            "cache_size": sequence.cache,
            "last_value": view.last_value(sequence),
        }


PG_SEQUENCES: Final = shaped(
    "pg_catalog",
    "pg_sequences",
    12048,
    """
    schemaname:name sequencename:name sequenceowner:name data_type:text
    start_value:int8 min_value:int8 max_value:int8 increment_by:int8 cycle:bool
    cache_size:int8 last_value:int8
    """,
    _rows,
)
