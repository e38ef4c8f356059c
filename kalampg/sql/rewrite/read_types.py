"""Rule: questions about the type of a value are answered from the plan.

>>> from kalampg.sql.dialect import parse_one
>>> from kalampg.sql.rewrite.fill_types import fill_types
>>> from kalampg.sql.rewrite.writer import to_duckdb_sql
>>> context = RewriteContext()
>>> tree = fill_types(parse_one("SELECT pg_typeof(1), pg_column_size(1)"), context)
>>> to_duckdb_sql(read_types(tree, context))
'SELECT 23, CASE WHEN 1 IS NOT NULL THEN 4 END'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.pgtypes import format_type, type_of
from kalampg.pgtypes.row_types import wire_oid_of
from kalampg.sql.annotation import oid_of, position_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import number, text, typed
from kalampg.sql.rewrite.context import RewriteContext, replace_calls

_COLLATIONS: Final = {t.TEXT: "default", t.VARCHAR: "default", t.BPCHAR: "default", t.NAME: "C"}


def read_types(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the calls whose runner is this rule."""
    return replace_calls(tree, _CALLS)


def _type_name(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    return number(wire_oid_of(_type_of(arguments[0])), t.REGTYPE)


def _size(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    """Values of one size only: how long others are depends on where PostgreSQL keeps them."""
    [value] = arguments
    oid = _type_of(value)
    length = type_of(oid).length
    if length < 0:
        raise errors.FeatureNotSupported(
            f"pg_column_size() of {format_type(oid)} is not supported",
            hint="Use octet_length().",
            position=position_of(node),
        )
    is_there = exp.Is(this=value, expression=exp.Null(), negate=True)
    return typed(exp.Case(ifs=[exp.If(this=is_there, true=number(length))]), t.INT4)


def _collation(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    [value] = arguments
    oid = _type_of(value)
    if isinstance(value, exp.Collate):
        return text(f'"{value.expression.name}"')
    if oid == t.UNKNOWN:
        return typed(exp.Null(), t.TEXT)
    name = _COLLATIONS.get(oid)
    if name is None:
        raise errors.DatatypeMismatch(
            f"collations are not supported by type {format_type(oid)}", position=position_of(node)
        )
    return text(f'"{name}"')


def _type_of(value: exp.Expr) -> int:
    """An untyped literal is no text yet, whatever it may be used as."""
    if isinstance(value, exp.Null) or (isinstance(value, exp.Literal) and value.is_string):
        return t.UNKNOWN
    return int(oid_of(value) or t.UNKNOWN)


_CALLS: Final[Mapping[str, Callable[[exp.Expr, list[exp.Expr]], exp.Expr]]] = {
    "pg_typeof": _type_name,
    "pg_column_size": _size,
    "pg_collation_for": _collation,
}
