"""What the net layer asks of the layers that it connects, and what it gives them.

The session is seen as bytes and messages only; who may log in, and when a commit is durable, is
somebody else's knowledge.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from kalampg.endpoints import Endpoints
from kalampg.errors import PgError
from kalampg.ids import BackendPid
from kalampg.protocol.frontend import FrontendMessage
from kalampg.protocol.scram import Verifier


class SessionLike(Protocol):
    """One client's logical state, as its backend sees it.

    Invariants that a backend relies on:
        - ``handle`` is called for one message at a time: the next one comes when the coroutine that
          it returned has ended.
        - Output is whole messages. What ``take_output`` returned is gone.
    """

    is_closing: bool

    @property
    def is_in_transaction(self) -> bool:
        """A statement runs or an explicit transaction is open: a graceful shutdown waits."""
        ...

    @property
    def durable_position(self) -> int:
        """What must be durable before the client may see the output; 0 for nothing."""
        ...

    def handle(self, message: FrontendMessage) -> Coroutine[Any, Any, None] | None: ...

    def take_output(self) -> bytes: ...

    def cancel(self) -> None:
        """Interrupt the running statement with 57014. None may be running."""

    def terminate(self, error: PgError) -> None:
        """Say ``error`` as FATAL and close; a running statement is interrupted first."""

    def close(self) -> None:
        """The client is gone: free everything. Idempotent; never called while work runs."""


class Gate(Protocol):
    """Tells when commits are durable."""

    synced: int

    def when_synced(self, position: int, waiter: Callable[[PgError | None], None]) -> None:
        """Call ``waiter`` on the event loop, with the failure if it can never be durable."""


class Authenticator(Protocol):
    """Knows the roles."""

    def verifier_for(self, role_name: str) -> Verifier:
        """The role's verifier, or a mock one that no password matches."""
        ...

    def admit(self, role_name: str) -> object:
        """Let a role in that has proved itself, or is trusted; else raise FATAL 28000."""


@dataclass(frozen=True, slots=True)
class AuthenticatedStartup:
    """A client that may have a session.

    ``drain`` sends the session's output and waits until the client has taken enough of it; a
    session that streams awaits it between portions. ``flush`` sends it without waiting, for output
    that answers no message.
    """

    user: str
    database: str
    parameters: Mapping[str, str]
    protocol_version: int
    pid: BackendPid
    endpoints: Endpoints
    is_tls: bool
    drain: Callable[[], Coroutine[Any, Any, None]] = field(repr=False)
    flush: Callable[[], None] = field(repr=False)


class SessionFactory(Protocol):
    """Opens sessions. Their first output is ParameterStatus messages and a ReadyForQuery."""

    def __call__(self, startup: AuthenticatedStartup) -> SessionLike:
        """Raise a PgError, e.g. 3D000, to refuse the client."""
        ...
