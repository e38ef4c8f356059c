"""Rule: casts as PostgreSQL makes them.

A constant is converted here, with PostgreSQL's own input functions; a cast of anything else becomes
DuckDB's cast where the meanings agree, and one of our macros where they differ (``conversions``).

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.fill_types import fill_types
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> context = RewriteContext()
    >>> tree = fill_types(parse_one("SELECT 'yes'::bool, '{1,2}'::int[]"), context)
    >>> to_duckdb_sql(cast_values(tree, context))
    'SELECT TRUE, [1, 2]'
"""

from __future__ import annotations

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of, typmod_of
from kalampg.sql.rewrite.context import RewriteContext, replace_each
from kalampg.sql.rewrite.conversions import converted


def cast_values(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace every cast."""
    return replace_each(tree, exp.Cast, _replacement)


def _replacement(node: exp.Expr) -> exp.Expr:
    target = node.args["to"]
    if isinstance(target, exp.Var):
        return node  # Already DuckDB's.
    oid = oid_of(node)
    if oid is None:
        raise errors.UndefinedObject(f'type "{target.sql()}" does not exist')
    return converted(node.this, int(oid), typmod_of(node))
