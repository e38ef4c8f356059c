"""SELECT ... FOR UPDATE and its kin, beside PostgreSQL 15.

Goal: who waits for whom, who is refused and who skips is PostgreSQL's answer, for rows found by
key, by key range and by query, hot and cold. Method: the same two sessions on both servers,
statement by statement; queue workers count what they got.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest

from conformance.server_process import ServerProcess
from tests.fix_sides import Connect, is_waiting, numbers, outcome

MODES = ("KEY SHARE", "SHARE", "NO KEY UPDATE", "UPDATE")
# Statements that find rows 1 and 2 of five.
FINDERS = {
    "range": "SELECT id FROM {t} WHERE id >= 1 AND id <= 2 ORDER BY id",
    "query": "SELECT id FROM {t} WHERE id + 0 <= 2 ORDER BY v DESC, id",
    "join": "SELECT a.id FROM {t} a JOIN {t} b ON a.id = b.id WHERE b.id <= 2 ORDER BY a.id",
}


def test_a_failed_block_holds_no_locks_but_those_before_its_savepoint(
    both_sides: tuple[Connect, Connect], fresh_name: Callable[[str], str]
) -> None:
    answers = []
    name = fresh_name("failed")
    for connect in both_sides:
        with numbers(connect, name), connect() as first, connect() as second:
            second.execute("SET lock_timeout = '20ms'")
            for before in ("", "SAVEPOINT a"):
                first.execute(f"BEGIN; UPDATE {name} SET v = 1 WHERE id = 1; {before}")
                outcome(first, "SELECT nonesuch")
                answers.append(outcome(second, f"UPDATE {name} SET v = 2 WHERE id = 1"))
                answers.append(outcome(first, "ROLLBACK"))
    assert answers[: len(answers) // 2] == answers[len(answers) // 2 :]


@pytest.mark.parametrize("held", MODES)
@pytest.mark.parametrize("wanted", [*MODES, "update", "delete"])
def test_modes_conflict_as_in_postgresql(
    both_sides: tuple[Connect, Connect], fresh_name: Callable[[str], str], held: str,
    wanted: str,
) -> None:  # fmt: skip
    statement = {
        "update": "UPDATE {t} SET v = 1 WHERE id = 1",
        "delete": "DELETE FROM {t} WHERE id = 1",
    }.get(wanted, f"SELECT id FROM {{t}} WHERE id = 1 FOR {wanted} NOWAIT")
    answers = []
    name = fresh_name("modes")
    for connect in both_sides:
        with numbers(connect, name), connect() as first, connect() as second:
            first.execute("BEGIN")
            first.execute(f"SELECT id FROM {name} WHERE id = 1 FOR {held}")
            second.execute("SET lock_timeout = '20ms'")
            answers.append(outcome(second, statement.format(t=name)))
            first.execute("ROLLBACK")
    assert answers[0] == answers[1]


def test_rollback_to_a_savepoint_frees_what_was_locked_since(
    both_sides: tuple[Connect, Connect], fresh_name: Callable[[str], str]
) -> None:
    name = fresh_name("freed")
    tries = [
        f"SELECT id FROM {name} WHERE id = {row} FOR {mode} NOWAIT"
        for row in range(1, 6)
        for mode in ("NO KEY UPDATE", "UPDATE")
    ]
    answers: list[list[object]] = [[], []]
    for connect, found in zip(both_sides, answers, strict=True):
        with numbers(connect, name), connect() as first, connect() as second:
            for statement in (
                "BEGIN",
                f"UPDATE {name} SET v = 1 WHERE id = 1",
                f"SELECT id FROM {name} WHERE id = 2 FOR KEY SHARE",
                "SAVEPOINT s",
                f"UPDATE {name} SET v = 2 WHERE id IN (1, 2, 3)",
                f"DELETE FROM {name} WHERE id = 2",
                "SAVEPOINT t",
                f"SELECT id FROM {name} WHERE id = 4 FOR UPDATE",
                "ROLLBACK TO t",
            ):
                first.execute(statement.encode())
            found += [outcome(second, statement) for statement in tries]
            first.execute("ROLLBACK TO s")
            found += [outcome(second, statement) for statement in tries]
            first.execute(f"UPDATE {name} SET v = 3 WHERE id = 3".encode())
            first.execute("RELEASE s")
            found += [outcome(second, statement) for statement in tries]
            first.execute("COMMIT")
            found += [outcome(second, statement) for statement in tries]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("finder", FINDERS)
@pytest.mark.parametrize("flush", [False, True], ids=["hot", "cold"])
def test_found_rows_are_locked_and_no_others(
    server: ServerProcess, fresh_name: Callable[[str], str], finder: str, flush: bool
) -> None:
    name = fresh_name("found")
    of = " OF a" if finder == "join" else ""
    with (
        numbers(server.connect, name, flush=flush) as root,
        server.connect() as first,
        server.connect() as second,
    ):
        first.execute("BEGIN")
        sql = FINDERS[finder].format(t=name)
        assert outcome(first, f"{sql} FOR UPDATE{of}") == [(1,), (2,)]
        for row in range(1, 6):
            answer = outcome(second, f"SELECT id FROM {name} WHERE id = {row} FOR SHARE NOWAIT")
            is_free = row > 2
            assert (answer == [(row,)]) is is_free
        assert outcome(second, f"{sql} FOR UPDATE{of} NOWAIT") == (
            "55P03", f'could not obtain lock on row in relation "{name}"',
        )  # fmt: skip
        assert outcome(second, f"{sql} FOR UPDATE{of} SKIP LOCKED") == []
        first.execute("COMMIT")
        assert outcome(second, f"{sql} FOR UPDATE{of} SKIP LOCKED") == [(1,), (2,)]
        assert outcome(root, f"UPDATE {name} SET v = 1") == 5


@pytest.mark.parametrize("order", ["id", "v, id"], ids=["range", "query"])
def test_the_limit_counts_rows_that_were_not_skipped(
    connect: Connect, fresh_name: Callable[[str], str], order: str
) -> None:
    name = fresh_name("limits")
    sql = f"SELECT id FROM {name} WHERE v = 0 ORDER BY {order} LIMIT 2 FOR UPDATE SKIP LOCKED"
    with (
        numbers(connect, name) as root,
        connect() as first,
        connect() as second,
        connect() as third,
    ):
        for connection in (first, second, third):
            connection.execute("BEGIN")
        assert outcome(first, sql) == [(1,), (2,)]
        assert outcome(second, sql) == [(3,), (4,)]
        assert outcome(third, sql) == [(5,)]
        first.execute("ROLLBACK")
        assert outcome(third, sql) == [(1,), (2,)]
        second.execute("COMMIT")
        third.execute("COMMIT")
        assert outcome(root, sql.replace("LIMIT 2", "LIMIT 2 OFFSET 3")) == [(4,), (5,)]


@pytest.mark.parametrize("finder", FINDERS)
def test_who_waited_looks_again(
    connect: Connect, fresh_name: Callable[[str], str], finder: str
) -> None:
    name = fresh_name("again")
    sql = FINDERS[finder].format(t=name).replace("WHERE ", "WHERE a.v = 0 AND ")
    if finder != "join":
        sql = sql.replace(f"FROM {name}", f"FROM {name} a")
    with (
        numbers(connect, name),
        connect() as first,
        connect() as second,
        ThreadPoolExecutor(1) as thread,
    ):
        first.execute("BEGIN")
        first.execute(f"UPDATE {name} SET v = 1 WHERE id = 1".encode())
        waiting = thread.submit(outcome, second, f"{sql} FOR UPDATE")
        assert is_waiting(waiting)
        first.execute("COMMIT")
        assert waiting.result() == [(2,)]


@pytest.mark.parametrize("finder", FINDERS)
def test_repeatable_read_refuses_rows_that_have_changed(
    connect: Connect, fresh_name: Callable[[str], str], finder: str
) -> None:
    name = fresh_name("repeatable")
    with numbers(connect, name), connect() as first, connect() as second:
        first.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        first.execute("SELECT 1")
        first.execute(f"SELECT count(*) FROM {name}".encode())
        second.execute(f"UPDATE {name} SET v = 1 WHERE id = 2".encode())
        answer = outcome(first, FINDERS[finder].format(t=name) + " FOR SHARE")
        assert answer == ("40001", "could not serialize access due to concurrent update")
        first.execute("ROLLBACK")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT DISTINCT v FROM {t} FOR UPDATE",
        "SELECT v FROM {t} GROUP BY v FOR SHARE",
        "SELECT count(*) FROM {t} FOR NO KEY UPDATE",
        "SELECT row_number() OVER (ORDER BY id) FROM {t} FOR KEY SHARE",
        "SELECT 1 FROM {t} HAVING true FOR UPDATE",
        "SELECT id FROM {t} UNION SELECT id FROM {t} FOR UPDATE",
        "SELECT a.id FROM {t} a LEFT JOIN {t} b ON a.id = b.v FOR UPDATE",
        "SELECT a.id FROM {t} a RIGHT JOIN {t} b ON a.id = b.v FOR UPDATE OF a",
        "SELECT id FROM {t} FOR UPDATE OF nothing",
        "SELECT id FROM {t} FOR UPDATE OF public.{t}",
        "SELECT a.id FROM {t} a LEFT JOIN {t} b ON a.id = b.v ORDER BY 1 FOR UPDATE OF a",
        "SELECT id FROM {t} ORDER BY id FOR UPDATE FOR SHARE",
        "WITH c AS (SELECT 1 AS x) SELECT id FROM {t}, c ORDER BY id FOR UPDATE",
        "SELECT 1 FOR UPDATE",
    ],
)
def test_what_may_be_locked_is_what_postgresql_locks(
    both_sides: tuple[Connect, Connect], fresh_name: Callable[[str], str], sql: str
) -> None:
    name = fresh_name("refused")
    answers = []
    for connect in both_sides:
        with numbers(connect, name) as root:
            answers.append(outcome(root, sql.format(t=name)))
    assert answers[0] == answers[1]


def test_read_only_transactions_lock_nothing(
    connect: Connect, fresh_name: Callable[[str], str]
) -> None:
    name = fresh_name("readonly")
    with numbers(connect, name) as root:
        for mode in MODES:
            root.execute("BEGIN READ ONLY")
            answer = outcome(root, f"SELECT id FROM {name} FOR {mode}")
            assert answer == (
                "25006", f"cannot execute SELECT FOR {mode} in a read-only transaction",
            )  # fmt: skip
            root.execute("ROLLBACK")


def test_two_that_lock_in_opposite_order_are_a_deadlock(
    connect: Connect, fresh_name: Callable[[str], str]
) -> None:
    name = fresh_name("dead")
    sql = f"SELECT id FROM {name} WHERE id = "
    with (
        numbers(connect, name),
        connect() as first,
        connect() as second,
        ThreadPoolExecutor(1) as thread,
    ):
        for connection, row in ((first, 1), (second, 2)):
            connection.execute("BEGIN")
            connection.execute(f"{sql}{row} FOR UPDATE".encode())
        waiting = thread.submit(outcome, first, f"{sql}2 FOR UPDATE")
        assert is_waiting(waiting)
        answers = [outcome(second, f"{sql}1 FOR UPDATE")]
        second.execute("ROLLBACK")
        answers.append(waiting.result())
        assert ("40P01", "deadlock detected") in answers
        first.execute("ROLLBACK")


@pytest.mark.parametrize("order", ["id", "v, id"], ids=["range", "query"])
def test_queue_workers_never_get_the_same_job(
    server: ServerProcess, fresh_name: Callable[[str], str], order: str
) -> None:
    name = fresh_name("jobs")
    jobs, workers = 120, 4
    take = f"SELECT id FROM {name} WHERE v = 0 ORDER BY {order} LIMIT 1 FOR UPDATE SKIP LOCKED"

    def work() -> list[int]:
        done: list[int] = []
        with server.connect() as connection:
            connection.execute("SET synchronous_commit = off")
            while True:
                connection.execute("BEGIN")
                row = connection.execute(take.encode()).fetchone()
                if row is not None:
                    done.append(row[0])
                    connection.execute(f"UPDATE {name} SET v = 1 WHERE id = {row[0]}".encode())
                connection.execute("COMMIT")
                if row is None:
                    return done

    with server.connect() as root:
        root.execute(f"CREATE TABLE {name} (id int PRIMARY KEY, v int)".encode())
        root.execute(f"INSERT INTO {name} SELECT g, 0 FROM generate_series(1, {jobs}) g".encode())
        with ThreadPoolExecutor(workers) as threads:
            shares = [task.result() for task in [threads.submit(work) for _ in range(workers)]]
        assert sorted(chain.from_iterable(shares)) == list(range(1, jobs + 1))
        assert sum(1 for share in shares if share) > 1


def test_a_pipeline_keeps_its_row_locks_until_sync(
    connect: Connect, fresh_name: Callable[[str], str]
) -> None:
    name = fresh_name("piped")
    with numbers(connect, name), connect() as first, connect() as second:
        take = f"SELECT id FROM {name} WHERE id = 1 FOR UPDATE"
        with first.pipeline():
            assert first.execute(take.encode()).fetchall() == [(1,)]
            assert outcome(second, f"{take} NOWAIT")[0] == "55P03"
        assert outcome(second, f"{take} NOWAIT") == [(1,)]


def test_where_current_of_is_refused_by_name(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    name = fresh_name("current")
    with numbers(server.connect, name) as root:
        root.execute("BEGIN")
        root.execute(f"DECLARE c CURSOR FOR SELECT * FROM {name} FOR UPDATE".encode())
        answer = outcome(root, f"UPDATE {name} SET v = 1 WHERE CURRENT OF c")
        assert answer == ("0A000", "WHERE CURRENT OF is not supported")
        root.execute("ROLLBACK")
