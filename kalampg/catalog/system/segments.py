"""``system.segments``: the Parquet files of cold rows, of all users.

The source gives ``(table id, user id, segment id, storage id, path, rows, bytes, superseded rows,
schema version, created at)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import INT4, INT8, TEXT, TIMESTAMPTZ, CatalogView, Row, define


def _rows(view: CatalogView) -> Iterator[Row]:
    for table_id, *rest in view.segments():
        table = view.catalog.table_by_id(table_id)
        if table is not None:  # dropped by this transaction, or since the source was read
            yield (table.schema_name, table.name, *rest)


SEGMENTS: Final = define(
    "system",
    "segments",
    15006,
    (
        ("namespace", TEXT),
        ("table_name", TEXT),
        ("user_id", TEXT),
        ("segment_id", INT8),
        ("storage_id", TEXT),
        ("path", TEXT),
        ("row_count", INT8),
        ("size_bytes", INT8),
        ("superseded_rows", INT8),
        ("schema_version", INT4),
        ("created_at", TIMESTAMPTZ),
    ),
    _rows,
)
