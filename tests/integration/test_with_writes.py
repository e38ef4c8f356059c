"""Data-modifying WITH, subqueries that lock rows, and what goes with them, beside PostgreSQL 15.

Goal: every part runs once, whether it is read or not, on the rows from before the statement, and
parts see each other only through RETURNING. Method: scripts run on both servers and compared answer
by answer; queue workers that take their job by one statement.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest

from conformance.server_process import Connection, ServerProcess
from tests.fix_both import Both

SCRIPTS = {
    "insert and read": """
        WITH x AS (INSERT INTO t VALUES (4, 40) RETURNING id, v + 1 AS w) SELECT * FROM x

        SELECT * FROM t ORDER BY id
    """,
    "unread parts run": """
        WITH a AS (INSERT INTO t VALUES (4, 40)), b AS (DELETE FROM t WHERE id = 1) SELECT 1 AS one

        SELECT * FROM t ORDER BY id
    """,
    "one snapshot": """
        WITH x AS (UPDATE t SET v = v + 1 RETURNING id, v)
        SELECT t.id, t.v, x.v AS new FROM t JOIN x USING (id) ORDER BY id

        WITH x AS (DELETE FROM t WHERE id = 2 RETURNING *) SELECT count(*) FROM t

        SELECT * FROM t ORDER BY id
    """,
    "move rows": """
        WITH moved AS (DELETE FROM t WHERE v >= 20 RETURNING *)
        INSERT INTO u SELECT id, v * 2 FROM moved

        SELECT * FROM t ORDER BY id

        SELECT * FROM u ORDER BY id
    """,
    "parts name earlier parts": """
        WITH a AS (INSERT INTO u SELECT id + 10, v FROM t RETURNING id),
             b AS (SELECT max(id) AS m FROM a),
             c AS (UPDATE t SET v = (SELECT m FROM b) WHERE id = 1 RETURNING v)
        SELECT (SELECT m FROM b) AS m, v FROM c

        SELECT count(*) FROM u
    """,
    "main is an update or delete": """
        WITH x AS (INSERT INTO u VALUES (1, 100) RETURNING *)
        UPDATE t SET v = x.v FROM x WHERE t.id = x.id RETURNING t.*

        WITH x AS (SELECT 2 AS id) DELETE FROM t USING x WHERE t.id = x.id RETURNING t.id

        WITH x(k, w) AS (VALUES (3, 33)) UPDATE t SET v = w FROM x WHERE id = k

        SELECT * FROM t ORDER BY id
    """,
    "both change the same row": """
        WITH x AS (UPDATE t SET v = 1 WHERE id = 1 RETURNING v) SELECT * FROM x, t WHERE t.id = 1

        WITH x AS (DELETE FROM t WHERE id = 2 RETURNING v) UPDATE t SET v = 5 WHERE id = 3

        SELECT * FROM t ORDER BY id
    """,
    "an error undoes all": """
        WITH x AS (INSERT INTO u VALUES (7, 7) RETURNING *) INSERT INTO t SELECT 1, v FROM x

        SELECT * FROM u

        BEGIN

        INSERT INTO u VALUES (8, 8)

        SAVEPOINT s

        WITH x AS (INSERT INTO u VALUES (9, 9)) SELECT 1 / (v - v) FROM t

        ROLLBACK TO s

        SELECT * FROM u

        ROLLBACK
    """,
    "own writes of the transaction": """
        BEGIN

        INSERT INTO t VALUES (5, 50)

        WITH x AS (UPDATE t SET v = 0 WHERE id = 5 RETURNING id) SELECT t.* FROM t, x WHERE t.id = 5

        SELECT v FROM t WHERE id = 5

        ROLLBACK
    """,
    "refused": """
        WITH x AS (DELETE FROM t) SELECT * FROM x

        SELECT * FROM (WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x) AS y

        WITH x AS (DELETE FROM t RETURNING *), x AS (SELECT 1) SELECT 1

        WITH x AS (INSERT INTO t VALUES ('a', 1)) SELECT 1

        BEGIN READ ONLY

        WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x

        ROLLBACK
    """,
    "several columns by a subquery": """
        UPDATE t SET (v, id) = (SELECT t.v + 1, t.id + 100) WHERE id = 1

        UPDATE t SET (v) = ROW (9) WHERE id = 2

        UPDATE t AS x SET (v) = (SELECT max(v) FROM t) WHERE x.id = 3 RETURNING x.id, x.v

        UPDATE t SET (v, id) = (SELECT 1) WHERE id = 2

        SELECT * FROM t ORDER BY id
    """,
    "locking parts": """
        WITH next AS (SELECT id FROM t ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
        UPDATE t SET v = 0 FROM next WHERE t.id = next.id RETURNING t.id, t.v

        UPDATE t SET v = -1 WHERE id = (SELECT id FROM t WHERE v > 0 ORDER BY id LIMIT 1 FOR UPDATE)
        RETURNING *

        DELETE FROM t WHERE id IN (SELECT id FROM t WHERE v <= 0 FOR NO KEY UPDATE)

        SELECT * FROM (SELECT id FROM t FOR SHARE) AS x
    """,
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_answer_is_postgresqls(both: Both, name: str) -> None:
    both.same(
        """
        CREATE TABLE t (id int PRIMARY KEY, v int)

        CREATE TABLE u (id int PRIMARY KEY, v int)

        INSERT INTO t VALUES (1, 10), (2, 20), (3, 30)
        """
        "\n\n" + SCRIPTS[name]
    )


def test_parameters_take_their_types_from_any_part(server: ServerProcess) -> None:
    with server.connect() as root:
        root.execute("CREATE TABLE with_parameters (id int PRIMARY KEY, v text)")
        sql = (
            "WITH x AS (INSERT INTO with_parameters VALUES (%s, %s) RETURNING id)"
            " SELECT id + %s AS next FROM x WHERE id = %s"
        )
        for prepare in (False, True):
            root.execute("DELETE FROM with_parameters")
            rows = root.execute(sql, (1, "a", 1, 1), prepare=prepare).fetchall()
            assert rows == [(2,)]
        root.execute("DROP TABLE with_parameters")


# How a worker takes a job, or two.
TAKING = {
    "subquery": """UPDATE {t} SET v = 1 WHERE id =
        (SELECT id FROM {t} WHERE v = 0 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id""",
    "with": """WITH next AS
        (SELECT id FROM {t} WHERE v = 0 ORDER BY v, id LIMIT 1 FOR UPDATE SKIP LOCKED)
        UPDATE {t} SET v = 1 FROM next WHERE {t}.id = next.id RETURNING {t}.id""",
    "delete": """DELETE FROM {t} WHERE id IN
        (SELECT id FROM {t} ORDER BY id LIMIT 2 FOR UPDATE SKIP LOCKED) RETURNING id""",
}


@pytest.mark.parametrize("take", TAKING)
def test_workers_that_take_jobs_by_one_statement_never_get_the_same(
    server: ServerProcess, fresh_name: Callable[[str], str], take: str
) -> None:
    name = fresh_name("taken")
    jobs, workers = 60, 4

    def work() -> list[int]:
        done: list[int] = []
        with server.connect() as connection:
            connection.execute("SET synchronous_commit = off")
            while rows := _taken(connection, TAKING[take].format(t=name)):
                done += rows
        return done

    with server.connect() as root:
        root.execute(f"CREATE TABLE {name} (id int PRIMARY KEY, v int)".encode())
        root.execute(f"INSERT INTO {name} SELECT g, 0 FROM generate_series(1, {jobs}) g".encode())
        with ThreadPoolExecutor(workers) as threads:
            shares = [task.result() for task in [threads.submit(work) for _ in range(workers)]]
        assert sorted(chain.from_iterable(shares)) == list(range(1, jobs + 1))


def _taken(connection: Connection, take: str) -> list[int]:
    return [row[0] for row in connection.execute(take.encode())]
