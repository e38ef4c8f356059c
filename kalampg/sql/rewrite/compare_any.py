"""Rule: ``x = ANY (array)`` and ``ALL`` of a NULL array are NULL, where DuckDB says false or true.

In a condition that picks rows, NULL picks none as false does: there ``ANY`` stays as it is.

    >>> from kalampg.sql.annotation import set_oid
    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> tree = parse_one("SELECT 1 = ANY (a) FROM t WHERE 1 = ANY (a)")
    >>> to_duckdb_sql(compare_any(tree, RewriteContext()))
    'SELECT pg_null_with(("a"), 1 = ANY ("a")) FROM "t" WHERE 1 = ANY ("a")'
"""

from __future__ import annotations

from sqlglot import exp

from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call
from kalampg.sql.rewrite.context import RewriteContext, replace_each


def compare_any(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Wrap every comparison with the elements of an array that may be NULL."""
    return replace_each(tree, exp.Binary, _replacement)


def _replacement(node: exp.Expr) -> exp.Expr:
    quantified = node.args.get("expression")
    if not isinstance(quantified, (exp.Any, exp.All)):
        return node
    array = quantified.this
    inner = array.this if isinstance(array, exp.Paren) else array
    # Rows of a query are never NULL, nor is what is written out.
    written = inner.this if isinstance(inner, exp.Cast) else inner
    if isinstance(written, (exp.Array, exp.Literal)) or inner.find(exp.Query) is not None:
        return node
    if isinstance(quantified, exp.Any) and _picks_rows(node):
        return node
    return call("pg_null_with", array.copy(), node, oid=t.BOOL)


def _picks_rows(node: exp.Expr) -> bool:
    parent = node.parent
    while isinstance(parent, (exp.And, exp.Or, exp.Paren)):
        parent = parent.parent
    return isinstance(parent, (exp.Where, exp.Join, exp.Having))
