"""A storage that fails, hangs, tears writes, lies: no row is lost, and the operator reads why.

Goal: whatever an object store does to a flush, a compaction, a read, a check or a deletion, rows
stay, hot and cached ones stay readable, the error says what it was, and after healing RETRY JOB and
VERIFY TABLE succeed. Method: a real server whose storages of type s3 are ``FaultyFileSystem``; the
test sets the faults and looks at the objects.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from conformance.server_process import Connection, ServerProcess
from tests.faulty_filesystem import ROOT_VARIABLE, Fault, Faults, Operation
from tests.fix_jobs import POLLS_MAX, end_of, wait_for
from tests.fix_server import StartServer

pytestmark = pytest.mark.slow
FreshName = Callable[[str], str]

MODULE = "tests.faulty_filesystem"
LOOKS_MAX = 1_000_000  # at files: some 20 µs each
SECRET = "a/very+secret=key"
# How each fault of a write reads in the job's error.
WRITE_FAULTS: list[tuple[Operation, Fault, str]] = [
    ("create", "unavailable", "503 Please reduce your request rate"),
    ("create", "refused", "403 Access Denied for key ****"),
    ("create", "full", "No space left on device"),
    ("create", "hang", "no answer"),
    ("create", "torn", "Connection reset by peer"),
    ("create", "lost", "took an object and does not give it back"),
    ("read", "unavailable", "took an object and does not give it back"),
    ("read", "hang", "no answer"),
]
READ_FAULTS: list[tuple[Fault, str, str]] = [
    ("unavailable", "58030", "503 Please reduce your request rate"),
    ("refused", "58030", "403 Access Denied for key ****"),
    ("full", "53100", "No space left on device"),
    ("hang", "58030", "no answer"),
    ("torn", "58030", "Connection reset by peer"),
    ("short", "58030", "bytes came instead of"),
]


@dataclass(frozen=True, slots=True)
class Site:
    """A server, its faulty store, and a connection of root's."""

    server: ServerProcess
    faults: Faults
    root: Connection


def _environment(store: Path, **settings: str) -> dict[str, str]:
    return {
        ROOT_VARIABLE: str(store),
        "KALAMPG_FLUSH_ALERT_AFTER_FAILURES": "1",
        "KALAMPG_COMPACTION_ENABLED": "false",
        **settings,
    }


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that waits for no store, and keeps no copies of remote segments."""
    folder = tmp_path_factory.mktemp("faults")
    environment = _environment(
        folder / "store",
        KALAMPG_STORAGE_REQUEST_TIMEOUT_SECONDS="0.2",
        KALAMPG_STORAGE_TIMEOUT_PAUSE_SECONDS="0.1",
        KALAMPG_CACHE_OBJECT_BYTES="0",
        KALAMPG_CACHE_COLD_BYTES="0",
    )
    server = ServerProcess(folder / "data", environment=environment, module=MODULE)
    with server.connect() as root:
        _create_storage(root)
    yield server
    assert server.process.poll() is None, f"the server died: {server.log()[-4000:]}"
    assert SECRET not in server.log()
    server.stop()


@pytest.fixture
def site(impatient: ServerProcess) -> Iterator[Site]:
    faults = Faults(impatient.data_dir.parent / "store")
    with impatient.connect() as root:
        yield Site(impatient, faults, root)
    faults.heal()


def _create_storage(root: Connection) -> None:
    credentials = json.dumps({"access_key": "AKIATEST", "secret_key": SECRET})
    _run(root, f"CREATE STORAGE faulty TYPE s3 BUCKET 'bucket' CREDENTIALS '{credentials}'")


def _run(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    done = connection.execute(statement.encode())
    return done.fetchall() if done.description else []


def _make(root: Connection, table: str, rows: int = 3, storage: str = "faulty") -> None:
    _run(root, f"CREATE SHARED TABLE {table} (id int PRIMARY KEY, body text) STORAGE {storage}")
    _run(root, f"ALTER TABLE {table} SET FLUSH OFF")
    _run(root, f"INSERT INTO {table} SELECT g, 'old' FROM generate_series(1, {rows}) AS g")


def _newest_job(root: Connection, kind: str) -> dict[str, Any]:
    """The job that a statement has started without an answer, at its end."""
    query = "SELECT job_id FROM system.jobs WHERE job_type = %s ORDER BY created_at DESC LIMIT 1"
    started = root.execute(query, [kind]).fetchone()
    assert started is not None
    return wait_for(root, started[0])


def _retry(root: Connection, job: dict[str, Any]) -> dict[str, Any]:
    root.execute(sql.SQL("RETRY JOB {}").format(job["job_id"]))
    return wait_for(root, job["job_id"])


def _check_sound(site: Site, table: str) -> None:
    """VERIFY finds nothing, and the store has the manifest's objects and no others."""
    report = _run(site.root, f"VERIFY TABLE {table}")
    assert [row for row in report if row[3] != "ok"] == []
    listed = _paths(site.root, table)
    wanted = [*listed, f"public/{table}/manifest.json"] if listed else []
    _until(lambda: _stored(site, table) == sorted(wanted))
    if listed:
        _until(lambda: _copied(site, table) == listed)


