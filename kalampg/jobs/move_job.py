"""Move of one table's segments to where its users' rows go now, user by user.

Each user's segments are switched in one batch. A user's failure leaves that user's where they are
and goes on with the next; what may pass is tried again. A cancelled or closing job stops before the
next object; users that are done stay moved. The cursor is in the job's row, so that the next
process goes on there. What a flush or a compaction that was under way still puts where the rows
used to go is waited for, and met by another pass.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from itertools import count
from typing import Final, Protocol, TypeVar

import msgspec
import structlog

from kalampg.clock import Clock
from kalampg.errors import PgError
from kalampg.ids import TableId, UserId
from kalampg.jobs.job import Job, JobEvent
from kalampg.jobs.job_meter import in_meter
from kalampg.jobs.outcome import JobOutcome, SaveProgress, StopSignal
from kalampg.jobs.store_target import PlaceLookup
from kalampg.relation import Relation
from kalampg.storage import Scope, Store
from kalampg.storage.move import MoveResult, move_scope
from kalampg.storage.watches import ScopeWatch

T = TypeVar("T")
_LOG: Final = structlog.get_logger("kalampg.jobs.move")

USERS_PER_PAGE: Final = 256
# A pass that moves something is followed by another; flushes that race with all of them are few.
PASSES_MAX: Final = 5
# Between two looks at whether a flush that began before the move has ended.
_WAIT_S: Final = 0.05


class MoveParameters(msgspec.Struct, frozen=True):
    """The table's storage when the move was asked for; users may have others."""

    storage_id: str

    def json(self) -> str:
        return msgspec.json.encode(self).decode()


class MoveProgress(msgspec.Struct):
    """How far a job has come; the cursor is the last user of this pass that is done."""

    cursor: UserId | None = None
    passes: int = 0
    users: int = 0
    segments: int = 0
    rows: int = 0
    size_bytes: int = 0
    duration_ms: int = 0

    def add(self, moved: MoveResult) -> None:
        self.users += moved.segments > 0
        self.segments += moved.segments
        self.rows += moved.rows
        self.size_bytes += moved.size_bytes


class MoveTarget(Protocol):
    """What a move does to the store; the blocking parts run in worker threads."""

    async def users(
        self, relation: Relation, after: UserId | None, limit: int
    ) -> Sequence[tuple[UserId, frozenset[str]]]:
        """Users with segments and the storages of these, in key order, behind one."""

    def storage_of(self, relation: Relation, user_id: UserId) -> str:
        """Where the user's rows go now."""

    async def move_user(self, relation: Relation, user_id: UserId, stop: StopSignal) -> MoveResult:
        """Move the user's segments there."""

    def running(self, table_id: TableId) -> set[ScopeWatch]:
        """The flushes and compactions that may still write where rows went before."""

    async def wait_for(self, table_id: TableId, earlier: set[ScopeWatch], stop: StopSignal) -> None:
        """Wait until these have ended, or the job is to stop."""

    async def finish(self) -> None:
        """Delete what nobody reads any more."""


class MoveWork:
    """Runs the jobs that move tables; one instance serves all of them."""

    def __init__(
        self,
        target: MoveTarget,
        relation_of: Callable[[TableId], Relation | None],
        clock: Clock,
    ) -> None:
        self._target = target
        self._relation_of = relation_of
        self._clock = clock

    async def __call__(self, job: Job, stop: StopSignal, save: SaveProgress) -> JobOutcome:
        """Move the job's table. Database and I/O errors become part of the outcome."""
        progress = MoveProgress()
        if job.progress is not None:
            progress = msgspec.json.decode(job.progress, type=MoveProgress)
        started, earlier_ms = self._clock.monotonic_s(), progress.duration_ms

        def save_progress() -> None:
            spent_ms = round((self._clock.monotonic_s() - started) * 1000)
            progress.duration_ms = earlier_ms + spent_ms
            save(msgspec.json.encode(progress).decode())

        attempt = _Attempt(self._target, self._relation_of, job.table_id, progress, stop)
        earlier = self._target.running(job.table_id)
        await attempt.run_passes(save_progress)
        if earlier:
            await self._target.wait_for(job.table_id, earlier, stop)
            await attempt.run_passes(save_progress)
        await self._target.finish()
        if not stop.is_set:
            progress.cursor, progress.passes = None, 0  # for who retries
        save_progress()
        return _outcome(job, attempt, is_dropped=self._relation_of(job.table_id) is None)


