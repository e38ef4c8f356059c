"""Goal: every statement of ours means what KalamDB or PostgreSQL says.

Method: tables of statements with the plan written out by hand, and of statements that must be
refused, with their SQLSTATE.
"""

from __future__ import annotations

import pytest

from kalampg import errors
from kalampg.relation import TableType
from kalampg.sql.classify import QueryKind, classify
from kalampg.sql.lock_statement import LockTables, TableLockMode
from kalampg.sql.parse_kalam import ExecuteAs
from kalampg.sql.plan import (
    CommandPlan,
    EmptyPlan,
    SetPlan,
    ShowPlan,
)
from kalampg.sql.role_statements import AlterRole, CreateRole, DropRole
from kalampg.sql.statements import (
    CompactTable,
    CreateSchema,
    Deallocate,
    DescribeTable,
    Discard,
    DropSchema,
    DropTable,
    Explain,
    FlushAllTables,
    FlushTable,
    KillJob,
    PurgeTable,
    ShowNamespaces,
    ShowTables,
    Statement,
    TableName,
    Truncate,
    VerifyTable,
)
from kalampg.sql.transaction_plan import TransactionPlan, TransactionVerb

T = TableName(None, "t")
NT = TableName("n", "t")


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("FLUSH TABLE n.t", FlushTable(NT)),
        ("STORAGE FLUSH TABLE t;", FlushTable(T)),
        ("FLUSH ALL TABLES", FlushAllTables()),
        ("FLUSH ALL TABLES IN N", FlushAllTables("n")),
        ("STORAGE FLUSH ALL IN NAMESPACE n", FlushAllTables("n")),
        ("FLUSH ALL TABLES IN namespace", FlushAllTables("namespace")),
        ("KILL JOB 'FL-1'", KillJob("FL-1")),
        ("KILL JOB FL-1-a2", KillJob("FL-1-a2")),
        ('KILL JOB "x y"', KillJob("x y")),
        ("VERIFY TABLE n.t", VerifyTable(NT)),
        ("COMPACT TABLE t", CompactTable(T)),
        ("compact table n.t for user 'a b'", CompactTable(NT, "a b")),
        ("PURGE TABLE t OLDER THAN INTERVAL '90 days'", PurgeTable(T, (0, 90, 0))),
        ("PURGE TABLE t OLDER THAN '1 mon 2 h'", PurgeTable(T, (1, 0, 7_200_000_000))),
        ("SHOW TABLES", ShowTables()),
        ("SHOW TABLES IN n", ShowTables("n")),
        ("SHOW NAMESPACES", ShowNamespaces()),
        ("DESCRIBE TABLE n.t", DescribeTable(NT)),
        ("desc t", DescribeTable(T)),
        ("CREATE NAMESPACE IF NOT EXISTS n", CreateSchema("n", True, True)),
        ("CREATE SCHEMA \"N\"", CreateSchema("N")),
        ("DROP NAMESPACE IF EXISTS n CASCADE", DropSchema("n", True, True, True)),
        ("DROP SCHEMA n RESTRICT", DropSchema("n")),
        ("DROP TABLE IF EXISTS t, n.t CASCADE", DropTable((T, NT), None, True, True)),
        ("DROP USER TABLE t", DropTable((T,), TableType.USER)),
        ("TRUNCATE TABLE t, n.t", Truncate((T, NT))),
        ("LOCK t", LockTables((T,))),
        (
            "LOCK TABLE ONLY t, n.t * IN SHARE ROW EXCLUSIVE MODE NOWAIT",
            LockTables((T, NT), TableLockMode.SHARE_ROW_EXCLUSIVE, True),
        ),
        ("CREATE USER 'alice' WITH PASSWORD 'p' ROLE admin EMAIL 'a@b'",
         CreateRole("alice", "p", "dba", True, "a@b")),
        ("CREATE ROLE bob LOGIN PASSWORD 'p' NOSUPERUSER", CreateRole("bob", "p", None, True)),
        ("CREATE ROLE bob", CreateRole("bob", None, None, False)),
        ("CREATE USER IF NOT EXISTS bob", CreateRole("bob", None, None, True, None, True)),
        ("CREATE USER b WITH ENCRYPTED PASSWORD NULL NOLOGIN", CreateRole("b", None, None, False)),
        ("ALTER USER 'u' SET PASSWORD 'p'", AlterRole("u", "p")),
        ("ALTER ROLE u WITH NOLOGIN PASSWORD 'p' ROLE analyst",
         AlterRole("u", "p", "service", False)),
        ("DROP ROLE IF EXISTS a, 'b'", DropRole(("a", "b"), True)),
        ("DISCARD TEMPORARY", Discard("temp")),
        ("DEALLOCATE PREPARE x", Deallocate("x")),
        ("DEALLOCATE ALL", Deallocate(None)),
        ("EXPLAIN SELECT 1 ;", Explain("SELECT 1")),
        ("EXPLAIN (ANALYZE, FORMAT JSON, COSTS OFF) SELECT 1", Explain("SELECT 1", True, "json")),
        ("EXPLAIN ANALYZE VERBOSE SELECT 1", Explain("SELECT 1", True)),
        ("EXPLAIN (SELECT 1)", Explain("(SELECT 1)")),
    ],
)  # fmt: skip
def test_commands(text: str, statement: Statement) -> None:
    plan = classify(text)
    assert isinstance(plan, CommandPlan)
    assert plan.statement == statement


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("", EmptyPlan()),
        ("-- nothing", EmptyPlan()),
        ("SET x = 'A'", SetPlan("x", "A")),
        ("SET LOCAL kalam.user_id TO 'bob'", SetPlan("kalam.user_id", "bob", True)),
        ("SET SESSION extra_float_digits = -1", SetPlan("extra_float_digits", "-1")),
        ("SET search_path TO a, \"B c\", public", SetPlan("search_path", 'a, "B c", public')),
        ("SET DateStyle = ISO, MDY", SetPlan("datestyle", "iso, mdy")),
        ("SET x TO DEFAULT", SetPlan("x", None)),
        ("SET TIME ZONE 'Europe/Berlin'", SetPlan("timezone", "Europe/Berlin")),
        ("SET TIME ZONE -3", SetPlan("timezone", "-3")),
        ("SET TIME ZONE LOCAL", SetPlan("timezone", None)),
        ("SET NAMES 'utf8'", SetPlan("client_encoding", "utf8")),
        ("SET SCHEMA 'n'", SetPlan("search_path", "n")),
        ("SET NAMESPACE n", SetPlan("search_path", "n")),
        ("USE n", SetPlan("search_path", "n")),
        ("USE NAMESPACE 'N'", SetPlan("search_path", '"N"')),
        ("RESET ALL", SetPlan("all", None, is_reset=True)),
        ("RESET TimeZone", SetPlan("timezone", None, is_reset=True)),
        (
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
            SetPlan("transaction_isolation", "repeatable read", True,
                    (SetPlan("transaction_read_only", "on", True),)),
        ),
        (
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
            SetPlan("default_transaction_read_only", "off"),
        ),
        ("SHOW ALL", ShowPlan("all")),
        ("SHOW TIME ZONE", ShowPlan("timezone")),
        ("SHOW TRANSACTION ISOLATION LEVEL", ShowPlan("transaction_isolation")),
        ("SHOW kalam.user_id", ShowPlan("kalam.user_id")),
        ("BEGIN", TransactionPlan(TransactionVerb.BEGIN)),
        (
            "BEGIN WORK ISOLATION LEVEL SERIALIZABLE READ ONLY NOT DEFERRABLE",
            TransactionPlan(TransactionVerb.BEGIN, "", (("isolation level", "serializable"),
                            ("access mode", "read only"), ("deferrable", "off"))),
        ),
        ("START TRANSACTION", TransactionPlan(TransactionVerb.START)),
        ("END", TransactionPlan(TransactionVerb.COMMIT)),
        ("COMMIT AND CHAIN", TransactionPlan(TransactionVerb.COMMIT, and_chain=True)),
        ("ABORT TRANSACTION AND NO CHAIN", TransactionPlan(TransactionVerb.ROLLBACK)),
        ("SAVEPOINT A", TransactionPlan(TransactionVerb.SAVEPOINT, "a")),
        ("ROLLBACK WORK TO SAVEPOINT a", TransactionPlan(TransactionVerb.ROLLBACK_TO, "a")),
        ("RELEASE a", TransactionPlan(TransactionVerb.RELEASE, "a")),
        ("EXECUTE AS USER 'bob' ( SELECT (1) ; )", ExecuteAs("bob", "SELECT (1)", 24)),
        ("select 1", QueryKind.SELECT),
        ("(select 1)", QueryKind.SELECT),
        ("VALUES (1)", QueryKind.SELECT),
        ("TABLE t", QueryKind.SELECT),
        ("with x as (select 1) select 1", QueryKind.WITH),
    ],
)  # fmt: skip
def test_session_statements_and_queries(text: str, plan: object) -> None:
    assert classify(text) == plan


