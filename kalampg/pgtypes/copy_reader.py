"""CopyReader: the data of a COPY FROM to rows of datums, errors with line and column.

Source:
    ``NextCopyFrom`` and ``CopyFromErrorCallback`` in ``copyfrom.c`` and ``copyfromparse.c``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kalampg import errors
from kalampg.pgtypes.codecs import codec_of
from kalampg.pgtypes.copy_binary import BinaryDecoder
from kalampg.pgtypes.copy_format import CopyFormat, CopyKind, Header, RawRow, bad_format
from kalampg.pgtypes.copy_lines import LineDecoder
from kalampg.pgtypes.settings import OutputSettings
from kalampg.pgtypes.typmods import apply_typmod
from kalampg.pgtypes.values import from_binary, from_text
from kalampg.relation import Datum

# As much of a line or a value as PostgreSQL repeats in a message.
_SHOWN_BYTES_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class CopyColumn:
    """A column that data comes for, and which of CSV's rules about NULL it is an exception to."""

    name: str
    type_oid: int
    typmod: int
    is_null_forced: bool = False
    is_null_refused: bool = False


class CopyReader:
    """Reads the rows of one COPY FROM."""

    def __init__(
        self,
        format_: CopyFormat,
        relation_name: str,
        columns: Sequence[CopyColumn],
        settings: OutputSettings,
    ) -> None:
        self._format = format_
        self._relation_name = relation_name
        self._columns = tuple(columns)
        self._null = format_.null.encode()
        self._is_csv = format_.kind is CopyKind.CSV
        self._has_forced = any(each.is_null_forced or each.is_null_refused for each in columns)
        self._decoder: LineDecoder | BinaryDecoder
        if format_.kind is CopyKind.BINARY:
            self._decoder = BinaryDecoder(len(self._columns))
            self._parsers = [_binary_parser(column) for column in self._columns]
        else:
            self._decoder = LineDecoder(format_)
            self._parsers = [_text_parser(column, settings) for column in self._columns]
        self._awaits_header = format_.header is not Header.NONE

    def feed(self, data: bytes) -> Iterator[tuple[RawRow, list[Datum]]]:
        """The rows that ``data`` completes, with their datums.

        Raises:
            PgError: 22P04 and what the types' input functions raise, with ``where`` filled in.
        """
        return self._rows(self._decoder.feed(data))

    def finish(self) -> Iterator[tuple[RawRow, list[Datum]]]:
        """The rest, when no data comes any more."""
        return self._rows(self._decoder.finish())

    @property
    def is_between_rows(self) -> bool:
        """Whether whole lines may be read by somebody else now, who says so with ``skip``."""
        return not self._awaits_header and self._decoder.is_between_rows

    def skip(self, lines: int) -> int:
        """Somebody else has read so many lines, one a row; the number of the first."""
        return self._decoder.skip(lines)

    def take_rest(self) -> bytes:
        """Binary data behind the last whole row, for somebody else to read."""
        return self._decoder.take_rest() if isinstance(self._decoder, BinaryDecoder) else b""

    def context(self, row: RawRow, *, with_text: bool) -> str:
        """Where an error about a whole row is, as PostgreSQL says it."""
        place = f"COPY {self._relation_name}, line {row.line}"
        if not with_text or self._format.kind is CopyKind.BINARY:
            return place
        return f'{place}: "{_shown(row.text)}"'

    def next_context(self) -> str:
        """Where the reader is, between two rows."""
        return f"COPY {self._relation_name}, line {self._decoder.line + 1}"

    def _rows(self, raw_rows: Iterator[RawRow]) -> Iterator[tuple[RawRow, list[Datum]]]:
        while True:
            try:
                row = next(raw_rows, None)
            except errors.PgError as error:
                error.where = self._decoder_context()
                raise
            if row is None:
                return
            if self._awaits_header:
                self._awaits_header = False
                self._take_header(row)
            else:
                yield row, self._datums(row)

    def _decoder_context(self) -> str | None:
        decoder = self._decoder
        if decoder.line == 0:
            return None  # Not even the header.
        place = f"COPY {self._relation_name}, line {decoder.line}"
        return place if decoder.text is None else f'{place}: "{_shown(decoder.text)}"'

    def _datums(self, row: RawRow) -> list[Datum]:
        fields = row.fields
        if len(fields) > len(self._columns):
            raise self._wrong_count(row, "extra data after last expected column")
        if self._is_csv:
            fields = self._with_nulls(row)
        values: list[Datum] = []
        append = values.append
        try:
            for field, parse in zip(fields, self._parsers, strict=False):
                append(None if field is None else parse(field))
        except errors.PgError as error:
            column = self._columns[len(values)]
            is_encoding = isinstance(error, errors.CharacterNotInRepertoire)
            error.where = (
                self.context(row, with_text=False)
                if is_encoding
                else self._column_context(row, column, fields[len(values)])
            )
            raise
        if len(values) < len(self._columns):
            missing = self._columns[len(values)].name
            raise self._wrong_count(row, f'missing data for column "{missing}"')
        return values

    def _with_nulls(self, row: RawRow) -> list[bytes | None]:
        null, quoted = self._null, row.quoted
        if quoted is None and not self._has_forced:
            return [None if field == null else field for field in row.fields]
        marks = quoted or [False] * len(row.fields)
        return [
            None if field == null and _is_null(column, is_quoted=is_quoted) else field
            for field, is_quoted, column in zip(row.fields, marks, self._columns, strict=False)
        ]

    def _wrong_count(self, row: RawRow, message: str) -> errors.PgError:
        error = bad_format(message)
        error.where = self.context(row, with_text=True)
        return error

    def _column_context(self, row: RawRow, column: CopyColumn, field: bytes | None) -> str:
        place = f"COPY {self._relation_name}, line {row.line}, column {column.name}"
        if self._format.kind is CopyKind.BINARY or field is None:
            return place
        return f'{place}: "{_shown(field)}"'

    def _take_header(self, row: RawRow) -> None:
        if self._format.header is not Header.MATCH:
            return
        message = None
        expected = [column.name for column in self._columns]
        if len(row.fields) != len(expected):
            message = (
                "wrong number of fields in header line: "
                f"got {len(row.fields)}, expected {len(expected)}"
            )
        else:
            for number, (field, name) in enumerate(zip(row.fields, expected, strict=True), 1):
                start = f"column name mismatch in header line field {number}: got "
                if field is None:
                    message = f'{start}null value ("{self._format.null}"), expected "{name}"'
                elif field != name.encode():
                    message = f'{start}"{_shown(field)}", expected "{name}"'
                if message is not None:
                    break
        if message is not None:
            error = bad_format(message)
            error.where = self.context(row, with_text=True)
            raise error


