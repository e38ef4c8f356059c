"""Counters of sequences across orderly ends and crashes.

Goal: never the same value twice, gaps only after a crash, bounds and cycles as PostgreSQL's.
Method: a store that is closed with or without ``settle``, random steps compared with a set of all
values that were ever given out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalampg import errors
from kalampg.clock import ManualClock
from kalampg.ids import Oid
from kalampg.sequence import Sequence
from kalampg.storage.sequence_values import COUNTERS_MAX, VALUES_LOGGED, SequenceValues
from kalampg.storage.store import Store

PLAIN = Sequence(Oid(50), "public", "s", "root", Oid(51), 1)


def open_store(path: Path) -> Store:
    return Store.open(path, clock=ManualClock())


def test_values_go_on_after_an_orderly_end_and_leave_a_gap_after_a_crash(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    values = SequenceValues(store)
    assert [values.next(PLAIN) for _ in range(3)] == [1, 2, 3]
    values.settle()
    store.close()

    store = open_store(tmp_path)
    values = SequenceValues(store)
    assert values.read(PLAIN) == (3, 0, True)
    assert values.next(PLAIN) == 4
    store.close()  # without settling: what a crash leaves

    store = open_store(tmp_path)
    assert SequenceValues(store).next(PLAIN) == 4 + VALUES_LOGGED + 1
    store.close()


def test_counters_beyond_the_bound_are_read_again_without_gaps(shared: Store) -> None:
    values = SequenceValues(shared)
    first, *others = (
        replace(PLAIN, value_id=Oid(next(_value_ids))) for _ in range(COUNTERS_MAX + 2)
    )
    assert [values.next(first) for _ in range(3)] == [1, 2, 3]
    for other in others:
        assert values.next(other) == 1
    assert [values.next(first), values.next(others[0])] == [4, 2]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store for many examples: opening one takes longer than an example."""
    store = open_store(tmp_path_factory.mktemp("sequences"))
    yield store
    store.close()


_value_ids = count(1_000)


@given(
    steps=st.lists(st.sampled_from(["next", "crash", "end", "increment"]), max_size=60),
    increment=st.sampled_from([1, 7, -3]),
)
def test_no_value_comes_twice(shared: Store, steps: list[str], increment: int) -> None:
    """What a crash takes are the counters in memory; what is committed stays."""
    low, high = (1, 2**63 - 1) if increment > 0 else (-(2**63), -1)
    sequence = replace(
        PLAIN,
        value_id=Oid(next(_value_ids)),
        increment=increment,
        minimum=low,
        maximum=high,
        first=1 if increment > 0 else -1,
    )
    values = SequenceValues(shared)
    seen: list[int] = []
    for step in steps:
        if step == "next":
            seen.append(values.next(sequence))
        elif step == "increment":
            sequence = replace(sequence, increment=sequence.increment + increment)
        else:
            if step == "end":
                values.settle()
            values = SequenceValues(shared)
    assert len(set(seen)) == len(seen)
    assert seen == sorted(seen, reverse=increment < 0)


def test_the_end_is_an_error_and_a_cycle_begins_again(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    values = SequenceValues(store)
    short = replace(PLAIN, maximum=3)
    assert [values.next(short) for _ in range(3)] == [1, 2, 3]
    with pytest.raises(errors.SequenceGeneratorLimitExceeded, match=r'of sequence "s" \(3\)'):
        values.next(short)
    cycling = replace(short, cycles=True, minimum=0)
    assert [values.next(cycling) for _ in range(5)] == [0, 1, 2, 3, 0]
    store.close()


def test_setval_is_kept_and_counters_without_a_sequence_are_removed(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    values = SequenceValues(store)
    values.set(PLAIN, 70, is_called=False)
    values.next(replace(PLAIN, value_id=Oid(99)))
    store.close()

    store = open_store(tmp_path)
    values = SequenceValues(store)
    values.forget_others({Oid(51)})
    assert values.next(PLAIN) == 70
    assert values.next(replace(PLAIN, value_id=Oid(99))) == 1
    with pytest.raises(errors.NumericValueOutOfRange, match="out of bounds"):
        values.set(PLAIN, 0, is_called=True)
    store.close()
