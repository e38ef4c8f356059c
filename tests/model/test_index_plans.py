"""Rows found by index against the same statements run by DuckDB.

Goal: a plan that an index makes quick gives exactly what the DuckDB plan gives, whatever is hot or
cold, NULL or NaN, committed or the transaction's own. Method: a state machine over one engine; each
statement runs twice, once with its scan and once without it, in a block of its own.
"""

from __future__ import annotations

import asyncio
import math
import shutil
import tempfile
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from kalampg.constraint import Index
from kalampg.engine import Duck, ExecutionResult
from kalampg.ids import ColumnId, Oid
from kalampg.relation import Relation, TableType
from kalampg.sql.plan import DataPlan, DeletePlan, SelectPlan, UpdatePlan
from kalampg.sql.row_plans import IndexSelect
from tests.fix_engine import Engine, Session, all_rows, open_duck, open_engine, user_table

COLUMNS = (("room", 20), ("id", 20), ("a", 23), ("b", 25), ("f", 701))
INDEXES = (
    Index(Oid(30_001), "by_a", (ColumnId(3),)),
    Index(Oid(30_002), "by_b_a", (ColumnId(4), ColumnId(3))),
    Index(Oid(30_003), "by_f", (ColumnId(5),)),
    Index(Oid(30_004), "once", (ColumnId(2), ColumnId(1)), is_unique=True),
)
OWN = user_table("own", *COLUMNS, key=(0, 1), indexes=INDEXES)
SHARED = user_table(
    "shared", *COLUMNS, key=(0, 1), table_id=20_050, table_type=TableType.SHARED,
    indexes=tuple(replace(index, oid=Oid(index.oid + 50)) for index in INDEXES),
)  # fmt: skip
USERS = ("alice", "bob")

ints = st.integers(min_value=0, max_value=5).map(str)
texts = st.sampled_from(["''", "'a'", "'ab'", "'b'", "'é'"])
floats = st.sampled_from(["-1.5", "0.0", "2", "'Infinity'", "'NaN'"]).map("{}::float8".format)
ITEMS = {"room": ints, "id": ints, "a": ints, "b": texts, "f": floats}
columns = st.sampled_from(sorted(ITEMS))


@st.composite
def conditions(draw: st.DrawFn) -> str:
    """One to three parts of a WHERE clause."""
    parts = []
    for column in draw(st.lists(columns, min_size=1, max_size=3)):
        item = ITEMS[column]
        form = draw(st.integers(min_value=0, max_value=5))
        if form == 0:
            parts.append(f"{column} = {draw(item)}")
        elif form == 1:
            parts.append(f"{column} {draw(st.sampled_from(['<', '<=', '>', '>=']))} {draw(item)}")
        elif form == 2:
            parts.append(f"{column} BETWEEN {draw(item)} AND {draw(item)}")
        elif form == 3:
            members = draw(st.lists(item, min_size=1, max_size=3))
            parts.append(f"{column} IN ({', '.join(members)})")
        elif form == 4:
            parts.append(f"{column} IS NULL")
        else:
            parts.append(f"({column} = {draw(item)} OR {column} IS NULL)")
    return " AND ".join(parts)


@st.composite
def pages(draw: st.DrawFn) -> str:
    """ORDER BY that leaves no two rows equal, and how many of them."""
    chosen = draw(st.lists(columns, max_size=2, unique=True))
    word = draw(st.sampled_from(["", " DESC"]))
    words = [*(f"{column}{word}" for column in chosen), f"room{word}", f"id{word}"]
    if draw(st.booleans()):
        words[0] += draw(st.sampled_from([" NULLS FIRST", " NULLS LAST"]))
    limit = draw(st.sampled_from(["", " LIMIT 3", " LIMIT 2 OFFSET 1", " OFFSET 2"]))
    return f" ORDER BY {', '.join(words)}{limit}"


changes = st.sampled_from(
    ["a = a + 1", "b = NULL", "a = 5, f = f * 2", "id = id + 100", "room = room, b = b || 'x'"]
)
tables = st.sampled_from([OWN, SHARED])
users = st.sampled_from(USERS)


