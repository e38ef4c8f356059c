"""``pg_sequence``: definitions of sequences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for sequence in view.catalog.sequences.values():
        yield {
            "seqrelid": sequence.sequence_id,
            "seqtypid": sequence.type_oid,
            "seqstart": sequence.start,
            "seqincrement": sequence.increment,
            "seqmax": sequence.maximum,
            "seqmin": sequence.minimum,
            "seqcache": sequence.cache,
            "seqcycle": sequence.cycles,
        }


PG_SEQUENCE: Final = shaped(
    "pg_catalog",
    "pg_sequence",
    2224,
    """
    seqrelid:oid seqtypid:oid seqstart:int8 seqincrement:int8 seqmax:int8
    seqmin:int8 seqcache:int8 seqcycle:bool
    """,
    _rows,
)
