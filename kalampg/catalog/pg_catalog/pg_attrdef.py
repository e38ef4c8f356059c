"""``pg_attrdef``: column defaults; ``adbin`` is the expression as PostgreSQL spells it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.pg_catalog.declared import declared_columns, has_default
from kalampg.catalog.shape import NamedRow, shaped
from kalampg.catalog.shown_defaults import shown_default
from kalampg.ids import ColumnId, TableId


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for table in view.catalog.tables.values():
        for column in declared_columns(table):
            if has_default(column):
                yield {
                    "oid": default_oid(table.table_id, column.column_id),
                    "adrelid": table.table_id,
                    "adnum": column.column_id,
                    "adbin": column.generated
                    or shown_default(view.catalog, column, view.search_path),
                }


def default_oid(table_id: TableId, column_id: ColumnId) -> int:
    """An OID in this relation: a table has fewer than 2,048 column ids in practice."""
    return ((table_id << 11) + column_id) & 0xFFFF_FFFF


PG_ATTRDEF: Final = shaped(
    "pg_catalog",
    "pg_attrdef",
    2604,
    """
    oid:oid adrelid:oid adnum:int2 adbin:text
    """,
    _rows,
)
