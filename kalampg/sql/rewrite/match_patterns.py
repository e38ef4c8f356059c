r"""Rule: PostgreSQL's regular expressions on DuckDB's RE2.

Operators ``~ ~* !~ !~*`` and the regexp functions. Constant patterns are translated (``\m``,
``\M``, ``\y``, ``\Z``, ``***=``); what RE2 cannot do at all (look-around, back references in the
pattern) is 0A000. ``.`` matches a newline as in PostgreSQL, and regexp_replace replaces the first
match unless flag ``g`` says all.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> to_duckdb_sql(match_patterns(parse_one("SELECT a ~* 'x'"), RewriteContext()))
    'SELECT regexp_matches(CAST("a" AS VARCHAR), \'x\', \'is\')'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, constant_text, number, text, typed
from kalampg.sql.rewrite.context import RewriteContext, replace_calls, replace_each
from kalampg.sql.rewrite.conversions import to_text

_TEXT_ARRAY: Final = 1009


def match_patterns(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the operators and the functions."""
    tree = replace_each(tree, exp.RegexpLike, lambda node: _operator(node, "s"))
    tree = replace_each(tree, exp.RegexpILike, lambda node: _operator(node, "is"))
    return replace_calls(tree, _FUNCTIONS)


def _operator(node: exp.Expr, flags: str) -> exp.Expr:
    pattern = node.expression
    if isinstance(pattern, (exp.Any, exp.All)):
        raise errors.FeatureNotSupported(
            "~ ANY is not supported", hint="Combine the patterns with | or conditions with OR."
        )
    found = call("regexp_matches", to_text(node.this), translated(pattern), text(flags))
    result = typed(found, t.BOOL)
    return exp.Not(this=result) if node.args.get("negate") else result


