"""ALTER COLUMN ... TYPE over the wire.

Goal: values, defaults and refusals as PostgreSQL's, beside serial columns, views, generated columns
and open transactions. Method: the same statements in PostgreSQL 15, every answer compared.
"""

from __future__ import annotations

import pytest

from tests.fix_both import Both

pytestmark = pytest.mark.slow


def test_types_change_as_in_postgresql(both: Both) -> None:
    both.same("""
        CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT 5, body varchar(10), price numeric(6, 2),
        s serial, note text)

        INSERT INTO t (id, n, body, price, note) VALUES (1, 10, 'one', 1.5, '7'),
        (2, NULL, 'two', NULL, NULL), (3, 30, 'three', 3.25, '9')

        ALTER TABLE t ALTER COLUMN n TYPE bigint

        SELECT id, n FROM t ORDER BY id

        INSERT INTO t (id, n) VALUES (4, 3000000000), (5, DEFAULT) RETURNING n

        ALTER TABLE t ALTER COLUMN n TYPE int

        ALTER TABLE t ALTER n SET DATA TYPE text

        SELECT id, n FROM t ORDER BY id

        INSERT INTO t (id) VALUES (6) RETURNING n

        ALTER TABLE t ALTER COLUMN body TYPE varchar(20)

        ALTER TABLE t ALTER COLUMN body TYPE text

        INSERT INTO t (id, body) VALUES (7, 'longer than twenty characters') RETURNING body

        ALTER TABLE t ALTER COLUMN body TYPE varchar(5)

        ALTER TABLE t ALTER COLUMN note TYPE int

        ALTER TABLE t ALTER COLUMN note TYPE int USING note::int

        SELECT id, note + 1 AS more FROM t ORDER BY id

        ALTER TABLE t ALTER COLUMN note TYPE numeric(10, 1) USING note * 1.5 + id

        SELECT id, note FROM t ORDER BY id

        ALTER TABLE t ALTER COLUMN body TYPE int USING body::int

        ALTER TABLE t ALTER COLUMN note TYPE boolean USING body

        ALTER TABLE t ALTER COLUMN none TYPE int

        ALTER TABLE t ALTER COLUMN price TYPE numeric(8, 2)

        ALTER TABLE t ALTER COLUMN price TYPE int, ALTER COLUMN note TYPE text

        SELECT id, price, note FROM t ORDER BY id

        ALTER TABLE t ALTER COLUMN s TYPE bigint

        INSERT INTO t (id) VALUES (8) RETURNING s

        SELECT pg_get_serial_sequence('t', 's') IS NOT NULL

        BEGIN

        INSERT INTO t (id, price) VALUES (20, 5)

        ALTER TABLE t ALTER COLUMN price TYPE text

        UPDATE t SET price = price || '!' WHERE id IN (1, 20)

        SELECT id, price FROM t WHERE price IS NOT NULL ORDER BY id

        ROLLBACK

        SELECT id, price FROM t WHERE price IS NOT NULL ORDER BY id

        SELECT data_type FROM information_schema.columns WHERE table_schema = current_schema
        AND table_name = 't' ORDER BY column_name

        BEGIN

        DELETE FROM t WHERE id = 3

        ALTER TABLE t ALTER COLUMN price TYPE bigint

        INSERT INTO t (id, price) VALUES (3, 33)

        DELETE FROM t WHERE id = 1

        COMMIT

        SELECT id, price FROM t WHERE price IS NOT NULL ORDER BY id

        BEGIN

        DELETE FROM t WHERE id = 3

        ALTER TABLE t ALTER COLUMN price TYPE bigint

        INSERT INTO t (id, price) VALUES (3, 33)

        DELETE FROM t WHERE id = 1

        COMMIT

        SELECT id, price FROM t WHERE price IS NOT NULL ORDER BY id

        CREATE VIEW v AS SELECT price FROM t

        ALTER TABLE t ALTER COLUMN price TYPE text

        DROP VIEW v

        CREATE TABLE g (a int, b int GENERATED ALWAYS AS (a) STORED)

        ALTER TABLE g ALTER COLUMN a TYPE bigint

        CREATE TABLE d (a text DEFAULT 'x')

        ALTER TABLE d ALTER COLUMN a TYPE int USING 1
    """)
