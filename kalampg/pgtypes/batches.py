"""An Arrow batch → consecutive DataRow messages, column by column.

Every column becomes pieces of bytes (``text_columns``, ``binary_columns``); one join interleaves
them with the messages' headers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from kalampg import errors
from kalampg.pgtypes.arrow_columns import datums_from_arrow
from kalampg.pgtypes.arrow_scalars import int32
from kalampg.pgtypes.big_endian import big_endian
from kalampg.pgtypes.binary_columns import binary_column
from kalampg.pgtypes.codecs import codec_of, formatter_of
from kalampg.pgtypes.column_parts import ColumnParts, Fields, Piece, join_fields, with_lengths
from kalampg.pgtypes.conform import conform
from kalampg.pgtypes.named_objects import taken_apart
from kalampg.pgtypes.registry import type_of
from kalampg.pgtypes.rows import BINARY_FORMAT, TEXT_FORMAT, RowEncoder, row_encoder
from kalampg.pgtypes.settings import OutputSettings
from kalampg.pgtypes.text_columns import text_column

# Length field and column count; the tag is not counted.
_HEADER_BYTES: Final = 6
# Arrow's binary columns end at 2 GiB; larger batches are encoded in halves.
_JOIN_BYTES_MAX: Final = 2**30
# Column-wise work costs some microseconds per column and step, however few the rows: below this,
# row by row is quicker.
_ROWS_MIN: Final = 64


def encode_batch(
    batch: pa.RecordBatch,
    type_oids: Sequence[int],
    formats: Sequence[int],
    settings: OutputSettings,
) -> bytes:
    """All rows of a batch as DataRow messages.

    Raises:
        NumericValueOutOfRange: 22003, a value does not fit in its column's type.
    """
    batch, type_oids = taken_apart(batch, type_oids, formats)
    if batch.num_rows < _ROWS_MIN or not type_oids:
        return _encode_rows(batch, type_oids, formats, settings)
    fields = [
        _fields(column, oid, code, settings)
        for column, oid, code in zip(batch.columns, type_oids, formats, strict=True)
    ]
    sizes: Any = _HEADER_BYTES
    for each in fields:
        sizes = _sum(sizes, each.sizes)
    if _total(sizes, batch.num_rows) > _JOIN_BYTES_MAX and batch.num_rows > 1:
        half = batch.num_rows // 2
        return encode_batch(batch.slice(0, half), type_oids, formats, settings) + encode_batch(
            batch.slice(half), type_oids, formats, settings
        )
    return _messages(fields, sizes, batch.num_rows)


def _encode_rows(
    batch: pa.RecordBatch,
    type_oids: Sequence[int],
    formats: Sequence[int],
    settings: OutputSettings,
) -> bytes:
    encode: RowEncoder = row_encoder(type_oids, formats, settings)
    if not type_oids:
        empty_rows: bytes = encode(()) * batch.num_rows
        return empty_rows
    columns = [
        datums_from_arrow(oid, column) for oid, column in zip(type_oids, batch.columns, strict=True)
    ]
    return b"".join(map(encode, zip(*columns, strict=True)))


def _sum(left: Any, right: int | pa.Array) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    if isinstance(left, int):
        left, right = right, left
    return pc.add(left, int32(right) if isinstance(right, int) else right)


def _total(sizes: int | pa.Array, rows: int) -> int:
    if isinstance(sizes, int):
        return sizes * rows
    total: int = pc.sum(sizes).as_py()
    return total


def _messages(fields: Sequence[Fields], sizes: int | pa.Array, rows: int) -> bytes:
    length = sizes.to_bytes(4) if isinstance(sizes, int) else big_endian(sizes)
    pieces: list[Piece] = [b"D", length, len(fields).to_bytes(2)]
    for each in fields:
        pieces += each.pieces
    pieces = _merged(pieces)
    if len(pieces) == 1 and isinstance(pieces[0], bytes):
        return pieces[0] * rows
    joined = join_fields(*pieces)
    _, offsets, data = joined.buffers()
    end = memoryview(offsets).cast("i")[joined.offset + rows]
    messages: bytes = data.slice(0, end).to_pybytes()
    return messages


def _merged(pieces: Sequence[Piece]) -> list[Piece]:
    """Neighbours that are the same in all rows become one."""
    merged: list[Piece] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if isinstance(piece, bytes) and isinstance(last, bytes):
            merged[-1] = last + piece
        else:
            merged.append(piece)
    return merged


def _fields(column: pa.Array, oid: int, format_code: int, settings: OutputSettings) -> Fields:
    if format_code not in (TEXT_FORMAT, BINARY_FORMAT):
        raise errors.InvalidParameterValue(f"unsupported format code: {format_code}")
    if type_of(oid).element_oid == 0:
        column = conform(column, oid)
        parts = (
            text_column(column, oid, settings)
            if format_code == TEXT_FORMAT
            else binary_column(column, oid)
        )
        if parts is not None:
            return with_lengths(parts, column)
    values = row_by_row(column, oid, format_code, settings)
    return with_lengths(ColumnParts((values,)), values)


def row_by_row(column: pa.Array, oid: int, format_code: int, settings: OutputSettings) -> pa.Array:
    """Values of types that no column-wise code knows: intervals, arrays, unusual settings."""
    if format_code == TEXT_FORMAT:
        write = formatter_of(oid, settings)
        encoded = [
            None if each is None else write(each).encode()
            for each in datums_from_arrow(oid, column)
        ]
    else:
        send = codec_of(oid).send
        encoded = [None if each is None else send(each) for each in datums_from_arrow(oid, column)]
    return pa.array(encoded, pa.binary())
