"""Encode backend messages: values in, whole messages out.

One function a message, named like it; messages that never vary are constants. Rows of a result are
encoded by ``kalampg.pgtypes``; ``data_row`` here serves the few rows that are text already. When a
message may be sent is decided by the session.

Wire:
    tag byte1 | length int32 | body. ``length`` counts itself and the body, not the tag.

Source:
    PostgreSQL documentation, "protocol-message-formats" and "protocol-error-fields".
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, TypeAlias

from kalampg.errors import PgError
from kalampg.ids import BackendPid, Oid

AUTHENTICATION_OK: Final = b"R\0\0\0\x08\0\0\0\0"
PARSE_COMPLETE: Final = b"1\0\0\0\x04"
BIND_COMPLETE: Final = b"2\0\0\0\x04"
CLOSE_COMPLETE: Final = b"3\0\0\0\x04"
NO_DATA: Final = b"n\0\0\0\x04"
PORTAL_SUSPENDED: Final = b"s\0\0\0\x04"
EMPTY_QUERY_RESPONSE: Final = b"I\0\0\0\x04"
COPY_DONE: Final = b"c\0\0\0\x04"
READY_IDLE: Final = b"Z\0\0\0\x05I"
READY_IN_TRANSACTION: Final = b"Z\0\0\0\x05T"
READY_IN_FAILED_TRANSACTION: Final = b"Z\0\0\0\x05E"
# Answers to SSLRequest and GSSENCRequest are single bytes, not messages.
ENCRYPTION_REFUSED: Final = b"N"

NoticeSeverity: TypeAlias = Literal["WARNING", "NOTICE", "DEBUG", "INFO", "LOG"]

_field_layout: Final = struct.Struct("!IhIhih")
_int32: Final = struct.Struct("!i").pack
_header: Final = struct.Struct("!ci").pack


class TransactionStatus(Enum):
    """What ReadyForQuery tells; the value is its byte."""

    IDLE = b"I"
    IN_TRANSACTION = b"T"
    FAILED = b"E"


class Format(Enum):
    """How a column or a parameter travels; the value is its code."""

    TEXT = 0
    BINARY = 1


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a RowDescription. Table and attribute number are 0 if it is an expression."""

    name: str
    type_oid: Oid
    type_length: int
    type_modifier: int = -1
    table_oid: int = 0
    attribute_number: int = 0
    format_code: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """What a client is told although nothing failed."""

    message: str
    severity: NoticeSeverity = "NOTICE"
    sqlstate: str = "00000"
    detail: str | None = None
    hint: str | None = None
    position: int | None = None


def authentication_sasl(mechanisms: Iterable[str]) -> bytes:
    names = b"".join(_cstring(name) for name in mechanisms)
    return _message(b"R", b"\0\0\0\x0a" + names + b"\0")


def authentication_sasl_continue(data: bytes) -> bytes:
    return _message(b"R", b"\0\0\0\x0b" + data)


def authentication_sasl_final(data: bytes) -> bytes:
    return _message(b"R", b"\0\0\0\x0c" + data)


def backend_key_data(pid: BackendPid, secret: bytes) -> bytes:
    """``secret`` has 4 bytes in protocol 3.0 and up to 256 from 3.2 on."""
    return _message(b"K", _int32(pid) + secret)


def negotiate_protocol_version(version: int, unrecognized_options: Sequence[str]) -> bytes:
    """``version`` is the whole number, major and minor, as PostgreSQL sends it."""
    options = b"".join(_cstring(option) for option in unrecognized_options)
    return _message(b"v", struct.pack("!ii", version, len(unrecognized_options)) + options)


def parameter_status(name: str, value: str) -> bytes:
    return _message(b"S", _cstring(name) + _cstring(value))


def ready_for_query(status: TransactionStatus) -> bytes:
    return b"Z\0\0\0\x05" + status.value


def row_description(fields: Sequence[Field]) -> bytes:
    parts = [struct.pack("!H", len(fields))]
    for field in fields:
        parts.append(_cstring(field.name))
        parts.append(
            _field_layout.pack(
                field.table_oid,
                field.attribute_number,
                field.type_oid,
                field.type_length,
                field.type_modifier,
                field.format_code,
            )
        )
    return _message(b"T", b"".join(parts))


def parameter_description(type_oids: Sequence[Oid]) -> bytes:
    return _message(b"t", struct.pack(f"!H{len(type_oids)}I", len(type_oids), *type_oids))


def data_row(values: Sequence[bytes | None]) -> bytes:
    parts = [struct.pack("!H", len(values))]
    parts.extend(
        b"\xff\xff\xff\xff" if value is None else _int32(len(value)) + value for value in values
    )
    return _message(b"D", b"".join(parts))


def command_complete(tag: str) -> bytes:
    body = tag.encode()
    return _header(b"C", len(body) + 5) + body + b"\0"


def notification_response(pid: BackendPid, channel: str, payload: str) -> bytes:
    return _message(b"A", _int32(pid) + _cstring(channel) + _cstring(payload))


def copy_in_response(overall: Format, column_formats: Sequence[int]) -> bytes:
    return _message(b"G", _copy_formats(overall, column_formats))


def copy_out_response(overall: Format, column_formats: Sequence[int]) -> bytes:
    return _message(b"H", _copy_formats(overall, column_formats))


def copy_data(data: bytes) -> bytes:
    return _message(b"d", data)


def error_response(error: PgError) -> bytes:
    return _message(
        b"E",
        _report(
            ("S", error.severity),
            ("V", error.severity),
            ("C", error.sqlstate),
            ("M", error.message),
            ("D", error.detail),
            ("H", error.hint),
            ("P", None if error.position is None else str(error.position)),
            ("W", error.where),
            ("s", error.schema),
            ("t", error.table),
            ("c", error.column),
            ("d", error.datatype),
            ("n", error.constraint),
        ),
    )


def notice_response(notice: Notice) -> bytes:
    return _message(
        b"N",
        _report(
            ("S", notice.severity),
            ("V", notice.severity),
            ("C", notice.sqlstate),
            ("M", notice.message),
            ("D", notice.detail),
            ("H", notice.hint),
            ("P", None if notice.position is None else str(notice.position)),
        ),
    )


def _message(tag: bytes, body: bytes) -> bytes:
    return _header(tag, len(body) + 4) + body


def _cstring(text: str) -> bytes:
    return text.encode() + b"\0"


def _copy_formats(overall: Format, column_formats: Sequence[int]) -> bytes:
    count = len(column_formats)
    return struct.pack(f"!bH{count}h", overall.value, count, *column_formats)


def _report(*fields: tuple[str, str | None]) -> bytes:
    """Encode the fields that are present.

    Reporting must not fail in its turn: a NUL would end the field early and a lone surrogate has no
    UTF-8, so both are written as escapes.
    """
    parts = [
        code.encode() + text.replace("\0", "\\x00").encode(errors="backslashreplace") + b"\0"
        for code, text in fields
        if text is not None
    ]
    return b"".join(parts) + b"\0"
