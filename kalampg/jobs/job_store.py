"""JobStore: the durable rows of jobs, in the store's ``jobs`` family.

The row is written before the work begins, so that a crash never loses a job that a client was told
of. The store is the truth; memory is a copy that ``system.jobs`` reads.

Layout:
    key: job id; value: MessagePack map of ``JobRecord``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from kalampg.ids import JobId, TableId
from kalampg.jobs.job import Job, JobKind, JobStatus

_DAY_US: Final = 24 * 3600 * 1_000_000
RETENTION_DAYS: Final = 30
# Bounds memory if jobs are made faster than they age.
ENDED_JOBS_MAX: Final = 10_000

# Write entries of the family atomically; value None deletes.
WriteEntries = Callable[[list[tuple[bytes, bytes | None]]], None]


class JobRecord(msgspec.Struct, frozen=True):
    """One job as stored."""

    job_id: str
    kind: str
    table_id: int
    table_name: str
    status: str
    parameters: str
    created_at_us: int
    updated_at_us: int
    started_at_us: int | None
    finished_at_us: int | None
    result: str | None
    message: str | None
    error: str | None
    retry_count: int
    max_retries: int
    node_id: int
    crash_count: int = 0
    progress: str | None = None


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(JobRecord)


class JobStore:
    """All jobs, by id.

    Invariants:
        - At most one job of a kind and table has not ended.
        - What memory holds, the store holds.
    """

    def __init__(
        self,
        entries: Iterable[tuple[bytes, bytes]],
        write: WriteEntries,
        *,
        retention_days: int = RETENTION_DAYS,
    ) -> None:
        self._write = write
        self._retention_us = retention_days * _DAY_US
        loaded = sorted((decode_job(value) for _, value in entries), key=_age)
        self._jobs = {job.job_id: job for job in loaded}
        self._active = {(job.kind, job.table_id): job.job_id for job in loaded if not job.has_ended}

    def get(self, job_id: JobId) -> Job | None:
        return self._jobs.get(job_id)

    def jobs(self) -> tuple[Job, ...]:
        """All jobs, oldest first."""
        return tuple(self._jobs.values())

    def active(self, kind: JobKind, table_id: TableId) -> Job | None:
        """The table's job of that kind that has not ended."""
        job_id = self._active.get((kind, table_id))
        return None if job_id is None else self._jobs[job_id]

    def put(self, job: Job) -> None:
        """Write the job's row, and forget ended jobs that are too old or too many."""
        expired = self._expired(job.updated_at_us, keep=job.job_id)
        entries: list[tuple[bytes, bytes | None]] = [(job.job_id.encode(), encode_job(job))]
        self._write(entries + [(job_id.encode(), None) for job_id in expired])
        for job_id in expired:
            del self._jobs[job_id]
        self._jobs[job.job_id] = job
        if job.has_ended:
            self._active.pop((job.kind, job.table_id), None)
        else:
            self._active[job.kind, job.table_id] = job.job_id

    def expire(self, now_us: int) -> None:
        """Forget ended jobs that are too old."""
        expired = self._expired(now_us)
        if expired:
            self._write([(job_id.encode(), None) for job_id in expired])
            for job_id in expired:
                del self._jobs[job_id]

    def _expired(self, now_us: int, keep: JobId | None = None) -> list[JobId]:
        """Ended jobs to forget: stops at the first that may stay, for they are in order of age."""
        excess = len(self._jobs) - ENDED_JOBS_MAX
        expired: list[JobId] = []
        for job in self._jobs.values():
            if not job.has_ended or job.job_id == keep:
                continue
            is_old = now_us - job.updated_at_us > self._retention_us
            if not is_old and len(expired) >= excess:
                break
            expired.append(job.job_id)
        return expired


def _age(job: Job) -> int:
    return job.created_at_us


def encode_job(job: Job) -> bytes:
    return _ENCODER.encode(job)


def decode_job(data: bytes) -> Job:
    record = _DECODER.decode(data)
    return Job(
        job_id=JobId(record.job_id),
        kind=JobKind(record.kind),
        table_id=TableId(record.table_id),
        table_name=record.table_name,
        status=JobStatus(record.status),
        parameters=record.parameters,
        created_at_us=record.created_at_us,
        updated_at_us=record.updated_at_us,
        started_at_us=record.started_at_us,
        finished_at_us=record.finished_at_us,
        result=record.result,
        message=record.message,
        error=record.error,
        retry_count=record.retry_count,
        max_retries=record.max_retries,
        node_id=record.node_id,
        crash_count=record.crash_count,
        progress=record.progress,
    )
