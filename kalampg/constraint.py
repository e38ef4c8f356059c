"""Constraints and indexes of a table, as its definition has them.

Columns are named by their ids, which neither renaming nor dropping other columns changes. NOT NULL
and the primary key belong to the relation itself (``kalampg.relation``); how constraints are kept
is the engine's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from kalampg.ids import ColumnId, Oid, TableId


class ReferenceAction(StrEnum):
    """What a change of a referenced row does to the rows that refer to it; as ``pg_constraint``."""

    NO_ACTION = "a"
    RESTRICT = "r"
    CASCADE = "c"
    SET_NULL = "n"
    SET_DEFAULT = "d"


class MatchType(StrEnum):
    """Whether some of several referencing columns may be NULL; as ``pg_constraint`` has it."""

    SIMPLE = "s"
    FULL = "f"


@dataclass(frozen=True, slots=True)
class CheckConstraint:
    """CHECK: no row makes ``expression`` false.

    ``expression`` is SQL text over the table's columns by their present names; ``time_zone`` is
    what its literals of type timestamptz are read in.
    """

    oid: Oid
    name: str
    expression: str
    columns: tuple[ColumnId, ...]
    time_zone: str = "UTC"
    is_validated: bool = True
    no_inherit: bool = False


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """FOREIGN KEY: ``columns`` name a row of another table, or of the same one.

    Its entries in the ``unique`` family, under ``oid``, find the referring rows of a value.
    """

    oid: Oid
    name: str
    columns: tuple[ColumnId, ...]
    referenced_table: TableId
    referenced_columns: tuple[ColumnId, ...]
    on_delete: ReferenceAction = ReferenceAction.NO_ACTION
    on_update: ReferenceAction = ReferenceAction.NO_ACTION
    # ON DELETE SET NULL (...) names some of the columns; empty: all of them.
    set_columns: tuple[ColumnId, ...] = ()
    match: MatchType = MatchType.SIMPLE
    is_deferrable: bool = False
    is_deferred: bool = False
    is_validated: bool = True


# Stands among an index's columns where it has an expression, as in ``pg_index``.
EXPRESSION: Final = ColumnId(0)


@dataclass(frozen=True, slots=True)
class RowExpression:
    """SQL text over one row, its ``columns`` by their present names; the same at all times."""

    text: str
    columns: tuple[ColumnId, ...]
    type_oid: Oid
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Index:
    """An index; a unique one keeps its columns unique, be it a constraint's or not.

    ``columns`` has ``EXPRESSION`` for each of ``expressions``. Rows that ``predicate`` does not
    admit have no entries. ``included`` columns are named, and nothing else: an entry leads to its
    row.

    ``oid`` is the index's own and is never used again: its entries in the ``unique`` family are
    kept under it. ``constraint_oid`` is set when it is a UNIQUE constraint's index.
    ``descending`` and ``nulls_first`` have a flag for each column; entries are ascending anyway.
    """

    oid: Oid
    name: str
    columns: tuple[ColumnId, ...]
    is_unique: bool = False
    nulls_not_distinct: bool = False
    constraint_oid: Oid | None = None
    descending: tuple[bool, ...] = ()
    nulls_first: tuple[bool, ...] = ()
    expressions: tuple[RowExpression, ...] = ()
    predicate: RowExpression | None = None
    included: tuple[ColumnId, ...] = ()
    is_deferrable: bool = False
    is_deferred: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it has all rows, by values of columns alone."""
        return not self.expressions and self.predicate is None

    @property
    def may_be_referenced(self) -> bool:
        """Whether its values name one row, so that a foreign key may have them."""
        return self.is_unique and self.is_plain and not self.is_deferrable

    @property
    def read_columns(self) -> frozenset[ColumnId]:
        """The columns that its entries depend on."""
        computed = (*self.expressions, *((self.predicate,) if self.predicate else ()))
        found = {*self.columns, *(column for one in computed for column in one.columns)}
        return frozenset(found - {EXPRESSION})


Constraint: TypeAlias = CheckConstraint | ForeignKey
