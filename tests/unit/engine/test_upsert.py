"""INSERT ... ON CONFLICT over hot, cold and pending rows.

Goal: exactly the rows whose key exists are left out or updated, wherever they live, with
PostgreSQL's counts and errors. Method: SQL on a real store; answers recorded from PostgreSQL 15.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from kalampg import errors
from kalampg.engine import Duck
from tests.fix_engine import Engine, Session, open_duck, open_engine, user_table

pytestmark = pytest.mark.asyncio

NOTES = user_table("notes", ("id", 20), ("body", 25), ("n", 23))
ALL = "SELECT id, body, n FROM notes ORDER BY id"


@pytest.fixture(scope="module")
def duck(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Duck]:
    opened = open_duck(tmp_path_factory.getbasetemp())
    yield opened
    opened.close()


@pytest_asyncio.fixture
async def engine(tmp_path: Path, duck: Duck) -> AsyncIterator[Engine]:
    async with open_engine(tmp_path / "data", (NOTES,), duck) as opened:
        yield opened


@pytest.fixture(params=["hot", "cold", "pending"])
def place(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture
async def alice(engine: Engine, place: str) -> Session:
    """A session that sees rows 1 and 2, stored in the place that the parameter says."""
    session = engine.session("alice")
    if place == "pending":
        session.begin()
    await session.run("INSERT INTO notes VALUES (1, 'one', 10), (2, 'two', 20)")
    if place == "cold":
        await engine.flush(NOTES, "alice")
    return session


async def test_do_nothing_inserts_what_is_new_only(alice: Session) -> None:
    text = "INSERT INTO notes VALUES (2, 'x'), (3, 'y'), (3, 'z') ON CONFLICT DO NOTHING"
    assert await alice.run(f"{text} RETURNING id") == ("INSERT 0 1", [(3,)])
    assert await alice.rows(ALL) == [(1, "one", 10), (2, "two", 20), (3, "y", None)]


async def test_do_update_sees_both_rows_and_returns_inserted_and_updated(alice: Session) -> None:
    tag, rows = await alice.run(
        "INSERT INTO notes AS old VALUES (2, 'new', 5), (3, 'y', 7) ON CONFLICT (id) DO UPDATE "
        "SET n = old.n + excluded.n, body = excluded.body RETURNING id, body, n"
    )
    assert (tag, rows) == ("INSERT 0 2", [(2, "new", 25), (3, "y", 7)])
    assert await alice.rows(ALL) == [(1, "one", 10), (2, "new", 25), (3, "y", 7)]


async def test_where_leaves_rows_alone_and_uncounted(alice: Session) -> None:
    tag, rows = await alice.run(
        "INSERT INTO notes VALUES (1, 'a', 11), (2, 'b', 19) ON CONFLICT ON CONSTRAINT notes_pkey "
        "DO UPDATE SET n = excluded.n WHERE notes.n < excluded.n RETURNING id"
    )
    assert (tag, rows) == ("INSERT 0 1", [(1,)])
    assert await alice.rows(ALL) == [(1, "one", 11), (2, "two", 20)]


async def test_a_query_gives_the_rows(alice: Session) -> None:
    await alice.run(
        "INSERT INTO notes SELECT id + 1, body, n FROM notes ON CONFLICT (id) DO UPDATE "
        "SET body = notes.body || '+' || excluded.body"
    )
    assert await alice.rows(ALL) == [(1, "one", 10), (2, "two+one", 20), (3, "two", 20)]
    assert await alice.run("INSERT INTO notes SELECT * FROM notes ON CONFLICT DO NOTHING") == (
        "INSERT 0 0", [],
    )  # fmt: skip


@pytest.mark.parametrize(
    "source",
    [
        "VALUES (5, 'a'), (5, 'b')",
        "SELECT 5, 'a' FROM notes",
        "SELECT g % 250, 'others had their turns meanwhile' FROM generate_series(1, 500) AS s(g)",
    ],
    ids=["values", "rows", "portions"],
)
async def test_no_row_is_affected_twice_and_nothing_stays(alice: Session, source: str) -> None:
    with pytest.raises(errors.CardinalityViolation, match="affect row a second time"):
        await alice.run(
            f"INSERT INTO notes (id, body) {source} ON CONFLICT (id) DO UPDATE SET body = 'c'"
        )
    assert await alice.rows(ALL) == [(1, "one", 10), (2, "two", 20)]


async def test_the_key_may_change_but_not_to_one_in_use(alice: Session) -> None:
    text = "INSERT INTO notes VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET id = "
    assert await alice.run(f"{text} 9 RETURNING id, body") == ("INSERT 0 1", [(9, "one")])
    await alice.run("INSERT INTO notes VALUES (1, 'again', 1)")
    with pytest.raises(errors.UniqueViolation):
        await alice.run(f"{text} 2")
    assert await alice.rows(ALL) == [(1, "again", 1), (2, "two", 20), (9, "one", 10)]


async def test_a_deleted_row_is_no_conflict(alice: Session) -> None:
    await alice.run("DELETE FROM notes WHERE id = 1")
    tag, _ = await alice.run("INSERT INTO notes VALUES (1, 'n') ON CONFLICT DO NOTHING")
    assert tag == "INSERT 0 1"
    assert await alice.rows("SELECT body, n FROM notes WHERE id = 1") == [("n", None)]


async def test_null_keys_are_refused_before_conflicts(alice: Session) -> None:
    with pytest.raises(errors.NotNullViolation):
        await alice.run("INSERT INTO notes VALUES (NULL, 'x') ON CONFLICT DO NOTHING")


@pytest.mark.parametrize("action", ["NOTHING", "UPDATE SET n = 1"])
async def test_repeatable_read_does_not_conflict_with_what_it_cannot_see(
    engine: Engine, action: str
) -> None:
    alice, other = engine.session("alice"), engine.session("alice")
    alice.begin("repeatable read")
    assert await alice.rows(ALL) == []
    await other.run("INSERT INTO notes VALUES (1, 'theirs')")
    with pytest.raises(errors.SerializationFailure):
        await alice.run(f"INSERT INTO notes VALUES (1, 'mine') ON CONFLICT (id) DO {action}")
    alice.rollback()


async def test_users_do_not_conflict_with_each_other(engine: Engine) -> None:
    alice, bob = engine.session("alice"), engine.session("bob")
    text = "INSERT INTO notes VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET body = 'updated'"
    await alice.run(text, "alice")
    await bob.run(text, "bob")
    assert await alice.rows(ALL) == [(1, "alice", None)]
    assert await bob.rows(ALL) == [(1, "bob", None)]