class IndexPlanMachine(RuleBasedStateMachine):
    """``blocks`` are the sessions that have a transaction open."""

    duck: ClassVar[Duck]
    directory: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.data_dir = Path(tempfile.mkdtemp(dir=self.directory))
        self.stack = AsyncExitStack()
        self.engine: Engine = self.in_loop(
            self.stack.enter_async_context(open_engine(self.data_dir, [OWN, SHARED], self.duck))
        )
        self.sessions = {user: self.engine.session(user) for user in USERS}

    @initialize(is_cold=st.booleans())
    def fill(self, is_cold: bool) -> None:
        for table in (OWN, SHARED):
            for user in USERS[: 1 if table is SHARED else 2]:
                rows = ", ".join(
                    f"({n % 3}, {n}, {n % 5 if n % 4 else 'NULL'}, "
                    f"{('NULL', repr(''), repr('a'), repr('ab'))[n % 4]}, {n % 6}::float8)"
                    for n in range(12)
                )
                self.run(user, f"INSERT INTO {table.name} VALUES {rows}")
                if is_cold:
                    self.flush(table, user)

    @rule(table=tables, user=users, room=ints, id_=ints, a=ints, b=texts, f=floats)
    def insert(
        self, table: Relation, user: str, room: str, id_: str, a: str, b: str, f: str
    ) -> None:
        assume(self.is_free(table, user))
        self.run(user, f"DELETE FROM {table.name} WHERE room = {room} AND id = {id_}")
        row = f"{room}, {id_}, {a}, {b}, {f}"
        self.run(user, f"DELETE FROM {table.name} WHERE id = {id_} AND room = {room}")
        self.run(user, f"INSERT INTO {table.name} VALUES ({row})")

    @rule(user=users)
    def begin(self, user: str) -> None:
        if self.sessions[user].context.transaction is None:
            self.in_loop(_called(self.sessions[user].begin))

    @rule(user=users, is_kept=st.booleans())
    def end(self, user: str, is_kept: bool) -> None:
        session = self.sessions[user]
        if session.context.transaction is not None:
            self.in_loop(_called(session.commit if is_kept else session.rollback))

    @rule(table=tables, user=users)
    def flush(self, table: Relation, user: str) -> None:
        self.in_loop(self.engine.flush(table, "" if table is SHARED else user))

    @rule(table=tables, user=users, where=conditions(), page=pages())
    def select(self, table: Relation, user: str, where: str, page: str) -> None:
        self.same_rows(user, f"SELECT * FROM {table.name} WHERE {where}{page}")

    @rule(table=tables, user=users, page=pages())
    def select_page(self, table: Relation, user: str, page: str) -> None:
        self.same_rows(user, f"SELECT b, a, room, id FROM {table.name}{page}")

    @rule(table=tables, user=users, where=conditions(), change=changes)
    def update(self, table: Relation, user: str, where: str, change: str) -> None:
        self.same_change(table, user, f"UPDATE {table.name} SET {change} WHERE {where}")

    @precondition(lambda self: self.sessions)
    @rule(table=tables, user=users, where=conditions())
    def delete(self, table: Relation, user: str, where: str) -> None:
        self.same_change(table, user, f"DELETE FROM {table.name} WHERE {where}")

    def teardown(self) -> None:
        for user in USERS:
            self.end(user, False)
        self.in_loop(self.stack.aclose())
        self.loop.close()
        shutil.rmtree(self.data_dir)

    # How it is done

    def is_free(self, table: Relation, user: str) -> bool:
        """Whether the other user's open block cannot make this one wait."""
        (other,) = set(USERS) - {user}
        return table is OWN or self.sessions[other].context.transaction is None

    def same_rows(self, user: str, text: str) -> None:
        session = self.sessions[user]
        plan, lifted = session.compile(text)
        assert isinstance(plan, SelectPlan)
        if isinstance(plan.fast, IndexSelect):
            found = self.in_loop(_run(session, plan, lifted))
            assert _told(found) == _told(
                self.in_loop(_run(session, replace(plan, fast=None), lifted))
            )

    def same_change(self, table: Relation, user: str, text: str) -> None:
        assume(self.is_free(table, user))
        session = self.sessions[user]
        plan, lifted = session.compile(f"{text} RETURNING *")
        assert isinstance(plan, UpdatePlan | DeletePlan)
        if plan.scan is None:
            return
        is_block = session.context.transaction is not None
        if not is_block:
            self.in_loop(_called(session.begin))
        transaction: Any = session.context.transaction
        outcomes = []
        for tried in (plan, replace(plan, scan=None)):
            transaction.savepoint("s")
            rows = self.in_loop(_run(session, tried, lifted))[1]
            every = self.run(user, f"SELECT * FROM {table.name}")
            outcomes.append((sorted(map(_told, rows)), sorted(map(_told, every))))
            if tried is plan:
                transaction.rollback_to("s")
        assert outcomes[0] == outcomes[1]
        if not is_block:
            self.in_loop(_called(session.commit))

    def in_loop(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def run(self, user: str, text: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self.in_loop(self.sessions[user].rows(text))
        return rows


async def _called(action: Any) -> None:
    action()


async def _run(session: Session, plan: DataPlan, lifted: Any) -> Any:
    session.context.statement_now_us = session.engine.clock.now_us()
    executor = session.engine.executor
    outcome = executor.execute(executor.prepare(plan), lifted, session.context)
    result = outcome if isinstance(outcome, ExecutionResult) else await outcome
    return await all_rows(result)


def _told(value: Any) -> str:
    """NaN is not even equal to itself."""
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(_told, value))})"
    return "NaN" if isinstance(value, float) and math.isnan(value) else repr(value)


@pytest.fixture(scope="module", autouse=True)
def _duck(tmp_path_factory: pytest.TempPathFactory) -> Any:
    IndexPlanMachine.directory = tmp_path_factory.mktemp("index_plans")
    IndexPlanMachine.duck = open_duck(IndexPlanMachine.directory)
    yield
    IndexPlanMachine.duck.close()


TestIndexPlans = IndexPlanMachine.TestCase
TestIndexPlans.settings = settings(max_examples=4, stateful_step_count=25)
