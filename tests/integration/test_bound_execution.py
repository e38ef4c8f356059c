"""Bind, Execute and Sync that arrive together are answered as if they came one by one.

Goal: the short way of a prepared statement is nothing but short. Method: each script is sent to
the same tables twice, in one piece and message by message, waiting in between; the bytes of the
answers must be equal. PostgreSQL gives the expected message types.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from conformance.server_process import ServerProcess
from tests.fix_server import StartServer

pytestmark = pytest.mark.slow

SYNC = b"S\0\0\0\x04"


def _frame(tag: bytes, body: bytes) -> bytes:
    return tag + struct.pack("!i", len(body) + 4) + body


def _parse(name: bytes, sql: bytes) -> bytes:
    return _frame(b"P", name + b"\0" + sql + b"\0\0\0")


def _query(sql: bytes) -> bytes:
    return _frame(b"Q", sql + b"\0")


def _bind(statement: bytes, *params: bytes, formats: bytes = b"\0\0") -> bytes:
    values = b"".join(struct.pack("!i", len(value)) + value for value in params)
    count = struct.pack("!h", len(params))
    return _frame(b"B", b"\0" + statement + b"\0\0\0" + count + values + formats)


def _run(statement: bytes, *params: bytes, formats: bytes = b"\0\0") -> list[bytes]:
    describe, execute = _frame(b"D", b"P\0"), _frame(b"E", b"\0\0\0\0\0")
    return [_bind(statement, *params, formats=formats), describe, execute, SYNC]


def _silent(statement: bytes, *params: bytes) -> list[bytes]:
    return [_bind(statement, *params), _frame(b"E", b"\0\0\0\0\0"), SYNC]


class _Wire:
    """A connection that sends frames and reads until so many ReadyForQuery."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._file = connection.makefile("rb")

    def answers(self, frames: list[bytes]) -> list[bytes]:
        self._connection.sendall(b"".join(frames))
        return self.read(sum(frame[:1] in (b"S", b"Q") for frame in frames))

    def answers_one_by_one(self, frames: list[bytes]) -> list[bytes]:
        """Each message in a turn of its own: a Flush between them is answered by nothing."""
        got = []
        for frame in frames:
            self._connection.sendall(frame)
            if frame[:1] in (b"S", b"Q"):
                got += self.read(1)
            else:
                self._connection.sendall(b"H\0\0\0\x04")
        return got

    def read(self, ready: int) -> list[bytes]:
        got = []
        while ready:
            tag = self._file.read(1)
            (length,) = struct.unpack("!i", header := self._file.read(4))
            got.append(tag + header + self._file.read(length - 4))
            ready -= tag == b"Z"
        return got


@contextmanager
def _wire(server: ServerProcess) -> Iterator[_Wire]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        body = struct.pack("!i", 196608) + b"user\0root\0database\0kalam\0\0"
        connection.sendall(struct.pack("!i", len(body) + 4) + body)
        wire = _Wire(connection)
        wire.read(1)
        yield wire


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("bound")
    with ServerProcess(
        folder / "data", environment={"KALAMPG_SERVER_AUTHENTICATION": "trust"}
    ) as server:
        yield server


