"""Indexes as PostgreSQL's clients are shown them: the primary key's first, then the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kalampg.catalog.numbers import PRIMARY_KEY_CONSTRAINT_OFFSET, PRIMARY_KEY_INDEX_OFFSET
from kalampg.catalog.pg_catalog.declared import declared_key
from kalampg.catalog.quoting import quoted
from kalampg.constraint import EXPRESSION, Index
from kalampg.ids import Oid
from kalampg.relation import Column, Relation
from kalampg.sql.index_expression import key_texts, predicate_text

_DESCENDING, _NULLS_FIRST = 1, 2


@dataclass(frozen=True, slots=True)
class IndexKey:
    """A column of an index as ``pg_attribute`` has it; ``column`` None: ``text`` computes it.

    ``pretty`` is the text without the parentheses that nobody needs.
    """

    name: str
    type_oid: Oid
    typmod: int
    text: str
    pretty: str
    column: Column | None = None


@dataclass(frozen=True, slots=True)
class DeclaredIndex:
    """``constraint_oid`` is None for an index that no constraint made; ``options`` as indoption.

    ``keys`` are what it is ordered by; ``included`` columns come behind them.
    """

    oid: Oid
    name: str
    keys: tuple[IndexKey, ...]
    options: tuple[int, ...]
    is_unique: bool = True
    is_primary: bool = False
    nulls_not_distinct: bool = False
    constraint_oid: Oid | None = None
    included: tuple[IndexKey, ...] = ()
    predicate: str | None = None
    is_deferrable: bool = False
    is_deferred: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """The keys of an index without expressions, as every constraint's is."""
        return tuple(key.column for key in self.keys if key.column is not None)

    @property
    def is_plain(self) -> bool:
        """Whether it has all rows, by values of columns alone."""
        return self.predicate is None and len(self.columns) == len(self.keys)

    @property
    def texts(self) -> tuple[str, ...]:
        """The columns as ``pg_get_indexdef(index, number, true)`` prints each."""
        return tuple(key.pretty for key in (*self.keys, *self.included))

    def definition(self, table: Relation) -> str:
        """What ``pg_get_indexdef`` prints."""
        kind = "UNIQUE INDEX" if self.is_unique else "INDEX"
        listed = ", ".join(
            key.text + _order(option) for key, option in zip(self.keys, self.options, strict=True)
        )
        nulls = " NULLS NOT DISTINCT" if self.nulls_not_distinct else ""
        where = "" if self.predicate is None else f" WHERE {self.predicate}"
        return (
            f"CREATE {kind} {quoted(self.name)} ON {quoted(table.schema_name)}"
            f".{quoted(table.name)} USING btree ({listed}){self._include}{nulls}{where}"
        )

    @property
    def constraint_definition(self) -> str:
        """What ``pg_get_constraintdef`` prints of the constraint that made it."""
        columns = ", ".join(key.text for key in self.keys)
        if self.is_primary:
            return f"PRIMARY KEY ({columns})"
        nulls = "NULLS NOT DISTINCT " if self.nulls_not_distinct else ""
        return f"UNIQUE {nulls}({columns}){self._include}{self._deferral}"

    @property
    def _deferral(self) -> str:
        if self.is_deferred:
            return " DEFERRABLE INITIALLY DEFERRED"
        return " DEFERRABLE" if self.is_deferrable else ""

    @property
    def _include(self) -> str:
        columns = ", ".join(key.text for key in self.included)
        return f" INCLUDE ({columns})" if columns else ""


def declared_indexes(table: Relation) -> Iterator[DeclaredIndex]:
    """The table's indexes in the order of their OIDs."""
    key = declared_key(table)
    if key:
        yield DeclaredIndex(
            oid=Oid(table.table_id + PRIMARY_KEY_INDEX_OFFSET),
            name=table.primary_key_name,
            keys=tuple(_column_key(column) for column in key),
            options=(0,) * len(key),
            is_primary=True,
            constraint_oid=Oid(table.table_id + PRIMARY_KEY_CONSTRAINT_OFFSET),
        )
    for index in table.indexes:
        yield _declared(table, index)


def _column_key(column: Column) -> IndexKey:
    written = quoted(column.name)
    return IndexKey(column.name, column.type_oid, column.typmod, written, written, column)


def _keys(table: Relation, index: Index) -> Iterator[IndexKey]:
    names = [quoted(column.name) for column in table.columns]
    texts = zip(
        key_texts(table, index, names, is_pretty=False), key_texts(table, index, names), strict=True
    )
    computed = iter(index.expressions)
    taken: list[str] = []
    for column_id, (text, pretty) in zip(index.columns, texts, strict=True):
        if column_id != EXPRESSION:
            key = _column_key(table.columns[table.position_of_id(column_id)])
        else:
            called = text.partition("(")[0] or "expr"
            number = sum(name.rstrip("0123456789") == called for name in taken)
            key = IndexKey(f"{called}{number or ''}", next(computed).type_oid, -1, text, pretty)
        taken.append(key.name)
        yield key


def _declared(table: Relation, index: Index) -> DeclaredIndex:
    predicate = index.predicate
    names = [quoted(column.name) for column in table.columns]
    return DeclaredIndex(
        oid=index.oid,
        name=index.name,
        keys=tuple(_keys(table, index)),
        included=tuple(
            _column_key(table.columns[table.position_of_id(one)]) for one in index.included
        ),
        predicate=None
        if predicate is None
        else predicate_text(table, predicate.text, names, is_pretty=False),
        options=tuple(
            _DESCENDING * is_descending + _NULLS_FIRST * nulls_first
            for is_descending, nulls_first in zip(index.descending, index.nulls_first, strict=True)
        ),
        is_unique=index.is_unique,
        is_deferrable=index.is_deferrable,
        is_deferred=index.is_deferred,
        nulls_not_distinct=index.nulls_not_distinct,
        constraint_oid=index.constraint_oid,
    )


def _order(option: int) -> str:
    if option & _DESCENDING:
        return " DESC" if option & _NULLS_FIRST else " DESC NULLS LAST"
    return " NULLS FIRST" if option & _NULLS_FIRST else ""
