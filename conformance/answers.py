"""What a client sees of one statement, and in what two answers differ. Compares nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from psycopg import pq

CONNECTION_LOST: Final = "08006"

Row = tuple[bytes | None, ...]

# Read twice, in text and in binary; what a second run would change is only run once.
_QUERY: Final = re.compile(r"\s*(\(|(select|values|table|with)\b)", re.IGNORECASE)
_CHANGES: Final = re.compile(
    r"\b(insert|update|delete|merge|into|nextval|setval|set_config)\b", re.IGNORECASE
)
# Objects that each server numbers as it likes: regclass, regnamespace, regrole.
_NUMBERED: Final = frozenset({2205, 4089, 4096})
_FIRST_DECLARED: Final = 16384
_REGTYPE: Final = 2206
# Up to six dimensions, with or without NULLs.
_ARRAY_HEADER: Final = re.compile(rb"\0\0\0[\0-\6]\0\0\0[\0\1]")
_ORDERED: Final = re.compile(r"\border by\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """``columns`` are names with type OIDs; ``rows`` are values as they came over the wire."""

    columns: tuple[tuple[str, int], ...] = ()
    rows: tuple[Row, ...] = ()
    tag: str = ""
    sqlstate: str = ""
    message: str = ""

    def outcome(self) -> str:
        return f"{self.sqlstate} ({self.message})" if self.sqlstate else "success"


def difference(expected: Answer, got: Answer, *, is_ordered: bool) -> str:
    """The first thing that differs, or an empty string; messages are not compared."""
    if expected.sqlstate != got.sqlstate:
        return f"{got.outcome()} instead of {expected.outcome()}"
    for what, wanted, found in (
        ("column names", _names(expected), _names(got)),
        ("type OIDs", _types(expected), _types(got)),
        ("rows", _rows(expected, is_ordered), _rows(got, is_ordered)),
        ("tag", expected.tag, got.tag),
    ):
        if wanted != found:
            return f"{what} {_shown(found)} instead of {_shown(wanted)}"
    return ""


def has_order(statement: str) -> bool:
    """Whether the rows come in an order that the statement asks for."""
    return _ORDERED.search(statement) is not None


def may_compare_binary(statement: str, answer: Answer) -> bool:
    """Whether a second run in binary gives what both sides should agree about."""
    if answer.sqlstate or any(type_oid in _NUMBERED for _, type_oid in answer.columns):
        return False
    return _QUERY.match(statement) is not None and _CHANGES.search(statement) is None


@contextmanager
def connected(dsn: str) -> Iterator[pq.abc.PGconn]:
    """A connection with the settings that both sides are compared under."""
    connection = pq.PGconn.connect(dsn.encode())
    try:
        if connection.status != pq.ConnStatus.OK:
            raise RuntimeError(connection.error_message.decode())
        for setting in (
            "TimeZone = 'UTC'",
            "client_min_messages = 'warning'",
            "statement_timeout = '10s'",
        ):
            ask(connection, f"SET {setting}")
        yield connection
    finally:
        connection.finish()


def ask(connection: pq.abc.PGconn, statement: str, *, is_binary: bool = False) -> Answer:
    """Run a statement: in text by the simple protocol, in binary by the extended one."""
    if is_binary:
        result = connection.exec_params(statement.encode(), None, result_format=pq.Format.BINARY)
    else:
        result = connection.exec_(statement.encode())
    try:
        if connection.status != pq.ConnStatus.OK:
            return Answer(sqlstate=CONNECTION_LOST, message="the connection was lost")
        state = result.error_field(pq.DiagnosticField.SQLSTATE)
        if state is not None:
            message = result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b""
            return Answer(sqlstate=state.decode(), message=message.decode())
        types = [result.ftype(n) for n in range(result.nfields)]
        rows = [
            tuple(result.get_value(row, n) for n in range(result.nfields))
            for row in range(result.ntuples)
        ]
        if is_binary:
            rows = [tuple(map(_without_own_numbers, types, row)) for row in rows]
        return Answer(
            tuple(((result.fname(n) or b"").decode(), oid) for n, oid in enumerate(types)),
            tuple(rows),
            (result.command_status or b"").decode(),
        )
    finally:
        result.clear()


def _without_own_numbers(type_oid: int, value: bytes | None) -> bytes | None:
    """A binary value in which a type that was declared is the first such type.

    A regtype is such a number, and an array of a declared type has one in its header.
    """
    place = {_REGTYPE: 0}.get(type_oid, 8 if type_oid >= _FIRST_DECLARED else None)
    if value is None or place is None or len(value) < place + 4:
        return value
    is_array = place == 0 or _ARRAY_HEADER.match(value) is not None
    if not is_array or int.from_bytes(value[place : place + 4]) < _FIRST_DECLARED:
        return value
    return value[:place] + _FIRST_DECLARED.to_bytes(4) + value[place + 4 :]


def _names(answer: Answer) -> tuple[str, ...]:
    return tuple(name for name, _ in answer.columns)


def _types(answer: Answer) -> tuple[int, ...]:
    """Types that were declared have the OIDs that each server likes: they count as the first."""
    return tuple(min(type_oid, _FIRST_DECLARED) for _, type_oid in answer.columns)


def _rows(answer: Answer, is_ordered: bool) -> tuple[Row, ...]:
    return answer.rows if is_ordered else tuple(sorted(answer.rows, key=repr))


def _shown(value: object) -> str:
    text = re.sub(r"\bb(['\"])", r"\1", repr(value))
    return text if len(text) <= 400 else f"{text[:400]}..."
