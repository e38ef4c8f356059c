"""Backup of the whole database as a job.

A job that is interrupted takes a new checkpoint, and uses again the segments that it had copied.
One that fails or is killed leaves nothing behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import structlog

from kalampg import errors
from kalampg.clock import Clock
from kalampg.jobs.detachment import has_credentials
from kalampg.jobs.job import Job, JobEvent
from kalampg.jobs.job_meter import in_meter
from kalampg.jobs.outcome import JobOutcome, SaveProgress, StopSignal
from kalampg.storage import Store, WriteBatch
from kalampg.storage.backup import DatabaseBackup
from kalampg.storage.backup_format import BACKUP_PLACES, Backup
from kalampg.storage.backup_place import BackupPlace
from kalampg.storage.in_worker import finish

T = TypeVar("T")
_LOG: Final = structlog.get_logger("kalampg.jobs.backup")

# Between two looks at whether the job is to stop, and two versions of its progress.
OBJECTS_PER_STEP: Final = 32


class BackupParameters(msgspec.Struct, frozen=True):
    """Where backups are."""

    storage_id: str
    path: str

    @property
    def written(self) -> str:
        return f"{self.storage_id}:{self.path}"

    def json(self) -> str:
        return msgspec.json.encode(self).decode()


class BackupWork:
    """Runs the jobs that back up; one instance serves all of them."""

    def __init__(self, store: Store, executor: Executor, clock: Clock) -> None:
        self._store = store
        self._executor = executor
        self._clock = clock

    async def __call__(self, job: Job, stop: StopSignal, save: SaveProgress) -> JobOutcome:
        """Back up. Database and I/O errors become part of the outcome."""
        parameters = msgspec.json.decode(job.parameters, type=BackupParameters)
        started = self._clock.monotonic_s()
        try:
            store = self._store.files.store_outside(parameters.storage_id)
            place = BackupPlace(store, parameters.path)
            with (
                self._store.garbage.pinned(self._store.gate.written),
                self._store.files.scratch_folder() as folder,
            ):
                backup = await self._back_up(job, place, folder, stop, save)
        except errors.QueryCanceled:
            return JobOutcome(JobEvent.FAIL, error="the backup was stopped")
        except (errors.PgError, OSError) as failure:
            return failed(job, failure)
        self._remember(parameters)
        duration_ms = round((self._clock.monotonic_s() - started) * 1000)
        return _outcome(backup, parameters, duration_ms)

    async def _back_up(
        self, job: Job, place: BackupPlace, folder: Path, stop: StopSignal, save: SaveProgress
    ) -> Backup:
        backup = DatabaseBackup(self._store, place, job.job_id, folder, lambda: stop.is_set)
        try:
            whole = await finish(backup, self._in_worker(lambda: backup.begin(has_credentials)))
            if whole is not None:
                return whole
            while await finish(backup, self._in_worker(lambda: backup.copy_next(OBJECTS_PER_STEP))):
                progress = {"objects_done": backup.objects_done, "objects": backup.objects_total}
                save(msgspec.json.encode(progress).decode())
            return await finish(backup, self._in_worker(backup.finish))
        except (errors.PgError, OSError):
            await self._abandon(job, backup)
            raise

    async def _abandon(self, job: Job, backup: DatabaseBackup) -> None:
        try:
            await self._in_worker(backup.abandon)
        except OSError as failure:
            _LOG.warning("parts of a backup stay", job_id=job.job_id, error=str(failure))

    def _remember(self, parameters: BackupParameters) -> None:
        batch = WriteBatch()
        batch.put("meta", BACKUP_PLACES + parameters.written.encode(), b"")
        self._store.commit(batch)

    def _in_worker(self, work: Callable[[], T], /) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._executor, in_meter(work))


def failed(job: Job, failure: errors.PgError | OSError) -> JobOutcome:
    """What may pass is tried again, what will not pass is not."""
    may_pass = isinstance(failure, OSError | errors.IoError | errors.DiskFull)
    is_last = not may_pass or job.retry_count >= job.max_retries
    return JobOutcome(JobEvent.FAIL if is_last else JobEvent.RETRY, error=str(failure))


def _outcome(backup: Backup, parameters: BackupParameters, duration_ms: int) -> JobOutcome:
    result = {
        "backup_id": backup.backup_id,
        "place": parameters.written,
        "files": backup.files,
        "segments": backup.segments,
        "bytes": backup.bytes,
        "new_objects": backup.new_objects,
        "new_bytes": backup.new_bytes,
        "needs_key": backup.needs_key,
        "duration_ms": duration_ms,
    }
    message = (
        f"Backed up to {parameters.written} ({backup.segments} segments, {backup.bytes} bytes,"
        f" {backup.new_bytes} of them new)"
    )
    return JobOutcome(JobEvent.COMPLETE, msgspec.json.encode(result).decode(), message)
