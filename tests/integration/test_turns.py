"""Turns of the event loop: one client's large statement does not silence the others.

Goal: others are answered while a large statement is prepared. Method: answers are counted, not
timed: a second client asks for as long as the first one waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg
import pytest

from conformance.server_process import ServerProcess
from tests.fix_server import Person

pytestmark = pytest.mark.slow

ROWS = 3_000
# One answer may be under way when the statement arrives, and one when it ends.
ANSWERS_MIN = 10


@pytest.mark.parametrize("is_prepared", [False, True], ids=["simple", "extended"])
def test_others_are_answered_while_a_long_text_is_compiled(
    server: ServerProcess, alice: Person, fresh_name: Callable[[str], str], is_prepared: bool
) -> None:
    # Another text each time, which no compiler remembers.
    values = ", ".join(f"({key}, 'text {is_prepared} {key}')" for key in range(ROWS))
    with alice.connect() as loading, server.connect() as asking:
        table = fresh_name("long_texts")
        loading.execute(f"CREATE USER TABLE {table} (id int PRIMARY KEY, body text)".encode())
        done = threading.Event()

        def load() -> None:
            try:
                statement = f"INSERT INTO {table} VALUES {values}".encode()
                loading.execute(statement, prepare=is_prepared)
            finally:
                done.set()

        thread = threading.Thread(target=load)
        thread.start()
        answers = 0
        while not done.is_set():
            asking.execute("SELECT 1")
            answers += 1
        thread.join()
        assert answers >= ANSWERS_MIN
        count = loading.execute(f"SELECT count(*) FROM {table}".encode())
        assert count.fetchone() == (ROWS,)


def test_an_error_in_a_long_text_is_at_its_place(alice: Person) -> None:
    text = "SELECT '" + "x" * 10_000 + "', nowhere"
    with alice.connect() as connection, pytest.raises(psycopg.errors.UndefinedColumn) as raised:
        connection.execute(text.encode())
    assert raised.value.diag.statement_position == str(text.index("nowhere") + 1)
