"""``system.alerts``: what an operator should look at, and when it was over.

The source gives ``(table id, alert id, kind, severity, consecutive failures, error, raised at,
updated at, resolved at)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import INT8, TEXT, TIMESTAMPTZ, CatalogView, Row, define


def _rows(view: CatalogView) -> Iterator[Row]:
    for table_id, *rest in view.background.alerts():
        table = view.catalog.table_by_id(table_id)
        if table is not None:  # dropped by this transaction, or since the source was read
            alert_id, kind, severity, failures, error, *times = rest
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
