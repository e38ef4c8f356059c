"""GROUP BY DISTINCT and ALL over the wire.

Goal: each set of keys is grouped by once, however it is written. Method: the same statements in
PostgreSQL 15, every answer compared.
"""

from __future__ import annotations

import pytest

from tests.fix_both import Both

pytestmark = pytest.mark.slow


def test_grouping_sets_are_distinct(both: Both) -> None:
    both.same("""
        CREATE TABLE t (id int PRIMARY KEY, a text, b int, c int)

        INSERT INTO t SELECT g, 'x' || g % 3, g % 2, g FROM generate_series(1, 9) g

        SELECT a, count(*) FROM t GROUP BY DISTINCT ROLLUP (a, a) ORDER BY 1, 2

        SELECT a, b, count(*), grouping(a, b) FROM t GROUP BY DISTINCT ROLLUP (a, b), CUBE (b, a)
        ORDER BY 1, 2, 3, 4

        SELECT a, b, count(*) FROM t
        GROUP BY DISTINCT GROUPING SETS ((a, b), (b, a), (), (), a, ROLLUP (b)) ORDER BY 1, 2, 3

        SELECT a, b, count(*) FROM t GROUP BY DISTINCT ROLLUP ((a, b), b) ORDER BY 1, 2, 3

        SELECT a, count(*) FROM t GROUP BY DISTINCT a ORDER BY 1

        SELECT id, a FROM t GROUP BY DISTINCT id ORDER BY 1

        SELECT a || 'z', count(*) FROM t GROUP BY DISTINCT ROLLUP (1, 1) ORDER BY 1, 2

        SELECT b + 1 AS n, count(*) FROM t GROUP BY DISTINCT ROLLUP (n, b + 1) ORDER BY 1, 2

        SELECT count(*) FROM t GROUP BY DISTINCT (), ()

        SELECT a, count(*) FROM t GROUP BY ALL a ORDER BY 1

        SELECT a, b, count(*) FROM t GROUP BY ALL ROLLUP (a, a), b ORDER BY 1, 2, 3

        SELECT c FROM t GROUP BY DISTINCT a, b
    """)
