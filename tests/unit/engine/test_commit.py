"""Large transactions: what is staged before COMMIT is committed only as long as it is true.

Goal: whatever happens between the staging and the commit, each row is there once, as its last
version. Method: the steps of COMMIT one by one over a real store, with flushes and writes between.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from kalampg.engine import Duck
from tests.fix_engine import Engine, Session, open_duck, open_engine, user_table

pytestmark = pytest.mark.asyncio

INT4 = 23
ROWS = 1_500  # more than are committed without a staging
NOTES = user_table("notes", ("id", INT4), ("n", INT4))
READ = "SELECT n, count(*), count(DISTINCT id) FROM notes GROUP BY n ORDER BY n"


@pytest.fixture(scope="module")
def duck(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Duck]:
    opened = open_duck(tmp_path_factory.getbasetemp())
    yield opened
    opened.close()


@pytest_asyncio.fixture
async def engine(tmp_path: Path, duck: Duck) -> AsyncIterator[Engine]:
    async with open_engine(tmp_path / "data", [NOTES], duck) as opened:
        yield opened


@pytest_asyncio.fixture
async def writer(engine: Engine) -> Session:
    """A session with an open block that has changed many rows, of which all are hot."""
    session = engine.session("alice")
    await session.run(f"INSERT INTO notes SELECT g, 0 FROM generate_series(1, {ROWS}) AS s(g)")
    session.begin()
    assert (await session.run("UPDATE notes SET n = n + 1"))[0] == f"UPDATE {ROWS}"
    return session


async def settle(writer: Session) -> None:
    transaction = writer.context.transaction
    assert transaction is not None
    assert writer.engine.executor.must_settle(transaction)
    await writer.engine.executor.settle(transaction)


async def test_nothing_is_seen_before_the_commit_and_everything_after(
    engine: Engine, writer: Session
) -> None:
    await settle(writer)
    reader = engine.session("alice")
    assert await reader.rows(READ) == [(0, ROWS, ROWS)]
    writer.commit()
    assert await reader.rows(READ) == [(1, ROWS, ROWS)]


async def test_rows_that_a_flush_has_moved_are_marked_where_they_are(
    engine: Engine, writer: Session
) -> None:
    await settle(writer)
    await engine.flush(NOTES, "alice")
    writer.commit()
    assert await engine.session("alice").rows(READ) == [(1, ROWS, ROWS)]
    await engine.flush(NOTES, "alice")
    assert await engine.session("alice").rows(READ) == [(1, ROWS, ROWS)]


async def test_a_later_write_is_committed_too(engine: Engine, writer: Session) -> None:
    await settle(writer)
    await writer.run("UPDATE notes SET n = 7 WHERE id = 1")
    writer.commit()
    assert await engine.session("alice").rows(READ) == [(1, ROWS - 1, ROWS - 1), (7, 1, 1)]


async def test_of_what_was_rolled_back_nothing_is_left(engine: Engine, writer: Session) -> None:
    await settle(writer)
    writer.rollback()
    writer.begin()
    await writer.run("UPDATE notes SET n = 5 WHERE id = 2")
    writer.commit()
    assert await engine.session("alice").rows(READ) == [(0, ROWS - 1, ROWS - 1), (5, 1, 1)]


async def test_statements_of_their_own_are_staged_too(engine: Engine) -> None:
    alice = engine.session("alice")
    await alice.run(f"INSERT INTO notes SELECT g, 0 FROM generate_series(1, {ROWS}) AS s(g)")
    await alice.run("UPDATE notes SET n = 1")
    await alice.run(f"UPDATE notes SET id = {ROWS} + 1 - id")
    source = f"SELECT g, 0 FROM generate_series(1, {2 * ROWS}) AS s(g)"
    await alice.run(f"INSERT INTO notes {source} ON CONFLICT (id) DO UPDATE SET n = notes.n + 1")
    assert await alice.rows(READ) == [(0, ROWS, ROWS), (2, ROWS, ROWS)]
    assert (await alice.run("DELETE FROM notes WHERE n = 2"))[0] == f"DELETE {ROWS}"
    assert await alice.rows(READ) == [(0, ROWS, ROWS)]
