"""A small PostgreSQL client: logs in with SCRAM-SHA-256 and runs simple queries.

Blocking, text format, no TLS: enough to play the demo on a machine that has no driver. It is
written from the protocol's documentation and shares no code with the server.

Source: PostgreSQL documentation, "protocol-message-formats" and "sasl-authentication"; RFC 5802.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final

_PROTOCOL_3_0: Final = 196_608
_RIGHT_ALIGNED_OIDS: Final = frozenset({20, 21, 23, 26, 700, 701, 1700})
_SECONDS_MAX: Final = 60.0

_Fields = dict[str, str]


class ServerError(Exception):
    """An ErrorResponse; ``fields`` by their one-letter codes."""

    def __init__(self, fields: _Fields) -> None:
        super().__init__(f"{fields.get('S')}:  {fields.get('M')}")
        self.fields = fields


@dataclass(slots=True)
class Result:
    """What one statement answered."""

    columns: list[str] = field(default_factory=list)
    is_right_aligned: list[bool] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    tag: str = ""
    notices: list[_Fields] = field(default_factory=list)


class Client:
    """One connection, logged in.

    Raises:
        ServerError: the server refused the login or a statement.
        OSError: the connection was lost.
    """

    def __init__(self, host: str, port: int, user: str, password: str, database: str) -> None:
        self.user = user
        self._socket = socket.create_connection((host, port), timeout=_SECONDS_MAX)
        self._stream = self._socket.makefile("rb")
        pairs = f"user\0{user}\0database\0{database}\0application_name\0kalampg demo\0\0"
        body = struct.pack("!i", _PROTOCOL_3_0) + pairs.encode()
        try:
            self._socket.sendall(struct.pack("!i", len(body) + 4) + body)
            self._log_in(password)
        except BaseException:
            self._disconnect()
            raise

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye, to a server that may have gone, and disconnect."""
        with suppress(OSError):
            self._send(b"X", b"")
        self._disconnect()

    def query(self, text: str) -> Result:
        """Run one statement."""
        self._send(b"Q", text.encode() + b"\0")
        result = Result()
        failure: ServerError | None = None
        for tag, body in self._until_ready():
            if tag == b"E":
                failure = ServerError(_fields(body))
            elif tag == b"N":
                result.notices.append(_fields(body))
            elif tag == b"T":
                _read_columns(body, result)
            elif tag == b"D":
                result.rows.append(_row(body))
            elif tag == b"C":
                result.tag = body[:-1].decode()
        if failure is not None:
            raise failure
        return result

    def _disconnect(self) -> None:
        self._stream.close()
        self._socket.close()

    def _log_in(self, password: str) -> None:
        exchange = _ScramExchange(password)
        for tag, body in self._until_ready():
            if tag == b"E":
                raise ServerError(_fields(body))
            if tag == b"R":
                answer = exchange.answer(struct.unpack_from("!i", body)[0], body[4:])
                if answer is not None:
                    self._send(b"p", answer)

    def _until_ready(self) -> Iterator[tuple[bytes, bytes]]:
        while True:
            tag, length = struct.unpack("!ci", self._read(5))
            body = self._read(length - 4)
            if tag == b"Z":
                return
            yield tag, body

    def _read(self, size: int) -> bytes:
        received = self._stream.read(size)
        if len(received) < size:
            raise ConnectionError("the server closed the connection")
        return received

    def _send(self, tag: bytes, body: bytes) -> None:
        self._socket.sendall(tag + struct.pack("!i", len(body) + 4) + body)


class _ScramExchange:
    """The client's side of SCRAM-SHA-256 without channel binding."""

    def __init__(self, password: str) -> None:
        self._password = password.encode()
        self._first_bare = f"n=,r={secrets.token_urlsafe(18)}"
        self._server_signature = b""

    def answer(self, code: int, data: bytes) -> bytes | None:
        """The reply to an Authentication message, or None when it wants none.

        Raises:
            ConnectionError: a method that this client does not know, or a server that does not know
                the password.
        """
        if code == 10 and b"SCRAM-SHA-256" in data.split(b"\0"):
            first = b"n,," + self._first_bare.encode()
            return b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first
        if code == 11:
            return self._final(data.decode())
        if code == 12 and not hmac.compare_digest(data, b"v=" + self._server_signature):
            raise ConnectionError("the server does not know the password")
        if code not in (0, 12):
            raise ConnectionError(f"authentication method {code} is not known")
        return None

    def _final(self, server_first: str) -> bytes:
        given = dict(part.split("=", 1) for part in server_first.split(","))
        if not given["r"].startswith(self._first_bare.partition(",r=")[2]):
            raise ConnectionError("the server answered with another client's nonce")
        salt = base64.b64decode(given["s"])
        salted = hashlib.pbkdf2_hmac("sha256", self._password, salt, int(given["i"]))
        client_key = _hmac(salted, b"Client Key")
        final = f"c=biws,r={given['r']}"
        message = f"{self._first_bare},{server_first},{final}".encode()
        signature = _hmac(hashlib.sha256(client_key).digest(), message)
        proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        server_key = _hmac(salted, b"Server Key")
        self._server_signature = base64.b64encode(_hmac(server_key, message))
        return f"{final},p={base64.b64encode(proof).decode()}".encode()


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _fields(body: bytes) -> _Fields:
    parts = body.rstrip(b"\0").split(b"\0")
    return {part[:1].decode(): part[1:].decode() for part in parts}


def _read_columns(body: bytes, result: Result) -> None:
    position = 2
    for _ in range(struct.unpack_from("!h", body)[0]):
        end = body.index(b"\0", position)
        type_oid = struct.unpack_from("!i", body, end + 7)[0]
        result.columns.append(body[position:end].decode())
        result.is_right_aligned.append(type_oid in _RIGHT_ALIGNED_OIDS)
        position = end + 19  # table, attribute number, type, length, typmod, format


def _row(body: bytes) -> list[str | None]:
    values: list[str | None] = []
    position = 2
    for _ in range(struct.unpack_from("!h", body)[0]):
        length = struct.unpack_from("!i", body, position)[0]
        position += 4
        values.append(None if length < 0 else body[position : position + length].decode())
        position += max(length, 0)
    return values
