r"""Rule: date_trunc() to a unit that is written out.

Such a call cannot fail, so that windows may be sorted by it, and nothing is looked up for each row.
What the unit cannot be is left to the macros, which say so.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.fill_types import fill_types
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> context = RewriteContext()
    >>> tree = fill_types(parse_one("SELECT date_trunc('Months', localtimestamp)"), context)
    >>> truncated = truncate_dates(tree, context).expressions[0]
    >>> truncated.this, to_duckdb_sql(truncated.expressions[0])
    ('date_trunc', "'month'")
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, constant_text, text
from kalampg.sql.rewrite.context import RewriteContext, replace_calls
from kalampg.sql.rewrite.extract_fields import field_named

_LONG: Final = frozenset({"decade", "century", "millennium"})
_UNITS: Final = _LONG | {
    "microseconds", "milliseconds", "second", "minute", "hour", "day", "week", "month", "quarter",
    "year",
}  # fmt: skip


def truncate_dates(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the calls with a constant unit."""
    return replace_calls(tree, {"date_trunc": _truncated})


def _truncated(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    unit = field_named(constant_text(arguments[0]) or "")
    value = arguments[1]
    oid = oid_of(value)
    if unit not in _UNITS or len(arguments) != 2:
        return node
    if oid == t.TIMESTAMPTZ:
        return call("pg_trunc_zoned", text(unit), value, oid=oid)
    if oid == t.TIMESTAMP:
        macro = "pg_trunc_local" if unit in _LONG else "date_trunc"
        return call(macro, text(unit), value, oid=oid)
    if oid == t.INTERVAL and unit != "week":
        return call("date_trunc", text(unit), value, oid=oid)
    return node
