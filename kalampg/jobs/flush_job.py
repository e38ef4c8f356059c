"""Flush of one table: user by user, in batches, so that memory does not grow with the users.

A user's failure leaves that user's rows hot and goes on with the next. What may pass is tried again
for the users that failed; when a whole storage is away the job stops asking and waits. A cancelled
or closing job stops at the next user or segment; what is written stays written. Its progress is in
its row after every batch, so that the next process goes on there.
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
from kalampg.jobs.job import Job, JobEvent
from kalampg.jobs.outcome import JobOutcome, SaveProgress, StopSignal, may_pass
from kalampg.relation import Relation

USERS_PER_BATCH: Final = 1_000
# So many users' failures in a row are the storage's: the job stops asking.
FAILURES_IN_A_ROW_MAX: Final = 100
# Users tried again by the same job; the others wait for the table's next flush.
FAILED_USERS_MAX: Final = 1_000

_LOG: Final = structlog.get_logger("kalampg.jobs.flush")


@dataclass(frozen=True, slots=True)
class FlushedScope:
    """The segments that one user's rows went to."""

    segments: int
    rows: int
    size_bytes: int


class FlushTarget(Protocol):
    """What a flush does to the store; the blocking parts run in worker threads."""

    async def users(self, relation: Relation, after: UserId | None, limit: int) -> Sequence[UserId]:
        """Users with hot rows, in key order, behind one; an empty id for a shared table."""

    async def flush_user(
        self, relation: Relation, user_id: UserId, stop: StopSignal
    ) -> FlushedScope:
        """Move the user's live hot rows to segments; no segments when there were none."""

    async def finish(self, relation: Relation) -> None:
        """Clean up after rows of the table were moved."""


class FlushProgress(msgspec.Struct):
    """How far a job has come; the cursor is the last user of the batches that are done."""

    cursor: UserId | None = None
    is_listed: bool = False
    users: int = 0
    rows: int = 0
    segments: int = 0
    size_bytes: int = 0
    duration_ms: int = 0
    failed: list[UserId] = []
    stuck_users: int = 0
    first_error: str | None = None

    def add(self, flushed: FlushedScope) -> None:
        self.rows += flushed.rows
        self.size_bytes += flushed.size_bytes
        self.segments += flushed.segments
        self.users += flushed.segments > 0


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(FlushProgress)


class FlushWork:
    """Runs flush jobs; one instance serves all of them."""

    def __init__(
        self,
        target: FlushTarget,
        relation_of: Callable[[TableId], Relation | None],
        clock: Clock,
        *,
        users_per_batch: int = USERS_PER_BATCH,
    ) -> None:
        self._target = target
        self._relation_of = relation_of
        self._clock = clock
        self._users_per_batch = users_per_batch

    async def __call__(self, job: Job, stop: StopSignal, save: SaveProgress) -> JobOutcome:
        """Flush the job's table. Database and I/O errors become part of the outcome."""
        if self._relation_of(job.table_id) is None:
            return JobOutcome(JobEvent.SKIP, message="the table does not exist any more")
        progress = FlushProgress() if job.progress is None else _DECODER.decode(job.progress)
        attempt = _Attempt(self._target, self._relation_of, job.table_id, progress, stop)
        started, earlier_ms = self._clock.monotonic_s(), progress.duration_ms

        def save_progress() -> None:
            spent_ms = round((self._clock.monotonic_s() - started) * 1000)
            progress.duration_ms = earlier_ms + spent_ms
            save(_ENCODER.encode(progress).decode())

        if progress.is_listed:
            await attempt.flush_failed_again()
        else:
            await attempt.flush_all(self._users_per_batch, save_progress)
        relation = self._relation_of(job.table_id)
        if relation is not None and progress.segments:
            await self._target.finish(relation)
        save_progress()
        return _outcome(job, attempt, is_dropped=relation is None)


