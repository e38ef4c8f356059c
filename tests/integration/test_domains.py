"""Domains over the wire: as PostgreSQL has them, in tables of every kind and whatever writes.

``conformance/sql/domains.sql`` has many more statements. Here is also what only kalampg has: rows
of many users, flushed rows, restarts.
"""

from __future__ import annotations

import signal
from collections.abc import Callable

import psycopg
import pytest

from conformance.server_process import Connection, ServerProcess
from tests.fix_both import Both
from tests.fix_server import Person, StartServer

_CHECKS = r"""
CREATE DOMAIN pos AS int CHECK (VALUE > 0)

CREATE DOMAIN name_t varchar(5) NOT NULL DEFAULT 'anon'

CREATE DOMAIN small AS pos CONSTRAINT lt CHECK (VALUE < 10) DEFAULT 3

CREATE TABLE t (id int PRIMARY KEY, p pos, n name_t, s small)

INSERT INTO t (id, p) VALUES (1, 5)

SELECT * FROM t

INSERT INTO t (id, p) VALUES (2, 0)

INSERT INTO t (id, p) VALUES (2, NULL)

INSERT INTO t (id, p, n) VALUES (3, 1, NULL)

INSERT INTO t (id, s) VALUES (3, 10)

INSERT INTO t (id, s) VALUES (3, -1)

INSERT INTO t (id, n) VALUES (3, 'toolong')

UPDATE t SET p = -1 WHERE id = 1

UPDATE t SET n = NULL WHERE id = 1

UPDATE t SET s = s + 1

SELECT * FROM t ORDER BY id

SELECT 5::pos, '7'::small

SELECT 0::pos

SELECT NULL::name_t

SELECT p::small FROM t ORDER BY id

SELECT CAST('abcdefgh' AS name_t)

SELECT (id - 1)::pos FROM t ORDER BY id

ALTER DOMAIN pos ADD CONSTRAINT lim CHECK (VALUE < 5)

ALTER DOMAIN pos ADD CONSTRAINT lim CHECK (VALUE < 5) NOT VALID

UPDATE t SET n = 'x' WHERE id = 1

UPDATE t SET p = 7 WHERE id = 1

ALTER DOMAIN pos VALIDATE CONSTRAINT lim

UPDATE t SET p = 4 WHERE id = 1

ALTER DOMAIN pos VALIDATE CONSTRAINT lim

ALTER DOMAIN pos SET NOT NULL

INSERT INTO t (id, p, s) VALUES (9, 1, NULL)

ALTER DOMAIN pos DROP NOT NULL

ALTER DOMAIN name_t SET DEFAULT 'new'

INSERT INTO t (id) VALUES (10) RETURNING *

ALTER DOMAIN name_t DROP DEFAULT

INSERT INTO t (id) VALUES (11) RETURNING *

DROP DOMAIN pos

DROP DOMAIN small

DROP DOMAIN nope

DROP DOMAIN IF EXISTS nope

ALTER DOMAIN pos DROP CONSTRAINT lim

ALTER DOMAIN pos DROP CONSTRAINT lim

ALTER DOMAIN pos DROP CONSTRAINT IF EXISTS lim

ALTER DOMAIN pos RENAME CONSTRAINT pos_check TO positive

ALTER DOMAIN pos RENAME TO positive_int

SELECT 0::positive_int

SELECT 0::pos

DROP TABLE t

DROP DOMAIN small

DROP DOMAIN positive_int

DROP DOMAIN name_t
"""

_COPIES = """
CREATE DOMAIN pos AS int CHECK (VALUE > 0)

CREATE TABLE t (id int PRIMARY KEY, p pos)
"""


def test_domains_are_as_postgresqls(both: Both) -> None:
    both.same(_CHECKS)


def test_a_refused_value_names_domain_and_constraint(both: Both) -> None:
    both.same(_COPIES)
    told = []
    for side in (both.kalampg, both.postgres):
        for statement in ("INSERT INTO t VALUES (1, 0)", "SELECT max(g)::pos FROM (SELECT 0 AS g)"):
            with pytest.raises(psycopg.errors.CheckViolation) as refused:
                side.connection.execute(f"{statement}{' AS x' if 'max' in statement else ''}")
            said = refused.value.diag
            told.append((said.datatype_name, said.constraint_name, said.table_name))
    assert told == [("pos", "pos_check", None)] * 4


def test_a_window_is_not_ordered_by_a_cast_to_a_domain(both: Both) -> None:
    both.same(_COPIES)
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        both.kalampg.connection.execute("SELECT rank() OVER (ORDER BY p::pos) FROM t")


def test_copy_keeps_domains_and_says_where(both: Both) -> None:
    both.same(_COPIES)
    for side in (both.kalampg, both.postgres):
        with pytest.raises(psycopg.errors.CheckViolation) as refused:
            _copy(side.connection, "1\t5\n2\t-5\n")
        assert "COPY t, line 2" in str(refused.value.diag.context)
        _copy(side.connection, "1\t5\n2\t\\N\n")
        assert side.connection.execute("SELECT * FROM t ORDER BY id").fetchall() == [
            (1, 5),
            (2, None),
        ]


