"""EXPORT USER: what a user has in all tables, as a job."""

from __future__ import annotations

from kalampg import errors
from kalampg.auth import Action, check
from kalampg.catalog.storage_edit import required_storage
from kalampg.commands.session_seam import CommandSession
from kalampg.engine.result import ExecutionResult
from kalampg.jobs.job import JobKind
from kalampg.jobs.user_export import ExportParameters
from kalampg.sql.command_columns import columns_of
from kalampg.sql.role_statements import ExportUser


async def export_user(statement: ExportUser, session: CommandSession) -> ExecutionResult:
    """Also of a user of the application that has rows and no role of its own."""
    check(session.role, Action.EXPORT_USER)
    catalog, user_id = session.catalog, statement.user_id
    if catalog.role(user_id) is None and not session.tables_of_user(user_id):
        raise errors.UndefinedObject(f'role "{user_id}" does not exist')
    required_storage(catalog, statement.storage_id)
    parameters = ExportParameters(statement.storage_id, statement.path).json()
    job = session.jobs.submit_for_user(JobKind.USER_EXPORT, user_id, parameters)
    row = (job.job_id, job.user_id, job.status.value)
    return ExecutionResult("EXPORT USER", columns_of(statement), [row])
