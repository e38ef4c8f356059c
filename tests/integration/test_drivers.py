"""Connections and statements through real drivers.

Goal: a person comes with psycopg (sync, async, pipeline), asyncpg or psql and everything they rely
on is there. Method: one server, the drivers' own calls, answers known from PostgreSQL.
"""

from __future__ import annotations

import datetime as dt
import decimal
import os
import subprocess
import uuid
from collections.abc import Callable
from typing import Any

import asyncpg
import psycopg
import pytest
from psycopg import sql

from conformance.server_process import USER_PASSWORD, ServerProcess
from tests.fix_server import Person

pytestmark = pytest.mark.slow
FreshName = Callable[[str], str]

VALUES: list[tuple[str, Any]] = [
    ("bool", True),
    ("int2", -32768),
    ("int4", 2147483647),
    ("int8", -9223372036854775808),
    ("float4", 1.5),
    ("float8", 0.1),
    ("numeric", decimal.Decimal("-123456789012345678.123450")),
    ("text", "Füße ☃ 'quoted'"),
    ("varchar(20)", "short"),
    ("bytea", b"\x00\xff\\"),
    ("date", dt.date(1900, 2, 28)),
    ("time", dt.time(23, 59, 59, 999999)),
    ("timestamp", dt.datetime(2024, 2, 29, 12, 0, 0, 1)),  # noqa: DTZ001 - the type has no zone
    ("timestamptz", dt.datetime(2024, 2, 29, 12, 0, 0, 1, tzinfo=dt.UTC)),
    ("interval", dt.timedelta(days=3, seconds=7, microseconds=9)),
    ("uuid", uuid.UUID("12345678-1234-5678-1234-567812345678")),
    ("int4[]", [1, None, 3]),
    ("text[]", ["a", "NULL", 'b,"c"', None]),
]


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
@pytest.mark.parametrize(("type_name", "value"), VALUES, ids=[name for name, _ in VALUES])
def test_psycopg_gets_back_what_it_sends(
    alice: Person, type_name: str, value: object, binary: bool
) -> None:
    with alice.connect() as connection:
        query = f"SELECT %s::{type_name}".encode()
        row = connection.execute(query, [value], binary=binary).fetchone()
    assert row == (value,)


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
def test_psycopg_stores_and_reads_every_type(
    alice: Person, fresh_name: FreshName, binary: bool
) -> None:
    table = fresh_name("every_type")
    columns = ", ".join(f"c{n} {name}" for n, (name, _) in enumerate(VALUES))
    slots = ", ".join(["%b" if binary else "%t"] * len(VALUES))
    values = [value for _, value in VALUES]
    with alice.connect() as connection:
        connection.execute(f"CREATE USER TABLE {table} (id int PRIMARY KEY, {columns})".encode())
        connection.execute(f"INSERT INTO {table} VALUES (1, {slots})".encode(), values)
        names = ", ".join(f"c{n}" for n in range(len(VALUES)))
        by_key = f"SELECT {names} FROM {table} WHERE id = 1".encode()
        by_scan = f"SELECT {names} FROM {table} WHERE id + 0 = 1".encode()
        for query in (by_key, by_scan):
            assert connection.execute(query, binary=binary).fetchone() == tuple(values)


def test_psycopg_transactions_commit_and_roll_back(alice: Person, fresh_name: FreshName) -> None:
    table = fresh_name("moves")
    with alice.connect(autocommit=False) as connection:
        connection.execute(f"CREATE USER TABLE {table} (id int PRIMARY KEY)".encode())
        connection.commit()
        insert = f"INSERT INTO {table} VALUES (%s)".encode()
        with pytest.raises(psycopg.errors.UniqueViolation), connection.transaction():
            connection.execute(insert, [1])
            connection.execute(insert, [1])
        with connection.transaction():
            connection.execute(insert, [2])
            with pytest.raises(psycopg.errors.UniqueViolation), connection.transaction():
                connection.execute(insert, [2])
            connection.execute(insert, [3])
        rows = connection.execute(f"SELECT id FROM {table} ORDER BY id".encode()).fetchall()
    assert rows == [(2,), (3,)]


def test_psycopg_prepared_statements_follow_the_user(
    server: ServerProcess, alice: Person, bob: Person, fresh_name: FreshName
) -> None:
    table = fresh_name("diary")
    with alice.connect() as connection:
        connection.execute(f"CREATE USER TABLE {table} (id int PRIMARY KEY, body text)".encode())
        connection.execute(f"INSERT INTO {table} VALUES (1, 'alice')".encode())
    with bob.connect() as connection:
        connection.execute(f"INSERT INTO {table} VALUES (1, 'bob')".encode())
    query = f"SELECT body FROM {table} WHERE id = %s".encode()
    with server.connect() as root:
        for name, expected in ((alice.name, "alice"), (bob.name, "bob"), (alice.name, "alice")):
            root.execute(sql.SQL("SET kalam.user_id = {}").format(name))
            row = root.execute(query, [1], prepare=True).fetchone()
            assert row == (expected,)


def test_psycopg_streams_rows(alice: Person) -> None:
    with alice.connect() as connection, connection.cursor() as cursor:
        rows = cursor.stream("SELECT g FROM generate_series(1, 1000) AS s(g)")
        assert sum(row[0] for row in rows) == 500_500


