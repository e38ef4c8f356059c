"""Rule: every call that is left runs the DuckDB function or macro that the allowlist names.

Arguments are cast to the declared types where they differ, so that DuckDB chooses the same overload
as PostgreSQL. A call that is not on the allowlist is 42883: no other function can be reached.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.fill_types import fill_types
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> context = RewriteContext()
    >>> tree = fill_types(parse_one("SELECT length('abc'), sqrt(4)"), context)
    >>> to_duckdb_sql(call_functions(tree, context))
    "SELECT pg_length('abc'), pg_sqrt(CAST(4 AS DOUBLE))"
"""

from __future__ import annotations

from sqlglot import exp

from kalampg import errors
from kalampg.pgtypes import format_type
from kalampg.sql.annotation import oid_of
from kalampg.sql.functions import FunctionMatch, lookup
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, is_marked, mark
from kalampg.sql.rewrite.context import RewriteContext, replace_each
from kalampg.sql.rewrite.conversions import converted
from kalampg.sql.tree import replace_node

_HINT = (
    "No function matches the given name and argument types. "
    "You might need to add explicit type casts."
)
# The results of these are DuckDB's BIGINT where PostgreSQL says int4, and the like.
_CAST_RESULTS = {"ntile": "INTEGER", "grouping": "INTEGER"}
# The last argument of these, where it is no literal, goes through a macro first: DuckDB's own
# functions take a NULL delimiter and a place before the first row in other ways than PostgreSQL.
_LAST_ARGUMENTS = {"string_agg": "pg_delimiter", "nth_value": "pg_place"}


def call_functions(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Resolve every call that no rule has replaced."""
    return replace_each(tree, exp.Anonymous, _replacement)


def _replacement(node: exp.Expr) -> exp.Expr:
    if is_marked(node):
        return node
    name = str(node.this).lower()
    if name == "array" and len(node.expressions) == 1:
        node.set("this", "array")
        return mark(node)
    if name == "count" and len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Star):
        node.set("this", "count")
        return mark(node)
    arguments = _arguments(node)
    match = lookup(name, [oid_of(part) for part in arguments])
    if match is None:
        types = ", ".join(format_type(int(oid_of(part) or t.UNKNOWN)) for part in arguments)
        raise errors.UndefinedFunction(f"function {name}({types}) does not exist", hint=_HINT)
    runner = match.function.runner
    if runner.startswith(("@", "$")):
        raise errors.FeatureNotSupported(f"function {name} is not supported here")
    _cast_arguments(arguments, match)
    _prepare_last(node, name)
    node.set("this", runner)
    return _sized(mark(node, oid_of(node) or match.result_oid), name)


def _arguments(node: exp.Expr) -> list[exp.Expr]:
    found: list[exp.Expr] = []
    for part in node.expressions:
        inner = part.this if isinstance(part, exp.Order) else part
        found += inner.expressions if isinstance(inner, exp.Distinct) else [inner]
    return found


def _cast_arguments(arguments: list[exp.Expr], match: FunctionMatch) -> None:
    for argument, wanted in zip(arguments, match.arg_oids, strict=True):
        actual = oid_of(argument)
        if actual == wanted or wanted == t.UNKNOWN or isinstance(argument, exp.Star):
            continue
        if actual in t.STRINGS and wanted in t.STRINGS:
            continue
        if actual in {None, t.UNKNOWN} and wanted in t.STRINGS:
            continue
        placeholder = exp.Null()
        replace_node(argument, placeholder)
        replace_node(placeholder, converted(argument, int(wanted)))


def _prepare_last(node: exp.Expr, name: str) -> None:
    macro = _LAST_ARGUMENTS.get(name)
    if macro is None:
        return
    argument = _arguments(node)[-1]
    if isinstance(argument, exp.Literal) and argument.name != "0":
        return
    placeholder = exp.Null()
    replace_node(argument, placeholder)
    replace_node(placeholder, call(macro, argument, oid=oid_of(argument)))


def _sized(node: exp.Expr, name: str) -> exp.Expr:
    target = _CAST_RESULTS.get(name)
    if target is None:
        return node
    if isinstance(node.parent, exp.Window):
        return node  # A cast cannot stand between a call and its OVER; the value fits anyway.
    return cast(node, target, oid_of(node))
