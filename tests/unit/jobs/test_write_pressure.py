"""WritePressure and PressureWatch: writers slow down before they fail, and operators learn why.

Goal: no delay below the soft bound, more the nearer the hard one, refusal there, all of it over as
soon as the cause is. Method: figures set by hand, a list for the waits, a real store whose log is
made to fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from errno import ENOSPC
from os import strerror
from pathlib import Path

import pytest

from kalampg import errors
from kalampg.clock import ManualClock
from kalampg.jobs.pressure_watch import PressureWatch
from kalampg.jobs.write_pressure import PressureSettings, WritePressure
from kalampg.storage import Scope, Store, WriteBatch
from tests.fix_storage import scope_of

pytestmark = pytest.mark.asyncio

SETTINGS = PressureSettings(
    hot_bytes_slow=100, hot_bytes_refused=200, level0_files_slow=12, free_bytes_min=50
)
ALICE = scope_of("alice")


class Burst:
    """Writers on one server: what they were told."""

    def __init__(self) -> None:
        self.hot_bytes = 0
        self.waited_s: list[float] = []
        self.pressure = WritePressure(SETTINGS, lambda: self.hot_bytes, self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.waited_s.append(seconds)


@pytest.mark.parametrize(
    ("hot_bytes", "level0_files", "delay_s"),
    [
        pytest.param(100, 12, 0.0, id="at the soft bounds"),
        pytest.param(150, 0, 0.5, id="half way by bytes"),
        pytest.param(0, 16, 0.5, id="half way by files"),
        pytest.param(110, 18, 0.75, id="the worse of both"),
        pytest.param(199, 0, 0.99, id="just below the hard bound"),
        pytest.param(0, 99, 1.0, id="files only ever delay"),
    ],
)
async def test_delays_grow_with_what_waits(
    hot_bytes: int, level0_files: int, delay_s: float
) -> None:
    burst = Burst()
    burst.hot_bytes = hot_bytes
    burst.pressure.note(free_bytes=50, level0_files=level0_files)
    assert burst.pressure.is_on == (delay_s > 0)
    await burst.pressure.admit(adds_rows=True)
    assert burst.waited_s == ([delay_s] if delay_s else [])


async def test_at_the_hard_bound_rows_are_refused_and_may_be_deleted() -> None:
    burst = Burst()
    burst.hot_bytes = 200
    with pytest.raises(errors.OutOfMemory) as raised:
        await burst.pressure.admit(adds_rows=True)
    assert raised.value.sqlstate == "53200"
    assert raised.value.detail == "200 bytes are hot, flush.hot_bytes_refused is 200."
    await burst.pressure.admit(adds_rows=False)
    assert burst.waited_s == [1.0]


async def test_without_disk_space_rows_are_refused_until_there_is_some() -> None:
    burst = Burst()
    burst.pressure.note(free_bytes=49, level0_files=0)
    with pytest.raises(errors.DiskFull) as raised:
        await burst.pressure.admit(adds_rows=True)
    assert raised.value.detail == "49 bytes are free, storage.min_free_bytes is 50."
    await burst.pressure.admit(adds_rows=False)
    burst.pressure.note(free_bytes=50, level0_files=0)
    assert not burst.pressure.is_on


class FullDisk:
    """Fail points of a disk that is full whenever it is said to be."""

    def __init__(self) -> None:
        self.is_full = False

    def reach(self, name: str) -> None:
        if self.is_full and name == "commit-before-write":
            raise OSError(ENOSPC, strerror(ENOSPC))


DISK = FullDisk()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    DISK.is_full = False
    store = Store.open(tmp_path / "data", clock=ManualClock(), failpoints=DISK)
    yield store
    store.close()


def put(store: Store, scope: Scope, key: bytes) -> None:
    batch = WriteBatch()
    batch.put_row(scope, key, b"value")
    store.commit(batch)


async def test_a_full_disk_refuses_writes_tells_operators_and_is_recovered_from(
    store: Store,
) -> None:
    clock, recounts = ManualClock(), []
    pressure = WritePressure(SETTINGS, lambda: 0)
    put(store, ALICE, b"before")
    with ThreadPoolExecutor(1) as threads:
        watch = PressureWatch(store, pressure, threads, lambda: recounts.append(1), clock=clock)
        await watch.look()
        assert (list(watch.alerts()), pressure.is_on) == ([], False)
        DISK.is_full = True
        with pytest.raises(errors.DiskFull):
            put(store, ALICE, b"lost")
        assert store.get(ALICE, b"lost") is None
        assert store.get(ALICE, b"before") == b"value"
        store.gate.sync()  # what was written before is durable all the same
        DISK.is_full = False
        with pytest.raises(errors.DiskFull):
            put(store, ALICE, b"still refused")
        snapshot = store.snapshot()
        await watch.look()  # the machine's disk has space: the log is opened anew
        put(store, ALICE, b"after")
        assert [key for key, _ in store.scan(ALICE)] == [b"after", b"before"]
        with pytest.raises(errors.DiskFull):
            snapshot.get(ALICE, b"before")
        snapshot.close()
        assert not pressure.is_on


async def test_an_alert_is_raised_once_and_resolved(store: Store) -> None:
    clock = ManualClock()
    too_much = WritePressure(
        PressureSettings(free_bytes_min=1 << 60, hot_bytes_slow=1, hot_bytes_refused=2), lambda: 9
    )
    with ThreadPoolExecutor(1) as threads:
        recounts: list[int] = []
        watch = PressureWatch(store, too_much, threads, lambda: recounts.append(1), clock=clock)
        raised_us = clock.now_us()
        await watch.look()
        clock.advance(1)
        await watch.look()
        rows = {row[1]: row for row in watch.alerts()}
        assert set(rows) == {"disk_full", "hot_bytes"}
        assert rows["disk_full"][6:] == (raised_us, raised_us + 1_000_000, None)
        assert recounts == [1, 1]


async def test_a_batch_prepared_before_the_log_was_opened_anew_is_prepared_again(
    store: Store,
) -> None:
    batch = WriteBatch()
    batch.put_row(ALICE, b"k", b"v")
    store.prepare(batch)
    store.reopen()
    store.commit(batch)
    assert store.get(ALICE, b"k") == b"v"
