"""COPY over the wire: every format both ways, through drivers and psql.

Goal: what PostgreSQL sends for a COPY is what kalampg sends, and what it says about wrong data is
said in the same words. Method: the same statements and data for both servers in one run; drivers'
own COPY functions; a session's rows counted after failures.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import psycopg
import pytest

from conformance.postgres import Postgres
from conformance.server_process import USER_PASSWORD, Connection, ServerProcess
from tests.fix_jobs import run_job
from tests.fix_server import Person

pytestmark = pytest.mark.slow
FreshName = Callable[[str], str]

COLUMNS = """
    (a int PRIMARY KEY, b text, c boolean, d numeric(6,2), e timestamptz, f varchar(3), g float8,
     h bytea, i int[], j jsonb NOT NULL DEFAULT '{}')
"""
ROWS = r"""
    (1, E'tab\there\nnl\\bs "q" , comma', 't', 1.5, '2020-01-01', 'abc', 1.5, '\x00ff', '{1,NULL}',
     '{}'),
    (2, '', NULL, NULL, NULL, NULL, 'Infinity', NULL, NULL, '{"a":1}'),
    (3, '\.', false, -12.25, '2021-02-03 04:05:06.789', ' x ', 1e20, '\x', NULL, '[1]')
"""


@pytest.fixture(scope="module")
def pair(server: ServerProcess, postgres: Postgres) -> Iterator[tuple[Connection, Connection]]:
    """The same table with the same rows in kalampg and in PostgreSQL."""
    with (
        server.connect(server.create_role("copier"), autocommit=True) as ours,
        psycopg.connect(postgres.dsn(), autocommit=True) as theirs,
    ):
        ours.execute(f"CREATE USER TABLE copied {COLUMNS}".encode())
        theirs.execute(f"CREATE TABLE copied {COLUMNS}".encode())
        for connection in (ours, theirs):
            connection.execute("SET timezone = 'UTC'")
            connection.execute(f"INSERT INTO copied VALUES {ROWS}".encode())
        yield ours, theirs


def report(error: psycopg.Error) -> tuple[str | None, ...]:
    diag = error.diag
    return (diag.sqlstate, diag.message_primary, diag.message_detail, diag.context)


def copied_out(connection: Connection, statement: str) -> object:
    """The messages of a COPY TO, or its error."""
    try:
        with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            return [bytes(each) for each in copy]
    except psycopg.Error as error:
        return report(error)


@contextmanager
def undone(connection: Connection) -> Iterator[None]:
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def copied_in(connection: Connection, statement: str, data: bytes) -> object:
    """Tag and rows of a COPY FROM into the emptied table, or its error."""
    with undone(connection):
        connection.execute("DELETE FROM copied")
        try:
            with connection.cursor() as cursor:
                with cursor.copy(statement.encode()) as copy:
                    copy.write(data)
                return cursor.statusmessage, connection.execute(
                    "SELECT * FROM copied ORDER BY a"
                ).fetchall()
        except psycopg.Error as error:
            return report(error)


@pytest.mark.parametrize(
    "options",
    [
        "", "CSV", "(FORMAT csv, HEADER)", "(FORMAT csv, FORCE_QUOTE *)", "BINARY", "(HEADER)",
        "(FORMAT csv, DELIMITER '|', QUOTE '''', ESCAPE '\\')", "(DELIMITER '|', NULL 'NULL')",
        "CSV QUOTE '~' FORCE QUOTE a, b", "(FORMAT csv, FORCE_QUOTE (nope))",
    ],
)  # fmt: skip
def test_copy_to_sends_postgresqls_bytes(pair: tuple[Connection, Connection], options: str) -> None:
    for source in (
        "copied", "copied (b, a)", "(SELECT a, b FROM copied WHERE a < 3 ORDER BY a)",
        "(VALUES (1, 'x', NULL::text))", "(SELECT 1 WHERE false)",
        "(SELECT b FROM copied ORDER BY a)",
    ):  # fmt: skip
        ours, theirs = (copied_out(each, f"COPY {source} TO STDOUT {options}") for each in pair)
        assert ours == theirs


@pytest.mark.parametrize(
    "statement",
    [
        "COPY nope TO STDOUT", "COPY copied (nope) TO STDOUT", "COPY copied (a, a) TO STDOUT",
        "COPY (SELECT x FROM copied) TO STDOUT", "COPY (DELETE FROM copied WHERE a = 99) TO STDOUT",
        "COPY (DELETE FROM copied WHERE a = 99 RETURNING a) TO STDOUT", "COPY copied TO",
        "COPY copied",
    ],
)  # fmt: skip
def test_copy_to_fails_as_in_postgresql(
    pair: tuple[Connection, Connection], statement: str
) -> None:
    ours, theirs = (copied_out(each, statement) for each in pair)
    assert ours == theirs


BINARY = b"PGCOPY\n\xff\r\n\0" + bytes(8)
DATA: list[tuple[str, bytes]] = [
    ("(a, b)", b"1\tx\n2\t\\N\n3\t\\\\a\\tb\\nc\\x41\\101\\q\n"),
    ("(a, b)", b"1\tx\n2\ty\tz\n"),
    ("(a, b)", b"1\tx\n2\n"),
    ("(a, b)", b"1\tx\nabc\tq\n"),
    ("(a, b)", b"1\tx\n1\ty\n"),
    ("(a, b)", b"1\tx\n\n"),
    ("(a, b, j)", b"1\tx\t\\N\n"),
    ("(a, f)", b"1\tabcd\n"),
    ("(a, b)", b"1\tx\n\\.\ngarbage"),
    ("(a, b)", b"1\tx\\\ny\n2\tz"),
    ("(a, b)", b"1\tx\r\n2\ty\r\n"),
    ("(a, b)", b"1\tx\n2\ty\r\n"),
    ("(a, b)", b"1\t\xff\n"),
    ("(a, b)", b"q\t" + b"x" * 300 + b"\n"),
    ("(a, b)", b"1\tab\\"),
    ("(a, d, e, i)", b"1\t1.555\t2020-01-01 10:00\t{1,2}\n2\t99999\t\\N\t\\N\n"),
    ("(nope)", b""),
    ("(a, a)", b""),
    ("", b""),
]
CSV_DATA: list[tuple[str, bytes]] = [
    ("CSV", b'1,"x""y, z\nq"\n2,\n3,""\n4,ab"c,d"e\n'),
    ("CSV", b'1,x\n2,"y\n'),
    ("CSV", b"1,x\ry\n2,z\n"),
    ("CSV", b"1,x\n\\.\n3,q\n"),
    ("(FORMAT csv, HEADER)", b"q,r\n1,x\n"),
    ("(FORMAT csv, HEADER MATCH)", b"a,b\n1,x\n"),
    ("(FORMAT csv, HEADER MATCH)", b"a,c\n1,x\n"),
    ("(FORMAT csv, FORCE_NULL (b))", b'1,""\n'),
    ("(FORMAT csv, FORCE_NOT_NULL (b))", b"1,\n"),
    ("(FORMAT csv, FORCE_NULL (c))", b""),
    ("(FORMAT csv, NULL 'X')", b'1,X\n2,"X"\n'),
    ("(FORMAT csv, ESCAPE '\\')", b'1,"a\\"b\\\\c\\d"\n'),
    ("(DELIMITER '|', NULL '')", b"1|\n2|a\\|b\n"),
    ("BINARY", BINARY + b"\0\2\0\0\0\4\0\0\0\7\0\0\0\2hi\xff\xff"),
    ("BINARY", BINARY + b"\0\1\0\0\0\4\0\0\0\7\xff\xff"),
    ("BINARY", b"nonsense"),
]


@pytest.mark.parametrize(("columns", "data"), DATA)
def test_copy_from_reads_text_as_postgresql(
    pair: tuple[Connection, Connection], columns: str, data: bytes
) -> None:
    ours, theirs = (copied_in(each, f"COPY copied {columns} FROM STDIN", data) for each in pair)
    assert ours == theirs


@pytest.mark.parametrize(("options", "data"), CSV_DATA)
def test_copy_from_reads_csv_and_binary_as_postgresql(
    pair: tuple[Connection, Connection], options: str, data: bytes
) -> None:
    ours, theirs = (
        copied_in(each, f"COPY copied (a, b) FROM STDIN {options}", data) for each in pair
    )
    assert ours == theirs


@pytest.mark.parametrize("options", ["", "CSV", "BINARY"])
def test_what_is_copied_out_can_be_copied_in(
    pair: tuple[Connection, Connection], options: str
) -> None:
    ours, _ = pair
    out = copied_out(ours, f"COPY copied TO STDOUT {options}")
    assert isinstance(out, list)
    rows = ours.execute("SELECT * FROM copied ORDER BY a").fetchall()
    assert copied_in(ours, f"COPY copied FROM STDIN {options}", b"".join(out)) == ("COPY 3", rows)


# Rows, defaults and transactions


@pytest.fixture
def notes(alice: Person, fresh_name: FreshName) -> str:
    name = fresh_name("notes")
    with alice.connect(autocommit=True) as connection:
        connection.execute(
            f"CREATE USER TABLE {name} (id int PRIMARY KEY, body text DEFAULT 'none')".encode()
        )
    return name


def count_of(person: Person, table: str) -> int:
    with person.connect() as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def load(connection: Any, table: str, rows: list[tuple[Any, ...]], columns: str = "") -> str:
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {table} {columns} FROM STDIN".encode()) as copy:
            for row in rows:
                copy.write_row(row)
        return str(cursor.statusmessage)


def test_defaults_fill_other_columns(alice: Person, notes: str) -> None:
    with alice.connect() as connection:
        assert load(connection, notes, [(1,), (2,)], "(id)") == "COPY 2"
        rows = connection.execute(f"SELECT * FROM {notes} ORDER BY id".encode()).fetchall()
    assert rows == [(1, "none"), (2, "none")]


def test_all_or_nothing(alice: Person, notes: str) -> None:
    many = [(number, "x") for number in range(5000)]
    with alice.connect(autocommit=True) as connection:
        with pytest.raises(psycopg.errors.UniqueViolation) as caught:
            load(connection, notes, [*many, (7, "again")])
        assert caught.value.diag.context == f"COPY {notes}, line 5001"
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert count_of(alice, notes) == 0
        assert load(connection, notes, many) == "COPY 5000"
    assert count_of(alice, notes) == 5000


def test_a_client_may_give_up(alice: Person, notes: str) -> None:
    with alice.connect(autocommit=True) as connection:
        with (
            pytest.raises(ZeroDivisionError),
            connection.cursor() as cursor,
            cursor.copy(f"COPY {notes} FROM STDIN".encode()) as copy,
        ):
            copy.write_row((1, "x"))
            raise ZeroDivisionError
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert count_of(alice, notes) == 0


def test_copy_is_part_of_its_transaction(alice: Person, notes: str) -> None:
    with alice.connect() as connection:
        connection.execute("BEGIN")
        load(connection, notes, [(1, "x")])
        connection.execute("SAVEPOINT s")
        with pytest.raises(psycopg.errors.UniqueViolation):
            load(connection, notes, [(2, "y"), (1, "z")])
        connection.execute("ROLLBACK TO s")
        assert load(connection, notes, [(3, "q")]) == "COPY 1"
        assert count_of(alice, notes) == 0
        connection.execute("COMMIT")
    assert count_of(alice, notes) == 2


def test_statements_around_it_in_one_query_are_one_transaction(alice: Person, notes: str) -> None:
    with alice.connect(autocommit=True) as connection:
        pgconn = connection.pgconn
        pgconn.send_query(
            f"INSERT INTO {notes} VALUES (1); COPY {notes} FROM STDIN; SELECT 1/0".encode()
        )
        assert pgconn.get_result().status == psycopg.pq.ExecStatus.COMMAND_OK  # type: ignore[union-attr]
        assert pgconn.get_result().status == psycopg.pq.ExecStatus.COPY_IN  # type: ignore[union-attr]
        pgconn.put_copy_data(b"2\tx\n")
        pgconn.put_copy_end()
        assert pgconn.get_result().command_tuples == 1  # type: ignore[union-attr]
        assert pgconn.get_result().status == psycopg.pq.ExecStatus.FATAL_ERROR  # type: ignore[union-attr]
        assert pgconn.get_result() is None
    assert count_of(alice, notes) == 0


def test_the_extended_protocol_copies_too(alice: Person, notes: str) -> None:
    with alice.connect(autocommit=True) as connection:
        pgconn = connection.pgconn
        pgconn.send_query_params(f"COPY {notes} FROM STDIN".encode(), [])
        assert pgconn.get_result().status == psycopg.pq.ExecStatus.COPY_IN  # type: ignore[union-attr]
        pgconn.put_copy_data(b"1\tx\n")
        pgconn.put_copy_end()
        assert pgconn.get_result().command_status == b"COPY 1"  # type: ignore[union-attr]
        assert pgconn.get_result() is None
        with (
            connection.cursor() as cursor,
            cursor.copy(
                f"COPY (SELECT * FROM {notes} WHERE id = %s) TO STDOUT".encode(), [1]
            ) as out,
        ):
            assert [bytes(each) for each in out] == [b"1\tx\n"]
        pgconn.send_query_params(f"COPY {notes} FROM STDIN".encode(), [])
        assert pgconn.get_result().status == psycopg.pq.ExecStatus.COPY_IN  # type: ignore[union-attr]
        pgconn.put_copy_data(b"1\tx\n")
        pgconn.put_copy_end()
        assert pgconn.get_result().error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"23505"  # type: ignore[union-attr]
        assert pgconn.get_result() is None
        assert connection.execute("SELECT 2").fetchone() == (2,)


def test_users_copy_their_own_rows(alice: Person, bob: Person, notes: str) -> None:
    with alice.connect(autocommit=True) as connection:
        load(connection, notes, [(1, "alice's")])
    with bob.connect(autocommit=True) as connection:
        assert load(connection, notes, [(1, "bob's")]) == "COPY 1"
        assert copied_out(connection, f"COPY {notes} TO STDOUT") == [b"1\tbob's\n"]


def test_nothing_is_copied_into_a_read_only_transaction(alice: Person, notes: str) -> None:
    with alice.connect(autocommit=True) as connection:
        connection.execute("BEGIN READ ONLY")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction, match="cannot execute COPY FROM"):
            load(connection, notes, [(1, "x")])
        connection.execute("ROLLBACK")


# Clients


def test_psycopg_copies_typed_rows_in_binary(alice: Person, notes: str) -> None:
    with alice.connect() as connection, connection.cursor() as cursor:
        with cursor.copy(f"COPY {notes} FROM STDIN BINARY".encode()) as copy:
            copy.set_types(["int4", "text"])
            for number in range(1000):
                copy.write_row((number, f"note {number}"))
        statement = f"COPY (SELECT * FROM {notes} ORDER BY id) TO STDOUT BINARY"
        with cursor.copy(statement.encode()) as copy:
            copy.set_types(["int4", "text"])
            rows = list(copy.rows())
    assert rows == [(number, f"note {number}") for number in range(1000)]


@pytest.mark.asyncio
async def test_asyncpg_copies_records(server: ServerProcess, alice: Person, notes: str) -> None:
    connection = await asyncpg.connect(
        host="127.0.0.1", port=server.port, user=alice.name, password=USER_PASSWORD,
        database="kalam",
    )  # fmt: skip
    try:
        records = [(number, None) for number in range(2000)]
        assert await connection.copy_records_to_table(notes, records=records) == "COPY 2000"
    finally:
        await connection.close()


def test_psql_copies_files(
    server: ServerProcess, alice: Person, notes: str, psql: str, tmp_path: Path
) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text('id,body\n1,"one, two"\n2,\n')
    commands = [
        f"\\copy {notes} from '{source}' csv header",
        f"\\copy (select * from {notes} order by id desc) to '{target}' with (format csv)",
    ]
    done = subprocess.run(
        [psql, "-X", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(server.port),
         "-U", alice.name, "-d", "kalam", *(part for each in commands for part in ("-c", each))],
        env={**os.environ, "PGPASSWORD": USER_PASSWORD},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("COPY 2\nCOPY 2\n", "")
    assert target.read_text() == '2,\n1,"one, two"\n'


def test_a_copy_that_is_refused_lets_go_of_its_rows(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    """An open result holds a snapshot, and a snapshot keeps the files of dropped tables."""
    table = fresh_name("let_go")
    with server.connect() as root:
        for statement in (
            f"CREATE TABLE {table} (a int PRIMARY KEY)",
            f"INSERT INTO {table} VALUES (1)",
        ):
            root.execute(statement.encode())
        refused = f"COPY (SELECT a FROM {table}) TO STDOUT CSV FORCE QUOTE nope".encode()
        with (
            pytest.raises(psycopg.errors.UndefinedColumn),
            root.cursor() as cursor,
            cursor.copy(refused) as copy,
        ):
            list(copy)
        folder = server.data_dir / "storage" / "public" / table
        run_job(root, f"FLUSH TABLE {table}")
        assert list(folder.glob("*.parquet"))
        root.execute(f"DROP TABLE {table}".encode())
        assert any(is_gone(root, folder) for _ in range(10_000))


def is_gone(connection: Connection, folder: Path) -> bool:
    """Whether the segments are deleted; asking keeps the server's loop turning."""
    connection.execute("SELECT 1")
    return not list(folder.glob("*.parquet"))
