r"""Rule: LIKE, ILIKE and SIMILAR TO with PostgreSQL's escapes.

The backslash escapes unless ESCAPE says otherwise; DuckDB has no default escape, and its SIMILAR TO
takes a plain regular expression.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> to_duckdb_sql(match_like(parse_one(r"SELECT a LIKE b, a LIKE 'x%'"), RewriteContext()))
    'SELECT like_escape("a", "b", \'\\\'), ("a" LIKE \'x%\')'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, constant_text, is_marked, mark, text, typed
from kalampg.sql.rewrite.context import RewriteContext, replace_each

_KINDS: Final = (exp.Like, exp.ILike, exp.SimilarTo)
_FUNCTIONS: Final[Mapping[type[exp.Expr], str]] = {
    exp.Like: "like_escape",
    exp.ILike: "ilike_escape",
}


def match_like(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace the three operators, with their ESCAPE."""
    tree = replace_each(tree, exp.Escape, _with_escape)
    return replace_each(tree, _KINDS, lambda node: _match(node, text("\\")))


def _with_escape(node: exp.Expr) -> exp.Expr:
    return _match(node.this, node.expression)


def _match(node: exp.Expr, escape: exp.Expr) -> exp.Expr:
    if not isinstance(node, _KINDS) or is_marked(node):
        return node
    is_negated = bool(node.args.get("negate"))
    pattern = node.expression
    if isinstance(pattern, (exp.Any, exp.All)):
        result = _quantified(node, pattern, escape)
    else:
        result = _single(type(node), node.this, pattern, escape)
    if is_negated:
        result = exp.Paren(this=exp.Not(this=result))
    return typed(result, t.BOOL)


def _single(kind: type[exp.Expr], value: exp.Expr, pattern: exp.Expr, escape: exp.Expr) -> exp.Expr:
    constant, escape_text = constant_text(pattern), constant_text(escape)
    if kind is exp.SimilarTo:
        return call("kpg_similar_to", value, pattern, escape)
    if escape_text is not None and len(escape_text) > 1:
        raise errors.InvalidEscapeSequence(
            "invalid escape string", hint="Escape string must be empty or one character."
        )
    if kind is exp.Like and oid_of(value) == t.BYTEA and escape_text == "\\":
        return call("kpg_bytes_like", value, pattern)
    if constant is not None and escape_text is not None:
        if escape_text and _ends_open(constant, escape_text):
            return _open_ended(kind, value, constant, escape)
        if not escape_text or escape_text not in constant:
            return exp.Paren(this=mark(kind(this=value, expression=pattern)))
    return call(_FUNCTIONS[kind], value, pattern, escape)


def _ends_open(pattern: str, escape: str) -> bool:
    """Whether the pattern ends with an escape character that escapes nothing."""
    trailing = len(pattern) - len(pattern.rstrip(escape))
    return trailing % 2 == 1


def _open_ended(kind: type[exp.Expr], value: exp.Expr, pattern: str, escape: exp.Expr) -> exp.Expr:
    """An error where there is text left for the last character, and no match elsewhere."""
    longer = call(_FUNCTIONS[kind], value, text(pattern[:-1] + "_%"), escape)
    return call("pg_open_ended", longer)


def _quantified(node: exp.Expr, quantifier: exp.Expr, escape: exp.Expr) -> exp.Expr:
    """``a LIKE ANY (array)`` over an array that is written out."""
    array = quantifier.this
    while isinstance(array, exp.Paren):
        array = array.this
    if not isinstance(array, exp.Array) or not array.expressions:
        raise errors.FeatureNotSupported(
            "LIKE ANY over a computed array is not supported",
            hint="Write the patterns as ARRAY[...], or combine conditions with OR.",
        )
    is_any = isinstance(quantifier, exp.Any)
    parts = [
        _single(type(node), node.this.copy(), pattern.copy(), escape.copy())
        for pattern in array.expressions
    ]
    combined = exp.or_(*parts, copy=False) if is_any else exp.and_(*parts, copy=False)
    return exp.Paren(this=combined)