class _Attempt:
    """One run over the users of a table, in passes."""

    def __init__(
        self,
        target: MoveTarget,
        relation_of: Callable[[TableId], Relation | None],
        table_id: TableId,
        progress: MoveProgress,
        stop: StopSignal,
    ) -> None:
        self._target = target
        self._relation_of = relation_of
        self._table_id = table_id
        self._stop = stop
        self.progress = progress
        self.failed: set[UserId] = set()
        self.first_error: str | None = None

    async def run_passes(self, save_progress: Callable[[], None]) -> None:
        """Look at all users until nothing is left to do."""
        self.progress.passes = 0
        while await self.run_pass(save_progress) and self.progress.passes < PASSES_MAX:
            pass

    async def run_pass(self, save_progress: Callable[[], None]) -> bool:
        """Look at all users behind the cursor; whether there may be more to do."""
        progress = self.progress
        segments_before = progress.segments
        is_whole = progress.cursor is None
        while (relation := self._relation_of(self._table_id)) is not None:
            page = await self._target.users(relation, progress.cursor, USERS_PER_PAGE)
            if not page:
                break
            for user_id, storages in page:
                relation = self._relation_of(self._table_id)
                if relation is None or self._stop.is_set:
                    return False
                if await self._move(relation, user_id, storages):
                    save_progress()
        progress.cursor = None
        progress.passes += 1
        return relation is not None and (progress.segments > segments_before or not is_whole)

    async def _move(self, relation: Relation, user_id: UserId, storages: frozenset[str]) -> bool:
        """Move a user's segments if need be; whether the progress is worth keeping."""
        if user_id in self.failed:
            self.progress.cursor = user_id
            return False
        moved = MoveResult()
        try:
            is_in_place = storages == {self._target.storage_of(relation, user_id)}
            if not is_in_place:
                moved = await self._target.move_user(relation, user_id, self._stop)
        except (PgError, OSError) as failure:
            if isinstance(failure, PgError) and failure.severity == "PANIC":
                raise
            _LOG.warning(
                "a user's segments were not moved",
                table=relation.qualified_name,
                user=user_id,
                error=str(failure),
            )
            self.failed.add(user_id)
            self.first_error = self.first_error or str(failure)
        if self._stop.is_set and not moved.segments:
            return False  # perhaps in the middle of this user's objects
        self.progress.cursor = user_id
        self.progress.add(moved)
        return moved.segments > 0


class StoreMoveTarget:
    """Moves scopes of a store; what blocks runs in ``executor``."""

    def __init__(self, store: Store, executor: Executor, place_of: PlaceLookup) -> None:
        self._store = store
        self._executor = executor
        self._place_of = place_of

    async def users(
        self, relation: Relation, after: UserId | None, limit: int
    ) -> Sequence[tuple[UserId, frozenset[str]]]:
        with self._store.snapshot() as snapshot:

            def work() -> list[tuple[UserId, frozenset[str]]]:
                scopes = snapshot.cold_scopes(relation.table_id, after=after, limit=limit)
                return [
                    (
                        scope.user_id,
                        frozenset(one.storage_id for one in snapshot.manifest(scope).segments),
                    )
                    for scope in scopes
                ]

            return await self._in_worker(work)

    def storage_of(self, relation: Relation, user_id: UserId) -> str:
        return self._place_of(relation, user_id).storage_id

    async def move_user(self, relation: Relation, user_id: UserId, stop: StopSignal) -> MoveResult:
        return await move_scope(
            self._store,
            Scope(relation.table_id, user_id),
            self._place_of(relation, user_id),
            in_worker=self._in_worker,
            is_stopped=lambda: stop.is_set,
        )

    def running(self, table_id: TableId) -> set[ScopeWatch]:
        return self._store.watches.of_table(table_id)

    async def wait_for(self, table_id: TableId, earlier: set[ScopeWatch], stop: StopSignal) -> None:
        for _ in count():
            if stop.is_set or not earlier & self._store.watches.of_table(table_id):
                return
            await asyncio.sleep(_WAIT_S)

    async def finish(self) -> None:
        await self._in_worker(self._store.remove_garbage)

    def _in_worker(self, work: Callable[[], T], /) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._executor, in_meter(work))


def _outcome(job: Job, attempt: _Attempt, *, is_dropped: bool) -> JobOutcome:
    progress, failures = attempt.progress, len(attempt.failed)
    result = msgspec.json.encode(
        {
            "users_count": progress.users,
            "segments_moved": progress.segments,
            "rows": progress.rows,
            "bytes": progress.size_bytes,
            "duration_ms": progress.duration_ms,
            "users_failed": failures,
        }
    ).decode()
    if is_dropped:
        return JobOutcome(JobEvent.SKIP, result, "the table was dropped meanwhile")
    if failures:
        error = f"{failures} user(s) were not moved: {attempt.first_error}"
        is_last = job.retry_count >= job.max_retries
        return JobOutcome(JobEvent.FAIL if is_last else JobEvent.RETRY, result, error=error)
    message = (
        f"Moved {job.table_name} ({progress.users} users, {progress.segments} segments,"
        f" {progress.size_bytes} bytes)"
    )
    return JobOutcome(JobEvent.COMPLETE, result, message)
