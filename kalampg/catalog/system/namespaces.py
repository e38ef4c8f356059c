"""``system.namespaces``: the namespaces that hold tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import INT8, JSON, TEXT, TIMESTAMPTZ, CatalogView, Row, define


def _rows(view: CatalogView) -> Iterator[Row]:
    for namespace in sorted(view.catalog.namespaces.values(), key=lambda space: space.name):
        yield (
            namespace.name,
            namespace.name,
            "{}",
            len(view.catalog.tables_in(namespace.name)),
            namespace.created_at_us,
            namespace.owner,
        )


NAMESPACES: Final = define(
    "system",
    "namespaces",
    15003,
    (
        ("namespace_id", TEXT),
        ("name", TEXT),
        ("options", JSON),
        ("table_count", INT8),
        ("created_at", TIMESTAMPTZ),
        ("owner", TEXT),
    ),
    _rows,
)
