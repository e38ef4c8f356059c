"""Rule: array_to_string(), which prints every element as PostgreSQL does.

>>> from kalampg.sql.dialect import parse_one
>>> from kalampg.sql.rewrite.fill_types import fill_types
>>> from kalampg.sql.rewrite.writer import to_duckdb_sql
>>> context = RewriteContext()
>>> tree = fill_types(parse_one("SELECT array_to_string(ARRAY['a'], ',')"), context)
>>> to_duckdb_sql(print_arrays(tree, context))
"SELECT pg_array_join(['a'], ',')"
"""

from __future__ import annotations

from sqlglot import exp

from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call
from kalampg.sql.rewrite.context import RewriteContext, replace_calls
from kalampg.sql.rewrite.conversions import element_texts


def print_arrays(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the function, with two or three arguments."""
    return replace_calls(tree, {"array_to_string": _replacement})


def _replacement(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    array, *rest = arguments
    return call("pg_array_join", element_texts(array), *rest, oid=t.TEXT)
