"""Unique values and foreign keys over hot and cold rows, against dictionaries.

Goal: whatever order statements, a transaction with savepoints, flushes and restarts come in, a
statement is refused exactly when the model says so, cascades reach exactly the model's rows, and
the index entries in the store are those of the committed rows: none is missing, none is left over.
Method: a state machine over one engine; two users with a parent and a child table each, and the
model is a dictionary of rows per table.
"""

from __future__ import annotations

import asyncio
import copy
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kalampg import errors
from kalampg.constraint import CheckConstraint, ForeignKey, Index, ReferenceAction
from kalampg.engine import Duck
from kalampg.ids import ColumnId, Oid, TableId
from kalampg.storage.index_keys import entry_keys, refuse_functions
from kalampg.storage.keys import key_encoder, split_row_key
from tests.fix_engine import Engine, Session, open_duck, open_engine, user_table

PARENT_ID, CHILD_ID = TableId(20_000), TableId(20_100)
PARENT = user_table(
    "parent", ("id", 20), ("a", 23),
    constraints=(CheckConstraint(Oid(30_000), "small", "a < 90", (ColumnId(2),)),),
    indexes=(Index(Oid(30_001), "parent_a_key", (ColumnId(2),), is_unique=True),),
    referenced_by=(CHILD_ID,),
)  # fmt: skip
CHILD = user_table(
    "child", ("id", 20), ("p", 20), ("a", 23), table_id=CHILD_ID,
    constraints=(
        ForeignKey(
            Oid(30_002), "child_p_fkey", (ColumnId(2),), PARENT_ID, (ColumnId(1),),
            on_delete=ReferenceAction.CASCADE,
        ),
        ForeignKey(
            Oid(30_003), "child_a_fkey", (ColumnId(3),), PARENT_ID, (ColumnId(2),),
            on_delete=ReferenceAction.SET_NULL, on_update=ReferenceAction.CASCADE,
        ),
    ),
    indexes=(Index(Oid(30_004), "by_p", (ColumnId(2), ColumnId(3))),),
)  # fmt: skip
USERS = ("alice", "bob")

# Rows of parent: id to a. Rows of child: id to (p, a).
Parents = dict[int, int | None]
Children = dict[int, tuple[int | None, int | None]]
ids = st.integers(min_value=1, max_value=5)
values = st.one_of(st.none(), st.integers(min_value=1, max_value=4))


class Rows:
    """One user's rows, and what the constraints say to a change."""

    def __init__(self) -> None:
        self.parents: Parents = {}
        self.children: Children = {}

    def insert_parent(self, key: int, a: int | None) -> None:
        if key in self.parents or (a is not None and a in self.parents.values()):
            raise errors.UniqueViolation("")
        self.parents[key] = a

    def update_parent(self, key: int, a: int | None) -> int:
        if key not in self.parents:
            return 0
        before = self.parents[key]
        if a is not None and a != before and a in self.parents.values():
            raise errors.UniqueViolation("")
        self.parents[key] = a
        for child, (p, value) in self.children.items():
            if before is not None and value == before:
                self.children[child] = (p, a)
        return 1

    def shift_values(self) -> int:
        """Every value exchanged for another, in one statement."""
        for key, a in list(self.parents.items()):
            self.parents[key] = None if a is None else 5 - a
        for child, (p, a) in list(self.children.items()):
            self.children[child] = (p, None if a is None else 5 - a)
        return len(self.parents)

    def delete_parent(self, key: int) -> int:
        if key not in self.parents:
            return 0
        a = self.parents.pop(key)
        for child, (p, value) in list(self.children.items()):
            if p == key:
                del self.children[child]
            elif a is not None and value == a:
                self.children[child] = (p, None)
        return 1

    def put_child(self, key: int, p: int | None, a: int | None, *, is_new: bool) -> int:
        if is_new and key in self.children:
            raise errors.UniqueViolation("")
        if not is_new and key not in self.children:
            return 0
        for value, known in ((p, set(self.parents)), (a, set(self.parents.values()))):
            if value is not None and value not in known:
                raise errors.ForeignKeyViolation("")
        self.children[key] = (p, a)
        return 1

    def delete_child(self, key: int) -> int:
        return int(self.children.pop(key, None) is not None)


