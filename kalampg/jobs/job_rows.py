"""Jobs as rows of ``system.jobs``, in that relation's column order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kalampg.jobs.job import Job
from kalampg.relation import Datum


def job_rows(jobs: Iterable[Job]) -> Iterator[tuple[Datum, ...]]:
    for job in jobs:
        yield (
            job.job_id,
            job.kind.value,
            job.table_name,
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
        )
