"""Fields of one line of COPY data: split, NULL told apart, escapes undone.

Source:
    ``CopyReadAttributesText`` and ``CopyReadAttributesCSV`` in ``copyfromparse.c``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from kalampg.pgtypes.copy_format import CopyFormat, bad_format

# The fields of a line, and for CSV whether each had quotes.
Split: TypeAlias = Callable[[bytes], tuple[list[bytes | None], list[bool] | None]]

_ESCAPE: Final = re.compile(rb"\\([0-7]{1,3}|x[0-9A-Fa-f]{1,2}|[\s\S]|\Z)")
_LETTERS: Final = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def text_splitter(format_: CopyFormat) -> Split:
    """Fields of the text format."""
    delimiter, null = format_.delimiter.encode(), format_.null.encode()
    with_escapes = re.compile(rb"(?:[^\\" + re.escape(delimiter) + rb"]|\\[\s\S]|\\\Z)*")

    def split(line: bytes) -> tuple[list[bytes | None], list[bool] | None]:
        if b"\\" not in line:
            return [None if part == null else part for part in line.split(delimiter)], None
        fields: list[bytes | None] = []
        place = 0
        while True:
            parts: list[bytes] = []
            place = _take(with_escapes, line, place, parts)
            part = parts[0]
            fields.append(None if part == null else _unescaped(part))
            if place >= len(line):
                return fields, None
            place += 1

    return split


def _unescaped(part: bytes) -> bytes:
    return _ESCAPE.sub(_meaning, part) if b"\\" in part else part


def _meaning(found: re.Match[bytes]) -> bytes:
    escape = found.group(1)
    if not escape:
        return b""  # A backslash that ends the data.
    if escape[:1].isdigit() and escape[:1] < b"8":
        return bytes([int(escape, 8) & 0xFF])
    if len(escape) > 1:
        return bytes([int(escape[1:], 16)])
    return _LETTERS.get(escape, escape)


def csv_splitter(format_: CopyFormat) -> Split:
    """Fields of the CSV format. What is NULL may depend on the column, so none is here."""
    return _CsvSplitter(format_).split


class _CsvSplitter:
    """Quotes may stand anywhere in a field; between them delimiters are as other characters."""

    def __init__(self, format_: CopyFormat) -> None:
        self._delimiter = format_.delimiter.encode()
        self._quote, self._escape = format_.quote.encode(), format_.escape.encode()
        self._plain = re.compile(rb"[^" + re.escape(self._delimiter + self._quote) + rb"]*")
        self._inside = re.compile(rb"[^" + re.escape(self._quote + self._escape) + rb"]*")

    def split(self, line: bytes) -> tuple[list[bytes | None], list[bool] | None]:
        if self._quote not in line:
            return list(line.split(self._delimiter)), None
        fields: list[bytes | None] = []
        quoted: list[bool] = []
        place = 0
        while True:
            parts: list[bytes] = []
            start, place = place, self._field(line, place, parts)
            fields.append(b"".join(parts))
            quoted.append(self._quote in line[start:place])
            if place >= len(line):
                return fields, quoted
            place += 1

    def _field(self, line: bytes, place: int, parts: list[bytes]) -> int:
        """Read one field and return its end: a delimiter's place or the line's end."""
        while True:
            place = _take(self._plain, line, place, parts)
            if line[place : place + 1] != self._quote:
                return place
            place = self._quoted_part(line, place + 1, parts)

    def _quoted_part(self, line: bytes, place: int, parts: list[bytes]) -> int:
        """Read from behind an opening quote to behind the closing one."""
        while True:
            place = _take(self._inside, line, place, parts)
            if place >= len(line):
                raise bad_format("unterminated CSV quoted field")
            here, following = line[place : place + 1], line[place + 1 : place + 2]
            if here == self._escape and following and following in (self._quote, self._escape):
                parts.append(following)
                place += 2
            elif here == self._quote:
                return place + 1
            else:
                parts.append(here)
                place += 1


def _take(pattern: re.Pattern[bytes], line: bytes, place: int, parts: list[bytes]) -> int:
    found = pattern.match(line, place)
    assert found is not None, "the pattern matches nothing too"
    parts.append(found.group())
    return found.end()
