r"""Rule: AT TIME ZONE.

>>> from kalampg.sql.dialect import parse_one
>>> from kalampg.sql.rewrite.writer import to_duckdb_sql
>>> to_duckdb_sql(shift_zones(parse_one("SELECT d AT TIME ZONE 'UTC'"), RewriteContext()))
'SELECT pg_timestamptz_at(\'UTC\', "d")'
"""

from __future__ import annotations

from sqlglot import exp

from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast
from kalampg.sql.rewrite.context import RewriteContext, replace_calls, replace_each
from kalampg.sql.rewrite.session_parameters import session_value


def shift_zones(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the operator, and the function that it is."""
    tree = replace_calls(tree, {"timezone": _call})
    return replace_each(tree, exp.AtTimeZone, _replacement)


def _replacement(node: exp.Expr) -> exp.Expr:
    return shifted(node.args["zone"], node.this)


def _call(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    zone, value = arguments
    return shifted(zone, value)


def shifted(zone: exp.Expr, value: exp.Expr) -> exp.Expr:
    """``value`` AT TIME ZONE ``zone``."""
    if oid_of(value) in {t.DATE, t.UNKNOWN}:
        value = cast(value, "TIMESTAMPTZ", t.TIMESTAMPTZ)
    is_offset = oid_of(zone) == t.INTERVAL
    if oid_of(value) == t.TIMETZ:
        macro = "pg_timetz_at_interval" if is_offset else "pg_timetz_at_zone"
        moment = [] if is_offset else [session_value("now", t.TIMESTAMPTZ)]
        return call(macro, zone, value, *moment, oid=t.TIMETZ)
    is_local = oid_of(value) == t.TIMESTAMP
    macro = "pg_timestamp_at" if is_local else "pg_timestamptz_at"
    if is_offset:
        macro += "_interval"
    return call(macro, zone, value, oid=t.TIMESTAMPTZ if is_local else t.TIMESTAMP)
