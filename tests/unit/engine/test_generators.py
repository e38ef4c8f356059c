"""Generators: UUID_V7, ULID and gen_random_uuid.

Goal: the layouts are RFC 9562's and the ULID specification's, and values of one server grow
whatever its clock does. Method: hand-worked layouts from a fixed clock and fixed random bytes;
then many values.
"""

from __future__ import annotations

import random
from itertools import pairwise
from typing import cast
from uuid import UUID

from kalampg.clock import ManualClock
from kalampg.engine.advisory import AdvisoryLocks
from kalampg.engine.generators import Generators, SequenceFunctions
from kalampg.engine.locks import LockTable

# 2023-11-14T22:13:20.000Z = 1,700,000,000,000 ms = 0x018BCFE56800.
NOW_MS = 0x018BCFE56800


class Numbers:
    def __init__(self) -> None:
        self.last = 0

    def next(self) -> int:
        self.last += 1
        return self.last


def generators(clock: ManualClock, byte: int | None = None) -> Generators:
    source = random.Random(1)
    fixed = None if byte is None else bytes([byte])
    return Generators(
        clock=clock,
        random_bytes=source.randbytes if fixed is None else lambda count: fixed * count,
        snowflakes=Numbers(),
        sequences=cast(SequenceFunctions, None),
        advisory=AdvisoryLocks(LockTable()),
    )


def test_uuid_v7_has_time_version_counter_and_variant() -> None:
    value = generators(ManualClock(NOW_MS * 1000), 0xFF).uuid_v7()
    assert value.hex() == "018bcfe56800" + "77ff" + "bf" + "ff" * 7
    assert UUID(bytes=value).version == 7


def test_gen_random_uuid_has_version_and_variant() -> None:
    value = generators(ManualClock(), 0xFF).gen_random_uuid()
    assert value.hex() == "ffffffff" + "ffff" + "4fff" + "bfff" + "ff" * 6
    assert UUID(bytes=value).version == 4


def test_ulid_is_crockford_base_32_of_time_and_randomness() -> None:
    # 0x018BCFE56800 in base 32, ten digits: 01HF7YAT00.
    value = generators(ManualClock(NOW_MS * 1000), 0).ulid()
    assert value == "01HF7YAT00" + "0" * 16


def test_values_grow_inside_a_millisecond_and_when_the_clock_steps_back() -> None:
    clock = ManualClock()
    made = generators(clock)
    uuids, ulids = [], []
    for round_ in range(3):
        for _ in range(6000):  # More than the counter of one millisecond holds.
            uuids.append(made.uuid_v7())
            ulids.append(made.ulid())
        clock.step_wall_clock(-5.0 if round_ == 0 else 10.0)
    assert all(left < right for left, right in pairwise(uuids))
    assert all(left < right for left, right in pairwise(ulids))
    assert {UUID(bytes=value).version for value in uuids} == {7}
    assert {len(value) for value in ulids} == {26}


def test_ulid_carries_from_randomness_into_time() -> None:
    made = generators(ManualClock(NOW_MS * 1000), 0xFF)
    assert [made.ulid(), made.ulid()] == ["01HF7YAT00" + "Z" * 16, "01HF7YAT01" + "0" * 16]
