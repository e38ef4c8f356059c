"""Goal: the cache is an LRU that never outgrows its capacity.

Method: a state machine against a list of keys in order of use.
"""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kalampg.sql import PlanCache

CAPACITY = 3


class LruMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.cache: PlanCache[int] = PlanCache(CAPACITY)
        self.model: list[tuple[int, int]] = []

    @rule(key=st.integers(0, 6), value=st.integers())
    def put(self, key: int, value: int) -> None:
        self.cache.put(key, value)
        self.model = [pair for pair in self.model if pair[0] != key] + [(key, value)]
        self.model = self.model[-CAPACITY:]

    @rule(key=st.integers(0, 6))
    def get(self, key: int) -> None:
        found = [pair for pair in self.model if pair[0] == key]
        assert self.cache.get(key) == (found[0][1] if found else None)
        self.model = [pair for pair in self.model if pair[0] != key] + found

    @rule()
    def clear(self) -> None:
        self.cache.clear()
        self.model = []

    @invariant()
    def is_bounded(self) -> None:
        assert len(self.cache) == len(self.model) <= CAPACITY


TestLru = LruMachine.TestCase
TestLru.settings = settings(max_examples=50, stateful_step_count=30)


def test_capacity_must_be_positive() -> None:
    with pytest.raises(ValueError, match="capacity"):
        PlanCache(0)
