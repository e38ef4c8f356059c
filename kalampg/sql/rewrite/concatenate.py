"""Rule: ``||``, concat() and concat_ws() for text, arrays, jsonb and bytea.

Other types are printed as PostgreSQL prints them. ``||`` with NULL is NULL for text, but leaves an
array as it is; concat() skips NULL.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.fill_types import fill_types
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> context = RewriteContext()
    >>> tree = fill_types(parse_one("SELECT 'a' || 1, ARRAY[1] || 2"), context)
    >>> to_duckdb_sql(concatenate(tree, context))
    "SELECT 'a' || CAST(1 AS VARCHAR), pg_array_append([1], 2)"
"""

from __future__ import annotations

from sqlglot import exp

from kalampg.sql.annotation import oid_of
from kalampg.sql.functions import element_type
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, like
from kalampg.sql.rewrite.context import RewriteContext, replace_calls, replace_each
from kalampg.sql.rewrite.conversions import converted, output_text, to_text


def concatenate(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the operator and the two functions."""
    tree = replace_each(tree, exp.DPipe, _operator)
    return replace_calls(tree, {"concat": _function, "concat_ws": _function})


def _operator(node: exp.Expr) -> exp.Expr:
    left, right = node.this, node.expression
    result = oid_of(node)
    left_oid, right_oid = oid_of(left), oid_of(right)
    if element_type(result) is not None and result is not None:
        return _arrays(left, right, int(result))
    if result == t.JSONB or t.JSONB in {left_oid, right_oid}:
        return call("kpg_jsonb_concat", _as(left, t.JSONB), _as(right, t.JSONB), oid=t.JSONB)
    if result == t.BYTEA:
        return like(exp.DPipe(this=_as(left, t.BYTEA), expression=_as(right, t.BYTEA)), node)
    return like(exp.DPipe(this=to_text(left), expression=to_text(right)), node)


def _as(value: exp.Expr, oid: int) -> exp.Expr:
    return converted(value, oid) if oid_of(value) in {None, t.UNKNOWN} else value


def _arrays(left: exp.Expr, right: exp.Expr, array: int) -> exp.Expr:
    left_is, right_is = (element_type(oid_of(side)) is not None for side in (left, right))
    # An untyped literal beside an array is an array; the binder has typed anything else.
    if not left_is and oid_of(left) in {None, t.UNKNOWN}:
        left, left_is = converted(left, array), True
    if not right_is and oid_of(right) in {None, t.UNKNOWN}:
        right, right_is = converted(right, array), True
    if left_is and right_is:
        return call("pg_array_cat", left, right, oid=array)
    if left_is:
        return call("pg_array_append", left, right, oid=array)
    return call("pg_array_prepend", left, right, oid=array)


def _function(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    name = str(node.this).lower()
    return call(name, *(output_text(part) for part in arguments), oid=t.TEXT)
