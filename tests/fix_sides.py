"""kalampg and PostgreSQL 15 as two sides that must behave alike.

``connect`` runs a test once on each side; ``both_sides`` gives both to one test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
import pytest

from conformance.postgres import Postgres
from conformance.server_process import Connection, ServerProcess
from tests.fix_jobs import run_job

Connect = Callable[..., Any]

# Longer than any statement takes that does not wait for a lock.
_PATIENCE_S = 0.15


@pytest.fixture(params=["kalampg", "postgresql"])
def connect(request: pytest.FixtureRequest) -> Connect:
    """Connects to one side; the test runs on both."""
    if request.param == "kalampg":
        server: ServerProcess = request.getfixturevalue("server")
        return server.connect
    return connect_to(request.getfixturevalue("postgres"))


@pytest.fixture
def both_sides(server: ServerProcess, postgres: Postgres) -> tuple[Connect, Connect]:
    return server.connect, connect_to(postgres)


def connect_to(postgres: Postgres) -> Connect:
    """Connects to PostgreSQL, in autocommit mode."""
    return partial(psycopg.connect, postgres.dsn(), autocommit=True)


@contextmanager
def numbers(connect: Connect, name: str, *, flush: bool = False) -> Iterator[Connection]:
    """A table of ids 1 to 5 with ``v`` 0, for the time of the block."""
    with connect() as root:
        root.execute(f"DROP TABLE IF EXISTS {name}")
        root.execute(f"CREATE TABLE {name} (id int PRIMARY KEY, v int)")
        root.execute(f"INSERT INTO {name} SELECT g, 0 FROM generate_series(1, 5) g")
        if flush:
            run_job(root, f"FLUSH TABLE {name}")
        yield root
        root.execute(f"DROP TABLE {name}")


def outcome(connection: Connection, sql: str) -> Any:
    """The rows, or how many were changed, or SQLSTATE and message."""
    try:
        cursor = connection.execute(sql.encode())
    except psycopg.Error as error:
        return error.sqlstate, error.diag.message_primary
    return cursor.fetchall() if cursor.description else cursor.rowcount


def is_waiting(task: Future[Any]) -> bool:
    """Whether a statement that runs in a thread waits for a lock."""
    return bool(wait([task], timeout=_PATIENCE_S).not_done)