def _copy(connection: Connection, data: str) -> None:
    with connection.cursor().copy("COPY t FROM STDIN") as copy:
        copy.write(data)


def test_a_new_constraint_is_checked_in_the_rows_of_every_user_hot_and_cold(
    server: ServerProcess, alice: Person, bob: Person, fresh_name: Callable[[str], str]
) -> None:
    domain, table = fresh_name("amount"), fresh_name("notes")
    with server.connect() as root:
        root.execute(f"CREATE DOMAIN {domain} AS int".encode())
        root.execute(f"CREATE USER TABLE {table} (id int PRIMARY KEY, a {domain})".encode())
        with alice.connect() as one, bob.connect() as other:
            one.execute(f"INSERT INTO {table} VALUES (1, 5)".encode())
            other.execute(f"INSERT INTO {table} VALUES (1, -7)".encode())
            root.execute(f"FLUSH TABLE {table}".encode())
            one.execute(f"INSERT INTO {table} VALUES (2, 6)".encode())
            add = f"ALTER DOMAIN {domain} ADD CONSTRAINT above CHECK (VALUE > 0)".encode()
            with pytest.raises(psycopg.errors.CheckViolation) as refused:
                root.execute(add)
            assert "-7" not in str(refused.value)
            other.execute(f"UPDATE {table} SET a = 7 WHERE id = 1".encode())
            root.execute(add)
            for connection in (one, other):
                with pytest.raises(psycopg.errors.CheckViolation):
                    connection.execute(f"UPDATE {table} SET a = -a".encode())
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                one.execute(f"DROP DOMAIN {domain}".encode())
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                one.execute(f"ALTER DOMAIN {domain} DROP CONSTRAINT above".encode())
        root.execute(f"DROP TABLE {table}".encode())
        root.execute(f"DROP DOMAIN {domain}".encode())


def test_prepared_statements_follow_the_domain(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    domain, table = fresh_name("level"), fresh_name("levels")
    with server.connect() as one, server.connect() as other:
        one.execute(f"CREATE DOMAIN {domain} AS int DEFAULT 1".encode())
        one.execute(f"CREATE SHARED TABLE {table} (id int PRIMARY KEY, v {domain})".encode())
        insert = f"INSERT INTO {table} (id, v) VALUES (%s, %s)".encode()
        short = f"INSERT INTO {table} (id) VALUES (%s) RETURNING v".encode()
        cast = f"SELECT %s::{domain}".encode()
        other.execute(insert, (1, -1), prepare=True)
        assert other.execute(short, (2,), prepare=True).fetchone() == (1,)
        assert other.execute(cast, (-1,), prepare=True).fetchone() == (-1,)
        one.execute(f"ALTER DOMAIN {domain} ADD CHECK (VALUE > 0) NOT VALID".encode())
        one.execute(f"ALTER DOMAIN {domain} SET DEFAULT 9".encode())
        with pytest.raises(psycopg.errors.CheckViolation):
            other.execute(insert, (3, -1), prepare=True)
        with pytest.raises(psycopg.errors.CheckViolation):
            other.execute(cast, (-1,), prepare=True)
        assert other.execute(short, (3,), prepare=True).fetchone() == (9,)
        # A row that is older than the constraint may keep its value, and be changed elsewhere.
        other.execute(f"UPDATE {table} SET id = 10 WHERE id = 1".encode())
        one.execute(f"DROP TABLE {table}".encode())
        one.execute(f"DROP DOMAIN {domain}".encode())


def test_a_domain_survives_a_kill_and_rolls_back_whole(start_server: StartServer) -> None:
    server = start_server()
    with server.connect() as root:
        root.execute("CREATE DOMAIN base AS numeric(6,2) DEFAULT 1.25 NOT NULL CHECK (VALUE > 0)")
        root.execute("CREATE DOMAIN derived AS base CONSTRAINT top CHECK (VALUE < 10)")
        root.execute("ALTER DOMAIN base ADD CONSTRAINT later CHECK (VALUE <> 3) NOT VALID")
        root.execute("COMMENT ON DOMAIN derived IS 'said'")
        root.execute("CREATE SHARED TABLE t (id int PRIMARY KEY, d derived)")
        root.execute("INSERT INTO t (id) VALUES (1)")
        with pytest.raises(ZeroDivisionError), root.transaction():
            root.execute("ALTER DOMAIN base DROP NOT NULL")
            root.execute("DROP DOMAIN base CASCADE")
            raise ZeroDivisionError
    server.stop(signal.SIGKILL)
    server = start_server()
    with server.connect() as root:
        assert [str(value) for (value,) in root.execute("SELECT d FROM t")] == ["1.25"]
        for value in ("NULL", "-1", "10", "3"):
            with pytest.raises(psycopg.errors.IntegrityError):
                root.execute(f"INSERT INTO t VALUES (2, {value})".encode())
        found = root.execute(
            "SELECT obj_description('derived'::regtype, 'pg_type'), format_type(typbasetype, -1) "
            "FROM pg_type WHERE typname = 'derived'"
        )
        assert found.fetchall() == [("said", "base")]
