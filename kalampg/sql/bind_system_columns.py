"""System columns of PostgreSQL's: ``tableoid`` is one; the others tell how its rows are stored.

KalamDB's own (``_seq`` and so on) are columns of their tables like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from kalampg import errors
from kalampg.relation import POSTGRES_SYSTEM_COLUMNS, Relation
from kalampg.sql.annotation import position_of
from kalampg.sql.scopes import Scope, Source
from kalampg.sql.type_names import data_type

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

_OID = 26


def system_column(binder: Binder, node: exp.Column, scope: Scope) -> exp.Expr | None:
    """What a reference to a system column means; None if it is none, or no table's.

    Raises:
        AmbiguousColumn: 42702. FeatureNotSupported: 0A000, ctid and its kin.
    """
    name = binder.name_of(node.this)
    if name not in POSTGRES_SYSTEM_COLUMNS:
        return None
    source = _source(binder, node, scope, name)
    if source is None or source.relation is None:
        return None
    if name != "tableoid":
        raise errors.FeatureNotSupported(
            f'system column "{name}" is not supported',
            hint="Name rows by their primary key; _seq tells versions of a row apart.",
            position=position_of(node),
        )
    return _table_oid(source, source.relation)


def _source(binder: Binder, node: exp.Column, scope: Scope, name: str) -> Source | None:
    """The table whose column it is; columns that are named so come first."""
    table = node.args.get("table")
    if isinstance(table, exp.Identifier):
        schema = node.args.get("db")
        schema_name = binder.name_of(schema) if isinstance(schema, exp.Identifier) else None
        source = scope.source(binder.name_of(table), schema_name)
        found = [] if source is None else [source]
    else:
        found = list(scope.sources)
    if any(column.name == name for source in found for column in source.columns):
        return None
    tables = [
        source for source in found if source.relation is not None and _has_rows(source.relation)
    ]
    if len(tables) > 1:
        raise errors.AmbiguousColumn(
            f'column reference "{name}" is ambiguous', position=position_of(node)
        )
    return tables[0] if tables else None


def _has_rows(relation: Relation) -> bool:
    """Views have no system columns."""
    is_stored = bool(relation.primary_key)
    return relation.view is None and (is_stored or relation.schema_name == "pg_catalog")


def _table_oid(source: Source, relation: Relation) -> exp.Expr:
    """The table's OID; NULL where an outer join gives no row of it."""
    place = relation.primary_key[0] if relation.primary_key else 0
    witness = exp.Column(
        this=exp.to_identifier(relation.columns[place].name, quoted=True),
        table=exp.to_identifier(source.alias, quoted=True),
    )
    is_there = exp.Is(this=witness, expression=exp.Null(), negate=True)
    oid = exp.Cast(this=exp.Literal.number(int(relation.table_id)), to=data_type(_OID))
    return exp.Case(ifs=[exp.If(this=is_there, true=oid)])
