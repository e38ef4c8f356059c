"""DuckDB behind its one door.

Goal: locked down, streaming, cancellable, bounded; errors are PostgreSQL's. Method: a real DuckDB;
an encoder that lists values; queries that would run for minutes are ended from outside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from kalampg import errors
from kalampg.engine import duck as module
from kalampg.engine.bound_scan import BoundScan
from kalampg.engine.duck import Duck, DuckSettings, compose
from kalampg.tasks import TaskOwner

ENDLESS = "SELECT count(*) FROM range(10000000000) a(x), range(1000) b(y) WHERE x * y % 7 = 3"


@pytest.fixture
def duck(tmp_path: Path) -> Iterator[Duck]:
    opened = Duck(DuckSettings(connections=2, threads=1, scan_directories=(tmp_path,)))
    yield opened
    opened.close()


def encode(batch: pa.RecordBatch) -> bytes:
    return (",".join(str(value) for value in batch.column(0).to_pylist()) + ";").encode()


async def rows(duck: Duck, sql: str, params: dict[str, Any] | None = None) -> bytes:
    stream = duck.run((sql,), (), params or {}, "UTC")
    data, _, is_done = await stream.next(0, encode)
    assert is_done
    return data


@pytest.mark.asyncio
async def test_a_query_with_parameters_answers_in_one_step(duck: Duck) -> None:
    assert await rows(duck, "SELECT CAST($p1 AS INTEGER) + 1", {"p1": 41}) == b"42;"


@pytest.mark.asyncio
async def test_a_stream_gives_as_many_rows_as_asked_and_knows_its_end(duck: Duck) -> None:
    stream = duck.run(("SELECT x FROM range(5) t(x) ORDER BY x",), (), {}, "UTC")
    assert await stream.next(2, encode) == (b"0,1;", 2, False)
    assert await stream.next(3, encode) == (b"2,3,4;", 3, True)
    assert await stream.next(3, encode) == (b"", 0, True)


@pytest.mark.asyncio
async def test_no_rows_is_the_end_at_once(duck: Duck) -> None:
    stream = duck.run(("SELECT 1 WHERE FALSE",), (), {}, "UTC")
    assert await stream.next(0, encode) == (b"", 0, True)


@pytest.mark.asyncio
async def test_scans_are_put_in_and_read_their_tables(duck: Duck) -> None:
    first = BoundScan("(SELECT * FROM hot_0)", {"hot_0": pa.table({"a": [1, 2]})})
    second = BoundScan("(SELECT * FROM hot_1)", {"hot_1": pa.table({"b": [2, 3]})})
    parts = ("SELECT b FROM ", " x JOIN ", " y ON x.a = y.b")
    assert compose(parts, (first, second)).count("hot_") == 2
    stream = duck.run(parts, (first, second), {}, "UTC")
    assert await stream.next(0, encode) == (b"2;", 1, True)


@pytest.mark.asyncio
async def test_a_name_follows_the_table_that_is_bound_to_it(duck: Duck) -> None:
    for value in (1, 2):
        scan = BoundScan("(SELECT * FROM hot_0)", {"hot_0": pa.table({"a": [value]})})
        stream = duck.run(("SELECT a FROM ", ""), (scan,), {}, "UTC")
        assert (await stream.next(0, encode))[0] == f"{value};".encode()


@pytest.mark.asyncio
async def test_describe_gives_names_and_types_without_running(duck: Duck) -> None:
    columns = await duck.describe(
        ("SELECT CAST($p1 AS INTEGER) AS a, 'x' AS b WHERE 1 / 0 = 1",), (), {"p1": None}
    )
    assert columns == [("a", "INTEGER"), ("b", "VARCHAR")]


@pytest.mark.asyncio
async def test_time_zones_do_not_leak_to_the_next_query(duck: Duck) -> None:
    sql = "SELECT CAST(TIMESTAMPTZ '2020-07-01 00:00:00+00' AS VARCHAR)"
    for zone, expected in (("Europe/Paris", b"02:00:00+02"), ("UTC", b"00:00:00+00")):
        data, _, _ = await duck.run((sql,), (), {}, zone).next(0, encode)
        assert data.endswith(expected + b";")


@pytest.mark.asyncio
async def test_an_unknown_time_zone_is_22023(duck: Duck) -> None:
    with pytest.raises(errors.InvalidParameterValue):
        await duck.run(("SELECT 1",), (), {}, "Nowhere/City").next(0, encode)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("CREATE TABLE t (i INTEGER)", id="DDL"),
        pytest.param("SELECT 1; SELECT 2", id="two statements"),
        pytest.param("COPY (SELECT 1) TO '/tmp/x'", id="COPY"),
        pytest.param("SET threads = 1", id="SET"),
        pytest.param("ATTACH '/tmp/x.db'", id="ATTACH"),
        pytest.param("PRAGMA version", id="PRAGMA"),
    ],
)
async def test_only_one_select_is_ever_run(duck: Duck, statement: str) -> None:
    with pytest.raises(errors.PgError):
        await rows(duck, statement)


@pytest.mark.asyncio
async def test_files_outside_the_scan_directories_are_out_of_reach(
    duck: Duck, tmp_path: Path
) -> None:
    inside, outside = tmp_path / "a.csv", tmp_path.parent / "outside.csv"
    inside.write_text("x\n1\n")
    outside.write_text("x\n2\n")
    assert await rows(duck, f"SELECT * FROM read_csv('{inside}')") == b"1;"
    for path in (outside, tmp_path / ".." / "outside.csv", Path("/etc/passwd")):
        with pytest.raises(errors.PgError):
            await rows(duck, f"SELECT * FROM read_csv('{path}')")


def test_a_database_that_is_not_locked_does_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FORBIDDEN", ("SELECT 1",))
    with pytest.raises(errors.InternalError, match="not locked down"):
        Duck(DuckSettings(connections=1, threads=1))


@pytest.mark.asyncio
async def test_cancel_ends_a_running_query_with_57014(duck: Duck) -> None:
    stream = duck.run((ENDLESS,), (), {}, "UTC")
    failures: list[BaseException] = []
    owner = TaskOwner(failures.append)
    task = owner.start(stream.next(0, encode), "query")
    await asyncio.sleep(0)  # One turn of the loop: the task has begun.
    assert stream._is_running
    stream.cancel()  # At once: DuckDB has hardly begun, and must hear it all the same.
    async with asyncio.timeout(10):
        with pytest.raises(errors.QueryCanceled):
            await task
    assert await rows(duck, "SELECT 1") == b"1;"


@pytest.mark.asyncio
async def test_a_cancelled_caller_leaves_no_query_behind(duck: Duck) -> None:
    stream = duck.run((ENDLESS,), (), {}, "UTC")
    owner = TaskOwner(lambda _: None)
    task = owner.start(stream.next(0, encode), "query")
    await asyncio.sleep(0)  # One turn of the loop: the task has begun.
    assert stream._is_running
    task.cancel()
    async with asyncio.timeout(10):
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await rows(duck, "SELECT 1") == b"1;"


@pytest.mark.asyncio
async def test_cancel_before_the_first_row_is_heard(duck: Duck) -> None:
    stream = duck.run(("SELECT 1",), (), {}, "UTC")
    stream.cancel()
    with pytest.raises(errors.QueryCanceled):
        await stream.next(0, encode)


@pytest.mark.asyncio
async def test_open_results_are_bounded_and_closing_frees_them() -> None:
    duck = Duck(DuckSettings(connections=1, threads=1, results_max=2))
    streams = [duck.run(("SELECT x FROM range(5) t(x)",), (), {}, "UTC") for _ in range(3)]
    for stream in streams[:2]:
        await stream.next(1, encode)
    with pytest.raises(errors.ConfigurationLimitExceeded):
        await streams[2].next(1, encode)
    streams[0].close()
    streams[0].close()
    assert (await duck.run(("SELECT 1",), (), {}, "UTC").next(0, encode))[0] == b"1;"
    streams[1].close()
    duck.close()


def test_a_worker_may_use_a_connection_directly(duck: Duck) -> None:
    with duck.connection() as connection:
        connection.bind_table("mine", pa.table({"a": [3]}))
        assert connection.execute_arrow("SELECT a FROM mine", {}).to_pydict() == {"a": [3]}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("sql", "sqlstate", "message"),
    [
        pytest.param("SELECT 1 / 0", "22012", "division by zero", id="division"),
        pytest.param("SELECT 2147483647 + 1::INTEGER", "22003", "integer out of range", id="int4"),
        pytest.param(
            "SELECT CAST('abc' AS INTEGER)", "22P02",
            'invalid input syntax for type integer: "abc"', id="text",
        ),
        pytest.param(
            "SELECT CAST('99999999999' AS INTEGER)", "22003",
            'value "99999999999" is out of range for type integer', id="large text",
        ),
        pytest.param(
            "SELECT CAST('2020-13-01' AS DATE)", "22008",
            'date/time field value out of range: "2020-13-01"', id="date",
        ),
        pytest.param(
            "SELECT CAST('x' AS DATE)", "22007", 'invalid input syntax for type date: "x"',
            id="not a date",
        ),
        pytest.param("SELECT nope", "42703", 'column "nope" does not exist', id="column"),
        pytest.param("SELECT * FROM nope", "42P01", 'relation "nope" does not exist', id="table"),
        pytest.param("SELECT nope(1)", "42883", "function nope does not exist", id="function"),
        pytest.param(
            "SELECT x, count(*) FROM range(3) t(x)", "42803",
            'column "x" must appear in the GROUP BY clause or be used in an aggregate function',
            id="group",
        ),
        pytest.param(
            "SELECT (SELECT x FROM range(2) t(x))", "21000",
            "more than one row returned by a subquery used as an expression", id="subquery",
        ),
        pytest.param("SELECT error('KPG:22023:said so')", "22023", "said so", id="macro"),
        pytest.param(
            "SELECT regexp_matches('a', '(')", "2201B",
            "invalid regular expression: parentheses () not balanced", id="regex",
        ),
    ],
)  # fmt: skip
async def test_errors_are_postgresqls(duck: Duck, sql: str, sqlstate: str, message: str) -> None:
    with pytest.raises(errors.PgError) as raised:
        await rows(duck, sql)
    assert (raised.value.sqlstate, raised.value.message) == (sqlstate, message)


@pytest.mark.asyncio
async def test_what_is_not_understood_says_nothing_of_the_inside(duck: Duck) -> None:
    with pytest.raises(errors.InternalError) as raised:
        await rows(duck, "SELECT 1 FROM (SELECT")
    assert raised.value.message == "the query could not be executed"
