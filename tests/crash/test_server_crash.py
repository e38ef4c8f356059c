"""A server that dies, and what is left of acknowledged statements.

Goal: after any crash every acknowledged row is there exactly once, no other row is, and no object
outside the manifest remains. Method: a seeded workload of two users over real connections notes
what was acknowledged; the server is killed at a fail point, or by SIGKILL at a random time; the
reopened server is compared with the notes. The statement that was under way may have happened or
not.
"""

from __future__ import annotations

import contextlib
import random
import signal
import threading
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import psycopg
import pytest

from conformance.server_process import Connection, ServerProcess
from kalampg.failpoints import FAILPOINTS
from tests.fix_server import StartServer

pytestmark = [pytest.mark.crash, pytest.mark.slow]

USERS = ("alice", "bob")
STEPS_MAX = 20_000
KEYS = 60
POLLS_MAX = 2_000
FAILPOINT_EXIT = 91
# The fail point is armed after set-up; commits are many, the rest is reached a few times only.
NTH = {name: 40 if name.startswith("commit") else 2 for name in FAILPOINTS}
IN_RECOVERY = "recovery-before-orphans"

Key = tuple[str, int]


@dataclass(slots=True)
class Notes:
    """What the clients know: the acknowledged rows, and the statement that was not answered."""

    rows: dict[Key, str] = field(default_factory=dict)
    pending: tuple[Key, str | None] | None = None

    def allows(self, key: Key, body: str | None) -> bool:
        if body == self.rows.get(key):
            return True
        return self.pending == (key, body)


class Workload:
    """Random statements of two users, and flushes and drops of root, until the server is gone."""

    def __init__(self, server: ServerProcess, notes: Notes, seed: int) -> None:
        self._server = server
        self._notes = notes
        self._random = random.Random(seed)
        self._bodies = count(1)

    def run(self) -> None:
        with contextlib.ExitStack() as stack, contextlib.suppress(psycopg.OperationalError):
            connections = {
                name: stack.enter_context(self._server.connect(name)) for name in (*USERS, "root")
            }
            for step in range(STEPS_MAX):
                if step % 50 == 49:
                    connections["root"].execute("FLUSH TABLE notes")
                if step % 100 == 99:
                    connections["root"].execute("COMPACT TABLE notes")
                if step % 150 == 149:
                    self._make_and_drop(connections["root"], step)
                user = self._random.choice(USERS)
                self._write(connections[user], user)
            raise AssertionError(f"the server survived {STEPS_MAX} statements")

    def _write(self, connection: Connection, user: str) -> None:
        key = (user, self._random.randrange(KEYS))
        if key not in self._notes.rows:
            body = f"{user} {next(self._bodies)}"
            self._change(connection, key, body, "INSERT INTO notes (body, id) VALUES (%s, %s)")
        elif self._random.random() < 0.7:
            body = f"{user} {next(self._bodies)}"
            self._change(connection, key, body, "UPDATE notes SET body = %s WHERE id = %s")
        else:
            self._change(connection, key, None, "DELETE FROM notes WHERE id = %s")

    def _change(self, connection: Connection, key: Key, body: str | None, statement: str) -> None:
        self._notes.pending = (key, body)
        values: list[Any] = [key[1]] if body is None else [body, key[1]]
        done = connection.execute(statement.encode(), values)
        assert done.rowcount == 1, f"{statement} of {key} met {done.rowcount} rows"
        self._notes.pending = None
        if body is None:
            del self._notes.rows[key]
        else:
            self._notes.rows[key] = body

    def _make_and_drop(self, root: Connection, step: int) -> None:
        root.execute(f"CREATE SHARED TABLE scratch_{step} (id int PRIMARY KEY)".encode())
        root.execute(f"INSERT INTO scratch_{step} VALUES (1)".encode())
        started = root.execute(f"FLUSH TABLE scratch_{step}".encode()).fetchone()
        assert started is not None
        query = "SELECT status FROM system.jobs WHERE job_id = %s"
        while root.execute(query, [started[0]]).fetchone() != ("completed",):
            pass
        root.execute(f"DROP TABLE scratch_{step}".encode())


