"""One-dimensional arrays ↔ text and binary.

Wire (binary):
    dimensions int32 (0 for an empty array), has-NULL flag int32, element OID int32, then per
    dimension size and lower bound (int32 each), then length and value of each element.

Source: PostgreSQL 15, ``arrayfuncs.c``.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Any, Final

from kalampg import errors
from kalampg.pgtypes.binary_format import incorrect_binary
from kalampg.pgtypes.integers import BLANKS
from kalampg.relation import Datum

_NULL_LENGTH: Final = struct.pack("!i", -1)
_ELEMENTS_MAX: Final = 134_217_727

_BOUNDS: Final = re.compile(r"\[\s*(?:([+-]?\d+)\s*:\s*)?([+-]?\d+)\s*\]\s*")
_DIMENSION: Final = re.compile(r"\[\s*[+-]?\d")
# An unquoted element is quoted on output if it is empty, NULL, or holds one of these.
_SPECIAL: Final = re.compile(r'[{},"\\ \t\n\v\f\r]')
_QUOTABLE: Final = re.compile(r'(["\\])')
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_UNQUOTED: Final = re.compile(r'(?:[^,{}"\\]|\\.)+', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


def array_formatter(format_element: Callable[[Any], str]) -> Callable[[list[Datum]], str]:
    def format_array(value: list[Datum]) -> str:
        parts = ["NULL" if each is None else _quoted(format_element(each)) for each in value]
        return "{" + ",".join(parts) + "}"

    return format_array


def _quoted(text: str) -> str:
    if text and _SPECIAL.search(text) is None and text.upper() != "NULL":
        return text
    return '"' + _QUOTABLE.sub(r"\\\1", text) + '"'


def parse_array(text: str, parse_element: Callable[[str], Datum]) -> list[Datum]:
    """An array literal, one-dimensional; explicit bounds are checked and forgotten.

    Raises:
        InvalidTextRepresentation: 22P02, not an array literal.
        FeatureNotSupported: 0A000, more than one dimension.
    """
    body = text.strip(BLANKS)
    size = None
    if body.startswith("["):
        body, size = _without_bounds(text, body)
    elif not body.startswith("{"):
        raise _malformed(text, 'Array value must start with "{" or dimension information.')
    items = _ArrayItems(text, body).read()
    if size is not None and size != len(items):
        raise _malformed(text, "Specified array dimensions do not match array contents.")
    return [None if item is None else parse_element(item) for item in items]


def _without_bounds(text: str, body: str) -> tuple[str, int]:
    matched = _BOUNDS.match(body)
    if matched is None:
        raise _malformed(
            text,
            'Missing "]" after array dimensions.'
            if _DIMENSION.match(body)
            else '"[" must introduce explicitly-specified array dimensions.',
        )
    if body[matched.end() : matched.end() + 1] == "[":
        raise several_dimensions()
    rest = body[matched.end() :]
    if not rest.startswith("="):
        raise _malformed(text, 'Missing "=" after array dimensions.')
    lower, upper = int(matched[1] or 1), int(matched[2])
    if upper < lower:
        raise errors.ArraySubscriptError("upper bound cannot be less than lower bound")
    rest = rest[1:].strip(BLANKS)
    if not rest.startswith("{"):
        raise _malformed(text, 'Array contents must start with "{".')
    return rest, upper - lower + 1


def several_dimensions() -> errors.PgError:
    return errors.FeatureNotSupported(
        "arrays of more than one dimension are not supported",
        hint="Store nested lists as jsonb.",
    )


def _malformed(text: str, detail: str) -> errors.PgError:
    return errors.InvalidTextRepresentation(f'malformed array literal: "{text}"', detail=detail)


class _ArrayItems:
    """Cursor over ``{item, item, ...}``."""

    def __init__(self, text: str, body: str) -> None:
        self._text = text
        self._body = body
        self._position = 1

    def read(self) -> list[str | None]:
        items: list[str | None] = []
        self._skip_blanks()
        if self._peek() == "}":
            self._finish()
            return items
        while True:
            items.append(self._item())
            self._skip_blanks()
            delimiter = self._peek()
            if delimiter == "}":
                self._finish()
                return items
            if delimiter != ",":
                raise self._unexpected(delimiter, after_element=True)
            self._position += 1

    def _peek(self) -> str:
        return self._body[self._position : self._position + 1]

    def _skip_blanks(self) -> None:
        while self._peek() and self._peek() in BLANKS:
            self._position += 1

    def _item(self) -> str | None:
        self._skip_blanks()
        character = self._peek()
        if character == "{" and self._position == 1:
            raise several_dimensions()
        if character == '"':
            matched = _QUOTED.match(self._body, self._position)
            if matched is None:
                raise _malformed(self._text, "Unexpected end of input.")
            self._position = matched.end()
            return _ESCAPED.sub(r"\1", matched[1])
        matched = _UNQUOTED.match(self._body, self._position)
        if matched is None:
            raise self._unexpected(character, after_element=False)
        self._position = matched.end()
        if self._peek() == '"':
            raise _malformed(self._text, "Unexpected array element.")
        return _unescaped(matched[0])

    def _unexpected(self, character: str, *, after_element: bool) -> errors.PgError:
        if not character or character == "\\":
            return _malformed(self._text, "Unexpected end of input.")
        if after_element or character == '"':
            return _malformed(self._text, "Unexpected array element.")
        return _malformed(self._text, f'Unexpected "{character}" character.')

    def _finish(self) -> None:
        if self._body[self._position + 1 :].strip(BLANKS):
            raise _malformed(self._text, "Junk after closing right brace.")


def _unescaped(raw: str) -> str | None:
    if "\\" not in raw:
        item = raw.rstrip(BLANKS)
        return None if item.upper() == "NULL" else item
    # Trailing blanks go, unless escaped.
    last_escape_end = max(matched.end() for matched in _ESCAPED.finditer(raw))
    kept = raw[:last_escape_end] + raw[last_escape_end:].rstrip(BLANKS)
    return _ESCAPED.sub(r"\1", kept)


def array_sender(
    element_oid: int, send: Callable[[Any], bytes], *, lower_bound: int = 1
) -> Callable[[list[Datum]], bytes]:
    """The send function of arrays. Vectors, which count from 0, have a dimension even if empty."""
    empty = struct.pack("!iiI", 0, 0, element_oid)

    def send_array(value: list[Datum]) -> bytes:
        if not value and lower_bound:
            return empty
        parts = [struct.pack("!iiIii", 1, None in value, element_oid, len(value), lower_bound)]
        for each in value:
            if each is None:
                parts.append(_NULL_LENGTH)
            else:
                sent = send(each)
                parts.append(len(sent).to_bytes(4) + sent)
        return b"".join(parts)

    return send_array


def array_receiver(
    element_oid: int, receive: Callable[[bytes], Datum]
) -> Callable[[bytes], list[Datum]]:
    def receive_array(data: bytes) -> list[Datum]:
        try:
            dimensions, flags, sent_oid = struct.unpack_from("!iiI", data)
            if dimensions > 1:
                raise several_dimensions()
            if dimensions < 0:
                raise errors.InvalidBinaryRepresentation(
                    f"invalid number of dimensions: {dimensions}"
                )
            if flags not in (0, 1):
                raise errors.InvalidBinaryRepresentation("invalid array flags")
            if sent_oid != element_oid:
                raise errors.DatatypeMismatch(
                    f"binary data has array element type {sent_oid} "
                    f"instead of expected {element_oid}"
                )
            if dimensions == 0:
                return []
            size, _ = struct.unpack_from("!ii", data, 12)
            return _receive_elements(data, 20, size, receive)
        except struct.error:
            raise incorrect_binary() from None

    return receive_array


def _receive_elements(
    data: bytes, offset: int, size: int, receive: Callable[[bytes], Datum]
) -> list[Datum]:
    if not 0 <= size <= _ELEMENTS_MAX:
        raise errors.InvalidBinaryRepresentation("invalid array size")
    elements: list[Datum] = []
    for _ in range(size):
        (length,) = struct.unpack_from("!i", data, offset)
        offset += 4
        if length == -1:
            elements.append(None)
            continue
        if length < 0 or offset + length > len(data):
            raise errors.InvalidBinaryRepresentation("insufficient data left in message")
        elements.append(receive(data[offset : offset + length]))
        offset += length
    if offset != len(data):
        raise incorrect_binary()
    return elements
