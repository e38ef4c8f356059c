"""Rule: format(), whose constant format string becomes a concatenation.

>>> from kalampg.sql.dialect import parse_one
>>> from kalampg.sql.rewrite.fill_types import fill_types
>>> from kalampg.sql.rewrite.writer import to_duckdb_sql
>>> context = RewriteContext()
>>> tree = fill_types(parse_one("SELECT format('Hi %s, %I', 'a', 'b')"), context)
>>> to_duckdb_sql(format_text(tree, context))
"SELECT concat('Hi ', 'a', ', ', pg_quote_ident('b'))"
"""

from __future__ import annotations

import re
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, constant_text, text
from kalampg.sql.rewrite.context import RewriteContext, replace_calls
from kalampg.sql.rewrite.conversions import to_text

_SPECIFIER: Final = re.compile(r"%(?:%|(?:(\d+)\$)?(-?)(\d*)([sIL]))|%")


def format_text(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the function."""
    return replace_calls(tree, {"format": _replacement})


def _replacement(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    template = constant_text(arguments[0])
    if template is None:
        raise errors.FeatureNotSupported(
            "format() with a computed format is not supported", hint="Use || or concat()."
        )
    values = arguments[1:]
    pieces: list[exp.Expr] = []
    done = position = 0
    for match in _SPECIFIER.finditer(template):
        if match.start() > done:
            pieces.append(text(template[done : match.start()]))
        done = match.end()
        if match[0] == "%%":
            pieces.append(text("%"))
            continue
        if match[0] == "%":
            raise errors.InvalidParameterValue(
                "unrecognized format() type specifier"
                if done < len(template)
                else "unterminated format() type specifier",
                hint='For a single "%" use "%%".',
            )
        position = int(match[1]) if match[1] else position + 1
        if position > len(values):
            raise errors.InvalidParameterValue("too few arguments for format()")
        pieces.append(_formatted(values[position - 1].copy(), match))
    if done < len(template):
        pieces.append(text(template[done:]))
    return call("concat", *(pieces or [text("")]), oid=t.TEXT)


def _formatted(value: exp.Expr, match: re.Match[str]) -> exp.Expr:
    kind = match[4]
    printed = to_text(value)
    if kind == "I":
        printed = call("pg_quote_ident", printed)
    elif kind == "L":
        printed = call("pg_quote_nullable", printed)
    if match[3]:
        side = "pg_pad_right" if match[2] else "pg_pad_left"
        printed = call(side, printed, exp.Literal.number(match[3]))
    return printed