def _like(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    flags, _is_global = duckdb_flags(arguments[2:])
    return call("regexp_matches", arguments[0], translated(arguments[1]), flags, oid=t.BOOL)


def _replace(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    flags, is_global = duckdb_flags(arguments[3:])
    options = text(str(flags.this) + ("g" if is_global else ""))
    replacement = arguments[2]
    constant = constant_text(replacement)
    new: exp.Expr
    if constant is not None:
        new = text(re.sub(r"\\&", r"\\0", constant))
    else:
        new = call("replace", replacement, text("\\&"), text("\\0"))
    arguments = [arguments[0], translated(arguments[1]), new, options]
    return call("regexp_replace", *arguments, oid=t.TEXT)


def _match(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    flags, is_global = duckdb_flags(arguments[2:])
    if is_global:
        raise errors.InvalidParameterValue(
            'regexp_match() does not support the "global" option',
            hint="Use the regexp_matches function instead.",
        )
    return _first_match(arguments[0], arguments[1], flags)


def _first_match(value: exp.Expr, pattern: exp.Expr, flags: exp.Expr) -> exp.Expr:
    """NULL without a match, else the groups, or the whole match if there are none."""
    groups = _group_numbers(pattern)
    found = call("regexp_matches", value, translated(pattern), flags)
    parts = [
        call("regexp_extract", value.copy(), translated(pattern), number(group), flags.copy())
        for group in groups
    ]
    branch = exp.If(this=found, true=exp.Array(expressions=parts))
    return typed(exp.Case(ifs=[branch]), _TEXT_ARRAY)


def _matches(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    """A set: every match with flag g, else at most one."""
    flags, is_global = duckdb_flags(arguments[2:])
    value, pattern = arguments[0], arguments[1]
    if not is_global:
        one = _first_match(value, pattern, flags)
        kept = call("list_filter", exp.Array(expressions=[one]), _lambda(_is_not_null))
        return call("unnest", kept, oid=_TEXT_ARRAY)
    groups = _group_numbers(pattern)
    columns = [
        call("regexp_extract_all", value.copy(), translated(pattern), number(group), flags.copy())
        for group in groups
    ]
    if len(columns) == 1:
        rows = call("list_transform", columns[0], _lambda(lambda e: exp.Array(expressions=[e])))
    else:
        rows = call("pg_zip_texts", exp.Array(expressions=columns))
    return call("unnest", rows, oid=_TEXT_ARRAY)


def _split(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    flags, _is_global = duckdb_flags(arguments[2:])
    pattern = translated(arguments[1])
    return call("string_split_regex", arguments[0], pattern, flags, oid=_TEXT_ARRAY)


def _split_rows(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    return call("unnest", _split(node, arguments), oid=t.TEXT)


def _count(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    found = call("regexp_extract_all", arguments[0], translated(arguments[1]), number(0), text("s"))
    return call("pg_length_of_list", found, oid=t.INT4)


def _substr(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    value, pattern = arguments[0], translated(arguments[1])
    found = call("regexp_matches", value, pattern, text("s"))
    part = call("regexp_extract", value.copy(), pattern.copy(), number(0), text("s"))
    return typed(exp.Case(ifs=[exp.If(this=found, true=part)]), t.TEXT)


def _substring(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    """``substring(a from 'pattern')``: the first group, or the whole match if there is none."""
    if len(arguments) != 2 or oid_of(arguments[1]) not in t.STRINGS | {t.UNKNOWN}:
        return node
    value, pattern = arguments
    group = _group_numbers(pattern)[0]
    found = call("regexp_matches", value, translated(pattern), text("s"))
    part = call("regexp_extract", value.copy(), translated(pattern), number(group), text("s"))
    return typed(exp.Case(ifs=[exp.If(this=found, true=part)]), t.TEXT)


def _lambda(body: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    name = exp.to_identifier("kalam item", quoted=True)
    return exp.Lambda(this=body(exp.Column(this=name.copy())), expressions=[name])


def _is_not_null(value: exp.Expr) -> exp.Expr:
    return exp.Is(this=value, expression=exp.Null(), negate=True)


def duckdb_flags(arguments: list[exp.Expr]) -> tuple[exp.Expr, bool]:
    """DuckDB's options for PostgreSQL's flags, and whether ``g`` is among them."""
    if not arguments:
        return text("s"), False
    flags = constant_text(arguments[0])
    if flags is None:
        raise errors.FeatureNotSupported("regular expression flags must be constant")
    newline_sensitive = bool(set(flags) & {"n", "m"})
    options = "i" if flags.rfind("i") > flags.rfind("c") else ""
    unknown = set(flags) - set("gicnmsx")
    if "x" in flags:
        raise errors.FeatureNotSupported("the regular expression flag x is not supported")
    if unknown:
        raise errors.InvalidParameterValue(f'invalid regular expression option: "{min(unknown)}"')
    return text(options + ("m" if newline_sensitive else "s")), "g" in flags


def translated(pattern: exp.Expr) -> exp.Expr:
    """A constant pattern for RE2; a computed one is taken as it is."""
    constant = constant_text(pattern)
    return pattern.copy() if constant is None else text(regex_for_re2(constant))


def _group_numbers(pattern: exp.Expr) -> list[int]:
    constant = constant_text(pattern)
    if constant is None:
        raise errors.FeatureNotSupported(
            "a computed pattern is not supported here", hint="Use a constant pattern."
        )
    try:
        groups = re.compile(_python_form(regex_for_re2(constant))).groups
    except re.error as error:
        raise errors.InvalidRegularExpression(f"invalid regular expression: {error.msg}") from None
    return list(range(1, groups + 1)) or [0]


def _python_form(pattern: str) -> str:
    plain = re.sub(r"\[:\w+:\]|\\p\{\w+\}", "x", pattern)
    return plain.replace("\\z", "\\Z")


_TRANSLATIONS: Final[Mapping[str, str]] = {
    "\\m": r"\b", "\\M": r"\b", "\\y": r"\b", "\\Y": r"\B", "\\Z": r"\z",
    "[[:<:]]": r"\b", "[[:>:]]": r"\b",
    "[:alpha:]": r"\p{L}", "[:alnum:]": r"\p{L}\p{N}", "[:upper:]": r"\p{Lu}",
    "[:lower:]": r"\p{Ll}",
}  # fmt: skip
_SPECIAL: Final = re.compile(
    r"\\\\|\[\[:[<>]:\]\]|\[:(?:alpha|alnum|upper|lower):\]|\\.|\(\?[=!<]+", re.DOTALL
)


def regex_for_re2(pattern: str) -> str:
    r"""A PostgreSQL pattern in RE2's spelling.

    >>> regex_for_re2(r"\mfoo\M"), regex_for_re2("***=a.b")
    ('\\bfoo\\b', 'a\\.b')
    """
    if pattern.startswith("***="):
        return re.escape(pattern[4:])
    pattern = pattern.removeprefix("***:")

    def translate(match: re.Match[str]) -> str:
        found = match[0]
        if found.startswith("(?") or (found[0] == "\\" and found[1:].isdigit()):
            raise errors.FeatureNotSupported(
                f'"{found}" is not supported in regular expressions',
                hint="Look-around and back references are not available.",
            )
        return _TRANSLATIONS.get(found, found)

    return _SPECIAL.sub(translate, pattern)


_FUNCTIONS: Final[Mapping[str, Callable[[exp.Expr, list[exp.Expr]], exp.Expr]]] = {
    "regexp_like": _like,
    "regexp_replace": _replace,
    "regexp_match": _match,
    "regexp_matches": _matches,
    "regexp_split_to_array": _split,
    "regexp_split_to_table": _split_rows,
    "regexp_count": _count,
    "regexp_substr": _substr,
    "substring": _substring,
}
