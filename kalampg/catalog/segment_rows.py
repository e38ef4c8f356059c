"""The source of ``system.segments``: the manifest of a store, read entry by entry."""

from __future__ import annotations

from collections.abc import Iterator

from kalampg.catalog.computed import Row
from kalampg.storage import Store
from kalampg.storage.batch import SEGMENT_ID_BYTES
from kalampg.storage.keys import split_row_key
from kalampg.storage.segment import decode_segment


def segment_rows(store: Store) -> Iterator[Row]:
    """Rows as ``kalampg.catalog.system.segments`` describes them."""
    for key, value in store.read_all("segments"):
        scope, _ = split_row_key(key[:-SEGMENT_ID_BYTES])
        segment = decode_segment(value)
        yield (
            scope.table_id,
            scope.user_id,
            segment.segment_id,
            segment.storage_id,
            segment.path,
            segment.rows,
            segment.size_bytes,
            sum(1 for _ in store.read_all("marks", key)),
            segment.schema_version,
            segment.created_at_us,
        )
