"""``pg_description``: comments of tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.pg_catalog.fixed_oids import PG_CLASS_OID
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for table in view.catalog.tables.values():
        if table.comment is not None:
            yield {
                "objoid": table.table_id,
                "classoid": PG_CLASS_OID,
                "objsubid": 0,
                "description": table.comment,
            }


PG_DESCRIPTION: Final = shaped(
    "pg_catalog",
    "pg_description",
    2609,
    """
    objoid:oid classoid:oid objsubid:int4 description:text
    """,
    _rows,
)
