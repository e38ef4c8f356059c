"""ALTER TABLE ... SET STORAGE id MOVE: segments change their storage under readers and writers.

Goal: every user's rows stay what they were for everybody who looks while they move, each user's
segments end where that user's next ones would go, and nothing is left where they were. Method: a
real server with folders as storages; the folders are listed, and readers ask all the time.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from conformance.server_process import Connection, ServerProcess
from tests.fix_jobs import run_job, wait_for
from tests.fix_object_store import ObjectStoreServer, create_s3
from tests.fix_server import Person

pytestmark = pytest.mark.slow
FreshName = Callable[[str], str]

WHERE = "SELECT user_id, storage_id, path FROM system.segments WHERE table_name = %s ORDER BY 1, 3"


def _run(connection: Connection, statement: str) -> None:
    connection.execute(statement.encode())


def _folder(root: Connection, storage_id: str, folder: Path) -> None:
    _run(root, f"CREATE STORAGE {storage_id} TYPE filesystem PATH '{folder}'")


def _move(root: Connection, table: str, storage_id: str) -> dict[str, object]:
    """Move a table and answer the job's result."""
    notices: list[str] = []
    root.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
    _run(root, f"ALTER TABLE {table} SET STORAGE {storage_id} MOVE")
    job_id = notices[0].split()[1]
    assert job_id.startswith("MV-")
    job = wait_for(root, job_id)
    assert (job["status"], job["error_message"]) == ("completed", None)
    found: dict[str, object] = job["result"]
    return found


