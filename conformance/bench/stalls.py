"""``make bench-stalls``: how long other clients wait while one runs a large statement.

One kalampg server with its default settings. While a client runs each statement, another asks for
a constant, one question after the other: its longest wait is about as long as the event loop was
busy with one thing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from conformance.server_process import Connection, ServerProcess

_TABLE = "CREATE TABLE {name} (id int PRIMARY KEY, v int, body text)"
_FILL = "INSERT INTO {name} SELECT g, 0, 'a text of some forty characters ' || g {source}"
_SOURCE = "FROM generate_series(1, {rows}) AS s(g)"


@dataclass(frozen=True, slots=True)
class Case:
    """Statements of which the last is measured, on a table ``t`` of so many rows."""

    name: str
    rows: int
    statements: tuple[str, ...]


CASES = (
    Case("insert of 300,000", 0, (_FILL.format(name="t", source=_SOURCE.format(rows=300_000)),)),
    Case("upsert of 100,000", 100_000, (
        _FILL.format(name="t", source=_SOURCE.format(rows=100_000))
        + " ON CONFLICT (id) DO UPDATE SET v = t.v + 1",
    )),
    Case("update of 100,000 keys", 100_000, ("UPDATE t SET id = -id",)),
    Case("update of 200,000", 200_000, ("UPDATE t SET v = v + 1",)),
    Case("commit of 200,000", 200_000, ("BEGIN", "UPDATE t SET v = v + 1", "COMMIT")),
    Case("rollback of 200,000", 200_000, ("BEGIN", "UPDATE t SET v = v + 1", "ROLLBACK")),
    Case("first read of 200,000", 200_000, ("SELECT sum(v) FROM t",)),
    Case("delete of 200,000", 200_000, ("DELETE FROM t",)),
    Case("truncate of 200,000", 200_000, ("TRUNCATE t",)),
    Case("drop of 200,000", 200_000, ("DROP TABLE t",)),
)  # fmt: skip


def _beside(asking: Connection, running: Connection, statement: str) -> tuple[float, float]:
    """The longest wait of ``asking`` while ``running`` runs the statement, and how long it runs."""
    done = threading.Event()
    took: list[float] = []

    def run() -> None:
        started = time.perf_counter()
        try:
            running.execute(statement.encode())
        finally:
            took.append(time.perf_counter() - started)
            done.set()

    thread = threading.Thread(target=run)
    longest_s = 0.0
    thread.start()
    while not done.is_set():
        started = time.perf_counter()
        asking.execute("SELECT 1")
        longest_s = max(longest_s, time.perf_counter() - started)
    thread.join()
    return longest_s, took[0]


def measure(server: ServerProcess, case: Case) -> tuple[float, float]:
    """The longest wait beside the case's last statement, and how long that ran; seconds."""
    with server.connect() as running, server.connect() as asking:
        running.execute("DROP TABLE IF EXISTS t")
        running.execute(_TABLE.format(name="t").encode())
        if case.rows:
            fill = _FILL.format(name="t", source=_SOURCE.format(rows=case.rows))
            running.execute(fill.encode())
        for statement in case.statements[:-1]:
            running.execute(statement.encode())
        return _beside(asking, running, case.statements[-1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="conformance.bench.stalls")
    parser.add_argument("--only", default="", help="cases whose names contain this")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="kalampg-stalls-") as folder,
        ServerProcess(Path(folder) / "data") as server,
        server.connect() as root,
    ):
        root.execute("PAUSE FLUSH")
        print(f"{'milliseconds':24} {'longest wait':>14} {'statement':>12}")
        for case in CASES:
            if chosen.only in case.name:
                longest_s, took_s = measure(server, case)
                print(f"{case.name:24} {longest_s * 1000:>14.1f} {took_s * 1000:>12.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
