"""Restore of a backup into an empty directory: as a job beside a server, and without one.

A job that is interrupted begins again with the same backup; one that fails or is killed leaves the
directory as empty as it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from kalampg import errors
from kalampg.clock import Clock
from kalampg.failpoints import NO_FAILPOINTS
from kalampg.jobs.backup_job import OBJECTS_PER_STEP, failed
from kalampg.jobs.detachment import detached
from kalampg.jobs.job import Job, JobEvent
from kalampg.jobs.job_meter import in_meter
from kalampg.jobs.outcome import JobOutcome, SaveProgress, StopSignal
from kalampg.storage import Store
from kalampg.storage.backup_format import Backup
from kalampg.storage.backup_place import BackupPlace
from kalampg.storage.data_directory import has_format
from kalampg.storage.in_worker import finish
from kalampg.storage.object_store import ObjectStore
from kalampg.storage.restore import DatabaseRestore

T = TypeVar("T")
_FINISHING: Final = "finishing"


class RestoreParameters(msgspec.Struct, frozen=True):
    """What is restored and where to; ``backup_id`` None: the newest."""

    storage_id: str
    path: str
    backup_id: str | None
    directory: str

    def json(self) -> str:
        return msgspec.json.encode(self).decode()


class RestoreProgress(msgspec.Struct, frozen=True):
    """How far a job has come."""

    backup_id: str
    objects_done: int
    objects: int
    phase: str = "fetching"

    def json(self) -> str:
        return msgspec.json.encode(self).decode()


class RestoreWork:
    """Runs the jobs that restore; one instance serves all of them."""

    def __init__(self, store: Store, executor: Executor, clock: Clock) -> None:
        self._store = store
        self._executor = executor
        self._clock = clock

    async def __call__(self, job: Job, stop: StopSignal, save: SaveProgress) -> JobOutcome:
        """Restore. Database and I/O errors become part of the outcome."""
        parameters = msgspec.json.decode(job.parameters, type=RestoreParameters)
        started = self._clock.monotonic_s()
        try:
            store = self._store.files.store_outside(parameters.storage_id)
            place = BackupPlace(store, parameters.path)
            backup = await self._restore(job, parameters, place, stop, save)
        except errors.QueryCanceled:
            return JobOutcome(JobEvent.FAIL, error="the restore was stopped")
        except (errors.PgError, OSError) as failure:
            return failed(job, failure)
        duration_ms = round((self._clock.monotonic_s() - started) * 1000)
        return _outcome(backup, parameters, duration_ms)

    async def _restore(
        self,
        job: Job,
        parameters: RestoreParameters,
        place: BackupPlace,
        stop: StopSignal,
        save: SaveProgress,
    ) -> Backup:
        target, backup_id = Path(parameters.directory), parameters.backup_id
        if job.progress is not None:
            before = msgspec.json.decode(job.progress, type=RestoreProgress)
            backup_id = before.backup_id
            if before.phase == _FINISHING and await self._in_worker(lambda: has_format(target)):
                return await self._in_worker(lambda: place.required(backup_id))
        restore = DatabaseRestore(place, target, self._store, lambda: stop.is_set)
        try:
            backup = await finish(restore, self._in_worker(lambda: restore.begin(backup_id)))

            def save_progress(phase: str) -> None:
                done, total = restore.objects_done, restore.objects_total
                save(RestoreProgress(backup.backup_id, done, total, phase).json())

            save_progress("fetching")
            while await finish(
                restore, self._in_worker(lambda: restore.fetch_next(OBJECTS_PER_STEP))
            ):
                save_progress("fetching")
            save_progress(_FINISHING)
            name, now_us = folder_name(job.job_id), self._clock.now_us()
            await finish(
                restore,
                self._in_worker(lambda: restore.finish(lambda rows: detached(rows, name, now_us))),
            )
        finally:
            await self._in_worker(restore.close)
        return backup

    def _in_worker(self, work: Callable[[], T], /) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._executor, in_meter(work))


def folder_name(identity: str) -> str:
    """The folder of a restored copy in the storages of its original."""
    return f"restored-{identity}"


def restore_directory(
    store: ObjectStore, backup_id: str | None, target: Path, *, identity: str, clock: Clock
) -> Backup:
    """Restore without a server; blocks. The backups are at the base of ``store``.

    Raises:
        UndefinedObject: 42704, there is no such backup. ObjectNotInPrerequisiteState: 55000, the
            directory is not empty. IoError: 58030, DiskFull: 53100. DataCorrupted: XX001.
    """
    restore = DatabaseRestore(BackupPlace(store, ""), target, NO_FAILPOINTS)
    try:
        backup = restore.begin(backup_id)
        while restore.fetch_next(OBJECTS_PER_STEP):
            pass
        restore.finish(lambda rows: detached(rows, folder_name(identity), clock.now_us()))
    finally:
        restore.close()
    return backup


def _outcome(backup: Backup, parameters: RestoreParameters, duration_ms: int) -> JobOutcome:
    result = {
        "backup_id": backup.backup_id,
        "directory": parameters.directory,
        "files": backup.files,
        "segments": backup.segments,
        "bytes": backup.bytes,
        "needs_key": backup.needs_key,
        "duration_ms": duration_ms,
    }
    message = f"Restored {backup.backup_id} into {parameters.directory}"
    return JobOutcome(JobEvent.COMPLETE, msgspec.json.encode(result).decode(), message)
