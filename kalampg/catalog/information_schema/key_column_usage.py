"""``information_schema.key_column_usage``: columns of keys, UNIQUE constraints, foreign keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.information_schema.named_constraints import named_constraints, unique_name
from kalampg.catalog.shape import NamedRow, shaped
from kalampg.constraint import ForeignKey


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for one in named_constraints(view):
        if one.kind == "CHECK":
            continue
        places = _places(view, one.definition)
        for number, column in enumerate(one.columns, start=1):
            yield {
                "constraint_catalog": view.database,
                "constraint_schema": one.table.schema_name,
                "constraint_name": one.name,
                "table_catalog": view.database,
                "table_schema": one.table.schema_name,
                "table_name": one.table.name,
                "column_name": column.name,
                "ordinal_position": number,
                "position_in_unique_constraint": places[number - 1] if places else None,
            }


def _places(view: CatalogView, key: object) -> list[int]:
    """Where each column of a foreign key is among those of the key that it refers to."""
    if not isinstance(key, ForeignKey):
        return []
    _, unique = unique_name(view, key)
    if unique is None:
        return []
    ids = [column.column_id for column in unique.columns]
    return [ids.index(column_id) + 1 for column_id in key.referenced_columns]


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
