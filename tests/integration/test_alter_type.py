"""ALTER COLUMN ... TYPE over hot, cold and deleted rows of all users.

Goal: values become the new type as PostgreSQL converts them, for every user, in one step or not at
all. Method: the same statements on PostgreSQL 15 where it has the table, and what each user reads
before and after where it has not.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from conformance.postgres import Postgres
from conformance.server_process import Connection, ServerProcess
from tests.fix_jobs import run_job
from tests.fix_server import Person

pytestmark = pytest.mark.slow

SETUP = (
    "CREATE TABLE {t} (id int PRIMARY KEY, n int DEFAULT 7, s text NOT NULL, f float8, at date)",
    "INSERT INTO {t} VALUES (1, 10, '11', 1.5, '2024-01-02'), (2, NULL, '12', 2.5, NULL)",
)
CHANGES = (
    "ALTER TABLE {t} ALTER COLUMN n TYPE bigint",
    "ALTER TABLE {t} ALTER n SET DATA TYPE text",
    "ALTER TABLE {t} ALTER s TYPE int USING s::int + 1",
    "ALTER TABLE {t} ALTER s TYPE int",
    "ALTER TABLE {t} ALTER f TYPE numeric(5,1), ALTER at TYPE timestamp",
    "ALTER TABLE {t} ALTER f TYPE int",
    "ALTER TABLE {t} ALTER s TYPE varchar(1)",
    "ALTER TABLE {t} ALTER s TYPE varchar(10)",
    "ALTER TABLE {t} ALTER s TYPE boolean USING s = '11'",
    "ALTER TABLE {t} ALTER s TYPE int USING nullif(s, '11')::int",
    "ALTER TABLE {t} ALTER n TYPE int USING n * 1000000000",
    "ALTER TABLE {t} ALTER n TYPE date",
    "ALTER TABLE {t} ALTER n TYPE date USING at",
    "ALTER TABLE {t} ALTER n TYPE date USING s",
    "ALTER TABLE {t} ALTER id TYPE bigint",
    "ALTER TABLE {t} ALTER id TYPE text",
    "ALTER TABLE {t} ALTER id TYPE int USING 1",
    "ALTER TABLE {t} ALTER nope TYPE int",
    "ALTER TABLE {t} ALTER n TYPE nosuchtype",
    "ALTER TABLE {t} ALTER n DROP DEFAULT, ALTER n TYPE boolean USING n > 5",
    "ALTER TABLE {t} ADD CHECK (f > 1); ALTER TABLE {t} ALTER f TYPE int USING 0",
    "CREATE UNIQUE INDEX {t}_s ON {t} (s); ALTER TABLE {t} ALTER s TYPE int USING s::int / 10",
    "CREATE UNIQUE INDEX {t}_s ON {t} (s); ALTER TABLE {t} ALTER s TYPE bigint USING s::bigint",
)


def _try(connection: Connection, statement: str) -> tuple[str, ...]:
    """What a client sees of a statement."""
    try:
        with connection.transaction():
            connection.execute(statement.encode())
    except psycopg.Error as error:
        return (str(error.sqlstate), str(error.diag.message_primary))
    return ("ok",)


def _contents(connection: Connection, table: str) -> tuple[Any, ...]:
    cursor = connection.execute(f"SELECT * FROM {table} ORDER BY id".encode())
    assert cursor.description is not None
    return [column.type_code for column in cursor.description], cursor.fetchall()


@pytest.mark.parametrize("change", CHANGES)
def test_values_become_what_postgresql_makes_of_them(
    server: ServerProcess, postgres: Postgres, fresh_name: Callable[[str], str], change: str
) -> None:
    table = fresh_name("retyped")
    seen = []
    with psycopg.connect(postgres.dsn(), autocommit=True) as theirs, server.connect() as ours:
        for connection in (theirs, ours):
            for statement in SETUP:
                connection.execute(statement.format(t=table).encode())
            if connection is ours:
                run_job(connection, f"FLUSH TABLE {table}")
            connection.execute(f"INSERT INTO {table} VALUES (3, 30, '13', 3, NULL)".encode())
            outcome = _try(connection, change.format(t=table))
            changed = _contents(connection, table)
            again = _try(connection, f"INSERT INTO {table} (id, s) VALUES (9, '1')")
            seen.append((outcome, changed, again[0], _contents(connection, table)))
    assert seen[0] == seen[1]


def test_every_user_keeps_their_rows_and_what_is_deleted_stays_so(
    server: ServerProcess, alice: Person, bob: Person, fresh_name: Callable[[str], str]
) -> None:
    table = fresh_name("mine")
    with server.connect() as root, alice.connect() as first, bob.connect() as second:
        root.execute(f"CREATE USER TABLE {table} (id int PRIMARY KEY, n int)".encode())
        for factor, connection in ((1, first), (10, second)):
            for number in (1, 2, 3):
                connection.execute(
                    f"INSERT INTO {table} VALUES ({number}, {number * factor})".encode()
                )
        run_job(root, f"FLUSH TABLE {table}")
        first.execute(f"DELETE FROM {table} WHERE id = 2".encode())
        second.execute(f"UPDATE {table} SET n = 99 WHERE id = 3".encode())
        when = first.execute(f"SELECT _updated FROM {table} WHERE id = 1".encode()).fetchone()
        root.execute(f"ALTER TABLE {table} ALTER n TYPE text USING 'n' || n::text".encode())
        read = f"SELECT id, n FROM {table} ORDER BY id".encode()
        assert first.execute(read).fetchall() == [(1, "n1"), (3, "n3")]
        assert second.execute(read).fetchall() == [(1, "n10"), (2, "n20"), (3, "n99")]
        gone = f"SELECT id, n FROM {table} WHERE _deleted".encode()
        assert first.execute(gone).fetchall() == [(2, "n2")]
        still = first.execute(f"SELECT _updated FROM {table} WHERE id = 1".encode()).fetchone()
        assert still == when
        run_job(root, f"FLUSH TABLE {table}")
        assert first.execute(read).fetchall() == [(1, "n1"), (3, "n3")]
        first.execute(f"UPDATE {table} SET n = 'changed' WHERE id = 1".encode())
        assert first.execute(read).fetchall() == [(1, "changed"), (3, "n3")]
        problems = root.execute(f"VERIFY TABLE {table}".encode()).fetchall()
        assert all("error" not in str(row).lower() for row in problems), problems


def test_a_rolled_back_change_leaves_everything_as_it_was(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    table = fresh_name("kept")
    with server.connect(autocommit=False) as root:
        root.execute(f"CREATE TABLE {table} (id int PRIMARY KEY, n int UNIQUE)".encode())
        root.execute(f"INSERT INTO {table} VALUES (1, 1), (2, 2)".encode())
        root.commit()
        root.execute(f"INSERT INTO {table} VALUES (3, 3)".encode())
        root.execute(f"ALTER TABLE {table} ALTER n TYPE text".encode())
        assert root.execute(f"SELECT n FROM {table} WHERE id = 3".encode()).fetchone() == ("3",)
        root.execute(f"INSERT INTO {table} VALUES (4, 'four')".encode())
        root.rollback()
        rows = root.execute(f"SELECT id, n FROM {table} ORDER BY id".encode()).fetchall()
        assert rows == [(1, 1), (2, 2)]
        with pytest.raises(psycopg.errors.UniqueViolation):
            root.execute(f"INSERT INTO {table} VALUES (5, 2)".encode())


def test_what_depends_on_the_column_is_in_the_way(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    table, view = fresh_name("based"), fresh_name("shown")
    with server.connect() as root:
        root.execute(
            f"CREATE TABLE {table} (id int PRIMARY KEY, n int, up int REFERENCES {table},"
            " d int GENERATED ALWAYS AS (n * 2) STORED, m int)".encode()
        )
        root.execute(f"CREATE VIEW {view} AS SELECT m FROM {table}".encode())
        for column in ("n", "d", "up", "id", "m"):
            with pytest.raises(psycopg.errors.FeatureNotSupported, match="cannot alter type"):
                root.execute(f"ALTER TABLE {table} ALTER {column} TYPE text".encode())


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ("ALTER n TYPE text", "40001"),
        ("ADD COLUMN twice int GENERATED ALWAYS AS (id * 2) STORED", "40001"),
        ("ADD COLUMN z int DEFAULT 7", "40001"),
        ("ALTER n SET NOT NULL", "INSERT 0 1"),
    ],
)
def test_a_write_that_waited_for_the_change_leaves_no_row_of_the_old_types(
    server: ServerProcess,
    alice: Person,
    fresh_name: Callable[[str], str],
    change: str,
    outcome: str,
) -> None:
    table = fresh_name("waited")
    with server.connect() as root, alice.connect() as writer, server.connect() as other:
        root.execute(f"CREATE USER TABLE {table} (id int PRIMARY KEY, n int)".encode())
        root.execute("BEGIN")
        root.execute(f"ALTER TABLE {table} {change}".encode())
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(_outcome, writer, f"INSERT INTO {table} VALUES (1, 22)")
            _wait_for_waiter(other, writer)
            root.execute("COMMIT")
            assert waiting.result() == outcome
        rows = writer.execute(f"SELECT count(*) FROM {table} WHERE n::text = '22'".encode())
        assert rows.fetchone() == (int(outcome != "40001"),)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {t} SET n = 22 WHERE id = 1",
        "UPDATE {t} SET n = 22 WHERE n < 9",
        "DELETE FROM {t} WHERE id = 1",
        "INSERT INTO {t} VALUES (1, 3) ON CONFLICT (id) DO UPDATE SET n = 22",
        "SELECT FROM {t} WHERE id = 1 FOR UPDATE",
    ],
)
def test_a_statement_that_waited_for_the_change_does_not_call_the_rows_corrupt(
    server: ServerProcess, alice: Person, fresh_name: Callable[[str], str], statement: str
) -> None:
    table = fresh_name("waited")
    with server.connect() as root, alice.connect() as writer, server.connect() as other:
        root.execute(f"CREATE USER TABLE {table} (id int PRIMARY KEY, n int)".encode())
        writer.execute(f"INSERT INTO {table} VALUES (1, 5)".encode())
        root.execute("BEGIN")
        root.execute(f"ALTER TABLE {table} ALTER n TYPE text".encode())
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(_outcome, writer, statement.format(t=table))
            _wait_for_waiter(other, writer)
            root.execute("COMMIT")
            assert waiting.result() == "40001"
        rows = writer.execute(f"SELECT * FROM {table}".encode()).fetchall()
        assert rows == [(1, "5")]


def _outcome(connection: Connection, statement: str) -> str | None:
    try:
        return connection.execute(statement.encode()).statusmessage
    except psycopg.Error as error:
        return error.sqlstate


def _wait_for_waiter(observer: Connection, waiter: Connection) -> None:
    query = "SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted"
    for _ in range(10_000):
        if observer.execute(query, [waiter.info.backend_pid]).fetchone():
            return
    raise AssertionError("the statement does not wait")
