"""RETURNING with subqueries and joined rows, and assignments to elements, over the wire.

Goal: RETURNING sees the new row, the rows that it was joined with, and other tables as they were
before the statement; never another user's rows. Method: scripts beside PostgreSQL 15, and two users
with hot and cold rows of the same keys.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.server_process import ServerProcess
from tests.fix_both import Both
from tests.fix_jobs import run_job
from tests.fix_server import Person

pytestmark = pytest.mark.slow

TABLES = """
    CREATE TABLE p (id int PRIMARY KEY, name text NOT NULL, born date)

    INSERT INTO p VALUES (1, 'Ada', '1815-12-10'), (2, 'Blaise', NULL), (3, 'Carl', '1777-04-30')

    CREATE TABLE w (id int PRIMARY KEY, a int DEFAULT 7, b text DEFAULT 'd', e int[], f jsonb)

    INSERT INTO w (id, b) VALUES (1, 'Ada'), (2, 'Carl'), (3, 'x')
"""

SCRIPTS = {
    "subqueries": """
        INSERT INTO w (id) VALUES (4) RETURNING id * 2 AS twice, (SELECT count(*) FROM w)

        UPDATE w SET a = a + 1 RETURNING id, a, (SELECT max(a) FROM w AS i), (SELECT name FROM p
            WHERE p.id = w.id)

        DELETE FROM w WHERE id > 2 RETURNING id, EXISTS (SELECT FROM p WHERE p.id = w.id)

        INSERT INTO w (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 9
            RETURNING a, (SELECT a FROM w AS i WHERE i.id = w.id)

        WITH c AS (SELECT 5 AS five) UPDATE w SET a = 1 RETURNING id, (SELECT five FROM c)

        WITH u AS (UPDATE w SET a = 2 RETURNING id, (SELECT sum(a) FROM w AS i) AS s)
            SELECT * FROM u ORDER BY id

        UPDATE w SET a = 1 RETURNING count(*)

        UPDATE w SET a = 1 RETURNING sum(a) OVER ()

        UPDATE w SET a = 1 RETURNING p.name

        UPDATE w SET a = 1 RETURNING (SELECT name FROM p)

        SELECT id, a FROM w ORDER BY id
    """,
    "joined rows": """
        UPDATE w SET a = p.id FROM p WHERE w.b = p.name RETURNING w.id, w.a, p.name

        UPDATE w SET a = p.id FROM p WHERE w.b = p.name RETURNING *

        UPDATE w SET a = 0 FROM p WHERE w.b = p.name RETURNING p.*, md5(name), (SELECT count(*)
            FROM p AS q WHERE q.id <= p.id)

        UPDATE w SET a = 1 FROM p JOIN p AS q USING (id), p AS r WHERE b = q.name AND r.id = q.id
            RETURNING *

        UPDATE w SET a = s.n FROM (SELECT max(id) AS n FROM p) AS s WHERE w.id = n RETURNING w.id, n

        UPDATE w SET a = 1 FROM p WHERE w.b = p.name RETURNING id

        DELETE FROM w USING p WHERE w.b = p.name RETURNING w.id, p.name, born
    """,
    "elements": """
        UPDATE w SET e = '{1,2}', f = '{"x": 1}' WHERE id = 1

        UPDATE w SET e[1] = 5, f['z'] = '7' WHERE id = 1 RETURNING e, f

        UPDATE w SET e[1] = e[2], e[2] = e[1], e[4] = 4 WHERE id = 1 RETURNING e

        UPDATE w SET e[1] = (SELECT max(id) FROM p), f['a']['b'] = to_jsonb(a) RETURNING id, e, f

        UPDATE w SET e[2:3] = '{8,9}' WHERE id = 1 RETURNING e

        UPDATE w SET e[:2] = '{3,4,5}' WHERE id = 1 RETURNING e

        UPDATE w SET e[2:3] = '{8}' WHERE id = 1

        UPDATE w SET e[3:2] = '{8}' WHERE id = 1

        UPDATE w SET e[NULL] = 1 WHERE id = 1

        UPDATE w SET e[1] = true WHERE id = 1

        UPDATE w SET a[1] = 1 WHERE id = 1

        UPDATE w SET e[1] = 1, e = '{}' WHERE id = 1

        UPDATE w SET f['l'][2] = '"q"', f['n'] = NULL WHERE id = 1 RETURNING f

        UPDATE w SET f['l']['y'] = '7' WHERE id = 1

        UPDATE w SET f['l'][-9] = '7' WHERE id = 1

        UPDATE w SET f['x']['y'] = '7' WHERE id = 1

        UPDATE w SET f[0] = '7' WHERE id = 2 RETURNING f

        UPDATE w SET f = NULL WHERE id = 2

        UPDATE w SET f[1] = '7' WHERE id = 2 RETURNING f

        UPDATE w SET f[NULL] = '7' WHERE id = 2

        INSERT INTO w (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET e[2] = excluded.id + 10,
            b = DEFAULT RETURNING e, b
    """,
    "values and defaults": """
        INSERT INTO w (id, a) VALUES (5, (SELECT max(id) FROM p)) RETURNING a

        INSERT INTO w (id, a) VALUES (6, (SELECT id FROM p))

        INSERT INTO w (id, a, b) VALUES (6, (SELECT 1), DEFAULT), (7, DEFAULT, 'q') RETURNING *

        UPDATE w SET a = DEFAULT, b = DEFAULT WHERE id > 1 RETURNING id, a, b
    """,
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_answers_as_postgresql(both: Both, script: str) -> None:
    both.same(TABLES + script)


@pytest.mark.parametrize("is_cold", [False, True], ids=["hot", "cold"])
def test_a_subquery_of_returning_reads_only_the_readers_rows(
    server: ServerProcess,
    fresh_name: Callable[[str], str],
    alice: Person,
    bob: Person,
    is_cold: bool,
) -> None:
    name = fresh_name("own")
    with server.connect() as root, alice.connect() as hers, bob.connect() as his:
        root.execute(f"CREATE USER TABLE {name} (id int PRIMARY KEY, e text[]) FLUSH OFF".encode())
        for person, letter in ((hers, "a"), (his, "b")):
            for number in (1, 2):
                person.execute(f"INSERT INTO {name} VALUES (%s, %s)".encode(), (number, [letter]))
        his.execute(f"INSERT INTO {name} VALUES (3, NULL)".encode())
        if is_cold:
            run_job(root, f"FLUSH TABLE public.{name}")
        found = hers.execute(
            f"UPDATE {name} AS t SET e[2] = 'new' FROM {name} AS o WHERE o.id >= t.id "
            f"RETURNING t.id, o.e, (SELECT count(*) FROM {name})".encode()
        ).fetchall()
        assert [(id_, count) for id_, _, count in found] == [(1, 2), (2, 2)]
        assert {tuple(e) for _, e, _ in found} == {("a",)}
        answer = hers.execute(
            f"DELETE FROM {name} AS t WHERE id = 1 "
            f"RETURNING e, (SELECT max(id) FROM {name} AS o WHERE o.e[1] >= t.e[1])".encode()
        ).fetchall()
        assert answer == [(["a", "new"], 2)]
        rows = his.execute(f"SELECT id, e FROM {name} ORDER BY id".encode()).fetchall()
        assert rows == [(1, ["b"]), (2, ["b"]), (3, None)]
