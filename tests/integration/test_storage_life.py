"""The life of rows in each kind of object store, over the wire.

Goal: whatever stands behind a storage, rows are flushed, read, changed, merged, verified, exported,
purged and dropped, and only what is named is stored. Method: a real server against S3 (moto's
server, or Ceph's gateway: see ``fix_object_store.py``) and the emulators of Google's and Azure's
stores; the answers are compared with a dict.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from psycopg import sql

from conformance.server_process import Connection, ServerProcess
from tests.fix_jobs import POLLS_MAX, run_job
from tests.fix_object_store import ACCESS_KEY, SECRET_KEY, ObjectStoreServer
from tests.fix_server import Person

pytestmark = pytest.mark.slow
FreshName = Callable[[str], str]

Definition = tuple[str, dict[str, str], dict[str, str]]  # type and place, config, credentials


def _run(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    done = connection.execute(statement.encode())
    return done.fetchall() if done.description else []


def _is_sound(root: Connection, table: str) -> bool:
    return {row[3] for row in _run(root, f"VERIFY TABLE {table}")} == {"ok"}


@pytest.fixture(params=["s3", "gcs", "azure"])
def definition(request: pytest.FixtureRequest, fresh_name: FreshName) -> Definition:
    match request.param:
        case "s3":
            store: ObjectStoreServer = request.getfixturevalue("object_store")
            bucket = fresh_name("life").replace("_", "-")
            store.client().mkdir(bucket)
            keys = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY}
            return f"s3 URI 's3://{bucket}/a/b'", {"endpoint": store.endpoint}, keys
        case "gcs":
            endpoint = request.getfixturevalue("google_store")
            return "gcs URI 'gs://bucket/a/b'", {"endpoint": endpoint, "anonymous": "true"}, {}
        case _:
            keys = {"connection_string": request.getfixturevalue("azure_store")}
            return "azure URI 'az://bucket/a/b'", {}, keys


def test_rows_live_in_the_store(
    server: ServerProcess, definition: Definition, fresh_name: FreshName, alice: Person
) -> None:
    storage, table = fresh_name("life"), fresh_name("lived")
    place, config, credentials = definition
    read = f"SELECT id, body FROM {table} ORDER BY id"
    expected: dict[int, str] = {}
    with server.connect() as root, alice.connect() as connection:
        options = sql.SQL(" CONFIG {}").format(json.dumps(config))
        if credentials:
            options += sql.SQL(" CREDENTIALS {}").format(json.dumps(credentials))
        root.execute(sql.SQL("CREATE STORAGE {} TYPE ").format(sql.Identifier(storage))
                     + sql.SQL(place) + options)  # fmt: skip
        ((_, status, *_),) = _run(root, f"STORAGE CHECK {storage}")
        assert status == "healthy"
        _run(root, f"CREATE USER TABLE {table} (id int PRIMARY KEY, body text) STORAGE {storage}")
        for life in range(3):
            for number in range(life * 10, life * 10 + 15):
                expected[number] = f"life {life}"
                _run(
                    connection,
                    f"INSERT INTO {table} VALUES ({number}, 'life {life}')"
                    " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                )
            _run(connection, f"DELETE FROM {table} WHERE id = {life}")
            del expected[life]
            run_job(root, f"FLUSH TABLE {table}")
            assert _run(connection, read) == sorted(expected.items())
            assert _is_sound(root, table)
        run_job(root, f"COMPACT TABLE {table}")
        assert _run(connection, read) == sorted(expected.items())
        assert _is_sound(root, table)
        run_job(root, f"EXPORT USER '{alice.name}' TO '{storage}:exports/{alice.name}'")
        run_job(root, f"PURGE TABLE {table} OLDER THAN INTERVAL '1 microsecond'")
        assert _run(connection, read) == []
        _run(root, f"DROP TABLE {table}")
        for _ in range(POLLS_MAX):
            counts = root.execute(
                "SELECT count(*) FROM system.segments WHERE storage_id = %s", [storage]
            )
            if counts.fetchone() == (0,):
                break
        _run(root, f"DROP STORAGE {storage}")
