"""The constraints of all tables, as several relations of ``information_schema`` list them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.pg_catalog.declared_indexes import declared_indexes
from kalampg.constraint import CheckConstraint, ForeignKey
from kalampg.ids import ColumnId
from kalampg.relation import Column, Relation


@dataclass(frozen=True, slots=True)
class NamedConstraint:
    """``kind`` is PRIMARY KEY, UNIQUE, CHECK or FOREIGN KEY; ``definition`` of the last two."""

    table: Relation
    name: str
    kind: str
    columns: tuple[Column, ...]
    definition: CheckConstraint | ForeignKey | None = None
    nulls_not_distinct: bool = False
    is_deferrable: bool = False
    is_deferred: bool = False


def named_constraints(view: CatalogView) -> Iterator[NamedConstraint]:
    for table in view.catalog.tables.values():
        for index in declared_indexes(table):
            if index.constraint_oid is not None:
                kind = "PRIMARY KEY" if index.is_primary else "UNIQUE"
                distinct = index.nulls_not_distinct
                yield NamedConstraint(
                    table,
                    index.name,
                    kind,
                    index.columns,
                    nulls_not_distinct=distinct,
                    is_deferrable=index.is_deferrable,
                    is_deferred=index.is_deferred,
                )
        for one in table.constraints:
            kind = "CHECK" if isinstance(one, CheckConstraint) else "FOREIGN KEY"
            key = one if isinstance(one, ForeignKey) else None
            yield NamedConstraint(
                table,
                one.name,
                kind,
                columns_of(table, one.columns),
                one,
                is_deferrable=key is not None and key.is_deferrable,
                is_deferred=key is not None and key.is_deferred,
            )


def columns_of(table: Relation, column_ids: tuple[ColumnId, ...]) -> tuple[Column, ...]:
    return tuple(table.columns[table.position_of_id(one)] for one in column_ids)


def unique_name(view: CatalogView, key: ForeignKey) -> tuple[Relation, NamedConstraint | None]:
    """The table that a foreign key refers to, and the constraint that makes it unique there."""
    referenced = view.catalog.table_by_id(key.referenced_table)
    assert referenced is not None, "a table that is referred to is not dropped"
    for one in named_constraints(view):
        is_unique = one.kind in {"PRIMARY KEY", "UNIQUE"}
        if one.table is referenced and is_unique:
            found = {column.column_id for column in one.columns}
            if found == set(key.referenced_columns):
                return referenced, one
    return referenced, None
