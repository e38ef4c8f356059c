"""Automatic flushes and their jobs, over the wire.

Goal: the cases that KalamDB's test plan lists for flush and jobs (reference, 4.6), by those names;
``tests/test_reference_cases.py`` has the whole list. Method: a real server; what the triggers did
is read from ``system.flush_status``, ``system.jobs`` and the files. Waiting is asking again;
intervals are one second.
"""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from conformance.server_process import Connection, ServerProcess
from tests.fix_jobs import POLLS_MAX, end_of, wait_for
from tests.fix_server import Person, StartServer

pytestmark = pytest.mark.slow
FreshName = Callable[[str], str]

FILE_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-[^/]+\.parquet")


def status_of(root: Connection, table: str) -> dict[str, Any]:
    """The row of system.flush_status."""
    with root.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            "SELECT * FROM system.flush_status WHERE table_name = %s", [table]
        ).fetchone()
    assert row is not None
    return row


def wait_flushed(root: Connection, table: str, flush_count: int) -> dict[str, Any]:
    """Wait until the table has been flushed so often and what is left has been counted."""
    for _ in range(POLLS_MAX):
        status = status_of(root, table)
        if status["flush_count"] >= flush_count and status["rows_since_flush"] == 0:
            return status
    raise AssertionError(f"{table} is not flushed: {status_of(root, table)}")


def wait_counted(root: Connection, table: str, hot_rows: int) -> dict[str, Any]:
    """Wait until so many hot rows have been counted."""
    for _ in range(POLLS_MAX):
        status = status_of(root, table)
        if status["hot_rows"] == hot_rows:
            return status
    raise AssertionError(f"{table} has other hot rows: {status_of(root, table)}")


def jobs_of(root: Connection, table: str) -> list[tuple[str, str | None]]:
    """Status and trigger of the table's jobs, oldest first."""
    found = root.execute(
        "SELECT status, parameters ->> 'trigger' FROM system.jobs"
        " WHERE table_name = %s ORDER BY created_at",
        [f"public.{table}"],
    )
    return [(status, trigger) for status, trigger in found]


def make(root: Connection, table: str, options: str, kind: str = "SHARED") -> None:
    root.execute(f"CREATE {kind} TABLE {table} (id int PRIMARY KEY, body text) {options}".encode())


def insert(connection: Connection, table: str, ids: range) -> None:
    for number in ids:
        connection.execute(f"INSERT INTO {table} VALUES (%s, 'x')".encode(), [number])


def files(server: ServerProcess, *parts: str) -> list[Path]:
    return sorted(server.data_dir.joinpath("storage", "public", *parts).rglob("*.parquet"))


def types_of(cursor: psycopg.Cursor[Any]) -> list[int]:
    assert cursor.description is not None
    return [column.type_code for column in cursor.description]


# --- triggers ---


def test_flush_time_trigger(server: ServerProcess, fresh_name: FreshName) -> None:
    table = fresh_name("timed")
    with server.connect() as root:
        make(root, table, "FLUSH INTERVAL 1s")
        # In one commit: no flush comes between two of them.
        root.execute(f"INSERT INTO {table} VALUES (0, 'x'), (1, 'x'), (2, 'x')".encode())
        waiting = status_of(root, table)
        if waiting["flush_count"] == 0:
            assert waiting["next_flush_reason"] == "interval"
            assert waiting["next_flush_at"] is not None
        status = wait_flushed(root, table, 1)
        assert (status["last_flush_rows"], status["last_flush_result"]) == (3, "completed")
        status = wait_counted(root, table, 0)
        assert status["hot_bytes"] == 0
        assert status["next_flush_at"] is None  # nothing waits
        assert jobs_of(root, table) == [("completed", "interval")]
    assert len(files(server, table)) == 1


def test_flush_row_count_trigger(server: ServerProcess, fresh_name: FreshName) -> None:
    table = fresh_name("counted")
    with server.connect() as root:
        make(root, table, "WITH (FLUSH_POLICY='rows:5')")
        insert(root, table, range(4))
        assert status_of(root, table)["rows_since_flush"] == 4
        assert jobs_of(root, table) == []
        assert files(server, table) == []
        insert(root, table, range(4, 5))
        assert wait_flushed(root, table, 1)["last_flush_rows"] == 5
        assert jobs_of(root, table) == [("completed", "rows")]
    assert len(files(server, table)) == 1


