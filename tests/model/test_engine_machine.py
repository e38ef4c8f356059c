"""Executor as a whole: several sessions of two users against dictionaries.

Goal: whatever order statements, transactions, savepoints, flushes and restarts come in, every read
by key, by page and by query gives exactly the model's rows, and never another user's. Method: a
state machine; the model is a dictionary of committed rows per user, and for the one open
transaction what it has written on top (and its snapshot, in REPEATABLE READ). Each value names its
user: a canary.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kalampg import errors
from kalampg.engine import Duck
from tests.fix_engine import Engine, Session, open_duck, open_engine, user_table

NOTES = user_table("notes", ("id", 20), ("body", 25), ("n", 23))
USERS = ("alice", "bob")

Rows = dict[int, tuple[str, int]]
keys = st.integers(min_value=0, max_value=9)
numbers = st.integers(min_value=0, max_value=5)
users = st.sampled_from(USERS)


class Block:
    """The open transaction, as the model has it. ``own`` None: deleted by it."""

    def __init__(self, user: str, snapshot: Rows | None) -> None:
        self.user = user
        self.snapshot = snapshot
        self.own: dict[int, tuple[str, int] | None] = {}
        self.locked: set[int] = set()
        self.savepoints: list[dict[int, tuple[str, int] | None]] = []

    def visible(self, committed: Rows) -> Rows:
        rows: dict[int, tuple[str, int] | None] = dict(
            committed if self.snapshot is None else self.snapshot
        )
        rows.update(self.own)
        return {key: row for key, row in rows.items() if row is not None}


class EngineMachine(RuleBasedStateMachine):
    """One event loop, driven step by step; the block is alice's, all others autocommit."""

    duck: ClassVar[Duck]
    directory: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.data_dir = Path(tempfile.mkdtemp(dir=self.directory))
        self.committed: dict[str, Rows] = {user: {} for user in USERS}
        self.block: Block | None = None
        self.numbers = count(1)
        self.open()

    @initialize(values=st.dictionaries(keys, numbers, min_size=3))
    def fill(self, values: dict[int, int]) -> None:
        for user in USERS:
            for key, number in values.items():
                self.insert(user, [(key, number)])

    # Statements outside the block

    @rule(user=users, rows=st.lists(st.tuples(keys, numbers), min_size=1, max_size=3))
    def insert(self, user: str, rows: list[tuple[int, int]]) -> None:
        bodies = [(key, f"{user}-{next(self.numbers)}", n) for key, n in rows]
        text = ", ".join(f"({key}, '{body}', {n})" for key, body, n in bodies)
        new = self.committed[user].copy()
        expected: Any = ("INSERT 0 " + str(len(rows)), [])
        for key, body, n in bodies:
            if self.is_locked(user, key):
                expected = errors.LockNotAvailable
                break
            if key in new:
                expected = errors.UniqueViolation
                break
            new[key] = (body, n)
        self.check(self.sessions[user], f"INSERT INTO notes VALUES {text}", expected)
        if not isinstance(expected, type):
            self.committed[user] = new

    @rule(user=users, key=keys, n=numbers)
    def update_by_key(self, user: str, key: int, n: int) -> None:
        self.change(user, {key}, f"UPDATE notes SET n = {n} WHERE id = {key}", n)

    @rule(user=users, old=numbers, n=numbers)
    def update_by_query(self, user: str, old: int, n: int) -> None:
        found = {key for key, row in self.committed[user].items() if row[1] == old}
        self.change(user, found, f"UPDATE notes SET n = {n} WHERE n = {old}", n)

    @rule(user=users, key=keys)
    def delete_by_key(self, user: str, key: int) -> None:
        self.change(user, {key}, f"DELETE FROM notes WHERE id = {key}", None)

    @rule(user=users, old=numbers)
    def delete_by_query(self, user: str, old: int) -> None:
        found = {key for key, row in self.committed[user].items() if row[1] == old}
        self.change(user, found, f"DELETE FROM notes WHERE n = {old}", None)

    @rule(user=users, distance=st.integers(min_value=-2, max_value=2).filter(bool))
    def shift_keys(self, user: str, distance: int) -> None:
        rows = self.committed[user]
        new_keys = {key + distance for key in rows}
        expected: Any = (f"UPDATE {len(rows)}", [])
        if any(self.is_locked(user, key) for key in (*rows, *new_keys)):
            expected = errors.LockNotAvailable
        text = f"UPDATE notes SET id = id + ({distance})"
        self.check(self.sessions[user], text, expected)
        if not isinstance(expected, type):
            self.committed[user] = {key + distance: row for key, row in rows.items()}

    # The block

    @precondition(lambda self: self.block is None)
    @rule(isolation=st.sampled_from(["read committed", "repeatable read"]))
    def begin(self, isolation: str) -> None:
        self.writer.begin(isolation)
        snapshot = None
        if isolation == "repeatable read":
            self.run(self.writer, "SELECT id FROM notes WHERE id = 0")
            snapshot = self.committed["alice"].copy()
        self.block = Block("alice", snapshot)

    @precondition(lambda self: self.block is not None)
    @rule(key=keys, n=numbers)
    def insert_in_block(self, key: int, n: int) -> None:
        block = self.block
        assert block is not None
        body = f"alice-{next(self.numbers)}"
        newest = block.own.get(key, self.committed["alice"].get(key))
        expected: Any = ("INSERT 0 1", []) if newest is None else errors.UniqueViolation
        self.check(self.writer, f"INSERT INTO notes VALUES ({key}, '{body}', {n})", expected)
        block.locked.add(key)
        if newest is None:
            block.own[key] = (body, n)

    @precondition(lambda self: self.block is not None)
    @rule(key=keys, n=numbers, deletes=st.booleans(), by_key=st.booleans())
    def change_in_block(self, key: int, n: int, deletes: bool, by_key: bool) -> None:
        block = self.block
        assert block is not None
        visible = block.visible(self.committed["alice"])
        found = {key} & set(visible)
        condition = f"id = {key}"
        if not by_key:
            found = {place for place, row in visible.items() if row[1] == n}
            condition = f"n = {n}"
        stale = {
            place
            for place in found - set(block.own)
            if self.committed["alice"].get(place) != visible[place]
        }
        if deletes:
            text, verb = f"DELETE FROM notes WHERE {condition}", "DELETE"
        else:
            text, verb = f"UPDATE notes SET n = n + 1 WHERE {condition}", "UPDATE"
        expected: Any = errors.SerializationFailure if stale else (f"{verb} {len(found)}", [])
        self.check(self.writer, text, expected)
        # A statement that fails keeps the locks that it got as far as it got.
        held = {resource[1] for resource in self.writer_locks()}
        block.locked = {place for place in range(-200, 200) if _key(place) in held}
        if not stale:
            for place in found:
                body, number = visible[place]
                block.own[place] = None if deletes else (body, number + 1)

    @precondition(lambda self: self.block is not None)
    @rule()
    def savepoint(self) -> None:
        assert self.block is not None
        self.transaction.savepoint("s")
        self.block.savepoints.append(self.block.own.copy())

    @precondition(lambda self: self.block is not None and self.block.savepoints)
    @rule()
    def rollback_to_savepoint(self) -> None:
        assert self.block is not None
        self.transaction.rollback_to("s")
        self.block.own = self.block.savepoints[-1].copy()

    @precondition(lambda self: self.block is not None)
    @rule()
    def commit(self) -> None:
        assert self.block is not None
        self.in_loop(self._commit())
        rows = self.committed["alice"]
        for key, row in self.block.own.items():
            if row is None:
                rows.pop(key, None)
            else:
                rows[key] = row
        self.block = None

    @precondition(lambda self: self.block is not None)
    @rule()
    def rollback(self) -> None:
        self.writer.rollback()
        self.block = None

    # What must not be seen

    @rule(user=users)
    def flush(self, user: str) -> None:
        self.in_loop(self.engine.flush(NOTES, user))

    @precondition(lambda self: self.block is None)
    @rule()
    def restart(self) -> None:
        self.in_loop(self.stack.aclose())
        self.open()

    # Reads

    @rule(user=users, key=keys)
    def read_by_key(self, user: str, key: int) -> None:
        row = self.committed[user].get(key)
        expected = [] if row is None else [row]
        text = f"SELECT body, n FROM notes WHERE id = {key}"
        assert self.run(self.sessions[user], text)[1] == expected

    @rule(user=users, low=keys, limit=numbers, descending=st.booleans())
    def read_a_page(self, user: str, low: int, limit: int, descending: bool) -> None:
        order = "DESC" if descending else "ASC"
        text = f"SELECT id, n FROM notes WHERE id >= {low} ORDER BY id {order} LIMIT {limit}"
        rows = sorted((key, row[1]) for key, row in self.committed[user].items() if key >= low)
        expected = (rows[::-1] if descending else rows)[:limit]
        assert self.run(self.sessions[user], text)[1] == expected
        if self.block is not None:
            visible = self.block.visible(self.committed["alice"])
            rows = sorted((key, row[1]) for key, row in visible.items() if key >= low)
            expected = (rows[::-1] if descending else rows)[:limit]
            assert self.run(self.writer, text)[1] == expected

    @invariant()
    def every_session_sees_its_users_rows_and_no_others(self) -> None:
        views = {user: self.committed[user] for user in USERS}
        for user, expected in views.items():
            self.compare(self.sessions[user], user, expected)
        if self.block is not None:
            self.compare(self.writer, "alice", self.block.visible(self.committed["alice"]))

    def teardown(self) -> None:
        if self.block is not None:
            self.writer.rollback()
        self.in_loop(self.stack.aclose())
        self.loop.close()
        shutil.rmtree(self.data_dir)

    # How it is done

    def open(self) -> None:
        self.stack = AsyncExitStack()
        self.engine: Engine = self.in_loop(
            self.stack.enter_async_context(open_engine(self.data_dir, [NOTES], self.duck))
        )
        self.sessions: dict[str, Session] = {
            user: self.engine.session(user, lock_timeout_s=0.0001) for user in USERS
        }
        self.writer = self.engine.session("alice", lock_timeout_s=0.0001)

    @property
    def transaction(self) -> Any:
        assert self.writer.context.transaction is not None
        return self.writer.context.transaction

    def writer_locks(self) -> list[Any]:
        return list(self.transaction.owner.held)

    async def _commit(self) -> None:
        self.writer.commit()

    def in_loop(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def run(self, session: Session, text: str) -> Any:
        return self.in_loop(session.run(text))

    def is_locked(self, user: str, key: int) -> bool:
        return self.block is not None and user == self.block.user and key in self.block.locked

    def check(self, session: Session, text: str, expected: Any) -> None:
        if isinstance(expected, type):
            with pytest.raises(expected):
                self.run(session, text)
        else:
            assert self.run(session, text) == expected

    def change(self, user: str, targets: set[int], text: str, n: int | None) -> None:
        rows = self.committed[user]
        found = {key for key in targets if key in rows}
        verb = text.split(maxsplit=1)[0]
        expected: Any = (f"{verb} {len(found)}", [])
        if any(self.is_locked(user, key) for key in found):
            expected = errors.LockNotAvailable
        self.check(self.sessions[user], text, expected)
        if isinstance(expected, type):
            return
        for key in found:
            if n is None:
                del rows[key]
            else:
                rows[key] = (rows[key][0], n)

    def compare(self, session: Session, user: str, expected: Rows) -> None:
        _, rows = self.run(session, "SELECT id, body, n FROM notes")
        assert all(body.startswith(user) for _, body, _ in rows), "a canary of another user"
        assert sorted(rows) == sorted((key, *row) for key, row in expected.items())


def _key(value: int) -> bytes:
    return (value + 2**63).to_bytes(8)


@pytest.fixture(scope="module", autouse=True)
def _duck(tmp_path_factory: pytest.TempPathFactory) -> Any:
    EngineMachine.directory = tmp_path_factory.mktemp("engine")
    EngineMachine.duck = open_duck(EngineMachine.directory)
    yield
    EngineMachine.duck.close()


TestEngineMachine = EngineMachine.TestCase
TestEngineMachine.settings = settings(max_examples=12, stateful_step_count=25)
