"""Writers of the same rows at the same time.

Goal: in READ COMMITTED nobody's change is lost and nobody is refused, however busy a row is.
Method: over the wire; many clients change one row by its key while others change it by a query,
and the row counts them all.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event

import psycopg
import pytest

from conformance.server_process import ServerProcess

_BY_QUERY = 4


def test_updates_by_query_get_through_to_a_busy_row(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    table = fresh_name("busy")
    done = Event()

    def by_key() -> int:
        count = 0
        with server.connect() as connection:
            connection.execute("SET synchronous_commit = off")
            while not done.is_set():
                connection.execute(f"UPDATE {table} SET n = n + 1 WHERE id = 1".encode())
                count += 1
        return count

    def by_query() -> int:
        with server.connect() as connection:
            for _ in range(_BY_QUERY):
                connection.execute(f"UPDATE {table} SET n = n + 1 WHERE id + 0 = 1".encode())
        return _BY_QUERY

    with server.connect() as root:
        root.execute(f"CREATE TABLE {table} (id int PRIMARY KEY, n int)".encode())
        root.execute(f"INSERT INTO {table} VALUES (1, 0)".encode())
        with ThreadPoolExecutor(8) as threads:
            busy = [threads.submit(by_key) for _ in range(6)]
            try:
                total = sum(task.result() for task in [threads.submit(by_query) for _ in range(2)])
            finally:
                done.set()
            total += sum(task.result() for task in busy)
        assert root.execute(f"SELECT n FROM {table} WHERE id = 1".encode()).fetchone() == (total,)


def test_others_are_served_while_many_rows_are_written(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    table = fresh_name("wide")
    with server.connect() as root, server.connect() as other, ThreadPoolExecutor(1) as thread:
        root.execute(f"CREATE TABLE {table} (id int PRIMARY KEY, n int)".encode())
        for statement in (
            f"INSERT INTO {table} SELECT g, 0 FROM generate_series(1, 60000) g",
            f"UPDATE {table} SET n = n + 1 WHERE n = 0",
            f"DELETE FROM {table} WHERE n = 1",
        ):
            writing = thread.submit(root.execute, statement.encode())
            answers = 0
            while not writing.done():
                other.execute("SELECT 1")
                answers += 1
            assert writing.result().rowcount == 60000
            assert answers > 60, "a turn for at least every thousandth row"
        assert root.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() == (0,)


def test_a_join_that_finds_a_row_often_changes_it_once(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    table = fresh_name("often")
    with server.connect() as root:
        root.execute(f"CREATE TABLE {table} (id int PRIMARY KEY, n int)".encode())
        root.execute(f"INSERT INTO {table} SELECT g, 0 FROM generate_series(1, 300) g".encode())
        changed = root.execute(
            f"UPDATE {table} SET n = n + 1 FROM generate_series(1, 9) AS s(x)".encode()
        )
        assert changed.rowcount == 300
        sums = root.execute(f"SELECT sum(n), max(n) FROM {table}".encode()).fetchone()
        assert sums == (300, 1)


def test_set_not_null_waits_for_writers_and_finds_their_rows(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    table = fresh_name("strict")
    with (
        server.connect() as root,
        server.connect(autocommit=False) as writer,
        ThreadPoolExecutor(1) as thread,
    ):
        root.execute(f"CREATE TABLE {table} (id int PRIMARY KEY, n int)".encode())
        writer.execute(f"INSERT INTO {table} VALUES (1, NULL)".encode())
        alter = f"ALTER TABLE {table} ALTER COLUMN n SET NOT NULL"
        waiting = thread.submit(root.execute, alter.encode())
        wait([waiting], timeout=0.3)
        writer.commit()
        with pytest.raises(psycopg.errors.NotNullViolation, match="contains null values"):
            waiting.result()
        assert root.execute(f"SELECT * FROM {table}".encode()).fetchall() == [(1, None)]


def test_an_insert_that_waited_for_the_drop_of_its_table_is_refused(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    table = fresh_name("gone")
    with (
        server.connect() as root,
        server.connect(autocommit=False) as dropper,
        server.connect() as writer,
        ThreadPoolExecutor(1) as thread,
    ):
        root.execute(f"CREATE TABLE {table} (id int PRIMARY KEY)".encode())
        dropper.execute(f"INSERT INTO {table} VALUES (1)".encode())
        dropper.execute(f"DROP TABLE {table}".encode())
        waiting = thread.submit(writer.execute, f"INSERT INTO {table} VALUES (1)".encode())
        wait([waiting], timeout=0.3)
        dropper.commit()
        with pytest.raises(psycopg.errors.UndefinedTable):
            waiting.result()
