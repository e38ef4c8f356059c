"""``pg_indexes``: the indexes of tables, readable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.pg_catalog.declared_indexes import declared_indexes
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for table in view.catalog.tables.values():
        for index in declared_indexes(table):
            yield {
                "schemaname": table.schema_name,
                "tablename": table.name,
                "indexname": index.name,
                "indexdef": index.definition(table),
            }


PG_INDEXES: Final = shaped(
    "pg_catalog",
    "pg_indexes",
    12043,
    """
    schemaname:name tablename:name indexname:name tablespace:name indexdef:text
    """,
    _rows,
)
