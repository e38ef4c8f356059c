"""``system.tables``: every user and shared table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from kalampg.catalog.comments import CLASS
from kalampg.catalog.computed import (
    BOOL,
    INT4,
    INT8,
    JSON,
    TEXT,
    TIMESTAMPTZ,
    CatalogView,
    Row,
    define,
)
from kalampg.pgtypes import to_text
from kalampg.pgtypes.oids import INTERVAL
from kalampg.relation import Relation, TableOptions, TableType


def _rows(view: CatalogView) -> Iterator[Row]:
    for table in sorted(view.catalog.tables.values(), key=lambda table: table.qualified_name):
        comment = view.catalog.comments.get((CLASS, table.table_id, 0))
        yield _row(table, comment)


def _row(table: Relation, comment: str | None) -> Row:
    options = table.options
    return (
        table.table_id,
        table.name,
        table.schema_name,
        table.table_type.value.lower(),
        table.created_at_us,
        options.storage_id,
        options.use_user_storage,
        flush_policy(options),
        table.schema_version,
        options.deleted_retention_hours,
        None if options.retention is None else to_text(INTERVAL, options.retention),
        options.access_level.value.lower() if table.table_type is TableType.SHARED else None,
        table.owner,
        comment,
    )


def flush_policy(options: TableOptions) -> str | None:
    """KalamDB's JSON; None when the server's default applies."""
    if options.flush_off:
        return '{"type":"off"}'
    rows, seconds = options.flush_row_threshold, options.flush_interval_seconds
    match rows, seconds:
        case None, None:
            return None
        case _, None:
            policy: dict[str, object] = {"type": "row_limit", "row_limit": rows}
        case None, _:
            policy = {"type": "time_interval", "interval_seconds": seconds}
        case _:
            policy = {"type": "combined", "row_limit": rows, "interval_seconds": seconds}
    return msgspec.json.encode(policy).decode()


TABLES: Final = define(
    "system",
    "tables",
    15001,
    (
        ("table_id", INT8),
        ("table_name", TEXT),
        ("namespace", TEXT),
        ("table_type", TEXT),
        ("created_at", TIMESTAMPTZ),
        ("storage_id", TEXT),
        ("use_user_storage", BOOL),
        ("flush_policy", JSON),
        ("schema_version", INT4),
        ("deleted_retention_hours", INT4),
        ("retention", TEXT),
        ("access_level", TEXT),
        ("owner", TEXT),
        ("comment", TEXT),
    ),
    _rows,
)
