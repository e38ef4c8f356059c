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

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeAlias

from kalampg.constraint import EXPRESSION, ForeignKey, Index, RowExpression
from kalampg.ids import Oid
from kalampg.relation import Datum, Relation
from kalampg.storage.keys import key_encoder, prefix_end

INDEX_ID_BYTES: Final = 4
_VALUE: Final = b"\x01"
_NULL: Final = b"\x02"

# A value that others are above or below, and whether they may be equal to it.
Edge: TypeAlias = tuple[Datum, bool]


# Computes an expression of a row's values.
RowFunction: TypeAlias = Callable[[Sequence[Datum]], Datum]
CompileFunction: TypeAlias = Callable[[Relation, RowExpression], RowFunction]


class IndexEntry(NamedTuple):
    """The key of a row's entry, without its scope.

    ``claim`` is what it has of the values that no second row may have; None: others may. A
    deferrable constraint lets others have them for a while, and then the row's key stands behind.
    """

    key: bytes
    claim: bytes | None

    @property
    def is_exclusive(self) -> bool:
        """Whether no other row can have the entry itself."""
        return self.key == self.claim


class IndexKeys:
    """Makes the entries of one index for rows of one version of its table.

    ``positions`` are the indexed columns' among the row's values; -1 stands for the next of
    ``functions``. Rows of which ``admits`` is not true have no entry.
    """

    __slots__ = (
        "_admits",
        "_encoders",
        "_functions",
        "is_deferrable",
        "is_unique",
        "nulls_not_distinct",
        "oid",
        "positions",
        "prefix",
        "type_oids",
    )

    def __init__(
        self,
        oid: Oid,
        positions: Sequence[int],
        type_oids: Sequence[int],
        *,
        is_unique: bool = False,
        nulls_not_distinct: bool = False,
        is_deferrable: bool = False,
        functions: Sequence[RowFunction] = (),
        admits: RowFunction | None = None,
    ) -> None:
        self.oid = oid
        self.prefix = index_prefix(oid)
        self.positions = tuple(positions)
        self.is_unique = is_unique
        self.nulls_not_distinct = nulls_not_distinct
        self.is_deferrable = is_deferrable
        self.type_oids = tuple(type_oids)
        self._encoders = tuple(key_encoder((type_oid,)) for type_oid in type_oids)
        self._functions = tuple(functions)
        self._admits = admits

    def values_of(self, row: Sequence[Datum]) -> list[Datum]:
        if not self._functions:
            return [row[position] for position in self.positions]
        functions = iter(self._functions)
        return [
            next(functions)(row) if position < 0 else row[position] for position in self.positions
        ]

    def entry(self, row: Sequence[Datum], row_key: bytes) -> IndexEntry | None:
        """A row's entry; None: the index leaves the row out."""
        if self._admits is not None and self._admits(row) is not True:
            return None
        values = self.values_of(row)
        key = self.prefix_of(values)
        if self.is_unique and (self.nulls_not_distinct or None not in values):
            return IndexEntry(key + row_key if self.is_deferrable else key, key)
        return IndexEntry(key + row_key, None)

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


def refuse_functions(relation: Relation, expression: RowExpression) -> RowFunction:
    """For indexes that have none."""
    raise AssertionError(f"nobody computes {expression.text} of {relation.qualified_name}")


def entry_keys(relation: Relation, compile_function: CompileFunction) -> list[IndexKeys]:
    """All entries that a row of this version of the table has."""
    foreign = (one for one in relation.constraints if isinstance(one, ForeignKey))
    return [
        *(index_keys(relation, index, compile_function) for index in relation.indexes),
        *(reference_keys(relation, key) for key in foreign),
    ]


def index_keys(
    relation: Relation, index: Index, compile_function: CompileFunction = refuse_functions
) -> IndexKeys:
    """The entries of an index for rows of this version of its table."""
    computed = iter(index.expressions)
    positions, type_oids = [], []
    for column in index.columns:
        position = -1 if column == EXPRESSION else relation.position_of_id(column)
        positions.append(position)
        type_oids.append(
            next(computed).type_oid if position < 0 else relation.columns[position].type_oid
        )
    predicate = index.predicate
    return IndexKeys(
        index.oid,
        positions,
        type_oids,
        is_unique=index.is_unique,
        nulls_not_distinct=index.nulls_not_distinct,
        is_deferrable=index.is_deferrable,
        functions=[compile_function(relation, one) for one in index.expressions],
        admits=None if predicate is None else compile_function(relation, predicate),
    )


def reference_keys(relation: Relation, key: ForeignKey) -> IndexKeys:
    """The entries that find the rows which refer to given values."""
    positions = [relation.position_of_id(column) for column in key.columns]
    return IndexKeys(
        key.oid, positions, [relation.columns[position].type_oid for position in positions]
    )
