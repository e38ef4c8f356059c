"""``system.columns``: every declared column of every table, in its current version."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import BOOL, INT4, TEXT, CatalogView, Row, define
from kalampg.pgtypes.registry import format_type


def _rows(view: CatalogView) -> Iterator[Row]:
    for table in sorted(view.catalog.tables.values(), key=lambda table: table.qualified_name):
        for position, column in enumerate(table.columns):
            is_key = position in table.primary_key
            yield (
                table.schema_name,
                table.name,
                table.schema_version,
                column.column_id,
                column.name,
                None,
                format_type(column.type_oid, column.typmod),
                column.default,
                position + 1,
                not column.not_null,
                is_key,
                table.primary_key.index(position) + 1 if is_key else None,
                column.is_hidden,
            )


COLUMNS: Final = define(
    "system",
    "columns",
    15002,
    (
        ("namespace_id", TEXT),
        ("table_name", TEXT),
        ("version", INT4),
        ("column_id", INT4),
        ("column_name", TEXT),
        ("comment", TEXT),
        ("data_type", TEXT),
        ("default_value", TEXT),
        ("ordinal", INT4),
        ("nullable", BOOL),
        ("primary_key", BOOL),
        ("primary_key_pos", INT4),
        ("is_hidden", BOOL),
    ),
    _rows,
)
