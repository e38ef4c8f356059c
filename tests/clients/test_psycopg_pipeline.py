"""psycopg's pipeline mode: many statements on their way at a time, errors and all.

Goal: an application that pipelines gets from kalampg what it gets from PostgreSQL. Method: each
test runs on both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors

pytestmark = pytest.mark.slow

Connection = psycopg.Connection[Any]


@pytest.fixture
def connection(dsn: str) -> Iterator[Connection]:
    """A connection with an empty table, outside a transaction."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS piped")
        connection.execute("CREATE TABLE piped (id int PRIMARY KEY, body text)")
        yield connection
        connection.execute("DROP TABLE piped")


def _ids(connection: Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT id FROM piped ORDER BY id")]


def test_answers_come_in_order_after_one_sync(connection: Connection) -> None:
    with connection.pipeline():
        cursors = [connection.execute("SELECT %s::int * 2", [n]) for n in range(300)]
    assert [cursor.fetchone() for cursor in cursors] == [(n * 2,) for n in range(300)]


def test_a_pipeline_is_one_transaction_up_to_its_sync(connection: Connection) -> None:
    with pytest.raises(errors.UniqueViolation), connection.pipeline():
        connection.execute("INSERT INTO piped VALUES (1, 'a')")
        connection.execute("INSERT INTO piped VALUES (1, 'again')")
    assert _ids(connection) == []
    with connection.pipeline() as pipeline:
        connection.execute("INSERT INTO piped VALUES (1, 'a')")
        pipeline.sync()
        with pytest.raises(errors.UniqueViolation):  # when, is up to what has arrived
            failed = connection.execute("INSERT INTO piped VALUES (1, 'again')")
            pipeline.sync()
            failed.fetchall()
        connection.execute("INSERT INTO piped VALUES (2, 'b')")
    assert _ids(connection) == [1, 2]


def test_statements_after_an_error_are_skipped_until_the_sync(connection: Connection) -> None:
    with pytest.raises(errors.UndefinedTable), connection.pipeline():
        connection.execute("SELECT 1 FROM nowhere")
        connection.execute("INSERT INTO piped VALUES (1, 'a')")
    assert _ids(connection) == []


def test_transaction_blocks_in_a_pipeline(connection: Connection) -> None:
    with connection.pipeline():
        with connection.transaction():
            connection.execute("INSERT INTO piped VALUES (1, 'a')")
            connection.execute("INSERT INTO piped VALUES (2, 'b')")
        with pytest.raises(errors.UniqueViolation), connection.transaction():
            connection.execute("INSERT INTO piped VALUES (3, 'c')")
            connection.execute("INSERT INTO piped VALUES (1, 'again')")
        with connection.transaction():
            connection.execute("INSERT INTO piped VALUES (4, 'd')")
            with pytest.raises(errors.UniqueViolation), connection.transaction():
                connection.execute("INSERT INTO piped VALUES (4, 'again')").fetchall()
            connection.execute("INSERT INTO piped VALUES (5, 'e')")
    assert _ids(connection) == [1, 2, 4, 5]


def test_executemany_returns_the_rows_of_each_execution(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO piped VALUES (%s, %s) RETURNING id",
            [(n, f"row {n}") for n in range(500)],
            returning=True,
        )
        returned = []
        while True:
            returned.append(cursor.fetchone())
            if not cursor.nextset():
                break
    assert returned == [(n,) for n in range(500)]
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE piped SET body = %s WHERE id < %s", [("x", 3), ("y", 5)])
        assert cursor.rowcount == 8


def test_results_larger_than_any_buffer_do_not_block(connection: Connection) -> None:
    big = "x" * 100_000
    with connection.pipeline():
        for n in range(60):
            connection.execute("INSERT INTO piped VALUES (%s, %s)", [n, big], prepare=True)
        cursors = [
            connection.execute("SELECT body FROM piped WHERE id = %s", [n]) for n in range(60)
        ]
    assert all(cursor.fetchone() == (big,) for cursor in cursors)


def test_fetching_inside_a_pipeline_waits_for_what_is_needed(connection: Connection) -> None:
    with connection.pipeline():
        connection.execute("INSERT INTO piped VALUES (7, 'seven')")
        row = connection.execute("SELECT body FROM piped WHERE id = 7").fetchone()
        assert row == ("seven",)
        connection.execute("DELETE FROM piped")
    assert _ids(connection) == []
