"""Decode the untagged packets that open a connection, and what a StartupMessage asks for.

Requests for encryption and for cancelling are packets of the same shape with impossible versions.
Authentication follows in ``scram.py``; what the parameters mean is the session's business.

Wire:
    length int32 | version or request code int32 | body. ``length`` counts everything.

Source:
    PostgreSQL documentation, "protocol-message-formats"; ``backend_startup.c``; ``pg_split_opts``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from kalampg import errors
from kalampg.ids import BackendPid

# PostgreSQL's MAX_STARTUP_PACKET_LENGTH.
STARTUP_PACKET_BYTES_MAX: Final = 10_000
STARTUP_PACKET_BYTES_MIN: Final = 8
# From protocol 3.2 on a secret may have up to 256 bytes.
CANCEL_SECRET_BYTES_MAX: Final = 256

PROTOCOL_3_0: Final = 0x0003_0000
PROTOCOL_3_2: Final = 0x0003_0002
PROTOCOL_NEWEST: Final = PROTOCOL_3_2
_CANCEL_REQUEST: Final = 1234 << 16 | 5678
_SSL_REQUEST: Final = 1234 << 16 | 5679
_GSSENC_REQUEST: Final = 1234 << 16 | 5680


@dataclass(frozen=True, slots=True)
class SslRequest:
    """May we speak TLS?"""


@dataclass(frozen=True, slots=True)
class GssEncRequest:
    """May we speak GSSAPI encryption?"""


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """Interrupt the backend that gave out this pid and secret."""

    pid: BackendPid
    secret: bytes


@dataclass(frozen=True, slots=True)
class StartupMessage:
    """Open a session.

    ``version`` is what we will speak, at most what the frontend asked for. ``parameters`` are
    run-time parameters in the order in which they must be set: those of ``options`` first.
    ``needs_negotiation`` asks for a NegotiateProtocolVersion before anything else.
    """

    version: int
    user: str
    database: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    unrecognized_options: tuple[str, ...] = ()
    needs_negotiation: bool = False


StartupPacket: TypeAlias = SslRequest | GssEncRequest | CancelRequest | StartupMessage


class StartupDecoder:
    """Cut the first packets off a byte stream.

    Invariants:
        - Output depends on the bytes fed, never on how they were chunked.
        - Bytes after a packet stay untouched: ``take_rest`` gives them to whoever comes next.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def buffered_bytes(self) -> int:
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Append received bytes. Never fails; problems surface in ``next_packet``."""
        self._buffer += data

    def next_packet(self) -> StartupPacket | None:
        """Return the next complete packet, or ``None`` when more bytes are needed.

        Raises:
            PgError: FATAL. 08P01 if the packet is malformed, 0A000 if its version is unknown.
        """
        if len(self._buffer) < 4:
            return None
        length = int.from_bytes(self._buffer[:4], signed=True)
        if not STARTUP_PACKET_BYTES_MIN <= length <= STARTUP_PACKET_BYTES_MAX:
            raise errors.ProtocolViolation("invalid length of startup packet", severity="FATAL")
        if len(self._buffer) < length:
            return None
        packet = bytes(self._buffer[4:length])
        del self._buffer[:length]
        return _decode_packet(packet)

    def take_rest(self) -> bytes:
        """Return, and forget, what arrived behind the last packet."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest


def _decode_packet(packet: bytes) -> StartupPacket:
    (code,) = struct.unpack_from("!I", packet)
    if code == _CANCEL_REQUEST:
        return _decode_cancel_request(packet)
    if code in {_SSL_REQUEST, _GSSENC_REQUEST}:
        if len(packet) != 4:
            raise errors.ProtocolViolation("invalid length of startup packet", severity="FATAL")
        return SslRequest() if code == _SSL_REQUEST else GssEncRequest()
    return _decode_startup_message(code, packet[4:])


def _decode_cancel_request(packet: bytes) -> CancelRequest:
    secret = packet[8:]
    if not 0 < len(secret) <= CANCEL_SECRET_BYTES_MAX:
        message = "invalid length of query cancel packet"
        raise errors.ProtocolViolation(message, severity="FATAL")
    return CancelRequest(BackendPid(int.from_bytes(packet[4:8], signed=True)), secret)


