"""Definitions of storages, and where they send each user's segments, over the wire.

Goal: the cases that KalamDB's test plan lists for storages (reference, 4.6 and 13.5), by those
names; ``tests/test_reference_cases.py`` has the whole list. Method: a real server; where segments
are is read from the file system, and what is read back from SQL.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conformance.server_process import Connection, ServerProcess
from tests.fix_jobs import run_job
from tests.fix_server import StartServer

pytestmark = pytest.mark.slow
FreshName = Callable[[str], str]

IN_USE = "2BP01"


def run(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    done = connection.execute(statement.encode())
    return done.fetchall() if done.description else []


def refused(connection: Connection, statement: str) -> psycopg.Error:
    with pytest.raises(psycopg.Error) as refusal:
        run(connection, statement)
    return refusal.value


def folders(root: Path) -> set[str]:
    """The folders of all segments below a folder."""
    return {path.parent.relative_to(root).as_posix() for path in root.rglob("*.parquet")}


@pytest.fixture
def make_storage(
    server: ServerProcess, tmp_path: Path, fresh_name: FreshName
) -> Callable[..., tuple[str, Path]]:
    """Makes storages in folders of their own; their ids and folders."""

    def make(stem: str = "store", clauses: str = "") -> tuple[str, Path]:
        storage_id = fresh_name(stem)
        with server.connect() as root:
            run(root, f"CREATE STORAGE {storage_id} TYPE filesystem PATH '{tmp_path}/{storage_id}'"
                      f" {clauses}")  # fmt: skip
        return storage_id, tmp_path / storage_id

    return make


MakeStorage = Callable[..., tuple[str, Path]]

# --- definitions ---


def test_default_storage_creation(server: ServerProcess) -> None:
    with server.connect() as root:
        first = run(root, "SHOW STORAGES")[0]
        assert first[:4] == ("local", "local", "filesystem", "")
        assert refused(root, "SELECT * FROM system.storage_locations").sqlstate == "42P01"


def test_create_storage_filesystem(
    server: ServerProcess, make_storage: MakeStorage, fresh_name: FreshName
) -> None:
    storage_id, folder = make_storage()
    schema = fresh_name("placed")
    with server.connect() as root:
        ((name, kind, base),) = run(
            root,
            "SELECT storage_name, storage_type, base_directory FROM system.storages"
            f" WHERE storage_id = '{storage_id}'",
        )
        assert (name, kind, base) == (storage_id, "filesystem", str(folder))
        assert run(root, f"STORAGE CHECK {storage_id}")[0][1] == "healthy"
        run(root, f"CREATE NAMESPACE {schema}")
        run(root, f"CREATE SHARED TABLE {schema}.t (id int PRIMARY KEY) STORAGE {storage_id}")
        run(root, f"INSERT INTO {schema}.t VALUES (1)")
        run_job(root, f"FLUSH TABLE {schema}.t")
        assert run(root, f"SELECT id FROM {schema}.t") == [(1,)]
        assert refused(root, f"CREATE STORAGE {storage_id} TYPE s3").sqlstate == "42710"
    assert folders(folder) == {f"{schema}/t"}
    assert not server.data_dir.joinpath("storage", schema).exists()


def test_create_storage_s3(server: ServerProcess, fresh_name: FreshName) -> None:
    by_bucket, by_uri = fresh_name("bucket"), fresh_name("uri")
    credentials = '{"access_key": "AKIAEXAMPLE", "secret_key": "not to be seen"}'
    with server.connect() as root:
        run(root, f"CREATE STORAGE {by_bucket} TYPE s3 BUCKET 'heap' REGION 'eu-west-1'")
        run(
            root,
            f"CREATE STORAGE {by_uri} TYPE 's3' URI 's3://heap/a/b' CREDENTIALS '{credentials}'",
        )
        rows = {row[0]: row for row in run(root, "SHOW STORAGES")}
        assert rows[by_bucket][2:5] == ("s3", "s3://heap", None)
        assert rows[by_uri][2:5] == ("s3", "s3://heap/a/b", "****")
        for statement, reason in (
            ("CREDENTIALS 'no json'", "Invalid credentials JSON"),
            ("CREDENTIALS '[1]'", "Credentials must be a JSON object"),
        ):
            failure = refused(root, f"CREATE STORAGE x TYPE s3 URI 's3://heap/x' {statement}")
            assert (failure.sqlstate, reason in str(failure)) == ("22023", True)
        for storage_id in (by_bucket, by_uri):
            run(root, f"DROP STORAGE {storage_id}")


def test_storages_are_listed_after_local_by_id(
    server: ServerProcess, make_storage: MakeStorage
) -> None:
    made = [make_storage(stem)[0] for stem in ("z_last", "a_first", "m_middle")]
    with server.connect() as root:
        listed = [row[0] for row in run(root, "SHOW STORAGES")]
    assert listed[0] == "local"
    assert listed[1:] == sorted(listed[1:])
    assert set(made) <= set(listed)


def test_alter_storage_changes_what_it_names_and_no_more(
    server: ServerProcess, make_storage: MakeStorage
) -> None:
    storage_id, _ = make_storage("altered", "NAME 'one' DESCRIPTION 'of two'")
    query = (
        "SELECT storage_name, description, shared_tables_template FROM system.storages"
        f" WHERE storage_id = '{storage_id}'"
    )
    with server.connect() as root, server.connect() as other:
        run(root, f"ALTER STORAGE {storage_id} SET NAME 'two'")
        run(other, f"ALTER STORAGE {storage_id} SET SHARED_TABLES_TEMPLATE"
                   " 'all/{namespace}/{tableName}'")  # fmt: skip
        assert run(root, query) == [("two", "of two", "all/{namespace}/{tableName}")]
        wrong = f"ALTER STORAGE {storage_id} SET NAME 'x' SET USER_TABLES_TEMPLATE '{{userId}}'"
        assert refused(root, wrong).sqlstate == "22023"
        assert run(root, query)[0][0] == "two", "nothing half done"


# --- templates ---


@pytest.mark.parametrize(
    ("clause", "problem"),
    [
        ("USER_TABLES_TEMPLATE '{namespace}/{tableName}/{who}/{userId}'", "unknown variable {who}"),
        (
            "USER_TABLES_TEMPLATE '{namespace}/{shard}/{tableName}/{userId}'",
            "{tableName} must appear before {shard}",
        ),
        (
            "USER_TABLES_TEMPLATE '{namespace}/{tableName}/{userId}/{shard}'",
            "{shard} must appear before {userId}",
        ),
        ("SHARED_TABLES_TEMPLATE '{tableName}'", "{namespace} is required"),
        ("SHARED_TABLES_TEMPLATE 'all'", "Both {namespace} and {tableName} are required"),
        ("SHARED_TABLES_TEMPLATE '../{namespace}/{tableName}'", "not a safe name"),
    ],
)
def test_storage_template_validation(
    server: ServerProcess, tmp_path: Path, clause: str, problem: str
) -> None:
    with server.connect() as root:
        failure = refused(root, f"CREATE STORAGE x TYPE filesystem PATH '{tmp_path}/x' {clause}")
        assert failure.sqlstate == "22023"
        assert problem in str(failure.diag.message_primary)
        assert "The right form is, for example" in str(failure.diag.message_hint)
        assert "x" not in [row[0] for row in run(root, "SHOW STORAGES")]


def test_shared_table_template_ordering(server: ServerProcess, tmp_path: Path) -> None:
    template = "SHARED_TABLES_TEMPLATE '{tableName}/{namespace}'"
    with server.connect() as root:
        failure = refused(root, f"CREATE STORAGE x TYPE filesystem PATH '{tmp_path}' {template}")
    message = "Shared table template: {namespace} must appear before {tableName}"
    assert failure.diag.message_primary == message


def test_user_table_template_requires_userId(  # noqa: N802 - the reference's name
    server: ServerProcess, tmp_path: Path
) -> None:
    template = "USER_TABLES_TEMPLATE '{namespace}/{tableName}'"
    with server.connect() as root:
        failure = refused(root, f"CREATE STORAGE x TYPE filesystem PATH '{tmp_path}' {template}")
    assert failure.diag.message_primary == "User table template: {userId} is required"


def test_changed_templates_and_shards_hold_for_new_segments(
    server: ServerProcess, make_storage: MakeStorage, fresh_name: FreshName
) -> None:
    """Every flush has another template or strategy; all segments stay readable together."""
    storage_id, folder = make_storage()
    user, table = server.create_role(fresh_name("sharded")), fresh_name("spread")
    crc = zlib.crc32(user.encode())
    template = "u/{namespace}/x/{tableName}/{shard}/{userId}"
    steps = [
        ("", f"public/{table}/{user}"),
        (f"ALTER TABLE {table} SET TBLPROPERTIES (SHARDING='alphabetic')",
         f"public/{table}/shard-s/{user}"),
        (f"ALTER STORAGE {storage_id} SET USER_TABLES_TEMPLATE '{template}'",
         f"u/public/x/{table}/shard-s/{user}"),
        (f"ALTER TABLE {table} SET TBLPROPERTIES (SHARDING='hash:16')",
         f"u/public/x/{table}/shard-{crc % 16:04d}/{user}"),
        (f"ALTER TABLE {table} SET TBLPROPERTIES (SHARDING='hash:3')",
         f"u/public/x/{table}/shard-{crc % 3:04d}/{user}"),
        (f"ALTER TABLE {table} SET TBLPROPERTIES (SHARDING='numeric')",
         f"u/public/x/{table}/shard-other/{user}"),
        (f"ALTER TABLE {table} SET TBLPROPERTIES (SHARDING='none')",
         f"u/public/x/{table}/{user}"),
    ]  # fmt: skip
    expected = set()
    with server.connect() as root, server.connect(user) as connection:
        columns = "id int PRIMARY KEY, body text"
        run(root, f"CREATE USER TABLE {table} ({columns}) STORAGE {storage_id} FLUSH OFF")
        for number, (change, place) in enumerate(steps):
            if change:
                run(root, change)
            run(connection, f"INSERT INTO {table} VALUES ({number}, 'x')")
            if number:
                run(connection, f"UPDATE {table} SET body = 'changed' WHERE id = {number - 1}")
            run_job(root, f"FLUSH TABLE {table}")
            expected.add(place)
            assert folders(folder) == expected
        rows = run(connection, f"SELECT id, body FROM {table} ORDER BY id")
        assert rows == [(number, "changed" if number < 6 else "x") for number in range(7)]
        assert {row[3] for row in run(root, f"VERIFY TABLE {table}")} == {"ok"}
        shared = fresh_name("common")
        run(root, f"CREATE SHARED TABLE {shared} (id int PRIMARY KEY)")
        for statement, sqlstate in (
            (f"ALTER TABLE {shared} SET TBLPROPERTIES (SHARDING='hash:4')", "42809"),
            (f"ALTER TABLE {table} SET TBLPROPERTIES (SHARDING='random')", "22023"),
            (f"ALTER TABLE {table} SET TBLPROPERTIES (COLOUR='red')", "22023"),
        ):
            assert refused(root, statement).sqlstate == sqlstate


def test_shards_spread_users(
    server: ServerProcess, make_storage: MakeStorage, fresh_name: FreshName
) -> None:
    storage_id, folder = make_storage()
    table = fresh_name("users")
    with server.connect() as root:
        for name in ("12", "1999", "2000"):
            if run(root, f"SELECT 1 FROM system.users WHERE username = '{name}'") == []:
                server.create_role(name)
        run(root, f"CREATE USER TABLE {table} (id int PRIMARY KEY) STORAGE {storage_id}"
                  " WITH (SHARDING='numeric')")  # fmt: skip
        for name in ("12", "1999", "2000"):
            with server.connect(name) as connection:
                run(connection, f"INSERT INTO {table} VALUES (1)")
        run_job(root, f"FLUSH TABLE {table}")
    assert folders(folder) == {
        f"public/{table}/shard-0-999/12",
        f"public/{table}/shard-1000-1999/1999",
        f"public/{table}/shard-2000-2999/2000",
    }


# --- the lookup: table, user, or local ---


@pytest.fixture
def places(make_storage: MakeStorage) -> dict[str, Path]:
    """The table's storage and the region's, by id."""
    return dict([make_storage("of_table"), make_storage("of_region")])


def stored_for(
    server: ServerProcess, table: str, options: str, user_changes: list[str], user: str
) -> list[str]:
    """The storages of one user's segments, one after each change of the user."""
    with server.connect() as root, server.connect(user) as connection:
        run(root, f"CREATE USER TABLE {table} (id int PRIMARY KEY) {options}")
        for number, change in enumerate(user_changes):
            if change:
                run(root, f"ALTER USER {user} {change}")
            run(connection, f"INSERT INTO {table} VALUES ({number})")
            run_job(root, f"FLUSH TABLE {table}")
        assert len(run(connection, f"SELECT * FROM {table}")) == len(user_changes)
        found = root.execute(
            "SELECT storage_id FROM system.segments WHERE table_name = %s ORDER BY segment_id",
            [table],
        )
        return [storage_id for (storage_id,) in found.fetchall()]


