"""Background jobs over the wire: started, waited for, and read back."""

from __future__ import annotations

import json
from typing import Any

from conformance.server_process import Connection

POLLS_MAX = 20_000


def wait_for(root: Connection, job_id: str) -> None:
    """Wait until a job has ended."""
    query = "SELECT completed_at IS NOT NULL FROM system.jobs WHERE job_id = %s"
    for _ in range(POLLS_MAX):
        if root.execute(query, [job_id]).fetchone() == (True,):
            return
    raise AssertionError(f"job {job_id} does not end: {job_of(root, job_id)}")


def job_of(root: Connection, job_id: str) -> tuple[str, str, Any]:
    """A job's status, result and error."""
    query = "SELECT status, result::text, error_message FROM system.jobs WHERE job_id = %s"
    found = root.execute(query, [job_id]).fetchone()
    assert found is not None
    return found[0], found[1], found[2]


def run_job(root: Connection, statement: str) -> dict[str, Any]:
    """Run a statement that starts a job; the result of the job, which completes."""
    started = root.execute(statement.encode()).fetchone()
    assert started is not None
    wait_for(root, started[0])
    status, result, error = job_of(root, started[0])
    assert (status, error) == ("completed", None), f"{statement}: {status}, {error}"
    found: dict[str, Any] = json.loads(result)
    return found
