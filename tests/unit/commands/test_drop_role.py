"""DROP ROLE and DROP USER.

Goal: what has something stays, unless CASCADE says otherwise; then the name is taken until its rows
are gone. Method: a fake session whose catalog is real.
"""

from __future__ import annotations

import kalampg.sql.role_statements as sql
from kalampg.jobs.job import JobKind
from tests.unit.commands.fake_session import FakeSession
from tests.unit.commands.test_commands import create, do, refused, table


def test_a_role_that_owns_a_table_stays() -> None:
    session = FakeSession("a_user")
    do(session, create())
    session.as_role("root")
    error = refused(session, sql.DropRole(("a_user",)))
    assert (error.sqlstate, error.message, error.detail) == (
        "2BP01",
        'role "a_user" cannot be dropped because some objects depend on it',
        "owner of table public.t",
    )


def test_a_role_with_rows_stays() -> None:
    session = FakeSession("a_user")
    do(session, create())
    session.tables_by_user["a_service"] = [table(session)]
    session.as_role("root")
    error = refused(session, sql.DropRole(("a_service",)))
    assert (error.sqlstate, error.detail) == ("2BP01", "rows in table public.t")
    assert session.locked_users == ["a_service"]


def test_cascade_hands_tables_over_and_takes_the_name() -> None:
    session = FakeSession("a_user")
    do(session, create())
    session.as_role("root")
    do(session, sql.DropRole(("a_user",), cascade=True))
    assert table(session).owner == "root"
    assert session.catalog.role("a_user") is None
    assert session.catalog.departures["a_user"].job_id == "UC-new"
    assert [text for _, text in session.notices] == [
        'table public.t now belongs to role "root"',
        'the rows of role "a_user" are removed by job UC-new',
    ]
    error = refused(session, sql.CreateRole("a_user", None))
    assert (error.sqlstate, error.message) == ("55006", 'role "a_user" is being dropped')
    session.fake_jobs.submit_for_user(JobKind.USER_CLEANUP, "a_user", "{}")
    do(session, sql.DropRole(("a_user",), cascade=True))  # the job of that id has ended
    assert refused(session, sql.DropRole(("a_user",))).sqlstate == "42704"


def test_a_name_without_a_role_is_dropped_if_it_has_rows() -> None:
    session = FakeSession()
    assert refused(session, sql.DropRole(("app",), cascade=True)).sqlstate == "42704"
    do(session, create())
    session.tables_by_user["app"] = [table(session)]
    assert refused(session, sql.DropRole(("app",))).sqlstate == "42704"
    do(session, sql.DropRole(("app",), cascade=True))
    assert set(session.catalog.departures) == {"app"}
