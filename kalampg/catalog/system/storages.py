"""``system.storages``: places for segments. Credentials never leave the catalog."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import INT8, JSON, TEXT, TIMESTAMPTZ, CatalogView, Row, define
from kalampg.storage.credentials import MASKED


def _rows(view: CatalogView) -> Iterator[Row]:
    for storage in view.catalog.all_storages():
        yield (
            storage.storage_id,
            storage.name,
            storage.description,
            storage.storage_type.value,
            storage.base,
            None if storage.credentials is None else MASKED,
            storage.config,
            storage.shared_template,
            storage.user_template,
            len(view.catalog.tables_of_storage(storage.storage_id)),
            storage.created_at_us or None,
            storage.updated_at_us or None,
        )


STORAGES: Final = define(
    "system",
    "storages",
    15007,
    (
        ("storage_id", TEXT),
        ("storage_name", TEXT),
        ("description", TEXT),
        ("storage_type", TEXT),
        ("base_directory", TEXT),
        ("credentials", TEXT),
        ("config", JSON),
        ("shared_tables_template", TEXT),
        ("user_tables_template", TEXT),
        ("table_count", INT8),
        ("created_at", TIMESTAMPTZ),
        ("updated_at", TIMESTAMPTZ),
    ),
    _rows,
)
