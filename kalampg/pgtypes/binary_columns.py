"""Arrow columns → the binary form of every value, without a loop over rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from kalampg.pgtypes import oids
from kalampg.pgtypes.arrow_scalars import binary
from kalampg.pgtypes.big_endian import big_endian
from kalampg.pgtypes.column_parts import ColumnParts
from kalampg.pgtypes.instants import (
    DATE_INFINITY,
    EPOCH_2000_DAYS,
    EPOCH_2000_US,
    TIMESTAMP_INFINITY,
)
from kalampg.pgtypes.numeric_columns import binary_numerics
from kalampg.pgtypes.text_columns import normal_jsonb

BinaryColumn: TypeAlias = Callable[[pa.Array], ColumnParts | None]

_NIL_UUID: Final = "00000000-0000-0000-0000-000000000000"
_UUID_TEXT_BYTES: Final = len(_NIL_UUID)
_UUID_TEXTS: Final = re.compile(rb"(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})*")


def binary_column(column: pa.Array, oid: int) -> ColumnParts | None:
    """The values of a conformed column; None where only a loop over the rows knows them."""
    write = _BINARY_COLUMNS.get(oid)
    return None if write is None else write(column)


def _numbers(column: pa.Array) -> ColumnParts:
    return ColumnParts((big_endian(column),), width=column.type.bit_width // 8)


def _bools(column: pa.Array) -> ColumnParts:
    return ColumnParts((pc.if_else(column, binary(b"\1"), binary(b"\0")),), width=1)


def _bytes(column: pa.Array) -> ColumnParts:
    return ColumnParts((column.cast(pa.binary()),))


def _jsonbs(column: pa.Array) -> ColumnParts:
    return ColumnParts((b"\1", normal_jsonb(column).cast(pa.binary())))


def _dates(column: pa.Array) -> ColumnParts:
    return _numbers(_since_2000(column.view(pa.int32()), EPOCH_2000_DAYS, DATE_INFINITY))


def _timestamps(column: pa.Array) -> ColumnParts:
    return _numbers(_since_2000(column.view(pa.int64()), EPOCH_2000_US, TIMESTAMP_INFINITY))


def _since_2000(numbers: pa.Array, epoch: int, infinity: int) -> pa.Array:
    """Counted from 2000; infinities become the smallest and the largest integer."""
    kind = numbers.type
    shifted = pc.subtract(numbers, pa.scalar(epoch, kind))
    bounds = pc.min_max(numbers).as_py()
    if bounds["max"] == infinity:
        is_infinite = pc.equal(numbers, pa.scalar(infinity, kind))
        shifted = pc.if_else(is_infinite, pa.scalar(infinity, kind), shifted)
    if bounds["min"] == -infinity:
        is_infinite = pc.equal(numbers, pa.scalar(-infinity, kind))
        shifted = pc.if_else(is_infinite, pa.scalar(-infinity - 1, kind), shifted)
    return shifted


def _uuids(column: pa.Array) -> ColumnParts | None:
    if not pa.types.is_string(column.type):
        return ColumnParts((column.cast(pa.binary()),), width=16)
    filled = pc.fill_null(column, pa.scalar(_NIL_UUID, pa.string()))
    _, offsets_buffer, data = filled.buffers()
    offsets = memoryview(offsets_buffer).cast("i")
    start, end = offsets[filled.offset], offsets[filled.offset + len(filled)]
    texts = bytes(memoryview(data)[start:end]) if data is not None else b""
    if len(texts) != len(column) * _UUID_TEXT_BYTES or _UUID_TEXTS.fullmatch(texts) is None:
        return None
    values = bytes.fromhex(texts.replace(b"-", b"").decode("ascii"))
    packed = pa.Array.from_buffers(pa.binary(16), len(column), [None, pa.py_buffer(values)])
    return ColumnParts((packed.cast(pa.binary()),), width=16)


_BINARY_COLUMNS: Final[Mapping[int, BinaryColumn]] = MappingProxyType(
    {
        oids.BOOL: _bools,
        **dict.fromkeys(oids.INT_LIKE | oids.OID_LIKE, _numbers),
        oids.FLOAT4: _numbers,
        oids.FLOAT8: _numbers,
        oids.NUMERIC: binary_numerics,
        **dict.fromkeys(oids.TEXT_LIKE, _bytes),
        oids.JSON: _bytes,
        oids.JSONB: _jsonbs,
        oids.BYTEA: _bytes,
        oids.UUID: _uuids,
        oids.DATE: _dates,
        oids.TIME: lambda column: _numbers(column.view(pa.int64())),
        oids.TIMESTAMP: _timestamps,
        oids.TIMESTAMPTZ: _timestamps,
    }
)
