"""``make bench-jobs``: how long the usual questions about a hundred thousand jobs take.

The jobs are written into an empty data directory, one in a thousand as failed; then one kalampg
server with its default settings is asked by one client. A job that ends between two questions
makes part of what the server keeps for them stale, as on a server at work.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from conformance.server_process import Connection, ServerProcess
from kalampg.clock import SystemClock
from kalampg.ids import JobId, TableId
from kalampg.jobs.job import Job, JobKind, JobStatus
from kalampg.jobs.store_target import open_job_store
from kalampg.storage import Store

_QUESTIONS = {
    "by id": "SELECT * FROM system.jobs WHERE job_id = 'FL-{number:012x}'",
    "running": "SELECT job_id, table_name FROM system.jobs WHERE status = 'running'",
    "count by status": "SELECT status, count(*) FROM system.jobs GROUP BY status",
    "count": "SELECT count(*) FROM system.jobs",
    "newest 20": "SELECT * FROM system.jobs ORDER BY created_at DESC LIMIT 20",
    "failed 10": "SELECT * FROM system.jobs WHERE status = 'failed' LIMIT 10",
}
_SECOND_US = 1_000_000
_FAILED_EVERY = 1_000


def _jobs(count: int) -> Iterator[Job]:
    now_us = SystemClock().now_us()
    for number in range(count):
        created_at_us = now_us - (count - number) * _SECOND_US
        has_failed = number % _FAILED_EVERY == 0
        yield Job(
            job_id=JobId(f"FL-{number:012x}"),
            kind=JobKind.FLUSH,
            table_id=TableId(20_000 + number % 100),
            table_name=f"public.table_{number % 100}",
            status=JobStatus.FAILED if has_failed else JobStatus.COMPLETED,
            parameters="{}",
            created_at_us=created_at_us,
            updated_at_us=created_at_us + _SECOND_US,
            started_at_us=created_at_us + 1_000,
            finished_at_us=created_at_us + _SECOND_US,
            result=None if has_failed else json.dumps({"rows_flushed": number, "users_count": 7}),
            error="the storage cannot be reached" if has_failed else None,
        )


def _write(data_dir: Path, count: int) -> None:
    store = Store.open(data_dir, clock=SystemClock())
    try:
        jobs = open_job_store(store)
        for job in _jobs(count):
            jobs.put(job)
    finally:
        store.close()


def _times_ms(root: Connection, question: str, jobs: int, repeats: int) -> list[float]:
    times = []
    for _ in range(repeats):
        root.execute("FLUSH TABLE busy")
        text = question.format(number=random.randrange(jobs))
        started = time.perf_counter()
        root.execute(text.encode()).fetchall()
        times.append((time.perf_counter() - started) * 1000)
    return sorted(times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="conformance.bench.jobs")
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=200)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kalampg-jobs-") as folder:
        data_dir = Path(folder) / "data"
        _write(data_dir, chosen.jobs)
        # Room for the jobs that the questions' flushes add.
        environment = {"KALAMPG_JOBS_ENDED_ROWS_MAX": str(2 * chosen.jobs)}
        with ServerProcess(data_dir, environment=environment) as server, server.connect() as root:
            root.execute("CREATE TABLE busy (id int PRIMARY KEY)")
            print(f"{'milliseconds':24} {'p50':>8} {'p95':>8} {'worst':>8}")
            for name, question in _QUESTIONS.items():
                times = _times_ms(root, question, chosen.jobs, chosen.repeats)
                p50, p95 = times[len(times) // 2], times[len(times) * 95 // 100]
                print(f"{name:24} {p50:>8.2f} {p95:>8.2f} {times[-1]:>8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
