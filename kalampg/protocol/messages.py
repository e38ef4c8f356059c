"""What a frontend can say, as values. ``frontend.py`` decodes them and re-exports them.

Strings stay bytes: their encoding is a session GUC, unknown here. The messages are ``msgspec``
structs: frozen and slotted like a dataclass, but built in C, which a prepared execution notices.

Source:
    PostgreSQL documentation, "protocol-message-formats".
"""

from __future__ import annotations

from enum import Enum
from typing import Final, TypeAlias

import msgspec

from kalampg.errors import ProtocolViolation
from kalampg.ids import Oid


class Target(Enum):
    """What Describe and Close name."""

    STATEMENT = ord("S")
    PORTAL = ord("P")


class Query(msgspec.Struct, frozen=True, gc=False):
    """Run every statement in ``sql`` (simple query)."""

    sql: bytes


class Parse(msgspec.Struct, frozen=True, gc=False):
    """Create a prepared statement. An empty ``name`` is the unnamed statement."""

    name: bytes
    sql: bytes
    param_oids: tuple[Oid, ...]


class Bind(msgspec.Struct, frozen=True, gc=False):
    """Create a portal. A parameter that is ``None`` is NULL.

    Format codes are as sent: none (all text), one (for all), or one each; 0 is text, 1 binary. The
    session checks their number and values, because it knows how many there should be.
    """

    portal: bytes
    statement: bytes
    param_formats: tuple[int, ...]
    params: tuple[bytes | None, ...]
    result_formats: tuple[int, ...]


class Describe(msgspec.Struct, frozen=True, gc=False):
    """Ask for the parameters and the row type of a statement, or the row type of a portal."""

    target: Target
    name: bytes


class Execute(msgspec.Struct, frozen=True, gc=False):
    """Fetch from a portal. ``rows_max <= 0`` means no limit."""

    portal: bytes
    rows_max: int


class Close(msgspec.Struct, frozen=True, gc=False):
    """Forget a statement or a portal. One that does not exist is no error."""

    target: Target
    name: bytes


class Flush(msgspec.Struct, frozen=True, gc=False):
    """Send what is pending, without ending the cycle."""


class Sync(msgspec.Struct, frozen=True, gc=False):
    """End an extended-query cycle. Error recovery skips to the next one."""


class BoundExecution(msgspec.Struct, frozen=True, gc=False):
    """Bind of the unnamed portal, its Describe if ``is_described``, Execute of all rows, and Sync.

    Drivers run a prepared statement so. It means what its parts mean, one after the other; as one
    message it costs a key operation a quarter of the ways through the layers.
    """

    bind: Bind
    is_described: bool

    def parts(self) -> tuple[FrontendMessage, ...]:
        described = (DESCRIBE_UNNAMED,) if self.is_described else ()
        return (self.bind, *described, EXECUTE_UNNAMED, SYNC)


class Terminate(msgspec.Struct, frozen=True, gc=False):
    """The frontend leaves."""


class CopyData(msgspec.Struct, frozen=True, gc=False):
    """A portion of a COPY stream; its borders mean nothing."""

    data: bytes


class CopyDone(msgspec.Struct, frozen=True, gc=False):
    """The COPY stream is complete."""


class CopyFail(msgspec.Struct, frozen=True, gc=False):
    """The frontend gives up its COPY."""

    reason: bytes


class FunctionCall(msgspec.Struct, frozen=True, gc=False):
    """Call a function by OID. Decoded so that it can be refused by name."""

    function_oid: Oid
    argument_formats: tuple[int, ...]
    arguments: tuple[bytes | None, ...]
    result_format: int


class AuthenticationResponse(msgspec.Struct, frozen=True, gc=False):
    """Tag ``p``: its layout depends on what the server asked for; see ``scram.py``."""

    body: bytes


class Malformed(msgspec.Struct, frozen=True, gc=False):
    """A message whose frame was right and whose body was not.

    It keeps its place in line, because the answer to the messages before it comes first.
    """

    tag: int
    error: ProtocolViolation


FrontendMessage: TypeAlias = (
    Query
    | Parse
    | Bind
    | BoundExecution
    | Describe
    | Execute
    | Close
    | Flush
    | Sync
    | Terminate
    | CopyData
    | CopyDone
    | CopyFail
    | FunctionCall
    | AuthenticationResponse
    | Malformed
)

FLUSH: Final = Flush()
SYNC: Final = Sync()
TERMINATE: Final = Terminate()
COPY_DONE: Final = CopyDone()
DESCRIBE_UNNAMED: Final = Describe(Target.PORTAL, b"")
EXECUTE_UNNAMED: Final = Execute(b"", 0)