def _copied(site: Site, table: str) -> list[str]:
    """The segments that the table's manifest.json lists."""
    copy = site.faults.root / f"objects/bucket/public/{table}/manifest.json"
    return sorted(segment["path"] for segment in json.loads(copy.read_text())["segments"])


def _until(is_done: Callable[[], bool]) -> None:
    """Wait for what is done in the background."""
    for _ in range(LOOKS_MAX):
        if is_done():
            return
    raise AssertionError("what should happen in the background does not")


def _paths(root: Connection, table: str) -> list[str]:
    query = "SELECT path FROM system.segments WHERE table_name = %s"
    return sorted(path for (path,) in root.execute(query, [table]).fetchall())


def _stored(site: Site, table: str) -> list[str]:
    return [path for path in site.faults.objects() if path.startswith(f"public/{table}/")]


def _count(connection: Connection, table: str) -> int:
    ((count,),) = _run(connection, f"SELECT count(*) FROM {table}")
    assert isinstance(count, int)
    return count


@pytest.mark.parametrize(("operation", "fault", "reason"), WRITE_FAULTS)
def test_a_flush_that_cannot_write_keeps_its_rows(
    site: Site, fresh_name: FreshName, operation: Operation, fault: Fault, reason: str
) -> None:
    table, root = fresh_name("flushed"), site.root
    _make(root, table)
    site.faults.set(operation, fault)
    job = end_of(root, f"FLUSH TABLE {table}")
    assert (job["status"], job["retry_count"]) == ("failed", 3)
    assert reason in job["error_message"]
    assert _paths(root, table) == []
    _run(root, f"INSERT INTO {table} VALUES (4, 'new')")
    _run(root, f"UPDATE {table} SET body = 'new' WHERE id = 1")
    assert _count(root, table) == 4
    letters = root.execute(
        "SELECT error_message FROM system.dead_letters WHERE job_id = %s", [job["job_id"]]
    )
    assert letters.fetchall() == [(job["error_message"],)]
    alert = "SELECT error_message, resolved_at IS NULL FROM system.alerts WHERE table_name = %s"
    ((why, is_open),) = root.execute(alert, [table]).fetchall()
    assert (why, is_open) == (job["error_message"], True)
    site.faults.heal()
    assert _retry(root, job)["status"] == "completed"
    assert _run(root, f"SELECT id, body FROM {table} ORDER BY id") == [
        (1, "new"),
        (2, "old"),
        (3, "old"),
        (4, "new"),
    ]
    _check_sound(site, table)
    ((_, is_open),) = root.execute(alert, [table]).fetchall()
    assert not is_open


