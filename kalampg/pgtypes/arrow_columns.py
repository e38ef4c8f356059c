"""Datums ↔ Arrow columns: which Arrow type stands for which PostgreSQL type.

Arrow type per PostgreSQL type: bool, int16/32/64, uint32 for OIDs, float32/64, decimal128(38, s),
string, binary, date32, time64[us], timestamp[us] (UTC for timestamptz), month_day_nano_interval,
arrow.uuid, string for json, list for arrays, int64 for enumerated types; rows are only read, of
structs with the fields in their order. Infinite dates and timestamps are the datums' own
integers, which are DuckDB's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa

from kalampg import errors
from kalampg.pgtypes import oids
from kalampg.pgtypes.conform import conform
from kalampg.pgtypes.enumerations import is_enumeration, key_of
from kalampg.pgtypes.json_text import parse_jsonb
from kalampg.pgtypes.numeric import canonical, parse_numeric
from kalampg.pgtypes.registry import format_type, numeric_typmod, type_of
from kalampg.pgtypes.row_types import RowType, row_type_of
from kalampg.pgtypes.shaped_arrays import ShapedArray, is_shaped
from kalampg.pgtypes.strings import parse_uuid
from kalampg.relation import Datum

_NUMERIC_DIGITS_MAX: Final = 38
_NANOSECONDS: Final = 1000
_INT64_MAX: Final = 2**63 - 1

_ARROW_TYPES: Final[Mapping[int, pa.DataType]] = MappingProxyType(
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
        oids.BYTEA: pa.binary(),
        oids.DATE: pa.date32(),
        oids.TIME: pa.time64("us"),
        oids.TIMESTAMP: pa.timestamp("us"),
        oids.TIMESTAMPTZ: pa.timestamp("us", tz="UTC"),
        oids.INTERVAL: pa.month_day_nano_interval(),
        oids.UUID: pa.uuid(),
        oids.JSON: pa.string(),
        oids.JSONB: pa.string(),
        oids.VOID: pa.null(),
    }
)
# Built from integers, then seen as what they are: Python's own dates do not reach that far.
_INTEGER_STORAGE: Final[Mapping[int, pa.DataType]] = MappingProxyType(
    {
        oids.DATE: pa.int32(),
        oids.TIME: pa.int64(),
        oids.TIMESTAMP: pa.int64(),
        oids.TIMESTAMPTZ: pa.int64(),
    }
)


def arrow_type(oid: int, typmod: int = -1, *, numeric_scale: int | None = None) -> pa.DataType:
    """The Arrow type of a column.

    A numeric's scale is its typmod's, else ``numeric_scale``, else 0.

    Raises:
        FeatureNotSupported: 0A000, values of that type are not kept in columns.
    """
    if oid == oids.NUMERIC:
        scale = numeric_typmod(typmod)[1] if typmod >= 0 else numeric_scale
        return pa.decimal128(_NUMERIC_DIGITS_MAX, scale or 0)
    found = _ARROW_TYPES.get(oid)
    if found is not None:
        return found
    if is_enumeration(oid):
        return pa.int64()
    element_oid = type_of(oid).element_oid
    if element_oid:
        return pa.list_(arrow_type(element_oid, typmod, numeric_scale=numeric_scale))
    raise errors.FeatureNotSupported(f"columns of type {format_type(oid)} are not supported")


def arrow_array(
    oid: int, datums: Sequence[Datum], numeric_scale: int | None = None, *, typmod: int = -1
) -> pa.Array:
    """A column of datums. A numeric's scale is that of the data where none is given.

    Raises:
        NumericValueOutOfRange: 22003, a numeric of more than 38 digits.
        FeatureNotSupported: 0A000, a numeric NaN or infinity.
    """
    if oid == oids.NUMERIC:
        scale = numeric_typmod(typmod)[1] if typmod >= 0 else numeric_scale
        return _numeric_array(datums, scale)
    storage = _INTEGER_STORAGE.get(oid)
    if storage is not None:
        return pa.array(datums, storage).view(arrow_type(oid))
    if oid == oids.UUID:
        return pa.ExtensionArray.from_storage(pa.uuid(), pa.array(datums, pa.binary(16)))
    if oid == oids.INTERVAL:
        return pa.array([_month_day_nano(each) for each in datums], arrow_type(oid))
    if oid in _ARROW_TYPES or is_enumeration(oid):
        return pa.array(datums, arrow_type(oid))
    return _list_array(type_of(oid).element_oid, datums, numeric_scale, typmod)


def _numeric_array(datums: Sequence[Decimal | None], scale: int | None) -> pa.Array:
    for each in datums:
        if each is not None and not each.is_finite():
            raise errors.FeatureNotSupported(
                f"numeric {each} is not supported in tables and queries over them",
                hint="Use double precision.",
            )
    if scale is None:
        scale = numeric_scale_of(datums)
    try:
        return pa.array(datums, pa.decimal128(_NUMERIC_DIGITS_MAX, scale))
    except pa.ArrowInvalid:
        raise errors.NumericValueOutOfRange(
            "numeric field overflow",
            detail=f"Numbers in tables have at most {_NUMERIC_DIGITS_MAX} digits, "
            f"of which {scale} are behind the point here.",
        ) from None


def numeric_scale_of(datums: Sequence[Decimal | None]) -> int:
    """The largest display scale there is."""
    scale = 0
    for each in datums:
        if each is not None:
            exponent = each.as_tuple().exponent
            if isinstance(exponent, int) and -exponent > scale:
                scale = -exponent
    return scale


def _month_day_nano(value: tuple[int, int, int] | None) -> tuple[int, int, int] | None:
    if value is None:
        return None
    months, days, microseconds = value
    if abs(microseconds) * _NANOSECONDS > _INT64_MAX:
        raise errors.IntervalFieldOverflow("interval out of range")
    return months, days, microseconds * _NANOSECONDS


def _list_array(
    element_oid: int, datums: Sequence[Datum], numeric_scale: int | None, typmod: int
) -> pa.Array:
    if not element_oid:
        raise errors.FeatureNotSupported("columns of composite types are not supported")
    flat: list[Datum] = []
    offsets = [0]
    for each in datums:
        if each is not None:
            flat += each
        offsets.append(len(flat))
    values = arrow_array(element_oid, flat, numeric_scale, typmod=typmod)
    mask = pa.array([each is None for each in datums], pa.bool_())
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values, mask=mask)


def datums_from_arrow(oid: int, column: pa.Array | pa.ChunkedArray) -> list[Datum]:
    """The datums of a column, whose Arrow type may be any that ``conform`` understands."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if is_shaped(oid):
        return _shaped(type_of(oid).element_oid, column)
    element_oid = type_of(oid).element_oid
    if element_oid and _is_list(column):
        return _lists(element_oid, column)
    row_type = row_type_of(oid)
    if row_type is not None and pa.types.is_struct(column.type):
        return _rows(row_type, column)
    column = conform(column, oid)
    if is_enumeration(oid):
        return _mapped(
            column, lambda value: key_of(oid, value) if isinstance(value, str) else value
        )
    reader = _reader(oid, column.type)
    return column.to_pylist() if reader is None else reader(column)


