"""Rule: to_char() of dates and times, to_date() and to_timestamp() with constant patterns.

A pattern is cut into template words as PostgreSQL does (longest first, text in double quotes kept,
``FM`` before a word drops its padding); each word becomes an expression, and to_char() is their
concatenation. Words that are not in the table are 0A000, never printed as they stand.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.fill_types import fill_types
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> context = RewriteContext()
    >>> tree = fill_types(parse_one("SELECT to_char(d, 'MM/FMDD')"), context)
    >>> to_duckdb_sql(format_dates(tree, context).expressions[0].expressions[1])
    "'%m/%-d'"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import reduce
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, constant_text, text, typed
from kalampg.sql.rewrite.context import RewriteContext, replace_calls

# Word: DuckDB's strftime format with padding, and without it (FM). None: a macro of that name.
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "YYYY": ("%Y", "%-Y"), "YYY": ("pg:year3", "pg:year3"), "YY": ("%y", "%-y"),
    "Y": ("pg:year1", "pg:year1"), "Y,YYY": ("pg:yearcomma", "pg:yearcomma"),
    "IYYY": ("%G", "%G"), "IW": ("%V", "pg:isoweek"), "ID": ("%u", "%u"),
    "MM": ("%m", "%-m"), "DD": ("%d", "%-d"), "DDD": ("%j", "%-j"), "D": ("pg:dow", "pg:dow"),
    "HH24": ("%H", "%-H"), "HH12": ("%I", "%-I"), "HH": ("%I", "%-I"), "MI": ("%M", "%-M"),
    "SS": ("%S", "%-S"), "MS": ("%g", "%g"), "US": ("%f", "%f"), "SSSS": ("pg:sssss", "pg:sssss"),
    "SSSSS": ("pg:sssss", "pg:sssss"), "Q": ("pg:quarter", "pg:quarter"),
    "CC": ("pg:century", "pg:century"), "J": ("pg:julian", "pg:julian"),
    "WW": ("pg:week", "pg:week"), "W": ("pg:monthweek", "pg:monthweek"),
    "Month": ("pg:Month9", "%B"), "MONTH": ("pg:MONTH9", "pg:MONTH"),
    "month": ("pg:month9", "pg:month"), "Mon": ("%b", "%b"), "MON": ("pg:MON", "pg:MON"),
    "mon": ("pg:mon", "pg:mon"), "Day": ("pg:Day9", "%A"), "DAY": ("pg:DAY9", "pg:DAY"),
    "day": ("pg:day9", "pg:day"), "Dy": ("%a", "%a"), "DY": ("pg:DY", "pg:DY"),
    "dy": ("pg:dy", "pg:dy"), "AM": ("%p", "%p"), "PM": ("%p", "%p"), "am": ("pg:am", "pg:am"),
    "pm": ("pg:am", "pg:am"), "A.M.": ("pg:A.M.", "pg:A.M."), "P.M.": ("pg:A.M.", "pg:A.M."),
    "a.m.": ("pg:a.m.", "pg:a.m."), "p.m.": ("pg:a.m.", "pg:a.m."),
    "TZH": ("pg:tzh", "pg:tzh"), "TZM": ("pg:tzm", "pg:tzm"), "TZ": ("pg:TZ", "pg:TZ"),
    "tz": ("pg:tz", "pg:tz"), "OF": ("pg:OF", "pg:OF"),
}  # fmt: skip
_CASE_MATTERS: Final = frozenset({"month", "mon", "day", "dy", "am", "pm", "a.m.", "p.m.", "tz"})
_INPUT: Final[Mapping[str, str]] = {
    "YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d", "DDD": "%j", "HH24": "%H", "HH12": "%I",
    "HH": "%I", "MI": "%M", "SS": "%S", "MS": "%g", "US": "%f", "MONTH": "%B", "MON": "%b",
    "DAY": "%A", "DY": "%a", "AM": "%p", "PM": "%p",
}  # fmt: skip
_ALTERNATIVES: Final = "|".join(
    re.escape(word) for word in sorted(_WORDS, key=lambda word: (-len(word), word))
)
_TOKEN: Final = re.compile(
    rf'"[^"]*"|FM|TM|FX|(?:{_ALTERNATIVES})(?:TH|SP)?|[A-Za-z]+|.', re.DOTALL | re.IGNORECASE
)


def format_dates(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the functions where the value is a date or a time."""
    makers = {"to_char": _to_char, "to_date": _to_date, "to_timestamp": _to_timestamp}
    return replace_calls(tree, makers)


