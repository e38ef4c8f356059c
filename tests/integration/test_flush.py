"""Flush as an operator sees it: jobs, files, memory.

Goal: hot rows become one Parquet object a user, where the design says, without the process growing
with the table. Method: real files are listed and read with pyarrow, memory is the kernel's figure.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
import pytest
from psycopg import sql

from conformance.server_process import ServerProcess
from tests.fix_jobs import POLLS_MAX, run_job, wait_for
from tests.fix_server import Person, StartServer

pytestmark = pytest.mark.slow
FreshName = Callable[[str], str]

FILE_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-[^/]+\.parquet")
GROWTH_KIB_MAX = 100 * 1024


def _files(server: ServerProcess, *parts: str) -> list[Path]:
    # Not rglob: a folder may be removed while it is looked at.
    folders = os.walk(server.data_dir.joinpath("storage", *parts))
    paths = (Path(folder, name) for folder, _, names in folders for name in names)
    return sorted(path for path in paths if path.suffix == ".parquet")


def test_each_user_has_a_file_where_the_design_says(
    server: ServerProcess, alice: Person, bob: Person, fresh_name: FreshName
) -> None:
    schema = fresh_name("flushed")
    with server.connect() as root:
        root.execute(f"CREATE NAMESPACE {schema}".encode())
        root.execute(f"CREATE USER TABLE {schema}.t (id int PRIMARY KEY, body text)".encode())
        for person in (alice, bob):
            with person.connect() as connection:
                insert = f"INSERT INTO {schema}.t VALUES (2, 'b'), (1, %s)".encode()
                connection.execute(insert, [person.name])
        run_job(root, f"FLUSH TABLE {schema}.t")
        for person in (alice, bob):
            (file,) = _files(server, schema, "t", person.name)
            assert FILE_NAME.fullmatch(file.name)
            rows = pq.read_table(file).to_pylist()
            assert [(row["id"], row["body"]) for row in rows] == [(1, person.name), (2, "b")]
            assert {row["_user_id"] for row in rows} == {person.name}
        root.execute(f"DROP TABLE {schema}.t".encode())
        for _ in range(POLLS_MAX):  # files go when no snapshot can read them any more
            root.execute("SELECT 1")
            if not _files(server, schema, "t"):
                break
        assert _files(server, schema, "t") == []


def test_a_shared_table_has_no_user_folder(server: ServerProcess, fresh_name: FreshName) -> None:
    schema = fresh_name("common")
    with server.connect() as root:
        root.execute(f"CREATE NAMESPACE {schema}".encode())
        root.execute(f"CREATE SHARED TABLE {schema}.t (id int PRIMARY KEY)".encode())
        root.execute(f"INSERT INTO {schema}.t VALUES (1)".encode())
        run_job(root, f"FLUSH TABLE {schema}.t")
    (file,) = _files(server, schema)
    assert file.parent == server.data_dir / "storage" / schema / "t"


def test_flushed_and_hot_rows_are_one_relation(
    server: ServerProcess, alice: Person, fresh_name: FreshName
) -> None:
    table = fresh_name("mixed")
    with server.connect() as root, alice.connect() as connection:
        connection.execute(f"CREATE USER TABLE {table} (id int PRIMARY KEY, body text)".encode())
        connection.execute(f"INSERT INTO {table} VALUES (1, 'a'), (2, 'b'), (3, 'c')".encode())
        run_job(root, f"FLUSH TABLE public.{table}")
        with pytest.raises(psycopg.errors.UniqueViolation) as caught:
            connection.execute(f"INSERT INTO {table} VALUES (2, 'again')".encode())
        assert caught.value.diag.message_detail == "Key (id)=(2) already exists."
        connection.execute(f"UPDATE {table} SET body = 'B' WHERE id = 2".encode())
        connection.execute(f"DELETE FROM {table} WHERE body = 'c'".encode())
        connection.execute(f"INSERT INTO {table} VALUES (4, 'd')".encode())
        expected = [(1, "a"), (2, "B"), (4, "d")]
        read = f"SELECT id, body FROM {table} ORDER BY id".encode()
        assert connection.execute(read).fetchall() == expected
        run_job(root, f"FLUSH TABLE public.{table}")
        assert connection.execute(read).fetchall() == expected
        connection.execute(f"INSERT INTO {table} VALUES (3, 'back')".encode())
        by_key = f"SELECT body FROM {table} WHERE id = %s".encode()
        bodies = [connection.execute(by_key, [n]).fetchone() for n in (1, 2, 3, 4, 5)]
        assert bodies == [("a",), ("B",), ("back",), ("d",), None]


def test_jobs_that_have_ended_or_never_were_cannot_be_killed(
    server: ServerProcess, fresh_name: FreshName
) -> None:
    table = fresh_name("ended")
    with server.connect() as root:
        root.execute(f"CREATE SHARED TABLE {table} (id int PRIMARY KEY)".encode())
        started = root.execute(f"FLUSH TABLE public.{table}".encode()).fetchone()
        assert started is not None
        job_id, *answer = started
        assert answer[0] == f"public.{table}"
        assert answer[1:] in (["queued"], ["running"], ["completed"])
        assert wait_for(root, job_id)["status"] == "completed"
        kill = sql.SQL("KILL JOB {}")
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
            root.execute(kill.format(job_id))
        with pytest.raises(psycopg.errors.UndefinedObject):
            root.execute(kill.format("FL-nonesuch"))


def test_users_may_not_flush(alice: Person) -> None:
    with alice.connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("FLUSH ALL TABLES")


def _memory_kib(server: ServerProcess, figure: str) -> int:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(rf"^{figure}:\s+(\d+) kB", status, re.MULTILINE)
    assert found is not None
    return int(found[1])


def test_a_flush_needs_memory_for_one_user_not_for_the_table(start_server: StartServer) -> None:
    server = start_server()
    with server.connect() as root:
        root.execute("CREATE USER TABLE big (id int PRIMARY KEY, body text, at timestamptz)")
        for n in range(10):
            name = server.create_role(f"user{n}")
            root.execute(sql.SQL("SET kalam.user_id = {}").format(name))
            root.execute(
                "INSERT INTO big SELECT g, repeat('x', 100) || g, now()"
                " FROM generate_series(1, 10000) AS s(g)"
            )
        root.execute("RESET kalam.user_id")
        # 5 resets the peak to what is resident now.
        Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")
        before = _memory_kib(server, "VmRSS")
        run_job(root, "FLUSH TABLE public.big")
        growth = _memory_kib(server, "VmHWM") - before
        assert len(_files(server, "public", "big")) == 10
    assert growth < GROWTH_KIB_MAX
