"""Temporary tables over the wire: as PostgreSQL has them, and seen by their session alone."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator

import psycopg
import pytest

from conformance.server_process import Connection, ServerProcess
from kalampg.catalog import load
from kalampg.clock import SystemClock
from kalampg.storage import Store
from kalampg.storage.rocks import Rocks
from kalampg.storage.temporary_marks import MARKS, marked_tables
from kalampg.verification import verify
from tests.fix_both import Both
from tests.fix_server import StartServer

_BASICS = """
CREATE TABLE t (id int PRIMARY KEY, v text)

INSERT INTO t VALUES (1, 'permanent')

CREATE TEMP TABLE t (id int PRIMARY KEY, v text UNIQUE, n int CHECK (n > 0))

SELECT * FROM t

INSERT INTO t VALUES (1, 'own', 5), (2, 'two', 6)

INSERT INTO t VALUES (1, 'again', 7)

INSERT INTO t VALUES (3, 'own', 7)

INSERT INTO t VALUES (3, 'x', 0)

UPDATE t SET v = 'changed' WHERE id = 2 RETURNING *

DELETE FROM t WHERE id = 1

SELECT * FROM t ORDER BY id

SELECT count(*), max(v) FROM pg_temp.t

ALTER TABLE t ADD COLUMN w int DEFAULT 9

SELECT * FROM t

SELECT relname, relkind, relpersistence FROM pg_class WHERE oid = 't'::regclass

SELECT t.id, o.x FROM t JOIN (VALUES (2, 'b')) AS o(id, x) ON o.id = t.id

CREATE TEMP TABLE t (id int)

CREATE TEMP TABLE IF NOT EXISTS t (id int)

TRUNCATE t

SELECT count(*) FROM t

DROP TABLE t

SELECT * FROM t

DROP TABLE pg_temp.t

CREATE LOCAL TEMPORARY TABLE s (id serial PRIMARY KEY, v text)

INSERT INTO s (v) VALUES ('a'), ('b') RETURNING id

SELECT currval('s_id_seq')

CREATE INDEX s_v ON s (v)

SELECT * FROM s WHERE v = 'b'

CREATE TEMP TABLE l (LIKE s)

INSERT INTO l VALUES (7, 'seven')

CREATE TEMP TABLE a AS SELECT id, v FROM s

SELECT * FROM a ORDER BY id

SELECT id, v INTO TEMP b FROM s WHERE id = 1

SELECT * FROM pg_temp.b

CREATE TABLE pg_temp.p (id int PRIMARY KEY)

INSERT INTO p VALUES (1)

SELECT relpersistence FROM pg_class WHERE oid = 'p'::regclass

DISCARD TEMP

SELECT * FROM p

SELECT * FROM s
"""

_COMMITS = """
CREATE TEMP TABLE d (id int PRIMARY KEY) ON COMMIT DELETE ROWS

INSERT INTO d VALUES (1)

SELECT count(*) FROM d

BEGIN

INSERT INTO d VALUES (1), (2)

SELECT count(*) FROM d

COMMIT

SELECT count(*) FROM d

BEGIN

CREATE TEMP TABLE g (id int PRIMARY KEY) ON COMMIT DROP

INSERT INTO g VALUES (1)

SELECT * FROM g

COMMIT

SELECT * FROM g

CREATE TEMP TABLE k (id int PRIMARY KEY) ON COMMIT PRESERVE ROWS

INSERT INTO k VALUES (1)

SELECT * FROM k

BEGIN

SAVEPOINT a

CREATE TEMP TABLE r (id int PRIMARY KEY)

INSERT INTO r VALUES (1)

ROLLBACK TO a

SELECT * FROM r

ROLLBACK

BEGIN

CREATE TEMP TABLE r (id int PRIMARY KEY)

INSERT INTO r VALUES (1)

ROLLBACK

SELECT * FROM r

BEGIN

DROP TABLE k

