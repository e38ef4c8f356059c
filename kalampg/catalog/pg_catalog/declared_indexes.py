"""Indexes as PostgreSQL's clients are shown them: the primary key's first, then the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kalampg.catalog.numbers import PRIMARY_KEY_CONSTRAINT_OFFSET, PRIMARY_KEY_INDEX_OFFSET
from kalampg.catalog.pg_catalog.declared import declared_key
from kalampg.catalog.quoting import quoted
from kalampg.constraint import Index
from kalampg.ids import Oid
from kalampg.relation import Column, Relation

_DESCENDING, _NULLS_FIRST = 1, 2


@dataclass(frozen=True, slots=True)
class DeclaredIndex:
    """``constraint_oid`` is None for an index that no constraint made; ``options`` as indoption."""

    oid: Oid
    name: str
    columns: tuple[Column, ...]
    options: tuple[int, ...]
    is_unique: bool = True
    is_primary: bool = False
    nulls_not_distinct: bool = False
    constraint_oid: Oid | None = None

    @property
    def column_list(self) -> str:
        """The columns as an index definition has them."""
        return ", ".join(
            quoted(column.name) + _order(option)
            for column, option in zip(self.columns, self.options, strict=True)
        )

    def definition(self, table: Relation) -> str:
        """What ``pg_get_indexdef`` prints."""
        kind = "UNIQUE INDEX" if self.is_unique else "INDEX"
        nulls = " NULLS NOT DISTINCT" if self.nulls_not_distinct else ""
        return (
            f"CREATE {kind} {quoted(self.name)} ON {quoted(table.schema_name)}"
            f".{quoted(table.name)} USING btree ({self.column_list}){nulls}"
        )

    @property
    def constraint_definition(self) -> str:
        """What ``pg_get_constraintdef`` prints of the constraint that made it."""
        columns = ", ".join(quoted(column.name) for column in self.columns)
        if self.is_primary:
            return f"PRIMARY KEY ({columns})"
        nulls = "NULLS NOT DISTINCT " if self.nulls_not_distinct else ""
        return f"UNIQUE {nulls}({columns})"


def declared_indexes(table: Relation) -> Iterator[DeclaredIndex]:
    """The table's indexes in the order of their OIDs."""
    key = declared_key(table)
    if key:
        yield DeclaredIndex(
            oid=Oid(table.table_id + PRIMARY_KEY_INDEX_OFFSET),
            name=table.primary_key_name,
            columns=key,
            options=(0,) * len(key),
            is_primary=True,
            constraint_oid=Oid(table.table_id + PRIMARY_KEY_CONSTRAINT_OFFSET),
        )
    for index in table.indexes:
        yield _declared(table, index)


def _declared(table: Relation, index: Index) -> DeclaredIndex:
    return DeclaredIndex(
        oid=index.oid,
        name=index.name,
        columns=tuple(table.columns[table.position_of_id(one)] for one in index.columns),
        options=tuple(
            _DESCENDING * is_descending + _NULLS_FIRST * nulls_first
            for is_descending, nulls_first in zip(index.descending, index.nulls_first, strict=True)
        ),
        is_unique=index.is_unique,
        nulls_not_distinct=index.nulls_not_distinct,
        constraint_oid=index.constraint_oid,
    )


def _order(option: int) -> str:
    if option & _DESCENDING:
        return " DESC" if option & _NULLS_FIRST else " DESC NULLS LAST"
    return " NULLS FIRST" if option & _NULLS_FIRST else ""
