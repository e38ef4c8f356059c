"""CREATE TABLE AS and SELECT INTO over the wire.

Goal: the same table, rows and tags as PostgreSQL's. Method: the same statements in PostgreSQL 15.
"""

from __future__ import annotations

import pytest

from tests.fix_both import Both

pytestmark = pytest.mark.slow


def test_tables_made_of_queries_answer_as_postgresql(both: Both) -> None:
    both.same("""
        CREATE TABLE t (id int PRIMARY KEY, body varchar(20), price numeric(8, 2))

        INSERT INTO t VALUES (1, 'one', 1.5), (2, 'two', 2.5), (3, 'three', NULL)

        CREATE TABLE a AS SELECT id, upper(body) AS loud, price * 2 AS twice, 'x' AS u FROM t

        SELECT * FROM a ORDER BY id

        CREATE TABLE a AS SELECT 1 AS one

        CREATE TABLE IF NOT EXISTS a AS SELECT 1 AS one

        CREATE TABLE b (n, m) AS SELECT id, body FROM t WHERE id > 1 ORDER BY id WITH DATA

        SELECT n, m FROM b ORDER BY n

        CREATE TABLE c AS SELECT * FROM t WITH NO DATA

        SELECT * FROM c

        SELECT column_name, data_type, character_maximum_length, numeric_precision, is_nullable
        FROM information_schema.columns
        WHERE table_schema = current_schema AND table_name = 'c' ORDER BY ordinal_position

        CREATE TABLE d AS VALUES (1, 'x'), (2, 'y')

        SELECT * FROM d ORDER BY 1

        CREATE TABLE e AS TABLE t

        SELECT count(*) FROM e

        CREATE TABLE f AS WITH c AS (SELECT 1 AS n) SELECT n, n + 1 AS more FROM c

        SELECT * FROM f

        CREATE TABLE g (a, b, c) AS SELECT 1, 2

        CREATE TABLE g AS SELECT 1, 2

        CREATE TABLE g AS SELECT * FROM none

        CREATE TABLE g AS SELECT id FROM t WHERE nothing

        SELECT id, body INTO h FROM t WHERE id < 3

        SELECT * FROM h ORDER BY id

        SELECT 1 AS one INTO TABLE i

        SELECT * FROM i

        SELECT id INTO h FROM t

        BEGIN

        CREATE TABLE j AS SELECT id FROM t

        INSERT INTO j VALUES (10)

        SELECT count(*) FROM j

        ROLLBACK

        SELECT * FROM j

        CREATE TABLE k AS SELECT 1 / (id - 2) AS broken FROM t

        SELECT * FROM k
    """)
