"""Rule: to_char() of dates, times and intervals, to_date() and to_timestamp() with a template.

Templates of common words only become strftime formats; the others run in ``kalampg.builtins``.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> from kalampg.sql.rewrite.fill_types import fill_types
    >>> context = RewriteContext()
    >>> tree = fill_types(parse_one("SELECT to_char(localtimestamp, 'YYYY-MM')"), context)
    >>> to_duckdb_sql(format_dates(tree, context).expressions[0].expressions[2])
    "'%Y-%m'"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sqlglot import exp

from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, constant_text, text
from kalampg.sql.rewrite.context import RewriteContext, replace_calls
from kalampg.sql.rewrite.conversions import converted

_STRFTIME: Final[Mapping[str, str]] = {
    "YYYY": "%Y", "MM": "%m", "DD": "%d", "HH24": "%H", "MI": "%M", "SS": "%S",
}  # fmt: skip
# A longer word, as DDD or SSSS, is none of these.
_SIMPLE: Final = re.compile(r"(?!.*(?:DDD|SSS))(?:YYYY|HH24|MM|DD|MI|SS|[-/:. ])+")
_WORD: Final = re.compile("|".join(_STRFTIME))


def format_dates(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the functions where the value is a date or a time."""
    makers = {"to_char": _to_char, "to_date": _to_date, "to_timestamp": _to_timestamp}
    return replace_calls(tree, makers)


def _to_char(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    value, template = arguments
    oid = oid_of(value)
    if oid in t.NUMBERS:
        return node
    if oid in {t.INTERVAL, t.TIME}:
        if oid == t.TIME:
            value = converted(value, t.INTERVAL)
        return call("pg_to_char_interval", value, template, oid=t.TEXT)
    if oid == t.TIMESTAMP:
        written = constant_text(template)
        if written is not None and _SIMPLE.fullmatch(written):
            words = _WORD.sub(lambda word: _STRFTIME[word[0]], written)
            return call("pg_to_char_simple", value, template, text(words), oid=t.TEXT)
        return call("pg_to_char_plain", value, template, oid=t.TEXT)
    if oid != t.TIMESTAMPTZ:
        value = cast(value, "TIMESTAMPTZ", t.TIMESTAMPTZ)
    return call("pg_to_char_zone", value, template, oid=t.TEXT)


def _to_date(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    return call("pg_to_date", *arguments, oid=t.DATE)


def _to_timestamp(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    if len(arguments) == 1:
        return node
    return call("pg_to_timestamp_of", *arguments, oid=t.TIMESTAMPTZ)
