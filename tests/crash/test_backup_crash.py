"""A server that dies while it backs up, or while it restores.

Goal: after a crash at any step the original is what it was; what has no document is no backup; the
next start finishes the job, and what it restores is equal to the original and passes VERIFY.
Method: the server is armed with a fail point and killed there; the reopened one is asked, and the
copy is started beside it.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conformance.server_process import ServerProcess
from tests.crash.matrix import OF_THEIR_OWN, Place, place_named
from tests.fix_jobs import run_job, wait_for
from tests.fix_object_store import ObjectStoreServer
from tests.fix_server import StartServer

pytestmark = [pytest.mark.crash, pytest.mark.slow]

ARMED_EXIT = 91
USERS = ("alice", "bob")
POINTS = sorted(name for name in OF_THEIR_OWN if name.startswith(("backup-", "restore-")))
# Objects are met more than once.
NTH = {name: 3 for name in POINTS if name.endswith("-object")}
# What ``make test`` has time for.
EVERY_TIME = {("backup-before-manifest", "filesystem")}


def _matrix() -> Iterator[Any]:
    for point in POINTS:
        for kind in ("filesystem", "s3"):
            marks = [] if (point, kind) in EVERY_TIME else [pytest.mark.matrix]
            yield pytest.param(point, kind, marks=marks)


@pytest.mark.parametrize(("point", "kind"), list(_matrix()))
def test_a_crash_leaves_a_whole_backup_and_a_whole_copy_or_none(
    start_server: StartServer,
    object_store: ObjectStoreServer,
    fresh_name: Callable[[str], str],
    tmp_path: Path,
    point: str,
    kind: str,
) -> None:
    root_option = {"KALAMPG_STORAGE_RESTORE_ROOT": str(tmp_path)}
    server = start_server(environment=root_option)
    bucket = fresh_name("backup").replace("_", "-")
    place = place_named(kind, server.data_dir, object_store, bucket)
    rows = _prepare(server, place)
    is_backup = point.startswith("backup-")
    if not is_backup:
        with server.connect() as root:
            run_job(root, "BACKUP DATABASE TO 'objects:b'")
    assert server.stop() == 0
    armed = {"KALAMPG_FAILPOINT": f"{point}:{NTH.get(point, 1)}", **root_option}
    server = start_server(environment=armed)
    statement = "RESTORE DATABASE FROM 'objects:b' TO 'copy'"
    _run_until_killed(server, "BACKUP DATABASE TO 'objects:b'" if is_backup else statement)
    documents = [path for path in place.objects() if path.startswith("b/backups/")]
    assert len(documents) == (not is_backup or point == "backup-after-manifest")
    reopened = start_server(environment=root_option)
    with reopened.connect() as root:
        query = "SELECT job_id FROM system.jobs WHERE job_type = %s"
        found = root.execute(query, ["backup" if is_backup else "restore"]).fetchone()
        assert found is not None
        job = wait_for(root, found[0])
        assert (job["status"], job["error_message"]) == ("completed", None)
        if is_backup:
            run_job(root, statement)
        assert len(root.execute("SHOW BACKUPS FROM 'objects:b'").fetchall()) == 1
    assert _named(place) == {path for path in place.objects() if path.startswith("b/")}
    key = reopened.data_dir / "storage-credentials.key"
    if key.exists():  # It is in no backup: whoever restores has kept it.
        shutil.copy(key, reopened.data_dir.with_name("copy"))
    copy = start_server("copy")
    for one in (reopened, copy):
        _check(one, rows)


def _prepare(server: ServerProcess, place: Place) -> dict[str, list[tuple[int, str]]]:
    """Cold rows in two storages, hot rows, a mark."""
    rows = {user: [(key, f"{user} {key}") for key in range(6)] for user in USERS}
    for name in USERS:
        server.create_role(name)
    with server.connect() as root:
        root.execute(f"CREATE STORAGE {place.storage_id} {place.definition}".encode())
        for table, storage_id in (("notes", "local"), ("drafts", place.storage_id)):
            root.execute(
                f"CREATE USER TABLE {table} (id int PRIMARY KEY, body text)"
                f" STORAGE {storage_id} FLUSH OFF".encode()
            )
            for user in USERS:
                with server.connect(user) as connection, connection.cursor() as cursor:
                    insert = f"INSERT INTO {table} VALUES (%s, %s)"
                    cursor.executemany(insert.encode(), rows[user][:-1])
            run_job(root, f"FLUSH TABLE {table}")
            for user in USERS:
                with server.connect(user) as connection:
                    insert = f"INSERT INTO {table} VALUES (%s, %s)"
                    connection.execute(insert.encode(), rows[user][-1])
                    connection.execute(f"UPDATE {table} SET body = 'new' WHERE id = 0".encode())
    return {user: [(0, "new"), *of_user[1:]] for user, of_user in rows.items()}


def _run_until_killed(server: ServerProcess, statement: str) -> None:
    with contextlib.suppress(psycopg.OperationalError), server.connect() as root:
        root.execute(statement.encode())
        while server.process.poll() is None:
            root.execute("SELECT 1")
    assert server.process.wait(60) == ARMED_EXIT


def _named(place: Place) -> set[str]:
    """The one backup's document, and all that it names."""
    (document,) = [path for path in place.objects() if path.startswith("b/backups/")]
    backup = json.loads(place.read(document))
    contents = json.loads(gzip.decompress(place.read(f"b/{backup['contents']}")))
    objects = [entry["object"] for entry in (*contents["files"], *contents["segments"])]
    return {document, *(f"b/{path}" for path in (backup["contents"], *objects))}


def _check(server: ServerProcess, rows: dict[str, list[tuple[int, str]]]) -> None:
    for table in ("notes", "drafts"):
        for user in USERS:
            with server.connect(user) as connection:
                found = connection.execute(f"SELECT id, body FROM {table} ORDER BY id".encode())
                assert found.fetchall() == rows[user]
        with server.connect() as root:
            report = root.execute(f"VERIFY TABLE {table}".encode()).fetchall()
            assert [row for row in report if row[3] != "ok"] == []
