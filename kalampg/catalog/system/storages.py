"""``system.storages``: places for segments. There is one, ``local``, below the data directory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import TEXT, CatalogView, Row, define


def _rows(_view: CatalogView) -> Iterator[Row]:
    yield (
        "local",
        "local",
        "The data directory's own storage",
        "filesystem",
        "",
        None,
        "{namespace}/{tableName}",
        "{namespace}/{tableName}/{userId}",
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
        ("shared_tables_template", TEXT),
        ("user_tables_template", TEXT),
    ),
    _rows,
)
