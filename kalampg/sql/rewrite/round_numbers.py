"""Rule: round() and trunc() of numeric, whose result has the scale that was asked for.

>>> from kalampg.sql.dialect import parse_one
>>> from kalampg.sql.rewrite.fill_types import fill_types
>>> from kalampg.sql.rewrite.writer import to_duckdb_sql
>>> context = RewriteContext()
>>> tree = fill_types(parse_one("SELECT round(1.25, 1), round(2.5)"), context)
>>> to_duckdb_sql(round_numbers(tree, context))
'SELECT CAST(round(1.25, 1) AS DECIMAL(38, 1)), CAST(round(2.5, 0) AS DECIMAL(38, 0))'
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, constant_int, number
from kalampg.sql.rewrite.context import RewriteContext, replace_calls

_SCALE_MAX = 30


def round_numbers(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the two functions for numeric; those of float8 are DuckDB's own."""
    return replace_calls(tree, {"round": _rounding("round"), "trunc": _rounding("trunc")})


def _rounding(name: str) -> Callable[[exp.Expr, list[exp.Expr]], exp.Expr]:
    def make(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
        value = arguments[0]
        if oid_of(node) != t.NUMERIC:
            if name == "round":
                return call("round_even", value, number(0), oid=t.FLOAT8)
            return call("trunc", value, oid=t.FLOAT8)
        if oid_of(value) in t.INTEGERS:
            value = cast(value, "DECIMAL(38, 0)", t.NUMERIC)
        digits = arguments[1] if len(arguments) > 1 else number(0)
        count = constant_int(digits)
        if count is None:
            return call(f"kpg_numeric_{name}", value, digits, oid=t.NUMERIC)
        rounded = call(name, value, digits)
        scale = min(max(count, 0), _SCALE_MAX)
        return cast(rounded, f"DECIMAL(38, {scale})", t.NUMERIC)

    return make
