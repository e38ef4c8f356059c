"""``information_schema.table_constraints``: declared primary keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.pg_catalog.declared import declared_key
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for table in view.catalog.tables.values():
        if declared_key(table):
            yield {
                "constraint_catalog": view.database,
                "constraint_schema": table.schema_name,
                "constraint_name": table.primary_key_name,
                "table_catalog": view.database,
                "table_schema": table.schema_name,
                "table_name": table.name,
                "constraint_type": "PRIMARY KEY",
                "is_deferrable": "NO",
                "initially_deferred": "NO",
                "enforced": "YES",
            }


TABLE_CONSTRAINTS: Final = shaped(
    "information_schema",
    "table_constraints",
    13411,
    """
    constraint_catalog:name constraint_schema:name constraint_name:name table_catalog:name
    table_schema:name table_name:name constraint_type:varchar is_deferrable:varchar
    initially_deferred:varchar enforced:varchar nulls_distinct:varchar
    """,
    _rows,
    is_null_by_default=True,
)