def test_flush_with_use_user_storage(
    server: ServerProcess, places: dict[str, Path], fresh_name: FreshName
) -> None:
    """The five steps, one after the other, for one user: resolved at each flush anew."""
    of_table, of_region = places
    user = server.create_role(fresh_name("traveller"))
    changes = [
        "",  # no mode: the table's
        f"SET STORAGE_ID '{of_region}'",  # an id without the mode means nothing
        "SET STORAGE_MODE 'region'",  # both: the user's
        "SET STORAGE_ID NULL",  # the mode without an id: the table's
        f"SET STORAGE_ID '{of_region}' SET STORAGE_MODE 'table'",
    ]
    options = f"STORAGE {of_table} USE_USER_STORAGE FLUSH OFF"
    found = stored_for(server, fresh_name("followed"), options, changes, user)
    assert found == [of_table, of_table, of_region, of_table, of_table]


def test_user_storage_mode_region(
    server: ServerProcess, places: dict[str, Path], fresh_name: FreshName
) -> None:
    """A table without USE_USER_STORAGE does not look at the user's."""
    of_table, of_region = places
    user = server.create_role(fresh_name("regional"))
    changes = [f"SET STORAGE_MODE 'region' SET STORAGE_ID '{of_region}'"]
    one, other = fresh_name("asks"), fresh_name("ignores")
    assert stored_for(server, one, "USE_USER_STORAGE FLUSH OFF", changes, user) == [of_region]
    assert stored_for(server, other, f"STORAGE {of_table}", changes, user) == [of_table]
    assert folders(places[of_region]) == {f"public/{one}/{user}"}
    assert folders(places[of_table]) == {f"public/{other}/{user}"}


