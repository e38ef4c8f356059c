"""``pg_views``: views that were created, with their queries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.shape import NamedRow, shaped
from kalampg.catalog.view_text import view_text


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for relation in view.catalog.views.values():
        yield {
            "schemaname": relation.schema_name,
            "viewname": relation.name,
            "viewowner": relation.owner,
            "definition": view_text(relation),
        }


PG_VIEWS: Final = shaped(
    "pg_catalog",
    "pg_views",
    12028,
    """
    schemaname:name viewname:name viewowner:name definition:text
    """,
    _rows,
)
