"""DuckDB's pool at its limits.

Goal: a query may have more scans than a connection keeps tables, and a query that waits for a
worker can be cancelled while it waits. Method: a real DuckDB; work that blocks until it is told.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pyarrow as pa
import pytest

from kalampg.engine.bound_scan import BoundScan
from kalampg.engine.duck import REGISTERED_TABLES_MAX, Duck, DuckConnection, DuckSettings


@pytest.fixture
def duck() -> Iterator[Duck]:
    duck = Duck(DuckSettings(connections=1, threads=1, memory_limit="256MB"))
    yield duck
    duck.close()


def scans(count: int, value: int) -> list[BoundScan]:
    return [
        BoundScan(f"(SELECT x FROM k_hot_{number})", {f"k_hot_{number}": pa.table({"x": [value]})})
        for number in range(count)
    ]


def total(duck: Duck, count: int, value: int) -> int:
    parts = ["SELECT sum(x) AS s FROM ("] + [" UNION ALL FROM "] * (count - 1) + [")"]
    bound = scans(count, value)
    text = (
        parts[0]
        + "FROM "
        + "".join(scan.text + part for scan, part in zip(bound, parts[1:], strict=True))
    )
    with duck.connection() as connection:
        connection.bind_scans(bound)
        return int(connection.execute_arrow(text, {}).column(0)[0].as_py())


def test_a_query_may_have_more_scans_than_a_connection_keeps_tables(duck: Duck) -> None:
    count = 2 * REGISTERED_TABLES_MAX + 1
    assert total(duck, count, 1) == count
    assert total(duck, 3, 5) == 15
    assert total(duck, count, 2) == 2 * count


def test_work_that_waits_for_a_worker_is_cancelled_at_once(duck: Duck) -> None:
    async def scenario() -> None:
        begun, go_on = threading.Event(), threading.Event()

        def block(_: DuckConnection) -> str:
            begun.set()
            go_on.wait(10)
            return "done"

        running = asyncio.create_task(duck.run_in_worker(block))
        await asyncio.to_thread(begun.wait)
        waiting = asyncio.create_task(duck.run_in_worker(lambda _: "never"))
        await asyncio.sleep(0)
        waiting.cancel()
        async with asyncio.timeout(2):
            with pytest.raises(asyncio.CancelledError):
                await waiting
        assert not running.done()
        go_on.set()
        assert await running == "done"

    asyncio.run(scenario())
