"""DurabilityGate: who is told what, and when.

Goal: nobody hears of a commit before it is synced; commits of one turn share one sync; a failed
sync is final.
Method: a loop that runs its callbacks when the test says so, a log that counts its syncs or fails,
a manual clock that the log advances. Threads are real where the gate uses one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from kalampg import errors
from kalampg.clock import ManualClock
from kalampg.storage.durability import DurabilityGate, DurabilitySettings


class FakeLoop:
    """Keeps callbacks until ``turn``."""

    def __init__(self) -> None:
        self.soon: list[Callable[[], object]] = []
        self.later: list[tuple[float, Callable[[], object]]] = []
        self.arrived = threading.Semaphore(0)

    def call_soon(self, callback: Callable[[], object]) -> object:
        self.soon.append(callback)
        return None

    def call_later(self, delay: float, callback: Callable[[], object]) -> object:
        self.later.append((delay, callback))
        return None

    def call_soon_threadsafe(self, callback: Callable[[], object]) -> object:
        self.soon.append(callback)
        self.arrived.release()
        return None

    def turn(self) -> None:
        callbacks, self.soon = self.soon, []
        for callback in callbacks:
            callback()


class FakeLog:
    """A log whose sync takes ``sync_s`` and fails on request."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.sync_s = 0.0001
        self.syncs = 0
        self.is_broken = False

    def sync(self) -> None:
        if self.is_broken:
            raise OSError("no space left on device")
        self.syncs += 1
        self.clock.advance(self.sync_s)


class Harness:
    """A gate, what it stands on, and what its waiters heard."""

    def __init__(self, settings: DurabilitySettings | None = None) -> None:
        self.clock = ManualClock()
        self.log = FakeLog(self.clock)
        self.loop = FakeLoop()
        self.gate = DurabilityGate(self.log.sync, clock=self.clock, settings=settings)
        self.gate.attach(self.loop)
        self.heard: list[tuple[int, str | None]] = []

    def wait(self, position: int) -> None:
        self.gate.when_synced(
            position,
            lambda failure: self.heard.append((position, failure.sqlstate if failure else None)),
        )


def test_commits_of_one_turn_share_one_sync() -> None:
    harness = Harness()
    for _ in range(3):
        harness.wait(harness.gate.advance())
    assert harness.heard == []
    harness.loop.turn()
    assert harness.heard == [(1, None), (2, None), (3, None)]
    assert harness.log.syncs == 1
    assert (harness.gate.written, harness.gate.synced) == (3, 3)


def test_what_is_synced_already_is_told_at_once() -> None:
    harness = Harness()
    position = harness.gate.advance()
    harness.gate.sync()
    harness.wait(position)
    harness.wait(0)
    assert harness.heard == [(1, None), (0, None)]


def test_a_commit_that_nobody_waits_for_is_synced_in_the_background() -> None:
    harness = Harness(DurabilitySettings(background_sync_ms=200))
    harness.gate.advance()
    harness.gate.advance()
    harness.loop.turn()
    assert harness.log.syncs == 0
    ((delay_s, callback),) = harness.loop.later
    assert delay_s == 0.2
    callback()
    harness.loop.turn()
    assert (harness.log.syncs, harness.gate.synced) == (1, 2)


def test_nothing_written_needs_no_sync() -> None:
    harness = Harness()
    harness.gate.sync()
    assert harness.log.syncs == 0


def test_a_failed_sync_is_final() -> None:
    harness = Harness()
    harness.gate.sync()
    harness.wait(harness.gate.advance())
    harness.log.is_broken = True
    harness.loop.turn()
    assert harness.heard == [(1, "58030")]
    assert harness.gate.synced == 0
    harness.log.is_broken = False
    harness.wait(1)
    assert harness.heard[-1] == (1, "58030"), "a later success would prove nothing"
    for refused in (harness.gate.check, harness.gate.sync):
        with pytest.raises(errors.IoError) as raised:
            refused()
        assert raised.value.severity == "PANIC"
    harness.gate.close()
    assert harness.log.syncs == 0


def test_a_thread_syncs_while_the_loop_goes_on() -> None:
    harness = Harness(DurabilitySettings(mode="thread"))
    harness.wait(harness.gate.advance())
    harness.loop.turn()
    late = harness.gate.advance()
    harness.wait(late)
    assert harness.heard == []
    harness.loop.arrived.acquire()
    harness.loop.turn()
    assert harness.heard == [(1, None)], "a commit after the sync began is not covered by it"
    harness.loop.turn()
    harness.loop.arrived.acquire()
    harness.loop.turn()
    assert harness.heard == [(1, None), (late, None)]
    harness.gate.close()


def test_a_failure_in_the_thread_reaches_every_waiter() -> None:
    harness = Harness(DurabilitySettings(mode="thread"))
    harness.log.is_broken = True
    harness.wait(harness.gate.advance())
    harness.loop.turn()
    harness.wait(harness.gate.advance())
    harness.loop.arrived.acquire()
    harness.loop.turn()
    assert harness.heard == [(1, "58030"), (2, "58030")]
    harness.gate.close()


def test_long_syncs_move_to_the_thread_and_short_ones_come_back() -> None:
    harness = Harness(DurabilitySettings(mode="auto", inline_sync_ms_max=1.0))

    def commit() -> bool:
        """Commit, and tell whether the loop synced in line."""
        harness.wait(harness.gate.advance())
        harness.loop.turn()
        if harness.gate.synced == harness.gate.written:
            return True
        harness.loop.arrived.acquire()
        harness.loop.turn()
        return False

    harness.log.sync_s = 0.010
    commit()
    assert not commit()
    harness.log.sync_s = 0.0001
    assert any(commit() for _ in range(100))
    harness.gate.close()


def test_close_syncs_what_is_left() -> None:
    harness = Harness()
    harness.gate.advance()
    harness.gate.close()
    harness.gate.close()
    assert (harness.log.syncs, harness.gate.synced) == (1, 1)
