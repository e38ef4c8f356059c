"""LOCK TABLE, beside PostgreSQL 15.

Goal: who waits for whom is PostgreSQL's answer, but for what the documentation names: readers never
wait, SHARE locks and ROW SHARE exclude each other too, and users cannot lock each other's rows.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from conformance.server_process import ServerProcess
from tests.fix_sides import Connect, is_waiting, numbers, outcome

MODES = (
    "ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE",
    "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE",
)  # fmt: skip
WRITES = (
    "INSERT INTO {t} VALUES (6, 0)",
    "UPDATE {t} SET v = 1 WHERE id = 1",
    "DELETE FROM {t} WHERE id + 0 = 2",
)
# Held and wanted: kalampg is stricter.
STRICTER = {
    frozenset({"SHARE"}),
    frozenset({"ROW SHARE", "SHARE"}),
    frozenset({"ROW SHARE", "SHARE UPDATE EXCLUSIVE"}),
    frozenset({"ROW SHARE", "SHARE ROW EXCLUSIVE"}),
    frozenset({"ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE"}),
}
# Readers, and who only wants to keep the table's readers, have nothing to fear from anybody.
LAXER = frozenset({"ACCESS SHARE", "ACCESS EXCLUSIVE"})


@pytest.mark.parametrize("held", MODES)
def test_modes_conflict_as_in_postgresql(
    both_sides: tuple[Connect, Connect], fresh_name: Callable[[str], str], held: str
) -> None:
    name = fresh_name("locked")
    wanted = [mode for mode in MODES if frozenset({held, mode}) not in STRICTER | {LAXER}]
    statements = [
        *(f"BEGIN; LOCK {name} IN {mode} MODE NOWAIT; ROLLBACK" for mode in wanted),
        *(write.format(t=name) for write in WRITES if held != "SHARE UPDATE EXCLUSIVE"),
    ]
    answers = []
    for connect in both_sides:
        with numbers(connect, name), connect() as first, connect() as second:
            first.execute("BEGIN")
            first.execute(f"LOCK TABLE ONLY {name} IN {held} MODE")
            second.execute("SET lock_timeout = '20ms'")
            got = []
            for statement in statements:
                got.append(outcome(second, statement))
                second.execute("ROLLBACK")
            answers.append(got)
            first.execute("ROLLBACK")
    assert answers[0] == answers[1]


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("mode", ["ROW EXCLUSIVE", "SHARE", "EXCLUSIVE"])
def test_a_lock_waits_for_writers(
    both_sides: tuple[Connect, Connect], fresh_name: Callable[[str], str], mode: str, write: str
) -> None:
    name = fresh_name("written")
    answers = []
    for connect in both_sides:
        with numbers(connect, name), connect() as first, connect() as second:
            first.execute("BEGIN")
            first.execute(write.format(t=name))
            second.execute("BEGIN")
            second.execute("SET LOCAL lock_timeout = '20ms'")
            answers.append(outcome(second, f"LOCK {name} IN {mode} MODE"))
            first.execute("COMMIT")
            second.execute("ROLLBACK; BEGIN")
            answers.append(outcome(second, f"LOCK {name} IN {mode} MODE NOWAIT"))
            second.execute("COMMIT")
    assert answers[:2] == answers[2:]


def test_readers_do_not_wait(server: ServerProcess, fresh_name: Callable[[str], str]) -> None:
    name = fresh_name("read")
    with numbers(server.connect, name) as first, server.connect() as second:
        first.execute("BEGIN")
        first.execute(f"LOCK {name}")
        assert second.execute(f"SELECT count(*) FROM {name}").fetchone() == (5,)
        first.execute("COMMIT")


def test_a_user_locks_no_rows_of_others(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    alice, bob = (server.create_role(fresh_name(name)) for name in ("alice", "bob"))
    name = fresh_name("private")
    with server.connect() as root:
        root.execute(f"CREATE USER TABLE {name} (id int PRIMARY KEY)".encode())
    insert = f"INSERT INTO {name} VALUES (1)".encode()
    with server.connect(alice) as first, server.connect(bob) as second:
        first.execute("BEGIN")
        first.execute(f"LOCK {name}".encode())
        second.execute(insert)
        with server.connect(alice) as third:
            third.execute("SET lock_timeout = '20ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                third.execute(insert)
        first.execute("COMMIT")


def test_errors_are_postgresqls(
    both_sides: tuple[Connect, Connect], fresh_name: Callable[[str], str]
) -> None:
    name = fresh_name("refused")
    statements = (
        f"LOCK {name}",
        "BEGIN; LOCK TABLE no_such_table",
        f"BEGIN; LOCK {name} IN STRONG MODE",
        f"BEGIN; LOCK {name} IN EXCLUSIVE",
        f"BEGIN; LOCK {name} NOWAIT; LOCK TABLE {name} *, ONLY {name} IN SHARE MODE; COMMIT",
    )
    answers = []
    for connect in both_sides:
        with numbers(connect, name), connect() as session:
            got = []
            for statement in statements:
                got.append(outcome(session, statement))
                session.execute("ROLLBACK")
            answers.append(got)
    assert answers[0] == answers[1]


def test_drop_table_waits_for_writers(
    both_sides: tuple[Connect, Connect], fresh_name: Callable[[str], str]
) -> None:
    name = fresh_name("dropped")
    for connect in both_sides:
        with connect() as first, connect() as second, ThreadPoolExecutor() as threads:
            first.execute(f"CREATE TABLE {name} (id int PRIMARY KEY)")
            first.execute("BEGIN")
            first.execute(f"INSERT INTO {name} VALUES (1)")
            drop = threads.submit(outcome, second, f"DROP TABLE {name}")
            assert is_waiting(drop)
            first.execute("COMMIT")
            assert drop.result() == -1
            assert outcome(first, f"TABLE {name}")[0] == "42P01"
