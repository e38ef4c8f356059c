"""Rule: ``+`` and ``-`` with dates and times, and number arithmetic in PostgreSQL's width.

``date - date`` is an integer, ``time - time`` an interval; a literal beside an int2 is an int4, as
everywhere in PostgreSQL, and float4 with another number is float8.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.fill_types import fill_types
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> context = RewriteContext()
    >>> tree = fill_types(parse_one("SELECT 1::int2 + 1"), context)
    >>> to_duckdb_sql(add_dates(tree, context).expressions[0].expression)
    'CAST(1 AS INTEGER)'
"""

from __future__ import annotations

from sqlglot import exp

from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast
from kalampg.sql.rewrite.context import RewriteContext, is_window_key, replace_each
from kalampg.sql.rewrite.divide import as_float

_MOMENTS = frozenset({t.DATE, t.TIMESTAMP, t.TIMESTAMPTZ})
_OPERATORS = (exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.Div)


def add_dates(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace arithmetic that DuckDB types or computes otherwise."""
    return replace_each(tree, _OPERATORS, _replacement)


def _replacement(node: exp.Expr) -> exp.Expr:
    left, right = oid_of(node.this), oid_of(node.expression)
    if is_window_key(node) and {left, right} & _MOMENTS:
        return _mixed_difference(node) if oid_of(node) == t.INTERVAL else node
    if isinstance(node, exp.Sub) and left == right == t.DATE:
        return call("pg_date_difference", node.this, node.expression, oid=t.INT4)
    if isinstance(node, exp.Sub) and left == right == t.TIME:
        return call("pg_time_difference", node.this, node.expression, oid=t.INTERVAL)
    if t.TIMETZ in {left, right} and isinstance(node, (exp.Add, exp.Sub)):
        return _with_timetz(node)
    if isinstance(node, exp.Sub) and oid_of(node) == t.INTERVAL and {left, right} & _MOMENTS:
        node = _mixed_difference(node)
        return call("pg_moment_difference", node.this, node.expression, oid=t.INTERVAL)
    if isinstance(node, (exp.Add, exp.Sub)) and oid_of(node) == t.DATE:
        return _with_days(node)
    if isinstance(node, (exp.Add, exp.Sub)) and t.TIMESTAMPTZ in {left, right}:
        return call("pg_timestamptz_checked", _with_interval(node), oid=t.TIMESTAMPTZ)
    if isinstance(node, (exp.Add, exp.Sub)) and oid_of(node) in _MOMENTS:
        macro = "pg_timestamp" if oid_of(node) == t.TIMESTAMP else "pg_timestamptz"
        return call(f"{macro}_checked", node, oid=oid_of(node))
    if oid_of(node) in t.NUMBERS:
        _widen(node)
    return node


def _mixed_difference(node: exp.Expr) -> exp.Expr:
    wider = t.TIMESTAMPTZ if t.TIMESTAMPTZ in _types(node) else t.TIMESTAMP
    for key in ("this", "expression"):
        if oid_of(node.args[key]) != wider:
            node.set(key, cast(node.args[key], t.duck_type(wider), wider))
    return node


def _with_timetz(node: exp.Expr) -> exp.Expr:
    """A time with time zone and an interval or a date."""
    time, other = _moment_and_amount(node, t.TIMETZ)
    if oid_of(other) == t.DATE:
        return call("pg_date_timetz", other, time, oid=t.TIMESTAMPTZ)
    return call("pg_timetz_plus", time, _signed(node, other), oid=t.TIMETZ)


def _with_interval(node: exp.Expr) -> exp.Expr:
    """An instant and an interval."""
    instant, interval = _moment_and_amount(node, t.TIMESTAMPTZ)
    return call("pg_timestamptz_plus", instant, _signed(node, interval), oid=t.TIMESTAMPTZ)


def _with_days(node: exp.Expr) -> exp.Expr:
    """A date and a number of days."""
    date, days = _moment_and_amount(node, t.DATE)
    return call("pg_date_plus", date, _signed(node, days), oid=t.DATE)


def _moment_and_amount(node: exp.Expr, moment_oid: int) -> tuple[exp.Expr, exp.Expr]:
    """The operands, the one of that type first."""
    left, right = node.this, node.expression
    return (right, left) if oid_of(right) == moment_oid else (left, right)


def _signed(node: exp.Expr, amount: exp.Expr) -> exp.Expr:
    """What is added: of a difference, the amount with the other sign."""
    return exp.Neg(this=exp.Paren(this=amount)) if isinstance(node, exp.Sub) else amount


def _types(node: exp.Expr) -> set[int | None]:
    return {oid_of(node.this), oid_of(node.expression)}


def _widen(node: exp.Expr) -> None:
    result = int(oid_of(node) or 0)
    for key, other in (("this", "expression"), ("expression", "this")):
        side, beside = node.args[key], oid_of(node.args[other])
        oid = oid_of(side)
        if result == t.FLOAT8 and t.FLOAT4 in {oid, beside}:
            node.set(key, as_float(side, t.FLOAT8))
        elif isinstance(side, exp.Literal) and oid == t.INT4 and beside == t.INT2:
            node.set(key, cast(side, "INTEGER", t.INT4))
