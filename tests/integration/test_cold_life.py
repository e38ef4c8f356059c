"""What happens to flushed rows: verification, compaction, retention and purge, over the wire.

Goal: operators see and steer it in SQL, nobody else may, and no reader notices any of it.
Method: a real server; files are listed, rows are compared with lists worked out by hand.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from conformance.server_process import ROOT, Connection, ServerProcess
from tests.fix_jobs import POLLS_MAX, run_job
from tests.fix_server import Person, StartServer

pytestmark = pytest.mark.slow
FreshName = Callable[[str], str]


def _failures(root: Connection, table: str) -> list[tuple[object, ...]]:
    rows = root.execute(sql.SQL("VERIFY TABLE ") + sql.SQL(table)).fetchall()
    assert {row[0] for row in rows} >= {"object", "checksum", "footer", "keys", "unique", "orphan"}
    return [row for row in rows if row[3] != "ok"]


def _files(server: ServerProcess, table: str) -> list[Path]:
    folder = server.data_dir.joinpath("storage", "public", table)
    return sorted(folder.rglob("*.parquet"))


def _flushed_in_pieces(person: Person, root: Connection, table: str) -> None:
    """Five segments of the person, of one row each; row 2 is changed and row 3 deleted."""
    with person.connect() as connection:
        connection.execute(f"CREATE USER TABLE {table} (id int PRIMARY KEY, body text)".encode())
        for number in range(1, 6):
            connection.execute(f"INSERT INTO {table} VALUES (%s, 'cold')".encode(), [number])
            run_job(root, f"FLUSH TABLE public.{table}")
        connection.execute(f"UPDATE {table} SET body = 'hot' WHERE id = 2".encode())
        connection.execute(f"DELETE FROM {table} WHERE id = 3".encode())


LIVE = [(1, "cold"), (2, "hot"), (4, "cold"), (5, "cold")]


def test_a_compaction_is_a_job_that_readers_do_not_notice(
    server: ServerProcess, alice: Person, fresh_name: FreshName
) -> None:
    table = fresh_name("compacted")
    read = f"SELECT id, body FROM {table} ORDER BY id".encode()
    with server.connect() as root, alice.connect(autocommit=False) as reader:
        _flushed_in_pieces(alice, root, table)
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert reader.execute(read).fetchall() == LIVE
        message = run_job(root, f"COMPACT TABLE public.{table}")["message"]
        assert "became 1)" in message  # the policy may have merged some already
        assert reader.execute(read).fetchall() == LIVE
        reader.commit()
        assert reader.execute(read).fetchall() == LIVE
        reader.commit()
        for _ in range(POLLS_MAX):  # files go when no snapshot can read them any more
            root.execute("SELECT 1")
            if len(_files(server, table)) == 1:
                break
        assert len(_files(server, table)) == 1
        assert _failures(root, table) == []


def test_a_transaction_may_change_rows_that_a_compaction_moves(
    server: ServerProcess, alice: Person, fresh_name: FreshName
) -> None:
    table = fresh_name("moved")
    with server.connect() as root, alice.connect(autocommit=False) as writer:
        _flushed_in_pieces(alice, root, table)
        writer.execute(f"UPDATE {table} SET body = 'mine' WHERE id >= 4".encode())
        writer.execute(f"DELETE FROM {table} WHERE id = 1".encode())
        run_job(root, f"COMPACT TABLE public.{table} FOR USER '{alice.name}'")
        writer.commit()
        rows = writer.execute(f"SELECT id, body FROM {table} ORDER BY id".encode()).fetchall()
        assert rows == [(2, "hot"), (4, "mine"), (5, "mine")]
        writer.commit()
        assert _failures(root, table) == []


def test_damage_is_reported(server: ServerProcess, alice: Person, fresh_name: FreshName) -> None:
    table = fresh_name("damaged")
    with server.connect() as root:
        _flushed_in_pieces(alice, root, table)
        assert _failures(root, table) == []
        _files(server, table)[0].unlink()
        failures = _failures(root, table)
        assert [(row[0], row[1], row[3]) for row in failures] == [("object", alice.name, "failed")]
        root.execute(f"DROP TABLE {table}".encode())


def test_a_purge_removes_what_is_old(
    server: ServerProcess, alice: Person, fresh_name: FreshName
) -> None:
    table = fresh_name("purged")
    with server.connect() as root, alice.connect() as connection:
        _flushed_in_pieces(alice, root, table)
        count = f"SELECT count(*) FROM {table}".encode()
        purge = run_job(root, f"PURGE TABLE public.{table} OLDER THAN INTERVAL '1 day'")
        assert "0 rows removed" in purge["message"]
        assert connection.execute(count).fetchone() == (4,)
        run_job(root, f"PURGE TABLE public.{table} OLDER THAN INTERVAL '1 microsecond'")
        assert connection.execute(count).fetchone() == (0,)
        assert _failures(root, table) == []


def test_deleted_rows_can_be_seen_and_replaced_until_their_time_is_over(
    start_server: StartServer,
) -> None:
    server = start_server(environment={"KALAMPG_RETENTION_CHECK_INTERVAL_SECONDS": "1"})
    with server.connect() as root:
        root.execute("CREATE SHARED TABLE kept (id int PRIMARY KEY, body text)")
        root.execute(
            "CREATE SHARED TABLE gone (id int PRIMARY KEY) WITH (DELETED_RETENTION_HOURS=0)"
        )
        root.execute("INSERT INTO kept VALUES (1, 'a'), (2, 'b')")
        root.execute("INSERT INTO gone VALUES (1)")
        root.execute("DELETE FROM kept")
        root.execute("DELETE FROM gone")
        for _ in range(POLLS_MAX):
            if not root.execute("SELECT id FROM gone WHERE _deleted").fetchall():
                break
        assert root.execute("SELECT id FROM gone WHERE _deleted").fetchall() == []
        deleted = root.execute("SELECT id, body FROM kept WHERE _deleted ORDER BY id").fetchall()
        assert deleted == [(1, "a"), (2, "b")]
        root.execute("INSERT INTO kept VALUES (1, 'back')")
        assert root.execute("SELECT * FROM kept").fetchall() == [(1, "back")]


@pytest.mark.parametrize("is_cold", [False, True])
def test_a_purge_leaves_rows_that_a_transaction_has_locked(
    server: ServerProcess, alice: Person, fresh_name: FreshName, *, is_cold: bool
) -> None:
    """Their index entries would go, and the transaction's new version would have none."""
    table = fresh_name("claims")
    with server.connect() as root, alice.connect() as writer:
        writer.execute(
            f"CREATE USER TABLE {table} (id int PRIMARY KEY, name text UNIQUE, note text)".encode()
        )
        writer.execute(f"INSERT INTO {table} VALUES (1, 'taken', 'old'), (2, 'b', 'old')".encode())
        if is_cold:
            run_job(root, f"FLUSH TABLE public.{table}")
        writer.execute("BEGIN")
        writer.execute(f"UPDATE {table} SET note = 'new' WHERE id = 1".encode())
        started = root.execute(
            f"PURGE TABLE public.{table} OLDER THAN INTERVAL '1 microsecond'".encode()
        ).fetchone()
        assert started is not None
        _wait_for_attempt(root, started[0])
        writer.execute("COMMIT")
        with pytest.raises(psycopg.errors.UniqueViolation):
            writer.execute(f"INSERT INTO {table} VALUES (3, 'taken', 'double')".encode())
        rows = writer.execute(f"SELECT id, note FROM {table} WHERE id = 1".encode()).fetchall()
        assert rows == [(1, "new")]
        assert _failures(root, f"public.{table}") == []


