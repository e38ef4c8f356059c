"""``system.alerts``: what an operator should look at, and when it was over.

The source gives ``(table id, alert id, kind, severity, consecutive failures, error, raised at,
updated at, resolved at)``; the table id is None for what concerns the whole server.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import INT8, TEXT, TIMESTAMPTZ, CatalogView, Row, define
from kalampg.relation import Datum

# Alerts about the server as a whole, by their kind.
_SERVER_MESSAGES: Final = {
    "disk_full": "The disk of the data directory is full, writes are refused",
    "hot_bytes": "Too many rows wait to be flushed, writes are refused",
}


def _rows(view: CatalogView) -> Iterator[Row]:
    for table_id, *rest in view.background.alerts():
        alert_id, kind, severity, failures, error, *times = rest
        if table_id is None:
            names: tuple[Datum, Datum] = (None, None)
            message = _SERVER_MESSAGES[kind]
        else:
            table = view.catalog.table_by_id(table_id)
            if table is None:
                continue  # dropped by this transaction, or since the source was read
            message = f"Flushes of {table.qualified_name} fail, {failures} in a row"
            names = (table.schema_name, table.name)
        yield (alert_id, kind, severity, *names, message, failures, error, *times)


ALERTS: Final = define(
    "system",
    "alerts",
    15011,
    (
        ("alert_id", TEXT),
        ("kind", TEXT),
        ("severity", TEXT),
        ("namespace", TEXT),
        ("table_name", TEXT),
        ("message", TEXT),
        ("consecutive_failures", INT8),
        ("error_message", TEXT),
        ("raised_at", TIMESTAMPTZ),
        ("updated_at", TIMESTAMPTZ),
        ("resolved_at", TIMESTAMPTZ),
    ),
    _rows,
)
