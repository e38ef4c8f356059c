"""Goal: time-outs end the same statements and sessions as in PostgreSQL, with its words.

Method: the same sessions on both servers; SQLSTATE, severity, message and the block's state are
compared, but not which tuple was waited for.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
import pytest

from tests.fix_sides import Connect, numbers

_SECONDS_MAX = 5.0


def _answer(connection: psycopg.Connection[Any], statement: str) -> tuple[Any, ...]:
    try:
        cursor = connection.execute(statement.encode())
    except psycopg.Error as error:
        said = error.diag
        answer = (error.sqlstate, said.severity, said.message_primary)
    else:
        answer = (cursor.statusmessage, None, None)
    return (*answer, connection.info.transaction_status)


def test_statements_end_in_time(
    both_sides: tuple[Connect, Connect], fresh_name: Callable[[str], str]
) -> None:
    answers = []
    name = fresh_name("timeouts")
    update = f"UPDATE {name} SET v = 6 WHERE id = 1"
    script = [
        "SET statement_timeout = 200",
        "SELECT pg_sleep(5)", "SELECT pg_sleep(0.11); SELECT pg_sleep(0.11); SELECT 3",
        "BEGIN", "SELECT pg_sleep(5)", "SELECT 1", "ROLLBACK",
        update, f"SELECT * FROM {name} WHERE id = 1 FOR UPDATE", f"DELETE FROM {name}",
        "SET lock_timeout = 40", update, f"SELECT * FROM {name} FOR SHARE",
        "BEGIN", "SAVEPOINT s", update, "SELECT 1", "ROLLBACK TO s", "COMMIT",
        "SET statement_timeout = 0", update,
        f"INSERT INTO {name} VALUES (1, 3) ON CONFLICT (id) DO UPDATE SET v = 9",
        f"SELECT * FROM {name} WHERE id = 1 FOR UPDATE NOWAIT",
        "SELECT pg_advisory_lock(7)", "SELECT pg_try_advisory_lock(7)",
        "BEGIN; SET LOCAL statement_timeout = 20; SELECT pg_sleep(5)", "ROLLBACK",
        "SHOW statement_timeout",
    ]  # fmt: skip
    for connect in both_sides:
        with numbers(connect, name), connect() as first, connect() as second:
            first.execute("SELECT pg_advisory_lock(7)")
            first.execute("BEGIN")
            first.execute(f"UPDATE {name} SET v = 5 WHERE id = 1".encode())
            answers.append([(statement, *_answer(second, statement)) for statement in script])
            first.execute("ROLLBACK")
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "script",
    [
        ["SET idle_session_timeout = 20"],
        ["SET idle_in_transaction_session_timeout = 20", "BEGIN"],
        ["SET idle_in_transaction_session_timeout = 20", "BEGIN; SELECT nonesuch"],
        ["BEGIN; SET LOCAL idle_in_transaction_session_timeout = 20"],
        ["SET idle_session_timeout = 1; SET idle_in_transaction_session_timeout = 20; BEGIN"],
    ],
)
def test_idle_sessions_end(both_sides: tuple[Connect, Connect], script: Sequence[str]) -> None:
    answers = []
    for connect in both_sides:
        with connect() as connection:
            for message in script:
                _answer(connection, message)
            select.select([connection.fileno()], [], [], _SECONDS_MAX)
            answers.append(_answer(connection, "SELECT 1"))
    assert answers[0] == answers[1]
    assert answers[0][1] == "FATAL"