def test_flush_dual_triggers_or_logic(server: ServerProcess, fresh_name: FreshName) -> None:
    by_rows, by_time = fresh_name("dual"), fresh_name("dual")
    with server.connect() as root:
        make(root, by_rows, "FLUSH INTERVAL 3600s ROW_THRESHOLD 5")
        make(root, by_time, "FLUSH INTERVAL 1s ROW_THRESHOLD 5000")
        insert(root, by_rows, range(5))
        insert(root, by_time, range(5))
        wait_flushed(root, by_rows, 1)
        wait_flushed(root, by_time, 1)
        assert {trigger for _, trigger in jobs_of(root, by_rows)} == {"rows"}
        assert {trigger for _, trigger in jobs_of(root, by_time)} == {"interval"}


def test_thresholds_are_each_tables_own(server: ServerProcess, fresh_name: FreshName) -> None:
    tables = {limit: fresh_name("limited") for limit in (2, 4, 6)}
    with server.connect() as root:
        for limit, table in tables.items():
            make(root, table, f"FLUSH ROW_THRESHOLD {limit}")
            insert(root, table, range(limit - 1))
        assert all(jobs_of(root, table) == [] for table in tables.values())
        for limit, table in tables.items():
            insert(root, table, range(limit - 1, limit))
            assert wait_flushed(root, table, 1)["last_flush_rows"] == limit


def test_flush_scheduler_counter_reset(server: ServerProcess, fresh_name: FreshName) -> None:
    table = fresh_name("reset")
    with server.connect() as root:
        make(root, table, "FLUSH ROW_THRESHOLD 5")
        insert(root, table, range(5))
        wait_flushed(root, table, 1)
        insert(root, table, range(5, 9))
        assert status_of(root, table)["rows_since_flush"] == 4
        assert len(jobs_of(root, table)) == 1
        insert(root, table, range(9, 10))
        assert wait_flushed(root, table, 2)["last_flush_rows"] == 5
        count = root.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
        assert count == (10,)


def test_flush_off_is_manual_only_until_it_is_altered(
    server: ServerProcess, fresh_name: FreshName
) -> None:
    table = fresh_name("manual")
    with server.connect() as root:
        make(root, table, "FLUSH OFF")
        insert(root, table, range(5))
        assert status_of(root, table)["next_flush_reason"] == "off"
        root.execute(f"ALTER TABLE {table} SET FLUSH INTERVAL 3600s ROW_THRESHOLD 5".encode())
        wait_flushed(root, table, 1)
        root.execute(f"ALTER TABLE {table} SET FLUSH OFF".encode())
        insert(root, table, range(5, 10))
        assert end_of(root, f"FLUSH TABLE {table}")["status"] == "completed"
        root.execute(f"ALTER TABLE {table} RESET FLUSH".encode())
        insert(root, table, range(10, 11))
        assert status_of(root, table)["next_flush_reason"] == "interval"
        policy = root.execute(
            "SELECT flush_policy FROM system.tables WHERE table_name = %s", [table]
        )
        assert policy.fetchone() == (None,)


def test_a_paused_table_waits_and_makes_up_for_it(
    server: ServerProcess, fresh_name: FreshName
) -> None:
    table = fresh_name("paused")
    with server.connect() as root:
        make(root, table, "FLUSH ROWS 3")
        assert root.execute(f"PAUSE FLUSH TABLE {table}".encode()).statusmessage == "PAUSE FLUSH"
        insert(root, table, range(6))
        status = status_of(root, table)
        assert (status["is_paused"], status["next_flush_reason"]) == (True, "paused")
        assert jobs_of(root, table) == []
        resumed = root.execute(f"RESUME FLUSH TABLE {table}".encode())
        assert resumed.statusmessage == "RESUME FLUSH"
        assert wait_flushed(root, table, 1)["last_flush_rows"] == 6


