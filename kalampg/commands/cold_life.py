"""COMPACT TABLE and PURGE TABLE: jobs of their own, outside the session's transaction."""

from __future__ import annotations

from kalampg import errors
from kalampg.auth import Action, check
from kalampg.commands.resolve import refuse_temporary, required_stored_table
from kalampg.commands.session_seam import CommandSession
from kalampg.engine.result import ExecutionResult
from kalampg.ids import UserId
from kalampg.jobs.age import time_before
from kalampg.jobs.job import Job, JobKind
from kalampg.jobs.upkeep_job import UpkeepParameters
from kalampg.relation import Datum, Relation, TableType
from kalampg.sql.statements import CompactTable, PurgeTable


def compact_table(statement: CompactTable, session: CommandSession) -> ExecutionResult:
    """Merge whatever could be better; a table that is being compacted keeps its job."""
    check(session.role, Action.COMPACT)
    relation = required_stored_table(session.catalog, statement.table, session.search_path)
    refuse_temporary(relation)
    if statement.user_id is not None and relation.table_type is TableType.SHARED:
        raise errors.WrongObjectType(
            f'"{relation.name}" is a shared table',
            detail="Its rows belong to no user.",
            hint="Leave out FOR USER.",
        )
    user_id = None if statement.user_id is None else UserId(statement.user_id)
    parameters = UpkeepParameters(user_id=user_id).json()
    job = session.jobs.submit(JobKind.COMPACTION, relation, parameters)
    return ExecutionResult("COMPACT TABLE", rows=[_row(job)])


def purge_table(statement: PurgeTable, session: CommandSession) -> ExecutionResult:
    """Remove rows for good, of every user, that were last changed before a time."""
    check(session.role, Action.PURGE)
    relation = required_stored_table(session.catalog, statement.table, session.search_path)
    refuse_temporary(relation)
    check_purgeable(relation)
    before_us = time_before(session.clock.now_us(), statement.older_than)
    running = session.jobs.submit(
        JobKind.PURGE, relation, UpkeepParameters(before_us=before_us).json()
    )
    return ExecutionResult("PURGE TABLE", rows=[_row(running)])


def check_purgeable(relation: Relation) -> None:
    """Raise FeatureNotSupported (0A000) for a table whose rows others may refer to."""
    if relation.referenced_by:
        raise errors.FeatureNotSupported(
            "cannot purge a table referenced in a foreign key constraint",
            hint="Delete the rows with DELETE, which looks at the referring ones.",
        )


def _row(job: Job) -> tuple[Datum, ...]:
    return (job.job_id, job.table_name, job.status.value)
