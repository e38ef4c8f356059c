"""Statements that kalampg runs itself, as frozen values: KalamDB's own and PostgreSQL's DDL.

``sql.parse`` makes them, ``kalampg.commands`` runs them. Names are already case-folded; a schema
that was not written is None and is resolved with the search path when the statement runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from kalampg.ids import Oid
from kalampg.relation import AccessLevel, TableOptions, TableType
from kalampg.sql.backup_statements import BackupDatabase, RestoreDatabase, ShowBackups
from kalampg.sql.column_statements import (
    DropExpression,
    IdentityAction,
    SetDefault,
    SetNotNull,
    SetType,
)
from kalampg.sql.constraint_statements import (
    AddConstraint,
    AlterConstraint,
    ConstraintDefinition,
    CreateIndex,
    DropConstraint,
    DropIndex,
    RenameConstraint,
    RenameIndex,
    SetConstraints,
    ValidateConstraint,
)
from kalampg.sql.like_clause import LikeClause
from kalampg.sql.lock_statement import LockTables
from kalampg.sql.role_statements import AlterRole, CreateRole, DropRole, ExportUser
from kalampg.sql.schema_statements import SchemaStatement
from kalampg.sql.sequence_statements import SequenceOptions
from kalampg.sql.storage_statements import (
    AlterStorage,
    CheckStorage,
    CreateStorage,
    DropStorage,
    SetRetention,
    SetSharding,
    SetStorage,
    ShowStorages,
)
from kalampg.sql.table_name import TableName as TableName  # noqa: PLC0414 - also from here


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """One column of CREATE TABLE or ADD COLUMN. ``default`` is the text of the expression.

    ``sequence`` is set for a column that gets a sequence of its own: SERIAL, or IDENTITY, whose
    kind ``identity`` says ("a" ALWAYS, "d" BY DEFAULT). ``generated`` is an expression's text.
    ``type_name`` is set, and ``type_oid`` 0, where the type is not a built-in one;
    ``type_position`` is where it is written. ``domain`` is that type's OID if it is a domain.
    """

    name: str
    type_oid: Oid
    typmod: int = -1
    not_null: bool = False
    default: str | None = None
    sequence: SequenceOptions | None = None
    identity: str = ""
    generated: str | None = None
    type_name: TableName | None = None
    type_position: int | None = None
    domain: Oid | None = None


@dataclass(frozen=True, slots=True)
class CreateTable:
    """``table_type`` is None when the statement did not say (the session's default decides).

    ``on_commit`` of a temporary table is "delete", "drop", or empty: its rows stay.
    """

    table: TableName
    table_type: TableType | None
    columns: tuple[ColumnDefinition, ...]
    primary_key: tuple[str, ...]
    primary_key_name: str | None
    options: TableOptions
    if_not_exists: bool = False
    constraints: tuple[ConstraintDefinition, ...] = ()
    likes: tuple[LikeClause, ...] = ()
    is_temporary: bool = False
    on_commit: str = ""


@dataclass(frozen=True, slots=True)
class AddColumn:
    """ALTER TABLE ... ADD COLUMN."""

    column: ColumnDefinition
    if_not_exists: bool = False
    constraints: tuple[ConstraintDefinition, ...] = ()


@dataclass(frozen=True, slots=True)
class DropColumn:
    """ALTER TABLE ... DROP COLUMN."""

    name: str
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """ALTER TABLE ... RENAME COLUMN."""

    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class RenameTable:
    """ALTER TABLE ... RENAME TO."""

    new_name: str


@dataclass(frozen=True, slots=True)
class SetAccessLevel:
    """ALTER TABLE ... SET ACCESS LEVEL x, or SET TBLPROPERTIES (ACCESS_LEVEL='x')."""

    access_level: AccessLevel


@dataclass(frozen=True, slots=True)
class SetFlush:
    """ALTER TABLE ... SET FLUSH, in place of all triggers that the table had.

    Without any it is RESET FLUSH, back to the server's defaults.
    """

    row_threshold: int | None = None
    interval_seconds: int | None = None
    is_off: bool = False


AlterAction: TypeAlias = (
    AddColumn
    | DropColumn
    | RenameColumn
    | SetDefault
    | SetNotNull
    | DropExpression
    | RenameTable
    | SetAccessLevel
    | SetSharding
    | SetFlush
    | SetRetention
    | SetStorage
    | SetType
    | IdentityAction
    | AddConstraint
    | DropConstraint
    | RenameConstraint
    | ValidateConstraint
    | AlterConstraint
)


@dataclass(frozen=True, slots=True)
class AlterTable:
    """All actions take effect together, or none does."""

    table: TableName
    actions: tuple[AlterAction, ...]
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropTable:
    """``table_type`` is set by DROP USER TABLE / DROP SHARED TABLE."""

    tables: tuple[TableName, ...]
    table_type: TableType | None = None
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class Truncate:
    """TRUNCATE: this user's rows of user tables, all rows of shared tables."""

    tables: tuple[TableName, ...]
    restart_identity: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class CreateSchema:
    """CREATE SCHEMA / CREATE NAMESPACE."""

    name: str
    if_not_exists: bool = False
    is_namespace: bool = False


@dataclass(frozen=True, slots=True)
class DropSchema:
    """DROP SCHEMA / DROP NAMESPACE."""

    name: str
    if_exists: bool = False
    cascade: bool = False
    is_namespace: bool = False


@dataclass(frozen=True, slots=True)
class FlushTable:
    """FLUSH TABLE t (also STORAGE FLUSH TABLE t)."""

    table: TableName


@dataclass(frozen=True, slots=True)
class FlushAllTables:
    """FLUSH ALL TABLES [IN schema]."""

    schema_name: str | None = None


@dataclass(frozen=True, slots=True)
class KillJob:
    """KILL JOB 'id'."""

    job_id: str


@dataclass(frozen=True, slots=True)
class VerifyTable:
    """VERIFY TABLE t."""

    table: TableName


@dataclass(frozen=True, slots=True)
class CompactTable:
    """COMPACT TABLE t [FOR USER 'u']; None is every user."""

    table: TableName
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class PurgeTable:
    """PURGE TABLE t OLDER THAN INTERVAL '...': the interval as months, days, microseconds."""

    table: TableName
    older_than: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class RetryJob:
    """RETRY JOB 'id'."""

    job_id: str


@dataclass(frozen=True, slots=True)
class ShowJobs:
    """SHOW JOBS."""


@dataclass(frozen=True, slots=True)
class PauseFlush:
    """PAUSE FLUSH [TABLE t] and RESUME FLUSH [TABLE t]."""

    is_paused: bool
    table: TableName | None = None


@dataclass(frozen=True, slots=True)
class AlterFlushSettings:
    """ALTER FLUSH SETTINGS SET or RESET; None resets, and no name at all is RESET ALL."""

    values: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class ShowFlushSettings:
    """SHOW FLUSH SETTINGS."""


@dataclass(frozen=True, slots=True)
class ShowTables:
    """SHOW TABLES [IN schema]."""

    schema_name: str | None = None


@dataclass(frozen=True, slots=True)
class ShowNamespaces:
    """SHOW NAMESPACES."""


@dataclass(frozen=True, slots=True)
class DescribeTable:
    """DESCRIBE [TABLE] t."""

    table: TableName


@dataclass(frozen=True, slots=True)
class Discard:
    """DISCARD ALL | PLANS | SEQUENCES | TEMP; lower-case ``what``."""

    what: str


@dataclass(frozen=True, slots=True)
class CloseCursor:
    """CLOSE name; None is ALL. Portals are the cursors that there are."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Unlisten:
    """UNLISTEN of a channel, or of all: nobody listens here, and then it does nothing."""


@dataclass(frozen=True, slots=True)
class Deallocate:
    """DEALLOCATE name; None is ALL."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Explain:
    """EXPLAIN [ANALYZE] query: ``text`` is the explained statement.

    ``summary`` says whether the time is told; None: with ANALYZE.
    """

    text: str
    analyze: bool = False
    format: str = "text"
    summary: bool | None = None


Statement: TypeAlias = (
    CreateTable
    | AlterTable
    | DropTable
    | Truncate
    | LockTables
    | CreateIndex
    | DropIndex
    | RenameIndex
    | SetConstraints
    | CreateSchema
    | DropSchema
    | CreateRole
    | AlterRole
    | DropRole
    | FlushTable
    | FlushAllTables
    | KillJob
    | RetryJob
    | ShowJobs
    | PauseFlush
    | AlterFlushSettings
    | ShowFlushSettings
    | VerifyTable
    | CompactTable
    | PurgeTable
    | ExportUser
    | BackupDatabase
    | RestoreDatabase
    | ShowBackups
    | ShowTables
    | ShowNamespaces
    | DescribeTable
    | SchemaStatement
    | CreateStorage
    | AlterStorage
    | DropStorage
    | CheckStorage
    | ShowStorages
    | Discard
    | Deallocate
    | CloseCursor
    | Unlisten
    | Explain
)
