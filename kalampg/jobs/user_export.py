"""Export of a user: all live rows of all user tables, of one snapshot, as Parquet and a manifest.

Objects are created, never replaced, under names that have the job's id; the manifest comes last,
so that a folder with one is whole. A job that is interrupted begins again with a new snapshot; one
that fails or is killed leaves nothing behind. What others left in the folder is not touched.

Layout:
    {path}/{namespace}.{table}.{job id}.{number}.parquet, in the form of segments
    {path}/manifest.json: user, time, tables with columns and types, files with rows and SHA-256
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import structlog

from kalampg import errors
from kalampg.catalog import Catalog
from kalampg.clock import Clock
from kalampg.jobs.job import Job, JobEvent
from kalampg.jobs.job_meter import in_meter
from kalampg.jobs.outcome import JobOutcome, SaveProgress, StopSignal, may_pass
from kalampg.pgtypes.enumerations import labels_shown
from kalampg.pgtypes.registry import format_type
from kalampg.relation import Relation, TableType
from kalampg.storage import FlushSettings, Scope, Snapshot, Store
from kalampg.storage.in_worker import finish
from kalampg.storage.object_store import ObjectStore
from kalampg.storage.scope_export import ExportedFile, ScopeExport
from kalampg.storage.storage_paths import path_component

T = TypeVar("T")
_LOG: Final = structlog.get_logger("kalampg.jobs.export")

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
_WORK_FOLDER: Final = "export-work"
# The progress of a job that is about to write its manifest: one that a crash tore is its own.
_WRITES_MANIFEST: Final = '{"writes_manifest":true}'
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class ExportParameters(msgspec.Struct, frozen=True):
    """Where the export goes."""

    storage_id: str
    path: str

    def json(self) -> str:
        return msgspec.json.encode(self).decode()


class UserExportWork:
    """Runs the jobs that export; one instance serves all of them."""

    def __init__(
        self,
        store: Store,
        executor: Executor,
        *,
        catalog: Callable[[], Catalog],
        clock: Clock,
        sizes: FlushSettings,
    ) -> None:
        self._store = store
        self._executor = executor
        self._catalog = catalog
        self._clock = clock
        self._sizes = sizes

    async def __call__(self, job: Job, stop: StopSignal, save: SaveProgress) -> JobOutcome:
        """Export the job's user. Database and I/O errors become part of the outcome."""
        parameters = msgspec.json.decode(job.parameters, type=ExportParameters)
        started = self._clock.monotonic_s()
        try:
            target = self._store.files.store_outside(parameters.storage_id)
            export = _Export(job, parameters, target, self._store.root.parent / _WORK_FOLDER)
            try:
                manifest = await self._in_worker(export.begin)
                if manifest is None:
                    manifest = await self._export(export, stop, save)
            finally:
                await self._in_worker(export.end)
        except FileExistsError:
            where = f"{parameters.storage_id}:{parameters.path}"
            return JobOutcome(JobEvent.FAIL, error=f"there is an export in {where} already")
        except errors.QueryCanceled:
            return JobOutcome(JobEvent.FAIL, error="the export was stopped")
        except (errors.PgError, OSError) as failure:
            is_last = not may_pass(failure) or job.retry_count >= job.max_retries
            return JobOutcome(JobEvent.FAIL if is_last else JobEvent.RETRY, error=str(failure))
        duration_ms = round((self._clock.monotonic_s() - started) * 1000)
        return _outcome(job, parameters, manifest, duration_ms)

    async def _export(
        self, export: _Export, stop: StopSignal, save: SaveProgress
    ) -> dict[str, object]:
        tables: list[dict[str, object]] = []
        with self._store.snapshot() as snapshot:
            # Of the same moment as the snapshot: nothing else runs in between.
            relations = [
                table
                for table in self._catalog().tables.values()
                if table.table_type is TableType.USER
            ]
            taken_at_us = self._clock.now_us()
            for relation in sorted(relations, key=lambda table: table.qualified_name):
                files = await self._export_table(export, snapshot, relation, stop)
                tables.append(_table_entry(relation, files))
                progress = {"tables_done": len(tables), "tables_total": len(relations)}
                save(msgspec.json.encode(progress).decode())
        manifest = export.manifest(tables, taken_at_us)
        save(_WRITES_MANIFEST)
        self._store.reach("export-before-manifest")
        await self._in_worker(lambda: export.put_manifest(manifest))
        self._store.reach("export-after-manifest")
        return manifest

    async def _export_table(
        self, export: _Export, snapshot: Snapshot, relation: Relation, stop: StopSignal
    ) -> list[ExportedFile]:
        scope = ScopeExport(
            self._store,
            snapshot,
            relation,
            Scope(relation.table_id, export.job.user_id),
            folder=export.folder,
            name_of=partial(_file_name, relation, export.job),
            settings=self._sizes,
            is_stopped=lambda: stop.is_set,
        )
        files: list[ExportedFile] = []
        while (file := await finish(scope, self._in_worker(scope.write_next))) is not None:
            self._store.reach("export-before-object")
            await self._in_worker(partial(export.put, file))
            self._store.reach("export-after-object")
            files.append(file)
        return files

    def _in_worker(self, work: Callable[[], T], /) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._executor, in_meter(work))


