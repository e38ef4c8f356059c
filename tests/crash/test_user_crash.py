"""EXPORT USER and DROP USER ... CASCADE, killed at every step.

Goal: after a crash the job goes on by itself and ends as if nothing had happened: an export is
whole and has no files besides, a dropped user has nothing left and nobody else has lost anything;
until then the name cannot be used. Method: a real server dies at a fail point of the job and is
started again; what it holds is compared with what was written, and VERIFY looks at every object.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from conformance.server_process import Connection, ServerProcess
from kalampg.failpoints import FAILPOINTS
from tests.fix_jobs import run_job, wait_for
from tests.fix_server import StartServer

pytestmark = [pytest.mark.crash, pytest.mark.slow]

FAILPOINT_EXIT = 91
TABLES = ("drafts", "notes")
AT_SECOND_TABLE = {"export-after-object", "cleanup-before-scope"}
ROWS = [(1, "cold"), (2, "changed"), (4, "hot")]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory: alice and bob have the same rows in two tables, cold, changed and hot."""
    server = ServerProcess(tmp_path_factory.mktemp("filled") / "data")
    for name in ("alice", "bob"):
        server.create_role(name)
    with (
        server.connect() as root,
        server.connect("alice") as alice,
        server.connect("bob") as bob,
    ):
        for table in TABLES:
            root.execute(f"CREATE USER TABLE {table} (id int PRIMARY KEY, body text)".encode())
            for user in (alice, bob):
                user.execute(
                    f"INSERT INTO {table} SELECT g, 'cold' FROM generate_series(1, 3) g".encode()
                )
            run_job(root, f"FLUSH TABLE {table}")
            for user in (alice, bob):
                user.execute(f"UPDATE {table} SET body = 'changed' WHERE id = 2".encode())
                user.execute(f"DELETE FROM {table} WHERE id = 3".encode())
                user.execute(f"INSERT INTO {table} VALUES (4, 'hot')".encode())
    assert server.stop() == 0
    return server.data_dir


@pytest.fixture
def prepared(filled: Path, tmp_path: Path) -> None:
    """A copy of it, where ``start_server`` looks."""
    shutil.copytree(filled, tmp_path / "data")


def _only_job(root: Connection, kind: str) -> dict[str, Any]:
    """The one job of its kind, when it has ended."""
    found = root.execute("SELECT job_id FROM system.jobs WHERE job_type = %s", [kind]).fetchall()
    ((job_id,),) = found
    return wait_for(root, job_id)


def _crash(start_server: StartServer, failpoint: str, statement: str) -> None:
    nth = 2 if failpoint in AT_SECOND_TABLE else 1
    server = start_server(environment={"KALAMPG_FAILPOINT": f"{failpoint}:{nth}"})
    with contextlib.suppress(psycopg.OperationalError), server.connect() as root:
        root.execute(statement.encode())
    assert server.process.wait(60) == FAILPOINT_EXIT


def _check_rows(server: ServerProcess, user: str, expected: list[tuple[int, str]]) -> None:
    with server.connect(user) as connection:
        for table in TABLES:
            found = connection.execute(f"SELECT id, body FROM {table} ORDER BY id".encode())
            assert found.fetchall() == expected


def _check_store(server: ServerProcess, users: set[str]) -> None:
    with server.connect() as root:
        for table in TABLES:
            report = root.execute(f"VERIFY TABLE {table}".encode()).fetchall()
            assert [row for row in report if row[3] != "ok"] == []
        listed = root.execute("SELECT user_id, path FROM system.segments").fetchall()
        assert {user for user, _ in listed} == users
        stored = {
            path.relative_to(server.data_dir / "storage").as_posix()
            for path in (server.data_dir / "storage").rglob("*.parquet")
        }
        assert stored == {path for _, path in listed}


@pytest.mark.parametrize("name", ["export-after-object", "export-before-manifest"])
def test_an_export_is_whole_after_a_crash_at(
    prepared: None, start_server: StartServer, name: str
) -> None:
    _crash(start_server, name, "EXPORT USER alice TO 'local:requests/1'")
    server = start_server()
    with server.connect() as root:
        job = _only_job(root, "user_export")
        assert (job["status"], job["error_message"]) == ("completed", None)
        assert job["result"]["rows"] == 6
    folder = server.data_dir / "exports" / "requests" / "1"
    manifest = json.loads((folder / "manifest.json").read_text())
    files = [file for table in manifest["tables"] for file in table["files"]]
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json",
        *(file["path"] for file in files),
    }
    assert [table["table"] for table in manifest["tables"]] == list(TABLES)
    for file in files:
        data = (folder / file["path"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == file["sha256"]
        query = f"SELECT id, body FROM '{folder / file['path']}' ORDER BY id"
        assert duckdb.execute(query).fetchall() == ROWS
    _check_rows(server, "alice", ROWS)
    _check_store(server, {"alice", "bob"})


@pytest.mark.parametrize("name", [name for name in FAILPOINTS if name.startswith("cleanup")])
def test_a_dropped_user_is_gone_after_a_crash_at(
    prepared: None, start_server: StartServer, name: str
) -> None:
    _crash(start_server, name, "DROP USER alice CASCADE")
    server = start_server()
    with server.connect() as root:
        with contextlib.suppress(psycopg.errors.ObjectInUse):
            # As soon as it succeeds, nothing may be left for the new one to see.
            server.create_role("alice")
            _check_rows(server, "alice", [])
        job = _only_job(root, "user_cleanup")
        assert (job["status"], job["error_message"]) == ("completed", None)
        result = job["result"]
        assert [
            (t["table"], t["rows"], t["deleted_rows"], t["segments"]) for t in result["tables"]
        ] == [(f"public.{table}", 3, 1, 1) for table in TABLES]
        assert result["objects_removed"] == 2
    with contextlib.suppress(psycopg.errors.DuplicateObject):
        server.create_role("alice")
    _check_rows(server, "alice", [])
    _check_rows(server, "bob", ROWS)
    _check_store(server, {"bob"})


def test_a_resumed_job_leaves_the_next_user_of_the_name_alone(
    prepared: None, start_server: StartServer
) -> None:
    _crash(start_server, "cleanup-after-finish", "DROP USER alice CASCADE")
    server = start_server()
    server.create_role("alice")
    with server.connect("alice") as alice, server.connect() as root:
        alice.execute("INSERT INTO notes VALUES (1, 'new'), (2, 'new')")
        assert _only_job(root, "user_cleanup")["status"] == "completed"
        assert len(alice.execute("SELECT * FROM notes").fetchall()) == 2
