"""Jobs as rows of ``system.jobs``, ``system.dead_letters`` and SHOW JOBS, in column order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kalampg.jobs.job import Job, JobStatus
from kalampg.relation import Datum


def job_rows(jobs: Iterable[Job]) -> Iterator[tuple[Datum, ...]]:
    for job in jobs:
        yield (
            job.job_id,
            job.kind.value,
            job.table_name or None,
            job.status.value,
            job.parameters,
            job.result,
            job.message,
            job.error,
            job.created_at_us,
            job.updated_at_us,
            job.started_at_us,
            job.finished_at_us,
            job.retry_count,
            job.max_retries,
            job.node_id,
            job.crash_count,
            job.progress,
            job.user_id or None,
            job.idempotency_key,
            job.memory_used_bytes,
            job.cpu_used_us,
        )


def dead_letter_rows(jobs: Iterable[Job]) -> Iterator[tuple[Datum, ...]]:
    """Jobs that failed for good, until RETRY JOB takes them up again."""
    for job in jobs:
        if job.status is JobStatus.FAILED:
            yield (
                job.job_id,
                job.kind.value,
                job.table_name or None,
                job.error,
                job.finished_at_us,
                job.retry_count,
                job.crash_count,
                job.parameters,
                job.result,
            )
