"""``information_schema.views``: views that were created."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.shape import NamedRow, shaped
from kalampg.catalog.view_text import view_text
from kalampg.sql.view_updatability import written_columns


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for relation in view.catalog.views.values():
        assert relation.view is not None, "views have a query"
        is_updatable = "YES" if written_columns(relation, view.catalog) else "NO"
        yield {
            "table_catalog": view.database,
            "table_schema": relation.schema_name,
            "table_name": relation.name,
            "view_definition": view_text(relation),
            "check_option": (relation.view.check_option or "none").upper(),
            "is_updatable": is_updatable,
            "is_insertable_into": is_updatable,
            "is_trigger_updatable": "NO",
            "is_trigger_deletable": "NO",
            "is_trigger_insertable_into": "NO",
        }


VIEWS: Final = shaped(
    "information_schema",
    "views",
    13483,
    """
    table_catalog:name table_schema:name table_name:name view_definition:varchar
    check_option:varchar is_updatable:varchar is_insertable_into:varchar
    is_trigger_updatable:varchar is_trigger_deletable:varchar
    is_trigger_insertable_into:varchar
    """,
    _rows,
    is_null_by_default=True,
)
