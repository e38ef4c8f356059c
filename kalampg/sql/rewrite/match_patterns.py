r"""Rule: PostgreSQL's regular expressions, on DuckDB's RE2 where it means the same.

A constant pattern that RE2 reads as PostgreSQL does (``\m``, ``\y`` and the like are translated)
runs there; look-around, back references, computed patterns, and functions whose result depends on
groups or on which match is the longest run in ``kalampg.builtins``.

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

from kalampg.builtins.posix_pattern import compiled
from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, constant_text, number, text, typed
from kalampg.sql.rewrite.context import RewriteContext, replace_calls, replace_each
from kalampg.sql.rewrite.conversions import to_text

_TEXT_ARRAY: Final = 1009
# What RE2 has not, or reads in another way, and a quantifier that asks for the shortest match.
_NOT_RE2: Final = re.compile(
    r"\(\?|\\[0-9uUxcBeaABbZ]|\[\[[.=]|^\*\*\*|[*+?}]\?|\{\d{4}", re.DOTALL
)


def match_patterns(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the operators and the functions."""
    tree = replace_each(tree, exp.RegexpLike, lambda node: _operator(node, ""))
    tree = replace_each(tree, exp.RegexpILike, lambda node: _operator(node, "i"))
    return replace_calls(tree, _FUNCTIONS)


def _operator(node: exp.Expr, flags: str) -> exp.Expr:
    pattern = node.expression
    if isinstance(pattern, (exp.Any, exp.All)):
        return typed(_quantified(node, pattern, flags), t.BOOL)
    result = _matched(to_text(node.this), pattern, text(flags))
    return exp.Not(this=result) if node.args.get("negate") else result


def _quantified(node: exp.Expr, quantified: exp.Expr, flags: str) -> exp.Expr:
    """``value ~ ANY (patterns)``."""
    name = "kpg_regex_like_any" if isinstance(quantified, exp.Any) else "kpg_regex_like_all"
    negated = exp.Boolean(this=bool(node.args.get("negate")))
    patterns = quantified.this
    while isinstance(patterns, exp.Paren):
        patterns = patterns.this
    return call(name, to_text(node.this), patterns, text(flags), negated)


def _matched(value: exp.Expr, pattern: exp.Expr, flags: exp.Expr) -> exp.Expr:
    constant, letters = constant_text(pattern), constant_text(flags)
    if constant is not None and letters in {"", "i"} and _NOT_RE2.search(constant) is None:
        options = text("is" if letters else "s")
        return call("regexp_matches", value, text(regex_for_re2(constant)), options, oid=t.BOOL)
    return call("kpg_regex_like", value, pattern, flags, oid=t.BOOL)


def _like(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    return _matched(arguments[0], arguments[1], _argument(arguments, 2, text("")))


def _replace(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    if len(arguments) > 3 and oid_of(arguments[3]) in t.INTEGERS:
        # A start makes all matches from there on replaced, where no number says which.
        every = number(1 if len(arguments) == 4 else 0)
        found = [*arguments[:4], _argument(arguments, 4, every), _argument(arguments, 5, text(""))]
        return call("kpg_regex_replace_nth", *found, oid=t.TEXT)
    pattern, new = constant_text(arguments[1]), constant_text(arguments[2])
    flags = _argument(arguments, 3, text(""))
    letters = constant_text(flags)
    if (
        pattern
        and new is not None
        and letters is not None
        and set(letters) <= {"g", "i"}
        and not set(pattern) & set("|*?{(\\")
        and "\\" not in new
    ):
        options = text(letters + "s")
        found = [arguments[0], text(regex_for_re2(pattern)), arguments[2], options]
        return call("regexp_replace", *found, oid=t.TEXT)
    return call("kpg_regex_replace", *arguments[:3], flags, oid=t.TEXT)


def _argument(arguments: list[exp.Expr], position: int, default: exp.Expr) -> exp.Expr:
    return arguments[position] if len(arguments) > position else default


def _builtin(
    name: str, oid: int, defaults: tuple[int | str, ...] = ("",), *, is_set: bool = False
) -> Callable[[exp.Expr, list[exp.Expr]], exp.Expr]:
    """A call of a builtin whose arguments after the pattern have defaults."""

    def make(_: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
        filled = [
            *arguments,
            *(
                text(value) if isinstance(value, str) else number(value)
                for value in defaults[len(arguments) - 2 :]
            ),
        ]
        found = call(name, *filled, oid=oid)
        return call("unnest", found, oid=oid) if is_set else found

    return make


def _substring(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    """``substring(a from 'pattern')``: the first group, or the whole match if there is none."""
    if oid_of(arguments[1]) not in t.STRINGS | {t.UNKNOWN}:
        return node
    if len(arguments) == 3:
        return call("kpg_substring_similar", *arguments, oid=t.TEXT)
    return call("kpg_regex_substring", *arguments, oid=t.TEXT)


_TRANSLATIONS: Final[Mapping[str, str]] = {
    "\\m": r"\b", "\\M": r"\b", "\\y": r"\b", "\\Y": r"\B",
    "[[:<:]]": r"\b", "[[:>:]]": r"\b",
    "[:alpha:]": r"\p{L}", "[:alnum:]": r"\p{L}\p{N}", "[:upper:]": r"\p{Lu}",
    "[:lower:]": r"\p{Ll}",
}  # fmt: skip
_SPECIAL: Final = re.compile(
    r"\\\\|\[\[:[<>]:\]\]|\[:(?:alpha|alnum|upper|lower):\]|\\.", re.DOTALL
)


def regex_for_re2(pattern: str) -> str:
    r"""A PostgreSQL pattern in RE2's spelling.

    >>> regex_for_re2(r"\mfoo\M")
    '\\bfoo\\b'

    Raises:
        InvalidRegularExpression: 2201B
    """
    compiled(pattern)
    return _SPECIAL.sub(lambda found: _TRANSLATIONS.get(found[0], found[0]), pattern)


_FUNCTIONS: Final[Mapping[str, Callable[[exp.Expr, list[exp.Expr]], exp.Expr]]] = {
    "regexp_like": _like,
    "regexp_replace": _replace,
    "regexp_match": _builtin("kpg_regex_match", _TEXT_ARRAY),
    "regexp_matches": _builtin("kpg_regex_matches", _TEXT_ARRAY, is_set=True),
    "regexp_split_to_array": _builtin("kpg_regex_split", _TEXT_ARRAY),
    "regexp_split_to_table": _builtin("kpg_regex_split", t.TEXT, is_set=True),
    "regexp_count": _builtin("kpg_regex_count", t.INT4, (1, "")),
    "regexp_instr": _builtin("kpg_regex_instr", t.INT4, (1, 1, 0, "", 0)),
    "regexp_substr": _builtin("kpg_regex_substr", t.TEXT, (1, 1, "", 0)),
    "substring": _substring,
}
