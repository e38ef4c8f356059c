"""The same frontend bytes sent to kalampg and to PostgreSQL 15, and what comes back.

psycopg connects and authenticates; from then on the socket belongs to the test, which writes
messages of the protocol as they are and reads the answers.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
import pytest

from conformance.postgres import Postgres
from conformance.server_process import ServerProcess

Answer = tuple[Any, ...]
SYNC: Final = b"S\0\0\0\x04"
FLUSH: Final = b"H\0\0\0\x04"
_SECONDS_MAX: Final = 30.0
# What a server says of itself is another matter.
_IGNORED: Final = frozenset({"S", "K"})


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def query(sql: str) -> bytes:
    return message(b"Q", sql.encode() + b"\0")


def parse(sql: str, name: str = "", oids: Sequence[int] = ()) -> bytes:
    types = struct.pack(f"!h{len(oids)}I", len(oids), *oids)
    return message(b"P", name.encode() + b"\0" + sql.encode() + b"\0" + types)


def bind(statement: str = "", portal: str = "", values: Sequence[str | None] = ()) -> bytes:
    body = portal.encode() + b"\0" + statement.encode() + b"\0" + struct.pack("!hh", 0, len(values))
    for value in values:
        if value is None:
            body += struct.pack("!i", -1)
        else:
            body += struct.pack("!i", len(value.encode())) + value.encode()
    return message(b"B", body + struct.pack("!h", 0))


def describe(target: str, name: str = "") -> bytes:
    return message(b"D", target.encode() + name.encode() + b"\0")


def execute(portal: str = "", rows_max: int = 0) -> bytes:
    return message(b"E", portal.encode() + b"\0" + struct.pack("!i", rows_max))


def close(target: str, name: str = "") -> bytes:
    return message(b"C", target.encode() + name.encode() + b"\0")


@dataclass(slots=True)
class Wire:
    """One authenticated connection as bytes."""

    stream: socket.socket
    buffer: bytes = b""

    def answers(self, sent: bytes, cycles: int) -> list[Answer]:
        """Everything that comes until the server has been ready so many times."""
        self.stream.sendall(sent)
        found: list[Answer] = []
        while cycles:
            kind, body = self._message()
            if kind in _IGNORED:
                continue
            found.append(_readable(kind, body))
            cycles -= kind == "Z"
        return found

    def _message(self) -> tuple[str, bytes]:
        header = self._read(5)
        [length] = struct.unpack("!i", header[1:])
        return chr(header[0]), self._read(length - 4)

    def _read(self, size: int) -> bytes:
        while len(self.buffer) < size:
            received = self.stream.recv(65536)
            assert received, "the server has closed the connection"
            self.buffer += received
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken


def _readable(kind: str, body: bytes) -> Answer:
    if kind in {"E", "N"}:
        fields = {part[:1]: part[1:].decode() for part in body.split(b"\0") if part}
        return kind, fields[b"C"], fields[b"M"]
    if kind == "T":
        return kind, *_columns(body)
    if kind == "D":
        return kind, body[2:]
    return kind, body


def _columns(body: bytes) -> Iterator[tuple[str, int]]:
    place = 2
    for _ in range(struct.unpack("!h", body[:2])[0]):
        end = body.index(b"\0", place)
        [type_oid] = struct.unpack("!I", body[end + 7 : end + 11])
        yield body[place:end].decode(), type_oid
        place = end + 19


@contextmanager
def raw(dsn: str, schema: str) -> Iterator[Wire]:
    """A connection whose search path is a new schema."""
    with psycopg.connect(dsn, autocommit=True, sslmode="disable") as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
        connection.execute(f"SET search_path = {schema}".encode())
        with closing(socket.socket(fileno=os.dup(connection.fileno()))) as stream:
            stream.settimeout(_SECONDS_MAX)
            yield Wire(stream)
        # What the bytes have left behind is nothing that psycopg could know.
        connection.close()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())


@dataclass(slots=True)
class BothWires:
    """The two connections, each with an empty schema of its own."""

    kalampg: Wire
    postgres: Wire

    def same(self, *messages: bytes, skipped: int = 0) -> None:
        """Send the messages to both and compare all answers.

        ``skipped`` of the queries are behind an error and before its Sync: nobody answers them.
        """
        cycles = sum(_cycles(each) for each in messages) - skipped
        sent = b"".join(messages)
        ours, theirs = self.kalampg.answers(sent, cycles), self.postgres.answers(sent, cycles)
        assert ours == theirs


def _cycles(messages: bytes) -> int:
    """How many of the messages are answered by ReadyForQuery in the end."""
    count = place = 0
    while place < len(messages):
        count += messages[place : place + 1] in {b"Q", b"S"}
        place += 1 + struct.unpack_from("!i", messages, place + 1)[0]
    return count


@pytest.fixture
def both_wires(
    server: ServerProcess, postgres: Postgres, fresh_name: Callable[[str], str]
) -> Iterator[BothWires]:
    schema = fresh_name("wire")
    with raw(server.dsn(), schema) as ours, raw(postgres.dsn(), schema) as theirs:
        yield BothWires(ours, theirs)
