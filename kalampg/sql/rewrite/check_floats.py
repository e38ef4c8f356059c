"""Rule: arithmetic of floats that leaves their range is an error, not an infinity or a zero.

>>> from kalampg.sql.dialect import parse_one
>>> from kalampg.sql.rewrite.fill_types import fill_types
>>> from kalampg.sql.rewrite.writer import to_duckdb_sql
>>> context = RewriteContext()
>>> tree = fill_types(parse_one("SELECT sqrt(4) * 2"), context)
>>> call_of = check_floats(tree, context).expressions[0]
>>> call_of.this, to_duckdb_sql(call_of.expressions[1])
('pg_float_multiply', 'CAST(2 AS DOUBLE)')
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlglot import exp

from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call
from kalampg.sql.rewrite.context import RewriteContext, is_window_key, replace_each
from kalampg.sql.rewrite.divide import as_float

_MACROS: Final[Mapping[type[exp.Expr], str]] = {
    exp.Add: "pg_float_add",
    exp.Sub: "pg_float_subtract",
    exp.Mul: "pg_float_multiply",
    exp.Div: "pg_float_divide",
}


def check_floats(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the four operators where the result is a float."""
    return replace_each(tree, tuple(_MACROS), _replacement)


def _replacement(node: exp.Expr) -> exp.Expr:
    oid = oid_of(node)
    if oid not in t.FLOATS or is_window_key(node):
        return node
    sides = [as_float(side, int(oid)) for side in (node.this, node.expression)]
    return call(_MACROS[type(node)], *sides, oid=oid)