def _wait_for_attempt(root: Connection, job_id: str) -> None:
    """Until the job has completed, or was refused for now and will be tried again."""
    query = "SELECT status, retry_count FROM system.jobs WHERE job_id = %s"
    for _ in range(POLLS_MAX):
        row = root.execute(query, [job_id]).fetchone()
        if row is not None and (row[0] == "completed" or row[1] > 0):
            return
    raise AssertionError(f"job {job_id} makes no attempt")


@pytest.mark.parametrize(
    "statement", ["VERIFY TABLE t", "COMPACT TABLE t", "PURGE TABLE t OLDER THAN '1 day'"]
)
def test_users_may_not(alice: Person, statement: str) -> None:
    with alice.connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.encode())


def test_a_stopped_servers_directory_is_verified_from_the_command_line(
    start_server: StartServer,
) -> None:
    server = start_server()
    with server.connect() as root:
        root.execute("CREATE SHARED TABLE t (id int PRIMARY KEY)")
        root.execute("INSERT INTO t VALUES (1)")
        run_job(root, "FLUSH TABLE t")
    assert _verify(server) == (1, "")  # a server uses it
    server.stop()
    code, report = _verify(server)
    assert (code, report.splitlines()[-1]) == (0, "all is well")
    (file,) = _files(server, "t")
    file.write_bytes(file.read_bytes()[:-1])
    code, report = _verify(server)
    assert code == 1
    assert "FAILED object" in report


def _verify(server: ServerProcess) -> tuple[int, str]:
    arguments = ["-m", "kalampg", "verify", "--data-dir", str(server.data_dir)]
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def test_a_table_with_a_retention_loses_old_rows_by_itself(start_server: StartServer) -> None:
    server = start_server(environment={"KALAMPG_RETENTION_CHECK_INTERVAL_SECONDS": "1"})
    server.create_role("alice")
    with server.connect() as root, server.connect("alice") as connection:
        connection.execute(
            "CREATE USER TABLE seen (id int PRIMARY KEY, body text UNIQUE)"
            " WITH (RETENTION='90 days')"
        )
        connection.execute("INSERT INTO seen VALUES (1, 'cold')")
        run_job(root, "FLUSH TABLE public.seen")
        connection.execute("INSERT INTO seen VALUES (2, 'hot')")
        connection.execute("ALTER TABLE seen SET (RETENTION = '1 microsecond')")
        for _ in range(POLLS_MAX):
            if connection.execute("SELECT count(*) FROM seen").fetchone() == (0,):
                break
        connection.execute("ALTER TABLE seen RESET RETENTION")
        connection.execute("INSERT INTO seen VALUES (3, 'cold'), (4, 'hot')")
        assert connection.execute("SELECT id FROM seen ORDER BY id").fetchall() == [(3,), (4,)]
        assert _failures(root, "public.seen") == []
