"""JobStore: the durable rows of jobs, in the store's ``jobs`` family.

The row is written before the work begins, so that a crash never loses a job that a client was told
of. The store is the truth; memory is a copy that ``system.jobs`` reads.

Layout:
    key: job id; value: MessagePack map of ``JobRecord``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from kalampg.ids import JobId, TableId, UserId
from kalampg.jobs.job import Job, JobKind, JobStatus, JobSubject
from kalampg.jobs.job_rows import job_rows
from kalampg.relation import Datum

# Bounds memory if jobs are made faster than they age: about 1 KB each.
ENDED_JOBS_MAX: Final = 100_000
# A change costs a reader of all jobs one chunk anew: some milliseconds.
CHUNK_JOBS: Final = 1_000
# So many rows are found and made into a table in a millisecond.
FOUND_JOBS_MAX: Final = 500

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
    user_id: str = ""
    cpu_used_us: int | None = None
    memory_used_bytes: int | None = None


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(JobRecord)


class JobChunk:
    """Some jobs as they were, oldest first. Immutable: who makes something of it may keep that."""

    __slots__ = ("__weakref__", "jobs")

    def __init__(self, jobs: tuple[Job, ...]) -> None:
        self.jobs = jobs

    def rows(self) -> list[tuple[Datum, ...]]:
        """As in ``system.jobs``."""
        return list(job_rows(self.jobs))


class JobStore:
    """All jobs, by id.

    Jobs are kept in chunks too, in the order of their making, so that a reader of all of them need
    look only at what has changed since.

    Invariants:
        - At most one job of a kind and subject has not ended.
        - What memory holds, the store holds; the counts are those of the jobs.
    """

    def __init__(
        self,
        entries: Iterable[tuple[bytes, bytes]],
        write: WriteEntries,
        *,
        ended_max: int = ENDED_JOBS_MAX,
    ) -> None:
        self._write = write
        self._ended_max = ended_max
        self._jobs: dict[JobId, Job] = {}
        self._by_status: dict[str, dict[JobId, Job]] = {status: {} for status in JobStatus}
        self._active: dict[tuple[JobKind, JobSubject], JobId] = {}
        self._numbers: dict[JobId, int] = {}
        self._next_number = 0
        self._members: dict[int, dict[JobId, Job]] = {}
        self._chunks: dict[int, JobChunk] = {}
        self._counts: Counter[tuple[JobKind, JobStatus]] = Counter()
        for job in sorted((decode_job(value) for _, value in entries), key=_age):
            self._keep(job)

    def get(self, job_id: JobId) -> Job | None:
        return self._jobs.get(job_id)

    def jobs(self) -> tuple[Job, ...]:
        """All jobs, oldest first."""
        return tuple(self._jobs.values())

    def chunks(self) -> list[JobChunk]:
        """All jobs, oldest first; a chunk is the same object until one of its jobs changes."""
        for number, members in self._members.items():
            if number not in self._chunks:
                self._chunks[number] = JobChunk(tuple(members.values()))
        return [self._chunks[number] for number in self._members]

    def counts(self) -> dict[tuple[JobKind, JobStatus], int]:
        """How many jobs there are of each kind and status that some job has."""
        return {subject: count for subject, count in self._counts.items() if count}

    def failed(self) -> list[Job]:
        """The jobs that have failed for good, in the order of their failures."""
        return list(self._by_status[JobStatus.FAILED].values())

    def rows_where(self, equal: Mapping[str, str]) -> list[tuple[Datum, ...]] | None:
        """The rows of a job id or a status; None without either, and where they would be many."""
        if "job_id" in equal:
            job = self.get(JobId(equal["job_id"]))
            return list(job_rows([] if job is None else [job]))
        if "status" not in equal:
            return None
        jobs = self._by_status.get(equal["status"], {})
        return None if len(jobs) > FOUND_JOBS_MAX else list(job_rows(jobs.values()))

    def unended(self) -> list[Job]:
        """The jobs that have not ended, oldest first."""
        return sorted((self._jobs[job_id] for job_id in self._active.values()), key=_age)

    def active(self, kind: JobKind, subject: JobSubject) -> Job | None:
        """The subject's job of that kind that has not ended."""
        job_id = self._active.get((kind, subject))
        return None if job_id is None else self._jobs[job_id]

    def put(self, job: Job) -> None:
        """Write the job's row, and forget the oldest ended jobs when there are too many."""
        excess = self._oldest_ended(len(self._jobs) - self._ended_max, keep=job.job_id)
        entries: list[tuple[bytes, bytes | None]] = [(job.job_id.encode(), encode_job(job))]
        self._write(entries + [(job_id.encode(), None) for job_id in excess])
        self._forget(excess)
        self._keep(job)

    def ended_before(self, before_us: int) -> list[JobId]:
        """The jobs that ended, or were last touched after that, before a time."""
        return [
            job.job_id
            for job in self._jobs.values()
            if job.has_ended and job.updated_at_us < before_us
        ]

    def remove(self, job_ids: Sequence[JobId]) -> None:
        """Forget ended jobs."""
        if job_ids:
            self._write([(job_id.encode(), None) for job_id in job_ids])
            self._forget(job_ids)

    def _keep(self, job: Job) -> None:
        number = self._numbers.get(job.job_id)
        if number is None:
            number = self._numbers[job.job_id] = self._next_number // CHUNK_JOBS
            self._next_number += 1
        else:
            self._uncount(self._jobs[job.job_id])
        self._jobs[job.job_id] = job
        self._counts[job.kind, job.status] += 1
        self._by_status[job.status][job.job_id] = job
        self._members.setdefault(number, {})[job.job_id] = job
        self._chunks.pop(number, None)
        if job.has_ended:
            if self._active.get((job.kind, job.subject)) == job.job_id:
                del self._active[job.kind, job.subject]
        else:
            self._active[job.kind, job.subject] = job.job_id

    def _forget(self, job_ids: Iterable[JobId]) -> None:
        for job_id in job_ids:
            self._uncount(self._jobs.pop(job_id))
            number = self._numbers.pop(job_id)
            self._chunks.pop(number, None)
            members = self._members[number]
            del members[job_id]
            if not members:
                del self._members[number]

    def _uncount(self, job: Job) -> None:
        self._counts[job.kind, job.status] -= 1
        del self._by_status[job.status][job.job_id]

    def _oldest_ended(self, count: int, keep: JobId) -> list[JobId]:
        found: list[JobId] = []
        if count <= 0:
            return found
        for job in self._jobs.values():
            if job.has_ended and job.job_id != keep:
                found.append(job.job_id)
                if len(found) == count:
                    break
        return found


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
        user_id=UserId(record.user_id),
        cpu_used_us=record.cpu_used_us,
        memory_used_bytes=record.memory_used_bytes,
    )
