"""EXPORT USER and DROP USER over the wire.

Goal: everything that a user has leaves whole, or goes for good, and nothing of anybody else; what
is there is never replaced, and what fails leaves nothing. Method: a real server; Parquet files
are read by plain DuckDB and their checksums taken by hashlib.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from conformance.server_process import Connection, ServerProcess
from tests.fix_jobs import POLLS_MAX, end_of, run_job
from tests.fix_object_store import ACCESS_KEY, SECRET_KEY, ObjectStoreServer
from tests.fix_server import Person

pytestmark = pytest.mark.slow
FreshName = Callable[[str], str]


def _fill(person: Person, root: Connection, table: str) -> None:
    """Six rows: 1 to 4 flushed, of these 1 changed and 2 deleted; 5 and 6 hot."""
    with person.connect() as connection:
        connection.execute(
            f"CREATE USER TABLE IF NOT EXISTS {table}"
            " (id int PRIMARY KEY, price numeric, body text)".encode()
        )
        insert = f"INSERT INTO {table} VALUES (%s, %s, %s)".encode()
        for number in range(1, 5):
            connection.execute(insert, [number, f"{number}.50", person.name])
        run_job(root, f"FLUSH TABLE public.{table}")
        connection.execute(f"UPDATE {table} SET body = 'new' WHERE id = 1".encode())
        connection.execute(f"DELETE FROM {table} WHERE id = 2".encode())
        connection.execute(insert, [5, "5.125", person.name])
        connection.execute(insert, [6, None, None])


def _expected(person: Person) -> list[tuple[object, ...]]:
    name = person.name
    prices = ["1.500", "3.500", "4.500", "5.125", None]
    bodies = ["new", name, name, name, None]
    return list(zip([1, 3, 4, 5, 6], prices, bodies, [name] * 5, strict=True))


def _exported(folder: Path, table: str) -> list[tuple[Any, ...]]:
    manifest = json.loads((folder / "manifest.json").read_text())
    (entry,) = [one for one in manifest["tables"] if one["table"] == table]
    paths = [folder / file["path"] for file in entry["files"]]
    for path, file in zip(paths, entry["files"], strict=True):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == file["sha256"]
        assert path.stat().st_size == file["bytes"]
    if not paths:
        return []
    found = duckdb.execute(
        "SELECT id, price::VARCHAR, body, _user_id FROM read_parquet($paths) ORDER BY id",
        {"paths": [str(path) for path in paths]},
    ).fetchall()
    assert len(found) == entry["rows"] == sum(file["rows"] for file in entry["files"])
    return found


def test_an_export_has_all_rows_of_the_user_and_no_others(
    server: ServerProcess, alice: Person, bob: Person, fresh_name: FreshName
) -> None:
    table, empty = fresh_name("exported"), fresh_name("unused")
    with server.connect() as root:
        _fill(alice, root, table)
        _fill(bob, root, table)
        root.execute(f"CREATE USER TABLE {empty} (id int PRIMARY KEY)".encode())
        place = f"requests/{alice.name}"
        job = run_job(root, f"EXPORT USER '{alice.name}' TO 'local:{place}'")
        folder = server.data_dir / "exports" / place
        assert _exported(folder, table) == _expected(alice)
        assert _exported(folder, empty) == []
        manifest = json.loads((folder / "manifest.json").read_text())
        assert (manifest["user_id"], manifest["job_id"]) == (alice.name, job["job_id"])
        (entry,) = [one for one in manifest["tables"] if one["table"] == table]
        assert [(one["name"], one["type"], one["primary_key"]) for one in entry["columns"]] == [
            ("id", "integer", True),
            ("price", "numeric", False),
            ("body", "text", False),
        ]
        assert job["result"]["rows"] == 5
        assert job["result"]["manifest"] == f"local:{place}/manifest.json"
        # What is there stays as it is.
        before = sorted(path.name for path in folder.iterdir())
        again = end_of(root, f"EXPORT USER '{bob.name}' TO 'local:{place}'")
        assert again["status"] == "failed"
        assert again["error_message"] == f"there is an export in local:{place} already"
        assert sorted(path.name for path in folder.iterdir()) == before
        assert list((server.data_dir / "export-work").iterdir()) == []


def test_an_export_goes_to_an_object_store(
    server: ServerProcess,
    alice: Person,
    object_store: ObjectStoreServer,
    fresh_name: FreshName,
    tmp_path: Path,
) -> None:
    table, bucket, storage_id = fresh_name("exported"), fresh_name("requests-"), fresh_name("s3")
    bucket = bucket.replace("_", "")
    client = object_store.client()
    client.mkdir(bucket)
    with server.connect() as root:
        root.execute(
            f"CREATE STORAGE {storage_id} TYPE s3 URI 's3://{bucket}/base'"
            f' CREDENTIALS \'{{"access_key": "{ACCESS_KEY}", "secret_key": "{SECRET_KEY}"}}\''
            f' CONFIG \'{{"endpoint": "{object_store.endpoint}"}}\''.encode()
        )
        _fill(alice, root, table)
        run_job(root, f"EXPORT USER {alice.name} TO '{storage_id}:a/b'")
        client.get(f"{bucket}/base/a/b/", f"{tmp_path}/", recursive=True)
        assert _exported(tmp_path, table) == _expected(alice)
        objects = object_store.objects(bucket)
        again = end_of(root, f"EXPORT USER {alice.name} TO '{storage_id}:a/b'")
        assert again["status"] == "failed"
        assert object_store.objects(bucket) == objects


def test_a_user_without_a_role_is_exported_if_there_are_rows(
    server: ServerProcess, fresh_name: FreshName
) -> None:
    table, name = fresh_name("exported"), fresh_name("somebody")
    with server.connect() as root:
        root.execute(f"CREATE USER TABLE {table} (id int PRIMARY KEY)".encode())
        with pytest.raises(psycopg.errors.UndefinedObject):
            root.execute(f"EXPORT USER '{name}' TO 'local:x/{name}'".encode())
        root.execute(f"EXECUTE AS USER '{name}' (INSERT INTO {table} VALUES (1))".encode())
        job = run_job(root, f"EXPORT USER '{name}' TO 'local:x/{name}'")
        assert job["result"]["rows"] == 1


@pytest.mark.parametrize(
    ("place", "sqlstate"),
    [
        ("local", "22023"),
        (":x", "22023"),
        ("local:", "22023"),
        ("local:/x", "22023"),
        ("local:x/../y", "22023"),
        ("local:x//y", "22023"),
        ("local:x y", "22023"),
        ("nowhere:x", "42704"),
    ],
)
def test_places_that_are_none_are_refused(server: ServerProcess, place: str, sqlstate: str) -> None:
    with server.connect() as root, pytest.raises(psycopg.Error) as raised:
        root.execute(f"EXPORT USER 'root' TO '{place}'".encode())
    assert raised.value.sqlstate == sqlstate


def test_nobody_exports_himself(alice: Person) -> None:
    with alice.connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"EXPORT USER '{alice.name}' TO 'local:x'".encode())


# --- DROP USER ---


def _tell(connection: Connection) -> list[str]:
    told: list[str] = []
    connection.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
    return told


def test_a_user_with_rows_is_not_dropped_by_accident(
    server: ServerProcess, alice: Person, bob: Person, fresh_name: FreshName
) -> None:
    table = fresh_name("kept")
    with server.connect() as root, bob.connect() as other:
        _fill(alice, root, table)
        other.execute(f"INSERT INTO {table} VALUES (1, 1, 'bob')".encode())
        with pytest.raises(psycopg.errors.DependentObjectsStillExist) as raised:
            root.execute(f"DROP USER {bob.name}".encode())
        assert raised.value.diag.message_detail == f"rows in table public.{table}"
        other.execute(f"DELETE FROM {table}".encode())  # a tombstone still has the row
        with pytest.raises(psycopg.errors.DependentObjectsStillExist):
            root.execute(f"DROP ROLE {bob.name} RESTRICT".encode())
        assert other.execute(b"SELECT 1").fetchone() == (1,)
        other.execute(f"TRUNCATE {table}".encode())
        assert root.execute(f"DROP USER {bob.name}".encode()).statusmessage == "DROP ROLE"
        with pytest.raises(psycopg.errors.AdminShutdown):
            other.execute("SELECT 1")


def _dropped(root: Connection, name: str) -> dict[str, Any]:
    """Drop a user with its rows, wait for the job, and give its report."""
    told = _tell(root)
    root.execute(f"DROP USER {name} CASCADE".encode())
    (job_id,) = [text.rpartition(" ")[2] for text in told if "are removed by job" in text]
    query = "SELECT status, error_message, result FROM system.jobs WHERE job_id = %s"
    for _ in range(POLLS_MAX):
        row = root.execute(query, [job_id]).fetchone()
        if row is not None and row[0] == "completed":
            return dict(row[2])
        assert row is None or row[0] in {"new", "queued", "running", "retrying"}, row
    raise AssertionError("the removal does not end")


def test_a_dropped_user_leaves_nothing(
    server: ServerProcess, alice: Person, bob: Person, fresh_name: FreshName
) -> None:
    table = fresh_name("dropped")
    with server.connect() as root, bob.connect() as other, alice.connect() as gone:
        _fill(alice, root, table)  # so that the table is alice's
        _fill(bob, root, table)
        run_job(root, f"EXPORT USER {alice.name} TO 'local:before/{alice.name}'")
        report = _dropped(root, alice.name)
        (entry,) = report["tables"]
        assert entry["table"] == f"public.{table}"
        # The other's flush took along what was hot.
        assert (entry["rows"], entry["deleted_rows"], entry["segments"]) == (5, 1, 2)
        assert (report["rows_removed"], report["objects_removed"]) == (5, 2)
        with pytest.raises(psycopg.errors.AdminShutdown):
            gone.execute("SELECT 1")
        folder = server.data_dir / "storage" / "public" / table
        assert {path.parent.name for path in folder.rglob("*.parquet")} == {bob.name}
        mentions = root.execute(
            "SELECT job_type FROM system.jobs WHERE user_id = %s ORDER BY 1", [alice.name]
        )
        assert mentions.fetchall() == [("user_cleanup",)]
        owner = root.execute(
            "SELECT tableowner FROM pg_tables WHERE tablename = %s", [table]
        ).fetchone()
        assert owner == ("root",)
        server.create_role(alice.name)
        with alice.connect() as again:
            assert again.execute(f"SELECT * FROM {table}".encode()).fetchall() == []
            read = f"SELECT * FROM {table} WHERE _deleted".encode()
            assert again.execute(read).fetchall() == []
        rows = other.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
        assert rows == (5,)
        failures = root.execute(f"VERIFY TABLE public.{table}".encode()).fetchall()
        assert [row for row in failures if row[3] != "ok"] == []


def test_what_others_were_writing_for_the_user_does_not_come_back(
    server: ServerProcess, alice: Person, fresh_name: FreshName
) -> None:
    table, service = fresh_name("written"), server.create_role(fresh_name("service"), "service")
    with server.connect() as root, server.connect(service, autocommit=False) as writer:
        _fill(alice, root, table)
        insert = f"EXECUTE AS USER '{alice.name}' (INSERT INTO {table} VALUES (77))".encode()
        writer.execute(insert)
        _dropped(root, alice.name)
        with pytest.raises(psycopg.errors.SerializationFailure):
            writer.commit()
        writer.rollback()
        server.create_role(alice.name)
        with alice.connect() as again:
            assert again.execute(f"SELECT * FROM {table}".encode()).fetchall() == []
        writer.execute(insert)
        writer.commit()


def test_while_a_reader_keeps_the_objects_the_name_is_taken(
    server: ServerProcess, alice: Person, bob: Person, fresh_name: FreshName
) -> None:
    table = fresh_name("read")
    with server.connect() as root, bob.connect(autocommit=False) as reader:
        _fill(alice, root, table)
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute(f"SELECT * FROM {table}".encode())
        root.execute(f"DROP USER {alice.name} CASCADE".encode())
        with pytest.raises(psycopg.errors.ObjectInUse) as raised:
            root.execute(f"CREATE USER {alice.name}".encode())
        assert raised.value.diag.message_primary == f'role "{alice.name}" is being dropped'
        with pytest.raises(psycopg.errors.ObjectInUse):
            root.execute(f"EXECUTE AS USER '{alice.name}' (SELECT * FROM {table})".encode())
        with pytest.raises(psycopg.errors.ObjectInUse):
            root.execute(f"DROP USER {alice.name} CASCADE".encode())
        query = "SELECT job_id FROM system.jobs WHERE user_id = %s AND job_type = 'user_cleanup'"
        (job_id,) = root.execute(query, [alice.name]).fetchone() or ("",)
        root.execute(f"KILL JOB '{job_id}'".encode())
        reader.rollback()
        _dropped(root, alice.name)  # once more, for the job was killed
        server.create_role(alice.name)


def test_a_drop_that_is_rolled_back_has_not_happened(
    server: ServerProcess, alice: Person, fresh_name: FreshName
) -> None:
    table = fresh_name("rolled")
    with server.connect() as watcher, server.connect(autocommit=False) as root:
        _fill(alice, watcher, table)
        root.execute(f"DROP USER {alice.name} CASCADE".encode())
        root.rollback()
        with alice.connect() as connection:
            rows = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
            assert rows == (5,)
        jobs = watcher.execute("SELECT 1 FROM system.jobs WHERE user_id = %s", [alice.name])
        assert jobs.fetchall() == []


def test_a_user_of_the_application_can_be_dropped(
    server: ServerProcess, fresh_name: FreshName
) -> None:
    table, name = fresh_name("application"), fresh_name("somebody")
    with server.connect() as root:
        root.execute(f"CREATE USER TABLE {table} (id int PRIMARY KEY)".encode())
        with pytest.raises(psycopg.errors.UndefinedObject):
            root.execute(f"DROP USER {name} CASCADE".encode())
        root.execute(f"EXECUTE AS USER '{name}' (INSERT INTO {table} VALUES (1))".encode())
        assert _dropped(root, name)["rows_removed"] == 1
        found = root.execute(f"EXECUTE AS USER '{name}' (SELECT * FROM {table})".encode())
        assert found.fetchall() == []
        told = _tell(root)
        root.execute(f"DROP USER IF EXISTS {name} CASCADE".encode())
        assert told == [f'role "{name}" does not exist, skipping']
