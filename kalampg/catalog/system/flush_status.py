"""``system.flush_status``: what waits for a flush in each table, and when it is due.

The source gives ``(table id, hot rows, hot bytes, rows since flush, users with hot rows, last flush
at, its rows, its duration, its result, next flush at, reason, flush count, failures, is paused)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import BOOL, INT8, TEXT, TIMESTAMPTZ, CatalogView, Row, define

_NOTHING: Final[Row] = (0, 0, 0, 0, None, None, None, None, None, None, 0, 0, False)


def _rows(view: CatalogView) -> Iterator[Row]:
    by_table = {table_id: rest for table_id, *rest in view.background.flush_status()}
    for table in sorted(view.catalog.tables.values(), key=lambda table: table.qualified_name):
        yield (table.schema_name, table.name, *by_table.get(table.table_id, _NOTHING))


FLUSH_STATUS: Final = define(
    "system",
    "flush_status",
    15010,
    (
        ("namespace", TEXT),
        ("table_name", TEXT),
        ("hot_rows", INT8),
        ("hot_bytes", INT8),
        ("rows_since_flush", INT8),
        ("users_with_hot_rows", INT8),
        ("last_flush_at", TIMESTAMPTZ),
        ("last_flush_rows", INT8),
        ("last_flush_duration_ms", INT8),
        ("last_flush_result", TEXT),
        ("next_flush_at", TIMESTAMPTZ),
        ("next_flush_reason", TEXT),
        ("flush_count", INT8),
        ("consecutive_failures", INT8),
        ("is_paused", BOOL),
    ),
    _rows,
)
