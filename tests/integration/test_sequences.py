"""Sequences, SERIAL and IDENTITY over the wire.

Goal: a client cannot tell them from PostgreSQL's. Method: the same statements in PostgreSQL 15,
every answer compared.
"""

from __future__ import annotations

import pytest

from tests.fix_both import Both

pytestmark = pytest.mark.slow


def test_sequences_answer_as_postgresql(both: Both) -> None:
    both.same("""
        CREATE SEQUENCE s

        CREATE SEQUENCE s

        CREATE SEQUENCE IF NOT EXISTS s

        SELECT currval('s')

        SELECT lastval()

        SELECT nextval('s'), nextval('s')

        SELECT currval('s'), lastval()

        SELECT * FROM s WHERE last_value = 2 AND is_called

        SELECT setval('s', 10)

        SELECT nextval('s')

        SELECT setval('s', 20, false), currval('s')

        SELECT nextval('s'::regclass)

        SELECT setval('s', 0)

        SELECT setval('s', NULL), nextval(NULL)

        SELECT nextval('none')

        SELECT nextval('not a name')

        SELECT nextval('"S"')

        CREATE SEQUENCE d INCREMENT BY -2 MAXVALUE 5 MINVALUE 0 START WITH 4

        SELECT nextval('d'), nextval('d'), nextval('d')

        SELECT nextval('d')

        ALTER SEQUENCE d CYCLE

        SELECT nextval('d')

        ALTER SEQUENCE d RESTART

        SELECT nextval('d')

        ALTER SEQUENCE d RESTART WITH 1 NO CYCLE

        SELECT nextval('d')

        SELECT nextval('d')

        ALTER SEQUENCE d RESTART WITH 7

        ALTER SEQUENCE d MAXVALUE -1

        CREATE SEQUENCE x INCREMENT 0

        CREATE SEQUENCE x MINVALUE 5 MAXVALUE 5

        CREATE SEQUENCE x START 0

        CREATE SEQUENCE x MAXVALUE 5 START 6

        CREATE SEQUENCE x AS smallint MAXVALUE 40000

        CREATE SEQUENCE x AS text

        CREATE SEQUENCE x CACHE 0

        CREATE SEQUENCE x START 1 START 2

        CREATE SEQUENCE x OWNED BY nobody

        CREATE SEQUENCE x OWNED BY nothing.id

        CREATE SEQUENCE small AS smallint START 32767

        SELECT nextval('small')

        SELECT nextval('small')

        ALTER SEQUENCE small AS bigint

        SELECT nextval('small')

        ALTER SEQUENCE IF EXISTS none RESTART

        ALTER SEQUENCE none RESTART

        ALTER SEQUENCE small RENAME TO big

        SELECT nextval('big')

        SELECT sequencename, data_type::text, start_value, min_value, max_value, increment_by,
        cycle, cache_size, last_value FROM pg_sequences WHERE schemaname = current_schema
        ORDER BY 1

        SELECT relname, relkind FROM pg_class WHERE relname IN ('s', 'd', 'big')
        AND relnamespace = current_schema::regnamespace ORDER BY 1

        DROP SEQUENCE IF EXISTS none

        DROP SEQUENCE none

        DROP TABLE s

        DROP SEQUENCE s, d, big

        SELECT lastval()
    """)


def test_values_are_not_rolled_back_and_definitions_are(both: Both) -> None:
    both.same("""
        CREATE SEQUENCE s

        BEGIN

        SELECT nextval('s')

        ALTER SEQUENCE s RESTART WITH 100

        SELECT nextval('s')

        CREATE SEQUENCE inner_one

        SELECT nextval('inner_one')

        ROLLBACK

        SELECT nextval('s')

        SELECT nextval('inner_one')

        BEGIN READ ONLY

        SELECT nextval('s')

        ROLLBACK

        BEGIN READ ONLY

        SELECT setval('s', 5)

        ROLLBACK

        SELECT nextval('s')
    """)


def test_values_are_taken_for_each_row_of_a_query(both: Both) -> None:
    both.same("""
        CREATE SEQUENCE s

        CREATE TABLE t (id int PRIMARY KEY, body text)

        INSERT INTO t SELECT n, 'row ' || n FROM generate_series(1, 5) AS n

        SELECT nextval('s'), body FROM t ORDER BY id DESC

        SELECT nextval('s') AS taken FROM t WHERE id > 3

        SELECT count(*) FROM t

        SELECT nextval('s'), id FROM t ORDER BY id LIMIT 2

        CREATE TABLE copies (number bigint PRIMARY KEY, id int, body text)

        INSERT INTO copies SELECT nextval('s'), id, upper(body) FROM t ORDER BY id RETURNING *

        INSERT INTO copies (body, number) VALUES ('plain', nextval('s')) RETURNING number

        SELECT setval('s', (SELECT max(number) FROM copies) + 100)

        SELECT setval('s', coalesce(max(id), 1), max(id) IS NOT NULL) FROM t

        SELECT nextval('s')

        UPDATE t SET body = nextval('s')::text WHERE id = 1 RETURNING body
    """)


