"""Rule: to_char() of numbers and to_number() run PostgreSQL's templates, constant or computed.

>>> from kalampg.sql.dialect import parse_one
>>> from kalampg.sql.rewrite.fill_types import fill_types
>>> from kalampg.sql.rewrite.writer import to_duckdb_sql
>>> context = RewriteContext()
>>> tree = fill_types(parse_one("SELECT to_char(1.5, 'FM9.00')"), context)
>>> to_duckdb_sql(format_numbers(tree, context))
"SELECT kpg_numeric_to_char('1.5', 'FM9.00')"
"""

from __future__ import annotations

from sqlglot import exp

from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call
from kalampg.sql.rewrite.context import RewriteContext, replace_calls
from kalampg.sql.rewrite.exact_numbers import exact_text, numeric_from_text


def format_numbers(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the functions where the argument is a number."""
    return replace_calls(tree, {"to_char": _to_char, "to_number": _to_number})


def _to_char(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    value, template = arguments
    oid = oid_of(value)
    if oid not in t.NUMBERS:
        return node
    if oid == t.FLOAT4:
        return call("kpg_float4_to_char", value, template, oid=t.TEXT)
    if oid == t.FLOAT8:
        return call("kpg_float8_to_char", value, template, oid=t.TEXT)
    return call("kpg_numeric_to_char", exact_text(value), template, oid=t.TEXT)


def _to_number(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    return numeric_from_text(call("kpg_to_number", *arguments, oid=t.TEXT))
