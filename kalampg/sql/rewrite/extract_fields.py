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
from kalampg.pgtypes import format_type
from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, constant_text, text
from kalampg.sql.rewrite.context import RewriteContext, replace_calls, replace_each
from kalampg.sql.rewrite.exact_numbers import EXACT_SCALE, numeric_from_text

# PostgreSQL's spellings of a field, of which only the first ten letters count.
_SPELLINGS: Final[Mapping[str, str]] = {
    "century": "c cent centuries century", "day": "d day days",
    "decade": "dec decs decade decades", "dow": "dow", "doy": "doy", "epoch": "epoch",
    "hour": "h hour hours hr hrs", "isodow": "isodow", "isoyear": "isoyear",
    "julian": "j jd julian", "microseconds": "microsecon us usec usecs useconds",
    "millennium": "mil mils millennia millennium",
    "milliseconds": "millisecon ms msec msecs mseconds", "minute": "m min mins minute minutes",
    "month": "mon mons month months", "quarter": "qtr quarter",
    "second": "s sec secs second seconds", "timezone": "timezone", "timezone_hour": "timezone_h",
    "timezone_minute": "timezone_m", "week": "w week weeks", "year": "y yr yrs year years",
}  # fmt: skip
_FIELDS: Final[Mapping[str, str]] = {
    spelling: field for field, spellings in _SPELLINGS.items() for spelling in spellings.split()
}
_LETTERS: Final = 10
# They grow with time, and are infinite where it is.
_GROWING: Final = frozenset(
    {"year", "isoyear", "decade", "century", "millennium", "epoch", "julian"}
)
_INSTANTS: Final = frozenset({t.DATE, t.TIMESTAMP, t.TIMESTAMPTZ})
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


def field_named(written: str) -> str | None:
    """The field that PostgreSQL understands, in any case and with its abbreviations."""
    return _FIELDS.get(written.lower()[:_LETTERS])


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
    field = _checked(written.lower(), source)
    if field in _GROWING and source in _INSTANTS:
        return _growing(field, value, int(source or 0), is_numeric)
    if source == t.TIMETZ:
        if field == "epoch" or field.startswith("timezone"):
            return _typed(call(f"pg_timetz_{field}", value), 6 * (field == "epoch"), is_numeric)
        value = call("pg_timetz_time", value, oid=t.TIME)
    if field in _FRACTIONS:
        macro, scale = _FRACTIONS[field]
        if field == "epoch":
            macro = "pg_interval_epoch" if source == t.INTERVAL else "pg_time_epoch"
        return _typed(call(macro, value), scale, is_numeric)
    if field == "quarter" and source == t.INTERVAL:
        return _typed(call("pg_interval_quarter", value), 0, is_numeric)
    return _typed(call("date_part", text(field), value), 0, is_numeric)


def _growing(field: str, value: exp.Expr, source: int, is_numeric: bool) -> exp.Expr:
    if source == t.TIMESTAMPTZ and field != "epoch":
        value, source = call("pg_local", value, oid=t.TIMESTAMP), t.TIMESTAMP
    macro = f"pg_{field}_text"
    if source == t.DATE and field in _SCALES:
        macro += "_of_date"
    written = call(macro, value, oid=t.NUMERIC)
    if not is_numeric:
        return cast(written, "DOUBLE", t.FLOAT8)
    scale = 0 if source == t.DATE else _SCALES.get(field, 0)
    return numeric_from_text(written, scale)


# Digits behind the point of what grows smoothly.
_SCALES: Final = {"epoch": 6, "julian": EXACT_SCALE}


def _typed(part: exp.Expr, scale: int, is_numeric: bool) -> exp.Expr:
    if is_numeric:
        return cast(part, f"DECIMAL(38, {scale})", t.NUMERIC)
    return cast(part, "DOUBLE", t.FLOAT8)


def _checked(name: str, source: int | None) -> str:
    """The field, or PostgreSQL's refusal: 22023 for no such unit, 0A000 for one of other types."""
    type_name = format_type(source or t.TIMESTAMP)
    field = field_named(name)
    if field is None:
        raise errors.InvalidParameterValue(f'unit "{name}" not recognized for type {type_name}')
    allowed = {
        t.TIME: field in _TIME_ONLY,
        t.TIMETZ: field in _TIME_ONLY or field.startswith("timezone"),
        t.DATE: field not in _TIME_PARTS and not field.startswith("timezone"),
        t.INTERVAL: field in _INTERVAL_FIELDS,
        t.TIMESTAMP: not field.startswith("timezone"),
    }
    if not allowed.get(source or 0, True):
        raise errors.FeatureNotSupported(f'unit "{name}" not supported for type {type_name}')
    return field
