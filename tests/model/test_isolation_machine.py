"""Transactions of several sessions against a serial and a snapshot model.

Goal: whatever the sessions do and in whatever order, a SERIALIZABLE transaction that commits is one
that could have run whole at its COMMIT, and a REPEATABLE READ one reads its snapshot and overwrites
nothing that it has not seen. Method: a state machine notes every answer; at COMMIT the transaction
is played again on a dictionary, and every answer must be the same.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kalampg import errors
from kalampg.engine import Duck
from tests.fix_engine import Session, open_duck, open_engine, user_table

NOTES = user_table("notes", ("id", 20), ("n", 23))
SESSIONS = 3
LEVELS = ("serializable", "serializable", "repeatable read")

Rows = dict[int, int]
keys = st.integers(min_value=0, max_value=5)
numbers = st.integers(min_value=0, max_value=3)
players = st.integers(min_value=0, max_value=SESSIONS - 1)


@dataclass(frozen=True)
class Operation:
    """A statement, and what it answers and does on a dictionary."""

    sql: str
    play: Callable[[Rows], Any]
    writes: bool = False


def read(key: int) -> Operation:
    return Operation(
        f"SELECT n FROM notes WHERE id = {key}",
        lambda rows: [(rows[key],)] if key in rows else [],
    )


def page(key: int) -> Operation:
    return Operation(
        f"SELECT id, n FROM notes WHERE id >= {key} ORDER BY id LIMIT 2",
        lambda rows: [(k, rows[k]) for k in sorted(rows) if k >= key][:2],
    )


def count(n: int) -> Operation:
    return Operation(
        f"SELECT count(*) FROM notes WHERE n = {n}",
        lambda rows: [(sum(value == n for value in rows.values()),)],
    )


def put(key: int, n: int) -> Operation:
    def play(rows: Rows) -> str:
        if key not in rows:
            return "UPDATE 0"
        rows[key] = n
        return "UPDATE 1"

    return Operation(f"UPDATE notes SET n = {n} WHERE id = {key}", play, writes=True)


def raise_all(n: int) -> Operation:
    def play(rows: Rows) -> str:
        found = [key for key in rows if rows[key] == n]
        rows.update(dict.fromkeys(found, n + 1))
        return f"UPDATE {len(found)}"

    return Operation(f"UPDATE notes SET n = n + 1 WHERE n = {n}", play, writes=True)


def add(key: int, n: int) -> Operation:
    def play(rows: Rows) -> str:
        assert key not in rows, "a key that exists is refused"
        rows[key] = n
        return "INSERT 0 1"

    return Operation(f"INSERT INTO notes VALUES ({key}, {n})", play, writes=True)


def drop(key: int) -> Operation:
    return Operation(
        f"DELETE FROM notes WHERE id = {key}",
        lambda rows: "DELETE 0" if rows.pop(key, None) is None else "DELETE 1",
        writes=True,
    )


operations = st.one_of(
    st.builds(read, keys),
    st.builds(page, keys),
    st.builds(count, numbers),
    st.builds(put, keys, numbers),
    st.builds(raise_all, numbers),
    st.builds(add, keys, numbers),
    st.builds(drop, keys),
)


@dataclass
class Block:
    """An open transaction: its snapshot, and what it was answered."""

    level: str
    snapshot: Rows
    answers: list[tuple[Operation, Any]] = field(default_factory=list)

    @property
    def writes(self) -> bool:
        return any(operation.writes for operation, _ in self.answers)

    def play_again(self, rows: Rows) -> Rows:
        """The rows after the transaction, which must answer as it has."""
        after = rows.copy()
        for operation, answer in self.answers:
            assert operation.play(after) == answer, operation.sql
        return after


class IsolationMachine(RuleBasedStateMachine):
    """Sessions of one user, driven step by step; nobody waits for a lock."""

    duck: ClassVar[Duck]
    directory: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.data_dir = Path(tempfile.mkdtemp(dir=self.directory))
        self.stack = AsyncExitStack()
        opening = open_engine(self.data_dir / "data", [NOTES], self.duck)
        self.engine = self.loop.run_until_complete(self.stack.enter_async_context(opening))
        self.sessions = [
            self.engine.session("alice", lock_timeout_s=0.001) for _ in range(SESSIONS)
        ]
        self.reader = self.engine.session("alice")
        self.blocks: dict[int, Block] = {}
        self.committed: Rows = dict.fromkeys(range(4), 0)
        self.answer(self.reader, "INSERT INTO notes VALUES (0, 0), (1, 0), (2, 0), (3, 0)")

    def answer(self, session: Session, sql: str) -> Any:
        tag, rows = self.loop.run_until_complete(session.run(sql))
        return rows if tag.startswith("SELECT") else tag

    @rule(player=players, level=st.sampled_from(LEVELS))
    def begin(self, player: int, level: str) -> None:
        if player not in self.blocks:
            self.sessions[player].begin(level)
            self.answer(self.sessions[player], "SELECT count(*) FROM notes WHERE false")
            self.blocks[player] = Block(level, self.committed.copy())

    @precondition(lambda self: self.blocks)
    @rule(player=players, operation=operations)
    def act(self, player: int, operation: Operation) -> None:
        block = self.blocks.get(player)
        if block is None:
            return
        try:
            answer = self.answer(self.sessions[player], operation.sql)
        except (
            errors.SerializationFailure,
            errors.LockNotAvailable,
            errors.DeadlockDetected,
            errors.UniqueViolation,
        ):
            self.rollback(player)
        else:
            block.answers.append((operation, answer))

    @precondition(lambda self: self.blocks)
    @rule(player=players)
    def commit(self, player: int) -> None:
        block = self.blocks.pop(player, None)
        if block is None:
            return
        try:
            self.sessions[player].commit()
        except errors.SerializationFailure:
            assert block.level == "serializable"
            assert block.writes, "who only reads is never refused"
            return
        if block.level == "serializable" and block.writes:
            self.committed = block.play_again(self.committed)
            return
        after = block.play_again(block.snapshot)
        for key in block.snapshot.keys() | after.keys():
            old, new = block.snapshot.get(key), after.get(key)
            if old != new:
                assert self.committed.get(key) == old, "an update is lost"
                self._set(key, new)

    def _set(self, key: int, n: int | None) -> None:
        if n is None:
            del self.committed[key]
        else:
            self.committed[key] = n

    @rule(player=players)
    def rollback(self, player: int) -> None:
        if self.blocks.pop(player, None) is not None:
            self.sessions[player].rollback()

    @rule()
    def flush(self) -> None:
        self.loop.run_until_complete(self.engine.flush(NOTES, "alice"))

    @invariant()
    def others_see_what_is_committed(self) -> None:
        rows = self.answer(self.reader, "SELECT id, n FROM notes")
        assert dict(rows) == self.committed

    def teardown(self) -> None:
        for player in list(self.blocks):
            self.rollback(player)
        self.loop.run_until_complete(self.stack.aclose())
        self.loop.close()
        shutil.rmtree(self.data_dir)


@pytest.fixture(scope="module", autouse=True)
def _duck(tmp_path_factory: pytest.TempPathFactory) -> Any:
    IsolationMachine.directory = tmp_path_factory.mktemp("isolation")
    IsolationMachine.duck = open_duck(IsolationMachine.directory)
    yield
    IsolationMachine.duck.close()


TestIsolationMachine = IsolationMachine.TestCase
TestIsolationMachine.settings = settings(max_examples=15, stateful_step_count=30)