class _Attempt:
    """One run over the users of a table."""

    def __init__(
        self,
        target: FlushTarget,
        relation_of: Callable[[TableId], Relation | None],
        table_id: TableId,
        progress: FlushProgress,
        stop: StopSignal,
    ) -> None:
        self._target = target
        self._relation_of = relation_of
        self._table_id = table_id
        self._stop = stop
        self._failures_in_a_row = 0
        self.progress = progress

    @property
    def is_given_up(self) -> bool:
        return self._failures_in_a_row >= FAILURES_IN_A_ROW_MAX

    async def flush_all(self, users_per_batch: int, save_progress: Callable[[], None]) -> None:
        progress = self.progress
        while (relation := self._relation_of(self._table_id)) is not None:
            batch = await self._target.users(relation, progress.cursor, users_per_batch)
            if not batch:
                progress.is_listed = True
                return
            failed_before = list(progress.failed)
            done = await self._flush(batch)
            if self.is_given_up:
                progress.failed = failed_before  # the whole batch is tried again
                return
            if done is not None:
                progress.cursor = done
            if done != batch[-1]:
                return
            save_progress()

    async def flush_failed_again(self) -> None:
        again, self.progress.failed = self.progress.failed, []
        if not again:
            return  # interrupted when everything was done
        done = await self._flush(again)
        if self.is_given_up:
            self.progress.failed = again
        elif done != again[-1]:
            self.progress.failed += again[0 if done is None else again.index(done) + 1 :]

    async def _flush(self, users: Sequence[UserId]) -> UserId | None:
        """Flush users until the job is to stop; the last one that was done."""
        done = None
        for user_id in users:
            # Looked up for each user: the table may be altered or dropped while the job runs.
            relation = self._relation_of(self._table_id)
            if relation is None or self._stop.is_set or self.is_given_up:
                break
            await self._flush_user(relation, user_id)
            if self._stop.is_set:
                break  # perhaps in the middle of this user's rows
            done = user_id
        return done

    async def _flush_user(self, relation: Relation, user_id: UserId) -> None:
        try:
            flushed = await self._target.flush_user(relation, user_id, self._stop)
        except (PgError, OSError) as failure:
            if isinstance(failure, PgError) and failure.severity == "PANIC":
                raise
            _LOG.warning(
                "flush of a user failed",
                table=relation.qualified_name,
                user=user_id,
                error=str(failure),
            )
            self._note_failure(user_id, failure)
        else:
            self._failures_in_a_row = 0
            self.progress.add(flushed)

    def _note_failure(self, user_id: UserId, failure: Exception) -> None:
        progress = self.progress
        progress.first_error = progress.first_error or str(failure)
        is_passing = may_pass(failure)
        if is_passing:
            self._failures_in_a_row += 1
        if is_passing and len(progress.failed) < FAILED_USERS_MAX:
            progress.failed.append(user_id)
        else:
            progress.stuck_users += 1


def _outcome(job: Job, attempt: _Attempt, *, is_dropped: bool) -> JobOutcome:
    progress = attempt.progress
    failures = len(progress.failed) + progress.stuck_users
    result = _ENCODER.encode(
        {
            "rows_flushed": progress.rows,
            "users_count": progress.users,
            "parquet_files_count": progress.segments,
            "bytes": progress.size_bytes,
            "duration_ms": progress.duration_ms,
            "users_failed": failures,
        }
    ).decode()
    message = (
        f"Flushed {job.table_name} successfully ({progress.rows} rows, {progress.segments} files)"
    )
    if is_dropped:
        return JobOutcome(JobEvent.SKIP, result, "the table was dropped while it was flushed")
    if (progress.failed or attempt.is_given_up) and job.retry_count < job.max_retries:
        return JobOutcome(JobEvent.RETRY, result, error=f"First error: {progress.first_error}")
    if attempt.is_given_up:
        error = f"Flush stopped, too many users in a row failed: {progress.first_error}"
        return JobOutcome(JobEvent.FAIL, result, error=error)
    if not failures:
        return JobOutcome(JobEvent.COMPLETE, result, message)
    if progress.users == 0:
        error = f"Flush failed for all users: {progress.first_error}"
        return JobOutcome(JobEvent.FAIL, result, error=error)
    return JobOutcome(
        JobEvent.COMPLETE,
        result,
        f"{message}; {failures} user(s) failed and stay hot",
        f"First error: {progress.first_error}",
    )
