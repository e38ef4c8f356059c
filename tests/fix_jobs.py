"""Background jobs over the wire: started, waited for, and read back."""

from __future__ import annotations

from typing import Any

from psycopg.rows import dict_row

from conformance.server_process import Connection

POLLS_MAX = 20_000


def wait_for(root: Connection, job_id: str) -> dict[str, Any]:
    """Wait until a job has ended; its row of ``system.jobs``."""
    job: dict[str, Any] | None = None
    with root.cursor(row_factory=dict_row) as cursor:
        for _ in range(POLLS_MAX):
            job = cursor.execute("SELECT * FROM system.jobs WHERE job_id = %s", [job_id]).fetchone()
            assert job is not None
            if job["completed_at"] is not None:
                return job
    raise AssertionError(f"job {job_id} does not end: {job}")


def end_of(root: Connection, statement: str) -> dict[str, Any]:
    """Run a statement that starts a job, and wait until it has ended; the job's row."""
    started = root.execute(statement.encode()).fetchone()
    assert started is not None
    return wait_for(root, started[0])


def run_job(root: Connection, statement: str) -> dict[str, Any]:
    """Run a statement that starts a job, which completes; the job's row."""
    job = end_of(root, statement)
    assert (job["status"], job["error_message"]) == ("completed", None), statement
    return job
