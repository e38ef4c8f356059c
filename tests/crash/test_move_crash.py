"""A server that dies while it moves a table's segments to another storage.

Goal: after a crash at any step the rows are what was acknowledged, the next start goes on with the
move, and in the end every segment is in the new storage and no other object anywhere. Method: the
server is armed with a fail point; a user writes until it is gone; the reopened server is compared
with a dict of what was acknowledged and with a listing of both storages.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import psycopg
import pytest

from conformance.server_process import ServerProcess
from tests.crash.matrix import OF_THEIR_OWN, LocalPlace, Place, place_named
from tests.fix_jobs import POLLS_MAX, run_job
from tests.fix_object_store import ObjectStoreServer
from tests.fix_server import StartServer

pytestmark = [pytest.mark.crash, pytest.mark.slow]

USERS = ("alice", "bob")
KEYS = 8
ARMED_EXIT = 91
BEFORE_DELETION = "drop-before-objects"
POINTS = sorted(name for name in OF_THEIR_OWN if name.startswith("move-"))
# What ``make test`` has time for.
EVERY_TIME = {("move-after-publish", "s3", "objects")}


def _matrix() -> Iterator[Any]:
    for point in (*POINTS, BEFORE_DELETION):
        for kind in ("filesystem", "s3"):
            for target in ("objects", "local"):
                marks = [] if (point, kind, target) in EVERY_TIME else [pytest.mark.matrix]
                yield pytest.param(point, kind, target, marks=marks)


@pytest.mark.parametrize(("point", "kind", "target"), list(_matrix()))
def test_a_move_survives_a_crash_at(
    start_server: StartServer,
    object_store: ObjectStoreServer,
    fresh_name: Callable[[str], str],
    point: str,
    kind: str,
    target: str,
) -> None:
    server = start_server()
    bucket = fresh_name("moved").replace("_", "-")
    elsewhere = place_named(kind, server.data_dir, object_store, bucket)
    rows = _prepare(server, elsewhere, "local" if target == "objects" else "objects")
    # The second user is met when the first one's segments have moved.
    nth = 1 if point == BEFORE_DELETION else 2
    server = start_server(environment={"KALAMPG_FAILPOINT": f"{point}:{nth}"})
    pending = _write_until_killed(server, rows, f"ALTER TABLE notes SET STORAGE {target} MOVE")
    assert server.process.wait(60) == ARMED_EXIT
    reopened = start_server()
    _check_rows(reopened, rows, pending)
    _check_objects(reopened, [elsewhere, LocalPlace(server.data_dir)], target)
    _check_rows(reopened, rows, pending)


def _prepare(
    server: ServerProcess, elsewhere: Place, storage_id: str
) -> dict[tuple[str, int], str]:
    """Two segments of each of two users, one with a mark."""
    rows = {(user, key): f"{user} {key}" for user in USERS for key in range(KEYS)}
    for name in USERS:
        server.create_role(name)
    with server.connect() as root:
        root.execute(f"CREATE STORAGE {elsewhere.storage_id} {elsewhere.definition}".encode())
        root.execute(
            "CREATE USER TABLE notes (id int PRIMARY KEY, body text) STORAGE"
            f" {storage_id} FLUSH OFF".encode()
        )
        for half in (range(KEYS // 2), range(KEYS // 2, KEYS)):
            for user in USERS:
                with server.connect(user) as connection:
                    for key in half:
                        connection.execute(
                            "INSERT INTO notes VALUES (%s, %s)", (key, rows[user, key])
                        )
            run_job(root, "FLUSH TABLE notes")
    with server.connect("bob") as connection:
        connection.execute("UPDATE notes SET body = 'changed' WHERE id = 0")
    rows["bob", 0] = "changed"
    assert server.stop() == 0
    return rows


def _write_until_killed(
    server: ServerProcess, rows: dict[tuple[str, int], str], statement: str
) -> str | None:
    """Run the statement and change a cold row of each segment; what was not acknowledged."""
    pending = None
    with (
        contextlib.suppress(psycopg.OperationalError),
        server.connect("bob") as bob,
        server.connect() as root,
    ):
        root.execute(statement.encode())
        for number in count():
            key = 2 + number % 2 * 4
            pending = f"new {number}"
            bob.execute("UPDATE notes SET body = %s WHERE id = %s", (pending, key))
            rows["bob", key] = pending
    return pending


def _check_rows(
    server: ServerProcess, rows: dict[tuple[str, int], str], pending: str | None
) -> None:
    for user in USERS:
        with server.connect(user) as connection:
            found = dict(connection.execute("SELECT id, body FROM notes").fetchall())
        expected = {key: body for (owner, key), body in rows.items() if owner == user}
        wrong = {key for key in found | expected if found.get(key) != expected.get(key)}
        assert all(found.get(key) == pending for key in wrong), (found, expected, pending)


def _check_objects(server: ServerProcess, places: list[Place], target: str) -> None:
    stored: dict[str, list[str]] = {}
    listed: dict[str, list[str]] = {}
    with server.connect() as root:
        for _ in range(POLLS_MAX):
            active = root.execute("SELECT count(*) FROM system.jobs WHERE completed_at IS NULL")
            if active.fetchone() != (0,):
                continue
            segments = root.execute("SELECT storage_id, path FROM system.segments").fetchall()
            for place in places:
                paths = {path for storage_id, path in segments if storage_id == place.storage_id}
                copies = {f"{path.rpartition('/')[0]}/manifest.json" for path in paths}
                listed[place.storage_id] = sorted(paths | copies)
                stored[place.storage_id] = place.objects()
            if stored == listed:
                break
        assert stored == listed
        assert {name for name, paths in listed.items() if paths} == {target}
        report = root.execute("VERIFY TABLE notes").fetchall()
        assert [row for row in report if row[3] != "ok"] == []
