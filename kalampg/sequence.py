"""Sequence: the definition of one sequence that all layers share.

What a sequence *is*; which ones exist is the catalog's business, what they have given out is the
storage's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kalampg.ids import ColumnId, Oid, TableId
from kalampg.relation import TEMPORARY_PREFIX, Column, Relation, TableType

# Lowest and highest value by type OID: smallint, integer, bigint.
RANGES: Final = {
    Oid(21): (-(2**15), 2**15 - 1),
    Oid(23): (-(2**31), 2**31 - 1),
    Oid(20): (-(2**63), 2**63 - 1),
}
_INT8: Final = Oid(20)
_BOOL: Final = Oid(16)


@dataclass(frozen=True, slots=True)
class OwningColumn:
    """The column that a sequence goes with. ``is_identity``: the column cannot do without it."""

    table_id: TableId
    column_id: ColumnId
    is_identity: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """One sequence as it is defined. Values are never the definition's, but for where they begin.

    ``value_id`` names the counter: RESTART takes a new one, so that a rolled back RESTART leaves
    the old counter as it was. ``first`` is the first value of that counter.
    """

    sequence_id: Oid
    schema_name: str
    name: str
    owner: str
    value_id: Oid
    first: int
    type_oid: Oid = _INT8
    start: int = 1
    increment: int = 1
    minimum: int = 1
    maximum: int = 2**63 - 1
    cache: int = 1
    cycles: bool = False
    owned_by: OwningColumn | None = None

    @property
    def qualified_name(self) -> str:
        return f"{self.schema_name}.{self.name}"

    @property
    def is_temporary(self) -> bool:
        return self.schema_name.startswith(TEMPORARY_PREFIX)

    def as_relation(self) -> Relation:
        """What ``SELECT * FROM sequence`` reads."""
        columns = (("last_value", _INT8), ("log_cnt", _INT8), ("is_called", _BOOL))
        return Relation(
            table_id=TableId(self.sequence_id),
            schema_name=self.schema_name,
            name=self.name,
            table_type=TableType.SYSTEM,
            columns=tuple(
                Column(ColumnId(number), name, type_oid, not_null=True)
                for number, (name, type_oid) in enumerate(columns, start=1)
            ),
            owner=self.owner,
            next_column_id=len(columns) + 1,
        )
