"""COMPACT TABLE and PURGE TABLE: jobs of their own, outside the session's transaction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from kalampg import errors
from kalampg.auth import Action, check
from kalampg.commands.resolve import required_stored_table
from kalampg.commands.session_seam import CommandSession
from kalampg.engine.result import ExecutionResult
from kalampg.ids import UserId
from kalampg.jobs.job import Job, JobKind
from kalampg.jobs.upkeep_job import UpkeepParameters
from kalampg.relation import Datum, TableType
from kalampg.sql.statements import CompactTable, PurgeTable

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS_OF_A_YEAR: Final = 12


def compact_table(statement: CompactTable, session: CommandSession) -> ExecutionResult:
    """Merge whatever could be better; a table that is being compacted keeps its job."""
    check(session.role, Action.COMPACT)
    relation = required_stored_table(session.catalog, statement.table, session.search_path)
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
    before_us = time_before(session.clock.now_us(), statement.older_than)
    running = session.jobs.submit(
        JobKind.PURGE, relation, UpkeepParameters(before_us=before_us).json()
    )
    return ExecutionResult("PURGE TABLE", rows=[_row(running)])


def time_before(now_us: int, interval: tuple[int, int, int]) -> int:
    """``now - interval`` in UTC, as PostgreSQL counts: months first, then days, then the rest.

    Raises:
        DatetimeFieldOverflow: 22008, there is no such time.
    """
    months, days, microseconds = interval
    now = _EPOCH + timedelta(microseconds=now_us)
    count = now.year * _MONTHS_OF_A_YEAR + now.month - 1 - months
    year, month = divmod(count, _MONTHS_OF_A_YEAR)
    try:
        first = now.replace(year=year, month=month + 1, day=1)
        last_day = ((first + timedelta(days=31)).replace(day=1) - timedelta(days=1)).day
        moved = first.replace(day=min(now.day, last_day))
        then = moved - timedelta(days=days, microseconds=microseconds)
    except (ValueError, OverflowError) as failure:
        raise errors.DatetimeFieldOverflow("timestamp out of range") from failure
    return (then - _EPOCH) // timedelta(microseconds=1)


def _row(job: Job) -> tuple[Datum, ...]:
    return (job.job_id, job.table_name, job.status.value)