def _is_list(column: pa.Array) -> bool:
    return bool(pa.types.is_list(column.type) or pa.types.is_large_list(column.type))


def _lists(element_oid: int, column: pa.Array) -> list[Datum]:
    """The elements are converted as one column, then cut."""
    values = datums_from_arrow(element_oid, column.values)
    offsets = column.offsets.to_pylist()
    bounds = zip(offsets, offsets[1:], column.is_valid().to_pylist(), strict=False)
    return [values[start:end] if is_valid else None for start, end, is_valid in bounds]


def _shaped(element_oid: int, column: pa.Array) -> list[Datum]:
    """Structs of elements, number of dimensions, their sizes and their first subscripts."""
    elements = datums_from_arrow(type_of(element_oid).array_oid, column.field(0))
    sizes, lowers = column.field(2).to_pylist(), column.field(3).to_pylist()
    return [
        ShapedArray(own, tuple(size), tuple(lower)) if is_valid else None
        for own, size, lower, is_valid in zip(
            elements, sizes, lowers, column.is_valid().to_pylist(), strict=True
        )
    ]


def _rows(row_type: RowType, column: pa.Array) -> list[Datum]:
    """The fields are converted as columns, then put together."""
    fields = [
        datums_from_arrow(field.type_oid, column.field(place))
        for place, field in enumerate(row_type.fields)
    ]
    rows = list(zip(*fields, strict=True)) if fields else [()] * len(column)
    return [
        row if is_valid else None
        for row, is_valid in zip(rows, column.is_valid().to_pylist(), strict=True)
    ]


@cache
def _reader(oid: int, physical: pa.DataType) -> Callable[[pa.Array], list[Datum]] | None:
    """How datums are taken from a column; None where they are its Python values."""
    storage = _INTEGER_STORAGE.get(oid)
    if storage is not None:
        return lambda column: column.view(storage).to_pylist()
    if oid == oids.INTERVAL:
        return lambda column: _mapped(column, _interval)
    if oid == oids.JSONB:
        return lambda column: _mapped(column, parse_jsonb)
    if oid == oids.UUID and pa.types.is_string(physical):
        return lambda column: _mapped(column, parse_uuid)
    if oid == oids.NUMERIC:
        return lambda column: _mapped(
            column, parse_numeric if pa.types.is_string(physical) else canonical
        )
    return None


def _mapped(column: pa.Array, convert: Callable[[Any], Datum]) -> list[Datum]:
    return [None if each is None else convert(each) for each in column.to_pylist()]


def _interval(value: pa.MonthDayNano) -> tuple[int, int, int]:
    months, days, nanoseconds = value
    return months, days, nanoseconds // _NANOSECONDS
