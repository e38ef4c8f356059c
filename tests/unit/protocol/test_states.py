"""Which message is legal when.

Goal: every message in every phase has the fate that PostgreSQL gives it.
Method: the whole product of phases and messages against a table written from ``postgres.c``, and a
state machine whose model is two flags.
"""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kalampg.errors import ProtocolViolation
from kalampg.ids import Oid
from kalampg.protocol.frontend import (
    AuthenticationResponse,
    Bind,
    Close,
    CopyData,
    CopyDone,
    CopyFail,
    Describe,
    Execute,
    Flush,
    FrontendMessage,
    FunctionCall,
    Malformed,
    Parse,
    Query,
    Sync,
    Target,
    Terminate,
)
from kalampg.protocol.states import Cycle, Phase, is_extended

MESSAGES: dict[str, FrontendMessage] = {
    "Q": Query(b""),
    "P": Parse(b"", b"", ()),
    "B": Bind(b"", b"", (), (), ()),
    "D": Describe(Target.PORTAL, b""),
    "E": Execute(b"", 0),
    "C": Close(Target.PORTAL, b""),
    "H": Flush(),
    "S": Sync(),
    "X": Terminate(),
    "d": CopyData(b""),
    "c": CopyDone(),
    "f": CopyFail(b""),
    "F": FunctionCall(Oid(1), (), (), 0),
    "p": AuthenticationResponse(b""),
    "malformed P": Malformed(ord("P"), ProtocolViolation("x")),
    "malformed Q": Malformed(ord("Q"), ProtocolViolation("x")),
}
EXTENDED = {"P", "B", "D", "E", "C", "H", "malformed P"}
# Per phase: acted on, dropped. Everything else is a violation.
FATES: dict[Phase, tuple[set[str], set[str]]] = {
    Phase.AUTHENTICATION: ({"p", "malformed P", "malformed Q"}, set()),
    Phase.READY: (EXTENDED | {"Q", "S", "X", "F", "malformed Q"}, {"d", "c", "f"}),
    Phase.COPY_IN: ({"d", "c", "f", "X", "malformed P", "malformed Q"}, {"H", "S"}),
    Phase.SKIPPING: ({"S", "X"}, EXTENDED | {"Q", "F", "d", "c", "f", "malformed Q"}),
}


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_has_one_fate_in_every_phase(phase: Phase, name: str) -> None:
    acted_on, dropped = FATES[phase]
    cycle = Cycle(phase)
    if name in acted_on | dropped:
        assert cycle.admit(MESSAGES[name]) is (name in acted_on)
        return
    with pytest.raises(ProtocolViolation) as raised:
        cycle.admit(MESSAGES[name])
    # Inside a COPY the error ends the COPY; elsewhere the two sides have lost each other.
    assert raised.value.severity == ("ERROR" if phase is Phase.COPY_IN else "FATAL")


@pytest.mark.parametrize("name", MESSAGES)
def test_only_extended_messages_make_the_backend_skip(name: str) -> None:
    cycle = Cycle()
    cycle.fail(MESSAGES[name])
    assert cycle.phase is (Phase.SKIPPING if name in EXTENDED else Phase.READY)


def test_authentication_opens_the_way_to_queries() -> None:
    cycle = Cycle(Phase.AUTHENTICATION)
    cycle.authenticated()
    assert cycle.admit(MESSAGES["Q"])


@pytest.mark.parametrize(
    ("starter", "phase"), [("Q", Phase.READY), ("E", Phase.SKIPPING)], ids=["simple", "extended"]
)
def test_a_failed_copy_goes_back_to_the_protocol_that_started_it(
    starter: str, phase: Phase
) -> None:
    cycle = Cycle()
    cycle.start_copy_in(is_extended=is_extended(MESSAGES[starter]))
    cycle.fail(MESSAGES["f"])
    assert cycle.phase is phase


class CycleMachine(RuleBasedStateMachine):
    """The model: is a COPY open (and by whom), and do we skip."""

    def __init__(self) -> None:
        super().__init__()
        self.cycle = Cycle()
        self.copy: str | None = None
        self.skips = False

    @rule(name=st.sampled_from(sorted(set(MESSAGES) - {"p"})))
    def receive(self, name: str) -> None:
        if self.copy:
            return
        admitted = self.cycle.admit(MESSAGES[name])
        if self.skips:
            assert admitted is (name in {"S", "X"})
            self.skips = not admitted
        else:
            assert admitted is (name not in {"d", "c", "f"})

    @precondition(lambda self: not self.skips and not self.copy)
    @rule(name=st.sampled_from(sorted(MESSAGES)))
    def fail(self, name: str) -> None:
        self.cycle.fail(MESSAGES[name])
        self.skips = name in EXTENDED

    @precondition(lambda self: not self.skips and not self.copy)
    @rule(name=st.sampled_from(["Q", "E"]))
    def start_copy(self, name: str) -> None:
        self.cycle.start_copy_in(is_extended=is_extended(MESSAGES[name]))
        self.copy = name

    @precondition(lambda self: self.copy)
    @rule(succeeds=st.booleans())
    def end_copy(self, succeeds: bool) -> None:
        if succeeds:
            self.cycle.end_copy_in()
        else:
            self.cycle.fail(MESSAGES["f"])
            self.skips = self.copy == "E"
        self.copy = None

    @invariant()
    def phase_agrees_with_the_model(self) -> None:
        expected = Phase.COPY_IN if self.copy else Phase.SKIPPING if self.skips else Phase.READY
        assert self.cycle.phase is expected


TestCycleMachine = CycleMachine.TestCase
