"""Keys of the ``unique`` family: from the values of a row to the entry that leads to it. PURE.

All indexes have entries: unique ones, others, and the ones that find the referring rows of a
foreign key.

Layout:
    table id, user id (as in ``keys``) | index id (4 bytes, big endian) | values | row key.
    A value is 01 and its key encoding, or 02 for NULL, so that NULLs sort last. The row key is
    missing where the index says that no second row may have the values; the entry's value is the
    row key in any case.

Invariants:
    - All entries of a scope are one range, and in it those of each index.
    - Entries sort as the values do, ascending.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from kalampg.constraint import ForeignKey, Index
from kalampg.ids import Oid
from kalampg.relation import Datum, Relation
from kalampg.storage.keys import key_encoder, prefix_end

INDEX_ID_BYTES: Final = 4
_VALUE: Final = b"\x01"
_NULL: Final = b"\x02"

# A value that others are above or below, and whether they may be equal to it.
Edge: TypeAlias = tuple[Datum, bool]


class IndexKeys:
    """Makes the entries of one index for rows of one version of its table.

    ``positions`` are the indexed columns' among the row's values.
    """

    __slots__ = ("_encoders", "is_unique", "nulls_not_distinct", "oid", "positions", "prefix")

    def __init__(
        self,
        oid: Oid,
        positions: Sequence[int],
        type_oids: Sequence[int],
        *,
        is_unique: bool = False,
        nulls_not_distinct: bool = False,
    ) -> None:
        self.oid = oid
        self.prefix = index_prefix(oid)
        self.positions = tuple(positions)
        self.is_unique = is_unique
        self.nulls_not_distinct = nulls_not_distinct
        self._encoders = tuple(key_encoder((type_oid,)) for type_oid in type_oids)

    def values_of(self, row: Sequence[Datum]) -> list[Datum]:
        return [row[position] for position in self.positions]

    def is_exclusive(self, values: Sequence[Datum]) -> bool:
        """Whether only one row may have these values."""
        return self.is_unique and (self.nulls_not_distinct or None not in values)

    def entry(self, row: Sequence[Datum], row_key: bytes) -> bytes:
        """The key of a row's entry, without its scope."""
        values = self.values_of(row)
        key = self.prefix_of(values)
        return key if self.is_exclusive(values) else key + row_key

    def prefix_of(self, values: Sequence[Datum]) -> bytes:
        """What the entries of all rows begin with that have these values in the first columns."""
        parts = [self.prefix]
        for encode, value in zip(self._encoders, values, strict=False):
            parts.append(_NULL if value is None else _VALUE + encode((value,)))
        return b"".join(parts)

    def span(
        self, values: Sequence[Datum], lower: Edge | None, upper: Edge | None
    ) -> tuple[bytes, bytes | None]:
        """Where entries begin and end that have these first values, and the next within the edges.

        Raises:
            OverflowError: a value that its column cannot hold.
        """
        head = self.prefix_of(values)
        if lower is None and upper is None:
            return head, prefix_end(head)
        encode = self._encoders[len(values)]
        # NULL is neither above nor below anything.
        start: bytes | None = head + _VALUE
        end: bytes | None = head + _NULL
        if lower is not None:
            value, is_inclusive = lower
            edge = head + _VALUE + encode((value,))
            start = edge if is_inclusive else prefix_end(edge)
        if upper is not None:
            value, is_inclusive = upper
            edge = head + _VALUE + encode((value,))
            end = prefix_end(edge) if is_inclusive else edge
        assert start is not None, "an index's number does not consist of FF"
        return start, end


def index_prefix(oid: int) -> bytes:
    """What the entries of an index begin with, inside a scope."""
    return oid.to_bytes(INDEX_ID_BYTES)


def index_of(entry_key: bytes) -> Oid:
    """The index that an entry, without its scope, belongs to."""
    return Oid(int.from_bytes(entry_key[:INDEX_ID_BYTES]))


def entry_keys(relation: Relation) -> list[IndexKeys]:
    """All entries that a row of this version of the table has."""
    foreign = (one for one in relation.constraints if isinstance(one, ForeignKey))
    return [
        *(index_keys(relation, index) for index in relation.indexes),
        *(reference_keys(relation, key) for key in foreign),
    ]


def index_keys(relation: Relation, index: Index) -> IndexKeys:
    """The entries of an index for rows of this version of its table."""
    positions = [relation.position_of_id(column) for column in index.columns]
    return IndexKeys(
        index.oid,
        positions,
        [relation.columns[position].type_oid for position in positions],
        is_unique=index.is_unique,
        nulls_not_distinct=index.nulls_not_distinct,
    )


def reference_keys(relation: Relation, key: ForeignKey) -> IndexKeys:
    """The entries that find the rows which refer to given values."""
    positions = [relation.position_of_id(column) for column in key.columns]
    return IndexKeys(
        key.oid, positions, [relation.columns[position].type_oid for position in positions]
    )
