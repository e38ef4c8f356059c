"""Advisory locks beside PostgreSQL 15.

Goal: what is locked, how often it must be unlocked, who waits and when locks go is PostgreSQL's
answer. Method: scripts run on both servers and every answer compared; sessions that wait in
threads.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from conformance.server_process import ServerProcess
from tests.fix_sides import Connect, is_waiting, numbers, outcome

LOCKS = (
    "SELECT locktype, classid, objid, objsubid, mode, granted FROM pg_locks"
    " WHERE locktype = 'advisory' AND pid = pg_backend_pid() ORDER BY objid, mode"
)
SCRIPTS = {
    "counted": [
        "SELECT pg_advisory_lock(1)", "SELECT pg_advisory_lock(1)", LOCKS,
        "SELECT pg_advisory_unlock(1)", LOCKS, "SELECT pg_advisory_unlock(1)", LOCKS,
        "SELECT pg_advisory_unlock(1)",
    ],
    "two_numbers": ["SELECT pg_advisory_lock(-1, 7)", LOCKS, "SELECT pg_advisory_unlock(-1, 7)"],
    "large": ["SELECT pg_advisory_lock(-9223372036854775807)", LOCKS],
    "both_modes": [
        "SELECT pg_advisory_lock_shared(2)", "SELECT pg_advisory_lock(2)", LOCKS,
        "SELECT pg_advisory_unlock(2)", LOCKS, "SELECT pg_advisory_unlock_shared(2)", LOCKS,
    ],
    "of_a_transaction": [
        "BEGIN", "SELECT pg_advisory_xact_lock(3)", "SELECT pg_advisory_unlock(3)", LOCKS,
        "SELECT pg_advisory_lock(4)", "ROLLBACK", LOCKS,
    ],
    "of_a_statement": ["SELECT pg_advisory_xact_lock(3)", LOCKS],
    "attempts": [
        "SELECT pg_try_advisory_lock(5), pg_try_advisory_lock(5), pg_try_advisory_lock_shared(5)",
        "SELECT pg_try_advisory_xact_lock(6), pg_try_advisory_xact_lock_shared(6)",
        LOCKS, "SELECT pg_advisory_unlock_all()", LOCKS,
    ],
    "null": ["SELECT pg_advisory_lock(NULL), pg_try_advisory_lock(NULL, 1)", LOCKS],
    "of_rows": ["SELECT id, pg_try_advisory_lock(id) FROM {t} ORDER BY id LIMIT 2"],
    "of_found_rows": [
        "SELECT id FROM {t} WHERE id > 1 AND pg_try_advisory_lock(id) LIMIT 2", LOCKS,
        "SELECT id FROM {t} WHERE pg_advisory_unlock(id) ORDER BY id", LOCKS,
        "SELECT id, v FROM {t} WHERE id = 5 AND pg_try_advisory_lock(id, v)", LOCKS,
        "SELECT pg_try_advisory_lock(v) FROM {t} WHERE pg_advisory_lock(id + 9) IS NOT NULL",
        "SELECT id FROM {t} WHERE pg_try_advisory_lock(id + 9) ORDER BY id LIMIT 3 OFFSET 1",
        "SELECT a.id FROM {t} a, {t} b WHERE a.id = b.id + 3 AND pg_try_advisory_lock(a.id)",
        "SELECT id FROM {t} WHERE v = 7 AND pg_try_advisory_lock(id + 80)",
        "SELECT id FROM {t} WHERE v = 0 AND NOT pg_try_advisory_lock(id + 90)",
    ],
    "discarded": ["SELECT pg_advisory_lock(8)", "DISCARD ALL", LOCKS],
    "refused": ["SELECT pg_advisory_lock('x'::text)", "SELECT pg_advisory_lock(1, 2, 3)"],
}  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_answer_is_postgresqls(
    both_sides: tuple[Connect, Connect], fresh_name: Callable[[str], str], script: str
) -> None:
    name = fresh_name("advised")
    answers = []
    for connect in both_sides:
        with numbers(connect, name), connect() as session:
            answers.append([outcome(session, sql.format(t=name)) for sql in SCRIPTS[script]])
    assert answers[0] == answers[1]


def test_a_waiter_gets_the_lock_when_it_is_unlocked(connect: Connect) -> None:
    with connect() as first, connect() as second, ThreadPoolExecutor(1) as thread:
        first.execute("SELECT pg_advisory_lock(10)")
        assert outcome(second, "SELECT pg_try_advisory_lock_shared(10)") == [(False,)]
        waiting = thread.submit(
            outcome, second, "SELECT pg_try_advisory_lock(11), pg_advisory_lock(10)"
        )
        assert is_waiting(waiting)
        first.execute("SELECT pg_advisory_unlock(10)")
        assert waiting.result() == [(True, "")]
        # Each was locked once, however often the row was computed.
        assert outcome(second, "SELECT pg_advisory_unlock(10), pg_advisory_unlock(11)") == [
            (True, True)
        ]
        assert outcome(first, "SELECT pg_try_advisory_lock(10), pg_try_advisory_lock(11)") == [
            (True, True)
        ]


def test_a_lock_ends_with_its_session(connect: Connect) -> None:
    with connect() as second, ThreadPoolExecutor(1) as thread:
        with connect() as first:
            first.execute("SELECT pg_advisory_lock(20)")
            waiting = thread.submit(outcome, second, "SELECT pg_advisory_xact_lock(20)")
            assert is_waiting(waiting)
        assert waiting.result() == [("",)]


def test_waiting_ends_with_lock_timeout_or_a_deadlock(
    connect: Connect, fresh_name: Callable[[str], str]
) -> None:
    name = fresh_name("mixed")
    with (
        numbers(connect, name),
        connect() as first,
        connect() as second,
        ThreadPoolExecutor(1) as thread,
    ):
        first.execute("BEGIN")
        first.execute(f"UPDATE {name} SET v = 1 WHERE id = 1".encode())
        second.execute("BEGIN")
        second.execute("SELECT pg_advisory_xact_lock(30)")
        waiting = thread.submit(outcome, first, "SELECT pg_advisory_xact_lock(30)")
        assert is_waiting(waiting)
        answers = [outcome(second, f"SELECT id FROM {name} WHERE id = 1 FOR UPDATE")]
        second.execute("ROLLBACK")
        answers.append(waiting.result())
        assert ("40P01", "deadlock detected") in answers
        first.execute("ROLLBACK")
        first.execute("SELECT pg_advisory_lock(31)")
        second.execute("SET lock_timeout = 20")
        assert outcome(second, "SELECT pg_advisory_lock(31)") == (
            "55P03", "canceling statement due to lock timeout",
        )  # fmt: skip


def test_row_locks_are_listed_too(server: ServerProcess, fresh_name: Callable[[str], str]) -> None:
    name = fresh_name("listed")
    with numbers(server.connect, name) as root, server.connect() as other:
        other.execute("BEGIN")
        other.execute(f"SELECT 1 FROM {name} WHERE id = 1 FOR SHARE".encode())
        other.execute(f"UPDATE {name} SET v = 1 WHERE id = 2".encode())
        rows = outcome(
            root,
            "SELECT locktype, mode, granted FROM pg_locks"
            f" WHERE relation = '{name}'::regclass ORDER BY mode",
        )
        assert rows == [("tuple", "ExclusiveLock", True), ("tuple", "RowShareLock", True)]
        other.execute("ROLLBACK")


def test_a_session_may_hold_so_many_and_no_more(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server(environment={"KALAMPG_TRANSACTION_LOCKS_MAX": "1000"})
    with server.connect() as connection:
        connection.execute("SELECT pg_advisory_lock(g) FROM generate_series(1, 1000) g")
        with pytest.raises(psycopg.errors.OutOfMemory, match="out of shared memory"):
            connection.execute("SELECT pg_advisory_lock(1001)")