def test_what_passes_is_tried_again_by_the_same_job(site: Site, fresh_name: FreshName) -> None:
    table, root = fresh_name("passing"), site.root
    _make(root, table)
    site.faults.set("create", "unavailable", times=2)
    job = end_of(root, f"FLUSH TABLE {table}")
    assert (job["status"], job["retry_count"]) == ("completed", 2)
    assert _count(root, table) == 3
    _run(root, f"INSERT INTO {table} VALUES (4, 'new')")
    assert end_of(root, f"FLUSH TABLE {table}")["status"] == "completed"
    site.faults.set("fetch", "unavailable", times=1)
    job = end_of(root, f"COMPACT TABLE {table}")
    assert (job["status"], job["retry_count"]) == ("completed", 1)
    assert job["result"]["segments_before"] == 2
    _check_sound(site, table)


def test_one_users_failure_is_not_the_others(site: Site, fresh_name: FreshName) -> None:
    table, root = fresh_name("private"), site.root
    _run(root, f"CREATE USER TABLE {table} (id int PRIMARY KEY) STORAGE faulty FLUSH OFF")
    users = [site.server.create_role(fresh_name(name)) for name in ("ann", "ben", "cem")]
    for user in users:
        with site.server.connect(user) as connection:
            _run(connection, f"INSERT INTO {table} VALUES (1), (2)")
    site.faults.set("create", "refused", times=1)
    job = end_of(root, f"FLUSH TABLE {table}")
    assert (job["status"], job["retry_count"]) == ("completed", 1)
    assert job["result"]["users_count"] == 3
    for user in users:
        with site.server.connect(user) as connection:
            assert _count(connection, table) == 2


@pytest.mark.parametrize(("fault", "sqlstate", "reason"), READ_FAULTS)
def test_cold_rows_that_cannot_be_read_are_an_error_and_hot_ones_are_read(
    site: Site, fresh_name: FreshName, fault: Fault, sqlstate: str, reason: str
) -> None:
    table, hot, root = fresh_name("cold"), fresh_name("hot"), site.root
    _make(root, table)
    _make(root, hot)
    assert end_of(root, f"FLUSH TABLE {table}")["status"] == "completed"
    site.faults.set("fetch", fault)
    for statement in (
        f"SELECT count(body) FROM {table}",
        f"SELECT body FROM {table} WHERE id = 2",
        f"UPDATE {table} SET body = 'new' WHERE id = 2",
        f"INSERT INTO {table} VALUES (2, 'again')",
    ):
        with pytest.raises(psycopg.Error) as failure:
            _run(root, statement)
        assert failure.value.sqlstate == sqlstate, statement
        assert "could not read from storage 'faulty'" in str(failure.value)
        assert reason in str(failure.value) or "no answer a moment ago" in str(failure.value)
    assert _count(root, hot) == 3
    _run(root, f"INSERT INTO {table} VALUES (9, 'new')")  # no segment may have this key
    with contextlib.suppress(psycopg.errors.IoError):  # a store in its pause cannot be listed
        findings = [row for row in _run(root, f"VERIFY TABLE {table}") if row[3] != "ok"]
        assert findings, "VERIFY says what cannot be read"
    site.faults.heal()
    for _ in range(POLLS_MAX):
        try:
            assert _count(root, table) == 4
        except psycopg.errors.IoError:
            continue  # a store that hung is left alone for a moment
        break
    assert _run(root, f"SELECT body FROM {table} WHERE id = 2") == [("old",)]
    _check_sound(site, table)


@pytest.mark.parametrize(
    ("operation", "fault", "reason"),
    [
        *(case for case in WRITE_FAULTS if case[1] in {"full", "torn", "lost"}),
        *(("fetch", fault, reason) for fault, _, reason in READ_FAULTS if fault != "hang"),
    ],
)
def test_a_compaction_that_fails_changes_nothing(
    site: Site, fresh_name: FreshName, operation: Operation, fault: Fault, reason: str
) -> None:
    table, root = fresh_name("merged"), site.root
    _make(root, table)
    assert end_of(root, f"FLUSH TABLE {table}")["status"] == "completed"
    _run(root, f"INSERT INTO {table} VALUES (4, 'new')")
    _run(root, f"DELETE FROM {table} WHERE id = 1")
    assert end_of(root, f"FLUSH TABLE {table}")["status"] == "completed"
    before = _paths(root, table)
    site.faults.set(operation, fault)
    job = end_of(root, f"COMPACT TABLE {table}")
    assert (job["status"], job["retry_count"]) == ("failed", 3)
    assert reason in job["error_message"]
    assert _paths(root, table) == before
    site.faults.heal()
    for _ in range(POLLS_MAX):
        job = _retry(root, job)
        if job["status"] == "completed":
            break
    assert len(_paths(root, table)) == 1
    expected = [(2, "old"), (3, "old"), (4, "new")]
    assert _run(root, f"SELECT id, body FROM {table} ORDER BY id") == expected
    _check_sound(site, table)


