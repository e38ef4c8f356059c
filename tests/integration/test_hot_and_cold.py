"""Statements over rows that are hot, cold, or both answer as PostgreSQL 15 does.

Goal: nobody notices where a row is (KalamDB's cases of hot and cold reads and DML, reference 13.3).
Method: one script of statements on both servers; kalampg flushes never, after every statement, or
after every third with a compaction now and then. Answers, tags and SQLSTATEs are compared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import pq

from conformance.postgres import Postgres
from conformance.server_process import Connection, ServerProcess
from tests.fix_jobs import run_job

pytestmark = pytest.mark.slow
FreshName = Callable[[str], str]

Answer = tuple[str, list[tuple[Any, ...]]]

COLUMNS = (
    "id int PRIMARY KEY, name text, amount numeric(10, 2), price float8, born date,"
    " seen timestamptz, is_on boolean DEFAULT true, tags text, big bigint, small smallint"
)
# ``t`` is the table; SELECTs have an order, so that answers are lists.
SCRIPT = """
INSERT INTO t (id, name, amount) VALUES (1, 'one', 1.10), (2, 'two', 2.20), (3, NULL, NULL)
SELECT * FROM t ORDER BY id
INSERT INTO t (id, name) VALUES (2, 'again')
INSERT INTO t (id, name) VALUES (10, 'ten'), (1, 'dup'), (11, 'eleven')
INSERT INTO t (id, name) VALUES (12, 'a'), (12, 'b')
SELECT count(*) FROM t
UPDATE t SET name = 'ONE' WHERE id = 1
UPDATE t SET name = 'ONE' WHERE id = 1
UPDATE t SET amount = amount + 1 WHERE amount IS NOT NULL
SELECT id, name, amount FROM t ORDER BY id
UPDATE t SET id = 2 WHERE id = 1
UPDATE t SET id = 20 WHERE id = 1
SELECT id FROM t ORDER BY id
UPDATE t SET name = 'nobody' WHERE id = 99
DELETE FROM t WHERE id = 2
DELETE FROM t WHERE id = 2
SELECT * FROM t WHERE id = 2
INSERT INTO t (id, name, price) VALUES (2, 'back', 0.1)
SELECT id, name, amount, price FROM t WHERE id = 2
INSERT INTO t (id, name, big, small) SELECT g, 'row ' || g, g * 1000000000000, g FROM generate_series(30, 60) AS g
UPDATE t SET name = name || '!' WHERE id BETWEEN 35 AND 45
UPDATE t SET name = 'first' WHERE id = 40
UPDATE t SET name = 'second' WHERE id = 40
UPDATE t SET name = 'third' WHERE id = 40
SELECT name FROM t WHERE id = 40
DELETE FROM t WHERE id > 50 AND small % 2 = 0
SELECT count(*), sum(big), min(name), max(id), avg(small) FROM t
SELECT small % 3 AS third, count(*), sum(id) FROM t WHERE small IS NOT NULL GROUP BY 1 ORDER BY 1
SELECT id, name FROM t WHERE name LIKE '%!' ORDER BY id DESC LIMIT 4 OFFSET 2
SELECT name, count(*) FROM t GROUP BY name HAVING count(*) > 1 ORDER BY name
ALTER TABLE t ADD COLUMN extra text DEFAULT 'was not there'
SELECT id, extra FROM t ORDER BY id LIMIT 3
UPDATE t SET extra = NULL WHERE id = 3
INSERT INTO t (id) VALUES (70)
SELECT id, extra, is_on FROM t WHERE id IN (3, 20, 70) ORDER BY id
ALTER TABLE t RENAME COLUMN tags TO labels
UPDATE t SET labels = 'x' WHERE id < 5
ALTER TABLE t DROP COLUMN price
SELECT * FROM t WHERE id < 40 ORDER BY id
INSERT INTO t (id, seen, born) VALUES (80, '1969-12-31 23:59:59.999999Z', '0001-01-01'), (81, 'infinity', 'infinity')
SELECT id, seen IS NULL, born IS NULL, seen > '2000-01-01' FROM t WHERE id >= 80 ORDER BY id
INSERT INTO t (id, name) VALUES (1, 'upserted'), (90, 'new') ON CONFLICT (id) DO UPDATE SET name = excluded.name
INSERT INTO t (id, name) VALUES (1, 'ignored'), (91, 'new') ON CONFLICT DO NOTHING
SELECT id, name FROM t WHERE id IN (1, 90, 91) ORDER BY id
DELETE FROM t WHERE id IN (SELECT id FROM t WHERE small > 55) RETURNING id, name
UPDATE t SET name = 'r' WHERE id = 3 RETURNING id, name, amount
SELECT a.id, b.id FROM t AS a JOIN t AS b ON b.id = a.id + 1 WHERE a.id < 40 ORDER BY 1
DELETE FROM t
SELECT count(*) FROM t
INSERT INTO t (id, name) VALUES (1, 'after all')
SELECT id, name FROM t
"""  # noqa: E501 - one statement a line


def _answer(connection: Connection, statement: str) -> Answer:
    """The command tag, or SQLSTATE, and the rows."""
    try:
        done = connection.execute(statement.encode())
    except psycopg.Error as failure:
        return failure.sqlstate or "", []
    rows = done.fetchall() if done.description else []
    if done.pgresult is not None and done.pgresult.status == pq.ExecStatus.TUPLES_OK:
        rows = rows if "ORDER BY" in statement else sorted(rows)
    return done.statusmessage or "", rows


@pytest.fixture(scope="module")
def expected(postgres: Postgres) -> list[Answer]:
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE TEMPORARY TABLE t ({COLUMNS})".encode())
        answers = [_answer(connection, statement) for statement in SCRIPT.strip().splitlines()]
    refused = [tag for tag, _ in answers if tag.isdigit()]
    assert refused == ["23505"] * 4, "the script says what it means"
    return answers


@pytest.mark.parametrize("every", [0, 1, 3], ids=["hot", "cold", "mixed"])
@pytest.mark.parametrize("kind", ["USER", "SHARED"])
def test_a_script_answers_as_in_postgresql(
    server: ServerProcess, fresh_name: FreshName, expected: list[Answer], kind: str, every: int
) -> None:
    schema, user = fresh_name("mixed"), server.create_role(fresh_name("scripted"), "service")
    with server.connect() as root, server.connect(user) as connection:
        root.execute(f"CREATE NAMESPACE {schema}".encode())
        connection.execute(f"SET search_path = {schema}".encode())
        connection.execute(f"CREATE {kind} TABLE t ({COLUMNS}) FLUSH OFF".encode())
        for number, statement in enumerate(SCRIPT.strip().splitlines()):
            assert _answer(connection, statement) == expected[number], statement
            if every and number % every == 0:
                run_job(root, f"FLUSH TABLE {schema}.t")
            if every and number % 10 == 9:
                run_job(root, f"COMPACT TABLE {schema}.t")
        report = root.execute(f"VERIFY TABLE {schema}.t".encode()).fetchall()
        assert {row[3] for row in report} == {"ok"}
