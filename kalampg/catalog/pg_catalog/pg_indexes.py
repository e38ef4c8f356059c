"""``pg_indexes``: the indexes of declared primary keys, readable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.pg_catalog.declared import declared_key
from kalampg.catalog.quoting import quoted
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for table in view.catalog.tables.values():
        key = declared_key(table)
        if key:
            columns = ", ".join(quoted(column.name) for column in key)
            yield {
                "schemaname": table.schema_name,
                "tablename": table.name,
                "indexname": table.primary_key_name,
                "indexdef": (
                    f"CREATE UNIQUE INDEX {quoted(table.primary_key_name)} ON"
                    f" {quoted(table.schema_name)}.{quoted(table.name)} USING btree ({columns})"
                ),
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