def test_who_may_steer(server: ServerProcess, fresh_name: FreshName) -> None:
    table = fresh_name("steered")
    name = server.create_role(fresh_name("service"), "service")
    with server.connect() as root, server.connect(name) as service:
        make(root, table, "FLUSH OFF")
        for statement in (
            "PAUSE FLUSH",
            f"RESUME FLUSH TABLE {table}",
            f"ALTER TABLE {table} SET FLUSH ROWS 5",
            "ALTER FLUSH SETTINGS SET default_row_threshold = 5",
            "SHOW FLUSH SETTINGS",
            "SHOW JOBS",
            "RETRY JOB 'x'",
            "SELECT * FROM system.flush_status",
            "SELECT * FROM system.alerts",
            "SELECT * FROM system.dead_letters",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                service.execute(statement.encode())


# --- what is flushed ---


def test_flush_per_user_isolation(
    server: ServerProcess, alice: Person, bob: Person, fresh_name: FreshName
) -> None:
    table = fresh_name("private")
    with server.connect() as root:
        make(root, table, "FLUSH ROWS 6", kind="USER")
        for person in (alice, bob):
            with person.connect() as connection:
                insert(connection, table, range(3))
        wait_flushed(root, table, 1)
        assert wait_counted(root, table, 0)["users_with_hot_rows"] == 0
        for person in (alice, bob):
            (file,) = files(server, table, person.name)
            assert FILE_NAME.fullmatch(file.name)
            assert set(pq.read_table(file).column("_user_id").to_pylist()) == {person.name}
            with person.connect() as connection:
                count = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
                assert count == (3,)


def test_flush_parquet_file_naming(server: ServerProcess, fresh_name: FreshName) -> None:
    table = fresh_name("named")
    before = datetime.now(UTC).replace(microsecond=0)
    with server.connect() as root:
        make(root, table, "FLUSH OFF")
        insert(root, table, range(1))
        end_of(root, f"FLUSH TABLE {table}")
    (file,) = files(server, table)
    assert FILE_NAME.fullmatch(file.name)
    manifest = json.loads(file.with_name("manifest.json").read_text())
    assert [Path(each["path"]).name for each in manifest["segments"]] == [file.name]
    written = datetime.strptime(file.name[:19], "%Y-%m-%dT%H-%M-%S").replace(tzinfo=UTC)
    assert before <= written <= datetime.now(UTC)


TYPES = (
    "a int PRIMARY KEY, b text, c float8, d timestamptz, e bytea, f boolean, g jsonb, h uuid,"
    " i numeric(10, 2), j smallint, k bigint, l date"
)
TYPED = (
    "(1, 'text', 1.5, '2024-02-29 00:00Z', '\\x00ff', true, '{\"k\": [1, null]}',"
    " '00000000-0000-0000-0000-00000000000f', 12.30, -32768, 9223372036854775807, '0001-01-01')"
)


def read_back(root: Connection, server: ServerProcess, table: str) -> list[tuple[Any, ...]]:
    """The table's rows, which a flush between two readings has not changed; nor their types."""
    read = f"SELECT * FROM {table} ORDER BY 1".encode()
    before = root.execute(read)
    hot_rows, hot_types = before.fetchall(), types_of(before)
    end_of(root, f"FLUSH TABLE {table}")
    assert len(files(server, table)) == 1
    after = root.execute(read)
    assert after.fetchall() == hot_rows
    assert types_of(after) == hot_types
    return hot_rows


def test_flush_preserves_column_types(server: ServerProcess, fresh_name: FreshName) -> None:
    table = fresh_name("typed")
    with server.connect() as root:
        root.execute(f"CREATE SHARED TABLE {table} ({TYPES}) FLUSH OFF".encode())
        root.execute(f"INSERT INTO {table} VALUES {TYPED}".encode())
        (row,) = read_back(root, server, table)
    assert row[2:6] == (1.5, datetime(2024, 2, 29, tzinfo=UTC), b"\x00\xff", True)
    assert row[8:] == (Decimal("12.30"), -32768, 2**63 - 1, date(1, 1, 1))
    (file,) = files(server, table)
    names = pq.read_schema(file).names
    assert names == [*"abcdefghijkl", "_user_id", "_seq", "_updated"]


def test_flush_preserves_null_values(server: ServerProcess, fresh_name: FreshName) -> None:
    table = fresh_name("nulls")
    with server.connect() as root:
        root.execute(f"CREATE SHARED TABLE {table} ({TYPES}) FLUSH OFF".encode())
        root.execute(f"INSERT INTO {table} (a) VALUES (1), (2)".encode())
        root.execute(f"INSERT INTO {table} VALUES {TYPED.replace('(1,', '(3,', 1)}".encode())
        rows = read_back(root, server, table)
        assert [row[1:] for row in rows[:2]] == [(None,) * 11] * 2
        # NULLs survive an UPDATE of another column of a cold row.
        root.execute(f"UPDATE {table} SET b = 'new' WHERE a = 1".encode())
        changed = root.execute(f"SELECT * FROM {table} WHERE a = 1".encode()).fetchone()
        assert changed == (1, "new", *(None,) * 10)


def test_flush_unicode_data(server: ServerProcess, fresh_name: FreshName) -> None:
    table = fresh_name("unicode")
    texts = ["Ωmega 🦉", "\"q\" 'q' \n\t\\", "", "مرحبا", "e\u0301", "\U0010ffff"]
    with server.connect() as root:
        make(root, table, "FLUSH OFF")
        for number, text in enumerate(texts):
            root.execute(f"INSERT INTO {table} VALUES (%s, %s)".encode(), [number, text])
        assert read_back(root, server, table) == list(enumerate(texts))


def test_flush_data_integrity_full_scan(server: ServerProcess, fresh_name: FreshName) -> None:
    """Rows come in, are changed and deleted while flushes run one after the other."""
    table = fresh_name("scanned")
    expected: dict[int, str] = {}
    with server.connect() as root:
        make(root, table, "FLUSH ROWS 20")
        for number in range(200):
            insert(root, table, range(number, number + 1))
            expected[number] = "x"
            if number % 3 == 0:
                root.execute(
                    f"UPDATE {table} SET body = 'changed' WHERE id = %s".encode(), [number // 2]
                )
                if number // 2 in expected:
                    expected[number // 2] = "changed"
            if number % 7 == 0:
                root.execute(f"DELETE FROM {table} WHERE id = %s".encode(), [number // 3])
                expected.pop(number // 3, None)
        assert status_of(root, table)["flush_count"] > 1
        found = root.execute(f"SELECT id, body FROM {table} ORDER BY id".encode()).fetchall()
        assert found == sorted(expected.items())


def test_flush_no_duplicates(server: ServerProcess, fresh_name: FreshName) -> None:
    """Users write as fast as they can while both triggers fire; no two jobs of a table overlap."""
    table = fresh_name("crowded")
    users = [server.create_role(fresh_name("writer")) for _ in range(4)]

    def write(user: str) -> None:
        with server.connect(user) as connection:
            insert(connection, table, range(150))

    with server.connect() as root, ThreadPoolExecutor(len(users)) as writers:
        make(root, table, "FLUSH INTERVAL 1s ROW_THRESHOLD 50", kind="USER")
        for done in [writers.submit(write, user) for user in users]:
            done.result()
        wait_flushed(root, table, 2)
        for user in users:
            with server.connect(user) as connection:
                found = connection.execute(f"SELECT id FROM {table} ORDER BY id".encode())
                assert found.fetchall() == [(number,) for number in range(150)]
        report = root.execute(f"VERIFY TABLE {table}".encode()).fetchall()
        assert {row[3] for row in report} == {"ok"}
        spans = root.execute(
            "SELECT started_at, completed_at FROM system.jobs WHERE table_name = %s ORDER BY 1",
            [f"public.{table}"],
        ).fetchall()
        assert len(spans) > 1
        assert all(one[1] <= other[0] for one, other in pairwise(spans))


def test_flush_atomic_deletion(server: ServerProcess, fresh_name: FreshName) -> None:
    """No reader sees a row twice or not at all while rows go from hot to cold."""
    table = fresh_name("atomic")
    with server.connect() as root, server.connect() as reader:
        make(root, table, "FLUSH OFF")
        root.execute(f"INSERT INTO {table} SELECT g, 'x' FROM generate_series(1, 9000) g".encode())
        started = root.execute(f"FLUSH TABLE {table}".encode()).fetchone()
        assert started is not None
        status = None
        while status != ("completed",):
            status = root.execute(
                "SELECT status FROM system.jobs WHERE job_id = %s", [started[0]]
            ).fetchone()
            counted = reader.execute(f"SELECT count(*), count(DISTINCT id) FROM {table}".encode())
            assert counted.fetchone() == (9000, 9000)
        wait_flushed(root, table, 1)
        wait_counted(root, table, 0)
    (file,) = files(server, table)
    assert pq.read_metadata(file).num_rows == 9000


def test_flush_snapshot_consistency(
    server: ServerProcess, alice: Person, fresh_name: FreshName
) -> None:
    """What is written while a flush runs is there once, and a transaction sees its own instant."""
    table = fresh_name("snap")
    with server.connect() as root, alice.connect() as writer:
        make(root, table, "FLUSH OFF", kind="USER")
        count = f"SELECT count(*) FROM {table}".encode()
        writer.execute(
            f"INSERT INTO {table} SELECT g, 'x' FROM generate_series(1, 5000) AS s(g)".encode()
        )
        with alice.connect(autocommit=False) as reader:
            reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            assert reader.execute(count).fetchone() == (5000,)
            started = root.execute(f"FLUSH TABLE {table}".encode()).fetchone()
            insert(writer, table, range(5001, 5101))
            assert started is not None
            assert wait_for(root, started[0])["status"] == "completed"
            assert reader.execute(count).fetchone() == (5000,)
        assert writer.execute(count).fetchone() == (5100,)
        assert root.execute(f"VERIFY TABLE {table}".encode()).fetchall()


def test_flush_empty_table(server: ServerProcess, fresh_name: FreshName) -> None:
    """By hand it is a job that moves nothing; by the clock there is no job at all."""
    table, clock = fresh_name("empty"), fresh_name("clock")
    with server.connect() as root:
        for name in (table, clock):
            make(root, name, "FLUSH INTERVAL 1s")
        insert(root, clock, range(1))
        wait_flushed(root, clock, 1)
        assert jobs_of(root, table) == []
        job = end_of(root, f"FLUSH TABLE {table}")
        assert (job["status"], job["result"]["rows_flushed"]) == ("completed", 0)
    assert files(server, table) == []


def test_flush_single_row(server: ServerProcess, fresh_name: FreshName) -> None:
    table = fresh_name("single")
    with server.connect() as root:
        make(root, table, "FLUSH OFF")
        insert(root, table, range(1))
        job = end_of(root, f"FLUSH TABLE {table}")
        assert (job["result"]["rows_flushed"], job["result"]["parquet_files_count"]) == (1, 1)
        assert job["message"] == f"Flushed public.{table} successfully (1 rows, 1 files)"
    assert len(files(server, table)) == 1


def test_flush_large_rows(server: ServerProcess, fresh_name: FreshName) -> None:
    table = fresh_name("large")
    body = "kalam " * (10 * 1024 * 1024 // 6)
    with server.connect() as root:
        make(root, table, "FLUSH OFF")
        root.execute(f"INSERT INTO {table} VALUES (1, %s)".encode(), [body])
        assert status_of(root, table)["hot_bytes"] > len(body)
        end_of(root, f"FLUSH TABLE {table}")
        assert root.execute(f"SELECT body FROM {table}".encode()).fetchone() == (body,)


# --- jobs ---


def test_job_status_transitions(server: ServerProcess, fresh_name: FreshName) -> None:
    table = fresh_name("states")
    with server.connect() as root:
        make(root, table, "FLUSH OFF")
        insert(root, table, range(2))
        job = end_of(root, f"FLUSH TABLE {table}")
        assert job["created_at"] <= job["started_at"] <= job["completed_at"]
        assert (job["job_type"], job["retry_count"], job["crash_count"]) == ("flush", 0, 0)
        assert job["result"]["users_count"] == 1
        cursor = root.execute("SHOW JOBS")
        assert cursor.description is not None
        assert cursor.description[0].name == "job_id"
        assert job["job_id"] in {row[0] for row in cursor}


def start_three(root: Connection, fresh_name: FreshName) -> tuple[list[str], list[str]]:
    """Three tables with rows and a job for each; two run at a time."""
    tables = [fresh_name("crowd") for _ in range(3)]
    for table in tables:
        make(root, table, "FLUSH OFF")
        rows = f"INSERT INTO {table} SELECT g, 'x' FROM generate_series(1, 30000) AS s(g)"
        root.execute(rows.encode())
    started = [root.execute(f"FLUSH TABLE {table}".encode()).fetchone() for table in tables]
    return tables, [row[0] for row in started if row is not None]


def test_concurrent_flush_jobs(server: ServerProcess, fresh_name: FreshName) -> None:
    with server.connect() as root:
        tables, ids = start_three(root, fresh_name)
        again = root.execute(f"FLUSH TABLE {tables[0]}".encode()).fetchone()
        assert again is not None
        assert again[0] == ids[0] or wait_for(root, ids[0])["status"] == "completed"
        assert len(set(ids)) == 3
        for table, job_id in zip(tables, ids, strict=True):
            job = wait_for(root, job_id)
            assert (job["status"], job["result"]["rows_flushed"]) == ("completed", 30000)
            count = root.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
            assert count == (30000,)


def test_kill_job_cancellation(server: ServerProcess, fresh_name: FreshName) -> None:
    """The job that waits does nothing when it is killed, and the others come to their ends."""
    with server.connect() as root:
        tables, ids = start_three(root, fresh_name)
        killed = root.execute(sql.SQL("KILL JOB {}").format(ids[2])).fetchone()
        assert killed == (ids[2], f"public.{tables[2]}", "cancelled")
        ends = [wait_for(root, job_id)["status"] for job_id in ids]
        assert ends == ["completed", "completed", "cancelled"]
        status = status_of(root, tables[2])
        assert (status["last_flush_result"], status["hot_rows"]) == ("cancelled", 30000)
        count = root.execute(f"SELECT count(*) FROM {tables[2]}".encode()).fetchone()
        assert count == (30000,)
        with pytest.raises(psycopg.errors.UndefinedObject):
            root.execute("KILL JOB 'FL-nonesuch'")


def test_flush_all_tables_starts_a_job_for_each(
    server: ServerProcess, fresh_name: FreshName
) -> None:
    schema = fresh_name("all")
    with server.connect() as root:
        root.execute(f"CREATE NAMESPACE {schema}".encode())
        for number in range(3):
            make(root, f"{schema}.t{number}", "FLUSH OFF")
            insert(root, f"{schema}.t{number}", range(number))
        started = root.execute(f"FLUSH ALL TABLES IN {schema}".encode()).fetchall()
        assert [row[1] for row in started] == [f"{schema}.t{number}" for number in range(3)]
        results = [wait_for(root, row[0])["result"]["rows_flushed"] for row in started]
        assert results == [0, 1, 2]
        for statement in (f"FLUSH TABLE {schema}.nowhere", "FLUSH ALL TABLES IN nowhere"):
            with pytest.raises(psycopg.Error, match="does not exist"):
                root.execute(statement.encode())


def test_job_recovery_on_restart(start_server: StartServer) -> None:
    crashing = start_server(environment={"KALAMPG_FAILPOINT": "flush-before-publish"})
    with crashing.connect() as root:
        make(root, "t", "FLUSH OFF")
        insert(root, "t", range(20))
        with pytest.raises(psycopg.OperationalError):
            root.execute("FLUSH TABLE t")
            wait_flushed(root, "t", 1)
    crashing.process.wait()
    server = start_server()
    with server.connect() as root:
        wait_flushed(root, "t", 1)
        (job,) = root.execute("SELECT status, crash_count, message FROM system.jobs").fetchall()
        assert job[:2] == ("completed", 1)
        assert root.execute("SELECT count(*) FROM t").fetchone() == (20,)
    assert len(files(server, "t")) == 1


def test_a_job_that_takes_the_process_down_is_parked_and_can_be_retried(
    start_server: StartServer,
) -> None:
    failpoint = {"KALAMPG_FAILPOINT": "flush-before-publish"}
    crashing = start_server(environment=failpoint)
    with crashing.connect() as root:
        make(root, "t", "FLUSH OFF")
        insert(root, "t", range(5))
        with pytest.raises(psycopg.OperationalError):
            root.execute("FLUSH TABLE t")
            wait_flushed(root, "t", 1)
    crashing.process.wait()
    for _ in range(2):  # the job runs as soon as the server does, and takes it down
        start_server(environment=failpoint).process.wait()
    server = start_server()
    with server.connect() as root:
        (letter,) = root.execute("SELECT job_id, error_message FROM system.dead_letters").fetchall()
        assert letter[1] == "The process died 3 times while the job ran"
        assert root.execute("SELECT count(*) FROM t").fetchone() == (5,)
        root.execute(sql.SQL("RETRY JOB {}").format(letter[0]))
        assert wait_for(root, letter[0])["status"] == "completed"
        assert root.execute("SELECT * FROM system.dead_letters").fetchall() == []


def test_a_failing_storage_leaves_rows_hot_a_dead_letter_and_an_alert(
    server: ServerProcess, fresh_name: FreshName
) -> None:
    schema = fresh_name("broken")
    with server.connect() as root:
        root.execute(f"CREATE NAMESPACE {schema}".encode())
        root.execute(f"CREATE SHARED TABLE {schema}.f (id int PRIMARY KEY) FLUSH OFF".encode())
        root.execute(f"INSERT INTO {schema}.f VALUES (1), (2)".encode())
        in_the_way = server.data_dir / "storage" / schema
        in_the_way.write_text("a file where the folder should be")
        root.execute("ALTER FLUSH SETTINGS SET alert_after_failures = 1")
        started = root.execute(f"FLUSH TABLE {schema}.f".encode()).fetchone()
        assert started is not None
        job = wait_for(root, started[0])
        assert (job["status"], job["retry_count"]) == ("failed", 3)
        assert root.execute(f"SELECT count(*) FROM {schema}.f".encode()).fetchone() == (2,)
        letter = root.execute(
            "SELECT error_message FROM system.dead_letters WHERE job_id = %s", [started[0]]
        ).fetchone()
        assert letter == (job["error_message"],)
        alert = "SELECT message, resolved_at IS NULL FROM system.alerts WHERE namespace = %s"
        assert root.execute(alert, [schema]).fetchall() == [
            (f"Flushes of {schema}.f fail, 1 in a row", True)
        ]
        in_the_way.unlink()
        retried = root.execute(sql.SQL("RETRY JOB {}").format(started[0])).fetchone()
        assert retried is not None
        assert wait_for(root, started[0])["status"] == "completed"
        (after,) = root.execute(alert, [schema]).fetchall()
        assert after[1] is False
        root.execute("ALTER FLUSH SETTINGS RESET ALL")


# --- restarts ---


def test_deadlines_pauses_and_settings_survive_restarts(start_server: StartServer) -> None:
    server = start_server()
    with server.connect() as root:
        make(root, "due", "FLUSH INTERVAL 1s")
        make(root, "held", "FLUSH INTERVAL 1s")
        make(root, "later", "FLUSH ROWS 6")
        root.execute("PAUSE FLUSH")
        root.execute("PAUSE FLUSH TABLE held")
        for table in ("due", "held", "later"):
            insert(root, table, range(4))
        root.execute("ALTER FLUSH SETTINGS SET default_row_threshold = 77")
    server.stop(signal.SIGKILL)
    server = start_server()
    with server.connect() as root:
        settings = dict(row[:2] for row in root.execute("SHOW FLUSH SETTINGS"))
        assert settings["default_row_threshold"] == 77
        assert status_of(root, "due")["is_paused"]
        root.execute("RESUME FLUSH")
        wait_flushed(root, "due", 1)
        held = status_of(root, "held")
        assert (held["is_paused"], held["flush_count"], held["hot_rows"]) == (True, 0, 4)
        assert status_of(root, "later")["rows_since_flush"] == 4
        insert(root, "later", range(4, 6))
        assert wait_flushed(root, "later", 1)["last_flush_rows"] == 6


def test_graceful_shutdown_waits_for_flush(start_server: StartServer) -> None:
    server = start_server()
    with server.connect() as root:
        make(root, "t", "FLUSH OFF")
        root.execute("INSERT INTO t SELECT g, 'x' FROM generate_series(1, 60000) AS s(g)")
        root.execute("FLUSH TABLE t")
    server.stop(signal.SIGTERM)
    server = start_server()
    with server.connect() as root:
        (job,) = root.execute("SELECT status, message FROM system.jobs").fetchall()
        assert job == ("completed", "Flushed public.t successfully (60000 rows, 1 files)")
        assert root.execute("SELECT count(*) FROM t").fetchone() == (60000,)
