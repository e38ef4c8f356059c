"""``information_schema.key_column_usage``: columns of declared primary keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.pg_catalog.declared import declared_key
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for table in view.catalog.tables.values():
        for position, column in enumerate(declared_key(table), start=1):
            yield {
                "constraint_catalog": view.database,
                "constraint_schema": table.schema_name,
                "constraint_name": table.primary_key_name,
                "table_catalog": view.database,
                "table_schema": table.schema_name,
                "table_name": table.name,
                "column_name": column.name,
                "ordinal_position": position,
            }


KEY_COLUMN_USAGE: Final = shaped(
    "information_schema",
    "key_column_usage",
    13329,
    """
    constraint_catalog:name constraint_schema:name constraint_name:name table_catalog:name
    table_schema:name table_name:name column_name:name ordinal_position:int4
    position_in_unique_constraint:int4
    """,
    _rows,
    is_null_by_default=True,
)