@pytest.fixture
def prepared(start_server: StartServer) -> ServerProcess:
    """A stopped server whose data directory has two users and a table."""
    server = start_server()
    for name in USERS:
        server.create_role(name)
    with server.connect() as root:
        root.execute("CREATE USER TABLE notes (id int PRIMARY KEY, body text NOT NULL)")
    assert server.stop() == 0
    return server


@pytest.mark.parametrize("name", [name for name in FAILPOINTS if name != IN_RECOVERY])
def test_acknowledged_rows_survive_a_crash_at(
    prepared: ServerProcess, start_server: StartServer, name: str
) -> None:
    notes = _crash_at(name, start_server)
    _check(start_server(), notes)


def _crash_at(name: str, start_server: StartServer) -> Notes:
    notes = Notes()
    server = start_server(environment={"KALAMPG_FAILPOINT": f"{name}:{NTH[name]}"})
    Workload(server, notes, seed=len(name)).run()
    assert server.process.wait(60) == FAILPOINT_EXIT
    return notes


def test_a_recovery_that_crashes_is_finished_by_the_next(
    prepared: ServerProcess, start_server: StartServer
) -> None:
    notes = _crash_at("flush-after-object", start_server)  # leaves an orphan
    with pytest.raises(AssertionError, match="server did not start"):
        start_server(environment={"KALAMPG_FAILPOINT": IN_RECOVERY})
    _check(start_server(), notes)


@pytest.mark.parametrize("seed", range(2))
def test_acknowledged_rows_survive_sigkill(
    prepared: ServerProcess, start_server: StartServer, seed: int
) -> None:
    notes = Notes()
    for attempt in range(2):  # the second life begins with what the first left behind
        server = start_server()
        delay = random.Random(seed * 10 + attempt).uniform(0.05, 1.5)
        killer = threading.Timer(delay, server.process.send_signal, [signal.SIGKILL])
        killer.start()
        Workload(server, notes, seed * 10 + attempt).run()
        killer.join()
        assert server.process.wait(60) == -signal.SIGKILL
        reopened = start_server()
        _check(reopened, notes)
        reopened.stop(signal.SIGKILL)


def _check(server: ServerProcess, notes: Notes) -> None:
    """Compare, and take what the server has as the truth about the unanswered statement."""
    found: dict[Key, str] = {}
    for user in USERS:
        with server.connect(user) as connection:
            rows = connection.execute("SELECT id, body FROM notes").fetchall()
            by_key = connection.execute("SELECT id, body FROM notes WHERE id >= 0 ORDER BY id")
            assert sorted(rows) == by_key.fetchall()
            assert len(rows) == len({row[0] for row in rows}), f"a key twice: {sorted(rows)}"
            found.update({(user, key): body for key, body in rows})
    wrong = [
        f"{key}: {found.get(key)!r} instead of {notes.rows.get(key)!r}"
        for key in sorted(found.keys() | notes.rows.keys())
        if not notes.allows(key, found.get(key))
    ]
    assert wrong == [], f"pending: {notes.pending}"
    notes.rows, notes.pending = found, None
    with server.connect() as root:
        report = root.execute("VERIFY TABLE notes").fetchall()
        assert [row for row in report if row[3] != "ok"] == []
        # Jobs that the crash interrupted go on, and files go when nobody reads them any more.
        stored: list[str] = []
        listed: list[str] = []
        for _ in range(POLLS_MAX):
            active = root.execute("SELECT count(*) FROM system.jobs WHERE completed_at IS NULL")
            paths = root.execute("SELECT path FROM system.segments").fetchall()
            listed = sorted(path.rpartition("/")[2] for (path,) in paths)
            stored = sorted(path.name for path in server.data_dir.rglob("*.parquet"))
            if stored == listed and active.fetchone() == (0,):
                break
        assert stored == listed
