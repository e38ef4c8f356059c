"""Enumerated types over the wire.

Goal: a client cannot tell them from PostgreSQL's. Method: the same statements in PostgreSQL 15;
for drivers, what they ask to know a type.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from psycopg.types.enum import EnumInfo

from conformance.server_process import ServerProcess
from tests.fix_both import Both
from tests.fix_server import Person

pytestmark = pytest.mark.slow


def test_enumerated_types_answer_as_postgresql(both: Both) -> None:
    both.same("""
        CREATE TYPE mood AS ENUM ('sad', 'ok', 'a''happy')

        CREATE TYPE mood AS ENUM ('sad')

        CREATE TABLE p (id int PRIMARY KEY, m mood NOT NULL DEFAULT 'ok', note text)

        CREATE TABLE q (id int PRIMARY KEY, m wood)

        INSERT INTO p VALUES (1, 'sad', 'x'), (2, 'a''happy', 'y'), (3, DEFAULT, 'z')

        INSERT INTO p (id) VALUES (4)

        INSERT INTO p VALUES (5, 'angry')

        INSERT INTO p VALUES (5, NULL)

        SELECT * FROM p ORDER BY m, id

        SELECT * FROM p WHERE id = 2

        SELECT id FROM p WHERE m = 'ok' ORDER BY id

        SELECT id FROM p WHERE m > 'sad' ORDER BY m DESC, id

        SELECT id FROM p WHERE m IN ('sad', 'ok') ORDER BY id

        SELECT id FROM p WHERE m = 'angry'

        SELECT min(m), max(m), count(DISTINCT m) FROM p

        SELECT m, count(*) FROM p GROUP BY m ORDER BY m

        SELECT DISTINCT m FROM p ORDER BY m DESC

        SELECT m::text, m || '!', upper(m::text), 'ok'::mood, CAST('sad' AS mood) FROM p ORDER BY id

        SELECT note::mood FROM p ORDER BY id

        SELECT 'angry'::mood

        SELECT m = note FROM p

        SELECT m + 1 FROM p

        SELECT m::int FROM p

        SELECT CASE WHEN id = 1 THEN m ELSE 'ok' END, coalesce(m, 'sad') FROM p ORDER BY id

        SELECT lag(m) OVER (ORDER BY m, id), to_json(m) FROM p ORDER BY m, id

        UPDATE p SET m = 'sad' WHERE id = 3 RETURNING *

        UPDATE p SET m = 'ok' WHERE m = 'sad' RETURNING id, m

        UPDATE p SET m = note WHERE id = 1

        UPDATE p SET m = note::mood WHERE id = 1

        ALTER TYPE mood ADD VALUE 'sad'

        ALTER TYPE mood ADD VALUE IF NOT EXISTS 'sad'

        ALTER TYPE mood ADD VALUE 'so so' BEFORE 'ok'

        ALTER TYPE mood ADD VALUE 'best'

        ALTER TYPE mood ADD VALUE 'x' AFTER 'y'

        INSERT INTO p VALUES (6, 'so so', ''), (7, 'best', '')

        SELECT id, m FROM p ORDER BY m, id

        SELECT enumlabel, enumsortorder FROM pg_enum WHERE enumtypid = 'mood'::regtype
        ORDER BY enumsortorder

        SELECT typname, typtype, typcategory, typlen FROM pg_type WHERE oid = 'mood'::regtype

        SELECT column_name, data_type, udt_name FROM information_schema.columns
        WHERE table_schema = current_schema AND table_name = 'p' ORDER BY ordinal_position

        SELECT format_type(atttypid, atttypmod) FROM pg_attribute
        WHERE attrelid = 'p'::regclass AND attnum > 0 ORDER BY attnum

        CREATE TABLE c (id int PRIMARY KEY, m mood CHECK (m <> 'sad'))

        INSERT INTO c VALUES (1, 'ok')

        INSERT INTO c VALUES (2, 'sad')

        ALTER TABLE c ADD COLUMN n mood DEFAULT 'best'

        SELECT * FROM c

        DROP TABLE c

        CREATE VIEW v AS SELECT id, m FROM p WHERE m > 'sad'

        SELECT * FROM v ORDER BY m, id

        DROP VIEW v

        WITH w AS (SELECT m FROM p WHERE id < 3) SELECT * FROM w UNION SELECT m FROM p ORDER BY m

        SELECT a.id, b.id FROM p a JOIN p b ON a.m < b.m ORDER BY 1, 2

        SELECT row_to_json(p) FROM p ORDER BY id LIMIT 1

        SELECT concat(m, '?'), greatest(m, 'ok'), nullif(m, 'ok') FROM p ORDER BY id

        SELECT string_agg(m::text, ',' ORDER BY m, id), json_agg(m ORDER BY m, id) FROM p

        SELECT id FROM p WHERE m BETWEEN 'sad' AND 'ok' AND m IS NOT NULL ORDER BY id

        SELECT length(m) FROM p

        SELECT m LIKE 'o%' FROM p

        DELETE FROM p WHERE m = 'best' RETURNING m

        DROP TYPE mood

        DROP TABLE p

        DROP TYPE mood

        DROP TYPE mood

        DROP TYPE IF EXISTS mood

        CREATE TYPE "Big" AS ENUM ('x')

        CREATE TABLE b (id int PRIMARY KEY, v "Big")

        INSERT INTO b VALUES (1, 'x'), (2, 'y')

        INSERT INTO b VALUES (1, 'x')

        SELECT v, 'x'::"Big", v = 'x' FROM b

        CREATE TYPE level AS ENUM ('low', 'high')

        CREATE TABLE plain (id int PRIMARY KEY, l level)

        INSERT INTO plain VALUES (1, 'low'), (2, NULL)

        ALTER TYPE level RENAME VALUE 'low' TO 'lowest'

        ALTER TYPE level RENAME VALUE 'none' TO 'other'

        ALTER TYPE level RENAME VALUE 'high' TO 'lowest'

        SELECT * FROM plain ORDER BY id
    """)


def test_a_type_is_undone_with_its_transaction(both: Both) -> None:
    both.same("""
        BEGIN

        CREATE TYPE mood AS ENUM ('sad', 'ok')

        CREATE TABLE p (id int PRIMARY KEY, m mood)

        INSERT INTO p VALUES (1, 'ok')

        SELECT * FROM p WHERE m > 'sad'

        ROLLBACK

        SELECT 'ok'::mood

        SELECT count(*) FROM pg_enum
    """)


def test_parameters_copies_and_cold_rows(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    kind, table = fresh_name("mood"), fresh_name("people")
    with server.connect() as connection:
        connection.execute(f"CREATE TYPE {kind} AS ENUM ('z', 'a')")
        connection.execute(f"CREATE USER TABLE {table} (id int PRIMARY KEY, m {kind})")
        for binary in (False, True):
            connection.cursor(binary=binary).execute(
                f"INSERT INTO {table} VALUES (%s, %s::{kind})", (int(binary), "a"), binary=binary
            )
        with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
            copy.write(b"7\tz\n8\t\\N\n")
        with (
            pytest.raises(psycopg.errors.InvalidTextRepresentation, match="invalid input value"),
            connection.cursor().copy(f"COPY {table} FROM STDIN") as copy,
        ):
            copy.write(b"9\tq\n")
        connection.execute(f"FLUSH TABLE {table}")
        everything = f"SELECT id, m FROM {table} ORDER BY m, id"
        expected = [(7, "z"), (0, "a"), (1, "a"), (8, None)]
        assert connection.execute(everything).fetchall() == expected
        connection.execute(f"ALTER TYPE {kind} RENAME VALUE 'a' TO 'b'")
        connection.execute(f"ALTER TYPE {kind} ADD VALUE 'first' BEFORE 'z'")
        connection.execute(f"INSERT INTO {table} VALUES (9, 'first')")
        expected = [(9, "first"), (7, "z"), (0, "b"), (1, "b"), (8, None)]
        assert connection.execute(everything).fetchall() == expected
        raw = connection.cursor(binary=True).execute(everything).fetchall()
        assert [label and label.decode() for _, label in raw] == [label for _, label in expected]
        info = EnumInfo.fetch(connection, kind)
        assert info is not None
        assert list(info.labels) == ["first", "z", "b"]
        with connection.cursor().copy(f"COPY {table} TO STDOUT") as copy:
            assert b"9\tfirst\n" in b"".join(copy)


def test_a_type_belongs_to_its_creator(
    alice: Person, bob: Person, server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    kind, table = fresh_name("mood"), fresh_name("people")
    with alice.connect() as hers, bob.connect() as his:
        hers.execute(f"CREATE TYPE {kind} AS ENUM ('sad', 'ok')")
        his.execute(f"CREATE USER TABLE {table} (id int PRIMARY KEY, m {kind})")
        his.execute(f"INSERT INTO {table} VALUES (1, 'ok')")
        for refused in (f"DROP TYPE {kind}", f"ALTER TYPE {kind} ADD VALUE 'x'"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="must be owner of type"):
                his.execute(refused)
    with server.connect() as root:
        with pytest.raises(psycopg.Error, match="owner of type"):
            root.execute(f"DROP USER {alice.name}")
        root.execute(f"DROP USER {alice.name} CASCADE")
        root.execute(f"ALTER TYPE {kind} ADD VALUE 'best'")
        owner = "SELECT pg_get_userbyid(typowner) FROM pg_type WHERE oid = %s::regtype"
        assert root.execute(owner, (kind,)).fetchall() == [("root",)]


REFUSED = [
    "CREATE DOMAIN moods AS mood[]",
    "ALTER TABLE p ALTER note TYPE mood[] USING '{}'::mood[]",
    "ALTER TABLE p ALTER note TYPE mood USING note::mood",
    "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'",
    "ALTER TYPE named RENAME TO other",
    "DROP TYPE mood CASCADE",
    "CREATE TYPE pair AS (a int, b int)",
]


def test_what_is_not_supported_is_refused(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    schema = fresh_name("enums")
    with server.connect() as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(f"SET search_path = {schema}")
        connection.execute("CREATE TYPE mood AS ENUM ('sad', 'ok')")
        connection.execute("CREATE TABLE p (id int PRIMARY KEY, m mood DEFAULT 'ok', note text)")
        connection.execute("CREATE TYPE named AS ENUM ('a')")
        connection.execute("CREATE VIEW v AS SELECT 'a'::named AS a")
        for statement in REFUSED:
            with pytest.raises(psycopg.errors.FeatureNotSupported) as caught:
                connection.execute(statement.encode())
            assert caught.value.diag.message_hint, statement
        with pytest.raises(psycopg.errors.DuplicateObject):
            connection.execute("CREATE TABLE mood (id int PRIMARY KEY)")


def test_keys_and_indexes_have_the_order_of_the_labels(both: Both) -> None:
    both.same("""
        CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')

        CREATE TABLE k (m mood PRIMARY KEY, n int)

        INSERT INTO k VALUES ('happy', 3), ('sad', 1), ('ok', 2)

        INSERT INTO k VALUES ('ok', 5)

        INSERT INTO k VALUES ('ok', 5) ON CONFLICT (m) DO UPDATE SET n = excluded.n RETURNING *

        SELECT * FROM k ORDER BY m

        SELECT * FROM k WHERE m >= 'ok' ORDER BY m DESC

        ALTER TYPE mood ADD VALUE 'fine' AFTER 'ok'

        INSERT INTO k VALUES ('fine', 4)

        SELECT * FROM k WHERE m > 'sad' ORDER BY m LIMIT 2

        CREATE TABLE p (a int, m mood UNIQUE REFERENCES k, PRIMARY KEY (a, m))

        INSERT INTO p VALUES (1, 'ok'), (1, 'sad')

        INSERT INTO p VALUES (2, 'ok')

        DELETE FROM k WHERE m = 'ok'

        CREATE INDEX ON k (n, m)

        ALTER TYPE mood RENAME TO feeling

        SELECT 'ok'::feeling, m FROM p ORDER BY m

        SELECT 'ok'::mood

        ALTER TYPE feeling RENAME VALUE 'ok' TO 'so so'

        SELECT m FROM p ORDER BY m
    """)


def test_keys_of_enumerated_types_are_found_in_segments(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    kind, table = fresh_name("mood"), fresh_name("people")
    with server.connect() as connection:
        connection.execute(f"CREATE TYPE {kind} AS ENUM ('z', 'a', 'm')")
        connection.execute(f"CREATE USER TABLE {table} (m {kind} PRIMARY KEY, n int) FLUSH OFF")
        connection.execute(f"INSERT INTO {table} VALUES ('a', 1), ('z', 2)")
        connection.execute(f"FLUSH TABLE {table}")
        connection.execute(f"INSERT INTO {table} VALUES ('m', 3)")
        with pytest.raises(psycopg.errors.UniqueViolation, match="duplicate key"):
            connection.execute(f"INSERT INTO {table} VALUES ('a', 9)")
        connection.execute(f"UPDATE {table} SET n = 10 WHERE m = 'a'")
        rows = connection.execute(f"SELECT m, n FROM {table} ORDER BY m").fetchall()
        assert rows == [("z", 2), ("a", 10), ("m", 3)]
        report = connection.execute(f"VERIFY TABLE {table}").fetchall()
        assert {row[3] for row in report} == {"ok"}
