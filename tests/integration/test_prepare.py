"""PREPARE, EXECUTE and DEALLOCATE as SQL.

Goal: prepared statements by name answer as PostgreSQL's. Method: the same script on both servers.
"""

from __future__ import annotations

import psycopg
import pytest

from conformance.postgres import Postgres
from tests.fix_both import Both
from tests.fix_server import Person

pytestmark = pytest.mark.slow

SCRIPT = [
    "PREPARE q (int, text) AS SELECT id, body FROM prepared WHERE id > $1 OR body = $2 ORDER BY id",
    "EXECUTE q (1, 'one')", "EXECUTE q (1 + 1, NULL)", "EXECUTE q ('0', 'x')", "EXECUTE q (1)",
    "EXECUTE q (2147483648, 'x')", "PREPARE q AS SELECT 1", "EXECUTE nope", "EXECUTE nope (1)",
    "PREPARE i AS INSERT INTO prepared VALUES ($1, $2) ON CONFLICT (id) DO NOTHING RETURNING id",
    "EXECUTE i (7, 'seven')", "EXECUTE i (7, 'again')", "PREPARE bad AS SELECT nope FROM prepared",
    "PREPARE n AS SELECT 5 AS five", "EXECUTE n", "DEALLOCATE n", "EXECUTE n",
    "PREPARE n AS VALUES ('a'), ('b')", "EXECUTE n", "DEALLOCATE nope", "DEALLOCATE ALL",
    "EXECUTE q (1, 'one')", "PREPARE x AS CREATE TABLE y (a int)",
]  # fmt: skip


def answer(connection: psycopg.Connection[tuple[object, ...]], statement: str) -> object:
    try:
        cursor = connection.execute(statement.encode())
    except psycopg.Error as error:
        diag = error.diag
        return diag.sqlstate, diag.message_primary, diag.message_detail, diag.statement_position
    if cursor.description is None:
        return cursor.statusmessage, None, None
    columns = [(column.name, column.type_code) for column in cursor.description]
    return cursor.statusmessage, columns, cursor.fetchall()


def test_sql_prepared_statements_answer_as_postgresql(alice: Person, postgres: Postgres) -> None:
    with (
        alice.connect() as ours,
        psycopg.connect(postgres.dsn(), autocommit=True) as theirs,
    ):
        ours.execute("CREATE USER TABLE prepared (id int PRIMARY KEY, body text)")
        theirs.execute("CREATE TEMP TABLE prepared (id int PRIMARY KEY, body text)")
        for connection in (ours, theirs):
            connection.execute("INSERT INTO prepared VALUES (1, 'one'), (2, 'two'), (3, NULL)")
        for statement in SCRIPT:
            assert answer(ours, statement) == answer(theirs, statement), statement
        ours.execute("DROP TABLE prepared")


def test_a_statement_is_executed_with_values(alice: Person) -> None:
    with alice.connect() as connection:
        connection.execute("CREATE USER TABLE written (id int PRIMARY KEY, body text, at date)")
        connection.execute(
            """EXECUTE "INSERT INTO written VALUES ($1, $2, $3), ($1 + 1, NULL, NULL)" """
            """WITH [1, 'it''s "one"', '2024-02-29']"""
        )
        rows = connection.execute(
            """EXECUTE "SELECT id, body, at::text ""at"" FROM written WHERE id = $1" WITH [3-2]"""
        )
        assert rows.fetchall() == [(1, 'it\'s "one"', "2024-02-29")]
        assert [column.name for column in rows.description or ()] == ["id", "body", "at"]
        long = connection.execute(
            f"""EXECUTE 'SELECT ''{"x" * 100}'' || $1' WITH ['y']"""
        ).fetchone()
        assert long == ("x" * 100 + "y",)
        done = connection.execute("""EXECUTE "DELETE FROM written WHERE id = $1" WITH [2]""")
        assert done.statusmessage == "DELETE 1"
        connection.execute("DROP TABLE written")


@pytest.mark.parametrize(
    ("text", "sqlstate", "position"),
    [
        ("""EXECUTE "SELECT $1" WITH []""", "42601", None),
        ("""EXECUTE "SELECT 1" WITH [1]""", "42601", None),
        ("""EXECUTE "SELECT 1" WITH (1)""", "42601", "25"),
        ("""EXECUTE "SELECT nope" WITH []""", "42703", "17"),
        ("""EXECUTE "SELECT 1; SELECT 2" WITH []""", "42601", None),
        ("""EXECUTE "BEGIN" WITH []""", "0A000", None),
        ("""EXECUTE "EXECUTE ""SELECT 1"" WITH []" WITH []""", "0A000", None),
        ("""EXECUTE "SELECT $1::int" WITH ['x']""", "22P02", None),
        ("""EXECUTE "SELECT 1" """, "26000", None),
    ],
)
def test_what_is_wrong_with_such_a_statement(
    alice: Person, text: str, sqlstate: str, position: str | None
) -> None:
    with alice.connect() as connection, pytest.raises(psycopg.Error) as caught:
        connection.execute(text.encode())
    assert caught.value.sqlstate == sqlstate
    if position is not None:
        assert caught.value.diag.statement_position == position


def test_what_the_session_has_prepared_is_listed(both: Both) -> None:
    both.same("""
        PREPARE p1 (int, text[]) AS SELECT $1, $2

        PREPARE "P 2" AS SELECT $1 || 'x', 5

        SELECT name, statement, parameter_types, from_sql, prepare_time <= now()
        FROM pg_prepared_statements ORDER BY name

        SELECT name FROM pg_prepared_statements WHERE parameter_types[1] = 'int'::regtype

        DEALLOCATE p1

        SELECT name, parameter_types::text FROM pg_prepared_statements

        DEALLOCATE ALL

        SELECT * FROM pg_prepared_statements
    """)


def test_statements_of_the_protocol_are_listed_and_no_other_session_s(
    alice: Person, postgres: Postgres
) -> None:
    query = "SELECT statement, parameter_types, from_sql FROM pg_prepared_statements WHERE $1 > 0"
    answers = []
    for connect in (alice.connect, lambda: psycopg.connect(postgres.dsn(), autocommit=True)):
        with connect() as one, connect() as other:
            other.execute("PREPARE secret AS SELECT 1")
            one.pgconn.prepare(b"", b"SELECT 1")
            one.pgconn.prepare(b"mine", query.encode(), [23])
            for result_format in (0, 1):
                result = one.pgconn.exec_prepared(b"mine", [b"1"], result_format=result_format)
                assert result.ntuples == 1
                row = [result.get_value(0, column) for column in range(result.nfields)]
                answers.append((result_format, row))
    assert answers[:2] == answers[2:]
