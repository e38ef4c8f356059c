"""Relations whose rows the server computes: ``system.*``, ``pg_catalog``, ``information_schema``.

A module per relation defines one ``ComputedRelation``; ``kalampg.catalog.registry`` lists them all.
"""

from __future__ import annotations

from collections import abc
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from kalampg.catalog.objects import RoleClass
from kalampg.ids import ColumnId, Oid, TableId
from kalampg.relation import Column, Datum, Relation, TableType
from kalampg.sequence import Sequence

if TYPE_CHECKING:
    from kalampg.catalog.catalog import Catalog

Row: TypeAlias = tuple[Datum, ...]
RowSource: TypeAlias = Callable[[], Iterable[Row]]

BOOL: Final = Oid(16)
BYTEA: Final = Oid(17)
CHAR: Final = Oid(18)
NAME: Final = Oid(19)
INT8: Final = Oid(20)
INT2: Final = Oid(21)
INT4: Final = Oid(23)
TEXT: Final = Oid(25)
OID: Final = Oid(26)
JSON: Final = Oid(114)
FLOAT4: Final = Oid(700)
VARCHAR: Final = Oid(1043)
TIMESTAMPTZ: Final = Oid(1184)
INT2_ARRAY: Final = Oid(1005)
TEXT_ARRAY: Final = Oid(1009)
OID_ARRAY: Final = Oid(1028)


def no_rows() -> Iterable[Row]:
    """A row source that is not connected."""
    return ()


def _no_value(_sequence: Sequence) -> int | None:
    return None


@dataclass(frozen=True, slots=True)
class JobSources:
    """Rows about background work, which ``kalampg.jobs`` gives."""

    jobs: RowSource = no_rows
    dead_letters: RowSource = no_rows
    flush_status: RowSource = no_rows
    alerts: RowSource = no_rows


@dataclass(frozen=True, slots=True)
class CatalogView:
    """What computed relations may read: the reader's catalog, who reads, and the server's state.

    The sources give rows in the column order of the relation they are named after, except where the
    relation's module says otherwise.
    """

    catalog: Catalog
    role_name: str
    role_class: RoleClass
    database: str = "kalam"
    background: JobSources = JobSources()
    segments: RowSource = no_rows
    settings: RowSource = no_rows
    activity: RowSource = no_rows
    locks: RowSource = no_rows
    prepared_statements: RowSource = no_rows
    search_path: tuple[str, ...] = ("public",)
    last_value: Callable[[Sequence], int | None] = _no_value


@dataclass(frozen=True, slots=True)
class ComputedRelation:
    """A relation and how its rows come about."""

    relation: Relation
    rows: Callable[[CatalogView], Iterable[Row]] = field(repr=False)


def define(
    schema_name: str,
    name: str,
    oid: int,
    columns: abc.Sequence[tuple[str, Oid]],
    rows: Callable[[CatalogView], Iterable[Row]],
    comment: str | None = None,
) -> ComputedRelation:
    """Build a computed relation; column ids are the positions, from 1."""
    relation = Relation(
        table_id=TableId(oid),
        schema_name=schema_name,
        name=name,
        table_type=TableType.SYSTEM,
        columns=tuple(
            Column(ColumnId(number), column_name, type_oid)
            for number, (column_name, type_oid) in enumerate(columns, start=1)
        ),
        next_column_id=len(columns) + 1,
        comment=comment,
    )
    return ComputedRelation(relation, rows)
