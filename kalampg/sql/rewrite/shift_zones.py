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
from kalampg.sql.rewrite.context import RewriteContext, replace_each


def shift_zones(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the operator by timezone()."""
    return replace_each(tree, exp.AtTimeZone, _replacement)


def _replacement(node: exp.Expr) -> exp.Expr:
    value = node.this
    if oid_of(value) in {t.DATE, t.UNKNOWN}:
        value = cast(value, "TIMESTAMPTZ", t.TIMESTAMPTZ)
    zone = node.args["zone"]
    macro = "pg_timestamp_at" if oid_of(value) == t.TIMESTAMP else "pg_timestamptz_at"
    if oid_of(zone) == t.INTERVAL:
        macro += "_interval"
    return call(macro, zone, value, oid=oid_of(node))
