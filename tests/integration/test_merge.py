"""MERGE beside PostgreSQL 15.

Goal: which clause applies to which pair, what is changed, counted and refused is PostgreSQL's
answer, on hot and cold rows. Method: scripts run on both servers and compared answer by answer; one
MERGE that waits for another session.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance.server_process import ServerProcess
from tests.fix_both import Both
from tests.fix_sides import Connect, is_waiting, numbers, outcome

SCRIPTS = {
    "update or insert": """
        MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET v = s.v
        WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.v)
    """,
    "all clauses": """
        MERGE INTO t AS x USING (SELECT id, v FROM s) AS y ON x.id = y.id
        WHEN MATCHED AND y.v > 300 THEN DELETE
        WHEN MATCHED AND x.v = 20 THEN UPDATE SET v = x.v + y.v, w = DEFAULT
        WHEN MATCHED THEN DO NOTHING
        WHEN NOT MATCHED AND y.id > 4 THEN INSERT (w, id) VALUES ('new', y.id)
        WHEN NOT MATCHED THEN DO NOTHING
    """,
    "defaults": """
        MERGE INTO t USING s ON t.id = s.id
        WHEN NOT MATCHED THEN INSERT (id, v, w) VALUES (s.id, DEFAULT, DEFAULT)

        MERGE INTO t USING (VALUES (9)) AS s(id) ON t.id = s.id
        WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id + 0)
    """,
    "only matched": """
        MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE
    """,
    "values that could fail": """
        MERGE INTO t USING s ON t.id = s.id
        WHEN MATCHED AND s.v = 300 THEN UPDATE SET v = 1 / (s.v - 200)
        WHEN NOT MATCHED THEN INSERT VALUES (s.id, 10 / (s.v - 200))
    """,
    "a condition that is null": """
        MERGE INTO t USING s ON t.id = s.id
        WHEN MATCHED AND NULL THEN DELETE WHEN MATCHED THEN UPDATE SET v = -1
    """,
    "keys exchanged": """
        MERGE INTO t USING (VALUES (1, 2), (2, 1)) AS s(id, other) ON t.id = s.id
        WHEN MATCHED THEN UPDATE SET v = s.other * 100
    """,
    "several columns": """
        MERGE INTO t USING s ON t.id = s.id
        WHEN MATCHED THEN UPDATE SET (v, w) = ROW (s.v, 'both')
    """,
    "with": """
        WITH y AS (SELECT id + 1 AS id FROM s) MERGE INTO t USING y ON t.id = y.id
        WHEN MATCHED THEN UPDATE SET w = 'seen' WHEN NOT MATCHED THEN INSERT (id) VALUES (y.id)
    """,
    "a second time": """
        MERGE INTO t USING (VALUES (1), (1)) AS s(id) ON t.id = s.id
        WHEN MATCHED THEN UPDATE SET v = 0

        MERGE INTO t USING (VALUES (1), (1)) AS s(id) ON t.id = s.id WHEN MATCHED THEN DO NOTHING
    """,
    "refused": """
        MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE
        WHEN MATCHED THEN UPDATE SET v = 1

        MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET nothing = 1

        MERGE INTO t USING s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id)

        MERGE INTO t USING s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id, 1)

        MERGE INTO t USING s ON true WHEN NOT MATCHED THEN INSERT (v) VALUES (1)

        MERGE INTO nothing USING s ON true WHEN MATCHED THEN DELETE

        MERGE INTO t USING (VALUES (1)) AS s(id) ON false
        WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)

        BEGIN READ ONLY

        MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE

        ROLLBACK
    """,
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_answer_is_postgresqls(both: Both, name: str) -> None:
    both.same(
        """
        CREATE TABLE t (id int PRIMARY KEY, v int DEFAULT 7, w text DEFAULT 'old')

        CREATE TABLE s (id int PRIMARY KEY, v int)

        INSERT INTO t VALUES (1, 10), (2, 20), (3, 30)

        INSERT INTO s VALUES (2, 200), (3, 300), (4, 400), (5, 500)
        """
        "\n\n" + SCRIPTS[name] + "\n\nSELECT * FROM t ORDER BY id"
    )


def test_flushed_rows_are_merged_into(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    name = fresh_name("merged")
    with numbers(server.connect, name, flush=True) as root:
        merge = (
            f"MERGE INTO {name} t USING generate_series(4, 7) AS s(id) ON t.id = s.id"
            " WHEN MATCHED THEN UPDATE SET v = v + 1 WHEN NOT MATCHED THEN INSERT VALUES (s.id, 0)"
        )
        assert root.execute(merge.encode()).statusmessage == "MERGE 4"
        assert outcome(root, f"SELECT count(*), sum(v) FROM {name}") == [(7, 2)]


def test_who_waited_merges_with_the_row_as_it_is_then(
    connect: Connect, fresh_name: Callable[[str], str]
) -> None:
    name = fresh_name("waited")
    with (
        numbers(connect, name) as root,
        connect() as first,
        connect() as second,
        ThreadPoolExecutor(1) as thread,
    ):
        first.execute("BEGIN")
        first.execute(f"UPDATE {name} SET v = 5 WHERE id = 1".encode())
        merge = (
            f"MERGE INTO {name} t USING (VALUES (1)) AS s(id) ON t.id = s.id"
            " WHEN MATCHED THEN UPDATE SET v = t.v + 1"
        )
        waiting = thread.submit(outcome, second, merge)
        assert is_waiting(waiting)
        first.execute("COMMIT")
        assert waiting.result() == 1
        assert outcome(root, f"SELECT v FROM {name} WHERE id = 1") == [(6,)]
