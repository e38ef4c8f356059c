"""Which frontend message is legal when, as a table; and skipping to Sync after an error.

Layout is checked by the decoders. Transaction states belong to the session.

Source:
    PostgreSQL documentation, "protocol-flow"; ``SocketBackend`` in ``postgres.c``;
    ``CopyGetData`` in ``copyfromparse.c``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from kalampg.errors import ProtocolViolation
from kalampg.protocol.messages import (
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
    Terminate,
)


class Phase(Enum):
    """How far a connection has come. Before AUTHENTICATION there are only untagged packets."""

    AUTHENTICATION = "authentication"
    READY = "ready"
    COPY_IN = "copy-in"
    SKIPPING = "skipping"  # an extended message failed; the next Sync ends it


_EXTENDED: Final[frozenset[type[FrontendMessage]]] = frozenset(
    {Parse, Bind, Describe, Execute, Close, Flush}
)
_COPY: Final[frozenset[type[FrontendMessage]]] = frozenset({CopyData, CopyDone, CopyFail})

# In each phase: what is acted on, and what is read and dropped. The rest is a violation.
ACTED_ON: Final[Mapping[Phase, frozenset[type[FrontendMessage]]]] = {
    Phase.AUTHENTICATION: frozenset({AuthenticationResponse, Malformed}),
    Phase.READY: _EXTENDED | {Query, Sync, Terminate, FunctionCall, Malformed},
    Phase.COPY_IN: _COPY | {Terminate, Malformed},
    Phase.SKIPPING: frozenset({Sync, Terminate}),
}
DROPPED: Final[Mapping[Phase, frozenset[type[FrontendMessage]]]] = {
    Phase.AUTHENTICATION: frozenset(),
    # The rest of a COPY that the server has given up is still on its way.
    Phase.READY: _COPY,
    # Client libraries send Sync right behind Execute, before they know that it starts a COPY.
    Phase.COPY_IN: frozenset({Flush, Sync}),
    Phase.SKIPPING: _EXTENDED | _COPY | {Query, FunctionCall, Malformed},
}
_EXTENDED_TAGS: Final = frozenset(b"PBDECH")


class Cycle:
    """The phase of one connection, moved by messages, errors and COPY.

    Invariants:
        - After an error in an extended message nothing is acted on until Sync.
        - A simple query never skips: its error is followed by ReadyForQuery.
    """

    __slots__ = ("_acted_on", "_is_copy_extended", "_phase", "is_ready")

    def __init__(self, phase: Phase = Phase.READY) -> None:
        self._is_copy_extended = False
        self._enter(phase)

    @property
    def phase(self) -> Phase:
        return self._phase

    def admit(self, message: FrontendMessage) -> bool:
        """Tell whether to act on ``message``; ``False`` means that it is to be dropped.

        Raises:
            ProtocolViolation: 08P01. ERROR inside a COPY, which it ends; otherwise FATAL.
        """
        kind = type(message)
        if kind in self._acted_on:
            if self._phase is Phase.SKIPPING:
                self._enter(Phase.READY)
            return True
        if kind in DROPPED[self._phase]:
            return False
        if self._phase is Phase.COPY_IN:
            reason = f"unexpected {kind.__name__} message during COPY from stdin"
            raise ProtocolViolation(reason)
        if self._phase is Phase.AUTHENTICATION:
            reason = f"expected SASL response, got {kind.__name__} message"
            raise ProtocolViolation(reason, severity="FATAL")
        raise ProtocolViolation(f"unexpected {kind.__name__} message", severity="FATAL")

    def authenticated(self) -> None:
        """Authentication is over: queries are legal."""
        self._enter(Phase.READY)

    def fail(self, message: FrontendMessage) -> None:
        """An error was reported for ``message``; call it once, after the ErrorResponse."""
        if self._phase is Phase.COPY_IN:
            self._enter(Phase.SKIPPING if self._is_copy_extended else Phase.READY)
        elif is_extended(message):
            self._enter(Phase.SKIPPING)

    def start_copy_in(self, *, is_extended: bool) -> None:
        """A Query, or if ``is_extended`` an Execute, has started a COPY FROM STDIN."""
        self._is_copy_extended = is_extended
        self._enter(Phase.COPY_IN)

    def end_copy_in(self) -> None:
        """The COPY is complete."""
        self._enter(Phase.READY)

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        self._acted_on = ACTED_ON[phase]
        self.is_ready = phase is Phase.READY  # For whoever must know at each message.


def is_extended(message: FrontendMessage) -> bool:
    """Tell whether an error in ``message`` makes the backend skip to Sync."""
    if isinstance(message, Malformed):
        return message.tag in _EXTENDED_TAGS
    return type(message) in _EXTENDED