ROLLBACK

SELECT * FROM k

BEGIN

DISCARD TEMP

ROLLBACK

SELECT * FROM k

CREATE TEMP TABLE public.z (id int)

CREATE TABLE z (id int) ON COMMIT DROP

CREATE TABLE pa (id int PRIMARY KEY)

CREATE TEMP TABLE ch (id int PRIMARY KEY, p int REFERENCES pa)

CREATE TABLE ch (id int PRIMARY KEY, p int REFERENCES k)

CREATE TEMP TABLE ch (id int PRIMARY KEY, p int REFERENCES k)

INSERT INTO ch VALUES (1, 1)

INSERT INTO ch VALUES (2, 2)

SELECT count(*) FROM ch

CREATE TEMP TABLE mix AS SELECT 1 AS id

BEGIN

CREATE TABLE both_kinds (id int PRIMARY KEY)

CREATE TEMP TABLE own_kind (id int PRIMARY KEY)

INSERT INTO both_kinds VALUES (1)

INSERT INTO own_kind VALUES (2)

COMMIT

SELECT * FROM both_kinds, own_kind

DISCARD ALL
"""


_READ_ONLY = """
CREATE TEMP TABLE t (id int PRIMARY KEY, v text)

CREATE TEMP SEQUENCE q

INSERT INTO t VALUES (1, 'a'), (2, 'b')

CREATE TABLE p (id int PRIMARY KEY)

BEGIN READ ONLY

INSERT INTO t VALUES (3, 'c') RETURNING *

UPDATE t SET v = v || 'x' WHERE id = 1

DELETE FROM t WHERE v = 'b'

WITH new AS (INSERT INTO t VALUES (4, 'd') RETURNING id) UPDATE t SET v = 'w' WHERE id = 3

SELECT * FROM t ORDER BY id FOR UPDATE

SELECT nextval('q')

COMMIT

SELECT * FROM t ORDER BY id

BEGIN READ ONLY

WITH new AS (INSERT INTO p VALUES (4) RETURNING id) UPDATE t SET v = 'w' WHERE id = 3

ROLLBACK

BEGIN READ ONLY

SELECT * FROM p FOR UPDATE

ROLLBACK

BEGIN READ ONLY

TRUNCATE t

ROLLBACK
"""

_VIEWS = """
CREATE TABLE t (id int PRIMARY KEY)

INSERT INTO t VALUES (1), (2)

CREATE TEMP VIEW v AS SELECT id FROM t WHERE id > 1

SELECT * FROM v

CREATE OR REPLACE TEMP VIEW v AS SELECT id, id + 1 AS more FROM t WHERE id > 1

SELECT * FROM pg_temp.v

DROP TABLE t

CREATE TEMP TABLE t (id int PRIMARY KEY)

CREATE VIEW w AS SELECT count(*) AS rows FROM t

SELECT * FROM w

SELECT relpersistence FROM pg_class WHERE relname = 'w'

COMMENT ON VIEW w IS 'counts'

SELECT obj_description('w'::regclass)

DROP TABLE t CASCADE

SELECT * FROM w

CREATE TEMP SEQUENCE q CACHE 5

SELECT nextval('q'), nextval('pg_temp.q'), currval('q')

ALTER SEQUENCE q SET SCHEMA public

ALTER VIEW v SET SCHEMA public

DISCARD TEMP

SELECT nextval('q')

