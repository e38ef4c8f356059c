"""BACKUP DATABASE, RESTORE DATABASE and SHOW BACKUPS: jobs, outside the session's transaction."""

from __future__ import annotations

from kalampg import errors
from kalampg.auth import Action, check
from kalampg.catalog.storage_edit import required_storage
from kalampg.commands.session_seam import CommandSession
from kalampg.engine.result import ExecutionResult
from kalampg.jobs.backup_job import BackupParameters
from kalampg.jobs.job import JobKind
from kalampg.jobs.restore_job import RestoreParameters
from kalampg.relation import Datum
from kalampg.sql.backup_statements import BackupDatabase, RestoreDatabase, ShowBackups
from kalampg.sql.command_columns import columns_of


def backup_database(statement: BackupDatabase, session: CommandSession) -> ExecutionResult:
    """What is committed now, and perhaps a little more."""
    check(session.role, Action.BACKUP)
    storage = required_storage(session.catalog, statement.storage_id)
    if storage.is_local:
        raise errors.InvalidParameterValue(
            "a backup in storage 'local' would be lost with the data directory",
            hint="CREATE STORAGE names another place.",
        )
    parameters = BackupParameters(statement.storage_id, statement.path).json()
    return _started(session, "BACKUP DATABASE", JobKind.BACKUP, parameters)


async def restore_database(statement: RestoreDatabase, session: CommandSession) -> ExecutionResult:
    """Into a directory that another server can then open."""
    check(session.role, Action.BACKUP)
    required_storage(session.catalog, statement.storage_id)
    directory = await session.storages.restore_directory(statement.directory)
    parameters = RestoreParameters(
        statement.storage_id, statement.path, statement.backup_id, directory
    ).json()
    started = _started(session, "RESTORE DATABASE", JobKind.RESTORE, parameters)
    return ExecutionResult(started.tag, columns_of(statement), started.rows)


async def show_backups(statement: ShowBackups, session: CommandSession) -> ExecutionResult:
    """The newest first; a place that cannot be read has a row that says why."""
    check(session.role, Action.BACKUP)
    if statement.storage_id is not None:
        required_storage(session.catalog, statement.storage_id)
        rows = await _rows_of(session, statement.storage_id, statement.path)
        return ExecutionResult("SHOW", columns_of(statement), [*rows])
    rows = []
    for storage_id, path in session.storages.backup_places():
        try:
            rows += await _rows_of(session, storage_id, path)
        except errors.PgError as failure:
            unknown: list[Datum] = [None] * (len(columns_of(statement)) - 2)
            rows.append((f"{storage_id}:{path}", *unknown, str(failure)))
    return ExecutionResult("SHOW", columns_of(statement), [*rows])


async def _rows_of(session: CommandSession, storage_id: str, path: str) -> list[tuple[Datum, ...]]:
    return [
        (
            f"{storage_id}:{path}",
            backup.backup_id,
            backup.created_at_us,
            backup.finished_at_us,
            backup.segments,
            backup.bytes,
            backup.new_bytes,
            backup.needs_key,
            backup.server_version,
            None,
        )
        for backup in reversed(await session.storages.backups(storage_id, path))
    ]


def _started(session: CommandSession, tag: str, kind: JobKind, parameters: str) -> ExecutionResult:
    """Start a job, or answer with the one that does the same.

    Raises:
        ObjectInUse: 55006, one of the same kind does something else.
    """
    job = session.jobs.submit_for_server(kind, parameters)
    if job.parameters != parameters:
        raise errors.ObjectInUse(
            f"job {job.job_id} has not ended",
            detail=f"There is one {kind.value} at a time.",
            hint="Wait for it, or stop it with KILL JOB.",
        )
    return ExecutionResult(tag, rows=[(job.job_id, job.status.value)])
