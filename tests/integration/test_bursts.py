"""Bursts and full disks over the wire: writers slow down, are refused, and go on afterwards.

Goal: the SQLSTATEs and hints that an operator needs, reads that go on, acknowledged rows that are
all there, recovery without a restart. Method: a server with tiny bounds; a file system of a few
megabytes, really full.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from conformance.server_process import Connection
from tests.fix_server import StartServer

pytestmark = pytest.mark.slow

_MIB = 1024 * 1024
_WAIT_S_MAX = 30.0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 96 MiB, where this machine lets us mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=96m", "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a small file system is not allowed here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _fill(folder: Path, leaving: int) -> Path:
    status = os.statvfs(folder)
    filler = folder / "filler"
    filler.write_bytes(bytes(max(0, status.f_bavail * status.f_frsize - leaving)))
    return filler


def _refusal(connection: Connection, statement: str) -> psycopg.Error:
    with pytest.raises(psycopg.Error) as raised:
        connection.execute(statement.encode())
    return raised.value


def _insert_until_refused(connection: Connection, first: int) -> tuple[list[int], psycopg.Error]:
    """Rows of 16 KiB one by one: the acknowledged ones, and what ended them."""
    acknowledged: list[int] = []
    for number in range(first, first + 100_000):
        try:
            connection.execute("INSERT INTO heap VALUES (%s, %s)", (number, "x" * 16_384))
        except psycopg.Error as refused:
            return acknowledged, refused
        acknowledged.append(number)
    raise AssertionError("nothing was refused")


def _insert_when_possible(connection: Connection, number: int) -> None:
    deadline = time.monotonic() + _WAIT_S_MAX
    while True:
        try:
            connection.execute("INSERT INTO heap VALUES (%s, 'y')", (number,))
        except psycopg.errors.DiskFull:
            assert time.monotonic() < deadline, "the server does not recover"
        else:
            return


def _ids(connection: Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT id FROM heap ORDER BY id")]


def test_a_really_full_disk_costs_no_acknowledged_row_and_no_restart(
    start_server: StartServer, small_disk: Path
) -> None:
    server = start_server(
        "disk/data",
        environment={
            "KALAMPG_STORAGE_MIN_FREE_BYTES": "0",
            "KALAMPG_STORAGE_SPACE_CHECK_INTERVAL_SECONDS": "0.05",
        },
    )
    with server.connect() as connection:
        connection.execute("CREATE SHARED TABLE heap (id int PRIMARY KEY, body text)")
        filler = _fill(small_disk, 3 * _MIB)
        acknowledged, refused = _insert_until_refused(connection, 0)
        assert refused.sqlstate == "53100"
        assert _ids(connection) == acknowledged
        alert = "SELECT message FROM system.alerts WHERE kind = 'disk_full' AND resolved_at IS NULL"
        deadline = time.monotonic() + _WAIT_S_MAX
        while connection.execute(alert.encode()).fetchone() is None:
            assert time.monotonic() < deadline, "no alert"
        filler.unlink()
        _insert_when_possible(connection, 1_000_000)
        assert _ids(connection) == [*acknowledged, 1_000_000]
        assert connection.execute(alert.encode()).fetchone() is None
    assert server.stop() == 0
    again = start_server("disk/data")
    with again.connect() as connection:
        assert _ids(connection) == [*acknowledged, 1_000_000]


def test_below_the_free_space_that_is_kept_writes_are_refused_and_deletes_are_not(
    start_server: StartServer, small_disk: Path
) -> None:
    server = start_server(
        "disk/data",
        environment={
            "KALAMPG_STORAGE_MIN_FREE_BYTES": str(16 * _MIB),
            "KALAMPG_STORAGE_SPACE_CHECK_INTERVAL_SECONDS": "0.05",
        },
    )
    with server.connect() as connection:
        connection.execute("CREATE SHARED TABLE heap (id int PRIMARY KEY, body text)")
        connection.execute("INSERT INTO heap VALUES (-1, 'first')")
        filler = _fill(small_disk, 20 * _MIB)
        acknowledged, refused = _insert_until_refused(connection, 0)
        assert refused.sqlstate == "53100"
        assert refused.diag.message_primary == "disk is almost full, writes are refused"
        assert "storage.min_free_bytes is 16777216" in (refused.diag.message_detail or "")
        assert _ids(connection) == [-1, *acknowledged]
        assert _refusal(connection, "UPDATE heap SET body = 'z'").sqlstate == "53100"
        with (
            pytest.raises(psycopg.errors.DiskFull),
            connection.cursor() as cursor,
            cursor.copy("COPY heap FROM STDIN") as copy,
        ):
            copy.write_row((77, "copied"))
        connection.execute("DELETE FROM heap WHERE id = -1")
        filler.unlink()
        _insert_when_possible(connection, 1_000_000)
        assert _ids(connection) == [*acknowledged, 1_000_000]


def test_hot_rows_beyond_the_bounds_delay_writers_and_then_refuse_them(
    start_server: StartServer,
) -> None:
    server = start_server(
        environment={
            "KALAMPG_FLUSH_HOT_BYTES_SLOW": str(_MIB),
            "KALAMPG_FLUSH_HOT_BYTES_REFUSED": str(2 * _MIB),
            "KALAMPG_FLUSH_WRITE_DELAY_SECONDS_MAX": "0.01",
            "KALAMPG_STORAGE_SPACE_CHECK_INTERVAL_SECONDS": "0.05",
            "KALAMPG_STORAGE_MIN_FREE_BYTES": "0",
        }
    )
    with server.connect() as connection:
        connection.execute("CREATE SHARED TABLE heap (id int PRIMARY KEY, body text)")
        connection.execute("PAUSE FLUSH TABLE heap")
        acknowledged, refused = _insert_until_refused(connection, 0)
        assert refused.sqlstate == "53200"
        assert refused.diag.message_hint is not None
        assert 120 <= len(acknowledged) <= 130
        # Rows written again and again are no more than they were.
        connection.execute("TRUNCATE heap")
        deadline = time.monotonic() + _WAIT_S_MAX
        while True:
            try:
                connection.execute("INSERT INTO heap VALUES (1, 'again')")
            except psycopg.errors.OutOfMemory:
                assert time.monotonic() < deadline, "writes stay refused"
            else:
                break
        for _ in range(200):
            connection.execute("UPDATE heap SET body = %s WHERE id = 1", ("x" * 16_384,))
        assert _ids(connection) == [1]
