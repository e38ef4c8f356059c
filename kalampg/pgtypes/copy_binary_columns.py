"""BinaryColumnDecoder: whole portions of binary COPY data to Arrow columns.

Takes only rows of the right form; what is wrong or seldom, and the end of the data, is for
``CopyReader``, which reads value by value and says what is wrong.

Shape:
    One array for each column, of the portion's whole rows; types as in ``copy_columns.py``.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from kalampg.pgtypes import oids
from kalampg.pgtypes.copy_reader import CopyColumn

_Fields: TypeAlias = list[bytes | None]
Convert: TypeAlias = Callable[[_Fields], pa.Array | None]

_COUNT: Final = struct.Struct("!h")
_LENGTH: Final = struct.Struct("!i")
# PostgreSQL counts dates and times from 2000-01-01, Arrow from 1970-01-01.
_EPOCH_DAYS: Final = 10_957
_EPOCH_US: Final = _EPOCH_DAYS * 86_400_000_000
# varchar(n) has the type modifier n + 4.
_LENGTH_TYPMOD_OFFSET: Final = 4


class WholeRows(NamedTuple):
    """Rows as columns, and how many bytes of the portion they were."""

    columns: list[pa.Array]
    size_bytes: int


class BinaryColumnDecoder:
    """Decodes portions of one COPY FROM. Any thread, one at a time."""

    def __init__(self, columns: Sequence[CopyColumn]) -> None:
        converters = [_converter(column) for column in columns]
        self._converters = [each for each in converters if each is not None]
        self.is_able = bool(columns) and len(self._converters) == len(columns)

    def decode(self, data: bytes) -> WholeRows | None:
        """The whole rows that the portion begins with; None: read it value by value."""
        fields: list[_Fields] = [[] for _ in self._converters]
        end = _split(data, fields)
        if end == 0:
            return None
        columns = []
        for convert, values in zip(self._converters, fields, strict=True):
            column = convert(values)
            if column is None:
                return None
            columns.append(column)
        return WholeRows(columns, end)


def _split(data: bytes, fields: Sequence[_Fields]) -> int:
    """Put the fields of each whole row into its columns; the place behind the last row.

    Flat, because it is most of the time that a binary COPY takes.
    """
    appends = [values.append for values in fields]
    size, width, rows, end = len(data), len(fields), 0, 0
    count_at, length_at = _COUNT.unpack_from, _LENGTH.unpack_from
    try:
        while end < size and count_at(data, end)[0] == width:
            place = end + 2
            for append in appends:
                length = length_at(data, place)[0]
                place += 4
                if length >= 0:
                    append(data[place : place + length])
                    place += length
                elif length == -1:
                    append(None)
                else:
                    break
            else:
                if place > size:
                    break
                rows, end = rows + 1, place
                continue
            break
    except struct.error:
        pass  # The portion ends within a row.
    for values in fields:
        del values[rows:]
    return end


def _converter(column: CopyColumn) -> Convert | None:
    oid, typmod = column.type_oid, column.typmod
    if oid in (oids.TEXT, oids.VARCHAR):
        return _texts(typmod)
    return _CONVERTERS.get(oid) if typmod < 0 else None


def _numbers(code: str, kind: pa.DataType) -> Convert:
    """Big-endian numbers of one size."""
    size = array(code).itemsize
    zero = bytes(size)

    def convert(fields: _Fields) -> pa.Array | None:
        has_nulls = None in fields
        present = [zero if field is None else field for field in fields] if has_nulls else fields
        if any(len(field) != size for field in present if field is not None):
            return None
        numbers = array(code, b"".join(field for field in present if field is not None))
        if sys.byteorder == "little":
            numbers.byteswap()
        whole = pa.Array.from_buffers(kind, len(fields), [None, pa.py_buffer(numbers)])
        if not has_nulls:
            return whole
        is_null = pa.array([field is None for field in fields])
        return pc.if_else(is_null, pa.scalar(None, kind), whole)

    return convert


def _moments(code: str, number: pa.DataType, epoch: int, kind: pa.DataType) -> Convert:
    numbers = _numbers(code, number)
    highest = (1 << (number.bit_width - 1)) - 1

    def convert(fields: _Fields) -> pa.Array | None:
        values = numbers(fields)
        if values is None:
            return None
        ends = pc.min_max(values)
        least, greatest = ends["min"].as_py(), ends["max"].as_py()
        # Infinity, and what is out of range, is seldom.
        if least is not None and not -(highest // 4) < least <= greatest < highest // 4:
            return None
        return pc.add(values, pa.scalar(epoch, number)).view(kind)

    return convert


def _booleans(fields: _Fields) -> pa.Array | None:
    if not {*fields} <= {b"\0", b"\1", None}:
        return None
    return pa.array([None if field is None else field == b"\1" for field in fields], pa.bool_())


def _texts(typmod: int) -> Convert:
    def convert(fields: _Fields) -> pa.Array | None:
        raw = pa.array(fields, pa.binary())
        if pc.any(pc.match_substring(raw, b"\0")).as_py():
            return None
        try:
            texts = raw.cast(pa.string())
        except pa.ArrowInvalid:
            return None  # not UTF-8
        if typmod >= 0:
            longest = pc.max(pc.utf8_length(texts)).as_py() or 0
            if longest > typmod - _LENGTH_TYPMOD_OFFSET:
                return None
        return texts

    return convert


_CONVERTERS: Final[dict[int, Convert]] = {
    oids.BOOL: _booleans,
    oids.INT2: _numbers("h", pa.int16()),
    oids.INT4: _numbers("i", pa.int32()),
    oids.INT8: _numbers("q", pa.int64()),
    oids.FLOAT4: _numbers("f", pa.float32()),
    oids.FLOAT8: _numbers("d", pa.float64()),
    oids.DATE: _moments("i", pa.int32(), _EPOCH_DAYS, pa.date32()),
    oids.TIMESTAMP: _moments("q", pa.int64(), _EPOCH_US, pa.timestamp("us")),
    oids.TIMESTAMPTZ: _moments("q", pa.int64(), _EPOCH_US, pa.timestamp("us", tz="UTC")),
}
