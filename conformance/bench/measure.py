"""The measurements: pgbench runs and bulk fetches, each against one side."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import pq

from conformance.bench.sides import ACCOUNTS, COPIED, EVENTS, Side
from conformance.postgres import PROGRAMS

_KEY_READ = f"""\\set id random(1, {ACCOUNTS})
SELECT abalance FROM accounts WHERE aid = :id;
"""
# Variables last as long as the client: each has ids of its own, in ascending order.
_INSERT = """\\set n :n + 1
\\set id (:run * 1000 + :client_id) * 1000000000 + :n
INSERT INTO log (id, body) VALUES (:id, 'a line of some forty characters or so, no more');
"""
_FETCH = b"SELECT id, kind, amount, name, happened_at FROM events"

_COPY_MESSAGE_BYTES = 65_536

_runs = count(1)


@dataclass(frozen=True, slots=True)
class Pgbench:
    """A pgbench script with a number of clients; measures transactions a second."""

    subject: str
    script: str
    protocol: str
    clients: int
    unit: str = "transactions/s"

    @property
    def name(self) -> str:
        return f"{self.subject}, {self.protocol}, {self.clients} client{'s'[: self.clients - 1]}"

    def measure(self, side: Side, seconds: float) -> float:
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write(self.script)
            script.flush()
            return self._run(side, seconds, Path(script.name))

    def _run(self, side: Side, seconds: float, script: Path) -> float:
        done = subprocess.run(
            [
                PROGRAMS / "pgbench",
                "--no-vacuum",
                f"--protocol={self.protocol}",
                f"--client={self.clients}",
                f"--jobs={min(self.clients, 2)}",
                f"--time={max(1, round(seconds))}",
                "--define=n=0",
                f"--define=run={next(_runs)}",
                f"--file={script}",
                side.dsn(),
            ],
            env={**os.environ, "PGCONNECT_TIMEOUT": "30"},
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds + 60,
        )
        found = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
        if done.returncode != 0 or found is None:
            raise RuntimeError(f"pgbench on {side.name}: {done.stderr[-2000:]}")
        return float(found[1])


@dataclass(frozen=True, slots=True)
class Fetch:
    """All rows of a large table into libpq, with no driver's conversion; measures rows a second."""

    result_format: pq.Format
    unit: str = "rows/s"

    @property
    def name(self) -> str:
        return f"fetch of {EVENTS:,} rows, {self.result_format.name.lower()}"

    def measure(self, side: Side, seconds: float) -> float:
        """The best of as many fetches as fit into the time, at least two."""
        connection = pq.PGconn.connect(side.dsn().encode())
        try:
            if connection.status != pq.ConnStatus.OK:
                raise RuntimeError(f"{side.name}: {connection.error_message.decode()}")
            best = float("inf")
            started = time.monotonic()
            fetches = 0
            while fetches < 2 or time.monotonic() - started < seconds:
                best = min(best, self._fetch(connection, side))
                fetches += 1
            return EVENTS / best
        finally:
            connection.finish()

    def _fetch(self, connection: pq.abc.PGconn, side: Side) -> float:
        started = time.monotonic()
        result = connection.exec_params(_FETCH, None, result_format=self.result_format)
        elapsed = time.monotonic() - started
        if result.status != pq.ExecStatus.TUPLES_OK or result.ntuples != EVENTS:
            raise RuntimeError(f"fetch on {side.name}: {result.error_message.decode()}")
        result.clear()
        return elapsed


@dataclass(frozen=True, slots=True)
class CopyIn:
    """COPY FROM STDIN of many rows into an empty table with a key; measures rows a second."""

    data_format: str
    unit: str = "rows/s"

    @property
    def name(self) -> str:
        return f"copy of {COPIED:,} rows in, {self.data_format}"

    def measure(self, side: Side, seconds: float) -> float:
        """The best of as many copies as fit into the time, at least two."""
        data = _copy_data(self.data_format)
        with psycopg.connect(side.dsn(), autocommit=True) as connection:
            best = float("inf")
            started = time.monotonic()
            copies = 0
            while copies < 2 or time.monotonic() - started < seconds:
                connection.execute("TRUNCATE loaded")
                best = min(best, self._copy(connection, data))
                copies += 1
            return COPIED / best

    def _copy(self, connection: psycopg.Connection[Any], data: bytes) -> float:
        started = time.monotonic()
        statement = f"COPY loaded FROM STDIN (FORMAT {self.data_format})"
        with connection.cursor().copy(statement.encode()) as copy:
            for start in range(0, len(data), _COPY_MESSAGE_BYTES):
                copy.write(data[start : start + _COPY_MESSAGE_BYTES])
        return time.monotonic() - started


@cache
def _copy_data(data_format: str) -> bytes:
    if data_format == "binary":
        rows = [
            struct.pack(
                f"!hiqiiidi{len(name)}siq", 5, 8, g, 4, g % 7, 8, g / 8, len(name), name, 8,
                789_004_800_000_000 + g * 1_000_000,
            )
            for g in range(COPIED)
            for name in (b"event number %d" % g,)
        ]  # fmt: skip
        return b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"".join(rows) + b"\xff\xff"
    row = "{}\t{}\t{}\tevent number {}\t2025-01-01 {:02}:{:02}:{:02}+00\n"
    if data_format == "csv":
        row = row.replace("\t", ",")
    rows_text = (
        row.format(g, g % 7, g / 8, g, g // 3600 % 24, g // 60 % 60, g % 60) for g in range(COPIED)
    )
    return "".join(rows_text).encode()


MEASUREMENTS: tuple[Pgbench | Fetch | CopyIn, ...] = (
    Pgbench("key read", _KEY_READ, "simple", 1),
    Pgbench("key read", _KEY_READ, "simple", 8),
    Pgbench("key read", _KEY_READ, "prepared", 1),
    Pgbench("key read", _KEY_READ, "prepared", 8),
    Pgbench("durable insert", _INSERT, "prepared", 1),
    Pgbench("durable insert", _INSERT, "prepared", 8),
    Fetch(pq.Format.TEXT),
    Fetch(pq.Format.BINARY),
    CopyIn("text"),
    CopyIn("csv"),
    CopyIn("binary"),
)