PREPARE = [
    _parse(b"one", b"SELECT id, body FROM t WHERE id = $1"),
    _parse(b"all", b"SELECT count(*) FROM t"),
    _parse(b"put", b"INSERT INTO t (id, body) VALUES ($1, $2)"),
    _parse(b"got", b"INSERT INTO t (id, body) VALUES ($1, $2) RETURNING id"),
    _parse(b"cut", b"DELETE FROM t WHERE id = $1"),
    _parse(b"div", b"SELECT 1 / $1::int"),
    _parse(b"txn", b"BEGIN"),
    _parse(b"end", b"COMMIT"),
    _parse(b"nil", b""),
    _parse(b"set", b"SET application_name = 'x'"),
    SYNC,
]
SCRIPTS = {
    "a row": [*_run(b"one", b"1")],
    "no row": [*_run(b"one", b"99")],
    "binary": [*_run(b"one", b"1", formats=b"\0\x01\0\x01")],
    "without describe": [*_silent(b"one", b"1"), *_silent(b"put", b"7", b"x"), *_run(b"all")],
    "through DuckDB": [*_run(b"all"), *_run(b"one", b"1")],
    "writes": [*_run(b"put", b"5", b"five"), *_run(b"got", b"6", b"six"), *_run(b"cut", b"5")],
    "a duplicate": [*_run(b"put", b"1", b"again"), *_run(b"one", b"1")],
    "a bad value": [*_run(b"one", b"x"), *_run(b"one", b"1")],
    "too few values": [*_run(b"put", b"1"), *_run(b"one", b"1")],
    "bad formats": [*_run(b"one", b"1", formats=b"\0\x03\0\0\0\0\0\0"), *_run(b"one", b"1")],
    "an unknown statement": [*_run(b"nope"), *_run(b"one", b"1")],
    "division by zero": [*_run(b"div", b"0"), *_run(b"div", b"1")],
    "a block": [
        *_run(b"txn"), *_run(b"put", b"8", b"eight"), *_run(b"one", b"8"), *_run(b"end"),
        *_run(b"one", b"8"),
    ],
    "a failed block": [
        *_run(b"txn"), *_run(b"put", b"1", b"again"), *_run(b"one", b"1"), *_run(b"end"),
        *_run(b"one", b"1"),
    ],
    "a skipped execution": [_bind(b"nope"), *_run(b"put", b"9", b"nine"), *_run(b"one", b"9")],
    "joined by an earlier write": [
        _bind(b"put", b"10", b"ten"), _frame(b"E", b"\0\0\0\0\0"), *_run(b"put", b"1", b"again"),
        *_run(b"one", b"10"),
    ],
    "utility statements": [*_run(b"set"), *_run(b"nil"), *_run(b"one", b"1")],
    "a changed table": [
        *_run(b"one", b"1"), _query(b"ALTER TABLE t ADD COLUMN c int"), *_run(b"one", b"1"),
        _query(b"ALTER TABLE t DROP COLUMN body"), *_run(b"one", b"1"), *_run(b"all"),
    ],
}  # fmt: skip
FRESH = _query(
    b"DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, body text);"
    b"INSERT INTO t VALUES (1, 'first')"
)


@pytest.mark.parametrize("name", SCRIPTS)
def test_pieces_and_wholes_are_answered_alike(trusting: ServerProcess, name: str) -> None:
    script = SCRIPTS[name]
    with _wire(trusting) as wire:
        wire.answers([FRESH])
        wire.answers(PREPARE)
        together = wire.answers(script)
    with _wire(trusting) as wire:
        wire.answers([FRESH])
        wire.answers(PREPARE)
        apart = wire.answers_one_by_one(script)
    assert _without_positions(together) == _without_positions(apart)
    assert together[-1][:1] == b"Z"


def _without_positions(answers: list[bytes]) -> list[bytes]:
    """RowDescription without the table's OID, which is a new one for each fresh table."""
    return [each[:1] if each[:1] == b"T" else each for each in answers]


def test_a_small_message_is_answered_as_postgresql_does(trusting: ServerProcess) -> None:
    with _wire(trusting) as wire:
        wire.answers([FRESH])
        wire.answers(PREPARE)
        tags = b"".join(answer[:1] for answer in wire.answers(SCRIPTS["a row"]))
        assert tags == b"2TDCZ"
        tags = b"".join(answer[:1] for answer in wire.answers(SCRIPTS["a duplicate"]))
        assert tags == b"2nEZ2TDCZ"
        tags = b"".join(answer[:1] for answer in wire.answers(SCRIPTS["without describe"]))
        assert tags == b"2DCZ2CZ2TDCZ"


def test_an_execution_that_follows_a_cancelled_wait_is_answered(start_server: StartServer) -> None:
    """What DuckDB computes is waited for; the Sync that came along is answered after it."""
    server = start_server(environment={"KALAMPG_SERVER_AUTHENTICATION": "trust"})
    with _wire(server) as wire:
        wire.answers([FRESH, _query(b"SET statement_timeout = '50ms'")])
        series = b"generate_series(1, 100000)"
        slow = b"SELECT sum(a.x * b.x) FROM %b a(x), %b b(x)" % (series, series)
        wire.answers([_parse(b"slow", slow), SYNC])
        tags = b"".join(answer[:1] for answer in wire.answers(_run(b"slow") * 2))
    assert tags == b"2TEZ2TEZ"
