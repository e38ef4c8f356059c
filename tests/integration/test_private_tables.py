"""A table that a role may not read is refused wherever a statement names it.

Each statement reads ``secrets`` from another position of the grammar: a position whose tables
nobody asks about would be a way around all privileges.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from conformance.server_process import Connection, ServerProcess

SECRET = "canary-91c2"
SUBQUERY = "(SELECT min(word) FROM {schema}.secrets)"


@pytest.fixture(scope="module")
def schema(server: ServerProcess) -> str:
    name = "private_tables"
    server.create_role("prying")
    with server.connect() as root:
        for statement in (
            f"CREATE NAMESPACE {name}",
            f"CREATE SHARED TABLE {name}.secrets (id int PRIMARY KEY, word text)",
            f"INSERT INTO {name}.secrets VALUES (1, '{SECRET}')",
            f"CREATE USER TABLE {name}.notes (id int PRIMARY KEY, body text, tags text[])",
            f"CREATE VIEW {name}.shown AS SELECT word FROM {name}.secrets",
        ):
            root.execute(statement.encode())
    return name


@pytest.fixture
def prying(server: ServerProcess, schema: str) -> Iterator[Connection]:
    """Somebody's connection with one row, whose changes are not kept."""
    with server.connect("prying", autocommit=False) as connection:
        connection.execute(f"INSERT INTO {schema}.notes VALUES (1, 'own', '{{a}}')".encode())
        connection.execute("SAVEPOINT before")
        yield connection
        connection.rollback()


