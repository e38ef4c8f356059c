"""Background: the jobs of one server as one thing to start, steer and stop.

Sessions steer it (FLUSH, PAUSE FLUSH, KILL JOB ...), the system relations show it.

Invariants:
    - Nothing runs before ``start`` or after ``close``.
    - ``close`` lets running jobs come to their end for as long as it is told, and then stops them
      at their next boundary; the next start goes on there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from kalampg.catalog import Catalog, CatalogEdit, CatalogHolder, Departure
from kalampg.catalog.chunked_rows import ChunkedRows
from kalampg.catalog.computed import JobSources
from kalampg.catalog.segment_places import place_for
from kalampg.clock import Clock
from kalampg.errors import AdminShutdown
from kalampg.ids import JobId, TableId, UserId
from kalampg.jobs.auto_flush import AutoFlush
from kalampg.jobs.backup_job import BackupWork
from kalampg.jobs.copy_writer import COPY_WRITERS, CopyWriter
from kalampg.jobs.flush_job import FlushWork
from kalampg.jobs.flush_policy import AutoFlushSettings
from kalampg.jobs.flush_rows import alert_rows, flush_status_rows
from kalampg.jobs.garbage_collector import GarbageCollector
from kalampg.jobs.job import SERVER, Job, JobKind, JobSubject, user_subject
from kalampg.jobs.job_cleanup import AutoJobCleanup, JobCleanupWork, JobRowSettings
from kalampg.jobs.job_rows import dead_letter_rows
from kalampg.jobs.job_store import JobStore
from kalampg.jobs.move_job import MoveWork, StoreMoveTarget
from kalampg.jobs.pressure_watch import PressureWatch
from kalampg.jobs.restore_job import RestoreWork
from kalampg.jobs.scheduler import CONCURRENT_JOBS_DEFAULT, CONCURRENT_LONG_JOBS, Scheduler, Work
from kalampg.jobs.store_target import StoreFlushTarget, open_flush_journal, open_job_store
from kalampg.jobs.upkeep import Upkeep, UpkeepSettings
from kalampg.jobs.user_cleanup import ChangeCatalog, UserCleanupWork
from kalampg.jobs.user_export import UserExportWork
from kalampg.jobs.write_pressure import PressureSettings, WritePressure
from kalampg.relation import Datum, Relation
from kalampg.storage import FlushSettings, Scope, Store
from kalampg.storage.new_segment import SegmentPlace
from kalampg.storage.removal_guard import IsLocked
from kalampg.tasks import TaskOwner

# As many as jobs run at a time, each of which holds one user's rows, those that write manifest
# copies, and one that counts.
_THREADS: Final = CONCURRENT_JOBS_DEFAULT + CONCURRENT_LONG_JOBS + COPY_WRITERS + 1


@dataclass(frozen=True, slots=True)
class BackgroundSettings:
    """Sizes and times of background work."""

    sizes: FlushSettings
    automatic: AutoFlushSettings
    upkeep: UpkeepSettings = field(default_factory=UpkeepSettings)
    jobs: JobRowSettings = field(default_factory=JobRowSettings)
    pressure: PressureSettings = field(default_factory=PressureSettings)
    copy_interval_s: float = 5.0
    shutdown_timeout_s: float = 300.0


class Background:
    """Owns the threads and jobs of one store. All methods belong to the event loop's thread."""

    def __init__(
        self,
        store: Store,
        catalog: CatalogHolder,
        settings: BackgroundSettings,
        *,
        clock: Clock,
        tasks: TaskOwner,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._settings = settings
        self._workers = ThreadPoolExecutor(_THREADS, thread_name_prefix="kalampg-jobs")
        self._tasks = tasks
        target = StoreFlushTarget(store, self._workers, settings.sizes, self._place_of)
        self._upkeep = Upkeep(
            store,
            self._workers,
            settings.upkeep,
            sizes=settings.sizes,
            catalog=self._current_catalog,
            flush_waits=self._flush_waits,
            is_locked=self._is_locked,
            clock=clock,
        )
        self._executor_change: ChangeCatalog | None = None
        self._executor_locks: IsLocked | None = None
        job_store = open_job_store(store, ended_max=settings.jobs.ended_rows_max)
        self.scheduler = Scheduler(
            job_store,
            {
                JobKind.FLUSH: FlushWork(target, self._relation_of, clock),
                **self._upkeep.works,
                **self._other_works(job_store, clock),
            },
            clock=clock,
            tasks=tasks,
            random_bytes=random_bytes,
        )
        self.flushes = AutoFlush(
            open_flush_journal(store),
            settings.automatic,
            catalog=self._current_catalog,
            submit=self.scheduler.submit_flush,
            count_hot=target.count_hot,
            clock=clock,
            tasks=tasks,
            random_bytes=random_bytes,
        )
        self.scheduler.on_change(self.flushes.job_changed)
        self.pressure = WritePressure(settings.pressure, self._hot_bytes)
        self.pressure_watch = PressureWatch(
            store, self.pressure, self._workers, self.flushes.recount_overwritten, clock=clock
        )
        self._collector = GarbageCollector(store, self._workers, tasks=tasks)
        self._copy_writer = CopyWriter(store, catalog, self._workers, settings.copy_interval_s)
        self._job_cleanup = AutoJobCleanup(
            job_store, settings.jobs, submit=self._submit_job_cleanup, clock=clock
        )

    @property
    def rows(self) -> JobSources:
        """What the system relations show."""
        return JobSources(
            jobs=lambda: ChunkedRows(self.scheduler.chunks, self.scheduler.rows_where),
            dead_letters=lambda: dead_letter_rows(self.scheduler.failed()),
            flush_status=lambda: flush_status_rows(self.flushes),
            alerts=self._alert_rows,
        )

    def connect(self, change_catalog: ChangeCatalog, is_locked: IsLocked) -> None:
        """Say how jobs change the catalog, and which rows are locked; once, before ``start``."""
        self._executor_change = change_catalog
        self._executor_locks = is_locked

    def start(self) -> None:
        """Go on where the last process stopped."""
        self._upkeep.start(self._tasks, self.scheduler.submit)
        self._collector.start()
        self._copy_writer.start(self._tasks)
        self.flushes.start(self._store)
        self.scheduler.resume()
        self._job_cleanup.start(self._tasks)
        self.pressure_watch.start(self._tasks)
        for departure in self._catalog.current.departures.values():
            if self.scheduler.job(departure.job_id) is None:  # the last process did not get there
                self._submit_user_cleanup(departure)

    async def close(self, *, is_hurried: bool) -> None:
        """Stop; hurried, at the next boundary instead of at the jobs' ends."""
        self.flushes.close()
        self._upkeep.close()
        self._job_cleanup.close()
        self.pressure_watch.close()
        self._copy_writer.close()
        if not is_hurried:
            await self.scheduler.drain(self._settings.shutdown_timeout_s)
        self.scheduler.close()
        await self.scheduler.wait_closed()
        await self.flushes.wait_closed()
        await self._upkeep.wait_closed()
        await self._job_cleanup.wait_closed()
        await self.pressure_watch.wait_closed()
        await self._copy_writer.wait_closed()
        self._collector.close()
        await self._collector.wait_closed()

    def shut_threads(self) -> None:
        """After ``close``, and after the tasks have ended."""
        self._workers.shutdown()

    def catalog_changed(self, before: Catalog, after: Catalog) -> None:
        """Remove the users that have been dropped with their rows, and describe tables anew."""
        if before.tables is not after.tables:
            self._copy_writer.tables_changed()
        if before.departures is after.departures:
            return
        for name, departure in after.departures.items():
            if before.departures.get(name) != departure:
                try:
                    self._submit_user_cleanup(departure)
                except AdminShutdown:
                    return  # The next start does it.

    # --- for sessions ---

    def jobs(self) -> tuple[Job, ...]:
        return self.scheduler.jobs()

    def submit_flush(self, relation: Relation) -> Job:
        return self.scheduler.submit_flush(relation)

    def submit(self, kind: JobKind, relation: Relation, parameters: str) -> Job:
        return self.scheduler.submit(kind, relation, parameters)

    def submit_for_user(self, kind: JobKind, user_id: str, parameters: str) -> Job:
        return self.scheduler.submit_about(kind, user_subject(user_id), parameters)

    def is_active(self, job_id: JobId) -> bool:
        job = self.scheduler.job(job_id)
        return job is not None and not job.has_ended

    def new_id(self, kind: JobKind) -> JobId:
        return self.scheduler.new_id(kind)

    def submit_instead(
        self, kind: JobKind, relation: Relation, parameters: str, job_id: JobId
    ) -> None:
        self.scheduler.submit_instead(kind, relation, parameters, job_id)

    def submit_for_server(self, kind: JobKind, parameters: str) -> Job:
        return self.scheduler.submit_about(kind, SERVER, parameters)

    def cancel(self, job_id: JobId) -> Job:
        return self.scheduler.cancel(job_id)

    def retry(self, job_id: JobId) -> Job:
        return self.scheduler.retry(job_id)

    def pause_flush(self, *, is_paused: bool, table_id: TableId | None) -> None:
        self.flushes.set_paused(is_paused=is_paused, table_id=table_id)

    @property
    def flush_settings(self) -> AutoFlushSettings:
        return self.flushes.settings

    @property
    def configured_flush_settings(self) -> AutoFlushSettings:
        return self.flushes.configured

    def change_flush_settings(self, values: dict[str, int | None]) -> None:
        self.flushes.change_settings(values)

    # --- inside ---

    def _other_works(self, job_store: JobStore, clock: Clock) -> dict[JobKind, Work]:
        """What is done with the rows of one user in all tables, and with the rows of jobs."""
        export = UserExportWork(
            self._store,
            self._workers,
            catalog=self._current_catalog,
            clock=clock,
            sizes=self._settings.sizes,
        )
        cleanup = UserCleanupWork(
            self._store,
            self._workers,
            job_store,
            catalog=self._current_catalog,
            change_catalog=self._change_catalog,
            clock=clock,
        )
        return {
            JobKind.USER_EXPORT: export,
            JobKind.USER_CLEANUP: cleanup,
            JobKind.JOB_CLEANUP: JobCleanupWork(job_store, self._settings.jobs, clock),
            **self._long_works(clock),
        }

    def _hot_bytes(self) -> int:
        return self.flushes.ledger.total_bytes

    def _alert_rows(self) -> Iterator[tuple[Datum, ...]]:
        yield from alert_rows(self.flushes)
        yield from self.pressure_watch.alerts()

    def _long_works(self, clock: Clock) -> dict[JobKind, Work]:
        """What moves whole data."""
        target = StoreMoveTarget(self._store, self._workers, self._place_of)
        return {
            JobKind.MOVE: MoveWork(target, self._relation_of, clock),
            JobKind.BACKUP: BackupWork(self._store, self._workers, clock),
            JobKind.RESTORE: RestoreWork(self._store, self._workers, clock),
        }

    def _current_catalog(self) -> Catalog:
        return self._catalog.current

    def _relation_of(self, table_id: TableId) -> Relation | None:
        return self._catalog.current.table_by_id(table_id)

    def _place_of(self, relation: Relation, user_id: UserId) -> SegmentPlace:
        return place_for(self._catalog.current, relation, user_id)

    def _flush_waits(self, table_id: TableId) -> bool:
        return self.scheduler.is_active(JobKind.FLUSH, JobSubject(table_id))

    def _is_locked(self, scope: Scope, key: bytes) -> bool:
        assert self._executor_locks is not None, "connect comes before start"
        return self._executor_locks(scope, key)

    async def _change_catalog(self, change: Callable[[Catalog], CatalogEdit]) -> None:
        assert self._executor_change is not None, "connect comes before start"
        await self._executor_change(change)

    def _submit_user_cleanup(self, departure: Departure) -> None:
        self.scheduler.submit_about(
            JobKind.USER_CLEANUP, user_subject(departure.name), "{}", job_id=departure.job_id
        )

    def _submit_job_cleanup(self) -> Job:
        return self.scheduler.submit_about(JobKind.JOB_CLEANUP, SERVER, "{}")