def _to_char(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    value, pattern = arguments
    oid: int | None = oid_of(value)
    if oid in t.NUMBERS:
        return node
    if oid == t.INTERVAL:
        raise errors.FeatureNotSupported("to_char() of an interval is not supported")
    if oid in {t.DATE, t.UNKNOWN}:
        value = cast(value, "TIMESTAMPTZ", t.TIMESTAMPTZ)
        oid = t.TIMESTAMPTZ
    pieces = [_piece(value, oid, kind, item) for kind, item in _template(_constant(pattern))]
    first, *rest = _merged(pieces, value) or [call("pg_empty_text", value.copy())]
    # || and not concat(): to_char(NULL) is NULL.
    chain = reduce(lambda left, right: exp.DPipe(this=left, expression=right), rest, first)
    return typed(exp.Paren(this=chain) if rest else chain, t.TEXT)


def _merged(pieces: list[str | exp.Expr], value: exp.Expr) -> list[exp.Expr]:
    """Neighbouring strftime formats as one call."""
    merged: list[exp.Expr] = []
    pending = ""
    for piece in [*pieces, None]:
        if isinstance(piece, str):
            pending += piece
            continue
        if pending:
            merged.append(call("strftime", value.copy(), text(pending)))
            pending = ""
        if piece is not None:
            merged.append(piece)
    return merged


def _piece(value: exp.Expr, oid: int | None, kind: str, item: str) -> str | exp.Expr:
    if kind == "text":
        return item.replace("%", "%%")
    if not item.startswith("pg:"):
        return item
    word = item[3:]
    if word in {"tzh", "tzm", "TZ", "tz", "OF"}:
        if oid != t.TIMESTAMPTZ:
            return ""
        if word in {"TZ", "tz"}:
            raise errors.FeatureNotSupported("time zone abbreviations are not supported")
    return call("pg_date_word", value.copy(), text(word))


def _template(pattern: str) -> list[tuple[str, str]]:
    """The pattern as (``word`` or ``text``, strftime format or text)."""
    parts: list[tuple[str, str]] = []
    drops_padding = False
    for token in _TOKEN.findall(pattern):
        upper = token.upper()
        if upper == "FM":
            drops_padding = True
            continue
        if upper in {"TM", "FX"}:
            raise errors.FeatureNotSupported(f'"{token}" is not supported by to_char()')
        if token.startswith('"') and len(token) > 1:
            parts.append(("text", token[1:-1]))
        elif (formats := _WORDS.get(_canonical(token))) is not None:
            parts.append(("word", formats[drops_padding]))
            drops_padding = False
        elif token.isalpha() and len(token) > 1 and _looks_like_word(token):
            raise errors.FeatureNotSupported(f'"{token}" is not supported by to_char()')
        else:
            parts.append(("text", token))
    return parts


def _looks_like_word(token: str) -> bool:
    upper = token.upper()
    return upper.endswith(("TH", "SP")) or upper in {"RM", "IYY", "IY", "IDDD", "BC", "AD"}


def _canonical(token: str) -> str:
    if token.lower() in _CASE_MATTERS or token in _WORDS:
        return token
    if token.lower() in {"month", "day", "mon", "dy"}:
        return token.capitalize() if token[0].isupper() else token.lower()
    return token.upper()


def _constant(pattern: exp.Expr) -> str:
    value = constant_text(pattern)
    if value is None:
        raise errors.FeatureNotSupported(
            "a computed pattern is not supported", hint="Write the pattern as a literal."
        )
    return value


def _input_format(pattern: exp.Expr) -> exp.Expr:
    out: list[str] = []
    for token in _TOKEN.findall(_constant(pattern)):
        upper = token.upper()
        if upper in {"FM", "FX"}:
            continue
        if (word := _INPUT.get(upper)) is not None:
            out.append(word)
        elif token.startswith('"') and len(token) > 1:
            out.append(token[1:-1].replace("%", "%%"))
        elif token.isalpha() and upper != "T":
            raise errors.FeatureNotSupported(
                f'"{token}" is not supported by to_date() and to_timestamp()'
            )
        else:
            out.append(token.replace("%", "%%"))
    return text("".join(out))


def _to_date(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    parsed = call("pg_moment_input", arguments[0], _input_format(arguments[1]))
    return cast(parsed, "DATE", t.DATE)


def _to_timestamp(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    if len(arguments) != 2:
        return node
    parsed = call("pg_moment_input", arguments[0], _input_format(arguments[1]))
    return cast(parsed, "TIMESTAMPTZ", t.TIMESTAMPTZ)
