"""Rule: aggregates with PostgreSQL's result types.

sum(int4) is int8, sum(int8) is numeric, avg of integers and numerics is an exact numeric quotient;
WITHIN GROUP becomes the ordered argument that DuckDB's quantiles take. What stands around a call
(FILTER, OVER) stays around each of its parts.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.fill_types import fill_types
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> context = RewriteContext()
    >>> tree = fill_types(parse_one("SELECT avg(1)"), context)
    >>> to_duckdb_sql(aggregate(tree, context))
    'SELECT kpg_numeric_average(sum(1), count(1))'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, is_marked, typed
from kalampg.sql.rewrite.context import RewriteContext, replace_each
from kalampg.sql.rewrite.divide import AVERAGE

# Aggregates that DuckDB computes in DOUBLE; PostgreSQL's are numeric for exact arguments: there
# they are computed from count, sum and sum of squares.
_SPREADS: Final[Mapping[str, str]] = {
    "stddev": "stddev_samp", "stddev_samp": "stddev_samp", "stddev_pop": "stddev_pop",
    "variance": "var_samp", "var_samp": "var_samp", "var_pop": "var_pop",
}  # fmt: skip
_ORDERED_SETS: Final[Mapping[str, str]] = {
    "percentile_cont": "quantile_cont", "percentile_disc": "quantile_disc", "mode": "mode",
}  # fmt: skip


def aggregate(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace sum, avg, the spreads and the ordered-set aggregates."""
    tree = replace_each(tree, exp.WithinGroup, _ordered_set)
    found = [node for node in tree.find_all(exp.Anonymous) if not is_marked(node)]
    for node in found:
        name = str(node.this).lower()
        if name in _SPREADS or name in {"sum", "avg"}:
            outer = _outermost(node)
            new = _replacement(node, name, outer)
            if new is not outer:
                outer.replace(new)
    return tree


def _outermost(node: exp.Expr) -> exp.Expr:
    """The call with the FILTER and OVER around it."""
    while isinstance(node.parent, (exp.Filter, exp.Window)) and node.parent.this is node:
        node = node.parent
    return node


def _with_function(outer: exp.Expr, name: str, *, is_squared: bool = False) -> exp.Expr:
    """A copy of the whole with another function in it, of the square of the argument if asked."""
    new = outer.copy()
    inner = new
    while isinstance(inner, (exp.Filter, exp.Window)):
        inner = inner.this
    replacement = call(name, *inner.expressions)
    if is_squared:
        _square(replacement)
    if inner is new:
        return replacement
    inner.replace(replacement)
    return new


def _square(aggregate_call: exp.Expr) -> None:
    argument = aggregate_call.expressions[0]
    while isinstance(argument, (exp.Order, exp.Distinct)):
        argument = argument.this if isinstance(argument, exp.Order) else argument.expressions[0]
    value: exp.Expr = exp.Paren(this=argument.copy())
    if oid_of(argument) in t.INTEGERS:
        value = cast(value, "HUGEINT")
    argument.replace(exp.Mul(this=value, expression=value.copy()))


def _replacement(node: exp.Expr, name: str, outer: exp.Expr) -> exp.Expr:
    argument = _argument_oid(node)
    if name in _SPREADS:
        if argument in t.FLOATS:
            return typed(_with_function(outer, _SPREADS[name]), t.FLOAT8)
        return call(
            f"kpg_numeric_{_SPREADS[name]}",
            typed(_with_function(outer, "count"), t.INT8),
            typed(_with_function(outer, "sum"), t.NUMERIC),
            typed(_with_function(outer, "sum", is_squared=True), t.NUMERIC),
            oid=t.NUMERIC,
        )
    total = _with_function(outer, "sum")
    if name == "sum":
        target = _SUM_TYPES.get(int(argument or 0))
        result = oid_of(node)
        return typed(total, result) if target is None else cast(total, target, result)
    if argument in t.FLOATS:
        return typed(_with_function(outer, "avg"), t.FLOAT8)
    if argument == t.INTERVAL:
        raise errors.FeatureNotSupported("avg(interval) is not supported")
    return call(AVERAGE, total, _with_function(outer, "count"), oid=t.NUMERIC)


_SUM_TYPES: Final[Mapping[int, str]] = {
    t.INT2: "BIGINT",
    t.INT4: "BIGINT",
    t.INT8: "DECIMAL(38, 0)",
    t.FLOAT4: "FLOAT",
}


def _argument_oid(node: exp.Expr) -> int | None:
    argument = node.expressions[0] if node.expressions else None
    while isinstance(argument, (exp.Order, exp.Distinct)):
        argument = argument.this if isinstance(argument, exp.Order) else argument.expressions[0]
    return None if argument is None else oid_of(argument)


def _ordered_set(node: exp.Expr) -> exp.Expr:
    inner, order = node.this, node.expression
    name = _ORDERED_SETS.get(str(inner.this).lower())
    if name is None or len(order.expressions) != 1:
        raise errors.FeatureNotSupported("this ordered-set aggregate is not supported")
    [ordered] = order.expressions
    value = ordered.this
    if name == "quantile_cont" and oid_of(value) != t.FLOAT8:
        value = cast(value, "DOUBLE", t.FLOAT8)
    sorted_by = exp.Ordered(
        this=value.copy(), desc=ordered.args.get("desc"), nulls_first=ordered.args.get("desc")
    )
    argument = exp.Order(this=value, expressions=[sorted_by])
    return call(name, argument, *inner.expressions, oid=oid_of(node))
