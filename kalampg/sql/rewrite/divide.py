"""Rule: ``/`` and ``%`` of PostgreSQL's types.

Integers divide as integers (a DuckDB setting). numeric divides exactly, not through DOUBLE.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.fill_types import fill_types
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> context = RewriteContext()
    >>> to_duckdb_sql(divide(fill_types(parse_one("SELECT 7 / 2, 7 / 2.0"), context), context))
    'SELECT 7 / 2, kpg_numeric_divide(7, 2.0)'
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, like
from kalampg.sql.rewrite.context import RewriteContext, replace_calls, replace_each

QUOTIENT: Final = "kpg_numeric_divide"
# NULL instead of a quotient by zero: the average of no rows.
AVERAGE: Final = "kpg_numeric_average"


def divide(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the divisions of numeric and interval, and mod()."""
    tree = replace_calls(tree, {"mod": _remainder})
    tree = replace_each(tree, exp.Mul, _product)
    tree = replace_each(tree, exp.Mod, _modulo)
    return replace_each(tree, exp.Div, _quotient)


def _remainder(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    left, right = arguments
    return exp.Paren(this=like(exp.Mod(this=left, expression=right), node))


def _modulo(node: exp.Expr) -> exp.Expr:
    """DuckDB computes ``%`` of wide DECIMALs in DOUBLE."""
    if oid_of(node) != t.NUMERIC:
        return node
    return call("kpg_numeric_remainder", node.this, node.expression, oid=t.NUMERIC)


def _quotient(node: exp.Expr) -> exp.Expr:
    result = oid_of(node)
    if result == t.NUMERIC:
        return call(QUOTIENT, node.this, node.expression, oid=t.NUMERIC)
    if result == t.INTERVAL:
        return call("pg_interval_div", node.this, node.expression, oid=t.INTERVAL)
    if result in t.FLOATS:
        node.set("this", as_float(node.this, int(result)))
        node.set("expression", as_float(node.expression, int(result)))
    return node


def _product(node: exp.Expr) -> exp.Expr:
    if oid_of(node) == t.INTERVAL:
        left, right = node.this, node.expression
        if oid_of(left) != t.INTERVAL:
            left, right = right, left
        return call("pg_interval_mul", left, right, oid=t.INTERVAL)
    return node


def as_float(value: exp.Expr, oid: int) -> exp.Expr:
    """``value`` in the float type that the operation has in PostgreSQL."""
    return value if oid_of(value) == oid else cast(value, t.duck_type(oid), oid)
