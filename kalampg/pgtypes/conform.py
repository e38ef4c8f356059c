"""Arrow columns as DuckDB gives them → the Arrow type that a PostgreSQL type is encoded from.

DuckDB's sums are decimal128(38, 0), its counts int64, its enums dictionaries: what the PostgreSQL
type asked for can hold is converted, what it cannot is 22003. A numeric stays any decimal, or its
text; a uuid stays 16 bytes or its text.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from kalampg import errors
from kalampg.pgtypes import oids
from kalampg.pgtypes.registry import format_type

_TARGETS: Final[Mapping[int, pa.DataType]] = MappingProxyType(
    {
        oids.BOOL: pa.bool_(),
        oids.INT2: pa.int16(),
        oids.INT4: pa.int32(),
        oids.INT8: pa.int64(),
        oids.TIMETZ: pa.int64(),
        **dict.fromkeys(oids.OID_LIKE, pa.uint32()),
        oids.FLOAT4: pa.float32(),
        oids.FLOAT8: pa.float64(),
        **dict.fromkeys(oids.TEXT_LIKE, pa.string()),
        oids.CHAR: pa.string(),
        oids.JSON: pa.string(),
        oids.JSONB: pa.string(),
        oids.BYTEA: pa.binary(),
        oids.DATE: pa.date32(),
        oids.TIME: pa.time64("us"),
        oids.TIMESTAMP: pa.timestamp("us"),
        oids.TIMESTAMPTZ: pa.timestamp("us", tz="UTC"),
        oids.INTERVAL: pa.month_day_nano_interval(),
        oids.NUMERIC: pa.decimal128(38, 0),
        oids.UUID: pa.string(),
        oids.VOID: pa.string(),
        oids.RECORD: pa.string(),
    }
)


def conform(column: pa.Array, oid: int) -> pa.Array:
    """The column in the type that values of ``oid`` are encoded from.

    Raises:
        NumericValueOutOfRange: 22003, a value does not fit.
        InternalError: XX000, the query gave another kind of column than was planned.
    """
    target = _TARGETS.get(oid)
    source = column.type
    if target is None or source.equals(target):
        return column
    if isinstance(column, pa.ExtensionArray):
        return conform(column.storage, oid)
    if pa.types.is_dictionary(source):
        return conform(column.dictionary_decode(), oid)
    if pa.types.is_null(source):
        return column.cast(target)
    if oid == oids.NUMERIC:
        return _as_numeric(column)
    if oid == oids.UUID and (pa.types.is_fixed_size_binary(source) and source.byte_width == 16):
        return column
    if pa.types.is_temporal(target):
        return _as_temporal(column, target, oid)
    return _cast(_whole(column, target), target, oid)


def _as_numeric(column: pa.Array) -> pa.Array:
    source = column.type
    if pa.types.is_decimal(source) or pa.types.is_string(source):
        return column
    if pa.types.is_integer(source):
        return column.cast(pa.decimal128(20, 0))
    if pa.types.is_floating(source):
        return column.cast(pa.string())
    return _cast(column, pa.string(), oids.NUMERIC)


def _as_temporal(column: pa.Array, target: pa.DataType, oid: int) -> pa.Array:
    """A coarser unit is cut, as DuckDB cuts nanoseconds; only times become times."""
    if not pa.types.is_temporal(column.type):
        raise _unexpected(column, oid)
    if pa.types.is_timestamp(column.type) and pa.types.is_timestamp(target):
        return column.cast(pa.timestamp("us", tz=column.type.tz), safe=False).view(target)
    return column.cast(target, safe=False)


def _whole(column: pa.Array, target: pa.DataType) -> pa.Array:
    """Numbers that become integers are rounded half away from zero first."""
    source = column.type
    if pa.types.is_integer(target) and pa.types.is_decimal(source) and source.scale > 0:
        return pc.round(column, 0, "half_towards_infinity")
    return column


def _cast(column: pa.Array, target: pa.DataType, oid: int) -> pa.Array:
    if not _is_same_kind(column.type, target):
        raise _unexpected(column, oid)
    try:
        return column.cast(target)
    except pa.ArrowInvalid:
        raise errors.NumericValueOutOfRange(f"{format_type(oid)} out of range") from None


def _is_same_kind(source: pa.DataType, target: pa.DataType) -> bool:
    if _is_number(source):
        return _is_number(target) or pa.types.is_string(target)
    return _is_bytes(source) and _is_bytes(target)


def _is_number(data_type: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(data_type)
        or pa.types.is_floating(data_type)
        or pa.types.is_decimal(data_type)
    )


def _is_bytes(data_type: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(data_type)
        or pa.types.is_binary(data_type)
        or pa.types.is_large_string(data_type)
        or pa.types.is_large_binary(data_type)
        or pa.types.is_string_view(data_type)
        or pa.types.is_binary_view(data_type)
        or pa.types.is_fixed_size_binary(data_type)
    )


def _unexpected(column: pa.Array, oid: int) -> errors.PgError:
    return errors.InternalError(f"a column of {column.type} cannot become {format_type(oid)}")
