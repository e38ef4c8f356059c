"""Rule: what a macro repeats is computed once.

A macro is a text: an argument that stands in it three times is three texts, and nine in a macro
around it. DuckDB finds the common ones, but not before it has bound them all. So where an argument
is more than a column or a constant, the macro's ``_once`` form is called, which binds a value.

    >>> from kalampg.sql.rewrite.build import call
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> product = call("pg_float_multiply", exp.column("a"), exp.column("b"))
    >>> twice = call("pg_float_add", product, exp.column("c"))
    >>> to_duckdb_sql(compute_once(twice, RewriteContext()))
    'pg_float_add_once(pg_float_multiply("a", "b"), "c")'
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sqlglot import exp

from kalampg.sql.rewrite.build import is_marked
from kalampg.sql.rewrite.context import RewriteContext

_ONE_ARGUMENT: Final = """
pg_timestamp_checked pg_timestamptz_checked
pg_year_text pg_isoyear_text pg_decade_text pg_century_text pg_millennium_text
pg_epoch_text pg_julian_text pg_epoch_text_of_date pg_julian_text_of_date
pg_interval_epoch pg_time_epoch pg_justify_hours pg_justify_days pg_justify_interval
pg_timetz_time pg_timetz_at pg_timetz_epoch pg_timetz_timezone_minute
""".split()  # noqa: SIM905 - read as words
_TWO_ARGUMENTS: Final = """
pg_float_add pg_float_subtract pg_float_multiply pg_float_divide pg_float_total pg_power
pg_date_plus pg_date_difference pg_moment_difference pg_timestamptz_plus pg_time_difference
pg_date_styled pg_timestamp_styled pg_timestamptz_styled pg_interval_styled
pg_interval_mul pg_interval_div pg_trunc_local pg_trunc_zoned
pg_timestamp_trunc pg_timestamptz_trunc pg_interval_trunc
pg_timestamp_at pg_timestamptz_at pg_timestamp_at_interval pg_timestamptz_at_interval
pg_timetz_today pg_timetz_at_interval pg_timetz_plus pg_date_timetz pg_timetz_rounded
""".split()  # noqa: SIM905 - read as words
# How many arguments each macro has that repeats one.
REPEATING: Final[Mapping[str, int]] = MappingProxyType(
    {
        **dict.fromkeys(_ONE_ARGUMENT, 1),
        **dict.fromkeys(_TWO_ARGUMENTS, 2),
        "pg_timetz_at_zone": 3,
    }
)
_SIMPLE: Final = (
    exp.Column, exp.Literal, exp.Null, exp.Boolean, exp.Parameter, exp.Placeholder, exp.Var,
)  # fmt: skip


def compute_once(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Call the form that binds its arguments where they are not simple."""
    for node in tree.find_all(exp.Anonymous):
        name = str(node.this)
        if is_marked(node) and name in REPEATING and not all(map(_is_simple, node.expressions)):
            node.set("this", f"{name}_once")
    return tree


def _is_simple(value: exp.Expr) -> bool:
    while isinstance(value, (exp.Cast, exp.Paren, exp.Neg)):
        value = value.this
    return isinstance(value, _SIMPLE)
