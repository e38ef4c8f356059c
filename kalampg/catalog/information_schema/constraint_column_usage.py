"""``information_schema.constraint_column_usage``: what columns a constraint uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.information_schema.named_constraints import (
    NamedConstraint,
    columns_of,
    named_constraints,
)
from kalampg.catalog.shape import NamedRow, shaped
from kalampg.constraint import ForeignKey
from kalampg.relation import Column, Relation


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for one in named_constraints(view):
        table, columns = _used(view, one)
        for column in columns:
            yield {
                "table_catalog": view.database,
                "table_schema": table.schema_name,
                "table_name": table.name,
                "column_name": column.name,
                "constraint_catalog": view.database,
                "constraint_schema": one.table.schema_name,
                "constraint_name": one.name,
            }


def _used(view: CatalogView, one: NamedConstraint) -> tuple[Relation, tuple[Column, ...]]:
    """A foreign key uses the columns that it refers to."""
    if not isinstance(one.definition, ForeignKey):
        return one.table, one.columns
    referenced = view.catalog.table_by_id(one.definition.referenced_table)
    assert referenced is not None, "a table that is referred to is not dropped"
    return referenced, columns_of(referenced, one.definition.referenced_columns)


CONSTRAINT_COLUMN_USAGE: Final = shaped(
    "information_schema",
    "constraint_column_usage",
    13316,
    """
    table_catalog:name table_schema:name table_name:name column_name:name
    constraint_catalog:name constraint_schema:name constraint_name:name
    """,
    _rows,
    is_null_by_default=True,
)
