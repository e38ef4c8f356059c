"""Attacks on isolation, over the wire.

Goal: whatever SQL a user sends, no value of another user's row comes back, and no row of another
user changes. Method: every other user's rows hold canaries, hot and cold; each statement here puts
a user table into another position of the grammar, or tries to reach data around the tables. A
canary in any answer, or in any error, fails. A statement may be refused; it may not leak.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.server_process import Connection, ServerProcess
from tests.fix_jobs import wait_for

CANARY = "canary-7f3a"
OWN = "own-row"


@dataclass(frozen=True, slots=True)
class Arena:
    """A namespace with two user tables in which victims have canaries and the attacker own rows."""

    server: ServerProcess
    schema: str
    attacker: str
    victim: str

    def attack(self, connection: Connection, statement: str) -> list[tuple[object, ...]]:
        """Run a statement, look for canaries in what comes back, and return the rows."""
        try:
            cursor = connection.execute(statement.encode())
            rows = cursor.fetchall() if cursor.description else []
        except psycopg.Error as refusal:
            self._check_refusal(refusal, statement)
            if connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
                connection.rollback()
            return []
        assert CANARY not in repr(rows), f"canary in the answer of: {statement}"
        return rows

    def _check_refusal(self, refusal: psycopg.Error, statement: str) -> None:
        told = f"{refusal} {refusal.diag.message_detail} {refusal.diag.message_hint}"
        assert CANARY not in told, f"canary in the error of: {statement}"
        assert refusal.sqlstate != "XX000", f"internal error for: {statement}: {refusal}"


@pytest.fixture(scope="module")
def arena(server: ServerProcess) -> Arena:
    schema, attacker, victim = "arena", "mallory", "victim"
    for name in (attacker, victim):
        server.create_role(name)
    with server.connect() as root:
        root.execute("CREATE NAMESPACE arena")
        root.execute(
            "CREATE USER TABLE arena.notes (id bigint PRIMARY KEY, body text, tags text[], n int)"
        )
        root.execute("CREATE USER TABLE arena.links (id bigint PRIMARY KEY, note bigint, url text)")
        root.execute(
            "CREATE SHARED TABLE arena.news (id bigint PRIMARY KEY, body text)"
            " WITH (ACCESS_LEVEL = 'PUBLIC')"
        )
        root.execute("INSERT INTO arena.news VALUES (1, 'for everyone')")
    for user, text in ((victim, CANARY), (attacker, OWN)):
        with server.connect(user) as connection:
            for ids in ((1, 2), (3, 4)):
                for number in ids:
                    connection.execute(
                        "INSERT INTO arena.notes VALUES (%s, %s, ARRAY[%s], %s)",
                        (number, f"{text} {number}", f"{text}-tag", number),
                    )
                    connection.execute(
                        "INSERT INTO arena.links VALUES (%s, %s, %s)",
                        (number, number, f"https://{text}/{number}"),
                    )
                if ids == (1, 2):  # Rows 1 and 2 are cold, 3 and 4 are hot.
                    flush(server)
    return Arena(server, schema, attacker, victim)


def flush(server: ServerProcess) -> None:
    with server.connect() as root:
        jobs = root.execute("FLUSH ALL TABLES IN arena").fetchall()
        for job_id, *_ in jobs:
            assert wait_for(root, job_id)["status"] != "failed"


@pytest.fixture
def mallory(arena: Arena) -> Iterator[Connection]:
    with arena.server.connect(arena.attacker) as connection:
        yield connection


READS = [
    "SELECT * FROM arena.notes",
    "SELECT body FROM arena.notes WHERE id = 1",
    "SELECT body FROM arena.notes WHERE id = 3",
    'SELECT n."body" FROM "arena"."notes" AS n',
    "SELECT * FROM (SELECT * FROM arena.notes) AS s",
    "SELECT * FROM (SELECT * FROM (SELECT body FROM arena.notes) a) b",
    "WITH notes AS (SELECT * FROM arena.notes) SELECT * FROM notes",
    "WITH x AS (SELECT 1), y AS (SELECT body FROM arena.notes) SELECT * FROM y",
    (
        "WITH RECURSIVE r(n, b) AS (SELECT id, body FROM arena.notes WHERE id = 1 UNION ALL"
        " SELECT t.id, t.body FROM arena.notes t, r WHERE t.id = r.n + 1) SELECT * FROM r"
    ),
    "SELECT * FROM arena.notes n, LATERAL (SELECT url FROM arena.links l WHERE l.note = n.id) x",
    "SELECT * FROM arena.notes n JOIN arena.links l ON l.note = n.id",
    "SELECT * FROM arena.notes n LEFT JOIN arena.links l ON true",
    "SELECT * FROM arena.notes NATURAL JOIN arena.links",
    "SELECT * FROM arena.notes JOIN arena.links USING (id)",
    "SELECT * FROM arena.news n FULL JOIN arena.notes m ON n.id = m.id",
    "SELECT body FROM arena.notes UNION SELECT url FROM arena.links",
    "SELECT body FROM arena.news UNION ALL SELECT body FROM arena.notes",
    "SELECT body FROM arena.notes INTERSECT SELECT body FROM arena.notes",
    "SELECT body FROM arena.news EXCEPT SELECT body FROM arena.notes",
    "SELECT (SELECT max(body) FROM arena.notes)",
    "SELECT ARRAY(SELECT body FROM arena.notes)",
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM arena.notes WHERE body LIKE 'canary%')",
    "SELECT 1 WHERE 'canary-7f3a 1' IN (SELECT body FROM arena.notes)",
    "SELECT 1 WHERE 'canary-7f3a 1' = ANY (SELECT body FROM arena.notes)",
    "SELECT string_agg(body, ',') FROM arena.notes",
    "SELECT array_agg(tags) FROM arena.notes",
    "SELECT unnest(tags) FROM arena.notes",
    "SELECT json_agg(n) FROM arena.notes n",
    "SELECT row_to_json(n) FROM arena.notes n",
    "SELECT n FROM arena.notes n",
    "SELECT (r).*, r::text, r IS NULL FROM arena.notes r",
    "SELECT array_agg(r), count(DISTINCT r) FROM arena.notes r",
    "SELECT r FROM arena.news m LEFT JOIN arena.notes r ON true",
    "SELECT (SELECT r FROM arena.notes r LIMIT 1)::text",
    "SELECT ROW(r.*, r) FROM arena.notes r",
    "SELECT (r)._user_id, (r)._seq FROM arena.notes r",
    "UPDATE arena.notes r SET n = n RETURNING r",
    "SELECT ROW(1, 'canary-7f3a', NULL, 1)::arena.notes IN (SELECT r FROM arena.notes r)",
    "SELECT first_value(body) OVER (ORDER BY id) FROM arena.notes",
    "SELECT DISTINCT ON (n) body FROM arena.notes ORDER BY n",
    "SELECT body FROM arena.notes ORDER BY (SELECT max(url) FROM arena.links)",
    "SELECT body FROM arena.notes GROUP BY body HAVING count(*) > 0",
    "SELECT CASE WHEN true THEN (SELECT min(body) FROM arena.notes) END",
    "TABLE arena.notes",
    "VALUES ((SELECT min(body) FROM arena.notes))",
    "SELECT body FROM arena.notes WHERE _deleted OR NOT _deleted",
    "SELECT _seq, _updated, body FROM arena.notes",
    "SELECT _user_id, body FROM arena.notes",
    "SELECT * FROM arena.notes WHERE _user_id = 'victim'",
    "SELECT * FROM arena.notes WHERE _user_id <> 'mallory' OR true",
    'SELECT * FROM arena.notes AS "_user_id"',
    "SELECT * FROM arena.notes AS t(_user_id, body, tags, n)",
    "SELECT * FROM arena.notes /* ) OR ( */ WHERE true -- OR 1=1",
    "SELECT * FROM arena.notes WHERE id = 1 OR '1' = '1'",
    "SELECT * FROM arena.notes FOR UPDATE",
    "SELECT * FROM arena.notes ORDER BY n LIMIT 9 FOR KEY SHARE SKIP LOCKED",
    "SELECT * FROM arena.notes n JOIN arena.links l ON l.note = n.id FOR SHARE OF n NOWAIT",
    "WITH x AS (SELECT * FROM arena.notes FOR UPDATE) SELECT * FROM x",
    "WITH x AS (UPDATE arena.notes SET n = n RETURNING *) SELECT * FROM x, arena.notes",
    "SELECT * FROM arena.notes WHERE id IN (SELECT id FROM arena.notes FOR NO KEY UPDATE)",
    "SELECT *, pg_try_advisory_lock(n) FROM arena.notes",
    "SELECT * FROM pg_locks",
    "EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM arena.notes",
    "SELECT * FROM arena.notes TABLESAMPLE BERNOULLI (100)",
    "SELECT count(*), min(body) FROM arena.notes WHERE id BETWEEN -9e18 AND 9e18",
    "EXPLAIN SELECT * FROM arena.notes",
    "EXPLAIN ANALYZE SELECT * FROM arena.notes",
    "SELECT * FROM arena.user.notes",
    "SELECT * FROM victim.notes",
]


@pytest.mark.parametrize("statement", READS)
def test_a_read_in_any_position_gives_own_rows_only(
    arena: Arena, mallory: Connection, statement: str
) -> None:
    arena.attack(mallory, statement)


def test_a_whole_row_has_the_declared_columns_alone(arena: Arena, mallory: Connection) -> None:
    rows = arena.attack(
        mallory, "SELECT r::text, row_to_json(r)::text FROM arena.notes r WHERE id IN (1, 3)"
    )
    assert sorted(rows) == [
        (
            f'({number},"{OWN} {number}",{{{OWN}-tag}},{number})',
            f'{{"id":{number},"body":"{OWN} {number}","tags":["{OWN}-tag"],"n":{number}}}',
        )
        for number in (1, 3)
    ]
    for hidden in ("_seq", "_updated", "_deleted", "_user_id"):
        with pytest.raises(psycopg.errors.UndefinedColumn):
            mallory.execute(f"SELECT (r).{hidden} FROM arena.notes r".encode())


def test_the_attacker_sees_all_of_their_own_rows(arena: Arena, mallory: Connection) -> None:
    rows = arena.attack(mallory, "SELECT id, body FROM arena.notes ORDER BY id")
    assert rows == [(number, f"{OWN} {number}") for number in (1, 2, 3, 4)]


FORBIDDEN = [
    "SELECT * FROM read_parquet('{root}/**/*.parquet')",
    "SELECT * FROM parquet_scan('{root}/**/*.parquet')",
    "SELECT * FROM parquet_metadata('{root}/**/*.parquet')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_csv_auto('/etc/passwd')",
    "SELECT * FROM read_text('{root}/**')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_json('{root}/**/manifest.json')",
    "SELECT * FROM glob('{root}/**')",
    "SELECT * FROM '{root}/arena/notes/victim/x.parquet'",
    'SELECT * FROM "{root}/arena/notes/victim/x.parquet"',
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('notes')",
    "SELECT getenv('HOME')",
    "SELECT * FROM duckdb_tables()",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM pragma_table_info('x')",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM duckdb_views",
    "COPY arena.notes TO '/tmp/kalampg-leak.csv'",
    "COPY (SELECT * FROM arena.notes) TO PROGRAM 'cat'",
    "COPY arena.notes FROM '/etc/passwd'",
    "ATTACH '/tmp/x.db' AS x",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "EXPORT DATABASE '/tmp/x'",
    "CREATE MACRO leak() AS TABLE SELECT 1",
    "CREATE TABLE arena.x AS SELECT * FROM read_parquet('{root}/**/*.parquet')",
    "CALL pragma_version()",
    "FORCE CHECKPOINT",
    "DETACH memory",
    "DESCRIBE SELECT * FROM read_parquet('{root}/**/*.parquet')",
    "SUMMARIZE arena.notes",
    "SELECT lo_import('/etc/passwd')",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT nextval('x'), * FROM __hot_0",
    "SELECT * FROM __scan_0",
    "SELECT $kalam_user",
    "SELECT * FROM information_schema.kalam_rows",
    "SET kalam.user_id = 'victim'",
    "SET kalam.scope = 'all'",
    "SET SESSION AUTHORIZATION victim",
    "SET ROLE victim",
    "EXECUTE AS USER 'victim' (SELECT * FROM arena.notes)",
    "EXECUTE AS USER 'victim' (DELETE FROM arena.notes)",
    "SELECT set_config('kalam.user_id', 'victim', false)",
    "SELECT set_config('kalam.scope', 'all', false)",
    "SELECT * FROM system.users",
    "SELECT * FROM system.segments",
    "ALTER USER 'victim' SET PASSWORD 'x'",
    "ALTER USER 'mallory' SET ROLE dba",
    "DROP TABLE arena.notes",
    "ALTER TABLE arena.notes DROP COLUMN body",
    "FLUSH TABLE arena.notes",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_a_way_around_the_tables_is_refused(
    arena: Arena, mallory: Connection, statement: str
) -> None:
    text = statement.replace("{root}", str(arena.server.data_dir / "storage"))
    with pytest.raises(psycopg.Error) as refusal:
        mallory.execute(text.encode())
    assert CANARY not in str(refusal.value)
    assert refusal.value.sqlstate not in (None, "XX000"), str(refusal.value)
    # And nothing of it has stayed.
    rows = arena.attack(mallory, "SELECT body FROM arena.notes ORDER BY id")
    assert rows == [(f"{OWN} {number}",) for number in (1, 2, 3, 4)]


WRITES = [
    "UPDATE arena.notes SET body = 'stolen' WHERE id = 1",
    "UPDATE arena.notes SET body = 'stolen'",
    "UPDATE arena.notes SET body = (SELECT max(body) FROM arena.notes) WHERE id = 3 RETURNING *",
    "UPDATE arena.notes SET body = l.url FROM arena.links l WHERE l.note = notes.id RETURNING *",
    "DELETE FROM arena.notes WHERE id IN (1, 3) RETURNING body",
    "DELETE FROM arena.notes USING arena.links l WHERE l.note = notes.id RETURNING *",
    "DELETE FROM arena.notes",
    "INSERT INTO arena.notes (id, body) VALUES (100, (SELECT min(body) FROM arena.notes))",
    "INSERT INTO arena.notes (id, body) SELECT id + 200, body FROM arena.notes RETURNING *",
    "INSERT INTO arena.notes (id, body, _user_id) VALUES (300, 'x', 'victim')",
    "INSERT INTO arena.links SELECT id + 400, id, body FROM arena.notes RETURNING *",
    "TRUNCATE arena.notes",
    "WITH gone AS (DELETE FROM arena.notes RETURNING *) SELECT * FROM gone",
    "WITH gone AS (DELETE FROM arena.notes RETURNING *) INSERT INTO arena.notes SELECT * FROM gone",
    "MERGE INTO arena.notes t USING arena.notes s ON true WHEN MATCHED THEN DELETE",
    (
        "MERGE INTO arena.notes t USING arena.links s ON t.id = s.note"
        " WHEN MATCHED THEN UPDATE SET body = s.url WHEN NOT MATCHED THEN DO NOTHING"
    ),
    "EXPLAIN ANALYZE DELETE FROM arena.notes",
]


@pytest.mark.parametrize("statement", WRITES)
def test_a_write_changes_own_rows_only(arena: Arena, statement: str) -> None:
    with arena.server.connect(arena.attacker, autocommit=False) as connection:
        arena.attack(connection, statement)
        arena.attack(connection, "SELECT * FROM arena.notes")
        connection.rollback()
    with arena.server.connect(arena.victim) as connection:
        notes = connection.execute("SELECT id, body FROM arena.notes ORDER BY id").fetchall()
        links = connection.execute("SELECT count(*) FROM arena.links").fetchone()
    assert notes == [(number, f"{CANARY} {number}") for number in (1, 2, 3, 4)]
    assert links == (4,)


def test_a_prepared_statement_follows_the_effective_user(arena: Arena) -> None:
    service = "butler"
    arena.server.create_role(service, "service")
    with arena.server.connect(service) as connection:
        query = "SELECT id, body FROM arena.notes WHERE id = %s"
        seen = []
        for user in (arena.attacker, arena.victim, arena.attacker, service):
            connection.execute(f"SET kalam.user_id = '{user}'".encode())
            row = connection.execute(query, (1,), prepare=True).fetchone()
            seen.append(None if row is None else row[1])
        assert seen == [f"{OWN} 1", f"{CANARY} 1", f"{OWN} 1", None]


def test_a_plan_cached_by_one_user_serves_another_with_their_own_rows(arena: Arena) -> None:
    for statement in (
        "SELECT body FROM arena.notes WHERE id = 1",
        "SELECT max(body) FROM arena.notes",
    ):
        for _ in range(2):
            for user, text in ((arena.victim, CANARY), (arena.attacker, OWN)):
                with arena.server.connect(user) as connection:
                    row = connection.execute(statement.encode()).fetchone()
                    assert row is not None
                    assert text in row[0]


@pytest.mark.parametrize("name", ["k_hot_0", "k_hot_1", "k_own_0", "k_rows_0", "k_marks_0_0"])
def test_a_with_query_cannot_take_the_place_of_a_scan(
    arena: Arena, mallory: Connection, name: str
) -> None:
    rows = arena.attack(
        mallory,
        f"WITH {name} (id, body, tags, n, _updated, _deleted, _seq, _user_id) AS"
        " (SELECT 0::bigint, 'fake', NULL::text[], 0, now(), false, 0::bigint, 'mallory'::text)"
        f" SELECT notes.id FROM arena.notes, {name} ORDER BY 1",
    )
    assert rows == [(1,), (2,), (3,), (4,)]


def test_search_path_and_shadowing_names_reach_no_other_rows(
    arena: Arena, mallory: Connection
) -> None:
    mallory.execute("SET search_path = arena, victim, pg_catalog")
    for statement in (
        "SELECT * FROM notes",
        "WITH news AS (SELECT * FROM notes) SELECT * FROM news",
        "SELECT * FROM notes news, news notes",
        'SELECT * FROM "NOTES"',
        "SELECT notes.* FROM notes, (SELECT * FROM links) AS notes2",
    ):
        arena.attack(mallory, statement)


_leaf = st.sampled_from(["arena.notes", "arena.links", "arena.news"])
_column = st.sampled_from(["id", "n", "body", "url", "note", "tags", "*", "_seq", "_deleted"])


def _select(source: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("SELECT {} FROM {} AS t".format, _column, source),
        st.builds("SELECT * FROM {} a, {} b".format, source, source),
        st.builds("SELECT * FROM {} a LEFT JOIN {} b ON a.id = b.id".format, source, source),
        st.builds("SELECT id FROM {} a UNION ALL SELECT id FROM {} b".format, source, source),
        st.builds("SELECT a.*, (SELECT count(*) FROM {} b) FROM {} a".format, source, source),
        st.builds("SELECT * FROM {} a WHERE EXISTS (SELECT 1 FROM {} b)".format, source, source),
        st.builds("WITH q AS (SELECT * FROM {} z) SELECT * FROM q, {} y".format, source, source),
        st.builds("SELECT max(body) OVER (), * FROM {} w".format, source),
        st.builds("SELECT * FROM {} a, LATERAL (SELECT a.id FROM {} b) l".format, source, source),
        st.builds("SELECT array_agg(a) FROM {} a".format, source),
    )


statements = _select(
    st.recursive(_leaf, lambda inner: _select(inner).map("({})".format), max_leaves=4)
)


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(statement=statements)
def test_no_generated_statement_finds_a_canary(
    arena: Arena, mallory: Connection, statement: str
) -> None:
    arena.attack(mallory, statement)