def _objects(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet"))


def _listed(copy: Path) -> list[str]:
    return sorted(entry["path"] for entry in json.loads(copy.read_text())["segments"])


def _wait_gone(folder: Path, root: Connection) -> None:
    for _ in range(100_000):
        # Not rglob: a folder may be removed while it is looked at.
        if not any(files for _, _, files in os.walk(folder)):
            return
        root.execute("SELECT 1")
    raise AssertionError(f"left behind: {sorted(folder.rglob('*'))}")


@pytest.fixture
def table(server: ServerProcess, fresh_name: FreshName, alice: Person, bob: Person) -> str:
    """A user table with two flushed batches, marks and hot rows of two users."""
    name = fresh_name("moving")
    with server.connect() as root:
        _run(root, f"CREATE USER TABLE {name} (id int PRIMARY KEY, body text) FLUSH OFF")
        for batch in (range(4), range(4, 8)):
            for person in (alice, bob):
                with person.connect() as connection:
                    for key in batch:
                        insert = f"INSERT INTO {name} VALUES (%s, %s)"
                        connection.execute(insert.encode(), (key, f"{person.name} {key}"))
            run_job(root, f"FLUSH TABLE {name}")
    for person in (alice, bob):
        with person.connect() as connection:
            _run(connection, f"UPDATE {name} SET body = 'changed' WHERE id = 1")
            _run(connection, f"DELETE FROM {name} WHERE id = 5")
    return name


def _expected(person: Person) -> list[tuple[int, str]]:
    bodies = {key: f"{person.name} {key}" for key in range(8) if key != 5}
    return sorted((bodies | {1: "changed"}).items())


def test_segments_move_and_their_old_place_is_empty(
    server: ServerProcess,
    table: str,
    tmp_path: Path,
    fresh_name: FreshName,
    alice: Person,
    bob: Person,
) -> None:
    first, second = fresh_name("disk"), fresh_name("disk")
    with server.connect() as root:
        _folder(root, first, tmp_path / "first")
        _folder(root, second, tmp_path / "second")
        result = _move(root, table, first)
        assert {name: result[name] for name in ("users_count", "segments_moved", "rows")} == {
            "users_count": 2,
            "segments_moved": 4,
            "rows": 16,
        }
        where = root.execute(WHERE, [table]).fetchall()
        assert {storage_id for _, storage_id, _ in where} == {first}
        assert _objects(tmp_path / "first") == sorted(path for _, _, path in where)
        for person in (alice, bob):
            copy = tmp_path / "first" / "public" / table / person.name / "manifest.json"
            paths = [path for user, _, path in where if user == person.name]
            for _ in range(20_000):
                if copy.exists() and _listed(copy) == paths:
                    break
                root.execute("SELECT 1")
            assert _listed(copy) == paths
        _wait_gone(server.data_dir / "storage" / "public" / table, root)
        _move(root, table, second)
        _wait_gone(tmp_path / "first", root)
        assert _move(root, table, second)["segments_moved"] == 0
        _move(root, table, "local")
        _wait_gone(tmp_path / "second", root)
        report = root.execute(f"VERIFY TABLE {table}".encode()).fetchall()
        assert [row for row in report if row[3] != "ok"] == []
        run_job(root, f"COMPACT TABLE {table}")
    for person in (alice, bob):
        with person.connect() as connection:
            rows = connection.execute(f"SELECT id, body FROM {table} ORDER BY id".encode())
            assert rows.fetchall() == _expected(person)


def test_a_user_with_a_storage_of_its_own_keeps_it(
    server: ServerProcess,
    fresh_name: FreshName,
    tmp_path: Path,
    alice: Person,
    bob: Person,
) -> None:
    own, common, name = fresh_name("own"), fresh_name("common"), fresh_name("regional")
    with server.connect() as root:
        _folder(root, own, tmp_path / "own")
        _folder(root, common, tmp_path / "common")
        _run(
            root,
            f"CREATE USER TABLE {name} (id int PRIMARY KEY) WITH (USE_USER_STORAGE=true)",
        )
        for person in (alice, bob):
            with person.connect() as connection:
                _run(connection, f"INSERT INTO {name} VALUES (1)")
        run_job(root, f"FLUSH TABLE {name}")
        _run(root, f"ALTER USER {alice.name} SET STORAGE_MODE 'region' STORAGE_ID '{own}'")
        _move(root, name, common)
        where = root.execute(WHERE, [name]).fetchall()
        assert {user: storage_id for user, storage_id, _ in where} == {
            alice.name: own,
            bob.name: common,
        }


def test_readers_and_writers_never_notice(
    server: ServerProcess,
    table: str,
    tmp_path: Path,
    fresh_name: FreshName,
    alice: Person,
) -> None:
    storage_id = fresh_name("disk")
    wrong: list[object] = []
    stopping = threading.Event()

    def read() -> None:
        query = f"SELECT id, body FROM {table} WHERE id <> 7 ORDER BY id".encode()
        expected = [row for row in _expected(alice) if row[0] != 7]
        with alice.connect() as connection:
            while not stopping.is_set():
                rows = connection.execute(query).fetchall()
                if rows != expected:
                    wrong.append(rows)

    def write() -> None:
        with alice.connect() as connection:
            number = 0
            while not stopping.is_set():
                number += 1
                update = f"UPDATE {table} SET body = %s WHERE id = 7"
                if connection.execute(update.encode(), [str(number)]).rowcount != 1:
                    wrong.append(number)

    threads = [threading.Thread(target=work) for work in (read, write)]
    with server.connect() as root:
        _folder(root, storage_id, tmp_path / "disk")
        for thread in threads:
            thread.start()
        try:
            for target in (storage_id, "local", storage_id):
                _move(root, table, target)
                run_job(root, f"FLUSH TABLE {table}")
                run_job(root, f"COMPACT TABLE {table}")
        finally:
            stopping.set()
            for thread in threads:
                thread.join()
        assert wrong == []
        report = root.execute(f"VERIFY TABLE {table}".encode()).fetchall()
        assert [row for row in report if row[3] != "ok"] == []


def test_a_rolled_back_move_moves_nothing(server: ServerProcess, table: str) -> None:
    with server.connect() as root:
        count = "SELECT count(*) FROM system.jobs WHERE job_type = 'move' AND table_name LIKE %s"
        _run(root, "BEGIN")
        _run(root, f"ALTER TABLE {table} SET STORAGE local MOVE")
        _run(root, "ROLLBACK")
        assert root.execute(count, [f"%{table}"]).fetchone() == (0,)


def test_a_storage_that_refuses_leaves_the_segments_where_they_are(
    server: ServerProcess, table: str, tmp_path: Path, fresh_name: FreshName, alice: Person
) -> None:
    storage_id = fresh_name("bad")
    with server.connect() as root:
        _folder(root, storage_id, tmp_path / "bad")
        (tmp_path / "bad").write_text("a file is no folder")
        _run(root, f"ALTER TABLE {table} SET STORAGE {storage_id} MOVE")
        query = "SELECT job_id FROM system.jobs WHERE job_type = 'move' AND table_name LIKE %s"
        started = root.execute(query, [f"%{table}"]).fetchone()
        assert started is not None
        job = wait_for(root, started[0])
        assert job["status"] == "failed"
        assert job["error_message"].startswith(
            "2 user(s) were not moved: could not write to storage"
        )
        (tmp_path / "bad").unlink()
        root.execute("RETRY JOB %s".replace("%s", f"'{started[0]}'").encode())
        assert wait_for(root, started[0])["status"] == "completed"
        assert {row[1] for row in root.execute(WHERE, [table])} == {storage_id}
    with alice.connect() as connection:
        rows = connection.execute(f"SELECT id, body FROM {table} ORDER BY id".encode())
        assert rows.fetchall() == _expected(alice)


def test_a_table_moves_to_an_object_store_and_back(
    server: ServerProcess,
    object_store: ObjectStoreServer,
    table: str,
    fresh_name: FreshName,
    alice: Person,
) -> None:
    storage_id, bucket = fresh_name("s3"), fresh_name("bucket").replace("_", "-")
    object_store.client().mkdir(bucket)
    with server.connect() as root:
        create_s3(root, storage_id, bucket, object_store)
        assert _move(root, table, storage_id)["segments_moved"] == 4
        found = [path for path in object_store.objects(bucket) if path.endswith(".parquet")]
        assert len(found) == 4
        assert _move(root, table, "local")["segments_moved"] == 4
        for _ in range(20_000):
            if object_store.objects(bucket) == []:
                break
        assert object_store.objects(bucket) == []
    with alice.connect() as connection:
        rows = connection.execute(f"SELECT id, body FROM {table} ORDER BY id".encode())
        assert rows.fetchall() == _expected(alice)


def test_only_dba_and_system_move(
    server: ServerProcess, alice: Person, fresh_name: FreshName
) -> None:
    name = fresh_name("mine")
    with alice.connect() as connection:
        _run(connection, f"CREATE USER TABLE {name} (id int PRIMARY KEY)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            _run(connection, f"ALTER TABLE {name} SET STORAGE local MOVE")


def test_verify_looks_at_the_storage_itself(
    server: ServerProcess,
    object_store: ObjectStoreServer,
    table: str,
    fresh_name: FreshName,
) -> None:
    storage_id, bucket = fresh_name("s3"), fresh_name("bucket").replace("_", "-")
    client = object_store.client()
    client.mkdir(bucket)
    with server.connect() as root:
        create_s3(root, storage_id, bucket, object_store)
        _move(root, table, storage_id)
        verify = f"VERIFY TABLE {table}".encode()
        assert {row[3] for row in root.execute(verify)} == {"ok"}
        segments = [path for _, _, path in root.execute(WHERE, [table]).fetchall()]
        first, second = (f"{bucket}/prefix/{path}" for path in segments[:2])
        whole = client.cat_file(first)
        stray = f"{first.rpartition('/')[0]}/2026-01-01T00-00-00-1.parquet"
        client.pipe_file(stray, whole)
        client.pipe_file(first, bytes(len(whole)))
        client.rm_file(second)
        failed = [row for row in root.execute(verify).fetchall() if row[3] != "ok"]
        assert [row[0] for row in failed] == ["object", "checksum", "footer", "orphan"]
        assert failed[-1][4] == stray.replace(f"{bucket}/prefix", storage_id)


def test_a_flush_that_runs_when_the_move_begins_is_met_too(
    server: ServerProcess, tmp_path: Path, fresh_name: FreshName
) -> None:
    storage_id, name = fresh_name("disk"), fresh_name("busy")
    with server.connect() as root:
        _folder(root, storage_id, tmp_path / "disk")
        _run(root, f"CREATE SHARED TABLE {name} (id int PRIMARY KEY, body text) FLUSH OFF")
        _run(root, f"INSERT INTO {name} SELECT g, g::text FROM generate_series(1, 20000) AS g")
        flush = root.execute(f"FLUSH TABLE {name}".encode()).fetchone()
        assert flush is not None
        _move(root, name, storage_id)
        wait_for(root, flush[0])
        assert {row[1] for row in root.execute(WHERE, [name])} == {storage_id}