@pytest.mark.parametrize(
    ("operation", "fault", "reason"),
    [
        ("create", "refused", "403 Access Denied for key ****"),
        ("create", "torn", "Connection reset by peer"),
        ("create", "hang", "no answer"),
        ("create", "lost", "could not read from storage 'faulty'"),
        ("fetch", "unavailable", "503 Please reduce your request rate"),
        ("fetch", "short", "bytes came instead of"),
    ],
)
def test_a_move_that_fails_leaves_rows_where_they_were(
    site: Site, fresh_name: FreshName, operation: Operation, fault: Fault, reason: str
) -> None:
    """To the store that fails, or, where it cannot be read, away from it."""
    table, root = fresh_name("moved"), site.root
    source, target = ("faulty", "local") if operation == "fetch" else ("local", "faulty")
    _make(root, table, storage=source)
    assert end_of(root, f"FLUSH TABLE {table}")["status"] == "completed"
    _run(root, f"DELETE FROM {table} WHERE id = 1")
    before = _paths(root, table)
    site.faults.set(operation, fault)
    _run(root, f"ALTER TABLE {table} SET STORAGE {target} MOVE")
    job = _newest_job(root, "move")
    assert job["status"] == "failed"
    assert reason in job["error_message"]
    assert _paths(root, table) == before
    if source == "local":
        assert _count(root, table) == 2
    site.faults.heal()
    for _ in range(POLLS_MAX):
        job = _retry(root, job)
        if job["status"] == "completed":
            break
    assert _run(root, f"SELECT id, body FROM {table} ORDER BY id") == [(2, "old"), (3, "old")]
    storages = _run(root, f"SELECT storage_id FROM system.segments WHERE table_name = '{table}'")
    assert storages == [(target,)]
    if target == "faulty":
        _check_sound(site, table)
    else:
        _until(lambda: _stored(site, table) == [])


@pytest.mark.parametrize(
    ("operation", "fault", "reason"),
    [case for case in WRITE_FAULTS if case[:2] in {("create", "refused"), ("create", "torn")}],
)
def test_an_export_that_fails_leaves_nothing_behind(
    site: Site, fresh_name: FreshName, operation: Operation, fault: Fault, reason: str
) -> None:
    table, root = fresh_name("exported"), site.root
    user = site.server.create_role(fresh_name("exporter"))
    _run(root, f"CREATE USER TABLE {table} (id int PRIMARY KEY) FLUSH OFF")
    with site.server.connect(user) as connection:
        _run(connection, f"INSERT INTO {table} VALUES (1), (2)")
    site.faults.set(operation, fault)
    job = end_of(root, f"EXPORT USER '{user}' TO 'faulty:exports/{user}'")
    assert (job["status"], job["retry_count"]) == ("failed", 3)
    assert reason in job["error_message"]
    site.faults.heal()
    job = _retry(root, job)
    assert (job["status"], job["result"]["rows"]) == ("completed", 2)
    stored = [path for path in site.faults.objects() if path.startswith(f"exports/{user}/")]
    assert len(stored) == 2
    assert f"exports/{user}/manifest.json" in stored


