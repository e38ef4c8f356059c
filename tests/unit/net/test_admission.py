"""Admission: counting clients.

Goal: a limit is reached exactly, and leaving makes room.
Method: a state machine whose model is a list of the clients inside.
"""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kalampg import errors
from kalampg.net.admission import Admission

CONNECTIONS_MAX = 4
ROLE_CONNECTIONS_MAX = 2


class AdmissionMachine(RuleBasedStateMachine):
    """The model lists the role of each client inside."""

    def __init__(self) -> None:
        super().__init__()
        self.admission = Admission(
            connections_max=CONNECTIONS_MAX, role_connections_max=ROLE_CONNECTIONS_MAX
        )
        self.inside: list[str] = []

    @rule(role=st.sampled_from("abc"))
    def come(self, role: str) -> None:
        if len(self.inside) == CONNECTIONS_MAX:
            with pytest.raises(errors.TooManyConnections, match="too many clients"):
                self.admission.enter()
            return
        self.admission.enter()
        if self.inside.count(role) == ROLE_CONNECTIONS_MAX:
            with pytest.raises(errors.TooManyConnections, match=f'for role "{role}"'):
                self.admission.enter_role(role)
            self.admission.leave()
            return
        self.admission.enter_role(role)
        self.inside.append(role)

    @precondition(lambda self: self.inside)
    @rule(choice=st.integers(0, CONNECTIONS_MAX))
    def go(self, choice: int) -> None:
        role = self.inside.pop(choice % len(self.inside))
        self.admission.leave_role(role)
        self.admission.leave()

    @invariant()
    def counts_who_is_inside(self) -> None:
        assert self.admission.connections == len(self.inside)


TestAdmissionMachine = AdmissionMachine.TestCase


def test_without_a_limit_of_its_own_a_role_may_have_all() -> None:
    admission = Admission(connections_max=3)
    for _ in range(3):
        admission.enter()
        admission.enter_role("a")


def test_a_server_that_shuts_down_admits_nobody() -> None:
    admission = Admission(connections_max=3)
    admission.enter()
    admission.is_shutting_down = True
    with pytest.raises(errors.CannotConnectNow):
        admission.enter()
    with pytest.raises(errors.CannotConnectNow):
        admission.enter_role("a")