def test_psycopg_pipeline_keeps_order_and_stops_at_an_error(
    alice: Person, fresh_name: FreshName
) -> None:
    table = fresh_name("queue")
    with alice.connect() as connection:
        connection.execute(f"CREATE USER TABLE {table} (id int PRIMARY KEY)".encode())
        insert = f"INSERT INTO {table} VALUES (%s)".encode()
        with connection.pipeline():
            cursors = [connection.execute("SELECT %s::int", [n]) for n in range(50)]
        assert [cursor.fetchone() for cursor in cursors] == [(n,) for n in range(50)]
        with pytest.raises(psycopg.errors.UniqueViolation), connection.pipeline():
            connection.execute(insert, [1])
            connection.execute(insert, [1])
            connection.execute(insert, [2])
        # The three are one implicit transaction: nothing of it stays.
        rows = connection.execute(f"SELECT id FROM {table}".encode()).fetchall()
    assert rows == []


async def _psycopg_async(dsn: str) -> list[tuple[Any, ...]]:
    connection = await psycopg.AsyncConnection.connect(dsn, autocommit=True)
    async with connection:
        cursor = await connection.execute("SELECT g FROM generate_series(1, %s) AS s(g)", [3])
        return await cursor.fetchall()


@pytest.mark.asyncio
async def test_psycopg_async_reads(server: ServerProcess, alice: Person) -> None:
    assert await _psycopg_async(server.dsn(alice.name)) == [(1,), (2,), (3,)]


async def _asyncpg(server: ServerProcess, name: str) -> asyncpg.Connection:
    return await asyncpg.connect(
        host="127.0.0.1",
        port=server.port,
        user=name,
        password=USER_PASSWORD,
        database="kalam",
    )


@pytest.mark.asyncio
async def test_asyncpg_writes_reads_and_rolls_back(
    server: ServerProcess, alice: Person, fresh_name: FreshName
) -> None:
    table = fresh_name("ledger")
    connection = await _asyncpg(server, alice.name)
    try:
        await connection.execute(f"CREATE USER TABLE {table} (id int PRIMARY KEY, body text)")
        rows = [(n, f"row {n}") for n in range(100)]
        await connection.executemany(f"INSERT INTO {table} VALUES ($1, $2)", rows)
        with pytest.raises(asyncpg.UniqueViolationError):
            async with connection.transaction():
                await connection.execute(f"UPDATE {table} SET body = 'changed'")
                await connection.execute(f"INSERT INTO {table} VALUES (1, 'again')")
        read = await connection.fetch(f"SELECT id, body FROM {table} ORDER BY id")
        assert [tuple(row) for row in read] == rows
        value = await connection.fetchval(f"SELECT body FROM {table} WHERE id = $1", 42)
        assert value == "row 42"
    finally:
        await connection.close()


# For arrays of numbers asyncpg asks pg_catalog.pg_type, which is not there yet.
ASYNCPG_VALUES = [(name, value) for name, value in VALUES if name != "int4[]"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("type_name", "value"), ASYNCPG_VALUES, ids=[name for name, _ in ASYNCPG_VALUES]
)
async def test_asyncpg_gets_back_what_it_sends(
    server: ServerProcess, alice: Person, type_name: str, value: object
) -> None:
    connection = await _asyncpg(server, alice.name)
    try:
        assert await connection.fetchval(f"SELECT $1::{type_name}", value) == value
    finally:
        await connection.close()


@pytest.mark.asyncio
async def test_asyncpg_cursor_reads_in_portions(server: ServerProcess, alice: Person) -> None:
    connection = await _asyncpg(server, alice.name)
    try:
        async with connection.transaction():
            query = "SELECT g FROM generate_series(1, 1000) AS s(g)"
            total = 0
            async for row in connection.cursor(query, prefetch=64):
                total += row[0]
        assert total == 500_500
    finally:
        await connection.close()


def _psql(psql: str, dsn: str, script: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [psql, "-X", "-v", "ON_ERROR_STOP=1", *options, dsn],
        input=script,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.client("psql")
def test_psql_runs_a_script(
    server: ServerProcess, alice: Person, psql: str, fresh_name: FreshName
) -> None:
    table = fresh_name("script")
    done = _psql(
        psql,
        server.dsn(alice.name),
        f"""
        CREATE USER TABLE {table} (id int PRIMARY KEY, body text);
        BEGIN;
        INSERT INTO {table} VALUES (1, 'one'), (2, NULL);
        COMMIT;
        SELECT * FROM {table} ORDER BY id;
        """,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "CREATE TABLE",
        "BEGIN",
        "INSERT 0 2",
        "COMMIT",
        " id | body ",
        "----+------",
        "  1 | one",
        "  2 | ",
        "(2 rows)",
        "",
    ]


@pytest.mark.client("psql")
def test_psql_points_at_the_mistake(server: ServerProcess, alice: Person, psql: str) -> None:
    done = _psql(psql, server.dsn(alice.name), "SELECT nonesuch FROM (SELECT 1 AS a) AS t;")
    assert done.returncode == 3
    assert done.stderr.splitlines() == [
        'ERROR:  column "nonesuch" does not exist',
        "LINE 1: SELECT nonesuch FROM (SELECT 1 AS a) AS t;",
        "               ^",
    ]


@pytest.mark.client("psql")
def test_psql_connects_with_tls_and_without(
    server: ServerProcess, alice: Person, psql: str
) -> None:
    for mode in ("require", "disable"):
        done = _psql(psql, f"{server.dsn(alice.name)} sslmode={mode}", "SELECT 'in';", "-At")
        assert (done.returncode, done.stdout) == (0, "in\n"), done.stderr
