"""Writing through views, over the wire.

Goal: a view over one table is written to as in PostgreSQL, WITH CHECK OPTION holds, and a view of
one user never writes rows of another. Method: scripts beside PostgreSQL 15; two users who write
through the same view of a user table, hot and cold.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from conformance.server_process import ServerProcess
from tests.fix_both import Both
from tests.fix_jobs import run_job
from tests.fix_server import Person

pytestmark = pytest.mark.slow

TABLES = """
    CREATE TABLE t (id int PRIMARY KEY, body text DEFAULT 'd', price numeric(8, 2), kind int
        NOT NULL DEFAULT 1)

    INSERT INTO t VALUES (1, 'one', 1.5, 1), (2, 'two', 2.5, 2), (3, 'three', NULL, 1)

    CREATE VIEW v AS SELECT id, body AS text, price * 2 AS twice, kind FROM t WHERE kind = 1
"""

SCRIPTS = {
    "rows": """
        INSERT INTO v (id, text) VALUES (4, 'four') RETURNING *

        INSERT INTO v VALUES (5, 'five')

        INSERT INTO v (id, kind) VALUES (7, 2) RETURNING id, kind

        UPDATE v SET text = upper(text) WHERE id = 1 RETURNING *

        UPDATE v SET text = 'x' WHERE id = 2

        UPDATE v SET text = text || twice WHERE twice > 1 RETURNING text, twice, v.kind

        UPDATE v AS w SET text = w.id || 'q' FROM t WHERE t.id = w.id AND t.id = 3
            RETURNING w.*, t.body

        UPDATE v SET id = id + 100, kind = 2 WHERE id = 3 RETURNING id, kind

        DELETE FROM v WHERE id = 103

        DELETE FROM v WHERE id = 4 RETURNING text, (SELECT count(*) FROM v)

        INSERT INTO v (id, text) VALUES (1, 'up') ON CONFLICT (id) DO UPDATE
            SET text = excluded.text || v.text RETURNING id, text

        WITH x AS (DELETE FROM v WHERE id = 1 RETURNING *) SELECT * FROM x

        SELECT * FROM t ORDER BY id
    """,
    "refused": """
        INSERT INTO v (id, twice) VALUES (5, 1)

        INSERT INTO v VALUES (6, 'six', 2)

        INSERT INTO v (nope) VALUES (1)

        UPDATE v SET twice = 1

        MERGE INTO v USING t ON t.id = v.id WHEN MATCHED THEN DELETE

        TRUNCATE v

        CREATE VIEW c AS SELECT DISTINCT id FROM t WITH CHECK OPTION

        CREATE VIEW c WITH (check_option = nope) AS SELECT id FROM t

        CREATE VIEW two AS SELECT id AS a, id AS b FROM t

        UPDATE two SET a = 50, b = 51

        INSERT INTO two (a, b) VALUES (60, 61)
    """,
    "check option": """
        CREATE VIEW vv AS SELECT kind AS k, text AS b, id FROM v WHERE id < 100 WITH CHECK OPTION

        INSERT INTO vv (id, b) VALUES (8, 'eight') RETURNING *

        INSERT INTO vv (id, b) VALUES (800, 'eight')

        INSERT INTO vv (id, k) SELECT id + 8, 2 FROM t

        UPDATE vv SET id = 900 WHERE id = 8

        UPDATE vv SET k = 5 WHERE b = 'eight'

        CREATE INDEX ON t (body)

        UPDATE vv SET k = 5 WHERE b = 'eight'

        UPDATE vv SET b = 'ok' WHERE id = 8 RETURNING b, k

        INSERT INTO vv (id, b) VALUES (8, 'e') ON CONFLICT (id) DO UPDATE SET k = 7

        CREATE VIEW vl AS SELECT * FROM v WHERE id > 0 WITH LOCAL CHECK OPTION

        INSERT INTO vl (id, kind) VALUES (10, 3)

        INSERT INTO vl (id, kind) VALUES (-1, 1)

        ALTER VIEW vl SET (check_option = cascaded)

        INSERT INTO vl (id, kind) VALUES (11, 3)

        ALTER VIEW vl RESET (check_option)

        INSERT INTO vl (id, kind) VALUES (11, 3)

        SELECT * FROM t ORDER BY id
    """,
    "subqueries": """
        CREATE VIEW sub AS SELECT id, body FROM t WHERE EXISTS
            (SELECT FROM t AS o WHERE o.id = t.id AND o.kind = 1)

        UPDATE sub AS o SET body = 'in' WHERE id > 0 RETURNING id, body

        DELETE FROM sub WHERE id = 3 RETURNING *

        CREATE VIEW ex AS SELECT id + 1 AS i FROM t

        DELETE FROM ex WHERE i = 3

        SELECT * FROM t
    """,
    "catalog": """
        CREATE VIEW vv AS SELECT * FROM v WITH LOCAL CHECK OPTION

        CREATE VIEW agg AS SELECT count(*) FROM t

        SELECT table_name, check_option, is_updatable, is_insertable_into
            FROM information_schema.views WHERE table_schema = current_schema() ORDER BY 1

        SELECT table_name, column_name, is_updatable FROM information_schema.columns
            WHERE table_schema = current_schema() ORDER BY 1, 2

        SELECT table_name, is_insertable_into FROM information_schema.tables
            WHERE table_schema = current_schema() ORDER BY 1

        SELECT reloptions FROM pg_class WHERE oid = 'vv'::regclass
    """,
}

# Views that PostgreSQL does not write to, with its reason.
REFUSED = {
    "SELECT count(*) FROM t": "Views that return aggregate functions",
    "SELECT DISTINCT id FROM t": "Views containing DISTINCT",
    "SELECT kind FROM t GROUP BY kind": "Views containing GROUP BY",
    "SELECT 1 FROM t HAVING true": "Views containing HAVING",
    "SELECT id FROM t UNION ALL SELECT 1": "Views containing UNION, INTERSECT, or EXCEPT",
    "WITH x AS (SELECT 1) SELECT id FROM t": "Views containing WITH",
    "SELECT id FROM t LIMIT 1": "Views containing LIMIT or OFFSET",
    "SELECT id FROM t OFFSET 1": "Views containing LIMIT or OFFSET",
    "SELECT row_number() OVER () FROM t": "Views that return window functions",
    "SELECT unnest('{1}'::int[]) FROM t": "Views that return set-returning functions",
    "SELECT t.id FROM t, t AS o": "Views that do not select from a single table or view",
    "VALUES (1)": "Views that do not select from a single table or view",
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_answers_as_postgresql(both: Both, script: str) -> None:
    both.same(TABLES + script)


def test_other_views_are_refused_with_postgresqls_reason(both: Both) -> None:
    both.same(TABLES)
    for number, (query, reason) in enumerate(REFUSED.items()):
        for side in (both.kalampg, both.postgres):
            assert side.answer(f"CREATE VIEW r{number} AS {query}")[0] == "CREATE VIEW"
            state, message, detail = side.answer(f"DELETE FROM r{number}")[1:4]
            assert (state, message) == ("55000", f'cannot delete from view "r{number}"')
            assert detail == f"{reason} are not automatically updatable."


@pytest.mark.parametrize("is_cold", [False, True], ids=["hot", "cold"])
def test_everybody_writes_their_own_rows_through_a_view(
    server: ServerProcess,
    fresh_name: Callable[[str], str],
    alice: Person,
    bob: Person,
    is_cold: bool,
) -> None:
    name = fresh_name("notes")
    with server.connect() as root, alice.connect() as hers, bob.connect() as his:
        root.execute(f"CREATE USER TABLE {name} (id int PRIMARY KEY, n int) FLUSH OFF".encode())
        root.execute(f"CREATE VIEW {name}_v AS SELECT * FROM {name} WHERE n > 0".encode())
        for person in (hers, his):
            person.execute(f"INSERT INTO {name}_v VALUES (1, 1), (2, 2), (3, -3)".encode())
        if is_cold:
            run_job(root, f"FLUSH TABLE public.{name}")
        done = hers.execute(f"UPDATE {name}_v SET n = n * 10 WHERE id < 9".encode())
        assert done.rowcount == 2
        assert hers.execute(f"UPDATE {name}_v SET n = 5 WHERE id = 3".encode()).rowcount == 0
        deleted = hers.execute(f"DELETE FROM {name}_v WHERE id = 1 RETURNING n".encode())
        assert deleted.fetchall() == [(10,)]
        rows = {
            person: connection.execute(f"SELECT * FROM {name} ORDER BY id".encode()).fetchall()
            for person, connection in (("alice", hers), ("bob", his))
        }
        assert rows == {"alice": [(2, 20), (3, -3)], "bob": [(1, 1), (2, 2), (3, -3)]}


def test_writing_through_a_view_takes_the_privileges_of_its_table(
    server: ServerProcess, fresh_name: Callable[[str], str], alice: Person
) -> None:
    schema = fresh_name("space")
    with server.connect() as root, alice.connect() as hers:
        root.execute(f"CREATE SCHEMA {schema}".encode())
        root.execute(f"CREATE SHARED TABLE {schema}.t (id int PRIMARY KEY)".encode())
        root.execute(f"CREATE VIEW {schema}.v AS SELECT id FROM {schema}.t".encode())
        for statement in (
            "INSERT INTO {}.v VALUES (1)",
            "UPDATE {}.v SET id = 2",
            "DELETE FROM {}.v",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="for table t"):
                hers.execute(statement.format(schema).encode())
