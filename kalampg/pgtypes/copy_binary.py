r"""COPY's binary format, read: a header, then rows of fields with their lengths.

Wire:
    'PGCOPY\n\xff\r\n\0', flags int32, extension length int32 and the extension; per row a
    field count int16, per field a length int32 (-1: NULL) and the value; count -1 ends the data.

Source:
    PostgreSQL documentation, "sql-copy", Binary Format.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from kalampg.pgtypes.copy_format import RawRow, bad_format, check_row_bytes

SIGNATURE: Final = b"PGCOPY\n\xff\r\n\0"
HEADER: Final = SIGNATURE + bytes(8)
TRAILER: Final = b"\xff\xff"
_CRITICAL_FLAGS: Final = 0xFFFF0000
_COUNT: Final = struct.Struct("!h")
_LENGTH: Final = struct.Struct("!i")
_FIXED: Final = struct.Struct("!Ii")


class BinaryDecoder:
    """Takes portions of a binary COPY stream and gives the rows that are complete."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._rest = b""
        self._has_header = False
        self._is_ended = False
        self.line = 0
        self.text = None

    def feed(self, data: bytes) -> Iterator[RawRow]:
        """The rows that ``data`` completes.

        Raises:
            BadCopyFileFormat: 22P04, when the bad row's turn comes.
        """
        data = self._rest + data if self._rest else data
        self._rest = b""
        place = 0
        if not self._has_header:
            place = self._header_end(data)
        while self._has_header and not self._is_ended:
            found = self._row(data, place)
            if found is None:
                break
            fields, place = found
            if fields is not None:
                yield RawRow(self.line, b"", fields)
        if self._is_ended and place < len(data):
            raise bad_format("received copy data after EOF marker")
        check_row_bytes(len(data) - place)
        self._rest = data[place:]

    @property
    def is_between_rows(self) -> bool:
        """Whether whole rows may be read by somebody else now."""
        return self._has_header and not (self._rest or self._is_ended)

    def skip(self, rows: int) -> int:
        """Somebody else has read so many rows; the number of the first."""
        first = self.line + 1
        self.line += rows
        return first

    def take_rest(self) -> bytes:
        """What is left behind the last whole row, for somebody else to read."""
        if not self._has_header:
            return b""
        rest, self._rest = self._rest, b""
        return rest

    def finish(self) -> Iterator[RawRow]:
        """The data has ended: it must have ended itself.

        Raises:
            BadCopyFileFormat: 22P04.
        """
        if not self._has_header:
            if self._rest[: len(SIGNATURE)] != SIGNATURE:
                raise bad_format("COPY file signature not recognized")
            raise bad_format("invalid COPY file header (missing flags)")
        if self._rest:
            self.line += 1
            raise bad_format("unexpected EOF in COPY data")
        yield from ()

    def _header_end(self, data: bytes) -> int:
        """The place behind the header; 0 while it is not complete."""
        if not SIGNATURE.startswith(data[: len(SIGNATURE)]):
            raise bad_format("COPY file signature not recognized")
        start = len(SIGNATURE)
        if len(data) < start + _FIXED.size:
            return 0
        flags, extension = _FIXED.unpack_from(data, start)
        if flags & _CRITICAL_FLAGS:
            raise bad_format("unrecognized critical flags in COPY file header")
        if extension < 0:
            raise bad_format("invalid COPY file header (missing length)")
        end: int = start + _FIXED.size + extension
        if len(data) < end:
            return 0
        self._has_header = True
        return end

    def _row(self, data: bytes, place: int) -> tuple[list[bytes | None] | None, int] | None:
        """Fields (None: the end marker) and the place behind them; None if incomplete."""
        if len(data) < place + _COUNT.size:
            return None
        (count,) = _COUNT.unpack_from(data, place)
        place += _COUNT.size
        if count == -1:
            self.line += 1
            self._is_ended = True
            return None, place
        if count != self._columns:
            self.line += 1
            raise bad_format(f"row field count is {count}, expected {self._columns}")
        fields: list[bytes | None] = []
        for _ in range(count):
            if len(data) < place + _LENGTH.size:
                return None
            (length,) = _LENGTH.unpack_from(data, place)
            place += _LENGTH.size
            if length < -1:
                self.line += 1
                raise bad_format("invalid field size")
            if length == -1:
                fields.append(None)
                continue
            if len(data) < place + length:
                return None
            fields.append(data[place : place + length])
            place += length
        self.line += 1
        return fields, place