class _Export:
    """The objects of one job; everything blocks."""

    def __init__(
        self, job: Job, parameters: ExportParameters, target: ObjectStore, work_folder: Path
    ) -> None:
        self.job = job
        self._path = parameters.path
        self._target = target
        self.folder = work_folder / job.job_id
        self._is_whole = False

    def begin(self) -> dict[str, object] | None:
        """Remove what an earlier run of the job left; the manifest if it had come to its end.

        Raises:
            FileExistsError: another job's export is there.
        """
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        try:
            manifest: dict[str, object] = json.loads(self._target.read(f"{self._path}/{MANIFEST}"))
        except FileNotFoundError:
            self._remove_objects()
            return None
        except ValueError:
            if self.job.progress == _WRITES_MANIFEST:
                self._target.delete(f"{self._path}/{MANIFEST}")
                self._remove_objects()
                return None
            manifest = {}
        if manifest.get("job_id") != self.job.job_id:
            raise FileExistsError(self._path)
        self._is_whole = True
        return manifest

    def put(self, file: ExportedFile) -> None:
        source = self.folder / file.name
        self._target.create(f"{self._path}/{file.name}", source)
        source.unlink()

    def manifest(self, tables: list[dict[str, object]], taken_at_us: int) -> dict[str, object]:
        return {
            "format": FORMAT,
            "job_id": self.job.job_id,
            "user_id": self.job.user_id,
            "exported_at": (_EPOCH + timedelta(microseconds=taken_at_us)).isoformat(),
            "tables": tables,
        }

    def put_manifest(self, manifest: dict[str, object]) -> None:
        source = self.folder / MANIFEST
        source.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        self._target.create(f"{self._path}/{MANIFEST}", source)
        self._is_whole = True

    def end(self) -> None:
        """Leave a whole export, or nothing. What cannot be reached now goes with the next run."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._is_whole:
            return
        try:
            self._remove_objects()
        except (OSError, errors.PgError) as failure:
            _LOG.warning("parts of an export stay", job_id=self.job.job_id, error=str(failure))

    def _remove_objects(self) -> None:
        mine = f".{self.job.job_id}."
        for path in list(self._target.list_objects(self._path)):
            if mine in path.rpartition("/")[2]:
                self._target.delete(path)


def _file_name(relation: Relation, job: Job, number: int) -> str:
    table = f"{path_component(relation.schema_name)}.{path_component(relation.name)}"
    return f"{table}.{job.job_id}.{number:04}.parquet"


def _table_entry(relation: Relation, files: list[ExportedFile]) -> dict[str, object]:
    return {
        "namespace": relation.schema_name,
        "table": relation.name,
        "columns": [
            {
                "name": column.name,
                "field_id": column.column_id,
                "type": format_type(column.type_oid, column.typmod),
                "nullable": not column.not_null,
                "primary_key": position in relation.primary_key,
                **labels_shown(column.type_oid),
            }
            for position, column in enumerate(relation.columns)
        ],
        "rows": sum(file.rows for file in files),
        "files": [
            {
                "path": file.name,
                "rows": file.rows,
                "bytes": file.size_bytes,
                "sha256": file.sha256,
            }
            for file in files
        ],
    }


class _TableSum(msgspec.Struct):
    rows: int
    files: list[dict[str, object]]


def _outcome(
    job: Job, parameters: ExportParameters, manifest: dict[str, object], duration_ms: int
) -> JobOutcome:
    tables = msgspec.convert(manifest["tables"], list[_TableSum])
    files = [file for table in tables for file in table.files]
    rows = sum(table.rows for table in tables)
    result = {
        "manifest": f"{parameters.storage_id}:{parameters.path}/{MANIFEST}",
        "tables": len(tables),
        "rows": rows,
        "files": len(files),
        "bytes": sum(msgspec.convert(file["bytes"], int) for file in files),
        "duration_ms": duration_ms,
    }
    return JobOutcome(
        JobEvent.COMPLETE,
        msgspec.json.encode(result).decode(),
        f"Exported {rows} rows of {job.user_id} ({len(files)} files)",
    )