def _is_null(column: CopyColumn, *, is_quoted: bool) -> bool:
    """Whether a field that equals the null string is NULL."""
    return column.is_null_forced if is_quoted else not column.is_null_refused


def _text_parser(column: CopyColumn, settings: OutputSettings) -> Callable[[bytes], Datum]:
    oid, typmod = column.type_oid, column.typmod
    parse = codec_of(oid).parse

    def run(field: bytes) -> Datum:
        try:
            text = field.decode()
        except UnicodeDecodeError as problem:
            raise _invalid_utf8(field, problem) from None
        if typmod < 0:
            return parse(text, settings)
        return from_text(oid, text, typmod, settings)

    return run


def _binary_parser(column: CopyColumn) -> Callable[[bytes], Datum]:
    oid, typmod = column.type_oid, column.typmod

    def run(field: bytes) -> Datum:
        value = from_binary(oid, field)
        return value if typmod < 0 else apply_typmod(oid, typmod, value, explicit=False)

    return run


def _invalid_utf8(value: bytes, problem: UnicodeDecodeError) -> errors.PgError:
    shown = " ".join(f"0x{byte:02x}" for byte in value[problem.start : problem.end])
    return errors.CharacterNotInRepertoire(f'invalid byte sequence for encoding "UTF8": {shown}')


def _shown(value: bytes) -> str:
    """A part that is not too long, and UTF-8 whatever was sent."""
    if len(value) <= _SHOWN_BYTES_MAX:
        return value.decode(errors="replace")
    return value[:_SHOWN_BYTES_MAX].decode(errors="ignore") + "..."
