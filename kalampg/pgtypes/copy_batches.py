"""Arrow batches → COPY data: one CopyData message for each row, built column by column.

Values become texts as in DataRow messages, then escapes and NULL are put in by Arrow, and one join
makes the messages. Text that needs nothing costs nothing.

Source:
    ``CopyAttributeOutText`` and ``CopyAttributeOutCSV`` in ``copyto.c``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from kalampg.pgtypes.arrow_scalars import NOTHING, int32
from kalampg.pgtypes.batches import row_by_row
from kalampg.pgtypes.big_endian import big_endian
from kalampg.pgtypes.binary_columns import binary_column
from kalampg.pgtypes.codecs import codec_of, formatter_of
from kalampg.pgtypes.column_parts import Piece, join, join_fields, with_lengths
from kalampg.pgtypes.conform import conform
from kalampg.pgtypes.copy_binary import HEADER, TRAILER
from kalampg.pgtypes.copy_format import CopyFormat, CopyKind, Header
from kalampg.pgtypes.registry import type_of
from kalampg.pgtypes.rows import BINARY_FORMAT, TEXT_FORMAT
from kalampg.pgtypes.settings import OutputSettings
from kalampg.pgtypes.text_columns import text_column
from kalampg.relation import Datum

_LENGTH_BYTES: Final = 4
# Arrow's strings end at 2 GiB a column, and escapes may make four bytes of one.
_BATCH_BYTES_MAX: Final = 2**27
# What text writes with a backslash and a letter, besides the backslash itself.
_CONTROLS: Final = (("\b", "\\b"), ("\f", "\\f"), ("\n", "\\n"), ("\r", "\\r"),
                    ("\t", "\\t"), ("\v", "\\v"))  # fmt: skip


class CopyEncoder:
    """Writes the rows of one COPY TO."""

    def __init__(
        self,
        format_: CopyFormat,
        type_oids: Sequence[int],
        settings: OutputSettings,
        force_quote: frozenset[int] = frozenset(),
    ) -> None:
        """``force_quote`` are places among the columns."""
        self._format = format_
        self._oids = tuple(type_oids)
        self._settings = settings
        self._force_quote = force_quote
        self._has_started = False

    def start(self, names: Sequence[str]) -> bytes:
        """What comes before the rows: a header line, if the options ask for one."""
        format_ = self._format
        if format_.header is Header.NONE or format_.kind is CopyKind.BINARY:
            return b""
        return self._messages([self._escaped(pa.array([name], pa.string())) for name in names])

    def encode(self, batch: pa.RecordBatch) -> bytes:
        """The rows of a batch as CopyData messages."""
        if batch.nbytes > _BATCH_BYTES_MAX and batch.num_rows > 1:
            half = batch.num_rows // 2
            return self.encode(batch.slice(0, half)) + self.encode(batch.slice(half))
        if batch.num_rows == 0 or not self._oids:
            return self._empty_rows(batch.num_rows)
        columns = zip(batch.columns, self._oids, strict=True)
        if self._format.kind is CopyKind.BINARY:
            fields = [_binary_fields(column, oid, self._settings) for column, oid in columns]
            return self._binary_messages(fields)
        return self._text_messages([_texts(column, oid, self._settings) for column, oid in columns])

    def encode_rows(self, rows: Sequence[Sequence[Datum]]) -> bytes:
        """The same for datums."""
        if not rows or not self._oids:
            return self._empty_rows(len(rows))
        columns = zip(zip(*rows, strict=True), self._oids, strict=True)
        if self._format.kind is CopyKind.BINARY:
            return self._binary_messages([_sent(values, oid) for values, oid in columns])
        return self._text_messages(
            [_written(values, oid, self._settings) for values, oid in columns]
        )

    def finish(self) -> bytes:
        """What comes after the rows."""
        if self._format.kind is not CopyKind.BINARY:
            return b""
        return _message(TRAILER if self._has_started else HEADER + TRAILER)

    def _empty_rows(self, rows: int) -> bytes:
        """Rows without columns."""
        if rows == 0:
            return b""
        if self._format.kind is not CopyKind.BINARY:
            return _message(b"\n") * rows
        first = b"" if self._has_started else _message(HEADER + b"\0\0")
        self._has_started = True
        return first + _message(b"\0\0") * (rows - (1 if first else 0))

    def _binary_messages(self, fields: Sequence[tuple[Piece, ...]]) -> bytes:
        pieces: list[Piece] = [len(self._oids).to_bytes(2)]
        for each in fields:
            pieces += each
        rows = join_fields(*pieces)
        if self._has_started:
            return _joined(rows)
        # The header goes into the first row's message, as PostgreSQL sends it.
        self._has_started = True
        first = _message(HEADER + rows[0].as_py())
        return first + (_joined(rows.slice(1)) if len(rows) > 1 else b"")

    def _text_messages(self, columns: Sequence[pa.Array]) -> bytes:
        null = pa.scalar(self._format.null, pa.string())
        escaped = [self._escaped(texts, place) for place, texts in enumerate(columns)]
        return self._messages([pc.fill_null(texts, null) for texts in escaped])

    def _escaped(self, texts: pa.Array, place: int = -1) -> pa.Array:
        """``texts`` as they stand between delimiters; NULL stays NULL."""
        if self._format.kind is CopyKind.CSV:
            return self._quoted(texts, is_forced=place in self._force_quote)
        delimiter = self._format.delimiter
        special = "".join(control for control, _ in _CONTROLS) + "\\" + delimiter
        if not _any(pc.match_substring_regex(texts, _one_of(special))):
            return texts
        texts = pc.replace_substring(texts, "\\", "\\\\")
        for control, escape in _CONTROLS:
            texts = pc.replace_substring(texts, control, escape)
        return pc.replace_substring(texts, delimiter, "\\" + delimiter)

    def _quoted(self, texts: pa.Array, *, is_forced: bool) -> pa.Array:
        format_ = self._format
        quote, escape = format_.quote, format_.escape
        if is_forced:
            needs: Any = pc.is_valid(texts)
        else:
            special = f"{format_.delimiter}{quote}\n\r"
            needs = pc.or_(
                pc.match_substring_regex(texts, _one_of(special)),
                pc.equal(texts, pa.scalar(format_.null, pa.string())),
            )
            if len(self._oids) == 1:
                # Alone on its line it would end the data.
                needs = pc.or_(needs, pc.equal(texts, pa.scalar("\\.", pa.string())))
        if not _any(needs):
            return texts
        inside = texts
        if escape != quote:
            inside = pc.replace_substring(inside, escape, escape + escape)
        inside = pc.replace_substring(inside, quote, escape + quote)
        mark = pa.scalar(quote, pa.string())
        quoted = pc.binary_join_element_wise(mark, inside, mark, pa.scalar("", pa.string()))
        return pc.if_else(needs, quoted, texts)

    def _messages(self, columns: Sequence[pa.Array]) -> bytes:
        pieces: list[pa.Array | pa.Scalar] = []
        delimiter = pa.scalar(self._format.delimiter, pa.string())
        for place, column in enumerate(columns):
            if place:
                pieces.append(delimiter)
            pieces.append(column)
        nothing = pa.scalar("", pa.string())
        rows = pc.binary_join_element_wise(*pieces, pa.scalar("\n", pa.string()), nothing)
        return _joined(rows.cast(pa.binary()))


def _texts(column: pa.Array, oid: int, settings: OutputSettings) -> pa.Array:
    """The texts of a column; NULL stays NULL."""
    if type_of(oid).element_oid == 0:
        conformed = conform(column, oid)
        parts = text_column(conformed, oid, settings)
        if parts is not None:
            texts = join(*parts.pieces).cast(pa.string())
            if conformed.null_count == 0:
                return texts
            return pc.if_else(conformed.is_valid(), texts, pa.scalar(None, pa.string()))
    return row_by_row(column, oid, TEXT_FORMAT, settings).cast(pa.string())


def _binary_fields(column: pa.Array, oid: int, settings: OutputSettings) -> tuple[Piece, ...]:
    if type_of(oid).element_oid == 0:
        conformed = conform(column, oid)
        parts = binary_column(conformed, oid)
        if parts is not None:
            return with_lengths(parts, conformed).pieces
    return _with_prefixes(row_by_row(column, oid, BINARY_FORMAT, settings))


def _written(values: Sequence[Datum], oid: int, settings: OutputSettings) -> pa.Array:
    write = formatter_of(oid, settings)
    return pa.array([None if each is None else write(each) for each in values], pa.string())


def _sent(values: Sequence[Datum], oid: int) -> tuple[Piece, ...]:
    send = codec_of(oid).send
    return _with_prefixes(
        pa.array([None if each is None else send(each) for each in values], pa.binary())
    )


def _with_prefixes(values: pa.Array) -> tuple[Piece, ...]:
    prefixes = big_endian(pc.fill_null(pc.binary_length(values), int32(-1)))
    return prefixes, pc.fill_null(values, NOTHING)


def _joined(rows: pa.Array) -> bytes:
    """One message for each element, one behind the other."""
    lengths = big_endian(pc.add(pc.binary_length(rows), int32(_LENGTH_BYTES)))
    joined = join_fields(b"d", lengths, rows)
    _, offsets, data = joined.buffers()
    end = memoryview(offsets).cast("i")[joined.offset + len(joined)]
    messages: bytes = data.slice(0, end).to_pybytes()
    return messages


def _message(body: bytes) -> bytes:
    return b"d" + (len(body) + _LENGTH_BYTES).to_bytes(4) + body


def _one_of(characters: str) -> str:
    return "[" + "".join(f"\\x{{{ord(each):x}}}" for each in characters) + "]"


def _any(mask: pa.Array) -> bool:
    return bool(pc.any(mask).as_py())
