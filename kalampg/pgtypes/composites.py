"""Composite values ↔ text and binary.

Wire (binary):
    number of fields int32, then per field its type's OID int32, length int32 (-1: NULL) and value.

Source: PostgreSQL 15, ``rowtypes.c``.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn

from kalampg import errors
from kalampg.pgtypes.binary_format import incorrect_binary
from kalampg.pgtypes.integers import BLANKS
from kalampg.relation import Datum

Row = tuple[Datum, ...]

# A field is quoted on output if it is empty or holds one of these.
_SPECIAL: Final = re.compile(r'[(),"\\ \t\n\v\f\r]')
_QUOTABLE: Final = re.compile(r'(["\\])')
# A run of a field: quoted ("" and \" mean a quote in it), an escaped character, or plain ones.
_RUN: Final = re.compile(r'"((?:[^"\\]|\\.|"")*)"|\\(.)|([^,()"\\]+)', re.DOTALL)
_ESCAPED: Final = re.compile(r'\\(.)|"(")', re.DOTALL)
_NULL_LENGTH: Final = struct.pack("!i", -1)


def record_formatter(formats: Sequence[Callable[[Any], str]]) -> Callable[[Row], str]:
    """The output function of rows whose fields are written by ``formats``."""

    def format_record(value: Row) -> str:
        parts = (
            "" if field is None else _quoted(format_field(field))
            for format_field, field in zip(formats, value, strict=True)
        )
        return f"({','.join(parts)})"

    return format_record


def _quoted(text: str) -> str:
    if text and _SPECIAL.search(text) is None:
        return text
    return '"' + _QUOTABLE.sub(r"\1\1", text) + '"'


def parse_record(text: str, parsers: Sequence[Callable[[str], Datum]]) -> Row:
    """A record literal, ``(field,field,...)``; an empty field is NULL.

    Raises:
        InvalidTextRepresentation: 22P02, not a record literal, or of other fields.
    """
    parts = _parts(text)
    if len(parts) != len(parsers):
        few_or_many = "few" if len(parts) < len(parsers) else "many"
        _refuse(text, f"Too {few_or_many} columns.")
    return tuple(
        None if part is None else parse(part) for parse, part in zip(parsers, parts, strict=True)
    )


def _parts(text: str) -> list[str | None]:
    body = text.strip(BLANKS)
    if not body.startswith("("):
        _refuse(text, "Missing left parenthesis.")
    if body == "()":
        return []
    parts: list[str | None] = []
    position = 1
    while True:
        part, position = _part(body, position)
        parts.append(part)
        end = body[position : position + 1]
        position += 1
        if end == ",":
            continue
        if end != ")":
            _refuse(text, "Unexpected end of input.")
        if position != len(body):
            _refuse(text, "Junk after right parenthesis.")
        return parts


def _part(body: str, position: int) -> tuple[str | None, int]:
    """One field from ``position`` on, and where it ends; nothing at all is NULL."""
    found: list[str] = []
    while (run := _RUN.match(body, position)) is not None:
        quoted, escaped, plain = run.groups()
        if quoted is not None:
            found.append(_ESCAPED.sub(r"\1\2", quoted))
        else:
            found.append(escaped or plain)
        position = run.end()
    return ("".join(found) if found else None), position


def _refuse(text: str, detail: str) -> NoReturn:
    raise errors.InvalidTextRepresentation(f'malformed record literal: "{text}"', detail=detail)


def record_sender(
    wire_oids: Sequence[int], sends: Sequence[Callable[[Any], bytes]]
) -> Callable[[Row], bytes]:
    """The send function of rows."""
    count = len(wire_oids).to_bytes(4)
    heads = [oid.to_bytes(4) for oid in wire_oids]

    def send_record(value: Row) -> bytes:
        parts = [count]
        for head, send, field in zip(heads, sends, value, strict=True):
            parts.append(head)
            if field is None:
                parts.append(_NULL_LENGTH)
            else:
                sent = send(field)
                parts.append(len(sent).to_bytes(4) + sent)
        return b"".join(parts)

    return send_record


def record_receiver(
    wire_oids: Sequence[int], receivers: Sequence[Callable[[bytes], Datum]]
) -> Callable[[bytes], Row]:
    """The receive function of rows.

    Raises:
        DatatypeMismatch: 42804, other fields than the type has.
        InvalidBinaryRepresentation: 22P03
    """

    def receive_record(data: bytes) -> Row:
        try:
            (count,) = struct.unpack_from("!i", data)
            if count != len(wire_oids):
                raise errors.DatatypeMismatch(
                    f"wrong number of columns: {count}, expected {len(wire_oids)}"
                )
            return _received(data, wire_oids, receivers)
        except struct.error:
            raise incorrect_binary() from None

    return receive_record


def _received(
    data: bytes, wire_oids: Sequence[int], receivers: Sequence[Callable[[bytes], Datum]]
) -> Row:
    fields: list[Datum] = []
    offset = 4
    for number, (wanted, receive) in enumerate(zip(wire_oids, receivers, strict=True), 1):
        sent_oid, length = struct.unpack_from("!Ii", data, offset)
        if sent_oid != wanted:
            raise errors.DatatypeMismatch(
                f"binary data has type {sent_oid} instead of expected {wanted} "
                f"in record column {number}"
            )
        offset += 8
        if length < 0:
            fields.append(None)
            continue
        if offset + length > len(data):
            raise errors.InvalidBinaryRepresentation("insufficient data left in message")
        fields.append(receive(data[offset : offset + length]))
        offset += length
    if offset != len(data):
        raise incorrect_binary()
    return tuple(fields)
