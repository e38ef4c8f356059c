"""The columns that commands with rows return, for Describe before anything runs. PURE."""

from __future__ import annotations

from typing import Final

from kalampg.ids import Oid
from kalampg.sql.command_columns import COLUMNS
from kalampg.sql.plan import ResultColumn
from kalampg.sql.statements import (
    CompactTable,
    DescribeTable,
    FlushAllTables,
    FlushTable,
    KillJob,
    PurgeTable,
    RetryJob,
    ShowFlushSettings,
    ShowJobs,
    ShowNamespaces,
    ShowTables,
    Statement,
    VerifyTable,
)
from kalampg.sql.storage_statements import CheckStorage, ShowStorages

_BOOL: Final = Oid(16)
_INT8: Final = Oid(20)
_INT4: Final = Oid(23)
_TEXT: Final = Oid(25)
_TIMESTAMPTZ: Final = Oid(1184)


def _columns(*columns: tuple[str, Oid]) -> tuple[ResultColumn, ...]:
    return tuple(ResultColumn(name, type_oid) for name, type_oid in columns)


_JOB_COLUMNS: Final = _columns(("job_id", _TEXT), ("table_name", _TEXT), ("status", _TEXT))
_COLUMNS: Final[dict[type, tuple[ResultColumn, ...]]] = {
    ShowStorages: COLUMNS[ShowStorages],
    CheckStorage: COLUMNS[CheckStorage],
    FlushTable: _JOB_COLUMNS,
    FlushAllTables: _JOB_COLUMNS,
    KillJob: _JOB_COLUMNS,
    RetryJob: _JOB_COLUMNS,
    ShowJobs: _columns(
        ("job_id", _TEXT),
        ("job_type", _TEXT),
        ("table_name", _TEXT),
        ("status", _TEXT),
        ("message", _TEXT),
        ("error_message", _TEXT),
        ("created_at", _TIMESTAMPTZ),
        ("started_at", _TIMESTAMPTZ),
        ("completed_at", _TIMESTAMPTZ),
    ),
    ShowFlushSettings: _columns(("name", _TEXT), ("value", _INT8), ("configured", _INT8)),
    CompactTable: _JOB_COLUMNS,
    PurgeTable: _JOB_COLUMNS,
    VerifyTable: _columns(
        ("check", _TEXT),
        ("user_id", _TEXT),
        ("segment_id", _INT8),
        ("status", _TEXT),
        ("detail", _TEXT),
    ),
    ShowTables: _columns(
        ("namespace", _TEXT),
        ("table_name", _TEXT),
        ("table_type", _TEXT),
        ("created_at", _TIMESTAMPTZ),
    ),
    ShowNamespaces: _columns(("name", _TEXT), ("table_count", _INT8), ("created_at", _TIMESTAMPTZ)),
    DescribeTable: _columns(
        ("column_name", _TEXT),
        ("ordinal_position", _INT4),
        ("column_id", _INT4),
        ("data_type", _TEXT),
        ("is_nullable", _BOOL),
        ("is_primary_key", _BOOL),
        ("column_default", _TEXT),
        ("column_comment", _TEXT),
        ("schema_version", _INT4),
    ),
}


def columns_of(statement: Statement) -> tuple[ResultColumn, ...]:
    """The statement's result columns; empty when it returns no rows."""
    return _COLUMNS.get(type(statement), ())
