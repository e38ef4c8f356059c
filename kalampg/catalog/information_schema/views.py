"""``information_schema.views``: views that were created; none can be written to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.shape import NamedRow, shaped
from kalampg.catalog.view_text import view_text


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for relation in view.catalog.views.values():
        yield {
            "table_catalog": view.database,
            "table_schema": relation.schema_name,
            "table_name": relation.name,
            "view_definition": view_text(relation),
            "check_option": "NONE",
            "is_updatable": "NO",
            "is_insertable_into": "NO",
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
