"""``pg_am``: access methods; heap and btree are what clients expect tables and keys to use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.pg_catalog.fixed_oids import BTREE_OID, HEAP_OID
from kalampg.catalog.shape import NamedRow, shaped


def _rows(_view: CatalogView) -> Iterator[NamedRow]:
    yield {"oid": HEAP_OID, "amname": "heap", "amhandler": "heap_tableam_handler", "amtype": "t"}
    yield {"oid": BTREE_OID, "amname": "btree", "amhandler": "bthandler", "amtype": "i"}


PG_AM: Final = shaped(
    "pg_catalog",
    "pg_am",
    2601,
    """
    oid:oid amname:name amhandler:text amtype:char
    """,
    _rows,
)
