"""Arrays of enumerated types over the wire, and the functions that list labels.

Goal: a client cannot tell them from PostgreSQL's, hot and cold, and under other labels than they
were written with. Method: the same statements in PostgreSQL 15; what drivers send in binary.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from psycopg.types.enum import EnumInfo, register_enum

from conformance.server_process import ServerProcess
from tests.fix_both import Both

pytestmark = pytest.mark.slow


def test_values_answer_as_postgresql(both: Both) -> None:
    both.same("""
        CREATE TYPE mood AS ENUM ('sad', 'ok', 'a "happy, one')

        SELECT enum_first(NULL::mood), enum_last('sad'::mood), enum_range(NULL::mood)

        SELECT enum_range('ok'::mood, NULL), enum_range(NULL, 'ok'::mood)

        SELECT enum_range('ok'::mood, 'ok'), enum_range('ok'::mood, 'sad'::mood)

        SELECT enum_range(NULL::mood, NULL), enum_range(NULL::mood, NULL::mood)

        SELECT enum_first('ok')

        SELECT enum_range('ok', 'sad')

        SELECT enum_range(1)

        SELECT '{sad,NULL,"a \\"happy, one"}'::mood[], '{}'::mood[], NULL::mood[]

        SELECT ARRAY['ok', NULL]::mood[], ARRAY['ok'::mood, 'sad'], ARRAY[]::mood[]

        SELECT '{nope}'::mood[]

        SELECT ARRAY['nope']::mood[]

        SELECT '{sad'::mood[]

        SELECT '{{sad,ok},{ok,sad}}'::mood[], ARRAY[ARRAY['ok'::mood]], '{sad}'::mood[][]

        SELECT '{sad,ok}'::mood[]::text[], '{sad}'::mood[]::text, '{sad,ok}'::text[]::mood[]

        SELECT '{sad}'::text::mood[]

        SELECT '{sad}'::mood[]::int[]

        SELECT '{1}'::int[]::mood[]

        SELECT '{ok}'::mood[] > '{sad,ok}', '{ok}'::mood[] = '{ok}', '{sad}'::mood[] < '{sad,sad}'

        SELECT '{ok}'::mood[] || 'sad', '{ok}'::mood[] || 'sad'::mood, 'sad'::mood || '{ok}'::mood[]

        SELECT '{ok}'::mood[] || '{sad}'::mood[], '{ok}'::mood[] || NULL

        SELECT '{ok,sad}'::mood[] @> '{sad}', '{ok}'::mood[] && '{sad}'

        SELECT '{ok}'::mood[] <@ '{ok,sad}'

        SELECT 'ok' = ANY ('{sad,ok}'::mood[]), 'ok'::mood < ALL ('{sad,ok}')

        SELECT 'ok'::text = ANY ('{sad,ok}'::mood[])

        SELECT ('{sad,ok}'::mood[])[2], ('{sad,ok}'::mood[])[2:], ('{sad}'::mood[])[3]

        SELECT array_length(enum_range(NULL::mood), 1), cardinality('{ok}'::mood[]),
               array_append('{ok}'::mood[], 'sad'), array_remove('{ok,sad}'::mood[], 'ok'),
               array_position('{ok,sad}'::mood[], 'sad'), array_replace('{ok}'::mood[], 'ok', 'sad')

        SELECT array_to_string('{ok,sad,NULL}'::mood[], ';', '-'), to_json('{ok}'::mood[])

        SELECT unnest(enum_range(NULL::mood)) AS m ORDER BY m DESC

        SELECT m, n FROM unnest('{ok,sad}'::mood[]) WITH ORDINALITY AS u(m, n) ORDER BY n

        SELECT array_agg(m ORDER BY m DESC), min(m) FROM unnest(enum_range(NULL::mood)) AS m

        SELECT ARRAY(SELECT m FROM unnest('{ok,sad}'::mood[]) AS m ORDER BY m)

        SELECT coalesce(NULL::mood[], '{ok}'), CASE WHEN true THEN '{ok}'::mood[] ELSE '{sad}' END

        SELECT pg_typeof('{ok}'::mood[])::text, 'mood[]'::regtype::text, '_mood'::regtype::text

        SELECT t.typname, a.typname, a.typtype, a.typcategory, a.typlen, a.typelem = t.oid
        FROM pg_type t JOIN pg_type a ON a.oid = t.typarray WHERE t.oid = 'mood'::regtype

        SELECT format_type(typarray, -1) FROM pg_type WHERE oid = 'mood'::regtype

        CREATE TYPE "None" AS ENUM ()

        SELECT enum_range(NULL::"None")

        SELECT enum_first(NULL::"None")

        SELECT '{}'::"None"[]
    """)


def test_columns_answer_as_postgresql(both: Both) -> None:
    both.same("""
        CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')

        CREATE TABLE p (id int PRIMARY KEY, m mood, l mood[] DEFAULT '{ok}')

        INSERT INTO p VALUES (1, 'ok', '{sad,happy}'), (2, 'sad', NULL), (3, NULL, '{}')

        INSERT INTO p VALUES (4, 'happy', ARRAY['ok', NULL]::mood[]), (5, 'ok', DEFAULT)

        INSERT INTO p VALUES (6, 'ok', '{nope}')

        INSERT INTO p VALUES (6, 'ok', '{ok}'::text[])

        INSERT INTO p VALUES (6, 'ok', ARRAY['ok'])

        SELECT * FROM p ORDER BY id

        SELECT l FROM p WHERE id = 4

        SELECT id FROM p WHERE l = '{sad,happy}' OR l > '{ok}' ORDER BY id

        SELECT id FROM p WHERE m = ANY (l) ORDER BY id

        SELECT id FROM p WHERE 'ok' = ANY (l) ORDER BY id

        SELECT id, x FROM p, unnest(l) AS x ORDER BY x, id

        SELECT l, count(*) FROM p GROUP BY l ORDER BY l

        SELECT array_agg(m ORDER BY id), array_agg(DISTINCT m ORDER BY m) FROM p

        SELECT id, enum_range(m, NULL), enum_range(m, 'ok'), enum_last(m) FROM p ORDER BY id

        UPDATE p SET l = l || 'ok' WHERE id = 1 RETURNING l

        UPDATE p SET l[1] = 'happy' WHERE id = 4 RETURNING l

        UPDATE p SET l[1] = 'nope' WHERE id = 4

        UPDATE p SET l = array_append(l, m) WHERE l IS NOT NULL RETURNING id, l

        ALTER TYPE mood ADD VALUE 'new' BEFORE 'ok'

        UPDATE p SET l = '{new,sad}' WHERE id = 2 RETURNING l

        ALTER TYPE mood RENAME VALUE 'happy' TO 'glad'

        ALTER TABLE p ADD COLUMN k mood[] DEFAULT '{glad,new}'

        SELECT * FROM p ORDER BY l, id

        SELECT column_name, data_type, udt_name FROM information_schema.columns
        WHERE table_schema = current_schema AND table_name = 'p' ORDER BY ordinal_position

        SELECT format_type(atttypid, atttypmod) FROM pg_attribute
        WHERE attrelid = 'p'::regclass AND attnum > 0 ORDER BY attnum

        CREATE TABLE c (id int PRIMARY KEY, l mood[] CHECK (l IS NOT NULL))

        INSERT INTO c VALUES (1, '{ok}'), (2, NULL)

        INSERT INTO c SELECT id, l FROM p WHERE id < 3

        SELECT * FROM c ORDER BY id

        CREATE VIEW v AS SELECT l FROM p WHERE 'sad' = ANY (l)

        SELECT * FROM v ORDER BY l

        DROP VIEW v

        ALTER TABLE p DROP COLUMN m

        DROP TABLE c

        ALTER TABLE p DROP COLUMN k

        DROP TYPE mood

        DROP TABLE p

        DROP TYPE mood
    """)


def test_parameters_copies_and_cold_rows(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    kind, table = fresh_name("mood"), fresh_name("people")
    with server.connect() as connection:
        connection.execute(f"CREATE TYPE {kind} AS ENUM ('z', 'a')")
        connection.execute(f"CREATE USER TABLE {table} (id int PRIMARY KEY, l {kind}[])")
        info = EnumInfo.fetch(connection, kind)
        assert info is not None
        register_enum(info, connection)
        members = {member.name: member for member in info.enum}  # type: ignore[union-attr]
        for binary in (False, True):
            connection.cursor(binary=binary).execute(
                f"INSERT INTO {table} VALUES (%s, %s)",
                (int(binary), [members["a"], None]),
                binary=binary,
            )
        with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
            copy.write(b"7\t{z,a}\n8\t\\N\n9\t{}\n")
        with (
            pytest.raises(psycopg.errors.InvalidTextRepresentation, match="invalid input value"),
            connection.cursor().copy(f"COPY {table} FROM STDIN") as copy,
        ):
            copy.write(b"10\t{q}\n")
        with connection.cursor().copy(f"COPY {table} TO STDOUT (FORMAT binary)") as copy:
            sent = b"".join(copy)
        connection.execute(f"DELETE FROM {table}")
        with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
            copy.write(sent)
        connection.execute(f"FLUSH TABLE {table}")
        connection.execute(f"ALTER TYPE {kind} RENAME VALUE 'a' TO 'b'")
        connection.execute(f"ALTER TYPE {kind} ADD VALUE 'first' BEFORE 'z'")
        connection.execute(f"INSERT INTO {table} VALUES (11, '{{first,b}}')")
        shown = f"SELECT id, l::text AS shown FROM {table} ORDER BY l, id"
        assert connection.execute(shown).fetchall() == [
            (9, "{}"),
            (11, "{first,b}"),
            (7, "{z,b}"),
            (0, "{b,NULL}"),
            (1, "{b,NULL}"),
            (8, None),
        ]
        found = f"SELECT id FROM {table} WHERE 'z' = ANY (l) AND l @> '{{b}}'"
        assert connection.execute(found).fetchall() == [(7,)]
        with connection.cursor().copy(f"COPY {table} TO STDOUT") as copy:
            assert b"7\t{z,b}\n" in b"".join(copy)
        report = connection.execute(f"VERIFY TABLE {table}").fetchall()
        assert {row[3] for row in report} == {"ok"}
        connection.execute(f"DROP TABLE {table}")
        connection.execute(f"DROP TYPE {kind}")
