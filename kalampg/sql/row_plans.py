"""Plans that find rows without DuckDB: by key, by key range, by index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from kalampg.ids import Oid
from kalampg.relation import Relation
from kalampg.sql.expression import Expression

# A value that rows are above or below, and whether they may have it themselves.
Bound: TypeAlias = tuple[Expression, bool]


@dataclass(frozen=True, slots=True)
class PointSelect:
    """Rows by full primary key, without DuckDB. No relation: one row of expressions.

    ``key`` has one expression per primary-key column, in key order; ``filter`` is checked on the
    row.
    """

    relation: Relation | None
    key: tuple[Expression, ...]
    filter: Expression | None
    outputs: tuple[Expression, ...]
    includes_deleted: bool = False


@dataclass(frozen=True, slots=True)
class RangeSelect:
    """Rows in key order below a key prefix, without DuckDB.

    ``prefix`` fixes the first key columns; ``lower`` / ``upper`` bound the next one (with inclusive
    flags). ``limit`` and ``offset`` are int8 expressions or None.
    """

    relation: Relation
    prefix: tuple[Expression, ...]
    lower: Bound | None
    upper: Bound | None
    is_descending: bool
    filter: Expression | None
    limit: Expression | None
    offset: Expression | None
    outputs: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class IndexScan:
    """Where an index, or the primary key (``index`` None), leads to rows that ``filter`` admits.

    Each of the first columns has one of its ``choices`` (None: IS NULL), the next one is within the
    bounds. ``filter`` is the whole condition: an entry only says where to look.
    """

    relation: Relation
    index: Oid | None
    choices: tuple[tuple[Expression | None, ...], ...]
    lower: Bound | None
    upper: Bound | None
    is_descending: bool
    filter: Expression | None


@dataclass(frozen=True, slots=True)
class SortKey:
    """One item of ORDER BY."""

    value: Expression
    is_descending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True)
class IndexSelect:
    """Few rows by index, without DuckDB, as long as they are few.

    ``order`` is empty where the entries are in the order that is asked for.
    """

    scan: IndexScan
    order: tuple[SortKey, ...]
    limit: Expression | None
    offset: Expression | None
    outputs: tuple[Expression, ...]

    @property
    def relation(self) -> Relation:
        return self.scan.relation
