"""Row values: a row version as bytes and back, across versions of its table's definition. PURE.

Layout:
    MessagePack array: schema version, ``_seq``, ``_updated`` (microseconds), ``_deleted``, values.
    The values are in the column order of that schema version; ``Relation.layouts`` says which
    column ids that is. Numerics travel as their text, intervals as arrays of three.

Invariants:
    - decode(encode(values)) == values, to the last trailing zero of a numeric.
    - Rows are read under the relation's current columns: a column that the row's version did not
      have yet reads as ``Column.missing``, one that was dropped since vanishes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final, TypeAlias

import msgspec

from kalampg import errors
from kalampg.relation import Datum, Relation

Conversion: TypeAlias = Callable[[Datum], Datum]

# One codec for each relation version in use; far more than a catalog has live at a time.
_CODECS_MAX: Final = 4096


class StoredRow(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One row version, decoded. ``values`` are in the order of ``Relation.columns``."""

    schema_version: int
    seq: int
    updated_us: int
    deleted: bool
    values: list[Datum]


class RowHeader(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The system columns of a row, without its values."""

    schema_version: int
    seq: int
    updated_us: int
    deleted: bool


_encode: Final = msgspec.msgpack.Encoder().encode
_decode_row: Final = msgspec.msgpack.Decoder(StoredRow).decode
_decode_header: Final = msgspec.msgpack.Decoder(RowHeader).decode


def decode_header(data: bytes) -> RowHeader:
    """Read the system columns only; the values are skipped, not decoded."""
    return _decode_header(data)


class RowCodec:
    """Encodes rows under one version of a relation and decodes rows of every version into it."""

    def __init__(self, relation: Relation) -> None:
        self._relation = relation
        self._version = relation.schema_version
        # Plain types come out of MessagePack as they went in; only these need a second look.
        self._conversions = [
            (position, conversion)
            for position, column in enumerate(relation.columns)
            if (conversion := _CONVERSIONS.get(column.type_oid)) is not None
        ]
        self._is_plain = not self._conversions
        self._sources: dict[int, list[int | None]] = {}

    @classmethod
    def for_relation(cls, relation: Relation) -> RowCodec:
        """Return the codec of this version of the relation; the same one every time."""
        # By identity: a relation holds mappings and defaults that cannot be hashed.
        known = _codecs.get(id(relation))
        if known is not None and known[0] is relation:
            return known[1]
        if len(_codecs) >= _CODECS_MAX:
            _codecs.clear()
        codec = cls(relation)
        _codecs[id(relation)] = (relation, codec)
        return codec

    def encode(self, seq: int, updated_us: int, deleted: bool, values: Sequence[Datum]) -> bytes:
        """Encode a row whose values are in the order of the relation's columns."""
        return _encode((self._version, seq, updated_us, deleted, values))

    def decode(self, data: bytes) -> StoredRow:
        """Decode a row of any schema version that the relation knows.

        Raises:
            DataCorrupted: XX001, not a row, or of a schema version that the relation lacks.
        """
        try:
            row = _decode_row(data)
        except msgspec.DecodeError as failure:
            raise errors.DataCorrupted(
                f'a stored row of relation "{self._relation.qualified_name}" cannot be read'
            ) from failure
        if self._is_plain and row.schema_version == self._version:
            return row
        return self._resolve(row)

    def _resolve(self, row: StoredRow) -> StoredRow:
        values = row.values
        if row.schema_version != self._version:
            sources = self._sources_of(row.schema_version)
            values = [
                column.missing if source is None else values[source]
                for column, source in zip(self._relation.columns, sources, strict=True)
            ]
        for position, conversion in self._conversions:
            if values[position] is not None:
                values[position] = conversion(values[position])
        return StoredRow(row.schema_version, row.seq, row.updated_us, row.deleted, values)

    def _sources_of(self, schema_version: int) -> list[int | None]:
        """For each current column, where rows of ``schema_version`` have it."""
        sources = self._sources.get(schema_version)
        if sources is None:
            layout = self._relation.layouts.get(schema_version)
            if layout is None:
                raise errors.DataCorrupted(
                    f"schema version {schema_version} of relation "
                    f'"{self._relation.qualified_name}" is not known'
                )
            places = {column_id: place for place, column_id in enumerate(layout)}
            sources = [places.get(column.column_id) for column in self._relation.columns]
            self._sources[schema_version] = sources
        return sources


_codecs: Final[dict[int, tuple[Relation, RowCodec]]] = {}


# Both also take what ``Column.missing`` holds, a datum, and give it back unchanged.
def _numeric(value: Datum) -> Datum:
    return Decimal(value)


def _interval(value: Datum) -> Datum:
    return tuple(value)


def _array_of(conversion: Conversion) -> Conversion:
    def convert(value: Datum) -> Datum:
        return [None if element is None else conversion(element) for element in value]

    return convert


# OID -> what MessagePack's value needs to become the datum: numeric, interval and their arrays.
_CONVERSIONS: Final[dict[int, Conversion]] = {
    1700: _numeric,
    1231: _array_of(_numeric),
    1186: _interval,
    1187: _array_of(_interval),
}
