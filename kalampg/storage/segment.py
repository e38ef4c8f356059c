"""Segment: what the manifest knows about one immutable Parquet object of one scope. PURE.

The object itself is written and read by ``segments.py``.

Layout:
    MessagePack array of the fields, as in ``Segment``; numerics in statistics are extension type 1.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from kalampg import errors
from kalampg.ids import ColumnId, SegmentId
from kalampg.relation import Datum
from kalampg.storage import bloom

_NUMERIC_EXTENSION: Final = 1


class ColumnStatistics(msgspec.Struct, array_like=True, frozen=True):
    """Smallest and greatest value of a column that are not NULL; both None where not known."""

    minimum: Datum
    maximum: Datum
    nulls: int


class Segment(msgspec.Struct, array_like=True, frozen=True):
    """One segment. ``path`` is relative to the root of its storage; keys are without scope prefix.

    ``scales`` holds, by column id, the scale under which a numeric without typmod was written.
    ``crc32`` is that of the whole object. What has a default is None where an older version wrote
    the segment.
    """

    segment_id: SegmentId
    storage_id: str
    path: str
    rows: int
    size_bytes: int
    min_key: bytes
    max_key: bytes
    bloom: bytes
    schema_version: int
    statistics: dict[ColumnId, ColumnStatistics]
    scales: dict[ColumnId, int]
    min_seq: int
    max_seq: int
    created_at_us: int
    crc32: int | None = None
    min_updated_us: int | None = None
    max_updated_us: int | None = None

    def may_contain(self, key: bytes) -> bool:
        """Tell whether the segment may have a row with this key; False is certain."""
        return self.min_key <= key <= self.max_key and bloom.may_contain(self.bloom, key)

    def may_overlap(self, lower: bytes | None, upper: bytes | None) -> bool:
        """Tell whether some key may be in ``lower <= key < upper``."""
        return (lower is None or lower <= self.max_key) and (upper is None or self.min_key < upper)

    def may_match(self, column_id: ColumnId, operator: str, value: Datum) -> bool:
        """Tell whether some row may satisfy ``column <operator> value``; False is certain.

        ``operator`` is one of = < <= > >=. ``value`` is a datum of the column's type.
        """
        statistics = self.statistics.get(column_id)
        if statistics is None or statistics.minimum is None or value is None:
            return True  # not known, or written before the column was added
        minimum, maximum = statistics.minimum, statistics.maximum
        match operator:
            case "=":
                return bool(minimum <= value <= maximum)
            case "<":
                return bool(minimum < value)
            case "<=":
                return bool(minimum <= value)
            case ">":
                return bool(maximum > value)
            case ">=":
                return bool(maximum >= value)
            case _:
                return True


def _decode_extension(code: int, data: memoryview) -> object:
    assert code == _NUMERIC_EXTENSION
    return Decimal(bytes(data).decode())


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Segment, ext_hook=_decode_extension)


def encode_segment(segment: Segment) -> bytes:
    statistics = {
        column_id: ColumnStatistics(_packed(column.minimum), _packed(column.maximum), column.nulls)
        for column_id, column in segment.statistics.items()
    }
    return _encoder.encode(msgspec.structs.replace(segment, statistics=statistics))


def decode_segment(data: bytes) -> Segment:
    """Undo ``encode_segment``.

    Raises:
        DataCorrupted: XX001, not an encoded segment.
    """
    try:
        return _decoder.decode(data)
    except msgspec.DecodeError as failure:
        raise errors.DataCorrupted("an entry of the manifest cannot be read") from failure


def _packed(value: Datum) -> Datum:
    if isinstance(value, Decimal):
        return msgspec.msgpack.Ext(_NUMERIC_EXTENSION, str(value).encode())
    return value
