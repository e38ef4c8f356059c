"""``information_schema.table_constraints``: declared constraints of all kinds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.information_schema.named_constraints import named_constraints
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for one in named_constraints(view):
        yield {
            "constraint_catalog": view.database,
            "constraint_schema": one.table.schema_name,
            "constraint_name": one.name,
            "table_catalog": view.database,
            "table_schema": one.table.schema_name,
            "table_name": one.table.name,
            "constraint_type": one.kind,
            "is_deferrable": "YES" if one.is_deferrable else "NO",
            "initially_deferred": "YES" if one.is_deferred else "NO",
            "enforced": "YES",
            "nulls_distinct": _nulls_distinct(one.kind, one.nulls_not_distinct),
        }


def _nulls_distinct(kind: str, nulls_not_distinct: bool) -> str | None:
    if kind != "UNIQUE":
        return None
    return "NO" if nulls_not_distinct else "YES"


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
