"""SELECT without columns over the wire: rows of nothing.

Goal: as many rows as PostgreSQL gives, and its refusals where columns are needed. Method: the same
statements in PostgreSQL 15, every answer compared.
"""

from __future__ import annotations

import pytest

from tests.fix_both import Both

pytestmark = pytest.mark.slow


def test_rows_may_have_no_columns(both: Both) -> None:
    both.same("""
        CREATE TABLE t (id int PRIMARY KEY, n int)

        INSERT INTO t SELECT g, g % 3 FROM generate_series(1, 200) g

        SELECT FROM t

        SELECT FROM t WHERE id = 1

        SELECT FROM t WHERE id = 0

        SELECT FROM t WHERE id BETWEEN 3 AND 5

        SELECT FROM t WHERE n = 1 ORDER BY id DESC LIMIT 2

        SELECT FROM t GROUP BY n

        SELECT FROM t WHERE id = 1 FOR UPDATE

        SELECT count(*) FROM (SELECT FROM t) s

        SELECT s.* FROM (SELECT FROM t WHERE id < 3) s

        WITH s AS (SELECT FROM t WHERE id < 4) SELECT count(*) FROM s

        SELECT EXISTS (SELECT FROM t WHERE id = 9), EXISTS (SELECT FROM t WHERE id = 900)

        SELECT UNION SELECT

        SELECT UNION ALL SELECT FROM t WHERE id < 3

        SELECT 1 UNION SELECT

        SELECT 1 IN (SELECT FROM t)

        SELECT (SELECT FROM t WHERE id = 1)

        INSERT INTO t SELECT FROM t

        CREATE TABLE c AS SELECT FROM t

        SELECT count(*) FROM c

        CREATE VIEW v AS SELECT FROM t WHERE n = 0

        SELECT count(*) FROM v

        BEGIN

        DECLARE c SCROLL CURSOR FOR SELECT FROM t

        FETCH 3 FROM c

        FETCH LAST FROM c

        COMMIT
    """)
