"""Storages over the wire: rows go where table and user say, and come back through SQL.

Goal: segments in an object store are as good as local ones, no credential is ever seen, and a store
that is away loses nothing. Method: a real server against moto's S3 server over HTTP, whose objects
are listed with a client of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from conformance.postgres import free_port
from conformance.server_process import Connection, ServerProcess
from tests.fix_object_store import ACCESS_KEY, SECRET_KEY, ObjectStoreServer, create_s3
from tests.fix_server import Person, StartServer

pytestmark = pytest.mark.slow
FreshName = Callable[[str], str]

POLLS_MAX = 20_000
COLD_ROWS = b"SELECT sum(row_count)::int FROM system.segments"


def _run(connection: Connection, statement: str) -> None:
    connection.execute(statement.encode())


def _flush(root: Connection, table: str) -> tuple[str, str]:
    """Flush a table and wait for the job's end; its status and error."""
    started = root.execute(f"FLUSH TABLE {table}".encode()).fetchone()
    assert started is not None
    query = "SELECT status, coalesce(error_message, '') FROM system.jobs WHERE job_id = %s"
    for _ in range(POLLS_MAX):
        found = root.execute(query, [started[0]]).fetchone()
        assert found is not None
        if found[0] not in {"new", "queued", "running"}:
            return found[0], found[1]
    raise AssertionError(f"the flush of {table} does not end")


@pytest.fixture
def bucket(object_store: ObjectStoreServer, fresh_name: FreshName) -> str:
    name = fresh_name("bucket").replace("_", "-")
    object_store.client().mkdir(name)
    return name


def test_rows_go_to_an_object_store_and_come_back(
    server: ServerProcess,
    object_store: ObjectStoreServer,
    bucket: str,
    fresh_name: FreshName,
    alice: Person,
    bob: Person,
) -> None:
    storage_id, schema = fresh_name("s3"), fresh_name("remote")
    with server.connect() as root:
        create_s3(root, storage_id, bucket, object_store)
        health = root.execute(f"STORAGE CHECK {storage_id} EXTENDED".encode()).fetchone()
        assert health is not None
        assert health[1:6] == ("healthy", True, True, True, True)
        assert object_store.objects(bucket) == [], "the probe is gone"
        _run(root, f"CREATE NAMESPACE {schema}")
        _run(
            root,
            f"CREATE USER TABLE {schema}.t (id int PRIMARY KEY, body text)"
            f" WITH (STORAGE_ID='{storage_id}', SHARDING='alphabetic')",
        )
        for person in (alice, bob):
            with person.connect() as connection:
                insert = f"INSERT INTO {schema}.t SELECT g, %s FROM generate_series(1, 3) AS g"
                connection.execute(insert.encode(), [person.name])
        assert _flush(root, f"{schema}.t") == ("completed", "")
        found = [path for path in object_store.objects(bucket) if path.endswith(".parquet")]
        folders = {path.rpartition("/")[0] for path in found}
        shards = {alice.name: "shard-a", bob.name: "shard-b"}
        assert folders == {
            f"prefix/{schema}/users/t/{shards[name]}/{name}" for name in (alice.name, bob.name)
        }
        assert not list(server.data_dir.joinpath("storage").rglob(f"{schema}/**/*.parquet"))
        stored = root.execute(
            "SELECT DISTINCT storage_id FROM system.segments WHERE path LIKE %s", [f"{schema}/%"]
        ).fetchall()
        assert stored == [(storage_id,)]
    for person in (alice, bob):
        with person.connect() as connection:
            rows = connection.execute(f"SELECT id, body FROM {schema}.t ORDER BY id".encode())
            assert rows.fetchall() == [(number, person.name) for number in (1, 2, 3)]
            _run(connection, f"UPDATE {schema}.t SET body = 'new' WHERE id = 2")
            _run(connection, f"DELETE FROM {schema}.t WHERE id = 3")
            rows = connection.execute(f"SELECT id, body FROM {schema}.t ORDER BY id".encode())
            assert rows.fetchall() == [(1, person.name), (2, "new")]
    with server.connect() as root:
        with pytest.raises(psycopg.Error, match="1 table\\(s\\) still reference it") as refused:
            _run(root, f"DROP STORAGE {storage_id}")
        assert refused.value.sqlstate == "2BP01"
        _run(root, f"DROP NAMESPACE {schema} CASCADE")
        for _ in range(POLLS_MAX):
            if object_store.objects(bucket) == []:
                break
        assert object_store.objects(bucket) == []
        _run(root, f"DROP STORAGE {storage_id}")


def test_credentials_are_sealed_and_never_shown(
    server: ServerProcess, object_store: ObjectStoreServer, bucket: str, fresh_name: FreshName
) -> None:
    storage_id = fresh_name("secret")
    with server.connect() as root:
        create_s3(root, storage_id, bucket, object_store)
        for query in ("SHOW STORAGES", "SELECT * FROM system.storages"):
            rows = root.execute(query.encode()).fetchall()
            assert "****" in str(rows)
            assert SECRET_KEY not in str(rows)
            assert ACCESS_KEY not in str(rows)
        for statement in (
            f'ALTER STORAGE {storage_id} SET CREDENTIALS \'{{"secret_key": "{SECRET_KEY}\'',
            f"ALTER STORAGE {storage_id} SET '{SECRET_KEY}'",
            f'ALTER STORAGE {storage_id} SET CONFIG \'{{"secret_key": "{SECRET_KEY}"}}\'',
            f"CREATE STORAGE x TYPE s3 URI 's3://{ACCESS_KEY}:{SECRET_KEY}@bucket'",
            f"CREATE STORAGE x TYPE filesystem URI 's3://{ACCESS_KEY}:{SECRET_KEY}@bucket'",
        ):
            with pytest.raises(psycopg.Error) as refused:
                _run(root, statement)
            assert SECRET_KEY not in str(refused.value.diag.message_primary)
            assert SECRET_KEY not in str(refused.value.diag.message_detail)
    assert SECRET_KEY not in server.log()
    key_file = server.data_dir / "storage-credentials.key"
    assert key_file.stat().st_mode & 0o777 == 0o600
    for file in server.data_dir.joinpath("rocksdb").iterdir():
        assert SECRET_KEY.encode() not in file.read_bytes(), file.name