STATEMENTS = [
    "SELECT word FROM {schema}.secrets",
    "TABLE {schema}.secrets",
    "SELECT word FROM {schema}.shown",
    "SELECT {secret}",
    "SELECT 1 WHERE {secret} IS NOT NULL",
    "SELECT 1 FROM {schema}.notes WHERE id = 1 AND body < {secret}",
    "SELECT 1 FROM {schema}.notes GROUP BY {secret}",
    "SELECT count(*) FROM {schema}.notes HAVING {secret} > ''",
    "SELECT id FROM {schema}.notes ORDER BY {secret}",
    "SELECT id FROM {schema}.notes LIMIT length({secret})",
    "SELECT id FROM {schema}.notes OFFSET length({secret})",
    "SELECT ARRAY(SELECT word FROM {schema}.secrets)",
    "SELECT EXISTS (SELECT FROM {schema}.secrets)",
    "SELECT 'x' = ANY (SELECT word FROM {schema}.secrets)",
    "SELECT CASE WHEN true THEN {secret} END",
    "SELECT coalesce({secret}, '')",
    "SELECT string_agg({secret}, ',') FROM {schema}.notes",
    "SELECT lag({secret}) OVER (ORDER BY id) FROM {schema}.notes",
    "SELECT count(*) FILTER (WHERE {secret} > '') FROM {schema}.notes",
    "SELECT * FROM {schema}.notes n JOIN {schema}.secrets s ON s.id = n.id",
    "SELECT * FROM {schema}.notes n JOIN {schema}.notes m ON n.body = {secret}",
    "SELECT * FROM {schema}.notes, LATERAL (SELECT word FROM {schema}.secrets) s",
    "SELECT * FROM unnest(ARRAY[{secret}])",
    "SELECT * FROM generate_series(1, length({secret}))",
    "VALUES ({secret})",
    "SELECT '' UNION SELECT word FROM {schema}.secrets",
    "WITH s AS (SELECT word FROM {schema}.secrets) SELECT * FROM s",
    "WITH s AS (DELETE FROM {schema}.notes RETURNING {secret}) SELECT * FROM s",
    "WITH RECURSIVE s AS (SELECT {secret} AS w UNION ALL SELECT w FROM s WHERE false) TABLE s",
    "SELECT word FROM {schema}.secrets FOR UPDATE",
    "SELECT id FROM {schema}.notes WHERE body = {secret} FOR UPDATE",
    "INSERT INTO {schema}.notes VALUES (2, {secret})",
    "INSERT INTO {schema}.notes VALUES (2, 'x'), (3, {secret})",
    "INSERT INTO {schema}.notes SELECT id + 1, word FROM {schema}.secrets",
    "INSERT INTO {schema}.notes VALUES (2) RETURNING {secret}",
    "INSERT INTO {schema}.notes VALUES (2) RETURNING upper({secret}) || body",
    "INSERT INTO {schema}.notes VALUES (1) ON CONFLICT (id) DO UPDATE SET body = {secret}",
    "INSERT INTO {schema}.notes VALUES (1) ON CONFLICT (id) DO UPDATE SET id=9 WHERE {secret}=''",
    "INSERT INTO {schema}.notes VALUES (1) ON CONFLICT DO NOTHING RETURNING {secret}",
    "UPDATE {schema}.notes SET body = {secret}",
    "UPDATE {schema}.notes SET body = {secret} WHERE id = 1",
    "UPDATE {schema}.notes SET (id, body) = (SELECT id, word FROM {schema}.secrets)",
    "UPDATE {schema}.notes SET tags[1] = {secret} WHERE id = 1",
    "UPDATE {schema}.notes SET tags[length({secret})] = 'x' WHERE id = 1",
    "UPDATE {schema}.notes n SET body = s.word FROM {schema}.secrets s",
    "UPDATE {schema}.notes SET body = 'x' WHERE id = 1 RETURNING {secret}",
    "UPDATE {schema}.notes SET body = 'x' WHERE id = 1 AND {secret} > ''",
    "DELETE FROM {schema}.notes WHERE id = 1 RETURNING {secret}",
    "DELETE FROM {schema}.notes WHERE body < {secret}",
    "DELETE FROM {schema}.notes n USING {schema}.secrets s WHERE s.id = n.id",
    "UNDELETE FROM {schema}.notes WHERE body < {secret}",
    "MERGE INTO {schema}.notes n USING {schema}.secrets s ON s.id = n.id WHEN MATCHED THEN DELETE",
    (
        "MERGE INTO {schema}.notes n USING (SELECT 1 AS id) s ON n.body = {secret}"
        " WHEN MATCHED THEN DELETE"
    ),
    (
        "MERGE INTO {schema}.notes n USING (SELECT 1 AS id) s ON s.id = n.id"
        " WHEN MATCHED AND {secret} > '' THEN DELETE"
    ),
    (
        "MERGE INTO {schema}.notes n USING (SELECT 1 AS id) s ON s.id = n.id"
        " WHEN MATCHED THEN UPDATE SET body = {secret}"
    ),
    (
        "MERGE INTO {schema}.notes n USING (SELECT 2 AS id) s ON s.id = n.id"
        " WHEN NOT MATCHED THEN INSERT (id, body) VALUES (2, {secret})"
    ),
    "CREATE TEMP TABLE t AS SELECT word FROM {schema}.secrets",
    "SELECT word INTO TEMP t FROM {schema}.secrets",
    "CREATE USER TABLE {schema}.t AS SELECT word FROM {schema}.secrets",
    "CREATE TEMP TABLE t (id int PRIMARY KEY, r int REFERENCES {schema}.secrets)",
    "EXPLAIN ANALYZE SELECT word FROM {schema}.secrets",
    "EXPLAIN ANALYZE INSERT INTO {schema}.notes VALUES (2) RETURNING {secret}",
    "EXECUTE AS USER 'prying' (SELECT word FROM {schema}.secrets)",
    "INSERT INTO {schema}.secrets VALUES (2, 'x')",
    "UPDATE {schema}.secrets SET word = 'x'",
    "DELETE FROM {schema}.secrets",
    "MERGE INTO {schema}.secrets s USING (VALUES (1)) n(i) ON i = id WHEN MATCHED THEN DELETE",
    "TRUNCATE {schema}.secrets",
    "INSERT INTO {schema}.shown VALUES ('x') RETURNING word",
    "UPDATE {schema}.shown SET word = 'x' RETURNING word",
    "DELETE FROM {schema}.shown RETURNING word",
    "UPDATE {schema}.notes SET body = 'x' FROM {schema}.shown",
    "SELECT s FROM {schema}.secrets s",
    "SELECT (s).word FROM {schema}.shown s",
    "SELECT ROW({secret})",
    "SELECT * FROM ROWS FROM (unnest(ARRAY[{secret}]), generate_series(1, 2)) AS r(a, b)",
]
# What is not supported cannot give anything away either.
REFUSALS = {"42501", "0A000"}


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_that_reads_it_is_refused(
    prying: Connection, schema: str, statement: str
) -> None:
    text = statement.format(schema=schema, secret=SUBQUERY.format(schema=schema))
    with pytest.raises(psycopg.Error) as refusal:
        prying.execute(text.encode())
    assert refusal.value.sqlstate in REFUSALS, str(refusal.value)
    assert SECRET not in str(refusal.value)


@pytest.mark.parametrize(
    "use",
    [
        "DECLARE c CURSOR FOR SELECT word FROM {schema}.secrets",
        "PREPARE p AS SELECT word FROM {schema}.secrets",
        "CREATE TEMP VIEW v AS SELECT word FROM {schema}.secrets",
    ],
)
def test_it_is_refused_when_it_is_read_later(prying: Connection, schema: str, use: str) -> None:
    read = {"DECLARE": "FETCH c", "PREPARE": "EXECUTE p", "CREATE": "SELECT * FROM v"}
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        prying.execute(use.format(schema=schema).encode())
        prying.execute(read[use.split(maxsplit=1)[0]].encode())


@pytest.mark.parametrize(
    "command",
    ["COPY {schema}.secrets TO STDOUT", "COPY (SELECT word FROM {schema}.secrets) TO STDOUT"],
)
def test_it_is_not_copied(prying: Connection, schema: str, command: str) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        prying.cursor().copy(command.format(schema=schema).encode()) as copy,
    ):
        copy.read()
