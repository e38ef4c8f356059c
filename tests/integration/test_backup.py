"""BACKUP and RESTORE DATABASE: a copy that is whole, its own, and equal to the original then.

Goal: whatever the original has at the backup's moment the copy has, and neither can harm the other
afterwards; what is not whole is no backup, and no directory that a server opens. Method: real
servers; the copy is started beside the original and both are asked the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conformance.server_process import Connection, ServerProcess
from tests.fix_jobs import end_of, run_job, wait_for
from tests.fix_object_store import ACCESS_KEY, SECRET_KEY, ObjectStoreServer, create_s3
from tests.fix_server import Person, StartServer

pytestmark = pytest.mark.slow
FreshName = Callable[[str], str]

USERS = ("alice", "bob")
QUESTIONS = (
    "SELECT id, body, _seq, _updated FROM notes ORDER BY id",
    "SELECT id, total FROM facts ORDER BY id",
    "SELECT nextval('numbers')",
)


def _run(connection: Connection, statement: str) -> None:
    connection.execute(statement.encode())


def _fill(server: ServerProcess, elsewhere: Path) -> None:
    """Hot and cold rows, marks, tombstones, two storages, a sequence, a unique constraint."""
    for name in USERS:
        server.create_role(name)
    with server.connect() as root:
        _run(root, f"CREATE STORAGE elsewhere TYPE filesystem PATH '{elsewhere}'")
        _run(
            root,
            "CREATE USER TABLE notes (id int PRIMARY KEY, body text UNIQUE)"
            " STORAGE elsewhere FLUSH OFF",
        )
        _run(root, "CREATE SHARED TABLE facts (id int PRIMARY KEY, total numeric) FLUSH OFF")
        _run(root, "ALTER TABLE facts SET ACCESS LEVEL public")
        _run(root, "CREATE SEQUENCE numbers START 7")
        _run(root, "INSERT INTO facts SELECT g, g / 10.0 FROM generate_series(1, 50) AS g")
        for user in USERS:
            with server.connect(user) as connection:
                insert = "INSERT INTO notes SELECT g, %s || g FROM generate_series(1, 20) AS g"
                connection.execute(insert, [user])
        for table in ("notes", "facts"):
            run_job(root, f"FLUSH TABLE {table}")
    with server.connect("bob") as bob:
        _run(bob, "UPDATE notes SET body = 'changed' WHERE id = 3")
        _run(bob, "DELETE FROM notes WHERE id = 4")
        _run(bob, "INSERT INTO notes VALUES (100, 'hot')")


def _answers(server: ServerProcess, user: str) -> list[Any]:
    with server.connect(user) as connection:
        return [connection.execute(question.encode()).fetchall() for question in QUESTIONS[:2]]


def _verified(server: ServerProcess) -> None:
    with server.connect() as root:
        for table in ("notes", "facts"):
            report = root.execute(f"VERIFY TABLE {table}".encode()).fetchall()
            assert [row for row in report if row[3] != "ok"] == []


def _restore(place: str, target: Path, *options: str, code: int = 0, **environment: str) -> str:
    arguments = ["restore", "--from", place, "--data-dir", str(target), *options]
    done = subprocess.run(
        [sys.executable, "-m", "kalampg", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
        timeout=60,
    )
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def test_a_copy_is_equal_and_its_own(start_server: StartServer, tmp_path: Path) -> None:
    original = start_server(environment={"KALAMPG_STORAGE_RESTORE_ROOT": str(tmp_path)})
    _fill(original, tmp_path / "elsewhere")
    with original.connect() as root:
        _run(root, f"CREATE STORAGE safe TYPE filesystem PATH '{tmp_path}/safe'")
        result = run_job(root, "BACKUP DATABASE TO 'safe:nightly'")["result"]
        assert result["segments"] == 3
        assert result["needs_key"] is False
        listed = root.execute("SHOW BACKUPS").fetchall()
        assert [row[:2] for row in listed] == [("safe:nightly", result["backup_id"])]
        assert root.execute("SHOW BACKUPS FROM 'safe:nightly'").fetchall() == listed
        expected = {user: _answers(original, user) for user in USERS}
        run_job(root, f"RESTORE DATABASE FROM 'safe:nightly' TO '{tmp_path}/copy'")
        copy = start_server("copy")
        assert {user: _answers(copy, user) for user in USERS} == expected
        _verified(copy)
        with copy.connect() as other:
            assert other.execute("SELECT nextval('numbers')").fetchone() == (7,)
            stored = other.execute("SELECT DISTINCT storage_id FROM system.segments").fetchall()
            assert stored == [("local",)]
            base = other.execute(
                "SELECT base_directory FROM system.storages WHERE storage_id = 'elsewhere'"
            ).fetchone()
            assert base is not None
            assert base[0].startswith(f"{tmp_path}/elsewhere/restored-RS-")
            _run(other, "DROP TABLE notes")
            _run(other, "DROP TABLE facts")
        assert copy.stop() == 0
        assert {user: _answers(original, user) for user in USERS} == expected
        _verified(original)
        _run(root, "DROP TABLE notes")
    _restore(f"{tmp_path}/safe/nightly", tmp_path / "again")
    checked = subprocess.run(
        [sys.executable, "-m", "kalampg", "verify", "--data-dir", str(tmp_path / "again")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout
    again = start_server("again")
    assert {user: _answers(again, user) for user in USERS} == expected


def test_a_second_backup_copies_only_what_is_new(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server()
    _fill(server, tmp_path / "elsewhere")
    with server.connect() as root:
        _run(root, f"CREATE STORAGE safe TYPE filesystem PATH '{tmp_path}/safe'")
        first = run_job(root, "BACKUP DATABASE TO 'safe:b'")["result"]
        with server.connect("alice") as alice:
            _run(alice, "INSERT INTO notes VALUES (200, 'later')")
        run_job(root, "FLUSH TABLE notes")
        second = run_job(root, "BACKUP DATABASE TO 'safe:b'")["result"]
        segments = list(tmp_path.joinpath("safe").rglob("*.parquet"))
        assert len(segments) == second["segments"] > first["segments"]
        newest, oldest = root.execute("SHOW BACKUPS").fetchall()
        assert (newest[1], oldest[1]) == (second["backup_id"], first["backup_id"])
    _restore(f"{tmp_path}/safe/b", tmp_path / "old", "--backup", first["backup_id"])
    _restore(f"file://{tmp_path}/safe/b", tmp_path / "new")
    for name, has_it in (("old", 0), ("new", 1)):
        copy = start_server(name)
        with copy.connect("alice") as alice:
            count = alice.execute("SELECT count(*) FROM notes WHERE id = 200").fetchone()
            assert count == (has_it,)
        _verified(copy)
        copy.stop()


def test_backups_in_an_object_store(
    start_server: StartServer,
    object_store: ObjectStoreServer,
    fresh_name: FreshName,
    tmp_path: Path,
) -> None:
    bucket = fresh_name("backups").replace("_", "-")
    object_store.client().mkdir(bucket)
    server = start_server()
    _fill(server, tmp_path / "elsewhere")
    with server.connect() as root:
        create_s3(root, "cloud", bucket, object_store)
        _run(root, "ALTER TABLE notes SET STORAGE cloud MOVE")
        move = root.execute("SELECT job_id FROM system.jobs WHERE job_type = 'move'").fetchone()
        assert move is not None
        wait_for(root, move[0])
        kept = run_job(root, "BACKUP DATABASE TO 'cloud:kept/here'")
        assert kept["result"]["needs_key"] is True
    expected = {user: _answers(server, user) for user in USERS}
    before = object_store.objects(bucket)
    assert SECRET_KEY.encode() not in b"".join(
        object_store.client().cat(f"{bucket}/{path}") for path in before
    )
    credentials = json.dumps({"access_key": ACCESS_KEY, "secret_key": SECRET_KEY})
    said = _restore(
        f"s3://{bucket}/prefix/kept/here",
        tmp_path / "copy",
        "--storage-config",
        json.dumps({"endpoint": object_store.endpoint, "region": "us-east-1"}),
        KALAMPG_RESTORE_CREDENTIALS=credentials,
    )
    assert "put storage-credentials.key" in said
    copy = start_server("copy")
    assert {user: _answers(copy, user) for user in USERS} == expected
    with copy.connect() as root:
        _run(root, "DROP TABLE notes")
    copy.stop()
    assert object_store.objects(bucket) == before, "the original's objects are not the copy's"
    _verified(server)


def test_what_is_wrong_is_said_and_nothing_is_left(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server(environment={"KALAMPG_STORAGE_RESTORE_ROOT": str(tmp_path / "root")})
    _fill(server, tmp_path / "elsewhere")
    (tmp_path / "root" / "full").mkdir(parents=True)
    (tmp_path / "root" / "full" / "file").write_text("precious")
    with server.connect() as root:
        _run(root, f"CREATE STORAGE safe TYPE filesystem PATH '{tmp_path}/safe'")
        for statement, sqlstate in (
            ("BACKUP DATABASE TO 'safe:../x'", "22023"),
            ("BACKUP DATABASE TO 'safe:/x'", "22023"),
            ("BACKUP DATABASE TO 'safe'", "22023"),
            ("BACKUP DATABASE TO 'local:x'", "22023"),
            ("BACKUP DATABASE TO 'nowhere:x'", "42704"),
            ("BACKUP DATABASE", "42601"),
            ("SHOW BACKUPS FROM 'nowhere:x'", "42704"),
            ("RESTORE DATABASE FROM 'nowhere:x' TO 'y'", "42704"),
            (f"RESTORE DATABASE FROM 'safe:x' TO '{tmp_path}/y'", "22023"),
            ("RESTORE DATABASE FROM 'safe:x' TO '../y'", "22023"),
            ("RESTORE DATABASE FROM 'safe:x' TO ''", "22023"),
            ("RESTORE DATABASE FROM 'safe:x' TO 'full'", "55000"),
        ):
            with pytest.raises(psycopg.Error) as refused:
                _run(root, statement)
            assert refused.value.sqlstate == sqlstate, statement
        assert root.execute("SHOW BACKUPS FROM 'safe:x'").fetchall() == []
        assert _failed(root, "RESTORE DATABASE FROM 'safe:x' TO 'y'") == "there is no backup"
        backup_id = run_job(root, "BACKUP DATABASE TO 'safe:x'")["result"]["backup_id"]
        unknown = "RESTORE DATABASE FROM 'safe:x' BACKUP 'BK-1' TO 'y'"
        assert _failed(root, unknown) == 'backup "BK-1" does not exist'
        damaged = next(tmp_path.joinpath("safe").rglob("*.parquet"))
        damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
        assert "is not what was written" in _failed(
            root, f"RESTORE DATABASE FROM 'safe:x' BACKUP '{backup_id}' TO 'y'"
        )
        assert list((tmp_path / "root" / "y").iterdir()) == []
        full = tmp_path / "root" / "full"
        assert "is not empty" in _restore(f"{tmp_path}/safe/x", full, code=1)
        document = tmp_path / "safe" / "x" / "backups" / f"{backup_id}.json"
        document.write_bytes(document.read_bytes()[:-20])
        assert root.execute("SHOW BACKUPS FROM 'safe:x'").fetchall() == []
    assert (full / "file").read_text() == "precious"
    assert "there is no backup" in _restore(f"{tmp_path}/safe/x", tmp_path / "z", code=1)


def _failed(root: Connection, statement: str) -> str:
    job = end_of(root, statement)
    assert job["status"] == "failed"
    return str(job["error_message"])


def test_restores_by_sql_need_a_configured_directory(
    server: ServerProcess, fresh_name: FreshName, tmp_path: Path
) -> None:
    name = fresh_name("safe")
    with server.connect() as root:
        _run(root, f"CREATE STORAGE {name} TYPE filesystem PATH '{tmp_path}/safe'")
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
            _run(root, f"RESTORE DATABASE FROM '{name}:x' TO '{tmp_path}/copy'")


def test_only_dba_and_system_back_up(server: ServerProcess, alice: Person) -> None:
    with alice.connect() as connection:
        for statement in (
            "BACKUP DATABASE TO 'local:x'",
            "RESTORE DATABASE FROM 'local:x' TO 'y'",
            "SHOW BACKUPS",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                _run(connection, statement)
