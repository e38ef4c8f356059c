"""What commands need of the session that runs them; ``kalampg.session`` implements it.

How catalog changes become durable: a command calls ``lock_catalog``, looks and checks, and hands a
``CatalogEdit`` of that catalog to ``apply``. The lock stays until the transaction ends, so that no
two uncommitted catalogs ever compete. ``apply`` makes the edit's catalog the transaction's own and
adds the edit's writes and the removal of ``edit.dropped`` (rows, segments and files of every user)
to the transaction's write batch. After COMMIT that catalog is the server's; after ROLLBACK it is
forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from kalampg.auth import AuditLog
from kalampg.catalog import Catalog, CatalogEdit, Role
from kalampg.clock import Clock
from kalampg.constraint import CheckConstraint, ForeignKey, Index
from kalampg.engine.constraint_builder import ValueCheck
from kalampg.ids import ColumnId, JobId, Oid, TableId
from kalampg.jobs.flush_policy import AutoFlushSettings
from kalampg.jobs.job import Job, JobKind
from kalampg.relation import Datum, Relation, TableType
from kalampg.sequence import Sequence as SequenceDefinition
from kalampg.sql.bind_views import ViewShape
from kalampg.sql.expression import Expression
from kalampg.storage import Finding, Scope, Storage, StorageHealth
from kalampg.storage.backup_format import Backup


class JobControl(Protocol):
    """Background jobs; ``kalampg.jobs.background.Background`` implements it."""

    def jobs(self) -> Sequence[Job]:
        """All jobs that are remembered, oldest first."""

    def submit_flush(self, relation: Relation) -> Job:
        """Start a flush, or give the one that is already queued or running for the table."""

    def submit(self, kind: JobKind, relation: Relation, parameters: str) -> Job:
        """Start a job, or give the one of that kind that has not ended for the table."""

    def submit_for_user(self, kind: JobKind, user_id: str, parameters: str) -> Job:
        """The same for a job about a user's rows in all tables."""

    def is_active(self, job_id: JobId) -> bool:
        """Whether there is such a job, and it has not ended."""

    def new_id(self, kind: JobKind) -> JobId:
        """The id of a job that begins when the transaction commits."""

    def submit_instead(
        self, kind: JobKind, relation: Relation, parameters: str, job_id: JobId
    ) -> None:
        """Start a job, and stop the one of that kind that has not ended for the table."""

    def submit_for_server(self, kind: JobKind, parameters: str) -> Job:
        """The same for a job about the server as a whole."""

    def cancel(self, job_id: JobId) -> Job:
        """Cancel a job.

        Raises:
            UndefinedObject: 42704, there is no such job.
            ObjectNotInPrerequisiteState: 55000, it has ended already.
        """

    def retry(self, job_id: JobId) -> Job:
        """Queue a failed job again.

        Raises:
            UndefinedObject: 42704, there is no such job.
            ObjectNotInPrerequisiteState: 55000, it has not failed.
            ObjectInUse: 55006, another job does the same.
        """

    def pause_flush(self, *, is_paused: bool, table_id: TableId | None) -> None:
        """Pause or resume automatic flushes of one table or, apart from that, of all."""

    @property
    def flush_settings(self) -> AutoFlushSettings: ...

    @property
    def configured_flush_settings(self) -> AutoFlushSettings:
        """What they are without ALTER FLUSH SETTINGS."""

    def change_flush_settings(self, values: dict[str, int | None]) -> None:
        """Change settings for good; None goes back to what the configuration says."""


class StorageControl(Protocol):
    """What is done with storages; ``kalampg.storage.StorageOperations`` implements it."""

    async def seal(self, storage_id: str, credentials: str) -> bytes:
        """Encrypt credentials for the catalog."""

    async def safe_folder(self, written: str) -> str:
        """The absolute folder of a path; 22023 when nobody should write segments there."""

    async def check_openable(self, storage: Storage) -> None:
        """0A000 when the storage's library is missing, 22023 when it refuses the options."""

    async def check(self, storage: Storage, *, is_extended: bool) -> StorageHealth:
        """Try everything that the storage is used for."""

    async def backups(self, storage_id: str, path: str) -> Sequence[Backup]:
        """The whole backups in a place, oldest first; 58030 when it cannot be read."""

    def backup_places(self) -> Sequence[tuple[str, str]]:
        """The storages and paths that backups were written to."""

    async def restore_directory(self, written: str) -> str:
        """The absolute directory that a restore may write to; 55000 and 22023 when none may."""

    async def tables_with_objects(self, storage_id: str) -> set[TableId]:
        """The tables that have segments there; 55006 while objects come or go."""


