"""Cursors of SQL: DECLARE, FETCH, MOVE, CLOSE, and the drivers that use them.

Goal: a cursor gives PostgreSQL's rows, tags and errors, over rows by key and over streams. Method:
the same script on both servers in one run; psycopg's named cursors.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from conformance.postgres import Postgres
from tests.fix_server import Person

pytestmark = pytest.mark.slow

ROWS = 40
STEPS = [
    "FETCH c", "FETCH NEXT FROM c", "FETCH 2 IN c", "FETCH FORWARD 3 FROM c", "MOVE 5 IN c",
    "FETCH RELATIVE 2 FROM c", "FETCH ABSOLUTE 20 FROM c", "MOVE FORWARD ALL IN c", "FETCH c",
]  # fmt: skip
SCROLLING_STEPS = [
    "FETCH LAST FROM c", "FETCH PRIOR FROM c", "FETCH BACKWARD 3 FROM c", "FETCH -2 FROM c",
    "FETCH FIRST FROM c", "FETCH 0 FROM c", "FETCH PRIOR FROM c", "FETCH ABSOLUTE -3 FROM c",
    "MOVE BACKWARD ALL IN c", "FETCH FORWARD 2 FROM c", "FETCH ALL FROM c",
    "FETCH BACKWARD 1 FROM c", "FETCH RELATIVE -4 FROM c", "FETCH 0 FROM c", "MOVE 100 IN c",
    "FETCH BACKWARD ALL FROM c", "FETCH c", "CLOSE c", "FETCH c",
]  # fmt: skip


def answers(connection: psycopg.Connection[tuple[object, ...]], steps: list[str]) -> list[object]:
    """Tag and rows of each statement; the first error ends them."""
    found: list[object] = []
    connection.execute("BEGIN")
    try:
        for step in steps:
            cursor = connection.execute(step.encode())
            rows = cursor.fetchall() if cursor.description else None
            found.append((step, cursor.statusmessage, rows))
    except psycopg.Error as error:
        found.append((error.diag.sqlstate, error.diag.message_primary, error.diag.message_hint))
    finally:
        connection.execute("ROLLBACK")
    return found


@pytest.mark.parametrize(
    ("declaration", "steps"),
    [
        ("DECLARE c CURSOR FOR SELECT id, id * 2 AS twice FROM paged ORDER BY id + 0", STEPS),
        ("DECLARE c NO SCROLL CURSOR WITHOUT HOLD FOR TABLE paged ORDER BY 1", [*STEPS, "CLOSE c"]),
        ("DECLARE c SCROLL CURSOR FOR SELECT id FROM paged ORDER BY id + 0",
         STEPS + SCROLLING_STEPS),
        ("DECLARE c SCROLL CURSOR FOR VALUES (1, 'x'), (2, NULL)", SCROLLING_STEPS),
        ("DECLARE c NO SCROLL CURSOR FOR SELECT id FROM paged ORDER BY id + 0",
         ["FETCH 2 FROM c", "FETCH PRIOR FROM c"]),
        ("DECLARE c CURSOR FOR SELECT 1", ["DECLARE c CURSOR FOR SELECT 2"]),
        ("DECLARE c CURSOR FOR SELECT nope FROM paged", []),
        ("FETCH nope", []),
        ("CLOSE nope", []),
    ],
)  # fmt: skip
def test_cursors_answer_as_postgresql(
    alice: Person, postgres: Postgres, declaration: str, steps: list[str]
) -> None:
    with (
        alice.connect() as ours,
        psycopg.connect(postgres.dsn(), autocommit=True) as theirs,
    ):
        ours.execute("CREATE USER TABLE IF NOT EXISTS paged (id int PRIMARY KEY)")
        theirs.execute("CREATE TEMP TABLE paged (id int PRIMARY KEY)")
        for connection in (ours, theirs):
            insert = "INSERT INTO paged SELECT n FROM generate_series(1, %s) AS g(n)"
            connection.execute(insert, [ROWS])
        script = [declaration, *steps]
        assert answers(ours, script) == answers(theirs, script)
        ours.execute("DROP TABLE paged")


def test_a_cursor_needs_a_transaction_and_ends_with_it(alice: Person) -> None:
    with alice.connect() as connection:
        with pytest.raises(psycopg.errors.NoActiveSqlTransaction) as caught:
            connection.execute("DECLARE c CURSOR FOR SELECT 1")
        message = "DECLARE CURSOR can only be used in transaction blocks"
        assert caught.value.diag.message_primary == message
        connection.execute("BEGIN")
        connection.execute("DECLARE c CURSOR FOR SELECT 1")
        connection.execute("COMMIT")
        with pytest.raises(psycopg.errors.InvalidCursorName, match='cursor "c" does not exist'):
            connection.execute("FETCH c")
        with pytest.raises(psycopg.errors.FeatureNotSupported):
            connection.execute("DECLARE c CURSOR WITH HOLD FOR SELECT 1")


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
def test_psycopgs_named_cursors_stream_and_scroll(
    alice: Person, fresh_name: Callable[[str], str], binary: bool
) -> None:
    table = fresh_name("many")
    with alice.connect(autocommit=False) as connection:
        connection.execute(f"CREATE USER TABLE {table} (id int PRIMARY KEY)".encode())
        fill = f"INSERT INTO {table} SELECT n FROM generate_series(1, 5000) AS g(n)"
        connection.execute(fill.encode())
        query = f"SELECT id, 'row ' || id FROM {table} WHERE id > %s ORDER BY id".encode()
        with connection.cursor(name="c", binary=binary) as cursor:
            cursor.itersize = 700
            cursor.execute(query, [10])
            expected = [(number, f"row {number}") for number in range(11, 5001)]
            assert list(cursor) == expected
        with connection.cursor(name="s", scrollable=True, binary=binary) as cursor:
            cursor.execute(query, [0])
            cursor.scroll(100)
            assert cursor.fetchone() == (101, "row 101")
            cursor.scroll(-1)
            assert cursor.fetchmany(2) == [(101, "row 101"), (102, "row 102")]
