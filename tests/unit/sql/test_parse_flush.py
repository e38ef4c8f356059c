"""Automatic flushes as SQL says them.

Goal: every form of the grammar means what the documentation says, every other is refused with
KalamDB's message. Method: tables written by hand.
"""

from __future__ import annotations

import pytest

from kalampg import errors
from kalampg.sql.classify import classify
from kalampg.sql.command_columns import COLUMNS
from kalampg.sql.plan import CommandPlan
from kalampg.sql.statements import (
    AlterFlushSettings,
    AlterTable,
    CreateTable,
    KillJob,
    PauseFlush,
    RetryJob,
    SetFlush,
    ShowFlushSettings,
    ShowJobs,
    Statement,
    TableName,
)

T = TableName("n", "t")


def parsed(text: str) -> Statement:
    plan = classify(text)
    assert isinstance(plan, CommandPlan)
    return plan.statement


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("SET FLUSH INTERVAL 60s ROW_THRESHOLD 1000", SetFlush(1000, 60)),
        ("SET FLUSH ROW_THRESHOLD 1000 INTERVAL '2m'", SetFlush(1000, 120)),
        ("SET FLUSH INTERVAL 60", SetFlush(None, 60)),
        ("SET FLUSH ROWS 7", SetFlush(7)),
        ("set flush off", SetFlush(is_off=True)),
        ("RESET FLUSH", SetFlush()),
    ],
)
def test_alter_table_replaces_the_triggers(action: str, expected: SetFlush) -> None:
    assert parsed(f"ALTER TABLE n.t {action}") == AlterTable(T, (expected,))


def test_flush_is_one_action_of_several() -> None:
    statement = parsed("ALTER TABLE n.t SET FLUSH ROWS 5, RESET FLUSH;")
    assert statement == AlterTable(T, (SetFlush(5), SetFlush()))


@pytest.mark.parametrize("clause", ["FLUSH OFF", "WITH (FLUSH_POLICY='off')", "flush off"])
def test_a_table_can_be_created_without_automatic_flushes(clause: str) -> None:
    statement = parsed(f"CREATE USER TABLE n.t (id int PRIMARY KEY) {clause}")
    assert isinstance(statement, CreateTable)
    assert statement.options.flush_off
    assert statement.options.flush_row_threshold is None


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("PAUSE FLUSH", PauseFlush(True)),
        ("PAUSE FLUSH TABLE n.t;", PauseFlush(True, T)),
        ("resume flush", PauseFlush(False)),
        ("RESUME FLUSH TABLE n.t", PauseFlush(False, T)),
        ("RETRY JOB 'FL-1'", RetryJob("FL-1")),
        ("RETRY JOB FL-1", RetryJob("FL-1")),
        ("SHOW JOBS", ShowJobs()),
        ("SHOW FLUSH SETTINGS", ShowFlushSettings()),
        (
            "ALTER FLUSH SETTINGS SET default_row_threshold = 5, hot_bytes_total_max TO '9'",
            AlterFlushSettings((("default_row_threshold", 5), ("hot_bytes_total_max", 9))),
        ),
        (
            "ALTER FLUSH SETTINGS SET default_interval_seconds = 5m",
            AlterFlushSettings((("default_interval_seconds", 300),)),
        ),
        ("ALTER FLUSH SETTINGS SET a = -1", AlterFlushSettings((("a", -1),))),
        ("ALTER FLUSH SETTINGS SET a = DEFAULT", AlterFlushSettings((("a", None),))),
        ("ALTER FLUSH SETTINGS RESET a, b", AlterFlushSettings((("a", None), ("b", None)))),
        ("ALTER FLUSH SETTINGS RESET ALL", AlterFlushSettings(())),
    ],
)
def test_steering(text: str, statement: Statement) -> None:
    assert parsed(text) == statement


@pytest.mark.parametrize("statement", [KillJob, RetryJob, ShowJobs, ShowFlushSettings])
def test_describe_knows_the_columns(statement: type[Statement]) -> None:
    assert COLUMNS[statement]


@pytest.mark.parametrize(
    ("text", "sqlstate", "message"),
    [
        ("ALTER TABLE t SET FLUSH", "42601", "syntax error"),
        ("ALTER TABLE t SET FLUSH ROWS 0", "22023", "Row limit must be greater than 0"),
        ("ALTER TABLE t SET FLUSH ROWS 1000000", "22023", "Row limit must be less than 1,000,000"),
        ("ALTER TABLE t SET FLUSH INTERVAL 0s", "22023", "Interval must be greater than 0"),
        (
            "ALTER TABLE t SET FLUSH INTERVAL 1d",
            "22023",
            "Interval must be less than 86400 seconds (24 hours)",
        ),
        ("ALTER TABLE t SET FLUSH OFF ROWS 5", "42601", "syntax error"),
        (
            "CREATE TABLE t (a int) FLUSH OFF FLUSH ROWS 5",
            "22023",
            "FLUSH OFF cannot be combined with a flush policy",
        ),
        ("PAUSE", "42601", "syntax error"),
        ("PAUSE FLUSH t", "42601", "syntax error"),
        ("RESUME FLUSH TABLE", "42601", "syntax error"),
        ("ALTER FLUSH SETTINGS", "42601", "syntax error"),
        ("ALTER FLUSH SETTINGS SET a", "42601", "syntax error"),
        ("ALTER FLUSH SETTINGS SET a = b", "42601", "syntax error"),
        ("ALTER FLUSH SETTINGS RESET", "42601", "syntax error"),
        ("RETRY JOB", "42601", "syntax error"),
        ("SHOW JOBS 5", "42601", "syntax error"),
    ],
)
def test_refused(text: str, sqlstate: str, message: str) -> None:
    with pytest.raises(errors.PgError) as caught:
        classify(text)
    assert caught.value.sqlstate == sqlstate
    assert message in caught.value.message
