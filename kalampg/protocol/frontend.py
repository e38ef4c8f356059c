"""Decode frontend messages: bytes in, messages out, no I/O.

Framing and layout only. Which message is legal next is decided in ``states.py``; what a
statement means, in ``kalampg.sql``. Strings stay bytes: their encoding is a session GUC,
unknown here. Startup packets have no tag and live in ``startup.py``.

A prepared execution is Bind, Execute and Sync on a budget of 15 microseconds for everything, so
decoders are flat functions over one buffer and an offset. The three take 3 microseconds.

Wire:
    tag byte1 | length int32 | body. ``length`` counts itself and the body, not the tag.

Source:
    PostgreSQL documentation, "protocol-message-formats".
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Final

from kalampg.errors import ProtocolViolation
from kalampg.protocol.fields import (
    read_count,
    read_cstring,
    read_int16s,
    read_int32,
    read_target,
    read_values,
)
from kalampg.protocol.messages import (
    COPY_DONE,
    EXECUTE_UNNAMED,
    FLUSH,
    SYNC,
    TERMINATE,
    AuthenticationResponse,
    Bind,
    BoundExecution,
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
from kalampg.protocol.violations import (
    data_left_over,
    insufficient_data,
    invalid_string,
    unknown_tag,
)

__all__ = [
    "AUTHENTICATION_BYTES_MAX",
    "MESSAGE_BYTES_MAX",
    "SMALL_MESSAGE_BYTES_MAX",
    "AuthenticationResponse",
    "Bind",
    "BoundExecution",
    "Close",
    "CopyData",
    "CopyDone",
    "CopyFail",
    "Describe",
    "Execute",
    "Flush",
    "FrontendDecoder",
    "FrontendMessage",
    "FunctionCall",
    "Malformed",
    "Parse",
    "Query",
    "Sync",
    "Target",
    "Terminate",
]


TAG_BYTES: Final = 1
LENGTH_BYTES: Final = 4
HEADER_BYTES: Final = TAG_BYTES + LENGTH_BYTES
# PostgreSQL allows 1 GiB. One slow client must not be able to hold that much of our memory.
MESSAGE_BYTES_MAX: Final = 16 * 1024 * 1024
# What carries neither SQL nor values is never long: PostgreSQL's PQ_SMALL_MESSAGE_LIMIT.
SMALL_MESSAGE_BYTES_MAX: Final = 10_000
# Long enough for Describe and Execute of short names; the number bounds what clients can fill.
REPEATED_MESSAGE_BYTES_MAX: Final = 12
REPEATED_MESSAGES_MAX: Final = 256
# PostgreSQL's PG_MAX_AUTH_TOKEN_LENGTH: what a stranger may make us hold.
AUTHENTICATION_BYTES_MAX: Final = 65_535


_BIND: Final = ord("B")
# Execute of all rows of the unnamed portal and Sync, without and with a Describe before.
_EXECUTION: Final = b"E\0\0\0\x09\0\0\0\0\0S\0\0\0\x04"
_DESCRIBED_EXECUTION: Final = b"D\0\0\0\x06P\0" + _EXECUTION

_header: Final = struct.Struct("!Bi").unpack_from


class FrontendDecoder:
    """Cut a byte stream into messages.

    ``message_bytes_max`` may be raised once a client is authenticated.

    Invariants:
        - What the messages mean depends on the bytes fed, never on how they were chunked: a
          BoundExecution stands for its parts where they came together.
        - A malformed body costs one message; a malformed frame costs the connection.
        - Each byte is copied a bounded number of times: portions are joined when, and only when,
          they complete what is needed next.
    """

    __slots__ = ("_buffer", "_needed_bytes", "_offset", "_portion_bytes", "_portions",
                 "message_bytes_max")  # fmt: skip

    def __init__(self, *, message_bytes_max: int = MESSAGE_BYTES_MAX) -> None:
        self.message_bytes_max = message_bytes_max
        self._buffer = b""
        self._offset = 0
        self._portions: list[bytes] = []
        self._portion_bytes = 0
        self._needed_bytes = HEADER_BYTES

    @property
    def buffered_bytes(self) -> int:
        """Bytes fed and not yet given out as messages."""
        return len(self._buffer) - self._offset + self._portion_bytes

    def feed(self, data: bytes) -> None:
        """Append received bytes. Never fails; problems surface in ``next_message``."""
        if self._offset == len(self._buffer) and not self._portions:
            self._buffer = data  # Nearly always: no copy.
            self._offset = 0
        else:
            self._portions.append(data)
            self._portion_bytes += len(data)

    def next_message(self) -> FrontendMessage | None:
        """Return the next complete message, or ``None`` when more bytes are needed.

        Raises:
            ProtocolViolation: 08P01 FATAL if framing is lost. A malformed body is a message.
        """
        buffer = self._buffer
        start = self._offset
        if len(buffer) - start < self._needed_bytes:
            if not self._gather():
                return None
            buffer = self._buffer
            start = self._offset
        tag, length = _header(buffer, start)
        decode = _DECODERS.get(tag)
        if decode is None:
            raise unknown_tag(tag)
        if length > SMALL_MESSAGE_BYTES_MAX or length < LENGTH_BYTES:
            self._check_length(tag, length)
        end = start + TAG_BYTES + length
        if end > len(buffer):
            self._needed_bytes = TAG_BYTES + length
            if not self._gather():
                return None
            buffer = self._buffer
            start = 0
            end = TAG_BYTES + length
        self._needed_bytes = HEADER_BYTES
        self._offset = end  # Before decoding: a malformed body is skipped, never retried.
        if tag == _BIND:
            return self._bind(buffer, start, end)
        if length > REPEATED_MESSAGE_BYTES_MAX:
            return _decoded(decode, buffer, start, end)
        return _decoded_once(decode, buffer, start, end)

    def _bind(self, buffer: bytes, start: int, end: int) -> FrontendMessage:
        """Decode a Bind, and what runs its portal if that follows."""
        bind = _decoded(_decode_bind, buffer, start, end)
        if not isinstance(bind, Bind) or bind.portal:
            return bind
        if buffer.startswith(_DESCRIBED_EXECUTION, end):
            self._offset = end + len(_DESCRIBED_EXECUTION)
            return BoundExecution(bind, is_described=True)
        if buffer.startswith(_EXECUTION, end):
            self._offset = end + len(_EXECUTION)
            return BoundExecution(bind, is_described=False)
        return bind

    def _gather(self) -> bool:
        """Join the portions if that gives the needed bytes."""
        rest_bytes = len(self._buffer) - self._offset
        if rest_bytes + self._portion_bytes < self._needed_bytes:
            self._check_first_byte()
            return False
        self._buffer = b"".join((self._buffer[self._offset :], *self._portions))
        self._offset = 0
        self._portions.clear()
        self._portion_bytes = 0
        return True

    def _check_first_byte(self) -> None:
        # A client that speaks another protocol is told so before it has sent a whole header.
        first = self._buffer[self._offset : self._offset + 1] or b"".join(self._portions)[:1]
        if first and first[0] not in _DECODERS:
            raise unknown_tag(first[0])

    def _check_length(self, tag: int, length: int) -> None:
        limit = self.message_bytes_max if tag in _LONG_TAGS else SMALL_MESSAGE_BYTES_MAX
        if not LENGTH_BYTES <= length <= limit:
            raise ProtocolViolation("invalid message length", severity="FATAL")


def _decoded(
    decode: Callable[[bytes, int, int], FrontendMessage], buffer: bytes, start: int, end: int
) -> FrontendMessage:
    try:
        return decode(buffer, start + HEADER_BYTES, end)
    except ProtocolViolation as error:
        return Malformed(buffer[start], error)


def _decoded_once(
    decode: Callable[[bytes, int, int], FrontendMessage], buffer: bytes, start: int, end: int
) -> FrontendMessage:
    """Describe, Execute and Sync come in a handful of spellings, over and over."""
    frame = buffer[start:end]
    message = _repeated.get(frame)
    if message is None:
        message = _decoded(decode, buffer, start, end)
        if len(_repeated) < REPEATED_MESSAGES_MAX:
            _repeated[frame] = message
    return message


# Frame -> message, for short frames. Messages are values, so connections can share them.
_repeated: Final[dict[bytes, FrontendMessage]] = {}


def _decode_query(buffer: bytes, offset: int, end: int) -> Query:
    sql, offset = read_cstring(buffer, offset, end)
    if offset != end:
        raise data_left_over()
    return Query(sql)


def _decode_parse(buffer: bytes, offset: int, end: int) -> Parse:
    name, offset = read_cstring(buffer, offset, end)
    sql, offset = read_cstring(buffer, offset, end)
    count, offset = read_count(buffer, offset, end)
    if offset + 4 * count != end:
        raise insufficient_data() if offset + 4 * count > end else data_left_over()
    # Counts are unsigned: 65535 parameters is legal.
    oids = struct.unpack_from(f"!{count}I", buffer, offset) if count else ()
    return Parse(name, sql, oids)


def _decode_bind(buffer: bytes, offset: int, end: int) -> Bind:
    stop = buffer.find(0, offset, end)
    if stop < 0:
        raise invalid_string()
    portal = buffer[offset:stop]
    offset = stop + 1
    stop = buffer.find(0, offset, end)
    if stop < 0:
        raise invalid_string()
    statement = buffer[offset:stop]
    param_formats, offset = read_int16s(buffer, stop + 1, end)
    params, offset = read_values(buffer, offset, end)
    result_formats, offset = read_int16s(buffer, offset, end)
    if offset != end:
        raise data_left_over()
    return Bind(portal, statement, param_formats, params, result_formats)


def _decode_describe(buffer: bytes, offset: int, end: int) -> Describe:
    return Describe(*read_target(buffer, offset, end, "DESCRIBE"))


def _decode_close(buffer: bytes, offset: int, end: int) -> Close:
    return Close(*read_target(buffer, offset, end, "CLOSE"))


def _decode_execute(buffer: bytes, offset: int, end: int) -> Execute:
    if buffer[offset:end] == b"\0\0\0\0\0":
        return EXECUTE_UNNAMED
    portal, offset = read_cstring(buffer, offset, end)
    if offset + 4 != end:
        raise insufficient_data() if offset + 4 > end else data_left_over()
    return Execute(portal, read_int32(buffer, offset)[0])


def _decode_flush(_: bytes, offset: int, end: int) -> Flush:
    if offset != end:
        raise data_left_over()
    return FLUSH


def _decode_sync(_: bytes, offset: int, end: int) -> Sync:
    if offset != end:
        raise data_left_over()
    return SYNC


def _decode_terminate(_: bytes, offset: int, end: int) -> Terminate:
    if offset != end:
        raise data_left_over()
    return TERMINATE


def _decode_copy_data(buffer: bytes, offset: int, end: int) -> CopyData:
    return CopyData(buffer[offset:end])


def _decode_copy_done(_: bytes, offset: int, end: int) -> CopyDone:
    if offset != end:
        raise data_left_over()
    return COPY_DONE


def _decode_copy_fail(buffer: bytes, offset: int, end: int) -> CopyFail:
    reason, offset = read_cstring(buffer, offset, end)
    if offset != end:
        raise data_left_over()
    return CopyFail(reason)


def _decode_function_call(buffer: bytes, offset: int, end: int) -> FunctionCall:
    if offset + 4 > end:
        raise insufficient_data()
    (function_oid,) = struct.unpack_from("!I", buffer, offset)
    argument_formats, offset = read_int16s(buffer, offset + 4, end)
    arguments, offset = read_values(buffer, offset, end)
    if offset + 2 != end:
        raise insufficient_data() if offset + 2 > end else data_left_over()
    (result_format,) = struct.unpack_from("!h", buffer, offset)
    return FunctionCall(function_oid, argument_formats, arguments, result_format)


def _decode_authentication(buffer: bytes, offset: int, end: int) -> AuthenticationResponse:
    return AuthenticationResponse(buffer[offset:end])


_DECODERS: Final[Mapping[int, Callable[[bytes, int, int], FrontendMessage]]] = {
    ord("B"): _decode_bind,
    ord("C"): _decode_close,
    ord("D"): _decode_describe,
    ord("E"): _decode_execute,
    ord("F"): _decode_function_call,
    ord("H"): _decode_flush,
    ord("P"): _decode_parse,
    ord("Q"): _decode_query,
    ord("S"): _decode_sync,
    ord("X"): _decode_terminate,
    ord("c"): _decode_copy_done,
    ord("d"): _decode_copy_data,
    ord("f"): _decode_copy_fail,
    ord("p"): _decode_authentication,
}
_LONG_TAGS: Final = frozenset(b"BFPQdp")