def test_a_user_whose_objects_cannot_be_deleted_goes_when_they_can(
    site: Site, fresh_name: FreshName
) -> None:
    table, root = fresh_name("left"), site.root
    user = site.server.create_role(fresh_name("leaver"))
    _run(root, f"CREATE USER TABLE {table} (id int PRIMARY KEY) STORAGE faulty FLUSH OFF")
    with site.server.connect(user) as connection:
        _run(connection, f"INSERT INTO {table} VALUES (1), (2)")
    assert end_of(root, f"FLUSH TABLE {table}")["status"] == "completed"
    site.faults.set("delete", "refused")
    deleted = site.faults.calls()["delete"]
    _run(root, f"DROP USER {user} CASCADE")
    _until(lambda: site.faults.calls()["delete"] > deleted)
    with pytest.raises(psycopg.Error):
        site.server.create_role(user)  # the name is taken until nothing is left
    site.faults.heal()
    assert _newest_job(root, "user_cleanup")["status"] == "completed"
    assert _stored(site, table) == []
    site.server.create_role(user)


def test_objects_that_cannot_be_deleted_go_when_they_can(site: Site, fresh_name: FreshName) -> None:
    table, root = fresh_name("dropped"), site.root
    _make(root, table)
    end_of(root, f"FLUSH TABLE {table}")
    site.faults.set("delete", "refused")
    deleted = site.faults.calls()["delete"]
    _run(root, f"DROP TABLE {table}")
    _until(lambda: site.faults.calls()["delete"] > deleted)
    assert _stored(site, table) != []
    site.faults.heal()
    _until(lambda: _stored(site, table) == [])


def test_a_manifest_copy_that_failed_is_written_later(site: Site, fresh_name: FreshName) -> None:
    table, root = fresh_name("copied"), site.root
    _make(root, table)
    assert end_of(root, f"FLUSH TABLE {table}")["status"] == "completed"
    site.faults.set("replace", "unavailable")
    _run(root, f"INSERT INTO {table} VALUES (4, 'new')")
    assert end_of(root, f"FLUSH TABLE {table}")["status"] == "completed"
    assert len(_copied(site, table)) == 1
    assert _count(root, table) == 4
    site.faults.heal()
    _check_sound(site, table)


def test_stale_lists_mislead_nobody(site: Site, fresh_name: FreshName) -> None:
    table, root = fresh_name("stale"), site.root
    site.faults.set("list", "stale")
    _make(root, table)
    for number in range(4, 8):
        assert end_of(root, f"FLUSH TABLE {table}")["status"] == "completed"
        _run(root, f"INSERT INTO {table} VALUES ({number}, 'new')")
        assert end_of(root, f"COMPACT TABLE {table}")["status"] == "completed"
    assert end_of(root, f"FLUSH TABLE {table}")["status"] == "completed"
    assert _count(root, table) == 7
    _check_sound(site, table)
    _run(root, f"DROP TABLE {table}")
    _until(lambda: _stored(site, table) == [])


@pytest.mark.parametrize(
    ("operation", "fault", "error"),
    [
        ("create", "refused", "write: 403 Access Denied for key ****"),
        ("create", "full", "write: [Errno 28] No space left on device"),
        ("create", "hang", "write: no answer within 0 s"),
        ("create", "lost", "read: "),
        ("read", "unavailable", "read: [Errno 16] 503 Please reduce your request rate"),
        ("list", "stale", "list: the object is not listed"),
        ("delete", "refused", "delete: 403 Access Denied for key ****"),
    ],
)
def test_the_check_says_what_does_not_work(
    site: Site, operation: Operation, fault: Fault, error: str
) -> None:
    site.faults.set(operation, fault)
    with site.root.cursor(row_factory=dict_row) as cursor:
        health = cursor.execute("STORAGE CHECK faulty").fetchone()
        assert health is not None
        assert health["status"] == "unhealthy"
        assert health["error"].startswith(error)
        site.faults.heal()
        again = cursor.execute("STORAGE CHECK faulty").fetchone()
        assert again is not None
        assert again["status"] == "healthy"