def test_serial_columns_answer_as_postgresql(both: Both) -> None:
    both.same("""
        CREATE TABLE t (id serial PRIMARY KEY, big bigserial, small smallserial, body text)

        INSERT INTO t (body) VALUES ('a'), ('b') RETURNING *

        INSERT INTO t DEFAULT VALUES RETURNING id, big, small

        INSERT INTO t (id, body) VALUES (10, 'own') RETURNING *

        INSERT INTO t (id, body) VALUES (DEFAULT, 'default') RETURNING *

        SELECT currval('t_id_seq'), lastval()

        SELECT setval(pg_get_serial_sequence('t', 'id'), coalesce(max(id), 1)) FROM t

        INSERT INTO t (body) SELECT 'select ' || n FROM generate_series(1, 3) AS n RETURNING *

        SELECT column_name, column_default LIKE 'nextval(%_seq''::regclass)', is_nullable
        FROM information_schema.columns WHERE table_schema = current_schema AND table_name = 't'
        ORDER BY ordinal_position

        DROP SEQUENCE t_id_seq

        CREATE TABLE other (id int PRIMARY KEY DEFAULT nextval('t_id_seq'))

        DROP TABLE other

        ALTER SEQUENCE t_big_seq RENAME TO renamed

        INSERT INTO t (body) VALUES ('after rename') RETURNING *

        TRUNCATE t RESTART IDENTITY

        INSERT INTO t (body) VALUES ('again') RETURNING *

        ALTER TABLE t DROP COLUMN small

        SELECT nextval('t_small_seq')

        CREATE TABLE bad (id serial DEFAULT 5)

        CREATE TABLE bad (id serial GENERATED ALWAYS AS IDENTITY)

        DROP SEQUENCE renamed CASCADE

        INSERT INTO t (big) VALUES (DEFAULT)

        DROP TABLE t

        SELECT nextval('t_id_seq')
    """)


def test_identity_columns_answer_as_postgresql(both: Both) -> None:
    both.same("""
        CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text)

        CREATE TABLE d (id bigint GENERATED BY DEFAULT AS IDENTITY (START 5 INCREMENT 5)
        PRIMARY KEY, body text)

        INSERT INTO a (body) VALUES ('one') RETURNING *

        INSERT INTO a (id, body) VALUES (7, 'seven')

        INSERT INTO a VALUES (7, 'seven')

        INSERT INTO a (id, body) OVERRIDING SYSTEM VALUE VALUES (7, 'seven') RETURNING *

        INSERT INTO a (id, body) OVERRIDING USER VALUE VALUES (8, 'eight') RETURNING *

        INSERT INTO a VALUES (DEFAULT, 'default') RETURNING *

        INSERT INTO a SELECT 9, 'nine'

        INSERT INTO a OVERRIDING USER VALUE SELECT 9, 'nine' RETURNING *

        INSERT INTO a OVERRIDING SYSTEM VALUE SELECT 9, 'nine' RETURNING *

        UPDATE a SET id = 5 WHERE id = 7

        UPDATE a SET id = DEFAULT WHERE id = 7 RETURNING *

        INSERT INTO d (body) VALUES ('x'), ('y') RETURNING *

        INSERT INTO d VALUES (100, 'own') RETURNING *

        INSERT INTO d OVERRIDING USER VALUE VALUES (100, 'not own') RETURNING *

        SELECT column_name, column_default, is_identity, identity_generation, identity_start,
        identity_increment, identity_cycle FROM information_schema.columns
        WHERE table_schema = current_schema AND table_name IN ('a', 'd') ORDER BY table_name, 1

        DROP SEQUENCE a_id_seq

        ALTER TABLE a ALTER COLUMN id SET DEFAULT 5

        ALTER TABLE a ALTER COLUMN id DROP DEFAULT

        ALTER TABLE a ALTER COLUMN id DROP NOT NULL

        ALTER SEQUENCE a_id_seq OWNED BY NONE

        CREATE TABLE bad (id text GENERATED ALWAYS AS IDENTITY)

        CREATE TABLE bad (id int DEFAULT 5 GENERATED ALWAYS AS IDENTITY)

        TRUNCATE a, d RESTART IDENTITY

        INSERT INTO a (body) VALUES ('first') RETURNING id

        INSERT INTO d (body) VALUES ('first') RETURNING id
    """)


def test_identity_is_altered_as_in_postgresql(both: Both) -> None:
    both.same("""
        CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, m int, d int NOT NULL DEFAULT 5,
        body text NOT NULL)

        INSERT INTO t VALUES (1, 1, 1, 1, 'x')

        ALTER TABLE t ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (START WITH 2)

        INSERT INTO t (n, body) VALUES (2, 'y') RETURNING id

        ALTER TABLE t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY

        ALTER TABLE t ALTER COLUMN m ADD GENERATED ALWAYS AS IDENTITY

        ALTER TABLE t ALTER COLUMN d ADD GENERATED ALWAYS AS IDENTITY

        ALTER TABLE t ALTER COLUMN body ADD GENERATED ALWAYS AS IDENTITY

        ALTER TABLE t ALTER COLUMN id SET GENERATED ALWAYS SET INCREMENT BY 10 RESTART WITH 100

        INSERT INTO t (n, body) VALUES (3, 'z'), (4, 'z') RETURNING id

        INSERT INTO t (id, n, body) VALUES (7, 3, 'z')

        ALTER TABLE t ALTER COLUMN id RESTART

        INSERT INTO t (n, body) VALUES (3, 'z')

        ALTER TABLE t ALTER COLUMN id SET INCREMENT BY 0

        ALTER TABLE t ALTER COLUMN n SET GENERATED ALWAYS

        ALTER TABLE t ALTER COLUMN n DROP IDENTITY

        ALTER TABLE t ALTER COLUMN n DROP IDENTITY IF EXISTS

        ALTER TABLE t ALTER COLUMN id DROP IDENTITY

        INSERT INTO t (n, body) VALUES (3, 'z')

        SELECT count(*) FROM pg_sequences WHERE schemaname = current_schema

        ALTER TABLE t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (START 500)

        INSERT INTO t (n, body) VALUES (3, 'z') RETURNING id

        BEGIN

        ALTER TABLE t ALTER COLUMN id DROP IDENTITY

        ROLLBACK

        INSERT INTO t (n, body) VALUES (3, 'z') RETURNING id
    """)
