"""Upkeep of one table, user by user: compaction, retention of deleted rows, purge.

A user's failure leaves that user's rows as they are and goes on with the next; what may pass is
tried again. A cancelled or closing job stops at the next user, or sooner; what is done stays done.
All of it can be repeated without harm, so that a job that was interrupted begins again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec
import structlog

from kalampg.clock import Clock
from kalampg.errors import PgError
from kalampg.ids import TableId, UserId
from kalampg.jobs.job import Job, JobEvent, JobKind
from kalampg.jobs.outcome import JobOutcome, SaveProgress, StopSignal, may_pass
from kalampg.relation import Relation

_LOG: Final = structlog.get_logger("kalampg.jobs.upkeep")
_DONE: Final = {
    JobKind.COMPACTION: "Compacted",
    JobKind.RETENTION: "Removed deleted rows of",
    JobKind.PURGE: "Purged",
}


class UpkeepParameters(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a job's row says of what is to be done.

    ``trigger`` says why, unless somebody asked for it: then everything is done that can be.
    """

    user_id: UserId | None = None
    before_us: int | None = None
    trigger: str | None = None

    def json(self) -> str:
        return msgspec.json.encode(self).decode()


@dataclass(frozen=True, slots=True)
class UpkeepResult:
    """What was done for one user."""

    segments_before: int = 0
    segments_after: int = 0
    rows_removed: int = 0
    size_bytes: int = 0

    @property
    def is_nothing(self) -> bool:
        return not (self.segments_before or self.rows_removed)


class UpkeepTarget(Protocol):
    """What upkeep of one kind does to the store; the blocking parts run in worker threads."""

    async def users(self, relation: Relation, parameters: UpkeepParameters) -> Sequence[UserId]:
        """Users that may have something to do, in key order; an empty id for a shared table."""

    async def work(
        self, relation: Relation, user_id: UserId, parameters: UpkeepParameters, stop: StopSignal
    ) -> UpkeepResult:
        """Do what is to be done for one user."""

    async def finish(self, relation: Relation) -> None:
        """Clean up after something was done."""


class _Totals(msgspec.Struct):
    """What was done in all attempts, and what failed in this one."""

    users: int = 0
    segments_before: int = 0
    segments_after: int = 0
    rows_removed: int = 0
    size_bytes: int = 0
    users_failed: int = 0
    first_error: str | None = None
    may_pass: bool = False

    def add(self, result: UpkeepResult) -> None:
        self.users += not result.is_nothing
        self.segments_before += result.segments_before
        self.segments_after += result.segments_after
        self.rows_removed += result.rows_removed
        self.size_bytes += result.size_bytes


class UpkeepWork:
    """Runs the jobs of one kind; one instance serves all of them."""

    def __init__(
        self,
        target: UpkeepTarget,
        relation_of: Callable[[TableId], Relation | None],
        clock: Clock,
    ) -> None:
        self._target = target
        self._relation_of = relation_of
        self._clock = clock

    async def __call__(self, job: Job, stop: StopSignal, save: SaveProgress) -> JobOutcome:
        """Keep up the job's table. Database and I/O errors become part of the outcome."""
        started = self._clock.monotonic_s()
        relation = self._relation_of(job.table_id)
        if relation is None:
            return JobOutcome(JobEvent.SKIP, message="the table does not exist any more")
        parameters = msgspec.json.decode(job.parameters, type=UpkeepParameters)
        users = (
            await self._target.users(relation, parameters)
            if parameters.user_id is None
            else [parameters.user_id]
        )
        totals = _totals_before(job)
        for user_id in users:
            # Looked up for each user: the table may be altered or dropped while the job runs.
            relation = self._relation_of(job.table_id)
            if relation is None or stop.is_set:
                break
            await self._work(relation, user_id, parameters, stop, totals)
        if relation is not None and totals.users:
            await self._target.finish(relation)
        save(msgspec.json.encode(totals).decode())
        duration_ms = round((self._clock.monotonic_s() - started) * 1000)
        return _outcome(job, totals, duration_ms, is_dropped=relation is None)

    async def _work(
        self,
        relation: Relation,
        user_id: UserId,
        parameters: UpkeepParameters,
        stop: StopSignal,
        totals: _Totals,
    ) -> None:
        try:
            totals.add(await self._target.work(relation, user_id, parameters, stop))
        except (PgError, OSError) as failure:
            if isinstance(failure, PgError) and failure.severity == "PANIC":
                raise
            _LOG.warning(
                "upkeep of a user failed",
                table=relation.qualified_name,
                user=user_id,
                error=str(failure),
            )
            totals.users_failed += 1
            totals.first_error = totals.first_error or str(failure)
            totals.may_pass |= may_pass(failure)


def _totals_before(job: Job) -> _Totals:
    if job.progress is None:
        return _Totals()
    totals = msgspec.json.decode(job.progress, type=_Totals)
    totals.users_failed, totals.first_error, totals.may_pass = 0, None, False
    return totals


def _outcome(job: Job, totals: _Totals, duration_ms: int, *, is_dropped: bool) -> JobOutcome:
    result = msgspec.json.encode(
        {
            "users_count": totals.users,
            "segments_before": totals.segments_before,
            "segments_after": totals.segments_after,
            "rows_removed": totals.rows_removed,
            "bytes": totals.size_bytes,
            "duration_ms": duration_ms,
            "users_failed": totals.users_failed,
        }
    ).decode()
    if is_dropped:
        return JobOutcome(JobEvent.SKIP, result, "the table was dropped meanwhile")
    message = (
        f"{_DONE[job.kind]} {job.table_name} ({totals.users} users, {totals.rows_removed} rows"
        f" removed, {totals.segments_before} segments became {totals.segments_after})"
    )
    if not totals.users_failed:
        return JobOutcome(JobEvent.COMPLETE, result, message)
    error = f"{totals.users_failed} user(s) failed: {totals.first_error}"
    if totals.may_pass and job.retry_count < job.max_retries:
        return JobOutcome(JobEvent.RETRY, result, error=error)
    if totals.users:
        return JobOutcome(JobEvent.COMPLETE, result, message, error)
    return JobOutcome(JobEvent.FAIL, result, error=error)