class ConstraintMachine(RuleBasedStateMachine):
    """One event loop, driven step by step; a block, when there is one, is alice's only session."""

    duck: ClassVar[Duck]
    directory: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.data_dir = Path(tempfile.mkdtemp(dir=self.directory))
        self.rows = {user: Rows() for user in USERS}
        self.before: Rows | None = None
        self.saved: list[Rows] = []
        self.open()

    @rule(user=st.sampled_from(USERS), key=ids, a=values)
    def insert_parent(self, user: str, key: int, a: int | None) -> None:
        text = f"INSERT INTO parent VALUES ({key}, {_sql(a)})"
        self.check(user, text, lambda rows: rows.insert_parent(key, a), "INSERT 0 1")

    @rule(user=st.sampled_from(USERS), key=ids, a=values, by_query=st.booleans())
    def update_parent(self, user: str, key: int, a: int | None, by_query: bool) -> None:
        where = f"id + 0 = {key}" if by_query else f"id = {key}"
        text = f"UPDATE parent SET a = {_sql(a)} WHERE {where}"
        self.check(user, text, lambda rows: rows.update_parent(key, a), "UPDATE {}")

    @rule(user=st.sampled_from(USERS))
    def exchange_values(self, user: str) -> None:
        self.check(user, "UPDATE parent SET a = 5 - a", Rows.shift_values, "UPDATE {}")

    @rule(user=st.sampled_from(USERS), key=ids)
    def delete_parent(self, user: str, key: int) -> None:
        text = f"DELETE FROM parent WHERE id = {key}"
        self.check(user, text, lambda rows: rows.delete_parent(key), "DELETE {}")

    @rule(user=st.sampled_from(USERS), key=ids, p=values, a=values)
    def insert_child(self, user: str, key: int, p: int | None, a: int | None) -> None:
        text = f"INSERT INTO child VALUES ({key}, {_sql(p)}, {_sql(a)})"
        self.check(
            user, text, lambda rows: rows.put_child(key, p, a, is_new=True) * 0, "INSERT 0 1"
        )

    @rule(user=st.sampled_from(USERS), key=ids, p=values, a=values)
    def update_child(self, user: str, key: int, p: int | None, a: int | None) -> None:
        text = f"UPDATE child SET p = {_sql(p)}, a = {_sql(a)} WHERE id = {key}"
        self.check(user, text, lambda rows: rows.put_child(key, p, a, is_new=False), "UPDATE {}")

    @rule(user=st.sampled_from(USERS), key=ids)
    def delete_child(self, user: str, key: int) -> None:
        text = f"DELETE FROM child WHERE id = {key}"
        self.check(user, text, lambda rows: rows.delete_child(key), "DELETE {}")

    @rule(user=st.sampled_from(USERS))
    def a_value_that_the_check_refuses(self, user: str) -> None:
        with pytest.raises(errors.CheckViolation):
            self.run(self.sessions[user], "INSERT INTO parent VALUES (99, 99)")

    # The block

    @precondition(lambda self: self.before is None)
    @rule()
    def begin(self) -> None:
        self.sessions["alice"].begin()
        self.before = copy.deepcopy(self.rows["alice"])

    @precondition(lambda self: self.before is not None)
    @rule()
    def savepoint(self) -> None:
        self.transaction.savepoint("s")
        self.saved.append(copy.deepcopy(self.rows["alice"]))

    @precondition(lambda self: bool(self.saved))
    @rule()
    def rollback_to_savepoint(self) -> None:
        self.transaction.rollback_to("s")
        self.rows["alice"] = copy.deepcopy(self.saved[-1])

    @precondition(lambda self: self.before is not None)
    @rule(is_kept=st.booleans())
    def end(self, is_kept: bool) -> None:
        assert self.before is not None
        if is_kept:
            self.in_loop(self._commit())
        else:
            self.sessions["alice"].rollback()
            self.rows["alice"] = self.before
        self.before, self.saved = None, []

    # What must not be seen

    @rule(user=st.sampled_from(USERS), table=st.sampled_from([PARENT, CHILD]))
    def flush(self, user: str, table: Any) -> None:
        self.in_loop(self.engine.flush(table, user))

    @precondition(lambda self: self.before is None)
    @rule()
    def restart(self) -> None:
        self.in_loop(self.stack.aclose())
        self.open()

    @rule(user=st.sampled_from(USERS), a=st.integers(min_value=1, max_value=4))
    def read_by_index(self, user: str, a: int) -> None:
        found = self.run(self.sessions[user], f"SELECT id FROM parent WHERE a = {a}")[1]
        assert found == [(key,) for key, value in self.rows[user].parents.items() if value == a]

    @invariant()
    def every_user_has_the_model_s_rows(self) -> None:
        for user, rows in self.rows.items():
            session = self.sessions[user]
            assert sorted(self.run(session, "SELECT id, a FROM parent")[1]) == sorted(
                rows.parents.items()
            )
            assert sorted(self.run(session, "SELECT id, p, a FROM child")[1]) == sorted(
                (key, *row) for key, row in rows.children.items()
            )

    @invariant()
    def the_entries_are_those_of_the_committed_rows(self) -> None:
        expected = {}
        encode = key_encoder((20,))
        for user, rows in self.rows.items():
            if user == "alice" and self.before is not None:
                rows = self.before  # noqa: PLW2901 - hers are not committed yet
            for table, found in (
                (PARENT, [(key, a) for key, a in rows.parents.items()]),
                (CHILD, [(key, *row) for key, row in rows.children.items()]),
            ):
                for row in found:
                    key = encode((row[0],))
                    for keys in entry_keys(table, refuse_functions):
                        made = keys.entry(row, key)
                        assert made is not None
                        expected[table.table_id, user, made.key] = key
        stored = {}
        for entry, row_key in self.engine.store.read_all("unique"):
            scope, key = split_row_key(entry)
            stored[scope.table_id, str(scope.user_id), key] = row_key
        assert stored == expected

    def teardown(self) -> None:
        if self.before is not None:
            self.sessions["alice"].rollback()
        self.in_loop(self.stack.aclose())
        self.loop.close()
        shutil.rmtree(self.data_dir)

    # How it is done

    def open(self) -> None:
        self.stack = AsyncExitStack()
        self.engine: Engine = self.in_loop(
            self.stack.enter_async_context(open_engine(self.data_dir, [PARENT, CHILD], self.duck))
        )
        self.sessions: dict[str, Session] = {user: self.engine.session(user) for user in USERS}

    @property
    def transaction(self) -> Any:
        return self.sessions["alice"].context.transaction

    async def _commit(self) -> None:
        self.sessions["alice"].commit()

    def in_loop(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def run(self, session: Session, text: str) -> Any:
        return self.in_loop(session.run(text))

    def check(self, user: str, text: str, change: Callable[[Rows], int | None], tag: str) -> None:
        after = copy.deepcopy(self.rows[user])
        try:
            count = change(after)
        except errors.PgError as expected:
            with pytest.raises(type(expected)):
                self.run(self.sessions[user], text)
            return
        assert self.run(self.sessions[user], text) == (tag.format(count), [])
        self.rows[user] = after


def _sql(value: int | None) -> str:
    return "NULL" if value is None else str(value)


@pytest.fixture(scope="module", autouse=True)
def _duck(tmp_path_factory: pytest.TempPathFactory) -> Any:
    ConstraintMachine.directory = tmp_path_factory.mktemp("constraints")
    ConstraintMachine.duck = open_duck(ConstraintMachine.directory)
    yield
    ConstraintMachine.duck.close()


TestConstraintMachine = ConstraintMachine.TestCase
TestConstraintMachine.settings = settings(max_examples=6, stateful_step_count=30)