class ConstraintControl(Protocol):
    """What constraints and indexes ask of the rows, in the session's transaction.

    ``kalampg.session.command_session`` implements it on the engine's ``ConstraintBuilder``.
    """

    async def lock_table(self, relation: Relation) -> None:
        """Let nobody else write the table until the transaction ends."""

    async def entry_scopes(self, table_id: TableId) -> Sequence[Scope]:
        """The scopes in which rows of a table have index entries."""

    async def check_rows(self, relation: Relation, check: CheckConstraint) -> None:
        """23514 when a row violates the constraint."""

    async def check_values(self, relation: Relation, position: int, check: ValueCheck) -> None:
        """Let ``check`` look at the column's value in every row; it raises."""

    def check_value(self, value: Datum, check: ValueCheck) -> None:
        """The same for one value."""

    async def build_index(self, relation: Relation, index: Index) -> None:
        """Give all rows their entries; 23505 when two have the same unique values."""

    async def build_references(
        self, relation: Relation, key: ForeignKey, referenced: Relation
    ) -> None:
        """Give all rows the entries of a foreign key; 23503 unless it is NOT VALID."""

    async def check_references(
        self, relation: Relation, key: ForeignKey, referenced: Relation
    ) -> None:
        """23503 when a row refers to one that is not there."""

    def defer(self, oid: Oid | None, *, is_deferred: bool) -> None:
        """SET CONSTRAINTS of one foreign key, or (None) of all."""

    async def settle(self) -> None:
        """Check what waits for COMMIT and is not deferred any more."""


class CommandSession(Protocol):
    """One client's session, as far as commands see it."""

    @property
    def catalog(self) -> Catalog:
        """The transaction's own catalog if it has changed it, else the committed one."""

    @property
    def role(self) -> Role:
        """The authenticated role: its class decides what is allowed, also under EXECUTE AS."""

    @property
    def backend_pid(self) -> int:
        """The session's number, as in BackendKeyData."""

    @property
    def temporary_tables_max(self) -> int:
        """How many temporary tables the session may have."""

    @property
    def search_path(self) -> tuple[str, ...]:
        """Namespaces in order, without ``pg_catalog``; some may not exist."""

    @property
    def default_table_type(self) -> TableType:
        """``kalam.default_table_type``."""

    @property
    def clock(self) -> Clock: ...

    @property
    def jobs(self) -> JobControl: ...

    @property
    def constraints(self) -> ConstraintControl: ...

    @property
    def time_zone(self) -> str:
        """What literals of type timestamptz are read in."""

    @property
    def storages(self) -> StorageControl: ...

    @property
    def audit(self) -> AuditLog: ...

    def random_bytes(self, count: int) -> bytes:
        """Bytes for salts, from the operating system."""

    def notice(self, message: str, *, sqlstate: str = "00000", detail: str | None = None) -> None:
        """Send a NOTICE before the command's tag."""

    def refuse_block(self, statement: str) -> None:
        """25001 inside BEGIN ... COMMIT."""

    def require_block(self, statement: str) -> None:
        """25P01 outside BEGIN ... COMMIT."""

    async def lock_catalog(self) -> Catalog:
        """The newest catalog that the transaction may change; see the module's docstring."""

    def apply(self, edit: CatalogEdit) -> None:
        """Make ``edit``, of the catalog that ``lock_catalog`` returned, part of the transaction."""

    async def truncate(self, relation: Relation) -> None:
        """Remove all rows of a shared table, or the effective user's rows of a user table."""

    async def lock_rows(self, relation: Relation, *, is_shared: bool, nowait: bool) -> None:
        """Keep others from writing the rows that ``truncate`` would remove.

        ``is_shared``: only wait for who does that, and keep others from it. 55P03, 40P01.
        """

    async def rewrite(self, before: Relation, values: Mapping[ColumnId, Expression]) -> None:
        """Give all rows of all users new values, over the row as it was ``before``.

        The table's new definition has been applied. Raises what a value or a constraint raises.
        """

    async def has_rows(self, relation: Relation) -> bool:
        """Whether any user has a row, hot or cold, as the transaction sees it."""

    async def lock_rows_of_user(self, user_id: str) -> None:
        """Wait for everybody who has changed a row of the user, and keep others from it."""

    def tables_of_user(self, user_id: str) -> Sequence[Relation]:
        """The user tables with rows of the user, deleted ones too, by name."""

    async def any_row_is_null(self, relation: Relation, position: int) -> bool:
        """Whether any live row of any user, hot or cold, has NULL in that column."""

    def view_shape(self, query: str, offset: int) -> ViewShape:
        """What CREATE VIEW makes of its query, which the statement has at ``offset``.

        Raises the compiler's errors.
        """

    def last_of_sequence(self, sequence: SequenceDefinition) -> int:
        """The value that the sequence stands at."""

    async def verify(self, relation: Relation) -> Sequence[Finding]:
        """Compare what the storage holds of the table with what the manifest says."""

    def check_default(self, expression: str, type_oid: Oid, typmod: int) -> None:
        """Compile ``expression`` as a column default of that type.

        Raises the binder's errors: unknown functions, column references, types without an
        assignment cast (42804), literals that are not of the type (22P02).
        """

    def compile_default(self, expression: str, type_oid: Oid, typmod: int) -> Expression:
        """A column default as an expression of no row."""

    async def evaluate_default(self, expression: str, type_oid: Oid, typmod: int) -> Datum:
        """The value of ``expression`` now, as the column's type."""