def _decode_startup_message(version: int, body: bytes) -> StartupMessage:
    major, minor = version >> 16, version & 0xFFFF
    if major != 3:
        raise unsupported_version(version)
    settings: dict[str, str] = {}
    unrecognized: list[str] = []
    for name, value in _pairs(body):
        if name.startswith("_pq_."):
            unrecognized.append(name)
        else:
            settings[name] = value
    user = settings.pop("user", "")
    if not user:
        message = "no PostgreSQL user name specified in startup packet"
        raise errors.InvalidAuthorizationSpecification(message, severity="FATAL")
    database = settings.pop("database", "") or user
    _refuse_replication(settings.pop("replication", "false"))
    return StartupMessage(
        version=min(version, PROTOCOL_NEWEST),
        user=user,
        database=database,
        parameters={**parse_options(settings.pop("options", "")), **settings},
        unrecognized_options=tuple(unrecognized),
        needs_negotiation=minor > (PROTOCOL_NEWEST & 0xFFFF) or bool(unrecognized),
    )


def unsupported_version(version: int) -> errors.FeatureNotSupported:
    """Say which versions would do; also for an encryption request where none is due."""
    return errors.FeatureNotSupported(
        f"unsupported frontend protocol {version >> 16}.{version & 0xFFFF}: "
        f"server supports 3.0 to 3.{PROTOCOL_NEWEST & 0xFFFF}",
        severity="FATAL",
    )


def _pairs(body: bytes) -> Iterator[tuple[str, str]]:
    """Yield name and value until the empty name that ends the list."""
    if not body.endswith(b"\0"):
        raise _bad_layout()
    strings = body[:-1].split(b"\0")
    # "name\0value\0\0" leaves name, value and one empty string; no parameters leave just that one.
    if strings.pop() != b"" or len(strings) % 2:
        raise _bad_layout()
    for name, value in zip(strings[::2], strings[1::2], strict=True):
        if not name:
            raise _bad_layout()
        yield _text(name), _text(value)


def _bad_layout() -> errors.ProtocolViolation:
    message = "invalid startup packet layout: expected terminator as last byte"
    return errors.ProtocolViolation(message, severity="FATAL")


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        message = f'invalid byte sequence for encoding "UTF8": 0x{raw[error.start]:02x}'
        raise errors.CharacterNotInRepertoire(message, severity="FATAL") from error


def _refuse_replication(value: str) -> None:
    if value.lower() not in {"false", "off", "no", "0", "f", "n"}:
        raise errors.FeatureNotSupported(
            "replication connections are not supported",
            severity="FATAL",
            hint='Connect without the parameter "replication".',
        )


def parse_options(options: str) -> dict[str, str]:
    r"""Return the parameters that a value of ``options`` sets.

    >>> parse_options(r"-c statement_timeout=5s --search-path=a\ b -cgeqo=off")
    {'statement_timeout': '5s', 'search_path': 'a b', 'geqo': 'off'}

    Raises:
        SyntaxError: 42601 FATAL, as PostgreSQL says it.
    """
    settings: dict[str, str] = {}
    words = _split_options(options)
    for word in words:
        if word == "-c":
            assignment = next(words, "")
            switch = f"-c {assignment}"
        elif word.startswith("-c"):
            assignment = word[2:]
            switch = f"-c {assignment}"
        elif word.startswith("--") and len(word) > 2:
            assignment = word[2:]
            switch = word
        else:
            message = f"invalid command-line argument for server process: {word}"
            hint = "Use -c name=value or --name=value."
            raise errors.SyntaxError(message, severity="FATAL", hint=hint)
        name, equals, value = assignment.partition("=")
        if not equals:
            raise errors.SyntaxError(f"{switch} requires a value", severity="FATAL")
        settings[name.replace("-", "_")] = value
    return settings


def _split_options(options: str) -> Iterator[str]:
    """Split at white space; a backslash takes the next character as it is."""
    word: list[str] = []
    characters = iter(options)
    for character in characters:
        if character in " \t\n\r\v\f":
            if word:
                yield "".join(word)
                word.clear()
        elif character == "\\":
            word.append(next(characters, ""))
        else:
            word.append(character)
    if word:
        yield "".join(word)
