"""Flush of one table: user by user, so that memory does not grow with the number of users.

A user's failure leaves that user's rows hot and goes on with the next. A cancelled or closing job
stops at the next user; what is written stays written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec
import structlog

from kalampg.clock import Clock
from kalampg.errors import PgError
from kalampg.ids import TableId, UserId
from kalampg.jobs.job import Job, JobEvent
from kalampg.jobs.outcome import JobOutcome, StopSignal
from kalampg.relation import Relation

_LOG: Final = structlog.get_logger("kalampg.jobs.flush")


@dataclass(frozen=True, slots=True)
class FlushedScope:
    """The segments that one user's rows went to."""

    segments: int
    rows: int
    size_bytes: int


class FlushTarget(Protocol):
    """What a flush does to the store; the blocking parts run in worker threads."""

    async def users(self, relation: Relation) -> Sequence[UserId]:
        """Users with hot rows, in key order; one empty id for a shared table."""

    async def flush_user(self, relation: Relation, user_id: UserId) -> FlushedScope:
        """Move the user's live hot rows to segments; no segments when there were none."""

    async def finish(self, relation: Relation) -> None:
        """Clean up after rows of the table were moved."""


@dataclass(slots=True)
class _Progress:
    rows: int = 0
    size_bytes: int = 0
    users: int = 0
    segments: int = 0
    failures: list[str] = field(default_factory=list)

    def add(self, flushed: FlushedScope) -> None:
        self.rows += flushed.rows
        self.size_bytes += flushed.size_bytes
        self.segments += flushed.segments
        self.users += flushed.segments > 0


class FlushWork:
    """Runs flush jobs; one instance serves all of them."""

    def __init__(
        self,
        target: FlushTarget,
        relation_of: Callable[[TableId], Relation | None],
        clock: Clock,
    ) -> None:
        self._target = target
        self._relation_of = relation_of
        self._clock = clock

    async def __call__(self, job: Job, stop: StopSignal) -> JobOutcome:
        """Flush the job's table. Database and I/O errors become part of the outcome."""
        started = self._clock.monotonic_s()
        relation = self._relation_of(job.table_id)
        if relation is None:
            return JobOutcome(JobEvent.SKIP, message="the table does not exist any more")
        progress = _Progress()
        for user_id in await self._target.users(relation):
            if stop.is_set:
                break
            # Looked up for each user: the table may be altered or dropped while the job runs.
            relation = self._relation_of(job.table_id)
            if relation is None:
                break
            await self._flush_user(relation, user_id, progress)
        if relation is not None and progress.segments:
            await self._target.finish(relation)
        duration_ms = round((self._clock.monotonic_s() - started) * 1000)
        return _outcome(job, progress, duration_ms, is_dropped=relation is None)

    async def _flush_user(self, relation: Relation, user_id: UserId, progress: _Progress) -> None:
        try:
            flushed = await self._target.flush_user(relation, user_id)
        except (PgError, OSError) as failure:
            if isinstance(failure, PgError) and failure.severity == "PANIC":
                raise
            _LOG.warning(
                "flush of a user failed",
                table=relation.qualified_name,
                user=user_id,
                error=str(failure),
            )
            progress.failures.append(str(failure))
        else:
            progress.add(flushed)


def _outcome(job: Job, progress: _Progress, duration_ms: int, *, is_dropped: bool) -> JobOutcome:
    result = msgspec.json.encode(
        {
            "rows_flushed": progress.rows,
            "users_count": progress.users,
            "parquet_files_count": progress.segments,
            "bytes": progress.size_bytes,
            "duration_ms": duration_ms,
            "users_failed": len(progress.failures),
        }
    ).decode()
    message = (
        f"Flushed {job.table_name} successfully ({progress.rows} rows, {progress.segments} files)"
    )
    if is_dropped:
        return JobOutcome(JobEvent.SKIP, result, "the table was dropped while it was flushed")
    if not progress.failures:
        return JobOutcome(JobEvent.COMPLETE, result, message)
    first = progress.failures[0]
    if progress.users == 0:
        event = JobEvent.RETRY if job.retry_count < job.max_retries else JobEvent.FAIL
        return JobOutcome(event, result, error=f"Flush failed for all users: {first}")
    return JobOutcome(
        JobEvent.COMPLETE,
        result,
        f"{message}; {len(progress.failures)} user(s) failed and stay hot",
        f"First error: {first}",
    )