SELECT * FROM v
"""


@pytest.mark.parametrize(
    "script",
    [_BASICS, _COMMITS, _READ_ONLY, _VIEWS],
    ids=["basics", "commits", "read only", "views and sequences"],
)
def test_temporary_tables_are_as_postgresqls(both: Both, script: str) -> None:
    both.same(script)


@pytest.fixture
def pair(server: ServerProcess) -> Iterator[tuple[Connection, Connection]]:
    with server.connect() as one, server.connect() as other:
        yield one, other


def test_sessions_with_tables_of_one_name_never_meet(
    pair: tuple[Connection, Connection], fresh_name: Callable[[str], str]
) -> None:
    name = fresh_name("t").encode()
    third_is_permanent = b"CREATE SHARED TABLE " + name + b" (id int PRIMARY KEY, v text)"
    one, other = pair
    for connection, value in ((one, b"one"), (other, b"other")):
        connection.execute(b"CREATE TEMP TABLE " + name + b" (id int PRIMARY KEY, v text)")
        connection.execute(b"INSERT INTO " + name + b" VALUES (1, '" + value + b"')")
    query = b"SELECT v FROM " + name + b" WHERE id = %s"
    scan = b"SELECT max(v), count(*) FROM " + name
    for _ in range(4):  # The later ones are prepared, under the same text.
        for connection, shown in ((one, "one"), (other, "other")):
            assert connection.execute(query, [1], prepare=True).fetchall() == [(shown,)]
            assert connection.execute(scan, prepare=True).fetchall() == [(shown, 1)]
    with_permanent = one.execute(b"SELECT pg_backend_pid()").fetchone()
    assert with_permanent is not None
    theirs = f"SELECT * FROM pg_temp_{with_permanent[0]}.".encode() + name
    assert one.execute(theirs).fetchall() == [(1, "one")]
    with pytest.raises(psycopg.errors.UndefinedTable):
        other.execute(theirs)
    other.execute(b"DROP TABLE " + name)
    with pytest.raises(psycopg.errors.UndefinedTable):
        other.execute(query, [1], prepare=True)
    other.execute(third_is_permanent)
    other.execute(b"INSERT INTO " + name + b" VALUES (1, 'permanent')")
    try:
        for _ in range(2):
            assert other.execute(query, [1], prepare=True).fetchall() == [("permanent",)]
            assert one.execute(query, [1], prepare=True).fetchall() == [("one",)]
        one.execute(b"UPDATE " + name + b" SET v = 'new' WHERE id = 1")
        assert other.execute(query, [1]).fetchall() == [("permanent",)]
        classes = b"SELECT count(*) FROM pg_class WHERE relname = '" + name + b"'"
        assert one.execute(classes).fetchall() == [(2,)]
        assert other.execute(classes).fetchall() == [(1,)]
        listed = b"SELECT count(*) FROM system.tables WHERE table_name = '" + name + b"'"
        assert other.execute(listed).fetchall() == [(1,)]
    finally:
        other.execute(b"DROP TABLE " + name)


def test_a_temporary_table_stays_the_sessions_whomever_it_acts_as(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    user = server.create_role(fresh_name("temporary"))
    with server.connect(user) as connection:
        connection.execute("CREATE TEMP TABLE mine (id int PRIMARY KEY)")
        connection.execute("INSERT INTO mine VALUES (1)")
        with connection.cursor().copy("COPY mine FROM STDIN") as copy:
            copy.write("2\n3\n")
        assert connection.execute("SELECT sum(id) FROM mine").fetchone() == (6,)
    with server.connect() as root:
        root.execute("CREATE TEMP TABLE mine (id int PRIMARY KEY)")
        root.execute("INSERT INTO mine VALUES (1)")
        root.execute(f"SET kalam.user_id = '{user}'".encode())
        assert root.execute("SELECT id FROM mine").fetchall() == [(1,)]
        root.execute("RESET kalam.user_id")
        found = root.execute(f"EXECUTE AS USER '{user}' (SELECT id FROM mine)".encode())
        assert found.fetchall() == [(1,)]
        root.execute("SET kalam.scope = 'all'")
        assert root.execute("SELECT id FROM mine").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("statement", "sqlstate"),
    [
        ("FLUSH TABLE kept", "0A000"),
        ("COMPACT TABLE kept", "0A000"),
        ("VERIFY TABLE kept", "0A000"),
        ("ALTER TABLE kept SET STORAGE local", "0A000"),
        ("CREATE TYPE pg_temp.own AS ENUM ('a')", "0A000"),
        ("CREATE SHARED TABLE d (id int DEFAULT nextval('kept_n_seq'))", "0A000"),
        ("CREATE TEMP TABLE more (id int) WITH (flush_interval = 5)", None),
    ],
)
def test_what_temporary_tables_cannot_be_used_for(
    server: ServerProcess, statement: str, sqlstate: str | None
) -> None:
    with server.connect() as root:
        root.execute("CREATE TEMP TABLE kept (id int PRIMARY KEY, n serial)")
        with pytest.raises(psycopg.Error) as refused:
            root.execute(statement.encode())
        assert sqlstate is None or refused.value.sqlstate == sqlstate, refused.value


def test_a_view_made_beside_temporary_tables_never_finds_one(
    pair: tuple[Connection, Connection], fresh_name: Callable[[str], str]
) -> None:
    table, view = fresh_name("t").encode(), fresh_name("v").encode()
    one, _ = pair
    one.execute(b"CREATE TEMP TABLE beside (id int)")
    one.execute(b"CREATE SHARED TABLE " + table + b" (id int PRIMARY KEY)")
    one.execute(b"CREATE VIEW " + view + b" AS SELECT count(*) AS rows FROM " + table)
    for connection in pair:
        connection.execute(b"CREATE TEMP TABLE " + table + b" (id int PRIMARY KEY)")
        connection.execute(b"INSERT INTO " + table + b" VALUES (1)")
        assert connection.execute(b"SELECT rows FROM " + view).fetchall() == [(0,)]
    one.execute(b"DROP VIEW " + view)
    one.execute(b"DROP TABLE public." + table)


def test_others_cannot_take_away_what_a_temporary_object_stands_on(
    pair: tuple[Connection, Connection], fresh_name: Callable[[str], str]
) -> None:
    one, other = pair
    table, kind = fresh_name("base"), fresh_name("mood")
    one.execute(f"CREATE SHARED TABLE {table} (id int PRIMARY KEY, v text, w int)".encode())
    one.execute(f"CREATE TYPE {kind} AS ENUM ('a')".encode())
    other.execute(f"CREATE TEMP VIEW over AS SELECT id, v FROM {table}".encode())
    other.execute(f"CREATE TEMP TABLE typed (m {kind})".encode())
    changes = [
        f"DROP TABLE {table}",
        f"ALTER TABLE {table} DROP COLUMN v",
        f"ALTER TABLE {table} RENAME TO other_name",
        f"ALTER TABLE {table} ALTER COLUMN v TYPE varchar(5)",
        f"DROP TYPE {kind}",
    ]
    for change in changes:
        with pytest.raises(psycopg.errors.DependentObjectsStillExist):
            one.execute(change.encode())
    one.execute(f"ALTER TABLE {table} DROP COLUMN w".encode())
    other.execute("SELECT * FROM over, typed")
    other.execute("DISCARD TEMP")
    one.execute(f"DROP TABLE {table}".encode())
    one.execute(f"DROP TYPE {kind}".encode())


def test_a_transaction_with_temporary_tables_holds_up_nobody_and_sees_what_others_change(
    pair: tuple[Connection, Connection], fresh_name: Callable[[str], str]
) -> None:
    one, other = pair
    table, kind = fresh_name("shared"), fresh_name("mood")
    other.execute("SET lock_timeout = '300ms'")
    other.execute(f"CREATE TYPE {kind} AS ENUM ('a')".encode())
    one.execute("BEGIN")
    one.execute(f"CREATE TEMP TABLE mine (id int PRIMARY KEY, m {kind}) ON COMMIT DROP".encode())
    one.execute("INSERT INTO mine VALUES (1, 'a'), (2, 'a')")
    other.execute("CREATE TEMP TABLE mine (id int PRIMARY KEY)")
    other.execute(f"CREATE SHARED TABLE {table} (id int PRIMARY KEY)".encode())
    assert one.execute(f"SELECT count(*) FROM {table}, mine".encode()).fetchone() == (0,)
    other.execute(f"ALTER TABLE {table} ADD COLUMN v int CHECK (v > 0)".encode())
    one.execute("SAVEPOINT before")
    with pytest.raises(psycopg.errors.CheckViolation):
        one.execute(f"INSERT INTO {table} SELECT id, -id FROM mine".encode())
    one.execute("ROLLBACK TO before")
    one.execute(f"CREATE TEMP VIEW over AS SELECT id, v FROM {table}".encode())
    one.execute(f"INSERT INTO {table} SELECT id, id FROM mine".encode())
    for change in (f"DROP TYPE {kind}", f"ALTER TABLE {table} RENAME TO other_name"):
        with pytest.raises(psycopg.errors.DependentObjectsStillExist):
            other.execute(change.encode())
    # From here on others have to wait: the transaction changes what they see.
    one.execute(f"CREATE SHARED TABLE {table}_2 (id int PRIMARY KEY)".encode())
    with pytest.raises(psycopg.errors.LockNotAvailable):
        other.execute("CREATE TEMP TABLE another (id int)")
    one.execute("COMMIT")
    assert one.execute("SELECT * FROM over ORDER BY id").fetchall() == [(1, 1), (2, 2)]
    assert other.execute(f"SELECT count(*) FROM {table}_2, mine".encode()).fetchone() == (0,)
    for drop in ("DISCARD TEMP", f"DROP TYPE {kind}", f"DROP TABLE {table}, {table}_2"):
        one.execute(drop.encode())


@pytest.mark.parametrize("end", ["SIGKILL", "SIGTERM"])
def test_nothing_is_left_of_a_session_and_its_few_tables(
    start_server: StartServer, end: str
) -> None:
    server = start_server(environment={"KALAMPG_SERVER_TEMPORARY_TABLES_MAX": "2"})
    with server.connect() as root:
        root.execute("CREATE SHARED TABLE lasting (id int PRIMARY KEY)")
        root.execute("INSERT INTO lasting VALUES (1)")
        visitors = [psycopg.connect(server.dsn(), autocommit=True) for _ in range(3)]
        for visitor in visitors:
            visitor.execute("CREATE TEMP TABLE gone (id serial PRIMARY KEY, v text UNIQUE)")
            visitor.execute("CREATE TEMP VIEW gone_too AS SELECT v FROM gone")
            visitor.execute("INSERT INTO gone (v) SELECT 'v' || i FROM generate_series(1, 50) AS i")
            with pytest.raises(psycopg.errors.ConfigurationLimitExceeded):
                visitor.execute("CREATE TEMP TABLE too_many (id int)")
        if end == "SIGTERM":
            visitors[0].close()
            with socket.socket(fileno=os.dup(visitors[1].fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)
    server.stop(signal.SIGTERM if end == "SIGTERM" else signal.SIGKILL)
    for visitor in visitors:
        visitor.close()
    rocks = Rocks(server.data_dir / "rocksdb", block_cache_bytes=1 << 20)
    marked = marked_tables(rocks.scan("meta", MARKS, MARKS + b"\xff"))
    assert len(marked) == (3 if end == "SIGKILL" else 0)
    rocks.close()
    store = Store.open(server.data_dir, clock=SystemClock())
    try:
        catalog = load(store.read_all("catalog"))
        assert [table.name for table in catalog.tables.values()] == ["lasting"]
        assert not catalog.sequences
        assert not catalog.views
        assert len(list(store.read_all("rows"))) == 1
        assert list(store.read_all("unique")) == []
        assert list(store.read_all("meta", MARKS)) == []
    finally:
        store.close()
    assert verify(server.data_dir, lambda line: None) == 0
