"""Views over the wire.

Goal: a client cannot tell them from PostgreSQL's, and a view never shows anybody the rows of
another user. Method: the same statements in PostgreSQL 15; for isolation, a view of one user read
by another in every way that there is to read.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from conformance.server_process import ServerProcess
from tests.fix_both import Both
from tests.fix_server import Person

pytestmark = pytest.mark.slow


def test_views_answer_as_postgresql(both: Both) -> None:
    both.same("""
        CREATE TABLE t (id int PRIMARY KEY, body text, price numeric(8, 2))

        INSERT INTO t VALUES (1, 'one', 1.5), (2, 'two', 2.5), (3, 'three', NULL)

        CREATE VIEW v AS SELECT id, upper(body) AS loud FROM t WHERE id < 3

        SELECT * FROM v ORDER BY id

        SELECT loud FROM v AS w (number) WHERE number = 2

        SELECT w.loud, t.price FROM v AS w JOIN t USING (id) ORDER BY 1

        CREATE VIEW v AS SELECT 1

        CREATE VIEW whole (a, b) AS SELECT * FROM t

        SELECT * FROM whole ORDER BY a

        ALTER TABLE t ADD COLUMN later int DEFAULT 5

        SELECT * FROM whole ORDER BY a LIMIT 1

        CREATE OR REPLACE VIEW v AS SELECT id, upper(body) AS loud, price FROM t

        SELECT * FROM v ORDER BY id

        CREATE OR REPLACE VIEW v AS SELECT id, upper(body) AS loud FROM t

        CREATE OR REPLACE VIEW v AS SELECT id, body AS other, price FROM t

        CREATE OR REPLACE VIEW v AS SELECT id, 5 AS loud, price FROM t

        CREATE VIEW w AS SELECT count(*) AS n, max(loud) FROM v

        SELECT n, max FROM w

        WITH v AS (SELECT 7 AS n) SELECT w.n, v.n FROM w, v

        CREATE VIEW two AS SELECT 1, 2

        CREATE VIEW more (a, b) AS SELECT 1

        CREATE VIEW more AS SELECT $1

        CREATE VIEW more AS SELECT * FROM none

        CREATE VIEW constants AS SELECT 'text' AS a, 1 AS b, NULL AS c

        SELECT * FROM constants

        CREATE VIEW listed AS VALUES (1, 'x'), (2, 'y')

        SELECT * FROM listed

        CREATE VIEW common AS WITH c AS (SELECT id FROM t) SELECT id FROM c UNION SELECT 100

        SELECT * FROM common ORDER BY id

        DROP TABLE t

        ALTER TABLE t DROP COLUMN body

        DROP VIEW v

        DROP VIEW t

        DROP TABLE v

        DROP VIEW none

        DROP VIEW IF EXISTS none

        DROP VIEW public.none

        DROP VIEW IF EXISTS public.none, nowhere.none

        DROP SEQUENCE public.none

        DROP TABLE public.none

        DROP INDEX public.none

        DROP INDEX IF EXISTS public.none

        ALTER INDEX public.none RENAME TO other

        ALTER INDEX IF EXISTS public.none RENAME TO other

        ALTER VIEW public.none RENAME TO other

        ALTER VIEW IF EXISTS none RENAME TO other

        ALTER VIEW w RENAME TO renamed

        SELECT n FROM renamed

        ALTER VIEW renamed RENAME COLUMN n TO total

        SELECT total FROM renamed

        SELECT table_name, table_type FROM information_schema.tables
        WHERE table_schema = current_schema ORDER BY 1

        SELECT table_name, column_name, data_type FROM information_schema.columns
        WHERE table_schema = current_schema AND table_name IN ('v', 'whole') ORDER BY 1, 2

        SELECT relname, relkind, relnatts, relhasrules FROM pg_class
        WHERE relnamespace = current_schema::regnamespace AND relkind = 'v' ORDER BY 1

        SELECT viewname, definition IS NOT NULL, pg_get_viewdef(viewname::regclass) IS NOT NULL
        FROM pg_views WHERE schemaname = current_schema ORDER BY 1

        CREATE VIEW safe WITH (security_invoker = true, security_barrier) AS SELECT 1 AS one

        SELECT reloptions FROM pg_class WHERE oid = 'safe'::regclass

        CREATE VIEW bad WITH (nonsense = true) AS SELECT 1 AS one

        DROP VIEW v CASCADE

        ALTER TABLE t DROP COLUMN body CASCADE

        DROP TABLE t CASCADE

        SELECT * FROM common
    """)


def test_views_stand_wherever_tables_do(both: Both) -> None:
    both.same("""
        CREATE TABLE t (id int PRIMARY KEY, body text, price int)

        INSERT INTO t VALUES (1, 'one', 15), (2, 'two', 25), (3, 'three', 35)

        CREATE VIEW v AS SELECT id, body AS label, price FROM t WHERE price > 20

        CREATE TABLE u (id int PRIMARY KEY, label text)

        INSERT INTO u SELECT id, label FROM v RETURNING *

        UPDATE u SET label = v.label || '!' FROM v WHERE v.id = u.id RETURNING u.label

        DELETE FROM u USING v WHERE v.id = u.id AND v.price > 30 RETURNING u.id

        SELECT count(*) FROM u WHERE id IN (SELECT id FROM v)

        SELECT u.id, (SELECT label FROM v WHERE v.id = u.id) FROM u ORDER BY 1

        SELECT x.label FROM u, LATERAL (SELECT label FROM v WHERE v.id = u.id) AS x

        SELECT a.id, b.id FROM v a LEFT JOIN v b ON b.id = a.id + 1 ORDER BY 1

        SELECT v.* FROM v ORDER BY id

        BEGIN

        DECLARE c CURSOR FOR SELECT label FROM v ORDER BY id

        FETCH 1 FROM c

        COMMIT

        PREPARE p (int) AS SELECT label FROM v WHERE id = $1

        EXECUTE p(2)

        INSERT INTO t VALUES (9, 'nine', 99)

        EXECUTE p(9)

        CREATE OR REPLACE VIEW v AS SELECT id, 'new ' || body AS label, price FROM t

        EXECUTE p(9)

        WITH d AS (DELETE FROM u RETURNING id) SELECT v.label FROM v JOIN d USING (id)

        SELECT sum(price) OVER (ORDER BY id) FROM v ORDER BY 1

        SELECT label FROM v UNION ALL SELECT body FROM t ORDER BY 1

        MERGE INTO u USING v ON u.id = v.id WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.label)

        SELECT count(*) FROM u

        CREATE VIEW j AS SELECT v.id, u.label FROM v JOIN u USING (id)

        SELECT * FROM j ORDER BY id

        CREATE VIEW agg AS SELECT label, count(*) AS n FROM v GROUP BY label
        HAVING count(*) > 0 ORDER BY label LIMIT 2

        SELECT * FROM agg

        SELECT nextval('nothing') FROM v
    """)


def test_a_view_is_rolled_back(both: Both) -> None:
    both.same("""
        BEGIN

        CREATE VIEW v AS SELECT 1 AS one

        SELECT * FROM v

        ROLLBACK

        SELECT * FROM v

        CREATE TABLE t (id int PRIMARY KEY)

        CREATE VIEW v AS SELECT count(*) FROM t

        SELECT * FROM v
    """)


@pytest.fixture
def notes(server: ServerProcess, fresh_name: Callable[[str], str]) -> str:
    schema = fresh_name("space")
    name = f"{schema}.notes"
    with server.connect() as root:
        root.execute(f"CREATE SCHEMA {schema}".encode())
        root.execute(f"CREATE USER TABLE {name} (id int PRIMARY KEY, body text)".encode())
    return name


def test_a_view_shows_each_reader_their_own_rows(
    server: ServerProcess, alice: Person, bob: Person, notes: str
) -> None:
    view = f"{notes}_view"
    with alice.connect() as hers, bob.connect() as his, server.connect() as root:
        for name, connection in (("alice", hers), ("bob", his)):
            connection.execute(
                f"INSERT INTO {notes} VALUES (1, '{name} 1'), (2, '{name} 2')".encode()
            )
        hers.execute(f"CREATE VIEW {view} AS SELECT id, body FROM {notes} WHERE id > 0".encode())
        hers.execute(f"CREATE VIEW {view}_count AS SELECT count(*) AS n FROM {view}".encode())
        root.execute(f"FLUSH TABLE {notes}".encode())
        his.execute(f"INSERT INTO {notes} VALUES (3, 'bob 3')".encode())

        def read(connection: psycopg.Connection, text: str, *params: object) -> list[object]:
            query = text.format(view=view, notes=notes).encode()
            return [row[0] for row in connection.execute(query, params or None)]

        assert read(his, "SELECT body FROM {view} ORDER BY id") == ["bob 1", "bob 2", "bob 3"]
        assert read(his, "SELECT n FROM {view}_count") == [3]
        assert read(hers, "SELECT n FROM {view}_count") == [2]
        assert read(his, "SELECT body FROM {view} WHERE id = %s", 1) == ["bob 1"]
        assert read(root, "SELECT n FROM {view}_count") == [0]
        as_alice = "EXECUTE AS USER '" + alice.name + "' (SELECT body FROM {view} ORDER BY id)"
        assert read(root, as_alice) == ["alice 1", "alice 2"]
        assert read(root, "SELECT n FROM {view}_count") == [0]
        for _ in range(7):  # psycopg prepares after five
            assert read(his, "SELECT body FROM {view} WHERE id < %s ORDER BY 1", 3) == [
                "bob 1",
                "bob 2",
            ]
            assert read(hers, "SELECT body FROM {view} WHERE id < %s ORDER BY 1", 3) == [
                "alice 1",
                "alice 2",
            ]
        root.execute("SET kalam.scope = 'all'")
        assert read(root, "SELECT n FROM {view}_count") == [5]
        root.execute("RESET kalam.scope")
        root.execute(f"SET kalam.user_id = '{bob.name}'".encode())
        assert read(root, "SELECT n FROM {view}_count") == [3]
        with his.transaction():
            his.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            assert read(his, "SELECT n FROM {view}_count") == [3]
            hers.execute(f"DELETE FROM {notes} WHERE id = 1".encode())
            assert read(his, "SELECT n FROM {view}_count") == [3]
        assert read(hers, "SELECT n FROM {view}_count") == [1]


def test_a_view_needs_its_readers_privileges(
    server: ServerProcess, alice: Person, fresh_name: Callable[[str], str]
) -> None:
    schema = fresh_name("space")
    name = f"{schema}.secret"
    with server.connect() as root, alice.connect() as hers:
        root.execute(f"CREATE SCHEMA {schema}".encode())
        root.execute(f"CREATE SHARED TABLE {name} (id int PRIMARY KEY)".encode())
        root.execute(f"CREATE VIEW {name}_view AS SELECT id FROM {name}".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="for table secret"):
            hers.execute(f"SELECT * FROM {name}_view".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="must be owner of view"):
            hers.execute(f"DROP VIEW {name}_view".encode())


def test_a_view_keeps_the_search_path_it_was_made_under_and_never_reads_itself(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    first, second = fresh_name("space"), fresh_name("space")
    with server.connect() as root:
        for number, schema in enumerate((first, second)):
            root.execute(f"CREATE SCHEMA {schema}".encode())
            root.execute(f"CREATE TABLE {schema}.t (id int PRIMARY KEY)".encode())
            root.execute(f"INSERT INTO {schema}.t VALUES ({number})".encode())
        root.execute(f"SET search_path = {first}".encode())
        root.execute("CREATE VIEW v AS SELECT id FROM t")
        root.execute("CREATE VIEW w AS SELECT id FROM v")
        root.execute(f"SET search_path = {second}".encode())
        assert root.execute(f"SELECT id FROM {first}.v".encode()).fetchall() == [(0,)]
        root.execute(f"SET search_path = {first}".encode())
        with pytest.raises(psycopg.errors.InvalidObjectDefinition, match="infinite recursion"):
            root.execute("CREATE OR REPLACE VIEW v AS SELECT id FROM w")


def test_a_view_survives_a_restart(
    start_server: Callable[..., ServerProcess],
) -> None:
    server = start_server()
    with server.connect() as root:
        root.execute("CREATE TABLE t (id int PRIMARY KEY)")
        root.execute("INSERT INTO t VALUES (1), (2)")
        root.execute("CREATE VIEW v AS SELECT * FROM t")
        root.execute("ALTER TABLE t ADD COLUMN later int")
    assert server.stop() == 0
    with start_server().connect() as root:
        cursor = root.execute("SELECT * FROM v ORDER BY id")
        assert [column.name for column in cursor.description or ()] == ["id"]
        assert cursor.fetchall() == [(1,), (2,)]
        with pytest.raises(psycopg.errors.DependentObjectsStillExist):
            root.execute("DROP TABLE t")


def test_views_follow_new_names(both: Both) -> None:
    both.same("""
        CREATE TABLE t (id int PRIMARY KEY, body text, price int)

        INSERT INTO t VALUES (1, 'a', 2), (2, 'b', 3)

        CREATE VIEW v1 AS SELECT id, body AS text, price FROM t WHERE price > 1

        CREATE VIEW v2 AS SELECT v1.id, x.body FROM v1 JOIN t AS x USING (id)

        CREATE VIEW v3 AS SELECT * FROM v1

        CREATE VIEW v4 AS SELECT t.price FROM t WHERE EXISTS (SELECT FROM t AS o WHERE o.id = t.id)

        ALTER TABLE t RENAME COLUMN price TO cost

        ALTER TABLE t RENAME COLUMN id TO key

        ALTER TABLE t RENAME TO old

        CREATE TABLE t (id int, nothing int)

        ALTER VIEW v1 RENAME COLUMN text TO words

        ALTER TABLE v1 RENAME TO w1

        SELECT * FROM w1 ORDER BY 1

        SELECT * FROM v2 ORDER BY 1

        SELECT * FROM v3 ORDER BY 1

        SELECT * FROM v4 ORDER BY 1

        INSERT INTO w1 (id, words, price) VALUES (3, 'c', 5) RETURNING *

        INSERT INTO v3 VALUES (4, 'd', 6) RETURNING *

        CREATE OR REPLACE VIEW w1 AS SELECT key AS id, body AS words, cost AS price, 7 AS more
            FROM old

        SELECT * FROM v3 ORDER BY 1

        DROP TABLE t

        DROP TABLE old CASCADE
    """)
