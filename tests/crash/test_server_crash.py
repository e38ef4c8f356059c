"""A server that dies, and what is left of acknowledged statements.

Goal: after any crash every acknowledged row is there exactly once, no other row is, VERIFY finds
nothing, and no object outside the manifest remains, wherever segments lie. Method: a seeded
workload of two users over real connections notes what was acknowledged; the server is killed at a
fail point, or by SIGKILL at a random time; the reopened server is compared with the notes. The
statement that was under way may have happened or not. ``matrix.py`` says what is crossed with what;
``make test`` runs some of it, ``make crash`` all.
"""

from __future__ import annotations

import contextlib
import random
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import psycopg
import pytest

from conformance.server_process import Connection, ServerProcess
from kalampg.failpoints import FAILPOINTS
from tests.crash.matrix import (
    IN_RECOVERY,
    OF_THEIR_OWN,
    PLACES,
    REACHED_BY,
    TABLE,
    Place,
    Round,
    amiss,
    place_named,
)
from tests.fix_object_store import ObjectStoreServer
from tests.fix_server import StartServer

pytestmark = [pytest.mark.crash, pytest.mark.slow]
MATRIX = pytest.mark.matrix

USERS = ("alice", "bob")
STEPS_MAX = 20_000
STEPS_PER_ROUND = 40
KEYS = 60
POLLS_MAX = 2_000
FAILPOINT_EXIT = 91
# The fail point is armed after set-up; commits are many, the rest is reached a few times only.
NTH = {name: 40 if name.startswith("commit") else 2 for name in FAILPOINTS}
# What ``make test`` has time for: the points where most is at stake, each place at least twice.
EVERY_TIME = {
    ("commit-before-sync", "local"),
    ("flush-before-publish", "local"),
    ("compaction-after-publish", "local"),
    ("flush-after-object", "filesystem"),
    ("drop-before-objects", "filesystem"),
    ("segment-before-upload", "s3"),
    ("flush-before-manifest-copy", "s3"),
    ("compaction-before-publish", "s3"),
}

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
    """Random statements of two users, and what root does, until the server is gone."""

    def __init__(
        self,
        server: ServerProcess,
        notes: Notes,
        seed: int,
        *,
        storage_id: str,
        operations: Sequence[Callable[[Round], None]],
    ) -> None:
        self._server = server
        self._notes = notes
        self._random = random.Random(seed)
        # No two lives of a server write the same body: the column is unique.
        self._bodies = (f"{seed}-{number}" for number in count(1))
        self._storage_id = storage_id
        self._operations = operations

    def run(self) -> None:
        with contextlib.ExitStack() as stack, contextlib.suppress(psycopg.OperationalError):
            connections = {
                name: stack.enter_context(self._server.connect(name)) for name in (*USERS, "root")
            }
            for step in range(STEPS_MAX):
                if step % STEPS_PER_ROUND == STEPS_PER_ROUND - 1:
                    root = connections["root"]
                    root.execute(f"FLUSH TABLE {TABLE}".encode())
                    operation = self._operations[step // STEPS_PER_ROUND % len(self._operations)]
                    operation(Round(root, step, self._storage_id))
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


@dataclass(frozen=True, slots=True)
class Prepared:
    """A stopped server whose data directory has two users and a table somewhere."""

    place: Place
    start: Callable[..., ServerProcess]

    def workload(self, server: ServerProcess, notes: Notes, seed: int, *also: str) -> Workload:
        """What leads to all of these fail points, or to any."""
        operations = [REACHED_BY[name] for name in also] or list(dict.fromkeys(REACHED_BY.values()))
        storage_id = self.place.storage_id
        return Workload(server, notes, seed, storage_id=storage_id, operations=operations)


Prepare = Callable[[str], Prepared]


@pytest.fixture
def prepare(
    start_server: StartServer, object_store: ObjectStoreServer, fresh_name: Callable[[str], str]
) -> Prepare:
    def prepare(place_name: str) -> Prepared:
        server = start_server()
        bucket = fresh_name("crash").replace("_", "-")
        place = place_named(place_name, server.data_dir, object_store, bucket)
        for name in USERS:
            server.create_role(name)
        with server.connect() as root:
            if place.definition:
                root.execute(f"CREATE STORAGE {place.storage_id} {place.definition}".encode())
            # The entries of the unique index are in the same commits: VERIFY compares them too.
            columns = "id int PRIMARY KEY, body text NOT NULL UNIQUE"
            root.execute(
                f"CREATE USER TABLE {TABLE} ({columns}) STORAGE {place.storage_id}".encode()
            )
        assert server.stop() == 0
        return Prepared(place, start_server)

    return prepare


def _matrix() -> Iterator[Any]:
    for name in REACHED_BY:
        for place in PLACES:
            marks = [] if (name, place) in EVERY_TIME else [MATRIX]
            yield pytest.param(name, place, id=f"{name}-{place}", marks=marks)


def test_every_fail_point_is_in_a_matrix() -> None:
    assert {*REACHED_BY, *OF_THEIR_OWN, IN_RECOVERY} == set(FAILPOINTS)
    assert {(name, place) for name in REACHED_BY for place in PLACES} >= EVERY_TIME


@pytest.mark.parametrize(("name", "place"), list(_matrix()))
def test_acknowledged_rows_survive_a_crash_at(prepare: Prepare, name: str, place: str) -> None:
    prepared = prepare(place)
    notes = _crash_at(name, prepared)
    _check(prepared, prepared.start(), notes)


def _crash_at(name: str, prepared: Prepared) -> Notes:
    notes = Notes()
    server = prepared.start(environment={"KALAMPG_FAILPOINT": f"{name}:{NTH[name]}"})
    prepared.workload(server, notes, len(name), name).run()
    assert server.process.wait(60) == FAILPOINT_EXIT
    return notes


def test_a_recovery_that_crashes_is_finished_by_the_next(prepare: Prepare) -> None:
    prepared = prepare("local")
    notes = _crash_at("flush-after-object", prepared)  # leaves an orphan
    with pytest.raises(AssertionError, match="server did not start"):
        prepared.start(environment={"KALAMPG_FAILPOINT": IN_RECOVERY})
    _check(prepared, prepared.start(), notes)


@pytest.mark.parametrize(
    ("seed", "place"),
    [
        pytest.param(seed, place, marks=[] if seed == 0 and place != "filesystem" else [MATRIX])
        for seed in range(4)
        for place in PLACES
    ],
)
def test_acknowledged_rows_survive_sigkill(prepare: Prepare, seed: int, place: str) -> None:
    notes = Notes()
    prepared = prepare(place)
    for attempt in range(2):  # the second life begins with what the first left behind
        server = prepared.start()
        delay = random.Random(seed * 10 + attempt).uniform(0.05, 1.5)
        killer = threading.Timer(delay, server.process.send_signal, [signal.SIGKILL])
        killer.start()
        prepared.workload(server, notes, seed * 10 + attempt).run()
        killer.join()
        assert server.process.wait(60) == -signal.SIGKILL
        reopened = prepared.start()
        _check(prepared, reopened, notes)
        reopened.stop(signal.SIGKILL)


def _check(prepared: Prepared, server: ServerProcess, notes: Notes) -> None:
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
        report = root.execute(f"VERIFY TABLE {TABLE}".encode()).fetchall()
        assert [row for row in report if row[3] != "ok"] == []
        # Jobs that the crash interrupted go on, and objects go when nobody reads them any more.
        wrong = []
        for _ in range(POLLS_MAX):
            active = root.execute("SELECT count(*) FROM system.jobs WHERE completed_at IS NULL")
            if active.fetchone() == (0,):
                wrong = amiss(prepared.place, root)
                if wrong == []:
                    break
        assert wrong == []
        report = root.execute(f"VERIFY TABLE {TABLE}".encode()).fetchall()
        assert [row for row in report if row[3] != "ok"] == []
