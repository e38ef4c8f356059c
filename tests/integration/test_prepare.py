"""PREPARE, EXECUTE and DEALLOCATE as SQL.

Goal: prepared statements by name answer as PostgreSQL's. Method: the same script on both servers.
"""

from __future__ import annotations

import psycopg
import pytest

from conformance.postgres import Postgres
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