def test_who_does_not_need_a_store_that_hangs_does_not_wait_for_it(
    start_server: StartServer, tmp_path: Path
) -> None:
    """More readers than there are threads wait for the store; everything else goes on."""
    faults = Faults(tmp_path / "store")
    environment = _environment(faults.root)
    first = start_server(environment=environment, module=MODULE)
    with first.connect() as root:
        _create_storage(root)
        for table, storage in (("cold", "faulty"), ("cached", "faulty"), ("near", "local")):
            _make(root, table, storage=storage)
            assert end_of(root, f"FLUSH TABLE {table}")["status"] == "completed"
    first.stop()
    shutil.rmtree(first.data_dir / "cache")
    server = start_server(environment=environment, module=MODULE)
    with server.connect() as root, ThreadPoolExecutor(32) as readers:
        site = Site(server, faults, root)
        assert _count(site.root, "cached") == 3
        fetched = faults.calls()["fetch"]
        faults.set("fetch", "hang")
        faults.set("create", "hang")
        waiting = _read_in(readers, server)
        ((stuck, *_),) = _run(site.root, "FLUSH TABLE cached")
        try:
            _until(lambda: faults.calls()["fetch"] > fetched)
            for table in ("cached", "near"):
                assert _count(site.root, table) == 3
                assert _run(site.root, f"SELECT body FROM {table} WHERE id = 2") == [("old",)]
                _run(site.root, f"UPDATE {table} SET body = 'new' WHERE id = 3")
                with pytest.raises(psycopg.errors.UniqueViolation):
                    _run(site.root, f"INSERT INTO {table} VALUES (2, 'again')")
            assert end_of(site.root, "FLUSH TABLE near")["status"] == "completed"
            assert [row for row in _run(site.root, "VERIFY TABLE near") if row[3] != "ok"] == []
            assert not any(reader.done() for reader in waiting)
        finally:
            faults.heal()
        assert {reader.result() for reader in waiting} == {3, "old"}
        assert wait_for(site.root, stuck)["status"] == "completed"


def _read_in(readers: ThreadPoolExecutor, server: ServerProcess) -> list[Future[Any]]:
    def read(statement: str) -> object:
        with server.connect() as connection:
            ((value,),) = _run(connection, statement)
            return value

    statements = ["SELECT count(*) FROM cold", "SELECT body FROM cold WHERE id = 2"]
    return [readers.submit(read, statement) for statement in statements * 12]


def test_a_commit_that_needs_a_store_that_hangs_holds_nobody_up(
    start_server: StartServer, tmp_path: Path
) -> None:
    """A row that the block has changed was merged into another segment before its COMMIT."""
    faults = Faults(tmp_path / "store")
    caches = {"KALAMPG_CACHE_OBJECT_BYTES": "0", "KALAMPG_CACHE_COLD_BYTES": "0"}
    environment = _environment(faults.root, **caches)
    server = start_server(environment=environment, module=MODULE)
    with server.connect() as root, server.connect() as block, ThreadPoolExecutor(1) as clients:
        _create_storage(root)
        _make(root, "t")
        assert end_of(root, "FLUSH TABLE t")["status"] == "completed"
        _run(root, "INSERT INTO t VALUES (4, 'old')")
        assert end_of(root, "FLUSH TABLE t")["status"] == "completed"
        _run(block, "BEGIN")
        _run(block, "UPDATE t SET body = 'new' WHERE id = 2")
        assert end_of(root, "COMPACT TABLE t")["status"] == "completed"
        faults.set("fetch", "hang")
        fetched = faults.calls()["fetch"]
        committed = clients.submit(_run, block, "COMMIT")
        try:
            _until(lambda: faults.calls()["fetch"] > fetched)
            for _ in range(20):
                assert _run(root, "SELECT 1") == [(1,)]
            assert not committed.done()
        finally:
            faults.heal()
        committed.result()
        expected = [(1, "old"), (2, "new"), (3, "old"), (4, "old")]
        assert _run(root, "SELECT id, body FROM t ORDER BY id") == expected
        assert [row for row in _run(root, "VERIFY TABLE t") if row[3] != "ok"] == []
