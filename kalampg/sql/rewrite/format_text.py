"""Rule: format() takes its arguments as an array of their texts.

>>> from kalampg.sql.dialect import parse_one
>>> from kalampg.sql.rewrite.fill_types import fill_types
>>> from kalampg.sql.rewrite.writer import to_duckdb_sql
>>> context = RewriteContext()
>>> tree = fill_types(parse_one("SELECT format('%s', 1)"), context)
>>> to_duckdb_sql(format_text(tree, context))
"SELECT kpg_format('%s', [CAST(1 AS VARCHAR)])"
"""

from __future__ import annotations

from sqlglot import exp

from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast
from kalampg.sql.rewrite.context import RewriteContext, replace_calls
from kalampg.sql.rewrite.conversions import element_texts, output_text, to_text


def format_text(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the function."""
    return replace_calls(tree, {"format": _replacement, "format array": _of_array})


def _replacement(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    values: exp.Expr = exp.Array(expressions=[output_text(value) for value in arguments[1:]])
    if len(arguments) == 1:
        values = cast(values, "VARCHAR[]")
    return call("kpg_format", to_text(arguments[0]), values, oid=t.TEXT)


def _of_array(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    template, array = arguments
    return call("kpg_format", to_text(template), element_texts(array), oid=t.TEXT)
