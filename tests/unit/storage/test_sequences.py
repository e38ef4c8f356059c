"""SequenceSource: numbers only grow.

Goal: strictly increasing, also when the clock steps back and when the process restarts.
Method: layout by hand; a Hypothesis walk over clock steps and restarts that keeps only what was
reserved.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kalampg.clock import ManualClock
from kalampg.storage.sequences import RESERVATION_MS, SEQ_EPOCH_MS, SequenceSource


class Reservations:
    """What survives a restart."""

    def __init__(self) -> None:
        self.ms = 0
        self.count = 0

    def reserve(self, ms: int) -> None:
        assert ms > self.ms
        self.ms = ms
        self.count += 1

    def source(self, clock: ManualClock, *, node: int = 3, epoch_ms: int = 0) -> SequenceSource:
        return SequenceSource(
            clock=clock,
            node=node,
            epoch_ms=epoch_ms,
            reserved_ms=self.ms,
            reserve=self.reserve,
        )


def test_the_layout_is_41_10_12_bits() -> None:
    clock = ManualClock(1_800_000_000_123_456)
    source = Reservations().source(clock, node=1023, epoch_ms=SEQ_EPOCH_MS)
    first, second = source.next(), source.next()
    assert first >> 22 == 1_800_000_000_123 - 1_704_067_200_000
    assert first >> 12 & 1023 == 1023
    assert (first & 4095, second & 4095) == (0, 1)


def test_a_full_millisecond_runs_ahead_of_the_clock() -> None:
    source = Reservations().source(ManualClock())
    numbers = [source.next() for _ in range(5000)]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] >> 22 == (numbers[0] >> 22) + 1


def test_reservations_are_rare() -> None:
    clock, kept = ManualClock(), Reservations()
    source = kept.source(clock)
    for _ in range(1000):
        source.next()
        clock.advance(0.001)
    assert kept.count == 1
    clock.advance(RESERVATION_MS / 1000)
    source.next()
    assert kept.count == 2


def test_a_clock_before_the_epoch_gives_no_negative_number() -> None:
    source = Reservations().source(ManualClock(0), epoch_ms=SEQ_EPOCH_MS)
    assert source.next() > 0


@given(st.lists(st.sampled_from(["next", "restart"]) | st.integers(-20_000, 20_000), max_size=60))
def test_numbers_grow_whatever_the_clock_does(steps: list[str | int]) -> None:
    clock, kept = ManualClock(), Reservations()
    source = kept.source(clock)
    last = -1
    for step in steps:
        if step == "next":
            number = source.next()
            assert number > last
            last = number
        elif step == "restart":
            source = kept.source(clock)
        elif isinstance(step, int):
            clock.step_wall_clock(step / 1000)