# Text, SQLSTATE, a part of the message, and whether a hint must say what to do instead.
REFUSED = [
    ("LISTEN x", "0A000", "LISTEN", True),
    ("GRANT SELECT ON t TO u", "0A000", "GRANT", True),
    ("PURGE TABLE t OLDER THAN '-1 day'", "22023", "must be positive", False),
    ("VACUUM", "0A000", "VACUUM", True),
    ("DO $$ begin end $$", "0A000", "DO", True),
    ("LOAD 'x'", "0A000", "LOAD", True),
    ("CREATE MATERIALIZED VIEW v AS SELECT 1", "0A000", "CREATE MATERIALIZED", True),
    ("CREATE OR REPLACE FUNCTION f() RETURNS int AS 'x'", "0A000", "CREATE FUNCTION", True),
    ("CREATE TABLE t (a int) AS SELECT 1", "42601", '"AS"', False),
    ("DROP UNIQUE i", "42601", '"UNIQUE"', False),
    ("ALTER DATABASE d SET x = 1", "0A000", "ALTER DATABASE", True),
    ("CREATE UNLOGGED TABLE t (a int)", "0A000", "UNLOGGED tables", True),
    ("CREATE STREAM TABLE t (a int)", "0A000", "STREAM", True),
    ("CREATE USER u SUPERUSER", "0A000", "SUPERUSER", True),
    ("CREATE USER u OAUTH", "0A000", "OAUTH", True),
    ("CREATE USER u ROLE king", "22023", "invalid role class", True),
    ("CREATE USER '' PASSWORD 'x'", "42602", "username cannot be empty", False),
    ("EXECUTE AS USER 'u' SELECT 1", "42601", "must wrap SQL in parentheses", False),
    ("EXECUTE AS USER '' (SELECT 1)", "42602", "username cannot be empty", False),
    ("EXECUTE AS USER 'u' (SELECT 1; SELECT 2)", "42601", "exactly one statement", False),
    ("EXECUTE AS USER 'u' (SELECT 1", "42601", "end of input", False),
    ("SET ROLE x", "0A000", "SET ROLE", True),
    ("SET SESSION AUTHORIZATION x", "0A000", "SET ROLE", True),
    ("SET x", "42601", "end of input", False),
    ("PREPARE TRANSACTION 'x'", "0A000", "PREPARE", True),
    ("COMMIT PREPARED 'x'", "0A000", "two-phase", False),
    ("BEGIN ISOLATION LEVEL NOPE", "42601", '"NOPE"', False),
    ("EXPLAIN (FORMAT XML) SELECT 1", "0A000", "XML", True),
    ("EXPLAIN (NOPE) SELECT 1", "42601", "unrecognized EXPLAIN option", False),
    ("EXPLAIN CREATE TABLE t (a int)", "42601", '"CREATE"', False),
    ("PRAGMA database_list", "42601", '"PRAGMA"', False),
    ("ATTACH 'x.db'", "42601", '"ATTACH"', False),
    ("INSTALL httpfs", "42601", '"INSTALL"', False),
    ("EXPORT DATABASE 'x'", "42601", '"EXPORT"', False),
    ("SUMMARIZE t", "42601", '"SUMMARIZE"', False),
    ("FROM t", "42601", '"FROM"', False),
    ("PIVOT t ON a", "42601", '"PIVOT"', False),
    ("select_1", "42601", '"select_1"', False),
    ('"select" 1', "42601", '""select""', False),
    ("FLUSH t", "42601", '"t"', False),
    ("FLUSH TABLE t x", "42601", '"x"', False),
    ("DROP TABLE user", "42601", '"user"', False),
    ("DROP SCHEMA a, b", "0A000", "several schemas", True),
]


@pytest.mark.parametrize(("text", "sqlstate", "message", "has_hint"), REFUSED)
def test_refused(text: str, sqlstate: str, message: str, has_hint: bool) -> None:
    with pytest.raises(errors.PgError) as caught:
        classify(text)
    assert caught.value.sqlstate == sqlstate
    assert message in caught.value.message
    assert bool(caught.value.hint) >= has_hint


def test_passwords_are_not_in_the_representation() -> None:
    plan = classify("CREATE USER u PASSWORD 'secret'")
    assert "secret" not in repr(plan)
