r"""Lines of COPY data, text and CSV: from portions as they come to whole rows with line numbers.

Which bytes end a line is learnt from the first line's end, as PostgreSQL does; another ending is an
error from then on. A line ``\.`` ends the data, and what follows it is ignored.

Source:
    ``CopyReadLineText`` in ``copyfromparse.c``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kalampg.pgtypes.copy_format import CopyFormat, CopyKind, RawRow, bad_format, check_row_bytes
from kalampg.pgtypes.copy_split import Split, csv_splitter, text_splitter

_END_OF_DATA: Final = b"\\."
_UNESCAPED_END: Final = re.compile(rb"((?:[^\\]|\\[^.])*)\\\.")
_NEWLINE: Final = re.compile(rb"\r\n|\n|\r")


class LineDecoder:
    """Takes portions of a COPY stream and gives the rows that are complete.

    Invariants:
        - What is kept between portions is one unfinished row, of a bounded length.
        - ``line`` is the number of the last row's last line, as PostgreSQL counts.
    """

    def __init__(self, format_: CopyFormat) -> None:
        self._is_csv = format_.kind is CopyKind.CSV
        self._split: Split = csv_splitter(format_) if self._is_csv else text_splitter(format_)
        self._quote, self._escape = format_.quote.encode(), format_.escape.encode()
        self._rest = b""
        # Physical lines of a row that goes on, and whether it does so inside CSV's quotes.
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._is_inside = False
        self._newline: bytes | None = None
        self._is_ended = False
        self.line = 0
        # The line that is being split, for the message when it cannot be.
        self.text: bytes | None = None

    def feed(self, data: bytes) -> Iterator[RawRow]:
        """The rows that ``data`` completes.

        Raises:
            BadCopyFileFormat: 22P04, when the bad row's turn comes.
        """
        if self._is_ended:
            return
        data = self._rest + data if self._rest else data
        self._rest = b""
        if self._newline is None and not self._learn_newline(data):
            self._keep(data)
            return
        yield from self._rows(data, is_last=False)

    @property
    def is_between_rows(self) -> bool:
        """Whether whole lines that end with a line feed may be read by somebody else now."""
        is_clean = not (self._rest or self._pending or self._is_ended)
        return is_clean and self._newline in (None, b"\n")

    def skip(self, lines: int) -> int:
        """Somebody else has read so many lines, one a row; the number of the first."""
        self._newline = b"\n"
        first = self.line + 1
        self.line += lines
        return first

    def finish(self) -> Iterator[RawRow]:
        """The last row, which need not end with a newline."""
        if (self._rest or self._pending) and not self._is_ended:
            data, self._rest = self._rest, b""
            if self._newline is None:
                self._newline = b"\r" if data.endswith(b"\r") else b"\n"
            yield from self._rows(data, is_last=True)

    def _learn_newline(self, data: bytes) -> bool:
        """A carriage return at the very end does not tell yet what follows it."""
        found = _NEWLINE.search(data)
        if found is not None and self._is_csv and self._quote in data[: found.start()]:
            data = _unquoted(data, self._quote, self._escape)
            found = _NEWLINE.search(data)
        if found is None or (found.group() == b"\r" and found.end() == len(data)):
            return False
        self._newline = found.group()
        return True

    def _keep(self, tail: bytes) -> None:
        check_row_bytes(self._pending_bytes + len(tail))
        self._rest = tail

    def _rows(self, data: bytes, *, is_last: bool) -> Iterator[RawRow]:
        newline = self._newline
        assert newline is not None, "learnt before"
        lines = data.split(newline)
        tail = lines.pop()
        if is_last and tail:
            lines.append(tail)
        pending = self._pending
        for line in lines:
            if self._goes_on(line):
                pending.append(line)
                self._pending_bytes += len(line) + 1
                check_row_bytes(self._pending_bytes)
                continue
            whole = line
            if pending:
                whole = newline.join([*pending, line])
                self._forget_pending()
            self._count(whole)
            yield from self._row(whole)
            if self._is_ended:
                return
        if not is_last:
            self._keep(tail)
        elif pending:
            whole = newline.join(pending if tail else [*pending, b""])
            self._forget_pending()
            self._count(whole)
            yield from self._row(whole)

    def _count(self, record: bytes) -> None:
        """Count as PostgreSQL: newlines in quotes too, once it knows what a newline is."""
        assert self._newline is not None, "learnt before"
        inside = record.count(self._newline) if self._is_csv and self.line else 0
        self.line += 1 + inside

    def _forget_pending(self) -> None:
        self._pending.clear()
        self._pending_bytes = 0

    def _goes_on(self, line: bytes) -> bool:
        """Whether the newline after ``line`` belongs to the row."""
        if not self._is_csv:
            return line.endswith(b"\\") and (len(line) - len(line.rstrip(b"\\"))) % 2 == 1
        if self._quote in line:
            if self._escape == self._quote:
                self._is_inside ^= line.count(self._quote) % 2 == 1
            else:
                _, self._is_inside = _outside(line, self._quote, self._escape, self._is_inside)
        return self._is_inside

    def _row(self, line: bytes) -> Iterator[RawRow]:
        """The row of a line; none if the line is the mark that ends the data."""
        if _END_OF_DATA in line:
            line = self._before_end(line)
            if self._is_ended and not line:
                return
        if b"\r" in line or b"\n" in line:
            self._check_newlines(line)
        self.text = line
        fields, quoted = self._split(line)
        self.text = None
        yield RawRow(self.line, line, fields, quoted)

    def _before_end(self, line: bytes) -> bytes:
        """What comes before the mark, which in CSV must be alone."""
        if self._is_csv:
            self._is_ended = line == _END_OF_DATA
            return b"" if self._is_ended else line
        found = _UNESCAPED_END.match(line)
        if found is None:
            return line
        if found.end() < len(line):
            raise bad_format("end-of-copy marker corrupt")
        self._is_ended = True
        return found.group(1)

    def _check_newlines(self, line: bytes) -> None:
        unquoted = line if not self._is_csv else _unquoted(line, self._quote, self._escape)
        other = b"\n" if self._newline == b"\r\n" else b"\r" if self._newline == b"\n" else b"\n"
        name = "newline" if other == b"\n" else "carriage return"
        place = unquoted.find(other)
        if place < 0:
            return
        if self._is_csv:
            raise bad_format(
                f"unquoted {name} found in data", f"Use quoted CSV field to represent {name}."
            )
        if unquoted[place - 1 : place] == b"\\":
            return
        written = "\\n" if other == b"\n" else "\\r"
        raise bad_format(f"literal {name} found in data", f'Use "{written}" to represent {name}.')


def _unquoted(record: bytes, quote: bytes, escape: bytes) -> bytes:
    return _outside(record, quote, escape, False)[0]


def _outside(record: bytes, quote: bytes, escape: bytes, is_inside: bool) -> tuple[bytes, bool]:
    """What of a CSV record is not inside quotes, and whether its end is."""
    found = bytearray()
    place = 0
    while place < len(record):
        byte = record[place : place + 1]
        following = record[place + 1 : place + 2]
        if is_inside and byte == escape and following and following in (quote, escape):
            place += 2
            continue
        if byte == quote:
            is_inside = not is_inside
        elif not is_inside:
            found += byte
        place += 1
    return bytes(found), is_inside
