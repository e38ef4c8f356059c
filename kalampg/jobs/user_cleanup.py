"""Removal of a dropped user: its rows, segments and objects, of all tables and in all storages.

The user's name is taken until that is done (``catalog.departure_edit``), and no transaction from
before the drop can write its rows any more: what is gone stays gone. All of it can be repeated, and
an interrupted job goes on. What a table had is written down before it goes, so that the report is
whole whatever happens in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import Executor
from functools import partial
from typing import Final, TypeAlias, TypeVar

import msgspec

from kalampg import errors
from kalampg.catalog import Catalog, CatalogEdit, Departure
from kalampg.catalog.departure_edit import end_departure
from kalampg.clock import Clock
from kalampg.ids import UserId
from kalampg.jobs.forget_user import forget_user
from kalampg.jobs.job import Job, JobEvent
from kalampg.jobs.job_meter import in_meter
from kalampg.jobs.job_store import JobStore
from kalampg.jobs.outcome import JobOutcome, SaveProgress, StopSignal
from kalampg.relation import Relation, TableType
from kalampg.storage import Scope, Snapshot, Store, WriteBatch
from kalampg.storage.rows import decode_header
from kalampg.storage.segment_files import ObjectName, object_of

T = TypeVar("T")

# Objects wait for the snapshots that still read them; the job for so long for the objects.
OBJECT_WAITS: Final = 20
_OBJECT_WAIT_S: Final = 0.5


# ``Executor.change_catalog``.
ChangeCatalog: TypeAlias = Callable[[Callable[[Catalog], CatalogEdit]], Awaitable[None]]


class RemovedRows(msgspec.Struct):
    """What a table had of the user."""

    table: str
    rows: int
    deleted_rows: int
    segments: int
    bytes: int


class CleanupProgress(msgspec.Struct):
    """What is, or is about to be, removed; ``objects`` are those whose deletion is not seen yet."""

    tables: dict[int, RemovedRows] = {}
    objects: list[tuple[str, str]] = []
    duration_ms: int = 0


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(CleanupProgress)


class UserCleanupWork:
    """Runs the jobs that remove users; one instance serves all of them."""

    def __init__(
        self,
        store: Store,
        executor: Executor,
        jobs: JobStore,
        *,
        catalog: Callable[[], Catalog],
        change_catalog: ChangeCatalog,
        clock: Clock,
    ) -> None:
        self._store = store
        self._executor = executor
        self._jobs = jobs
        self._catalog = catalog
        self._change_catalog = change_catalog
        self._clock = clock

    async def __call__(self, job: Job, stop: StopSignal, save: SaveProgress) -> JobOutcome:
        """Remove the job's user. Database and I/O errors become part of the outcome."""
        started = self._clock.monotonic_s()
        progress = CleanupProgress() if job.progress is None else _DECODER.decode(job.progress)
        earlier_ms = progress.duration_ms

        def save_progress() -> None:
            spent_ms = round((self._clock.monotonic_s() - started) * 1000)
            progress.duration_ms = earlier_ms + spent_ms
            save(_ENCODER.encode(progress).decode())

        departure = self._catalog().departures.get(job.user_id)
        try:
            if departure is not None and departure.job_id == job.job_id:
                await self._remove(job.user_id, progress, stop, save_progress)
                if stop.is_set:
                    return JobOutcome(JobEvent.FAIL, error="the removal was stopped")
                await self._finish(departure)
        except (errors.PgError, OSError) as failure:
            if isinstance(failure, errors.PgError) and failure.severity == "PANIC":
                raise
            is_last = job.retry_count >= job.max_retries
            return JobOutcome(JobEvent.FAIL if is_last else JobEvent.RETRY, error=str(failure))
        save_progress()
        return _outcome(job, progress)

    async def _remove(
        self,
        user_id: UserId,
        progress: CleanupProgress,
        stop: StopSignal,
        save_progress: Callable[[], None],
    ) -> None:
        for relation in sorted(self._catalog().tables.values(), key=lambda table: table.table_id):
            if stop.is_set:
                return
            if relation.table_type is TableType.USER:
                await self._remove_scope(relation, user_id, progress, save_progress)
        await self._wait_for_objects(progress, stop)

    async def _remove_scope(
        self,
        relation: Relation,
        user_id: UserId,
        progress: CleanupProgress,
        save_progress: Callable[[], None],
    ) -> None:
        scope = Scope(relation.table_id, user_id)
        with self._store.snapshot() as snapshot:
            if not snapshot.has_scope(scope):
                return
            found = await self._in_worker(partial(_count, snapshot, relation, scope))
        names = [object_of(segment) for segment in self._store.manifest(scope).segments]
        progress.tables[relation.table_id] = found
        progress.objects += [(name.storage_id, name.path) for name in names]
        save_progress()
        self._store.reach("cleanup-before-scope")
        batch = WriteBatch()
        batch.drop_scope(scope)
        self._store.commit(batch)
        self._store.reach("cleanup-after-scope")
        # Until the rows' files are written anew, the disk still has what was deleted.
        await self._in_worker(lambda: self._store.compact_rows(relation.table_id))

    async def _wait_for_objects(self, progress: CleanupProgress, stop: StopSignal) -> None:
        """Delete the objects that nobody reads any more; the garbage collector does it too.

        Raises:
            ObjectInUse: 55006, some are still read, or their storage cannot be reached.
        """
        left = mine = {ObjectName(*name) for name in progress.objects}
        for _ in range(OBJECT_WAITS):
            await self._in_worker(self._store.gate.sync)
            await self._in_worker(self._store.remove_garbage)
            left = mine & self._store.garbage.names()
            if not left or stop.is_set:
                return
            await asyncio.sleep(_OBJECT_WAIT_S)
        raise errors.ObjectInUse(
            f"{len(left)} objects of the user are still read, or their storage cannot be reached",
            hint="They are deleted as soon as that is over; then use RETRY JOB.",
        )

    async def _finish(self, departure: Departure) -> None:
        await forget_user(self._jobs, UserId(departure.name), keep=departure.job_id)
        self._store.reach("cleanup-before-finish")
        await self._change_catalog(lambda catalog: end_departure(catalog, departure))
        self._store.reach("cleanup-after-finish")

    def _in_worker(self, work: Callable[[], T], /) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._executor, in_meter(work))


def _count(snapshot: Snapshot, relation: Relation, scope: Scope) -> RemovedRows:
    """What the user has in a table; blocks."""
    manifest = snapshot.manifest(scope)
    deleted = hot = 0
    for _, value in snapshot.scan(scope):
        if decode_header(value).deleted:
            deleted += 1
        else:
            hot += 1
    return RemovedRows(
        table=relation.qualified_name,
        rows=hot + manifest.live_rows,
        deleted_rows=deleted,
        segments=len(manifest.segments),
        bytes=sum(segment.size_bytes for segment in manifest.segments),
    )


def _outcome(job: Job, progress: CleanupProgress) -> JobOutcome:
    removed: Collection[RemovedRows] = progress.tables.values()
    rows = sum(table.rows for table in removed)
    result = {
        "tables": [msgspec.to_builtins(table) for table in removed],
        "rows_removed": rows,
        "segments_removed": sum(table.segments for table in removed),
        "objects_removed": len(set(progress.objects)),
        "bytes": sum(table.bytes for table in removed),
        "duration_ms": progress.duration_ms,
    }
    return JobOutcome(
        JobEvent.COMPLETE,
        _ENCODER.encode(result).decode(),
        f"Removed {job.user_id} ({rows} rows in {len(removed)} tables)",
    )