def test_user_storage_mode_table(
    server: ServerProcess, places: dict[str, Path], fresh_name: FreshName
) -> None:
    """The mode ``table`` goes to the table's storage, and without one to ``local``."""
    of_table, of_region = places
    user = server.create_role(fresh_name("settled"))
    changes = [f"SET STORAGE_MODE 'table' SET STORAGE_ID '{of_region}'"]
    options = f"STORAGE {of_table} USE_USER_STORAGE"
    assert stored_for(server, fresh_name("named"), options, changes, user) == [of_table]
    assert stored_for(server, fresh_name("unnamed"), "USE_USER_STORAGE", changes, user) == ["local"]
    assert folders(places[of_region]) == set()


# --- deletion ---


def test_delete_storage_with_tables(
    server: ServerProcess, make_storage: MakeStorage, fresh_name: FreshName
) -> None:
    """The count, and the names of at most ten."""
    storage_id, _ = make_storage()
    schema = fresh_name("many")
    with server.connect() as root:
        run(root, f"CREATE NAMESPACE {schema}")
        for number in range(12):
            options = f"(id int PRIMARY KEY) STORAGE {storage_id}"
            run(root, f"CREATE SHARED TABLE {schema}.t{number:02} {options}")
        failure = refused(root, f"DROP STORAGE {storage_id}")
        assert failure.sqlstate == IN_USE
        named = ", ".join(f"{schema}.t{number:02}" for number in range(10))
        assert failure.diag.message_primary == (
            f"Cannot delete storage '{storage_id}': 12 table(s) still reference it."
            f" Tables: {named}, ..."
        )
        assert failure.diag.message_hint is not None
        run(root, f"DROP NAMESPACE {schema} CASCADE")
        run(root, f"DROP STORAGE {storage_id}")


def test_delete_storage_local_protected(server: ServerProcess) -> None:
    with server.connect() as root:
        failure = refused(root, "DROP STORAGE local")
        assert failure.sqlstate == IN_USE
        assert "Cannot delete" in str(failure.diag.message_primary)
        assert run(root, "SHOW STORAGES")[0][0] == "local"


def test_an_unused_local_is_protected_too(start_server: StartServer) -> None:
    with start_server() as server, server.connect() as root:
        failure = refused(root, "DROP STORAGE local")
        assert failure.diag.message_primary == "Cannot delete 'local' storage (protected)"


def test_delete_storage_no_dependencies(server: ServerProcess, make_storage: MakeStorage) -> None:
    storage_id, _ = make_storage()
    with server.connect() as root:
        run(root, f"DROP STORAGE {storage_id}")
        assert storage_id not in [row[0] for row in run(root, "SHOW STORAGES")]
        message = f"Storage '{storage_id}' does not exist and cannot be dropped"
        failure = refused(root, f"DROP STORAGE {storage_id}")
        assert (failure.sqlstate, failure.diag.message_primary) == ("42704", message)
        run(root, f"DROP STORAGE IF EXISTS {storage_id}")
