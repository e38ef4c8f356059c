"""Cursors of SQL: DECLARE, FETCH, MOVE, CLOSE, and the drivers that use them.

Goal: a cursor gives PostgreSQL's rows, tags and errors, over rows by key and over streams. Method:
the same script on both servers in one run; psycopg's named cursors.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from conformance.postgres import Postgres
from tests.fix_server import Person, StartServer
from tests.fix_sides import Connect, outcome

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


HELD = "DECLARE h CURSOR WITH HOLD FOR SELECT g FROM generate_series(1, 5) AS g ORDER BY g"
HELD_SCRIPTS = {
    "outside a block": [HELD, "FETCH 2 FROM h", "FETCH h", "CLOSE h", "FETCH h"],
    "after commit": ["BEGIN", HELD, "FETCH h", "COMMIT", "FETCH 2 FROM h", "FETCH ALL FROM h"],
    "after rollback": ["BEGIN", HELD, "ROLLBACK", "FETCH h"],
    "older than the rollback": [HELD, "BEGIN", "FETCH h", "ROLLBACK", "FETCH h"],
    "after an error": [HELD, "BEGIN", "SELECT 1/0", "ROLLBACK", "FETCH h"],
    "after chained commits": ["BEGIN", HELD, "COMMIT AND CHAIN", "FETCH h", "ROLLBACK", "FETCH h"],
    "beside others": [
        "BEGIN", HELD, "DECLARE o CURSOR FOR SELECT 1", "COMMIT", "FETCH h", "FETCH o",
    ],
    "scrolling": [HELD.replace("CURSOR", "SCROLL CURSOR"), "FETCH LAST FROM h", "FETCH PRIOR h"],
    "not backward": [HELD.replace("CURSOR", "NO SCROLL CURSOR"), "FETCH h", "FETCH PRIOR FROM h"],
    "all closed": [HELD, "CLOSE ALL", "FETCH h"],
    "discarded": [HELD, "DISCARD ALL", "FETCH h"],
    "by key": ["DECLARE h CURSOR WITH HOLD FOR SELECT 1 AS one", "FETCH 5 FROM h"],
    "in one query": [f"{HELD}; FETCH 2 FROM h", "FETCH h"],
}  # fmt: skip


@pytest.mark.parametrize("script", HELD_SCRIPTS)
def test_held_cursors_outlive_their_transaction(
    both_sides: tuple[Connect, Connect], script: str
) -> None:
    found = []
    for connect in both_sides:
        with connect() as connection:
            found.append([outcome(connection, step) for step in HELD_SCRIPTS[script]])
    assert found[0] == found[1]


def test_cursors_that_lock_are_neither_held_nor_scrolled(alice: Person) -> None:
    with alice.connect() as connection:
        connection.execute("CREATE USER TABLE locked (id int PRIMARY KEY)")
        for options in ("CURSOR WITH HOLD", "SCROLL CURSOR"):
            statement = f"DECLARE c {options} FOR SELECT id FROM locked FOR UPDATE"
            assert outcome(connection, statement)[0] == "0A000"


def test_the_rows_of_cursors_are_bounded(start_server: StartServer) -> None:
    server = start_server(environment={"KALAMPG_SERVER_CURSOR_BYTES_MAX": str(1 << 20)})
    with server.connect() as connection:
        rows = "SELECT repeat('x', 1000) FROM generate_series(1, {}) AS g"
        connection.execute("DECLARE a CURSOR WITH HOLD FOR " + rows.format(600))
        second = "DECLARE b CURSOR WITH HOLD FOR " + rows.format(600)
        assert outcome(connection, second)[0] == "53400"
        connection.execute("CLOSE a")
        assert outcome(connection, second) == -1


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
