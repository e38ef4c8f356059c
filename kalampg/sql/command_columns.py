"""What statements of ours answer with; those that are not here answer with a tag only. PURE."""

from __future__ import annotations

from typing import Final

from kalampg.ids import Oid
from kalampg.sql.backup_statements import BackupDatabase, RestoreDatabase, ShowBackups
from kalampg.sql.plan import ResultColumn
from kalampg.sql.role_statements import ExportUser
from kalampg.sql.statements import (
    CompactTable,
    DescribeTable,
    Explain,
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

_TEXT: Final = Oid(25)
_JSON: Final = Oid(114)
_BOOL: Final = Oid(16)
_INT4: Final = Oid(23)
_INT8: Final = Oid(20)
_TIMESTAMPTZ: Final = Oid(1184)

_FLUSH_COLUMNS: Final = (
    ResultColumn("job_id", _TEXT),
    ResultColumn("table_name", _TEXT),
    ResultColumn("status", _TEXT),
)
_SERVER_JOB_COLUMNS: Final = (ResultColumn("job_id", _TEXT), ResultColumn("status", _TEXT))
COLUMNS: Final[dict[type[Statement], tuple[ResultColumn, ...]]] = {
    FlushTable: _FLUSH_COLUMNS,
    FlushAllTables: _FLUSH_COLUMNS,
    CompactTable: _FLUSH_COLUMNS,
    PurgeTable: _FLUSH_COLUMNS,
    VerifyTable: (
        ResultColumn("check", _TEXT),
        ResultColumn("user_id", _TEXT),
        ResultColumn("segment_id", _INT8),
        ResultColumn("status", _TEXT),
        ResultColumn("detail", _TEXT),
    ),
    ExportUser: (
        ResultColumn("job_id", _TEXT),
        ResultColumn("user_id", _TEXT),
        ResultColumn("status", _TEXT),
    ),
    KillJob: _FLUSH_COLUMNS,
    RetryJob: _FLUSH_COLUMNS,
    BackupDatabase: _SERVER_JOB_COLUMNS,
    RestoreDatabase: _SERVER_JOB_COLUMNS,
    ShowBackups: (
        ResultColumn("place", _TEXT),
        ResultColumn("backup_id", _TEXT),
        ResultColumn("created_at", _TIMESTAMPTZ),
        ResultColumn("finished_at", _TIMESTAMPTZ),
        ResultColumn("segments", _INT8),
        ResultColumn("bytes", _INT8),
        ResultColumn("new_bytes", _INT8),
        ResultColumn("needs_key", _BOOL),
        ResultColumn("server_version", _TEXT),
        ResultColumn("error", _TEXT),
    ),
    ShowJobs: (
        ResultColumn("job_id", _TEXT),
        ResultColumn("job_type", _TEXT),
        ResultColumn("table_name", _TEXT),
        ResultColumn("status", _TEXT),
        ResultColumn("message", _TEXT),
        ResultColumn("error_message", _TEXT),
        ResultColumn("created_at", _TIMESTAMPTZ),
        ResultColumn("started_at", _TIMESTAMPTZ),
        ResultColumn("completed_at", _TIMESTAMPTZ),
    ),
    ShowFlushSettings: (
        ResultColumn("name", _TEXT),
        ResultColumn("value", _INT8),
        ResultColumn("configured", _INT8),
    ),
    ShowTables: (
        ResultColumn("namespace", _TEXT),
        ResultColumn("table_name", _TEXT),
        ResultColumn("table_type", _TEXT),
        ResultColumn("created_at", _TIMESTAMPTZ),
    ),
    ShowNamespaces: (
        ResultColumn("name", _TEXT),
        ResultColumn("table_count", _INT8),
        ResultColumn("created_at", _TIMESTAMPTZ),
    ),
    DescribeTable: (
        ResultColumn("column_name", _TEXT),
        ResultColumn("ordinal_position", _INT4),
        ResultColumn("column_id", _INT4),
        ResultColumn("data_type", _TEXT),
        ResultColumn("is_nullable", _BOOL),
        ResultColumn("is_primary_key", _BOOL),
        ResultColumn("column_default", _TEXT),
        ResultColumn("column_comment", _TEXT),
        ResultColumn("schema_version", _INT4),
    ),
    ShowStorages: (
        ResultColumn("storage_id", _TEXT),
        ResultColumn("storage_name", _TEXT),
        ResultColumn("storage_type", _TEXT),
        ResultColumn("base_directory", _TEXT),
        ResultColumn("credentials", _TEXT),
        ResultColumn("description", _TEXT),
        ResultColumn("table_count", _INT8),
    ),
    CheckStorage: (
        ResultColumn("storage_id", _TEXT),
        ResultColumn("status", _TEXT),
        ResultColumn("readable", _BOOL),
        ResultColumn("writable", _BOOL),
        ResultColumn("listable", _BOOL),
        ResultColumn("deletable", _BOOL),
        ResultColumn("latency_ms", _INT8),
        ResultColumn("total_bytes", _INT8),
        ResultColumn("used_bytes", _INT8),
        ResultColumn("error", _TEXT),
        ResultColumn("tested_at", _TIMESTAMPTZ),
    ),
    Explain: (ResultColumn("QUERY PLAN", _TEXT),),
}


def columns_of(statement: Statement) -> tuple[ResultColumn, ...]:
    """The statement's result columns; empty when it returns no rows."""
    if isinstance(statement, Explain) and statement.format == "json":
        return (ResultColumn("QUERY PLAN", _JSON),)
    return COLUMNS.get(type(statement), ())
