"""The two servers of a benchmark, loaded with the same tables by the same statements."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

ACCOUNTS = 100_000
EVENTS = 500_000
COPIED = 500_000
_ROWS_PER_INSERT = 1_000
_EVENTS_PER_INSERT = 50_000
_FLUSH_POLLS_MAX = 600

_TABLES = (
    "CREATE TABLE accounts (aid int PRIMARY KEY, abalance int NOT NULL, filler text)",
    "CREATE TABLE log (id bigint PRIMARY KEY, body text NOT NULL)",
    """
    CREATE TABLE events (
        id bigint PRIMARY KEY,
        kind int NOT NULL,
        amount double precision NOT NULL,
        name text NOT NULL,
        happened_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE loaded (
        id bigint PRIMARY KEY,
        kind int NOT NULL,
        amount double precision NOT NULL,
        name text NOT NULL,
        happened_at timestamptz NOT NULL
    )
    """,
)
_INSERT_EVENTS = (
    "INSERT INTO events (id, kind, amount, name, happened_at)"
    " SELECT g, (g % 7)::int, g / 8.0::double precision, 'event number ' || g,"
    " timestamptz '2025-01-01 00:00:00+00' + g * interval '1 second'"
    " FROM generate_series({first}, {last}) AS s(g)"
)


@dataclass(frozen=True, slots=True)
class Side:
    """One server as the measurements see it; ``is_kalampg`` adds KalamDB's statements."""

    name: str
    port: int
    user: str
    password: str
    database: str
    is_kalampg: bool

    def dsn(self) -> str:
        # One side has TLS by default and the other has not, so both go without.
        return psycopg.conninfo.make_conninfo(
            host="127.0.0.1",
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=self.database,
            sslmode="disable",
        )


def load(side: Side) -> None:
    """Make and fill the tables; on kalampg they are user tables, and events are flushed."""
    with psycopg.connect(side.dsn(), autocommit=True) as connection:
        if side.is_kalampg:
            connection.execute("SET kalam.default_table_type = 'user'")
        for statement in _TABLES:
            connection.execute(statement.encode())
        for first in range(1, ACCOUNTS + 1, _ROWS_PER_INSERT):
            rows = ", ".join(f"({n}, {n * 3}, 'f')" for n in range(first, first + _ROWS_PER_INSERT))
            connection.execute(
                f"INSERT INTO accounts (aid, abalance, filler) VALUES {rows}".encode()
            )
        for first in range(1, EVENTS + 1, _EVENTS_PER_INSERT):
            connection.execute(
                sql.SQL(_INSERT_EVENTS).format(first=first, last=first + _EVENTS_PER_INSERT - 1)
            )
        if side.is_kalampg:
            _flush(connection, "public.events")


def _flush(connection: psycopg.Connection[Any], table: str) -> None:
    """Bring a table to the state that a running server keeps old rows in."""
    started = connection.execute(sql.SQL("FLUSH TABLE ") + sql.SQL(table)).fetchone()
    assert started is not None
    for _ in range(_FLUSH_POLLS_MAX):
        time.sleep(0.1)
        query = "SELECT status FROM system.jobs WHERE job_id = %s"
        status = connection.execute(query, [started[0]]).fetchone()
        if status == ("completed",):
            return
        assert status != ("failed",), f"flush of {table} failed"
    raise AssertionError(f"flush of {table} does not end")
