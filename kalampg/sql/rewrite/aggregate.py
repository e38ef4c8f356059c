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

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, is_marked, number, typed
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
    # An aggregate's window may have an aggregate inside: that one first.
    for node in reversed(found):
        name = str(node.this).lower()
        if name in _SPREADS or name in _PAIRED or name in {"sum", "avg"}:
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


def _with_function(
    outer: exp.Expr, name: str, change: Callable[[exp.Expr], exp.Expr] | None = None
) -> exp.Expr:
    """A copy of the whole with another function in it, over a changed argument if asked."""
    new = outer.copy()
    inner = new
    while isinstance(inner, (exp.Filter, exp.Window)):
        inner = inner.this
    replacement = call(name, *inner.expressions)
    if change is not None:
        argument = _argument(replacement)
        argument.replace(change(argument.copy()))
    if inner is new:
        return replacement
    inner.replace(replacement)
    return new


def _argument(aggregate_call: exp.Expr) -> exp.Expr:
    argument: exp.Expr = aggregate_call.expressions[0]
    while isinstance(argument, (exp.Order, exp.Distinct)):
        argument = argument.this if isinstance(argument, exp.Order) else argument.expressions[0]
    return argument


def _square(argument: exp.Expr) -> exp.Expr:
    value: exp.Expr = exp.Paren(this=argument)
    if oid_of(argument) in t.INTEGERS:
        value = cast(value, "HUGEINT")
    return exp.Mul(this=value, expression=value.copy())


def _interval_sum(outer: exp.Expr) -> exp.Expr:
    """The sums of months, days and microseconds."""
    parts = ("pg_interval_months", "pg_interval_days", "pg_interval_us")
    sums = [_with_function(outer, "sum", partial(call, part)) for part in parts]
    return call("pg_interval_of", *sums, oid=t.INTERVAL)


def _replacement(node: exp.Expr, name: str, outer: exp.Expr) -> exp.Expr:
    argument = _argument_oid(node)
    if name in _PAIRED:
        parts = [_with_function(outer, part) for part in _PAIRED[name]]
        return call(f"pg_{name}", *parts, oid=t.FLOAT8)
    if name in _SPREADS:
        if argument in t.FLOATS:
            return typed(_with_function(outer, _SPREADS[name]), t.FLOAT8)
        return call(
            f"kpg_numeric_{_SPREADS[name]}",
            typed(_with_function(outer, "count"), t.INT8),
            typed(_with_function(outer, "sum"), t.NUMERIC),
            typed(_with_function(outer, "sum", _square), t.NUMERIC),
            oid=t.NUMERIC,
        )
    total = _with_function(outer, "sum") if argument != t.INTERVAL else _interval_sum(outer)
    if argument in t.FLOATS:
        has_infinity = _with_function(outer, "bool_or", partial(call, "isinf"))
        if name == "avg":
            total = _with_function(outer, "avg")
            return call("pg_float_total", total, has_infinity, oid=t.FLOAT8)
        if argument == t.FLOAT4:
            total = cast(total, "FLOAT", t.FLOAT4)
        return call("pg_float_total", total, has_infinity, oid=oid_of(node))
    if name == "sum":
        target = _SUM_TYPES.get(int(argument or 0))
        result = oid_of(node)
        return typed(total, result) if target is None else cast(total, target, result)
    if argument == t.INTERVAL:
        return call("pg_interval_avg", total, _with_function(outer, "count"), oid=t.INTERVAL)
    return call(AVERAGE, total, _with_function(outer, "count"), oid=t.NUMERIC)


_SUM_TYPES: Final[Mapping[int, str]] = {
    t.INT2: "BIGINT",
    t.INT4: "BIGINT",
    t.INT8: "DECIMAL(38, 0)",
}
# What PostgreSQL computes from the sums of squares, which DuckDB has too.
_PAIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "corr": ("regr_sxy", "regr_sxx", "regr_syy"),
    "regr_r2": ("regr_sxy", "regr_sxx", "regr_syy"),
    "regr_intercept": ("regr_avgy", "regr_avgx", "regr_sxy", "regr_sxx", "regr_count"),
}


def _argument_oid(node: exp.Expr) -> int | None:
    return oid_of(_argument(node)) if node.expressions else None


# Of the hypothetical row: what it counts, and what the count is divided by, if anything.
_HYPOTHETICAL: Final[Mapping[str, tuple[bool, str]]] = {
    "rank": (False, "rank"), "dense_rank": (False, "dense"),
    "percent_rank": (False, "percent"), "cume_dist": (True, "cumulated"),
}  # fmt: skip


def _rank_among(
    node: exp.Expr, value: exp.Expr, ordered: exp.Expr, with_peers: bool, kind: str
) -> exp.Expr:
    """Where a value would stand among the rows, from how many come before it."""
    column, is_descending = ordered.this, bool(ordered.args.get("desc"))
    before: exp.Expr = exp.GT(this=column.copy(), expression=value.copy())
    if not is_descending:
        before = exp.LT(this=column.copy(), expression=value.copy())
    if with_peers:
        same = exp.EQ(this=column.copy(), expression=value.copy())
        before = exp.Or(this=before, expression=same)
    counted: exp.Expr = column if kind == "dense" else exp.Star()
    argument = exp.Distinct(expressions=[counted.copy()]) if kind == "dense" else counted
    count = exp.Filter(this=call("count", argument, oid=t.INT8), expression=exp.Where(this=before))
    every = call("count", exp.Star(), oid=t.INT8)
    return call(f"pg_{kind}_among", count, every, oid=oid_of(node))


def _is_null_fraction(fraction: exp.Expr) -> bool:
    """Whether the fraction of a percentile is NULL.

    Raises:
        NumericValueOutOfRange: 22003, it is a constant that is no fraction
    """
    while isinstance(fraction, (exp.Cast, exp.Paren)):
        fraction = fraction.this
    sign = 1
    if isinstance(fraction, exp.Neg):
        fraction, sign = fraction.this, -1
    if isinstance(fraction, exp.Literal) and not fraction.is_string:
        value = sign * float(fraction.name)
        if not 0 <= value <= 1:
            raise errors.NumericValueOutOfRange(
                f"percentile value {value:g} is not between 0 and 1"
            )
    return isinstance(fraction, exp.Null)


def _ordered_set(node: exp.Expr) -> exp.Expr:
    inner, order = node.this, node.expression
    hypothetical = _HYPOTHETICAL.get(str(inner.this).lower())
    if hypothetical is not None and len(inner.expressions) == len(order.expressions) == 1:
        return _rank_among(node, inner.expressions[0], order.expressions[0], *hypothetical)
    name = _ORDERED_SETS.get(str(inner.this).lower())
    if name is None or len(order.expressions) != 1:
        raise errors.FeatureNotSupported("this ordered-set aggregate is not supported")
    [ordered] = order.expressions
    value = ordered.this
    fractions = list(inner.expressions)
    is_null = bool(fractions) and _is_null_fraction(fractions[0])
    if is_null:
        fractions = [number(0)]
    if name == "quantile_cont" and oid_of(value) != t.FLOAT8:
        value = cast(value, "DOUBLE", t.FLOAT8)
    sorted_by = exp.Ordered(
        this=value.copy(), desc=ordered.args.get("desc"), nulls_first=ordered.args.get("desc")
    )
    argument = exp.Order(this=value, expressions=[sorted_by])
    found = call(name, argument, *fractions, oid=oid_of(node))
    if not is_null:
        return found
    never = exp.If(this=exp.Boolean(this=False), true=found)
    return typed(exp.Case(ifs=[never]), oid_of(node))
