"""``information_schema.schemata``: namespaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for namespace in view.catalog.all_namespaces():
        yield {
            "catalog_name": view.database,
            "schema_name": namespace.name,
            "schema_owner": namespace.owner,
        }


SCHEMATA: Final = shaped(
    "information_schema",
    "schemata",
    13382,
    """
    catalog_name:name schema_name:name schema_owner:name default_character_set_catalog:name
    default_character_set_schema:name default_character_set_name:name sql_path:varchar
    """,
    _rows,
    is_null_by_default=True,
)
