"""``pg_tables``: user and shared tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.pg_catalog.declared_indexes import declared_indexes
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for table in view.catalog.tables.values():
        yield {
            "schemaname": table.schema_name,
            "tablename": table.name,
            "tableowner": table.owner,
            "tablespace": None,
            "hasindexes": any(declared_indexes(table)),
        }


PG_TABLES: Final = shaped(
    "pg_catalog",
    "pg_tables",
    12033,
    """
    schemaname:name tablename:name tableowner:name tablespace:name hasindexes:bool
    hasrules:bool hastriggers:bool rowsecurity:bool
    """,
    _rows,
)
