"""``pg_namespace``: namespaces, computed ones included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    catalog = view.catalog
    for namespace in catalog.all_namespaces():
        yield {
            "oid": namespace.oid,
            "nspname": namespace.name,
            "nspowner": catalog.roles[namespace.owner].oid,
        }


PG_NAMESPACE: Final = shaped(
    "pg_catalog",
    "pg_namespace",
    2615,
    """
    oid:oid nspname:name nspowner:oid nspacl:text[]
    """,
    _rows,
)
