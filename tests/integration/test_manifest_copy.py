"""manifest.json beside the segments: what plain DuckDB reads with it.

Goal: the copy and the Parquet objects that it names are enough to read what was flushed, with the
table's columns of now and without what was superseded, soon after each change. Method: a real
server; the oracle is its own answer, the reader is an empty DuckDB that knows nothing of kalampg.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conformance.server_process import Connection, ServerProcess
from tests.fix_jobs import run_job
from tests.fix_object_store import ObjectStoreServer, create_s3
from tests.fix_server import StartServer

pytestmark = pytest.mark.slow
FreshName = Callable[[str], str]

LOOKS_MAX = 20_000
QUICKLY = {"KALAMPG_STORAGE_MANIFEST_COPY_INTERVAL_SECONDS": "0.05"}
DUCKDB_TYPES = {
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "text": "VARCHAR",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "numeric(10,2)": "DECIMAL(10,2)",
    "timestamp with time zone": "TIMESTAMPTZ",
}


@pytest.fixture
def quick(start_server: StartServer) -> ServerProcess:
    return start_server(environment=QUICKLY)


def _run(connection: Connection, statement: str) -> None:
    connection.execute(statement.encode())


def _make(root: Connection, table: str, options: str = "") -> None:
    """Three segments, of three sets of columns, and superseded rows in each."""
    _run(root, f"CREATE SHARED TABLE {table} (id int PRIMARY KEY, a text, b date) {options}")
    _run(root, f"INSERT INTO {table} SELECT g, 'a' || g, '2024-01-01' FROM generate_series(1, 9) g")
    run_job(root, f"FLUSH TABLE {table}")
    _run(root, f"ALTER TABLE {table} RENAME COLUMN a TO first")
    _run(root, f"ALTER TABLE {table} ADD COLUMN price numeric(10, 2) NOT NULL DEFAULT 1.50")
    _run(root, f"INSERT INTO {table} SELECT g, 'b', NULL, g FROM generate_series(11, 19) g")
    _run(root, f"UPDATE {table} SET first = 'new' WHERE id IN (1, 2, 3, 7)")
    run_job(root, f"FLUSH TABLE {table}")
    _run(root, f"ALTER TABLE {table} DROP COLUMN b")
    _run(root, f"ALTER TABLE {table} ADD COLUMN a boolean DEFAULT true")
    _run(root, f"ALTER TABLE {table} ADD COLUMN b text")
    _run(root, f"UPDATE {table} SET price = price + 1, b = 'again' WHERE id IN (4, 12)")
    run_job(root, f"FLUSH TABLE {table}")
    _run(root, f"DELETE FROM {table} WHERE id IN (4, 5, 19)")


def _answer(root: Connection, table: str) -> list[tuple[Any, ...]]:
    columns = "id, first, price, a, b, _seq"
    return root.execute(f"SELECT {columns} FROM {table} ORDER BY id".encode()).fetchall()


def _read(copy: Path) -> list[tuple[Any, ...]]:
    """The rows of a copy, with plain DuckDB."""
    document = json.loads(copy.read_text())
    top = copy.as_posix().removesuffix(document["path"])
    shown = [one for one in document["columns"] if not one["is_hidden"]]
    shown.append(document["system_columns"][1])
    missing = {one["field_id"]: one.get("missing") for one in shown}
    fields = ", ".join(
        f"{one['field_id']}: {{name: '{one['name']}', type: '{DUCKDB_TYPES[one['type']]}',"
        f" default_value: {_literal(missing[one['field_id']])}}}"
        for one in shown
    )
    paths = [top + segment["path"] for segment in document["segments"]]
    names = ", ".join(f'"{one["name"]}"' for one in shown)
    with duckdb.connect() as plain:
        return plain.execute(
            f"""
            WITH gone AS (
                SELECT $top || segment.path AS path, unnest(segment.superseded) AS span
                FROM (SELECT unnest(segments) AS segment FROM read_json($copy, columns = {{
                    segments: 'STRUCT(path VARCHAR, superseded BIGINT[][])[]'}}))
            )
            SELECT {names}
            FROM read_parquet({paths}, schema = MAP {{{fields}}},
                              filename = true, file_row_number = true) AS stored
            WHERE NOT EXISTS (
                FROM gone WHERE gone.path = stored.filename
                AND stored.file_row_number BETWEEN span[1] AND span[2])
            ORDER BY "id"
            """,
            {"top": top, "copy": copy.as_posix()},
        ).fetchall()


def _literal(text: str | None) -> str:
    return "NULL" if text is None else f"'{text}'"


def _until_read(root: Connection, read: Callable[[], object], expected: object) -> None:
    for _ in range(LOOKS_MAX):
        if read() == expected:
            return
        root.execute("SELECT 1")
    assert read() == expected


def test_plain_duckdb_reads_the_table_as_it_is(quick: ServerProcess) -> None:
    copy = quick.data_dir / "storage/public/changed/manifest.json"
    with quick.connect() as root:
        _make(root, "changed", "FLUSH OFF")
        expected = _answer(root, "changed")
        assert len(expected) == 15
        _until_read(root, lambda: _read(copy), expected)
        document = json.loads(copy.read_text())
        assert document["complete_to_seq"] >= max(row[-1] for row in expected)
        assert [one["superseded"] for one in document["segments"]] == [
            [[0, 4], [6, 6]],
            [[5, 5], [12, 12]],
            [[0, 0]],
        ]


def test_objects_of_a_bucket_are_as_readable(
    quick: ServerProcess, object_store: ObjectStoreServer, fresh_name: FreshName, tmp_path: Path
) -> None:
    bucket = fresh_name("bucket").replace("_", "-")
    client = object_store.client()
    client.mkdir(bucket)
    fetched = tmp_path / "fetched"

    def read() -> object:
        for path in object_store.objects(bucket):
            (fetched / path).parent.mkdir(parents=True, exist_ok=True)
            (fetched / path).write_bytes(client.cat_file(f"{bucket}/{path}"))
        (copy,) = fetched.rglob("manifest.json")
        return _read(copy)

    with quick.connect() as root:
        create_s3(root, "objects", bucket, object_store)
        _make(root, "remote", "STORAGE objects FLUSH OFF")
        _until_read(root, read, _answer(root, "remote"))


def test_a_copy_says_how_far_it_is_complete(quick: ServerProcess) -> None:
    copy = quick.data_dir / "storage/public/partly/manifest.json"
    with quick.connect() as root:
        _run(root, "CREATE SHARED TABLE partly (id int PRIMARY KEY) FLUSH OFF")
        _run(root, "INSERT INTO partly SELECT generate_series(1, 5)")
        run_job(root, "FLUSH TABLE partly")
        _run(root, "INSERT INTO partly VALUES (6), (7)")
        _run(root, "DELETE FROM partly WHERE id = 1")
        ((first_hot,),) = root.execute("SELECT _seq FROM partly WHERE id = 6").fetchall()

        def complete() -> object:
            return json.loads(copy.read_text())["complete_to_seq"]

        _until_read(root, complete, first_hot - 1)


def test_a_restart_finds_copies_that_are_older(start_server: StartServer) -> None:
    """Copies of this server would follow after an hour; it is killed long before."""
    slowly = {"KALAMPG_STORAGE_MANIFEST_COPY_INTERVAL_SECONDS": "3600"}
    server = start_server(environment=slowly)
    copy = server.data_dir / "storage/public/changed/manifest.json"
    with server.connect() as root:
        _make(root, "changed", "FLUSH OFF")
        expected = _answer(root, "changed")
        assert len(_read(copy)) == 18
    server.stop(signal.SIGKILL)
    server = start_server(environment=slowly)
    with server.connect() as root:
        _until_read(root, lambda: _read(copy), expected)


def test_more_stale_copies_than_are_kept_are_written_all(start_server: StartServer) -> None:
    few = QUICKLY | {"KALAMPG_STORAGE_MANIFEST_COPIES_PENDING_MAX": "1"}
    server = start_server(environment=few)
    with server.connect() as root:
        tables = [f"t{number}" for number in range(5)]
        for table in tables:
            _run(root, f"CREATE SHARED TABLE {table} (id int PRIMARY KEY) FLUSH OFF")
            _run(root, f"INSERT INTO {table} VALUES (1), (2)")
            run_job(root, f"FLUSH TABLE {table}")
        with root.transaction():
            for table in tables:
                _run(root, f"DELETE FROM {table} WHERE id = 1")

        def superseded() -> object:
            folder = server.data_dir / "storage/public"
            texts = [(folder / table / "manifest.json").read_text() for table in tables]
            return [json.loads(text)["segments"][0]["superseded"] for text in texts]

        _until_read(root, superseded, [[[0, 0]]] * 5)
