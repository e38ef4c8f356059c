"""Commands: what each statement does to the catalog, what it says, and who may.

Goal: PostgreSQL's tags, notices, SQLSTATEs and messages, KalamDB's semantics and its matrix.
Method: statements run in memory; texts copied from PostgreSQL 15 and from the reference.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from kalampg.commands import CommandSession, run
from kalampg.commands.defaults import check_function_fits, is_volatile
from kalampg.commands.run import COMMANDS
from kalampg.engine.result import ExecutionResult
from kalampg.errors import DatetimeFieldOverflow, PgError
from kalampg.ids import JobId, Oid
from kalampg.jobs import AutoFlushSettings, JobStatus
from kalampg.jobs.age import time_before
from kalampg.relation import AccessLevel, Relation, TableOptions, TableType
from kalampg.sql import role_statements as role_sql
from kalampg.sql import statements as sql
from kalampg.sql.column_statements import SetDefault, SetNotNull, SetType
from kalampg.sql.command_columns import columns_of
from kalampg.sql.lock_statement import LockTables
from kalampg.sql.plan import CommandPlan
from kalampg.sql.statements import Statement, TableName
from kalampg.sql.table_as import CreateTableAs
from tests.unit.commands.fake_session import FakeSession

INT8, TEXT = Oid(20), Oid(25)
ID = sql.ColumnDefinition("id", INT8, not_null=True)
BODY = sql.ColumnDefinition("body", TEXT)
T = TableName(None, "t")


def do(session: FakeSession, statement: Statement) -> ExecutionResult:
    seam: CommandSession = session
    outcome = run(CommandPlan(statement), (), seam)
    if isinstance(outcome, ExecutionResult):
        return outcome

    async def wait() -> ExecutionResult:
        return await outcome

    return asyncio.run(wait())


def refused(session: FakeSession, statement: Statement) -> PgError:
    before = session.catalog
    with pytest.raises(PgError) as raised:
        do(session, statement)
    assert session.catalog is before, "nothing is half done"
    return raised.value


def create(
    table: TableName = T,
    table_type: TableType | None = TableType.USER,
    *columns: sql.ColumnDefinition,
    key: tuple[str, ...] = ("id",),
    options: TableOptions | None = None,
    if_not_exists: bool = False,
) -> sql.CreateTable:
    return sql.CreateTable(
        table,
        table_type,
        columns or (ID, BODY),
        key,
        None,
        options or TableOptions(),
        if_not_exists,
    )


def table(session: FakeSession, schema: str = "public", name: str = "t") -> Relation:
    relation = session.catalog.relation(schema, name)
    assert relation is not None
    return relation


def test_every_statement_has_a_command_or_another_owner() -> None:
    elsewhere = {sql.Discard, sql.Deallocate, sql.Explain, sql.CloseCursor, sql.Unlisten}
    assert set(COMMANDS) | elsewhere | {CreateTableAs} == set(get_args(Statement))


@pytest.mark.parametrize(
    ("statement", "tag"),
    [
        (sql.CreateSchema("x"), "CREATE SCHEMA"),
        (sql.CreateSchema("x", is_namespace=True), "CREATE NAMESPACE"),
        (sql.DropSchema("app"), "DROP SCHEMA"),
        (sql.DropSchema("app", is_namespace=True), "DROP NAMESPACE"),
        (create(), "CREATE TABLE"),
        (role_sql.CreateRole("zoe", "pw"), "CREATE ROLE"),
        (role_sql.AlterRole("a_user", password="pw"), "ALTER ROLE"),
        (role_sql.DropRole(("a_user", "a_dba")), "DROP ROLE"),
        (sql.ShowTables(), "SHOW"),
        (sql.ShowNamespaces(), "SHOW"),
        (sql.FlushAllTables(), "FLUSH ALL TABLES"),
        (sql.PauseFlush(True), "PAUSE FLUSH"),
        (sql.PauseFlush(False), "RESUME FLUSH"),
        (sql.AlterFlushSettings(()), "ALTER FLUSH SETTINGS"),
        (sql.ShowFlushSettings(), "SHOW"),
        (sql.ShowJobs(), "SHOW"),
    ],
)
def test_tags(statement: Statement, tag: str) -> None:
    assert do(FakeSession(), statement).tag == tag


def test_a_table_goes_to_the_first_namespace_of_the_path_that_exists() -> None:
    session = FakeSession()
    session.search_path = ("nowhere", "pg_catalog", "app", "public")
    do(session, create())
    assert table(session, "app").owner == "root"
    session.search_path = ("nowhere",)
    error = refused(session, create())
    assert (error.sqlstate, error.message) == (
        "3F000",
        "no schema has been selected to create in",
    )


def test_a_missing_namespace_comes_with_kalamdbs_hint() -> None:
    error = refused(FakeSession(), create(TableName("nope", "t")))
    assert (error.sqlstate, error.message, error.hint) == (
        "3F000",
        'schema "nope" does not exist',
        "Create it first with CREATE NAMESPACE nope.",
    )


@pytest.mark.parametrize("default", [TableType.USER, TableType.SHARED])
def test_a_plain_create_table_has_the_sessions_type(default: TableType) -> None:
    session = FakeSession()
    session.default_table_type = default
    do(session, create(T, None))
    assert table(session).table_type is default


def test_a_table_without_a_key_says_which_one_it_gets() -> None:
    session = FakeSession()
    do(session, create(key=()))
    ((_, message),) = session.notices
    assert message == (
        'table "t" has no primary key and gets the hidden key column "_row_id"'
        " bigint DEFAULT SNOWFLAKE_ID()"
    )
    assert table(session).columns[-1].name == "_row_id"


@pytest.mark.parametrize(
    ("first", "again", "sqlstate", "message"),
    [
        (create(), create(if_not_exists=True), "42P07", 'relation "t" already exists'),
        (
            sql.CreateSchema("x"),
            sql.CreateSchema("x", if_not_exists=True),
            "42P06",
            'schema "x" already exists',
        ),
        (
            role_sql.CreateRole("zoe", None),
            role_sql.CreateRole("zoe", None, if_not_exists=True),
            "42710",
            'role "zoe" already exists',
        ),
    ],
)
def test_creating_twice(first: Statement, again: Statement, sqlstate: str, message: str) -> None:
    session = FakeSession()
    do(session, first)
    error = refused(session, first)
    assert (error.sqlstate, error.message) == (sqlstate, message)
    before = session.catalog
    do(session, again)
    assert session.catalog is before
    assert session.notices[-1] == (sqlstate, f"{message}, skipping")


@pytest.mark.parametrize(
    ("plain", "if_exists", "sqlstate", "message", "notice"),
    [
        (
            sql.DropTable((T,)),
            sql.DropTable((T,), if_exists=True),
            "42P01",
            'table "t" does not exist',
            'table "t" does not exist, skipping',
        ),
        (
            sql.DropTable((TableName("x", "t"),)),
            sql.DropTable((TableName("x", "t"),), if_exists=True),
            "3F000",
            'schema "x" does not exist',
            'schema "x" does not exist, skipping',
        ),
        (
            sql.DropSchema("x"),
            sql.DropSchema("x", if_exists=True),
            "3F000",
            'schema "x" does not exist',
            'schema "x" does not exist, skipping',
        ),
        (
            role_sql.DropRole(("x",)),
            role_sql.DropRole(("x",), if_exists=True),
            "42704",
            'role "x" does not exist',
            'role "x" does not exist, skipping',
        ),
        (
            sql.AlterTable(T, (sql.DropColumn("a"),)),
            sql.AlterTable(T, (sql.DropColumn("a"),), if_exists=True),
            "42P01",
            'relation "t" does not exist',
            'relation "t" does not exist, skipping',
        ),
    ],
)
def test_what_does_not_exist(
    plain: Statement, if_exists: Statement, sqlstate: str, message: str, notice: str
) -> None:
    session = FakeSession()
    error = refused(session, plain)
    assert (error.sqlstate, error.message) == (sqlstate, message)
    do(session, if_exists)
    assert session.notices == [("00000", notice)]


def test_a_namespace_with_tables_needs_cascade() -> None:
    session = FakeSession()
    do(session, create(TableName("app", "t")))
    error = refused(session, sql.DropSchema("app"))
    assert error.sqlstate == "2BP01"
    assert error.message == "cannot drop schema app because other objects depend on it"
    assert error.detail == (
        "Namespace 'app' contains 1 table(s).\ntable app.t depends on schema app"
    )
    do(session, sql.DropSchema("app", cascade=True))
    assert session.dropped == ["app.t"]
    assert not session.catalog.has_schema("app")


@pytest.mark.parametrize("name", ["pg_catalog", "information_schema", "system"])
def test_computed_namespaces_stay(name: str) -> None:
    assert refused(FakeSession(), sql.DropSchema(name, cascade=True)).sqlstate == "2BP01"
    assert refused(FakeSession(), sql.CreateSchema(name)).sqlstate == "42P06"


def test_drop_table_drops_all_or_none() -> None:
    session = FakeSession()
    do(session, create())
    refused(session, sql.DropTable((T, TableName(None, "u"))))
    do(session, create(TableName(None, "u")))
    do(session, sql.DropTable((T, TableName(None, "u"))))
    assert session.dropped == ["public.t", "public.u"]


def test_drop_of_the_other_kind_is_refused() -> None:
    session = FakeSession()
    do(session, create())
    error = refused(session, sql.DropTable((T,), TableType.SHARED))
    assert (error.sqlstate, error.message) == ("42809", '"t" is not a shared table')


@pytest.mark.parametrize(
    ("options", "table_type", "sqlstate", "message"),
    [
        (TableOptions(storage_id="s3"), TableType.USER, "42704", "Storage 's3' does not exist"),
        (
            TableOptions(access_level=AccessLevel.PUBLIC),
            TableType.USER,
            "22023",
            "ACCESS_LEVEL is only supported for SHARED tables",
        ),
        (
            TableOptions(use_user_storage=True),
            TableType.SHARED,
            "22023",
            "USE_USER_STORAGE is only supported for USER tables",
        ),
    ],
)
def test_options(options: TableOptions, table_type: TableType, sqlstate: str, message: str) -> None:
    error = refused(FakeSession(), create(T, table_type, options=options))
    assert (error.sqlstate, error.message) == (sqlstate, message)


@pytest.mark.parametrize(
    ("default", "oid", "fits"),
    [
        ("NOW()", 1184, True),
        ("current_timestamp", 1114, True),
        ("NOW()", 25, False),
        ("SNOWFLAKE_ID()", 20, True),
        ("snowflake_id ( )", 23, False),
        ("UUID_V7()", 25, True),
        ("UUID_V7()", 2950, True),
        ("ULID()", 2950, False),
        ("CURRENT_USER", 1043, True),
        ("CURRENT_USER", 20, False),
        ("1 + 1", 25, True),
        ("lower('X')", 25, True),
    ],
)
def test_which_default_functions_fit_which_types(default: str, oid: int, fits: bool) -> None:
    if fits:
        check_function_fits("c", default, Oid(oid))
        return
    with pytest.raises(PgError) as raised:
        check_function_fits("c", default, Oid(oid))
    assert raised.value.sqlstate == "42804"


def test_a_default_function_takes_no_arguments() -> None:
    with pytest.raises(PgError, match="should not have arguments"):
        check_function_fits("c", "SNOWFLAKE_ID(1)", INT8)


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        ("SNOWFLAKE_ID()", True),
        ("'x' || ulid()", True),
        ("'ulid()'", False),
        ("'it''s ulid()' || 'x'", False),
        ("now()", False),
        ("random_name", False),
    ],
)
def test_volatile_defaults(default: str, expected: bool) -> None:
    assert is_volatile(default) == expected


def alter(*actions: sql.AlterAction) -> sql.AlterTable:
    return sql.AlterTable(T, actions)


def test_added_columns_have_their_default_in_older_rows() -> None:
    session = FakeSession()
    do(session, create())
    session.tables_with_rows.add(table(session).table_id)
    added = sql.ColumnDefinition("n", TEXT, not_null=True, default="lower('X')")
    do(session, alter(sql.AddColumn(added)))
    column = table(session).columns[2]
    assert (column.missing, column.default, column.not_null) == (
        "<lower('X')>",
        "lower('X')",
        True,
    )


def test_a_column_that_older_rows_could_not_have() -> None:
    column = sql.ColumnDefinition("n", TEXT, not_null=True)
    session = FakeSession()
    do(session, create())
    do(session, alter(sql.AddColumn(column)))  # no rows: no objection
    do(session, alter(sql.DropColumn("n")))
    session.tables_with_rows.add(table(session).table_id)
    error = refused(session, alter(sql.AddColumn(column)))
    message = 'column "n" of relation "t" contains null values'
    assert (error.sqlstate, error.message) == ("23502", message)


def test_set_not_null_looks_at_the_rows() -> None:
    session = FakeSession()
    do(session, create())
    session.null_positions.add((table(session).table_id, 1))
    error = refused(session, alter(SetNotNull("body", True)))
    assert (error.sqlstate, error.column) == ("23502", "body")
    session.null_positions.clear()
    do(session, alter(SetNotNull("body", True)))
    assert table(session).columns[1].not_null


def test_set_not_null_finds_a_column_that_the_same_statement_moved_or_added() -> None:
    session = FakeSession()
    columns = (ID, sql.ColumnDefinition("a", TEXT), BODY)
    do(session, create(T, TableType.USER, *columns))
    session.tables_with_rows.add(table(session).table_id)
    session.null_positions.add((table(session).table_id, 2))
    error = refused(session, alter(sql.DropColumn("a"), SetNotNull("body", True)))
    assert error.column == "body"
    new = sql.AddColumn(sql.ColumnDefinition("n", TEXT))
    error = refused(session, alter(new, SetNotNull("n", True)))
    assert error.column == "n"


def test_only_a_type_that_stores_values_otherwise_rewrites_rows() -> None:
    session = FakeSession()
    do(session, create())
    do(session, alter(SetType("body", Oid(1043), 14)))
    assert len(session.rewritten) == 1
    do(session, alter(SetType("body", Oid(1043), 24)))
    do(session, alter(SetType("body", TEXT)))
    assert len(session.rewritten) == 1
    assert (table(session).columns[1].type_oid, table(session).columns[1].typmod) == (25, -1)


def test_an_alter_takes_effect_as_a_whole() -> None:
    session = FakeSession()
    do(session, create())
    refused(session, alter(sql.RenameColumn("body", "text"), sql.DropColumn("id")))
    assert [column.name for column in table(session).columns] == ["id", "body"]
    do(session, alter(sql.RenameColumn("body", "text"), SetDefault("text", "'x'")))
    assert table(session).columns[1].default == "'x'"
    assert table(session).schema_version == 2


def test_if_not_exists_and_if_exists_of_columns() -> None:
    session = FakeSession()
    do(session, create())
    do(session, alter(sql.AddColumn(BODY, if_not_exists=True)))
    do(session, alter(sql.DropColumn("zzz", if_exists=True)))
    assert session.notices == [
        ("42701", 'column "body" of relation "t" already exists, skipping'),
        ("00000", 'column "zzz" of relation "t" does not exist, skipping'),
    ]


ALL = {"a_user", "a_service", "a_dba", "a_system"}
DBAS = {"a_dba", "a_system"}
SERVICES = DBAS | {"a_service"}


@pytest.mark.parametrize(
    ("statement", "allowed", "message"),
    [
        (create(TableName(None, "new")), ALL, ""),
        (
            create(TableName("app", "new"), TableType.SHARED),
            SERVICES,
            "permission denied for schema app",
        ),
        (create(TableName(None, "n"), None), SERVICES, "permission denied for schema public"),
        (sql.CreateSchema("new"), DBAS, "permission denied for database kalam"),
        (sql.DropSchema("empty"), DBAS, "must be owner of schema empty"),
        (sql.DropTable((T,)), DBAS, "must be owner of table t"),
        (sql.AlterTable(T, (sql.AddColumn(BODY, True),)), DBAS, "must be owner of table t"),
        (sql.Truncate((T,)), ALL, ""),
        (sql.Truncate((TableName(None, "s"),)), DBAS, "must be owner of table s"),
        (LockTables((T,)), ALL, ""),
        (LockTables((TableName(None, "s"),)), SERVICES, "permission denied for table s"),
        (role_sql.CreateRole("new", "pw"), DBAS, "permission denied to create role"),
        (role_sql.DropRole(("victim",)), DBAS, "permission denied to drop role"),
        (role_sql.AlterRole("victim", password="x"), DBAS, "permission denied to alter role"),
        (role_sql.AlterRole("victim", role_class="dba"), DBAS, "permission denied to alter role"),
        (
            role_sql.CreateRole("new", "pw", "system"),
            {"a_system"},
            None,
        ),
        (role_sql.AlterRole("victim", role_class="system"), {"a_system"}, None),
        (role_sql.AlterRole("root", password="x"), {"a_system"}, "permission denied to alter role"),
        (
            sql.FlushTable(T),
            SERVICES,
            "Insufficient privileges to flush tables. Service, DBA, or System role required.",
        ),
        (
            sql.KillJob("FL-1"),
            DBAS,
            "Insufficient privileges to kill job. DBA or System role required.",
        ),
        (
            sql.PauseFlush(True),
            DBAS,
            "Insufficient privileges to change automatic flushes. DBA or System role required.",
        ),
        (sql.AlterFlushSettings((("alert_after_failures", 5),)), DBAS, None),
        (sql.AlterTable(T, (sql.SetFlush(5),)), DBAS, "must be owner of table t"),
        (
            sql.ShowJobs(),
            DBAS,
            "Insufficient privileges to read system tables. DBA or System role required.",
        ),
        (sql.ShowFlushSettings(), DBAS, None),
        (
            sql.CompactTable(T),
            SERVICES,
            "Insufficient privileges to compact tables. Service, DBA, or System role required.",
        ),
        (
            sql.PurgeTable(T, (0, 1, 0)),
            DBAS,
            "Insufficient privileges to purge tables. DBA or System role required.",
        ),
        (
            sql.VerifyTable(T),
            DBAS,
            "Insufficient privileges to verify tables. DBA or System role required.",
        ),
        (
            sql.DescribeTable(TableName("system", "users")),
            DBAS,
            "permission denied for table users",
        ),
        (sql.DescribeTable(TableName("pg_catalog", "users")), set(), None),
        (sql.ShowTables(), ALL, ""),
        (sql.ShowNamespaces(), ALL, ""),
    ],
)
@pytest.mark.parametrize("role", sorted(ALL))
def test_who_may(statement: Statement, allowed: set[str], message: str | None, role: str) -> None:
    session = FakeSession()
    do(session, create())
    do(session, create(TableName(None, "s"), TableType.SHARED))
    do(session, sql.CreateSchema("empty"))
    do(session, role_sql.CreateRole("victim", "pw"))
    do(session, sql.FlushTable(TableName(None, "s")))
    session.as_role(role)
    if role in allowed:
        do(session, statement)
        return
    error = refused(session, statement)
    if message is not None:
        assert (error.sqlstate, error.message) == ("42501", message)


def test_owners_alter_and_drop_their_tables() -> None:
    session = FakeSession("a_user")
    do(session, create())
    do(session, alter(sql.RenameTable("u")))
    do(session, sql.DropTable((TableName(None, "u"),)))
    assert session.dropped == ["public.u"]


def test_everyone_changes_their_own_password_and_email_but_not_their_class() -> None:
    session = FakeSession("a_user")
    do(session, role_sql.AlterRole("a_user", password="new", email="u@x"))
    role = session.catalog.roles["a_user"]
    assert (role.email, (role.verifier or "")[:14]) == ("u@x", "SCRAM-SHA-256$")
    assert refused(session, role_sql.AlterRole("a_user", role_class="dba")).sqlstate == "42501"
    assert refused(session, role_sql.AlterRole("a_user", can_login=True)).sqlstate == "42501"


def test_passwords_are_neither_stored_nor_logged() -> None:
    session = FakeSession()
    do(session, role_sql.CreateRole("zoe", "hunter2", "service", email="z@x"))
    do(session, role_sql.AlterRole("zoe", password="hunter3"))
    do(session, role_sql.DropRole(("zoe",)))
    assert [event for event, _ in session.sink.lines] == [
        "ROLE_CREATED",
        "ROLE_ALTERED",
        "ROLE_DROPPED",
    ]
    assert "hunter" not in repr(session.sink.lines)
    assert "hunter" not in repr(role_sql.CreateRole("zoe", "hunter2"))


def test_a_denied_role_change_is_audited() -> None:
    session = FakeSession("a_service")
    refused(session, role_sql.DropRole(("a_user",)))
    assert [event for event, _ in session.sink.lines] == ["ROLE_CHANGE_DENIED"]


@pytest.mark.parametrize(
    ("prepare", "statement", "sqlstate", "message"),
    [
        ((), role_sql.DropRole(("root",)), "55006", "current user cannot be dropped"),
        (
            (role_sql.DropRole(("a_system",)),),
            role_sql.AlterRole("root", role_class="dba"),
            "55000",
            'role "root" is the last system role that can log in',
        ),
        (
            (role_sql.DropRole(("a_system",)),),
            role_sql.AlterRole("root", can_login=False),
            "55000",
            'role "root" is the last system role that can log in',
        ),
    ],
)
def test_roles_that_must_stay(
    prepare: tuple[Statement, ...], statement: Statement, sqlstate: str, message: str
) -> None:
    session = FakeSession()
    for step in prepare:
        do(session, step)
    error = refused(session, statement)
    assert (error.sqlstate, error.message) == (sqlstate, message)


def test_an_empty_password_is_no_password() -> None:
    session = FakeSession()
    do(session, role_sql.CreateRole("zoe", ""))
    assert session.catalog.roles["zoe"].verifier is None
    assert session.notices == [
        ("00000", "empty string is not a valid password, no password is set")
    ]


def test_flush_gives_the_running_job_again_and_kill_ends_it() -> None:
    session = FakeSession()
    do(session, create())
    first = do(session, sql.FlushTable(T))
    assert first.rows == [("FL-1", "public.t", "queued")]
    assert do(session, sql.FlushAllTables()).rows == first.rows
    assert do(session, sql.FlushAllTables("app")).rows == []
    assert do(session, sql.KillJob("FL-1")).rows == [("FL-1", "public.t", "cancelled")]
    assert refused(session, sql.KillJob("FL-1")).sqlstate == "55000"
    assert refused(session, sql.KillJob("FL-9")).message == 'job "FL-9" does not exist'
    assert refused(session, sql.FlushAllTables("x")).sqlstate == "3F000"
    assert refused(session, sql.FlushTable(TableName("system", "jobs"))).sqlstate == "42809"


def test_only_a_failed_job_is_retried_and_only_by_a_dba() -> None:
    session = FakeSession()
    do(session, create())
    do(session, sql.FlushTable(T))
    assert refused(session, sql.RetryJob("FL-1")).sqlstate == "55000"
    assert refused(session, sql.RetryJob("FL-9")).message == 'job "FL-9" does not exist'
    queued = session.fake_jobs.remembered[JobId("FL-1")]
    session.fake_jobs.remembered[queued.job_id] = replace(queued, status=JobStatus.FAILED)
    session.as_role("a_service")
    denied = refused(session, sql.RetryJob("FL-1"))
    assert denied.sqlstate == "42501"
    session.as_role("a_dba")
    assert do(session, sql.RetryJob("FL-1")).rows == [("FL-1", "public.t", "queued")]


def test_show_jobs_has_the_newest_first() -> None:
    session = FakeSession()
    do(session, create())
    do(session, create(TableName(None, "u")))
    do(session, sql.FlushAllTables())
    shown = do(session, sql.ShowJobs())
    assert isinstance(shown.rows, list)
    assert [row[0] for row in shown.rows] == ["FL-2", "FL-1"]
    assert shown.columns == columns_of(sql.ShowJobs())
    assert {len(row) for row in shown.rows} == {len(columns_of(sql.ShowJobs()))}


def test_alter_table_sets_the_flush_triggers_and_takes_them_back() -> None:
    session = FakeSession()
    do(session, create())

    def options(action: sql.SetFlush) -> tuple[int | None, int | None, bool]:
        do(session, alter(action))
        after = session.catalog.tables["public", "t"].options
        return after.flush_row_threshold, after.flush_interval_seconds, after.flush_off

    assert options(sql.SetFlush(5, 60)) == (5, 60, False)
    assert options(sql.SetFlush(None, 30)) == (None, 30, False)
    assert options(sql.SetFlush(is_off=True)) == (None, None, True)
    assert options(sql.SetFlush()) == (None, None, False)


def test_flushes_are_paused_by_table_or_as_a_whole() -> None:
    session = FakeSession()
    do(session, create())
    table_id = session.catalog.tables["public", "t"].table_id
    do(session, sql.PauseFlush(True, T))
    do(session, sql.PauseFlush(True))
    assert session.fake_jobs.paused == {table_id, None}
    do(session, sql.PauseFlush(False))
    assert session.fake_jobs.paused == {table_id}
    assert refused(session, sql.PauseFlush(True, TableName(None, "x"))).sqlstate == "42P01"
    assert refused(session, sql.PauseFlush(True, TableName("system", "jobs"))).sqlstate == "42809"


def test_flush_settings_change_together_or_not_at_all() -> None:
    session = FakeSession()
    do(session, sql.AlterFlushSettings((("default_row_threshold", 7),)))
    assert session.fake_jobs.flush_settings.default_row_threshold == 7
    for name, value, sqlstate in (
        ("default_row_threshold", 0, "22023"),
        ("default_interval_seconds", 86_400, "22023"),
        ("node_id", 1, "42704"),
    ):
        both = (("alert_after_failures", 9), (name, value))
        assert refused(session, sql.AlterFlushSettings(both)).sqlstate == sqlstate
    assert session.fake_jobs.flush_settings.alert_after_failures == 3
    shown = do(session, sql.ShowFlushSettings()).rows
    assert isinstance(shown, list)
    assert ("default_row_threshold", 7, 10_000) in shown
    do(session, sql.AlterFlushSettings(()))
    assert session.fake_jobs.flush_settings == AutoFlushSettings()


def test_compaction_and_purge_are_jobs_of_their_own() -> None:
    session = FakeSession()
    do(session, create())
    do(session, create(TableName(None, "s"), TableType.SHARED))
    assert do(session, sql.CompactTable(T)).rows == [("CO-1", "public.t", "queued")]
    assert do(session, sql.CompactTable(T, "alice")).rows == [("CO-1", "public.t", "queued")]
    shared = TableName(None, "s")
    assert do(session, sql.PurgeTable(shared, (0, 1, 0))).rows == [("PU-2", "public.s", "queued")]
    before_us = session.clock.now_us() - 24 * 3600 * 1_000_000
    assert session.jobs.jobs()[1].parameters == f'{{"before_us":{before_us}}}'
    assert refused(session, sql.CompactTable(shared, "alice")).sqlstate == "42809"
    assert refused(session, sql.PurgeTable(TableName("system", "jobs"), (0, 1, 0))).sqlstate == (
        "42809"
    )


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ((0, 0, 1), "2024-03-31 11:59:59.999999"),
        ((0, 90, 0), "2024-01-01 12:00:00"),
        ((1, 0, 0), "2024-02-29 12:00:00"),
        ((13, 0, 0), "2023-02-28 12:00:00"),
        ((3, 1, 0), "2023-12-30 12:00:00"),
    ],
)
def test_a_purge_counts_months_as_postgresql_does(
    interval: tuple[int, int, int], expected: str
) -> None:
    def us(text: str) -> int:
        moment = datetime.fromisoformat(f"{text}+00:00")
        return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)

    assert time_before(us("2024-03-31 12:00:00"), interval) == us(expected)
    with pytest.raises(DatetimeFieldOverflow):
        time_before(0, (12 * 3000, 0, 0))


def test_verify_shows_what_was_checked_and_what_failed() -> None:
    session = FakeSession()
    do(session, create())
    assert do(session, sql.VerifyTable(T)).rows == [
        ("object", None, None, "ok", "public.t"),
        ("keys", "alice", 7, "failed", "gone"),
    ]
    assert refused(session, sql.VerifyTable(TableName("system", "jobs"))).sqlstate == "42809"


def test_show_and_describe() -> None:
    session = FakeSession()
    do(session, create(TableName("app", "t"), TableType.SHARED, key=()))
    created = session.clock.now_us()
    assert do(session, sql.ShowTables()).rows == [("app", "t", "shared", created)]
    assert do(session, sql.ShowTables("public")).rows == []
    assert do(session, sql.ShowNamespaces()).rows == [("app", 1, 1), ("public", 0, 1)]
    described = do(session, sql.DescribeTable(TableName("app", "t")))
    assert described.rows == [
        ("id", 1, 1, "bigint", False, False, None, None, 1),
        ("body", 2, 2, "text", True, False, None, None, 1),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(sql.ShowTables(), id="show-tables"),
        pytest.param(sql.ShowTables("system"), id="show-tables-in-system"),
        pytest.param(sql.ShowNamespaces(), id="show-namespaces"),
        pytest.param(sql.DescribeTable(T), id="describe"),
        pytest.param(sql.FlushTable(T), id="flush"),
        pytest.param(sql.FlushAllTables(), id="flush-all"),
        pytest.param(sql.ShowFlushSettings(), id="show-flush-settings"),
        pytest.param(sql.VerifyTable(T), id="verify"),
        pytest.param(sql.CompactTable(T), id="compact"),
        pytest.param(sql.PurgeTable(T, (0, 1, 0)), id="purge"),
    ],
)
def test_rows_fit_the_columns_that_describe_promised(statement: Statement) -> None:
    session = FakeSession()
    do(session, create())
    result = do(session, statement)
    assert result.columns == columns_of(statement)
    assert isinstance(result.rows, list)
    assert result.rows
    assert result.columns is not None
    for row in result.rows:
        assert len(row) == len(result.columns)


def test_other_commands_have_no_columns() -> None:
    assert columns_of(create()) == ()
    assert do(FakeSession(), create()).columns is None


def test_truncate_asks_the_engine_for_each_table() -> None:
    session = FakeSession()
    do(session, create())
    do(session, create(TableName(None, "s"), TableType.SHARED))
    result = do(session, sql.Truncate((T, TableName(None, "s"))))
    assert (result.tag, session.truncated) == ("TRUNCATE TABLE", ["public.t", "public.s"])
