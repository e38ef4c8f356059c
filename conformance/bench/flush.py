"""``make bench-flush``: one flush of a million hot rows of a thousand users, and its memory.

One kalampg server with its default settings, on a temporary directory. The rows are put there by
``EXECUTE AS USER``, with flushes paused; then they are flushed as one job while the server's
resident memory is sampled.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.server_process import Connection, ServerProcess

_TABLE = "CREATE USER TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, body text NOT NULL)"
_INSERT = (
    "EXECUTE AS USER 'user{user}' (INSERT INTO events SELECT g, (g % 7)::int,"
    " 'an event of some forty characters, number ' || g FROM generate_series(1, {rows}) AS s(g))"
)
_SAMPLE_S = 0.05
_FLUSH_S_MAX = 3_600


def _resident_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the system does not tell a process's memory")


class _Peak:
    """The greatest resident memory of a process while the block runs."""

    def __init__(self, pid: int) -> None:
        self.first_bytes = self.peak_bytes = _resident_bytes(pid)
        self._pid = pid
        self._done = threading.Event()

    def _sample(self) -> None:
        while not self._done.wait(_SAMPLE_S):
            self.peak_bytes = max(self.peak_bytes, _resident_bytes(self._pid))

    @contextmanager
    def watch(self) -> Iterator[None]:
        thread = threading.Thread(target=self._sample)
        thread.start()
        try:
            yield
        finally:
            self._done.set()
            thread.join()


def _flush(root: Connection) -> dict[str, int]:
    started = root.execute("FLUSH TABLE events").fetchone()
    assert started is not None, "FLUSH TABLE answers with a job"
    deadline = time.monotonic() + _FLUSH_S_MAX
    while time.monotonic() < deadline:
        query = "SELECT status, result::text FROM system.jobs WHERE job_id = %s"
        found = root.execute(query, [started[0]]).fetchone()
        assert found is not None, "the job is known"
        if found[0] == "completed":
            result: dict[str, int] = json.loads(found[1])
            return result
        assert found[0] in ("queued", "running"), f"the flush has {found[0]}"
        time.sleep(_SAMPLE_S)
    raise AssertionError("the flush does not end")


def measure(users: int, rows_per_user: int) -> dict[str, float]:
    """Load, flush, and give the figures."""
    with (
        tempfile.TemporaryDirectory(prefix="kalampg-flush-") as folder,
        ServerProcess(Path(folder) / "data") as server,
        server.connect() as root,
    ):
        root.execute("PAUSE FLUSH")
        root.execute(_TABLE.encode())
        started = time.monotonic()
        for user in range(users):
            root.execute(f"CREATE USER user{user} WITH PASSWORD 'password of a user'".encode())
            root.execute(_INSERT.format(user=user, rows=rows_per_user).encode())
        load_s = time.monotonic() - started
        peak = _Peak(server.process.pid)
        with peak.watch():
            result = _flush(root)
        rows = users * rows_per_user
        assert result["rows_flushed"] == rows, result
        assert result["users_count"] == users, result
        return {
            "rows": rows,
            "users": users,
            "load_rows_per_s": rows / load_s,
            "flush_s": result["duration_ms"] / 1000,
            "flush_rows_per_s": rows / (result["duration_ms"] / 1000),
            "resident_before_mb": peak.first_bytes / 1e6,
            "memory_growth_mb": (peak.peak_bytes - peak.first_bytes) / 1e6,
        }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="conformance.bench.flush")
    parser.add_argument("--users", type=int, default=1_000)
    parser.add_argument("--rows-per-user", type=int, default=1_000)
    chosen = parser.parse_args()
    for name, value in measure(chosen.users, chosen.rows_per_user).items():
        print(f"{name:24} {value:>14,.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
