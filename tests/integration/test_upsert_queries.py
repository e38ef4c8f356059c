"""ON CONFLICT DO UPDATE with what only DuckDB computes, over the wire.

Goal: functions, arrays, jsonb and subqueries over the existing row and ``excluded``, as in
PostgreSQL; nobody's rows but the writer's; no lost update under concurrency. Method: a script
beside PostgreSQL 15, two users, hot and cold rows, and sessions that upsert the same key at once.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance.server_process import ServerProcess
from tests.fix_both import Both
from tests.fix_jobs import run_job
from tests.fix_server import Person

pytestmark = pytest.mark.slow

SESSIONS = 4
UPSERTS = 25


def test_answers_as_postgresql(both: Both) -> None:
    both.same("""
        CREATE TABLE stock (item text PRIMARY KEY, n int NOT NULL DEFAULT 0, note text UNIQUE,
            tags text[], doc jsonb, at timestamptz)

        CREATE TABLE news (item text, n int)

        INSERT INTO stock (item, n, note) VALUES ('pen', 5, NULL), ('ink', 0, 'x'), ('cap', 2,
            NULL)

        INSERT INTO news VALUES ('pen', 3), ('pad', 7)

        INSERT INTO stock (item) VALUES ('pen') ON CONFLICT (item) DO UPDATE SET n = (SELECT
            max(n) FROM news) RETURNING n

        INSERT INTO stock (item) VALUES ('pen') ON CONFLICT (item) DO UPDATE SET n = (SELECT
            w.n + stock.n FROM news w WHERE w.item = excluded.item) RETURNING n

        INSERT INTO stock (item) VALUES ('pen'), ('new'), ('cap') ON CONFLICT (item) DO UPDATE
            SET note = upper(md5(excluded.item)), n = stock.n + 1 RETURNING item, n, note

        INSERT INTO stock (item) VALUES ('pen') ON CONFLICT (item) DO UPDATE SET n = 3 WHERE
            EXISTS (SELECT 1 FROM news WHERE news.n > stock.n) RETURNING n

        INSERT INTO stock (item) VALUES ('pen') ON CONFLICT (item) DO UPDATE SET n = 3 WHERE
            NOT EXISTS (SELECT 1 FROM news) RETURNING n

        INSERT INTO stock (item, tags, doc) VALUES ('pen', '{a,b}', '{"a": 1}') ON CONFLICT
            (item) DO UPDATE SET tags = coalesce(stock.tags, '{}') || excluded.tags, doc =
            coalesce(stock.doc, '{}') || excluded.doc RETURNING tags, doc

        INSERT INTO stock (item, tags, doc) VALUES ('pen', '{c}', '{"b": 2}') ON CONFLICT
            (item) DO UPDATE SET tags = stock.tags || excluded.tags, doc = stock.doc ||
            excluded.doc RETURNING tags, doc

        INSERT INTO stock AS s (item, tags) VALUES ('pen', '{d}') ON CONFLICT (item) DO UPDATE
            SET tags[1] = upper(s.tags[2] || excluded.tags[1]), n = DEFAULT RETURNING tags, n

        INSERT INTO stock (item) VALUES ('d1'), ('d1') ON CONFLICT (item) DO UPDATE SET note =
            md5(excluded.item)

        INSERT INTO stock (item, n) SELECT item, n FROM news ON CONFLICT (item) DO UPDATE SET
            note = md5(excluded.item || excluded.n) RETURNING item, note, (SELECT count(*) FROM
            stock s)

        INSERT INTO stock (item, note) VALUES ('zz', 'x') ON CONFLICT (note) DO UPDATE SET item
            = repeat(stock.item, 2) RETURNING item

        INSERT INTO stock (item, at) VALUES ('pen', '2024-01-15 10:00Z') ON CONFLICT (item) DO
            UPDATE SET at = date_trunc('month', excluded.at) RETURNING at

        WITH x AS (INSERT INTO stock (item) VALUES ('pen') ON CONFLICT (item) DO UPDATE SET
            note = repeat('q', 3) RETURNING *) SELECT item, note FROM x

        INSERT INTO stock (item) VALUES ('pen') ON CONFLICT (item) DO UPDATE SET n = (SELECT n
            FROM news)

        INSERT INTO stock (item, n) VALUES (md5('a'), DEFAULT), (md5('b'), 7) ON CONFLICT
            (item) DO UPDATE SET note = repeat('z', 3) RETURNING n

        BEGIN

        INSERT INTO stock (item) VALUES ('cap') ON CONFLICT (item) DO UPDATE SET note =
            repeat('in', 2) RETURNING note

        SELECT item, n, note FROM stock ORDER BY item

        ROLLBACK

        PREPARE p (text, text) AS INSERT INTO stock (item) VALUES ($1) ON CONFLICT (item) DO
            UPDATE SET note = repeat($2, 2) RETURNING note

        EXECUTE p ('cap', 'u')

        SELECT item, n, note, tags, doc, at FROM stock ORDER BY item
    """)


@pytest.mark.parametrize("is_cold", [False, True], ids=["hot", "cold"])
def test_everybody_merges_into_their_own_row(
    server: ServerProcess,
    fresh_name: Callable[[str], str],
    alice: Person,
    bob: Person,
    is_cold: bool,
) -> None:
    name = fresh_name("drafts")
    upsert = (
        f"INSERT INTO {name} VALUES (1, %s) ON CONFLICT (id) DO UPDATE "
        f"SET doc = {name}.doc || excluded.doc || jsonb_build_object('rows', "
        f"(SELECT count(*) FROM {name})) RETURNING doc"
    ).encode()
    with server.connect() as root, alice.connect() as hers, bob.connect() as his:
        root.execute(f"CREATE USER TABLE {name} (id int PRIMARY KEY, doc jsonb) FLUSH OFF".encode())
        his.execute(f"INSERT INTO {name} VALUES (2, NULL)".encode())
        for person, key in ((hers, "a"), (his, "b")):
            person.execute(upsert, (f'{{"{key}": 1}}',))
        if is_cold:
            run_job(root, f"FLUSH TABLE public.{name}")
        assert hers.execute(upsert, ('{"c": 2}',)).fetchall() == [({"a": 1, "c": 2, "rows": 1},)]
        assert his.execute(upsert, ('{"c": 3}',)).fetchall() == [({"b": 1, "c": 3, "rows": 2},)]


def test_concurrent_upserts_lose_nothing(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    name = fresh_name("counters")
    upsert = (
        f"INSERT INTO {name} VALUES (1, '{{}}') ON CONFLICT (id) DO UPDATE "
        f"SET seen = {name}.seen || array[%s::int]"
    ).encode()
    with server.connect() as root:
        root.execute(f"CREATE SHARED TABLE {name} (id int PRIMARY KEY, seen int[])".encode())
        root.execute(f"INSERT INTO {name} VALUES (1, '{{}}')".encode())

        def work(session: int) -> None:
            with server.connect() as connection:
                for number in range(UPSERTS):
                    connection.execute(upsert, (session * UPSERTS + number,))

        with ThreadPoolExecutor(SESSIONS) as pool:
            list(pool.map(work, range(SESSIONS)))
        found = root.execute(f"SELECT seen FROM {name}".encode()).fetchone()
        assert found is not None
        assert sorted(found[0]) == list(range(SESSIONS * UPSERTS))
