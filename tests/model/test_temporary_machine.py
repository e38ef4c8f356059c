"""Temporary tables of two sessions against a model of dicts, over the wire.

Both sessions use the same names; one of them is a permanent table's too. Transactions begin, end
and go back to savepoints, sessions end and begin again, and the catalog that all share changes
meanwhile. After each step both sessions see exactly what the model says.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import count

import psycopg
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from conformance.server_process import ServerProcess

_NAMES = ("shadow", "own")
_ENDS = ("PRESERVE ROWS", "DELETE ROWS", "DROP")
_numbers = count(1)


@dataclass(slots=True)
class _View:
    """What a session has: its tables by name, and the rows it has put into the permanent one."""

    tables: dict[str, tuple[str, set[int]]] = field(default_factory=dict)
    permanent: set[int] = field(default_factory=set)


class _Session:
    def __init__(self, server: ServerProcess, schema: str) -> None:
        self.server, self.schema = server, schema
        self.open()

    def open(self) -> None:
        self.connection = psycopg.connect(self.server.dsn(), autocommit=True)
        self.connection.execute(f"SET search_path = {self.schema}".encode())
        self.connection.execute("SET lock_timeout = '3s'")
        self.view = _View()
        # The views at BEGIN and at the savepoint.
        self.before: _View | None = None
        self.saved: _View | None = None

    def run(self, statement: str) -> None:
        self.connection.execute(statement.encode())

    @property
    def is_in_block(self) -> bool:
        return self.before is not None


class _Machine(RuleBasedStateMachine):
    def __init__(self, server: ServerProcess, schema: str) -> None:
        super().__init__()
        self.permanent: set[int] = set()
        self.sessions = [_Session(server, schema) for _ in range(2)]
        self.sessions[0].run("TRUNCATE shadow")

    def teardown(self) -> None:
        for session in self.sessions:
            session.connection.close()

    @rule(which=st.integers(0, 1), name=st.sampled_from(_NAMES), end=st.sampled_from(_ENDS))
    def create(self, which: int, name: str, end: str) -> None:
        session = self.sessions[which]
        if name in session.view.tables:
            return
        session.run(f"CREATE TEMP TABLE {name} (id int PRIMARY KEY) ON COMMIT {end}")
        if end != "DROP" or session.is_in_block:
            session.view.tables[name] = end, set()

    @rule(which=st.integers(0, 1), name=st.sampled_from(_NAMES))
    def drop(self, which: int, name: str) -> None:
        session = self.sessions[which]
        if session.view.tables.pop(name, None) is not None:
            session.run(f"DROP TABLE {name}")

    @rule(which=st.integers(0, 1), name=st.sampled_from(_NAMES))
    def insert(self, which: int, name: str) -> None:
        session, number = self.sessions[which], next(_numbers)
        if name in session.view.tables:
            end, rows = session.view.tables[name]
            if end == "PRESERVE ROWS" or session.is_in_block:
                rows.add(number)
        elif name == "shadow":
            (session.view.permanent if session.is_in_block else self.permanent).add(number)
        else:
            return
        session.run(f"INSERT INTO {name} VALUES ({number})")

    @rule(which=st.integers(0, 1))
    def begin(self, which: int) -> None:
        session = self.sessions[which]
        if not session.is_in_block:
            session.run("BEGIN")
            session.before = deepcopy(session.view)

    @rule(which=st.integers(0, 1))
    def savepoint(self, which: int) -> None:
        session = self.sessions[which]
        if session.is_in_block:
            session.run("SAVEPOINT s")
            session.saved = deepcopy(session.view)

    @rule(which=st.integers(0, 1))
    def rollback_to(self, which: int) -> None:
        session = self.sessions[which]
        if session.saved is not None:
            session.run("ROLLBACK TO s")
            session.view = deepcopy(session.saved)

    @rule(which=st.integers(0, 1), is_commit=st.booleans())
    def end(self, which: int, is_commit: bool) -> None:
        session = self.sessions[which]
        if session.before is None:
            return
        session.run("COMMIT" if is_commit else "ROLLBACK")
        if is_commit:
            self.permanent |= session.view.permanent
            session.view = _View(
                {
                    name: (end, set() if end == "DELETE ROWS" else rows)
                    for name, (end, rows) in session.view.tables.items()
                    if end != "DROP"
                }
            )
        else:
            session.view = session.before
        session.before = session.saved = None

    @rule(which=st.integers(0, 1))
    def discard(self, which: int) -> None:
        session = self.sessions[which]
        session.run("DISCARD TEMP")
        session.view.tables = {}

    @rule(which=st.integers(0, 1))
    def leave(self, which: int) -> None:
        session = self.sessions[which]
        session.connection.close()
        session.open()

    @precondition(lambda self: not self.sessions[0].is_in_block)
    @rule()
    def change_the_catalog_of_all(self) -> None:
        name = f"passing_{next(_numbers)}"
        self.sessions[0].run(f"CREATE TABLE {name} (id int PRIMARY KEY)")
        self.sessions[0].run(f"DROP TABLE {name}")

    @invariant()
    def each_sees_its_own(self) -> None:
        for session in self.sessions:
            for name in _NAMES:
                if name in session.view.tables:
                    expected = session.view.tables[name][1]
                elif name == "shadow":
                    expected = self.permanent | session.view.permanent
                else:
                    found = session.connection.execute("SELECT to_regclass('own')").fetchall()
                    assert found == [(None,)]
                    continue
                rows = session.connection.execute(f"SELECT id FROM {name}".encode()).fetchall()
                assert {number for (number,) in rows} == expected


def test_sessions_have_temporary_tables_of_their_own(
    server: ServerProcess, fresh_name: Callable[[str], str]
) -> None:
    schema = fresh_name("machine")

    class Machine(_Machine):
        def __init__(self) -> None:
            super().__init__(server, schema)

    with server.connect() as root:
        root.execute(f"CREATE SCHEMA {schema}".encode())
        root.execute(f"CREATE SHARED TABLE {schema}.shadow (id int PRIMARY KEY)".encode())
        run_state_machine_as_test(
            Machine, settings=settings(max_examples=4, stateful_step_count=20, deadline=None)
        )
        root.execute(f"DROP SCHEMA {schema} CASCADE".encode())