def test_a_store_that_is_away_keeps_rows_hot_and_a_later_flush_works(
    start_server: StartServer,
) -> None:
    store = ObjectStoreServer(free_port())
    with start_server() as server, server.connect() as root:
        create_s3(root, "away", "bucket", store)
        _run(root, "CREATE USER TABLE t (id int PRIMARY KEY) STORAGE away")
        _run(root, "INSERT INTO t VALUES (1), (2)")
        health = root.execute(b"STORAGE CHECK away").fetchone()
        assert health is not None
        assert health[1:4] == ("unhealthy", False, False)
        status, error = _flush(root, "t")
        assert status in {"retrying", "failed"}
        assert re.search("could not write to storage 'away'", error)
        assert root.execute(b"SELECT count(*) FROM t").fetchone() == (2,)
        store.start()
        try:
            store.client().mkdir("bucket")
            for _ in range(POLLS_MAX):
                if root.execute(COLD_ROWS).fetchone() == (2,):
                    break
                _flush(root, "t")
            assert root.execute(COLD_ROWS).fetchone() == (2,)
            assert root.execute(b"SELECT count(*) FROM t").fetchone() == (2,)
            rows = root.execute(b"SELECT path FROM system.segments").fetchall()
            found = [path for path in store.objects("bucket") if path.endswith(".parquet")]
            assert found == [f"prefix/{path}" for (path,) in rows], "nothing else was left"
        finally:
            store.stop()


@pytest.mark.parametrize(
    ("statement", "sqlstate", "message"),
    [
        ("CREATE STORAGE local TYPE filesystem PATH '/tmp/x'", "42710", "already exists"),
        ("CREATE STORAGE x TYPE tape PATH '/tmp/x'", "22023", "Invalid storage type 'tape'"),
        ("CREATE STORAGE x TYPE filesystem PATH '/etc/x'", "22023", "Invalid storage path"),
        ("CREATE STORAGE x TYPE filesystem PATH '/tmp/../etc'", "22023", "Invalid storage path"),
        ("DROP STORAGE nowhere", "42704", "does not exist and cannot be dropped"),
        ("ALTER STORAGE nowhere SET NAME 'x'", "42704", "Storage 'nowhere' not found"),
        ("STORAGE CHECK nowhere", "42704", "Storage 'nowhere' not found"),
        ("CREATE TABLE x (id int) STORAGE nowhere", "42704", "Storage 'nowhere' does not exist"),
        ("ALTER USER root SET STORAGE_ID nowhere", "42704", "Storage 'nowhere' does not exist"),
        (
            "ALTER STORAGE local SET USER_TABLES_TEMPLATE '{userId}/{namespace}/{tableName}'",
            "22023",
            "User table template: {tableName} must appear before {userId}",
        ),
        ("CREATE USER TABLE x (id int) WITH (SHARDING='hash:0')", "22023", "Invalid SHARDING"),
    ],
)
def test_mistakes_have_kalamdbs_messages(
    server: ServerProcess, statement: str, sqlstate: str, message: str
) -> None:
    with server.connect() as root, pytest.raises(psycopg.Error) as refused:
        _run(root, statement)
    assert refused.value.sqlstate == sqlstate
    assert message in str(refused.value.diag.message_primary)


def test_a_table_that_changes_its_storage_is_read_from_both(
    server: ServerProcess, tmp_path: Path, fresh_name: FreshName
) -> None:
    storage_id, table = fresh_name("other"), fresh_name("moving")
    with server.connect() as root:
        _run(root, f"CREATE STORAGE {storage_id} TYPE filesystem PATH '{tmp_path}/other'")
        _run(root, f"CREATE SHARED TABLE {table} (id int PRIMARY KEY)")
        for number, statement in enumerate((f"ALTER TABLE {table} SET STORAGE {storage_id}", "")):
            _run(root, f"INSERT INTO {table} VALUES ({number})")
            assert _flush(root, table) == ("completed", "")
            if statement:
                _run(root, statement)
        query = "SELECT storage_id FROM system.segments WHERE table_name = %s ORDER BY segment_id"
        assert root.execute(query, [table]).fetchall() == [("local",), (storage_id,)]
        assert root.execute(f"SELECT id FROM {table} ORDER BY id".encode()).fetchall() == [
            (0,),
            (1,),
        ]
        _run(root, f"ALTER TABLE {table} SET STORAGE local")
        with pytest.raises(psycopg.Error, match="1 table"):  # its segments are still there
            _run(root, f"DROP STORAGE {storage_id}")


def test_only_administrators_manage_storages(server: ServerProcess, alice: Person) -> None:
    with alice.connect() as connection:
        for statement in (
            "CREATE STORAGE x TYPE filesystem PATH '/tmp/x'",
            "ALTER STORAGE local SET NAME 'x'",
            "DROP STORAGE local",
            "STORAGE CHECK local",
            "SHOW STORAGES",
            f"ALTER USER {alice.name} SET STORAGE_MODE region",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                _run(connection, statement)
