"""Segment columns: datums as the Arrow arrays that Parquet objects hold, and back. PURE.

This is the format on disk. It may differ from how the engine shows hot rows to DuckDB: here every
datum must come back exactly, there it must compute fast.

Layout:
    An interval is struct<months, days, microseconds>: Arrow's own interval counts nanoseconds and
    cannot hold PostgreSQL's range. A uuid is Parquet's UUID. A numeric without typmod is
    decimal128(38, S), S the greatest scale in the segment; where values have smaller scales
    ("1.5" beside "2.25"), a companion column of int16 keeps them. json and jsonb are strings.
    Infinite dates and timestamps are the numbers that DuckDB, too, reads as infinite.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal
from typing import Final

import pyarrow as pa

from kalampg import errors
from kalampg.pgtypes import oids
from kalampg.pgtypes.enumerations import is_enumeration
from kalampg.pgtypes.registry import numeric_typmod, type_of
from kalampg.relation import Column, Datum

NUMERIC_DIGITS_MAX: Final = 38
_INTERVAL: Final = pa.struct(
    [("months", pa.int32()), ("days", pa.int32()), ("microseconds", pa.int64())]
)
_UUID: Final = pa.uuid()
_UUID_STORAGE: Final = pa.binary(16)
# Wide enough for any quantize of a decimal128.
_WIDE: Final = Context(prec=2 * NUMERIC_DIGITS_MAX)
_STRING_OIDS: Final = (
    oids.TEXT,
    oids.VARCHAR,
    oids.BPCHAR,
    oids.NAME,
    oids.CHAR,
    oids.JSON,
    oids.JSONB,
)
_ARROW_TYPES: Final[dict[int, pa.DataType]] = {
    oids.BOOL: pa.bool_(),
    oids.INT2: pa.int16(),
    oids.INT4: pa.int32(),
    oids.INT8: pa.int64(),
    oids.TIMETZ: pa.int64(),
    oids.OID: pa.uint32(),
    oids.FLOAT4: pa.float32(),
    oids.FLOAT8: pa.float64(),
    oids.BYTEA: pa.binary(),
    oids.DATE: pa.date32(),
    oids.TIME: pa.time64("us"),
    oids.TIMESTAMP: pa.timestamp("us"),
    oids.TIMESTAMPTZ: pa.timestamp("us", tz="UTC"),
    oids.INTERVAL: _INTERVAL,
    oids.UUID: _UUID,
    **dict.fromkeys(_STRING_OIDS, pa.string()),
}
# Types whose datum is the integer inside the Arrow value.
_INTEGER_VIEWS: Final[dict[int, pa.DataType]] = {
    oids.DATE: pa.int32(),
    oids.TIME: pa.int64(),
    oids.TIMESTAMP: pa.int64(),
    oids.TIMESTAMPTZ: pa.int64(),
}


def column_type(type_oid: int, scale: int = 0) -> pa.DataType:
    """Return the type that a column of PostgreSQL's ``type_oid`` has in a segment.

    Raises:
        FeatureNotSupported: 0A000, no table can have a column of this type.
    """
    if type_oid == oids.NUMERIC:
        return pa.decimal128(NUMERIC_DIGITS_MAX, scale)
    arrow_type = _ARROW_TYPES.get(type_oid)
    if arrow_type is not None:
        return arrow_type
    if is_enumeration(type_oid):
        return pa.int64()
    element_oid = type_of(type_oid).element_oid
    if not element_oid:
        raise errors.FeatureNotSupported(
            f'columns of type "{type_of(type_oid).name}" cannot be stored'
        )
    return pa.list_(column_type(element_oid, scale))


def is_numeric(type_oid: int) -> bool:
    """Tell whether values of the type are numerics, alone or in an array."""
    return type_oid == oids.NUMERIC or type_of(type_oid).element_oid == oids.NUMERIC


def declared_scale(column: Column) -> int | None:
    """Return the scale of a numeric column that its typmod fixes; None if it has none."""
    if column.typmod < 0:
        return None
    return max(0, numeric_typmod(column.typmod)[1])


def display_scales(type_oid: int, datums: Sequence[Datum]) -> list[Datum]:
    """Return how many fractional digits each numeric was written with."""
    if type_oid == oids.NUMERIC:
        return [None if datum is None else _scale(datum) for datum in datums]
    return [None if datum is None else display_scales(oids.NUMERIC, datum) for datum in datums]


def greatest_scale(scales: Iterable[Datum]) -> int:
    """Return the greatest of ``display_scales``; 0 where there is none."""
    greatest = 0
    for scale in scales:
        if isinstance(scale, list):
            greatest = max(greatest, greatest_scale(scale))
        elif scale is not None:
            greatest = max(greatest, scale)
    return greatest


def restore_scales(type_oid: int, datums: Sequence[Datum], scales: Sequence[Datum]) -> list[Datum]:
    """Undo the common scale: give each numeric the fractional digits it was written with."""
    if type_oid == oids.NUMERIC:
        return [
            datum if datum is None else datum.quantize(Decimal((0, (1,), -scale)), context=_WIDE)
            for datum, scale in zip(datums, scales, strict=True)
        ]
    return [
        datum if datum is None else restore_scales(oids.NUMERIC, datum, inner)
        for datum, inner in zip(datums, scales, strict=True)
    ]


def to_array(type_oid: int, datums: Sequence[Datum], scale: int = 0) -> pa.Array:
    """Return the datums as a column of a segment.

    Raises:
        NumericValueOutOfRange: 22003, a numeric needs more than 38 digits at ``scale``.
    """
    element_oid = type_of(type_oid).element_oid
    if element_oid:
        return _to_list_array(element_oid, datums, scale)
    if type_oid == oids.NUMERIC:
        return _to_decimal_array(datums, scale)
    if type_oid == oids.UUID:
        storage = pa.array(datums, _UUID_STORAGE)
        return pa.ExtensionArray.from_storage(_UUID, storage)
    if type_oid == oids.INTERVAL:
        return _to_interval_array(datums)
    if type_oid in _INTEGER_VIEWS:
        return pa.array(datums, _INTEGER_VIEWS[type_oid]).view(column_type(type_oid))
    return pa.array(datums, column_type(type_oid))


def from_array(type_oid: int, array: pa.Array) -> list[Datum]:
    """Undo ``to_array``."""
    element_oid = type_of(type_oid).element_oid
    if element_oid:
        elements = from_array(element_oid, array.flatten())
        return _split(elements, array.value_lengths().to_pylist())
    if type_oid == oids.UUID:
        return _list(array.storage if isinstance(array, pa.ExtensionArray) else array)
    if type_oid == oids.INTERVAL:
        return _from_interval_array(array)
    if type_oid in _INTEGER_VIEWS:
        return _list(array.view(_INTEGER_VIEWS[type_oid]))
    return _list(array)


def _list(array: pa.Array) -> list[Datum]:
    datums: list[Datum] = array.to_pylist()
    return datums


def _scale(datum: Decimal) -> int:
    exponent = datum.as_tuple().exponent
    assert isinstance(exponent, int), "NaN and infinite numerics are refused before they get here"
    return max(0, -exponent)


def _to_decimal_array(datums: Sequence[Datum], scale: int) -> pa.Array:
    try:
        return pa.array(datums, pa.decimal128(NUMERIC_DIGITS_MAX, scale))
    except (pa.ArrowInvalid, pa.ArrowTypeError) as failure:
        raise errors.NumericValueOutOfRange(
            "numeric field overflow",
            detail=f"A flushed numeric holds {NUMERIC_DIGITS_MAX} digits, "
            f"{scale} of them fractional because other rows have that many.",
            hint="Declare the column with a precision and scale.",
        ) from failure


def _to_interval_array(datums: Sequence[Datum]) -> pa.Array:
    fields = [
        pa.array([0 if datum is None else datum[place] for datum in datums], field.type)
        for place, field in enumerate(_INTERVAL)
    ]
    mask = pa.array([datum is None for datum in datums], pa.bool_())
    return pa.StructArray.from_arrays(fields, fields=list(_INTERVAL), mask=mask)


def _from_interval_array(array: pa.Array) -> list[Datum]:
    fields = [array.field(place).to_pylist() for place in range(3)]
    return [
        interval if is_valid else None
        for interval, is_valid in zip(
            zip(*fields, strict=True), array.is_valid().to_pylist(), strict=True
        )
    ]


def _to_list_array(element_oid: int, datums: Sequence[Datum], scale: int) -> pa.Array:
    elements: list[Datum] = []
    offsets: list[int | None] = []
    for datum in datums:
        # Arrow reads a NULL offset as a NULL list.
        offsets.append(None if datum is None else len(elements))
        if datum is not None:
            elements.extend(datum)
    offsets.append(len(elements))
    values = to_array(element_oid, elements, scale)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)


def _split(elements: list[Datum], lengths: Sequence[int | None]) -> list[Datum]:
    lists: list[Datum] = []
    start = 0
    for length in lengths:
        if length is None:
            lists.append(None)
        else:
            lists.append(elements[start : start + length])
            start += length
    return lists
