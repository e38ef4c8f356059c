"""FLUSH TABLE, FLUSH ALL TABLES and KILL JOB.

A flush is a job of its own, outside the session's transaction: it moves what is committed, and
answers at once.
"""

from __future__ import annotations

from kalampg import errors
from kalampg.auth import Action, check
from kalampg.commands.resolve import required_table
from kalampg.commands.session_seam import CommandSession
from kalampg.engine.result import ExecutionResult
from kalampg.ids import JobId
from kalampg.jobs.job import Job
from kalampg.relation import Datum, TableType
from kalampg.sql.statements import FlushAllTables, FlushTable, KillJob


def flush_table(statement: FlushTable, session: CommandSession) -> ExecutionResult:
    check(session.role, Action.FLUSH)
    relation = required_table(session.catalog, statement.table, session.search_path)
    if relation.table_type is TableType.SYSTEM:
        raise errors.WrongObjectType(
            f'"{relation.name}" is not a user or shared table',
            detail="System relations are computed; there is nothing to flush.",
        )
    return ExecutionResult("FLUSH TABLE", rows=[_row(session.jobs.submit_flush(relation))])


def flush_all_tables(statement: FlushAllTables, session: CommandSession) -> ExecutionResult:
    """Every table, or those of one namespace; a table that is being flushed keeps its job."""
    check(session.role, Action.FLUSH)
    catalog = session.catalog
    name = statement.schema_name
    if name is not None and not catalog.has_schema(name):
        raise errors.InvalidSchemaName(f'schema "{name}" does not exist', schema=name)
    relations = sorted(
        (table for table in catalog.tables.values() if name in {None, table.schema_name}),
        key=lambda table: table.qualified_name,
    )
    jobs = [session.jobs.submit_flush(relation) for relation in relations]
    return ExecutionResult("FLUSH ALL TABLES", rows=[_row(job) for job in jobs])


def kill_job(statement: KillJob, session: CommandSession) -> ExecutionResult:
    """What is written stays written; what is not stays where it is."""
    check(session.role, Action.KILL_JOB)
    return ExecutionResult("KILL JOB", rows=[_row(session.jobs.cancel(JobId(statement.job_id)))])


def _row(job: Job) -> tuple[Datum, ...]:
    return (job.job_id, job.table_name, job.status.value)
