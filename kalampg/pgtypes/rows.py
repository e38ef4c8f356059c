"""One row → one DataRow message, through a closure per column.

Wire:
    'D', length int32, column count int16, then per column length int32 (-1: NULL) and value.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from kalampg import errors
from kalampg.pgtypes import oids
from kalampg.pgtypes.codecs import codec_of, formatter_of
from kalampg.pgtypes.settings import OutputSettings
from kalampg.relation import Datum

FieldEncoder: TypeAlias = Callable[[Any], bytes]
RowEncoder: TypeAlias = Callable[[Sequence[Datum]], bytes]

TEXT_FORMAT: Final = 0
BINARY_FORMAT: Final = 1

_NULL: Final = b"\xff\xff\xff\xff"
_FIXED_BINARY: Final = {
    oids.INT2: struct.Struct("!ih"),
    oids.INT4: struct.Struct("!ii"),
    oids.INT8: struct.Struct("!iq"),
    oids.OID: struct.Struct("!iI"),
    oids.FLOAT8: struct.Struct("!id"),
}
# Lengths of short values as they are sent: a look-up is quicker than packing.
_SHORT_LENGTHS: Final = tuple(length.to_bytes(4) for length in range(1024))
_HEADER: Final = struct.Struct("!ciH")


def row_encoder(
    columns: Sequence[int], formats: Sequence[int], settings: OutputSettings
) -> RowEncoder:
    """A function from a row's datums to its DataRow message.

    ``columns`` are type OIDs; ``formats`` has one code per column.
    """
    fields = [
        field_encoder(oid, code, settings) for oid, code in zip(columns, formats, strict=True)
    ]
    count = len(fields)
    pack_header = _HEADER.pack
    null = _NULL

    if count == 1:
        field = fields[0]

        def encode_one(row: Sequence[Datum]) -> bytes:
            value = row[0]
            body = null if value is None else field(value)
            return pack_header(b"D", len(body) + 6, 1) + body

        return encode_one

    def encode(row: Sequence[Datum]) -> bytes:
        body = b"".join(
            [
                null if value is None else field(value)
                for field, value in zip(fields, row, strict=True)
            ]
        )
        return pack_header(b"D", len(body) + 6, count) + body

    return encode


def field_encoder(oid: int, format_code: int, settings: OutputSettings) -> FieldEncoder:
    """A function from a datum that is not NULL to its length and value.

    Raises:
        InvalidParameterValue: 22023, no such format code.
    """
    if format_code == TEXT_FORMAT:
        return _text_field(oid, settings)
    if format_code == BINARY_FORMAT:
        return _binary_field(oid)
    raise errors.InvalidParameterValue(f"unsupported format code: {format_code}")


def _text_field(oid: int, settings: OutputSettings) -> FieldEncoder:
    lengths = _SHORT_LENGTHS
    if oid in oids.INT_LIKE or oid in oids.OID_LIKE:

        def integer_field(value: int) -> bytes:
            text = b"%d" % value
            return lengths[len(text)] + text

        return integer_field
    if oid == oids.BOOL:
        return lambda value: b"\0\0\0\x01t" if value else b"\0\0\0\x01f"
    if oid in oids.TEXT_LIKE or oid == oids.JSON or oid == oids.JSONB:
        return _string_field
    format_value = formatter_of(oid, settings)
    return lambda value: _string_field(format_value(value))


def _string_field(value: str) -> bytes:
    encoded = value.encode()
    length = len(encoded)
    if length < 1024:
        return _SHORT_LENGTHS[length] + encoded
    return length.to_bytes(4) + encoded


def _binary_field(oid: int) -> FieldEncoder:
    fixed = _FIXED_BINARY.get(oid)
    if fixed is not None:
        return _fixed_field(oid, fixed)
    if oid in oids.TEXT_LIKE or oid == oids.JSON:
        return _string_field
    if oid == oids.BOOL:
        return lambda value: b"\0\0\0\x01\x01" if value else b"\0\0\0\x01\0"
    send = codec_of(oid).send

    def field(value: Datum) -> bytes:
        sent = send(value)
        return len(sent).to_bytes(4) + sent

    return field


def _fixed_field(oid: int, layout: struct.Struct) -> FieldEncoder:
    pack = layout.pack
    size = layout.size - 4
    send = codec_of(oid).send

    def field(value: Datum) -> bytes:
        try:
            return pack(size, value)
        except struct.error:
            return pack(size, 0)[:4] + send(value)  # Which raises the type's own error.

    return field
