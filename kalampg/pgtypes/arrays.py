"""Arrays ↔ text and binary: plain ones, which are lists, and those of other shapes.

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
from kalampg.pgtypes.shaped_arrays import ShapedArray, bounds_text, element_count, nested
from kalampg.relation import Datum

_NULL_LENGTH: Final = struct.pack("!i", -1)
_ELEMENTS_MAX: Final = 134_217_727
_DIMENSIONS_MAX: Final = 6

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
        return "{" + ",".join(_written(value, format_element)) + "}"

    return format_array


def shaped_formatter(format_element: Callable[[Any], str]) -> Callable[[ShapedArray], str]:
    """The output function of arrays of any shape."""

    def format_array(value: ShapedArray) -> str:
        parts = _written(value.elements, format_element)
        body = nested(parts, value.sizes, "{", "}")
        return bounds_text(value.sizes, value.lowers) + body

    return format_array


def _written(elements: list[Datum], format_element: Callable[[Any], str]) -> list[str]:
    return ["NULL" if each is None else quoted(format_element(each)) for each in elements]


def quoted(text: str) -> str:
    """An element as it stands between braces."""
    if text and _SPECIAL.search(text) is None and text.upper() != "NULL":
        return text
    return '"' + _QUOTABLE.sub(r"\\\1", text) + '"'


def parse_array(text: str, parse_element: Callable[[str], Datum]) -> list[Datum]:
    """An array literal of one dimension that begins with 1.

    Raises:
        InvalidTextRepresentation: 22P02, not an array literal.
        FeatureNotSupported: 0A000, another shape.
    """
    plain = parse_shaped(text, parse_element).as_list()
    if plain is None:
        raise other_shape()
    return plain


def parse_shaped(text: str, parse_element: Callable[[str], Datum]) -> ShapedArray:
    """An array literal of any shape.

    Raises:
        InvalidTextRepresentation: 22P02, not an array literal.
        ArraySubscriptError: 2202E, bounds that are none.
    """
    body = text.strip(BLANKS)
    bounds: list[tuple[int, int]] = []
    if body.startswith("["):
        body, bounds = _without_bounds(text, body)
    elif not body.startswith("{"):
        raise _malformed(text, 'Array value must start with "{" or dimension information.')
    items, sizes = _ArrayItems(text, body).read()
    if bounds and (len(bounds) != len(sizes) or [size for _, size in bounds] != list(sizes)):
        raise _malformed(text, "Specified array dimensions do not match array contents.")
    elements = [None if item is None else parse_element(item) for item in items]
    lowers = tuple(lower for lower, _ in bounds) if bounds else (1,) * len(sizes)
    return ShapedArray(elements, sizes, lowers)


def _without_bounds(text: str, body: str) -> tuple[str, list[tuple[int, int]]]:
    """What follows the bounds, and first subscript and size of each dimension."""
    bounds: list[tuple[int, int]] = []
    while body.startswith("["):
        matched = _BOUNDS.match(body)
        if matched is None:
            raise _malformed(
                text,
                'Missing "]" after array dimensions.'
                if _DIMENSION.match(body)
                else '"[" must introduce explicitly-specified array dimensions.',
            )
        lower, upper = int(matched[1] or 1), int(matched[2])
        if upper < lower:
            raise errors.ArraySubscriptError("upper bound cannot be less than lower bound")
        bounds.append((lower, upper - lower + 1))
        body = body[matched.end() :]
    if not body.startswith("="):
        raise _malformed(text, 'Missing "=" after array dimensions.')
    rest = body[1:].strip(BLANKS)
    if not rest.startswith("{"):
        raise _malformed(text, 'Array contents must start with "{".')
    return rest, bounds


def other_shape() -> errors.PgError:
    return errors.FeatureNotSupported(
        "arrays of more than one dimension, or that do not begin with 1, are not supported here",
        hint="Store nested lists as jsonb.",
    )


def _malformed(text: str, detail: str) -> errors.PgError:
    return errors.InvalidTextRepresentation(f'malformed array literal: "{text}"', detail=detail)


class _ArrayItems:
    """Cursor over ``{item, {item, ...}, ...}``."""

    def __init__(self, text: str, body: str) -> None:
        self._text = text
        self._body = body
        self._position = 0
        self._items: list[str | None] = []

    def read(self) -> tuple[list[str | None], tuple[int, ...]]:
        """All items, and the sizes of the dimensions, the outer first; none of an empty array."""
        sizes = self._braces(0)
        if self._body[self._position :].strip(BLANKS):
            raise _malformed(self._text, "Junk after closing right brace.")
        return self._items, sizes if self._items else ()

    def _braces(self, depth: int) -> tuple[int, ...]:
        """Read from an opening brace to its closing one; the sizes of what is between them."""
        if depth >= _DIMENSIONS_MAX:
            raise errors.ProgramLimitExceeded(
                f"number of array dimensions ({depth + 1}) exceeds the maximum allowed "
                f"({_DIMENSIONS_MAX})"
            )
        self._position += 1
        self._skip_blanks()
        if self._peek() == "}" and depth == 0:
            self._position += 1
            return (0,)
        count, inner = 0, None
        while True:
            found = self._entry(depth)
            if inner is not None and found != inner:
                raise self._ragged(inner, found)
            count, inner = count + 1, found
            self._skip_blanks()
            delimiter = self._peek()
            if delimiter == "}":
                self._position += 1
                return (count, *inner)
            if delimiter != ",":
                raise self._unexpected(delimiter, after_element=True)
            self._position += 1

    def _ragged(self, before: tuple[int, ...], found: tuple[int, ...]) -> errors.PgError:
        if before and found:
            detail = "Multidimensional arrays must have sub-arrays with matching dimensions."
        else:
            detail = "Unexpected array element." if before else 'Unexpected "{" character.'
        return _malformed(self._text, detail)

    def _entry(self, depth: int) -> tuple[int, ...]:
        """Read an item or a sub-array; the sizes of the latter."""
        self._skip_blanks()
        if self._peek() == "{":
            return self._braces(depth + 1)
        self._items.append(self._item())
        return ()

    def _peek(self) -> str:
        return self._body[self._position : self._position + 1]

    def _skip_blanks(self) -> None:
        while self._peek() and self._peek() in BLANKS:
            self._position += 1

    def _item(self) -> str | None:
        self._skip_blanks()
        character = self._peek()
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
    send_shaped = shaped_sender(element_oid, send)
    lowers = (lower_bound,)

    def send_array(value: list[Datum]) -> bytes:
        has_dimension = value or not lower_bound
        sizes = (len(value),) if has_dimension else ()
        return send_shaped(ShapedArray(value, sizes, lowers if has_dimension else ()))

    return send_array


def shaped_sender(element_oid: int, send: Callable[[Any], bytes]) -> Callable[[ShapedArray], bytes]:
    """The send function of arrays of any shape."""

    def send_array(value: ShapedArray) -> bytes:
        parts = [struct.pack("!iiI", len(value.sizes), None in value.elements, element_oid)]
        for size, lower in zip(value.sizes, value.lowers, strict=True):
            parts.append(struct.pack("!ii", size, lower))
        for each in value.elements:
            if each is None:
                parts.append(_NULL_LENGTH)
            else:
                sent = send(each)
                parts.append(len(sent).to_bytes(4) + sent)
        return b"".join(parts)

    return send_array


def array_receiver(
    element_oid: int, receive: Callable[[bytes], Datum], *, lower_bound: int = 1
) -> Callable[[bytes], list[Datum]]:
    """The receive function of arrays of one dimension that begins where plain ones do.

    Raises:
        FeatureNotSupported: 0A000, another shape.
    """
    receive_shaped = shaped_receiver(element_oid, receive)

    def receive_array(data: bytes) -> list[Datum]:
        value = receive_shaped(data)
        if value.sizes and (len(value.sizes) > 1 or value.lowers != (lower_bound,)):
            raise other_shape()
        return value.elements

    return receive_array


def shaped_receiver(
    element_oid: int, receive: Callable[[bytes], Datum]
) -> Callable[[bytes], ShapedArray]:
    """The receive function of arrays of any shape."""

    def receive_array(data: bytes) -> ShapedArray:
        try:
            dimensions, flags, sent_oid = struct.unpack_from("!iiI", data)
            if not 0 <= dimensions <= _DIMENSIONS_MAX:
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
            shape = struct.unpack_from(f"!{2 * dimensions}i", data, 12)
            sizes, lowers = shape[::2], shape[1::2]
            count = element_count(sizes)
            if any(size < 0 for size in sizes) or count > _ELEMENTS_MAX:
                raise errors.InvalidBinaryRepresentation("invalid array size")
            elements = _receive_elements(data, 12 + 8 * dimensions, count, receive)
            return ShapedArray(elements, sizes, lowers) if count else ShapedArray([], (), ())
        except struct.error:
            raise incorrect_binary() from None

    return receive_array


def _receive_elements(
    data: bytes, offset: int, size: int, receive: Callable[[bytes], Datum]
) -> list[Datum]:
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
