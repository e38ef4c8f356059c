"""Rule: array subscripts and slices, one-based, NULL or empty out of bounds.

DuckDB counts negative subscripts from the end; in PostgreSQL they are out of bounds. Vectors begin
with 0.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> to_duckdb_sql(subscript_arrays(parse_one("SELECT a[1], a[2:3], a[i]"), RewriteContext()))
    'SELECT list_extract("a", 1), pg_slice("a", 2, 3), pg_element("a", "i")'
"""

from __future__ import annotations

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of
from kalampg.sql.functions import VECTOR_ELEMENTS
from kalampg.sql.rewrite.build import call, constant_int, number
from kalampg.sql.rewrite.context import RewriteContext, replace_each

_LAST = 2**31 - 1


def subscript_arrays(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace every subscript."""
    return replace_each(tree, exp.Bracket, _replacement)


def _replacement(node: exp.Expr) -> exp.Expr:
    if len(node.expressions) != 1:
        raise errors.FeatureNotSupported("arrays of more than one dimension are not supported")
    index = node.expressions[0]
    if oid_of(node.this) in VECTOR_ELEMENTS and not isinstance(index, exp.Slice):
        index = exp.Paren(this=exp.Add(this=index.copy(), expression=number(1)))
    if isinstance(index, exp.Slice):
        lower = index.this or number(1)
        upper = index.expression or number(_LAST)
        return call("pg_slice", node.this, lower, upper, oid=oid_of(node))
    constant = constant_int(index)
    if constant is not None and constant > 0:
        return call("list_extract", node.this, index, oid=oid_of(node))
    return call("pg_element", node.this, index, oid=oid_of(node))
