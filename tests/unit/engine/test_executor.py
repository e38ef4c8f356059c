"""Executor: statements of several sessions over one store.

Goal: DML and reads by key, by range and by query agree with each other over hot, cold and pending
rows; constraints, isolation, locks and users behave as PostgreSQL's and the design's. Method:
SQL through the compiler, run on a real store; expected answers are written by hand from PostgreSQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from kalampg import errors
from kalampg.engine import Duck, ExecutorSettings
from kalampg.ids import ColumnId, Oid
from kalampg.relation import Column, Relation, TableType
from kalampg.tasks import TaskOwner
from tests.fix_engine import Engine, FakeCatalog, Session, open_duck, open_engine, user_table

pytestmark = pytest.mark.asyncio

NOTES = user_table("notes", ("id", 20), ("body", 25), ("n", 23))
PAIRS = user_table("pairs", ("a", 25), ("b", 23), ("v", 25), table_id=20_001, key=(0, 1))
SHARED = user_table("board", ("id", 20), ("body", 25), table_id=20_002, table_type=TableType.SHARED)
STRICT = user_table(
    "strict", ("id", 20), table_id=20_003,
    made=(
        Column(ColumnId(1), "id", Oid(20), not_null=True),
        Column(ColumnId(2), "name", Oid(1043), 3 + 4, not_null=True),
        Column(ColumnId(3), "price", Oid(1700), (5 << 16 | 2) + 4, default="9.99"),
        Column(ColumnId(4), "free", Oid(1700)),
    ),
)  # fmt: skip
TABLES = (NOTES, PAIRS, SHARED, STRICT)


@pytest.fixture(scope="module")
def duck(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Duck]:
    opened = open_duck(tmp_path_factory.getbasetemp())
    yield opened
    opened.close()


@pytest_asyncio.fixture
async def engine(tmp_path: Path, duck: Duck) -> AsyncIterator[Engine]:
    async with open_engine(tmp_path / "data", TABLES, duck) as opened:
        yield opened


@pytest.fixture
def alice(engine: Engine) -> Session:
    return engine.session("alice")


def start(work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    return TaskOwner(lambda failure: None).start(work, "statement")


async def turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


# Rows


async def test_insert_answers_postgresqls_tag_and_rows_come_back_by_key(alice: Session) -> None:
    assert await alice.run("INSERT INTO notes VALUES (1, 'a', 1), (2, 'b', NULL)") == (
        "INSERT 0 2", [],
    )  # fmt: skip
    assert await alice.rows("SELECT body, n FROM notes WHERE id = 2") == [("b", None)]
    assert await alice.rows("SELECT body FROM notes WHERE id = 3") == []
    assert await alice.rows("SELECT body FROM notes WHERE id = NULL") == []


async def test_returning_gives_the_new_rows_of_insert_and_update_and_the_old_of_delete(
    alice: Session,
) -> None:
    insert = "INSERT INTO notes (id, n) VALUES (1, 10) RETURNING id, body, n + 1"
    assert await alice.run(insert) == ("INSERT 0 1", [(1, None, 11)])
    update = "UPDATE notes SET n = n * 2 WHERE id = 1 RETURNING *"
    assert await alice.run(update) == ("UPDATE 1", [(1, None, 20)])
    delete = "DELETE FROM notes WHERE id = 1 RETURNING n"
    assert await alice.run(delete) == ("DELETE 1", [(20,)])


async def test_returning_may_need_duckdb(alice: Session) -> None:
    insert = "INSERT INTO notes VALUES (1, 'abc', 1) RETURNING repeat(body, 2) AS twice"
    assert await alice.run(insert) == ("INSERT 0 1", [("abcabc",)])
    assert await alice.rows("SELECT body FROM notes WHERE id = 1") == [("abc",)]


@pytest.mark.parametrize("is_cold", [False, True], ids=["hot", "cold"])
async def test_update_and_delete_by_key_and_by_query(
    engine: Engine, alice: Session, is_cold: bool
) -> None:
    await alice.run("INSERT INTO notes VALUES (1,'a',1), (2,'b',2), (3,'c',3), (4,'d',4)")
    if is_cold:
        await engine.flush(NOTES, "alice")
    assert await alice.run("UPDATE notes SET n = 20 WHERE id = 2") == ("UPDATE 1", [])
    assert await alice.run("UPDATE notes SET n = n + 100 WHERE n < 10") == ("UPDATE 3", [])
    assert await alice.run("DELETE FROM notes WHERE id = 4") == ("DELETE 1", [])
    assert await alice.run("DELETE FROM notes WHERE body = 'c'") == ("DELETE 1", [])
    assert await alice.run("DELETE FROM notes WHERE id = 4") == ("DELETE 0", [])
    expected = [(1, "a", 101), (2, "b", 20)]
    assert await alice.rows("SELECT * FROM notes ORDER BY id LIMIT 10") == expected
    assert sorted(await alice.rows("SELECT * FROM notes")) == expected
    assert await alice.rows("SELECT n FROM notes WHERE id = 1") == [(101,)]


async def test_keys_may_be_shifted_within_one_statement(alice: Session) -> None:
    await alice.run("INSERT INTO notes VALUES (1,'a',1), (2,'b',2), (3,'c',3)")
    assert await alice.run("UPDATE notes SET id = id + 1") == ("UPDATE 3", [])
    assert await alice.rows("SELECT id, body FROM notes ORDER BY id LIMIT 9") == [
        (2, "a"), (3, "b"), (4, "c"),
    ]  # fmt: skip


async def test_a_changed_key_that_exists_is_refused(alice: Session) -> None:
    await alice.run("INSERT INTO notes VALUES (1,'a',1), (2,'b',2)")
    with pytest.raises(errors.UniqueViolation):
        await alice.run("UPDATE notes SET id = 2 WHERE id = 1")
    assert len(await alice.rows("SELECT * FROM notes")) == 2


async def test_a_deleted_key_may_be_inserted_again(engine: Engine, alice: Session) -> None:
    for body in ("first", "second"):
        await alice.run("INSERT INTO notes VALUES (1, $1)", body)
        await engine.flush(NOTES, "alice")
        await alice.run("DELETE FROM notes WHERE id = 1")
    await alice.run("INSERT INTO notes VALUES (1, 'third')")
    assert await alice.rows("SELECT body FROM notes WHERE id = 1") == [("third",)]
    assert await alice.rows("SELECT count(*) FROM notes") == [(1,)]


async def test_deleted_rows_are_seen_only_by_whom_asks_for_them(alice: Session) -> None:
    await alice.run("INSERT INTO notes VALUES (1, 'gone'), (2, 'here')")
    await alice.run("DELETE FROM notes WHERE id = 1")
    assert await alice.rows("SELECT body FROM notes") == [("here",)]
    assert await alice.rows("SELECT body FROM notes WHERE _deleted") == [("gone",)]


@pytest.mark.parametrize("descending", [False, True], ids=["ascending", "descending"])
async def test_pages_merge_hot_cold_and_own_rows_in_key_order(
    engine: Engine, alice: Session, descending: bool
) -> None:
    for start_id in (0, 1, 2):
        values = ", ".join(f"({n}, 'r{n}', {n})" for n in range(start_id, 30, 3))
        await alice.run(f"INSERT INTO notes VALUES {values}")
        if start_id < 2:
            await engine.flush(NOTES, "alice")
    await alice.run("DELETE FROM notes WHERE id = 12")
    alice.begin()
    await alice.run("UPDATE notes SET n = -1 WHERE id = 13")
    await alice.run("DELETE FROM notes WHERE id = 14")
    await alice.run("INSERT INTO notes VALUES (100, 'own', 100)")
    order = "DESC" if descending else "ASC"
    text = f"SELECT id, n FROM notes WHERE id >= 10 ORDER BY id {order} LIMIT 5 OFFSET 1"
    model = [(n, -1 if n == 13 else n) for n in [10, 11, 13, *range(15, 30), 100]]
    expected = (model[::-1] if descending else model)[1:6]
    assert await alice.rows(text) == expected
    alice.rollback()


async def test_composite_keys_are_read_by_prefix(alice: Session) -> None:
    values = [(a, b) for a in ("x", "xy", "y") for b in (-1, 0, 1)]
    for a, b in values:
        await alice.run("INSERT INTO pairs VALUES ($1, $2, 'v')", a, b)
    text = "SELECT a, b FROM pairs WHERE a = 'x' AND b >= 0 ORDER BY a, b LIMIT 10"
    assert await alice.rows(text) == [("x", 0), ("x", 1)]
    assert await alice.rows("SELECT b FROM pairs WHERE a = 'xy' AND b = 1") == [(1,)]


async def test_insert_select_reads_before_it_writes(alice: Session) -> None:
    await alice.run("INSERT INTO notes VALUES (1, 'a', 1), (2, 'b', 2)")
    tag, _ = await alice.run("INSERT INTO notes SELECT id + 10, body, n FROM notes")
    assert tag == "INSERT 0 2"
    assert await alice.rows("SELECT sum(id) FROM notes") == [(Decimal(26),)]


# Constraints


@pytest.mark.parametrize("place", ["hot", "cold", "own", "same statement"])
async def test_duplicate_keys_are_refused_wherever_the_first_one_is(
    engine: Engine, alice: Session, place: str
) -> None:
    insert = "INSERT INTO pairs VALUES ('k', 7, 'first')"
    if place == "same statement":
        insert += ", ('k', 7, 'second')"
    else:
        if place == "own":
            alice.begin()
        await alice.run(insert)
        if place == "cold":
            await engine.flush(PAIRS, "alice")
    with pytest.raises(errors.UniqueViolation) as raised:
        await alice.run(insert)
    error = raised.value
    assert error.message == 'duplicate key value violates unique constraint "pairs_pkey"'
    assert error.detail == "Key (a, b)=(k, 7) already exists."
    assert (error.schema, error.table, error.constraint) == ("public", "pairs", "pairs_pkey")


async def test_null_in_a_not_null_column_names_the_row(alice: Session) -> None:
    with pytest.raises(errors.NotNullViolation) as raised:
        await alice.run("INSERT INTO strict (id, name) VALUES (1, NULL)")
    assert raised.value.message == (
        'null value in column "name" of relation "strict" violates not-null constraint'
    )
    assert raised.value.detail == "Failing row contains (1, null, 9.99, null)."


async def test_defaults_and_type_modifiers_are_applied(alice: Session) -> None:
    insert = "INSERT INTO strict (id, name, price) VALUES (1, 'abc', 1.005), (2, 'd  ', DEFAULT)"
    await alice.run(insert)
    assert await alice.rows("SELECT name, price FROM strict ORDER BY id LIMIT 2") == [
        ("abc", Decimal("1.01")), ("d  ", Decimal("9.99")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "sqlstate"),
    [
        pytest.param("(1, 'abcd')", "22001", id="varchar-too-long"),
        pytest.param("(1, 'abc', 1234)", "22003", id="numeric-precision"),
        pytest.param("(1, 'abc', 1, 'NaN')", "22003", id="not-a-number"),
        pytest.param("(1, 'abc', 1, 1e18)", "22003", id="too-many-whole-digits"),
        pytest.param("(1, 'abc', 1, 0.000000000000000000001)", "22003", id="too-many-decimals"),
    ],
)
async def test_values_that_cannot_be_stored_are_refused_at_once(
    alice: Session, values: str, sqlstate: str
) -> None:
    with pytest.raises(errors.PgError) as raised:
        await alice.run(f"INSERT INTO strict VALUES {values}")
    assert raised.value.sqlstate == sqlstate


async def test_nul_in_text_is_refused(alice: Session) -> None:
    with pytest.raises(errors.CharacterNotInRepertoire):
        await alice.run("INSERT INTO notes VALUES (1, $1)", "a\0b")


async def test_a_failed_statement_leaves_nothing_of_itself(alice: Session) -> None:
    await alice.run("INSERT INTO notes VALUES (3, 'there')")
    alice.begin()
    await alice.run("INSERT INTO notes VALUES (9, 'mine')")
    with pytest.raises(errors.UniqueViolation):
        await alice.run("INSERT INTO notes VALUES (1,'a'), (2,'b'), (3,'c')")
    with pytest.raises(errors.DivisionByZero):
        await alice.run("UPDATE notes SET n = 1 / (id - id) WHERE id = 9")
    alice.commit()
    assert await alice.rows("SELECT id FROM notes ORDER BY id LIMIT 9") == [(3,), (9,)]


# Users


async def test_users_have_their_own_rows_under_the_same_keys(engine: Engine) -> None:
    alice, bob = engine.session("alice"), engine.session("bob")
    await alice.run("INSERT INTO notes VALUES (1, 'alice')")
    await bob.run("INSERT INTO notes VALUES (1, 'bob'), (2, 'bob')")
    await engine.flush(NOTES, "bob")
    for text in ("SELECT body FROM notes WHERE id = 1", "SELECT body FROM notes"):
        assert set(await alice.rows(text)) == {("alice",)}
        assert set(await bob.rows(text)) == {("bob",)}
    assert await alice.run("DELETE FROM notes WHERE id = 2") == ("DELETE 0", [])
    assert await alice.run("UPDATE notes SET n = 1") == ("UPDATE 1", [])
    assert await bob.rows("SELECT count(*) FROM notes WHERE n IS NULL") == [(2,)]


async def test_a_plan_of_one_user_serves_another_users_rows(engine: Engine) -> None:
    session = engine.session("alice")
    await session.run("INSERT INTO notes VALUES (1, 'alice')")
    texts = ("SELECT body FROM notes WHERE id = 1", "SELECT body FROM notes WHERE n IS NULL")
    assert [await session.rows(text) for text in texts] == [[("alice",)]] * 2
    session.context.user_id = engine.session("bob").context.user_id
    assert [await session.rows(text) for text in texts] == [[], []]


async def test_shared_tables_are_everybodys(engine: Engine) -> None:
    alice, bob = engine.session("alice"), engine.session("bob")
    await alice.run("INSERT INTO board VALUES (1, 'hello')")
    await engine.flush(SHARED, "")
    assert await bob.rows("SELECT body FROM board WHERE id = 1") == [("hello",)]
    assert await bob.rows("SELECT body FROM board") == [("hello",)]
    assert await bob.run("UPDATE board SET body = 'bob' WHERE body LIKE 'h%'") == ("UPDATE 1", [])
    assert await alice.rows("SELECT body FROM board WHERE id = 1") == [("bob",)]


async def test_scope_all_reads_everybodys_rows_and_writes_none(engine: Engine) -> None:
    for user in ("alice", "bob"):
        await engine.session(user).run("INSERT INTO notes VALUES (1, $1)", user)
    await engine.flush(NOTES, "bob")
    auditor = engine.session("root", scope_all=True)
    text = "SELECT _user_id, body FROM notes WHERE id = 1 ORDER BY 1"
    assert await auditor.rows(text) == [("alice", "alice"), ("bob", "bob")]
    with pytest.raises(errors.ReadOnlySqlTransaction):
        await auditor.run("DELETE FROM notes WHERE id = 1")


# Transactions


async def test_own_changes_are_visible_to_oneself_only_until_commit(engine: Engine) -> None:
    alice, again = engine.session("alice"), engine.session("alice")
    await alice.run("INSERT INTO notes VALUES (1, 'old'), (2, 'two')")
    await engine.flush(NOTES, "alice")
    alice.begin()
    await alice.run("UPDATE notes SET body = 'new' WHERE id = 1")
    await alice.run("DELETE FROM notes WHERE id = 2")
    await alice.run("INSERT INTO notes VALUES (3, 'three')")
    own, theirs = [(1, "new"), (3, "three")], [(1, "old"), (2, "two")]
    assert sorted(await alice.rows("SELECT id, body FROM notes")) == own
    assert sorted(await again.rows("SELECT id, body FROM notes")) == theirs
    alice.commit()
    assert sorted(await again.rows("SELECT id, body FROM notes")) == own


async def test_rollback_to_a_savepoint_takes_back_what_came_after_it(alice: Session) -> None:
    alice.begin()
    await alice.run("INSERT INTO notes VALUES (1, 'a')")
    transaction = alice.context.transaction
    assert transaction is not None
    transaction.savepoint("s")
    await alice.run("UPDATE notes SET body = 'b' WHERE id = 1")
    transaction.savepoint("s")
    await alice.run("INSERT INTO notes VALUES (2, 'c')")
    transaction.rollback_to("s")
    assert await alice.rows("SELECT body FROM notes") == [("b",)]
    transaction.release("s")
    transaction.rollback_to("s")
    assert await alice.rows("SELECT body FROM notes") == [("a",)]
    with pytest.raises(errors.InvalidSavepointSpecification):
        transaction.release("nope")
    alice.commit()
    assert await alice.rows("SELECT body FROM notes") == [("a",)]


async def test_a_flush_during_a_transaction_leaves_one_copy_of_each_row(engine: Engine) -> None:
    alice = engine.session("alice")
    await alice.run("INSERT INTO notes VALUES (1, 'old'), (2, 'old'), (3, 'old')")
    alice.begin()
    await alice.run("UPDATE notes SET body = 'new' WHERE id = 1")
    await alice.run("DELETE FROM notes WHERE id = 2")
    await engine.flush(NOTES, "alice")
    alice.commit()
    assert sorted(await alice.rows("SELECT id, body FROM notes")) == [(1, "new"), (3, "old")]


async def test_repeatable_read_sees_one_instant(engine: Engine) -> None:
    alice, other = engine.session("alice"), engine.session("alice")
    await alice.run("INSERT INTO notes VALUES (1, 'a')")
    alice.begin("repeatable read")
    assert await alice.rows("SELECT count(*) FROM notes") == [(1,)]
    await other.run("INSERT INTO notes VALUES (2, 'b')")
    await other.run("UPDATE notes SET body = 'changed' WHERE id = 1")
    await engine.flush(NOTES, "alice")
    assert await alice.rows("SELECT body FROM notes") == [("a",)]
    assert await alice.rows("SELECT body FROM notes WHERE id = 1") == [("a",)]
    assert await alice.rows("SELECT body FROM notes WHERE id = 2") == []
    assert await alice.rows("SELECT body FROM notes ORDER BY id LIMIT 5") == [("a",)]
    alice.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE notes SET n = 1 WHERE id = 1", "DELETE FROM notes WHERE id = 1",
        "UPDATE notes SET n = 1 WHERE body = 'a'", "DELETE FROM notes WHERE body LIKE 'a%'",
    ],
)  # fmt: skip
@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
async def test_a_row_changed_since_the_snapshot_cannot_be_changed(
    engine: Engine, statement: str, isolation: str
) -> None:
    alice, other = engine.session("alice"), engine.session("alice")
    await alice.run("INSERT INTO notes VALUES (1, 'a')")
    alice.begin(isolation)
    await alice.rows("SELECT * FROM notes WHERE id = 1")
    await other.run("UPDATE notes SET body = 'b' WHERE id = 1")
    with pytest.raises(errors.SerializationFailure) as raised:
        await alice.run(statement)
    assert raised.value.message == "could not serialize access due to concurrent update"
    alice.rollback()


async def test_a_read_only_transaction_writes_nothing(alice: Session) -> None:
    alice.begin(is_read_only=True)
    with pytest.raises(errors.ReadOnlySqlTransaction) as raised:
        await alice.run("INSERT INTO notes VALUES (1, 'a')")
    assert raised.value.message == "cannot execute INSERT in a read-only transaction"
    alice.rollback()


async def test_a_transaction_has_a_limited_size(tmp_path: Path, duck: Duck) -> None:
    settings = ExecutorSettings(transaction_bytes_max=10_000)
    async with open_engine(tmp_path / "data", TABLES, duck, settings=settings) as engine:
        alice = engine.session("alice")
        alice.begin()
        with pytest.raises(errors.OutOfMemory) as raised:
            for n in range(100):
                await alice.run("INSERT INTO notes VALUES ($1, $2)", n, "x" * 1000)
        assert raised.value.hint == "Commit in smaller portions."
        alice.rollback()


async def test_a_dropped_table_cannot_be_written_at_commit(engine: Engine, alice: Session) -> None:
    alice.begin()
    await alice.run("INSERT INTO notes VALUES (1, 'a')")
    engine.holder.current = FakeCatalog({})
    with pytest.raises(errors.UndefinedTable):
        alice.commit()


# Waiting


async def test_a_writer_waits_for_the_row_and_works_on_what_it_is_then(engine: Engine) -> None:
    alice, other = engine.session("alice"), engine.session("alice")
    await alice.run("INSERT INTO notes VALUES (1, 'a', 1)")
    alice.begin()
    await alice.run("UPDATE notes SET n = n + 10 WHERE id = 1")
    by_key = start(other.run("UPDATE notes SET n = n * 2 WHERE id = 1"))
    by_query = start(engine.session("alice").run("UPDATE notes SET n = n + 1 WHERE n > 0"))
    await turn()
    assert not by_key.done()
    alice.commit()
    assert await by_key == ("UPDATE 1", [])
    assert await by_query == ("UPDATE 1", [])
    assert await alice.rows("SELECT n FROM notes WHERE id = 1") in ([(23,)], [(24,)])
    assert len(engine.executor.locks) == 0


@pytest.mark.parametrize("commits", [True, False], ids=["commit", "rollback"])
async def test_an_insert_waits_to_see_whether_the_key_comes(engine: Engine, commits: bool) -> None:
    alice, other = engine.session("alice"), engine.session("alice")
    alice.begin()
    await alice.run("INSERT INTO notes VALUES (1, 'first')")
    second = start(other.run("INSERT INTO notes VALUES (1, 'second')"))
    await turn()
    assert not second.done()
    if commits:
        alice.commit()
        with pytest.raises(errors.UniqueViolation):
            await second
    else:
        alice.rollback()
        assert await second == ("INSERT 0 1", [])


async def test_after_waiting_the_filter_is_checked_again(engine: Engine) -> None:
    alice, other = engine.session("alice"), engine.session("alice")
    await alice.run("INSERT INTO notes VALUES (1, 'a', 1)")
    alice.begin()
    await alice.run("UPDATE notes SET n = 2 WHERE id = 1")
    waiting = start(other.run("DELETE FROM notes WHERE id = 1 AND n = 1"))
    await turn()
    alice.commit()
    assert await waiting == ("DELETE 0", [])


async def test_two_transactions_that_wait_for_each_other_deadlock(engine: Engine) -> None:
    alice, other = engine.session("alice"), engine.session("alice")
    await alice.run("INSERT INTO notes VALUES (1, 'a'), (2, 'b')")
    alice.begin()
    other.begin()
    await alice.run("UPDATE notes SET n = 1 WHERE id = 1")
    await other.run("UPDATE notes SET n = 1 WHERE id = 2")
    waiting = start(alice.run("UPDATE notes SET n = 1 WHERE id = 2"))
    await turn()
    with pytest.raises(errors.DeadlockDetected):
        await other.run("UPDATE notes SET n = 1 WHERE id = 1")
    other.rollback()
    assert await waiting == ("UPDATE 1", [])
    alice.commit()


async def test_lock_timeout_and_cancellation_end_the_wait(engine: Engine) -> None:
    alice = engine.session("alice")
    impatient = engine.session("alice", lock_timeout_s=0.001)
    patient = engine.session("alice")
    alice.begin()
    await alice.run("INSERT INTO notes VALUES (1, 'a')")
    with pytest.raises(errors.LockNotAvailable):
        await impatient.run("INSERT INTO notes VALUES (1, 'b')")
    cancelled = start(patient.run("INSERT INTO notes VALUES (1, 'c')"))
    await turn()
    cancelled.cancel()
    await turn()
    alice.commit()
    assert len(engine.executor.locks) == 0


async def test_select_for_update_holds_the_row(engine: Engine) -> None:
    alice, other = engine.session("alice"), engine.session("alice")
    await alice.run("INSERT INTO notes VALUES (1, 'a', 1)")
    alice.begin()
    assert await alice.rows("SELECT n FROM notes WHERE id = 1 FOR UPDATE") == [(1,)]
    waiting = start(other.run("UPDATE notes SET n = 5 WHERE id = 1"))
    await turn()
    assert not waiting.done()
    alice.commit()
    assert await waiting == ("UPDATE 1", [])
    assert await alice.rows("SELECT n FROM notes FOR UPDATE") == [(5,)]


# Whole tables


async def test_truncate_empties_ones_own_rows_and_can_be_taken_back(engine: Engine) -> None:
    alice, bob = engine.session("alice"), engine.session("bob")
    for session in (alice, bob):
        await session.run("INSERT INTO notes VALUES (1, 'cold')")
        await engine.flush(NOTES, session.context.user_id)
        await session.run("INSERT INTO notes VALUES (2, 'hot')")
    for ending in ("rollback", "commit"):
        alice.begin()
        await alice.run("INSERT INTO notes VALUES (3, 'own')")
        await engine.executor.truncate(alice.context, NOTES)
        assert await alice.rows("SELECT * FROM notes") == []
        assert await alice.rows("SELECT * FROM notes WHERE id = 1") == []
        assert await alice.rows("SELECT * FROM notes ORDER BY id LIMIT 3") == []
        await alice.run("INSERT INTO notes VALUES (1, 'new')")
        if ending == "rollback":
            alice.rollback()
            assert len(await alice.rows("SELECT * FROM notes")) == 2
        else:
            alice.commit()
    assert await alice.rows("SELECT body FROM notes") == [("new",)]
    assert len(await bob.rows("SELECT * FROM notes")) == 2


async def test_truncate_waits_for_writers_and_they_for_it(engine: Engine) -> None:
    writer, truncating, late = (engine.session("alice") for _ in range(3))
    writer.begin()
    await writer.run("INSERT INTO notes VALUES (1, 'a')")
    truncating.begin()
    emptied = start(engine.executor.truncate(truncating.context, NOTES))
    await turn()
    assert not emptied.done()
    inserted = start(late.run("INSERT INTO notes VALUES (2, 'late')"))
    await turn()
    writer.commit()
    await emptied
    await turn()
    assert not inserted.done()
    truncating.commit()
    assert await inserted == ("INSERT 0 1", [])
    assert await late.rows("SELECT body FROM notes") == [("late",)]


async def test_checks_over_all_users_see_hot_cold_and_pending_rows(engine: Engine) -> None:
    alice, bob = engine.session("alice", role_class="dba"), engine.session("bob")
    executor = engine.executor
    alice.begin()
    assert not await executor.has_rows(alice.context, NOTES)
    await alice.run("INSERT INTO notes VALUES (1, 'a', 1)")
    assert await executor.has_rows(alice.context, NOTES)
    alice.rollback()
    await bob.run("INSERT INTO notes VALUES (1, 'b', 1)")
    await engine.flush(NOTES, "bob")
    alice.begin()
    assert await executor.has_rows(alice.context, NOTES)
    assert not await executor.any_row_is_null(alice.context, NOTES, 2)
    await bob.run("UPDATE notes SET n = NULL")
    assert await executor.any_row_is_null(alice.context, NOTES, 2)
    alice.context.role_class = "user"
    with pytest.raises(errors.InsufficientPrivilege):
        await executor.any_row_is_null(alice.context, NOTES, 2)
    alice.context.role_class = "dba"
    await bob.run("DELETE FROM notes")
    assert not await executor.has_rows(alice.context, NOTES)
    assert not await executor.any_row_is_null(alice.context, NOTES, 2)
    alice.rollback()


# Versions of a table


async def test_segments_and_rows_of_an_older_version_get_the_new_columns_value(
    engine: Engine, alice: Session
) -> None:
    await alice.run("INSERT INTO notes VALUES (1, 'cold', 1)")
    await engine.flush(NOTES, "alice")
    await alice.run("INSERT INTO notes VALUES (2, 'hot', 2)")
    columns = (*NOTES.columns[:2], Column(ColumnId(4), "rate", Oid(1700), missing=Decimal("0.50")))
    newer = Relation(
        **{
            name: getattr(NOTES, name)
            for name in ("table_id", "schema_name", "name", "table_type", "primary_key")
        },
        columns=columns,
        schema_version=2,
        layouts={**NOTES.layouts, 2: (ColumnId(1), ColumnId(2), ColumnId(4))},
    )
    engine.holder.current = FakeCatalog({("public", "notes"): newer}, 2)
    expected = [(1, "cold", Decimal("0.50")), (2, "hot", Decimal("0.50"))]
    assert sorted(await alice.rows("SELECT * FROM notes")) == expected
    for row in expected:
        assert await alice.rows("SELECT * FROM notes WHERE id = $1", row[0]) == [row]
    await alice.run("UPDATE notes SET rate = rate * 2")
    assert await alice.rows("SELECT sum(rate) FROM notes") == [(Decimal("2.00"),)]


# Plans


async def test_explain_tells_the_plan_the_scans_and_the_isolation(
    engine: Engine, alice: Session
) -> None:
    await alice.run("INSERT INTO notes VALUES (1, 'a', 1)")
    await engine.flush(NOTES, "alice")
    assert alice.explain("SELECT body FROM notes WHERE id = 1") == [
        "Point Select on public.notes",
        "  Key: id",
        "  Scope: rows of the effective user only",
    ]
    assert alice.explain("SELECT body FROM notes WHERE id IN (1, 2)") == [
        "Index Select using notes_pkey on public.notes",
        "  Key: id",
        "  Scope: rows of the effective user only",
    ]
    assert alice.explain("SELECT count(*) FROM notes WHERE id > 1000 AND n = 1") == [
        "DuckDB Query",
        "    Scan on public.notes",
        "        Scope: rows of the effective user only",
        '        Isolation: "_user_id" = $kalam_user',
        "        Hot rows: not decoded",
        "        Segments: 0 of 1 (1 pruned by min/max)",
    ]


async def test_open_transactions_share_a_limit_and_give_back_what_they_took(
    tmp_path: Path, duck: Duck
) -> None:
    settings = ExecutorSettings(transaction_bytes_max=50_000, transactions_bytes_max=60_000)
    async with open_engine(tmp_path / "data", TABLES, duck, settings=settings) as engine:
        alice, bob = engine.session("alice"), engine.session("bob")
        alice.begin()
        await alice.run("INSERT INTO notes VALUES (1, $1)", "x" * 40_000)
        with pytest.raises(errors.OutOfMemory) as raised:
            await bob.run("INSERT INTO notes VALUES (1, $1)", "x" * 30_000)
        assert raised.value.detail == "The limit for all of them is 60000 bytes."
        alice.commit()
        for _ in range(3):
            await bob.run("DELETE FROM notes")
            await bob.run("INSERT INTO notes VALUES (1, $1)", "x" * 30_000)
            bob.begin()
            await bob.run("INSERT INTO notes VALUES (2, $1)", "x" * 30_000)
            bob.rollback()
        assert await bob.rows("SELECT count(*) FROM notes") == [(1,)]


async def test_the_rows_of_a_query_are_refused_before_they_fill_the_memory(
    tmp_path: Path, duck: Duck
) -> None:
    settings = ExecutorSettings(transaction_bytes_max=20_000_000)
    async with open_engine(tmp_path / "data", TABLES, duck, settings=settings) as engine:
        alice = engine.session("alice")
        with pytest.raises(errors.OutOfMemory) as raised:
            # A hundred million rows would be here for minutes.
            await alice.run(
                "INSERT INTO notes SELECT a * 10000 + b, 'x'"
                " FROM generate_series(1, 10000) AS s(a), generate_series(1, 10000) AS t(b)"
            )
        assert raised.value.detail == "The limit is 20000000 bytes."
        assert await alice.rows("SELECT count(*) FROM notes") == [(0,)]
