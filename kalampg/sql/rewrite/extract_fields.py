r"""Rule: extract(), which is numeric in PostgreSQL 15, and date_part(), which is float8.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> to_duckdb_sql(extract_fields(parse_one("SELECT extract(year FROM d)"), RewriteContext()))
    'SELECT CAST(date_part(\'year\', "d") AS DECIMAL(38, 0))'

Seconds have a scale of 6 and milliseconds one of 3, as PostgreSQL prints them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, constant_text, text
from kalampg.sql.rewrite.context import RewriteContext, replace_calls, replace_each

# Field: what DuckDB calls it. Epoch, seconds and the julian day are computed by macros.
_FIELDS: Final[Mapping[str, str]] = {
    "century": "century", "centuries": "century", "c": "century",
    "day": "day", "days": "day", "d": "day",
    "decade": "decade", "decades": "decade", "dow": "dow", "doy": "doy",
    "hour": "hour", "hours": "hour", "h": "hour", "isodow": "isodow", "isoyear": "isoyear",
    "microseconds": "microseconds", "microsecond": "microseconds", "us": "microseconds",
    "millennium": "millennium", "millenniums": "millennium",
    "minute": "minute", "minutes": "minute", "m": "minute", "min": "minute",
    "month": "month", "months": "month", "mon": "month", "quarter": "quarter",
    "timezone": "timezone", "timezone_hour": "timezone_hour",
    "timezone_minute": "timezone_minute", "week": "week", "weeks": "week",
    "year": "year", "years": "year", "y": "year",
    "epoch": "epoch", "second": "second", "seconds": "second", "sec": "second", "s": "second",
    "milliseconds": "milliseconds", "millisecond": "milliseconds", "ms": "milliseconds",
    "julian": "julian",
}  # fmt: skip
_FRACTIONS: Final[Mapping[str, tuple[str, int]]] = {
    # Field: unit of the macro, scale of the numeric result.
    "epoch": ("pg_epoch", 6),
    "second": ("pg_seconds", 6),
    "milliseconds": ("pg_milliseconds", 3),
}
_TIME_ONLY: Final = frozenset({"hour", "minute", "second", "milliseconds", "microseconds", "epoch"})
_INTERVAL_FIELDS: Final = _TIME_ONLY | {
    "century", "day", "decade", "millennium", "month", "quarter", "year",
}  # fmt: skip
_TIME_PARTS: Final = _TIME_ONLY - {"epoch"}


def extract_fields(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace EXTRACT and date_part()."""
    tree = replace_each(tree, exp.Extract, _extract)
    return replace_calls(tree, {"date_part": _date_part, "extract": _extract_call})


def _extract(node: exp.Expr) -> exp.Expr:
    return _field(node.this.name, node.expression, is_numeric=True)


def _extract_call(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    return _field(_constant(arguments[0]), arguments[1], is_numeric=True)


def _date_part(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    return _field(_constant(arguments[0]), arguments[1], is_numeric=False)


def _constant(field: exp.Expr) -> str:
    name = constant_text(field)
    if name is None:
        raise errors.FeatureNotSupported("date_part() of a computed field is not supported")
    return name


def _field(written: str, value: exp.Expr, *, is_numeric: bool) -> exp.Expr:
    source = oid_of(value)
    field = _FIELDS.get(written.lower())
    _check(written.lower(), field, source)
    assert field is not None
    if field in _FRACTIONS:
        macro, scale = _FRACTIONS[field]
        if source == t.DATE:
            value = cast(value, "TIMESTAMP", t.TIMESTAMP)
        part = call(macro, value)
        if field == "epoch" and source == t.DATE:
            scale = 0
        return _typed(part, scale, is_numeric)
    if field == "julian":
        return _typed(call("julian", value), 0 if source == t.DATE else 10, is_numeric)
    if field == "microseconds":
        return _typed(call("date_part", text("microseconds"), value), 0, is_numeric)
    return _typed(call("date_part", text(field), value), 0, is_numeric)


def _typed(part: exp.Expr, scale: int, is_numeric: bool) -> exp.Expr:
    if is_numeric:
        return cast(part, f"DECIMAL(38, {scale})", t.NUMERIC)
    return cast(part, "DOUBLE", t.FLOAT8)


def _check(written: str, field: str | None, source: int | None) -> None:
    """PostgreSQL's refusals: 22023 for no such unit, 0A000 for a unit that the type has not."""
    name = _TYPE_NAMES.get(source or 0, "timestamp without time zone")
    if field is None:
        raise errors.InvalidParameterValue(f'unit "{written}" not recognized for type {name}')
    allowed = {
        t.TIME: field in _TIME_ONLY,
        t.DATE: field not in _TIME_PARTS and not field.startswith("timezone"),
        t.INTERVAL: field in _INTERVAL_FIELDS,
        t.TIMESTAMP: not field.startswith("timezone"),
    }
    if not allowed.get(source or 0, True):
        raise errors.FeatureNotSupported(f'unit "{written}" not supported for type {name}')


_TYPE_NAMES: Final = {
    t.DATE: "date",
    t.TIME: "time without time zone",
    t.TIMESTAMP: "timestamp without time zone",
    t.TIMESTAMPTZ: "timestamp with time zone",
    t.INTERVAL: "interval",
}
