"""UNDELETE over the wire.

Goal: a soft-deleted row, hot or from a segment, comes back as it was, to whoever could delete it
and to nobody else; a key that was taken meanwhile keeps its new row. Method: a real server; rows
are compared with lists worked out by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from conformance.server_process import Connection, ServerProcess
from tests.fix_jobs import run_job
from tests.fix_server import Person

pytestmark = pytest.mark.slow
FreshName = Callable[[str], str]

ROWS = [(1, "one"), (2, "two"), (3, "three")]


@pytest.fixture
def table(server: ServerProcess, alice: Person, fresh_name: FreshName) -> Iterator[str]:
    """Three rows of alice: 1 and 2 in a segment, 3 hot."""
    name = fresh_name("undeleted")
    with server.connect() as root, alice.connect() as connection:
        connection.execute(f"CREATE USER TABLE {name} (id int PRIMARY KEY, body text)".encode())
        connection.execute(f"INSERT INTO {name} VALUES (1, 'one'), (2, 'two')".encode())
        run_job(root, f"FLUSH TABLE public.{name}")
        connection.execute(f"INSERT INTO {name} VALUES (3, 'three')".encode())
        yield name
        report = root.execute(f"VERIFY TABLE public.{name}".encode()).fetchall()
        assert [row for row in report if row[3] != "ok"] == []


def _rows(connection: Connection, table: str) -> list[tuple[object, ...]]:
    return connection.execute(f"SELECT id, body FROM {table} ORDER BY id".encode()).fetchall()


def test_rows_come_back_as_they_were(alice: Person, table: str) -> None:
    with alice.connect() as connection:
        connection.execute(f"DELETE FROM {table}".encode())
        assert _rows(connection, table) == []
        done = connection.execute(f"UNDELETE FROM {table} WHERE id = %s".encode(), [1])
        assert done.statusmessage == "UNDELETE 1"
        assert _rows(connection, table) == ROWS[:1]
        done = connection.execute(
            f"UNDELETE FROM {table} AS t WHERE t.body LIKE 't%%' OR t.id = 1"
            " RETURNING id, body, _deleted".encode(),
            [],
        )
        assert sorted(done.fetchall()) == [(2, "two", False), (3, "three", False)]
        assert done.statusmessage == "UNDELETE 2"
        assert _rows(connection, table) == ROWS
        assert connection.execute(f"UNDELETE FROM {table}".encode()).statusmessage == "UNDELETE 0"


def test_rows_come_back_after_another_flush(
    server: ServerProcess, alice: Person, table: str
) -> None:
    with server.connect() as root, alice.connect() as connection:
        connection.execute(f"DELETE FROM {table} WHERE id < 3".encode())
        run_job(root, f"FLUSH TABLE public.{table}")
        connection.execute(f"UNDELETE FROM {table} WHERE id = 2".encode())
        run_job(root, f"FLUSH TABLE public.{table}")
        assert _rows(connection, table) == ROWS[1:]
        read = f"SELECT id FROM {table} WHERE _deleted".encode()
        assert connection.execute(read).fetchall() == [(1,)]


def test_a_key_that_was_taken_keeps_its_new_row(alice: Person, table: str) -> None:
    with alice.connect() as connection:
        connection.execute(f"DELETE FROM {table} WHERE id IN (1, 2)".encode())
        connection.execute(f"INSERT INTO {table} VALUES (1, 'new')".encode())
        done = connection.execute(f"UNDELETE FROM {table}".encode())
        assert done.statusmessage == "UNDELETE 1"
        assert _rows(connection, table) == [(1, "new"), *ROWS[1:]]


def test_a_unique_value_that_was_taken_is_refused(
    server: ServerProcess, alice: Person, fresh_name: FreshName
) -> None:
    table = fresh_name("unique")
    with alice.connect() as connection, server.connect() as root:
        connection.execute(
            f"CREATE USER TABLE {table} (id int PRIMARY KEY, body text UNIQUE)".encode()
        )
        connection.execute(f"INSERT INTO {table} VALUES (1, 'one'), (2, 'two')".encode())
        run_job(root, f"FLUSH TABLE public.{table}")
        connection.execute(f"DELETE FROM {table}".encode())
        connection.execute(f"INSERT INTO {table} VALUES (3, 'one')".encode())
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(f"UNDELETE FROM {table}".encode())
        assert _rows(connection, table) == [(3, "one")]
        connection.execute(f"UNDELETE FROM {table} WHERE id = 2".encode())
        assert _rows(connection, table) == [(2, "two"), (3, "one")]
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(f"INSERT INTO {table} VALUES (4, 'two')".encode())


def test_a_block_can_take_it_back(alice: Person, table: str) -> None:
    with alice.connect(autocommit=False) as connection:
        connection.execute(f"DELETE FROM {table} WHERE id = 1".encode())
        connection.commit()
        connection.execute(f"UNDELETE FROM {table}".encode())
        assert _rows(connection, table) == ROWS
        connection.rollback()
        assert _rows(connection, table) == ROWS[1:]
        connection.execute(f"DELETE FROM {table} WHERE id = 2".encode())
        connection.execute(f"UNDELETE FROM {table} WHERE id = 2".encode())
        connection.commit()
        assert _rows(connection, table) == ROWS[1:]


def test_a_snapshot_does_not_undelete_over_a_newer_row(alice: Person, table: str) -> None:
    with alice.connect(autocommit=False) as late, alice.connect() as early:
        early.execute(f"DELETE FROM {table} WHERE id = 1".encode())
        late.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert _rows(late, table) == ROWS[1:]
        early.execute(f"INSERT INTO {table} VALUES (1, 'new')".encode())
        with pytest.raises(psycopg.errors.SerializationFailure):
            late.execute(f"UNDELETE FROM {table}".encode())
        late.rollback()
        assert _rows(early, table) == [(1, "new"), *ROWS[1:]]


def test_nobody_undeletes_the_rows_of_others(
    server: ServerProcess, alice: Person, bob: Person, table: str
) -> None:
    with alice.connect() as connection, bob.connect() as other, server.connect() as root:
        connection.execute(f"DELETE FROM {table}".encode())
        assert other.execute(f"UNDELETE FROM {table}".encode()).statusmessage == "UNDELETE 0"
        root.execute("SET kalam.scope = 'all'")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            root.execute(f"UNDELETE FROM {table}".encode())
        root.execute("RESET kalam.scope")
        root.execute(
            f"EXECUTE AS USER '{alice.name}' (UNDELETE FROM {table} WHERE id = 3)".encode()
        )
        assert _rows(connection, table) == ROWS[2:]


@pytest.mark.parametrize(
    ("statement", "sqlstate"),
    [
        ("UNDELETE", "42601"),
        ("UNDELETE {}", "42601"),
        ("UNDELETE FROM {} WHERE nope = 1", "42703"),
        ("UNDELETE FROM nope", "42P01"),
        ("UNDELETE FROM system.jobs", "42501"),
        ("WITH w AS (UNDELETE FROM {}) SELECT 1", "42601"),
    ],
)
def test_mistakes(alice: Person, table: str, statement: str, sqlstate: str) -> None:
    with alice.connect() as connection, pytest.raises(psycopg.Error) as raised:
        connection.execute(statement.format(table).encode())
    assert raised.value.sqlstate == sqlstate
