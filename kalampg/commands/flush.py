"""FLUSH TABLE, FLUSH ALL TABLES, KILL JOB, RETRY JOB and SHOW JOBS.

A flush is a job of its own, outside the session's transaction: it moves what is committed, and
answers at once.
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from kalampg import errors
from kalampg.auth import Action, check
from kalampg.commands.resolve import required_flushable
from kalampg.commands.session_seam import CommandSession
from kalampg.engine.result import ExecutionResult
from kalampg.ids import JobId
from kalampg.jobs.job import Job
from kalampg.relation import Datum
from kalampg.sql.statements import FlushAllTables, FlushTable, KillJob, RetryJob, ShowJobs

# SHOW JOBS is for people: a screen or two, made at once.
SHOWN_JOBS_MAX: Final = 1_000


def flush_table(statement: FlushTable, session: CommandSession) -> ExecutionResult:
    check(session.role, Action.FLUSH)
    relation = required_flushable(session.catalog, statement.table, session.search_path)
    return ExecutionResult("FLUSH TABLE", rows=[_row(session.jobs.submit_flush(relation))])


def flush_all_tables(statement: FlushAllTables, session: CommandSession) -> ExecutionResult:
    """Every table, or those of one namespace; a table that is being flushed keeps its job."""
    check(session.role, Action.FLUSH)
    catalog = session.catalog
    name = statement.schema_name
    if name is not None and not catalog.has_schema(name):
        raise errors.InvalidSchemaName(f'schema "{name}" does not exist', schema=name)
    tables = (table for table in catalog.tables.values() if not table.is_temporary)
    relations = sorted(
        (table for table in tables if name in {None, table.schema_name}),
        key=lambda table: table.qualified_name,
    )
    jobs = [session.jobs.submit_flush(relation) for relation in relations]
    return ExecutionResult("FLUSH ALL TABLES", rows=[_row(job) for job in jobs])


def kill_job(statement: KillJob, session: CommandSession) -> ExecutionResult:
    """What is written stays written; what is not stays where it is."""
    check(session.role, Action.KILL_JOB)
    return ExecutionResult("KILL JOB", rows=[_row(session.jobs.cancel(JobId(statement.job_id)))])


def retry_job(statement: RetryJob, session: CommandSession) -> ExecutionResult:
    """A dead letter is tried again under its old id."""
    check(session.role, Action.RETRY_JOB)
    return ExecutionResult("RETRY JOB", rows=[_row(session.jobs.retry(JobId(statement.job_id)))])


def show_jobs(_statement: ShowJobs, session: CommandSession) -> ExecutionResult:
    """The newest jobs first; ``system.jobs`` has all, and more columns."""
    check(session.role, Action.READ_SYSTEM)
    return ExecutionResult(
        "SHOW",
        rows=[
            (
                job.job_id,
                job.kind.value,
                job.table_name or None,
                job.status.value,
                job.message,
                job.error,
                job.created_at_us,
                job.started_at_us,
                job.finished_at_us,
            )
            for job in islice(reversed(session.jobs.jobs()), SHOWN_JOBS_MAX)
        ],
    )


def _row(job: Job) -> tuple[Datum, ...]:
    return (job.job_id, job.table_name or None, job.status.value)
