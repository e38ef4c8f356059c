"""Rule: numerics in the result have PostgreSQL's scale.

numeric has a scale per value in PostgreSQL and one per column in DuckDB. Where the difference would
show, in the select list of the outermost query, quotients are printed as text with the scale that
PostgreSQL computes from the operands; the encoder takes text for numeric.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.divide import divide
    >>> from kalampg.sql.rewrite.fill_types import fill_types
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> context = RewriteContext()
    >>> tree = divide(fill_types(parse_one("SELECT 1 / 3.0"), context), context)
    >>> to_duckdb_sql(print_numbers(tree, context))
    'SELECT pg_numeric_div_text(1, 3.0)'
"""

from __future__ import annotations

from sqlglot import exp

from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, is_marked
from kalampg.sql.rewrite.context import RewriteContext
from kalampg.sql.rewrite.divide import AVERAGE, QUOTIENT
from kalampg.sql.rewrite.unify_numerics import is_unifying

_PRINTED = {
    QUOTIENT: "pg_numeric_div_text",
    AVERAGE: "pg_integer_div_text",
    "pg_float_numeric": "pg_float_numeric_text",
    "pg_jsonb_numeric": "pg_jsonb_numeric_text",
}


def print_numbers(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Print quotients in the outermost select list, and keep the query sorted by their values."""
    query = tree
    while isinstance(query, exp.Subquery) and not query.args.get("alias"):
        query = query.this
    if not context.is_result or not isinstance(query, exp.Select) or query.args.get("distinct"):
        return tree
    for position, item in enumerate(list(query.expressions), 1):
        value = item.this if isinstance(item, exp.Alias) else item
        if oid_of(value) != t.NUMERIC or not _needs_text(value):
            continue
        _sort_by_value(query, position, item, value)
        value.replace(_text(value.copy()))
    return tree


def _sort_by_value(query: exp.Select, position: int, item: exp.Expr, value: exp.Expr) -> None:
    """ORDER BY that names the output would sort its text."""
    order = query.args.get("order")
    name = item.alias if isinstance(item, exp.Alias) else None
    for ordered in order.expressions if order is not None else ():
        key = ordered.this
        is_ordinal = isinstance(key, exp.Literal) and key.this == str(position)
        is_name = isinstance(key, exp.Column) and not key.table and key.name == name
        if is_ordinal or (is_name and name is not None):
            ordered.set("this", value.copy())


def _needs_text(value: exp.Expr) -> bool:
    if is_unifying(value):
        return True
    if isinstance(value, exp.Paren):
        return _needs_text(value.this)
    if isinstance(value, exp.Case):
        return any(_needs_text(branch) for branch in _branches(value))
    if isinstance(value, exp.Anonymous) and is_marked(value):
        if str(value.this) in _PRINTED:
            return True
        if str(value.this) in {"coalesce", "nullif"}:
            return any(_needs_text(part) for part in value.expressions)
    return False


def _branches(value: exp.Expr) -> list[exp.Expr]:
    default = value.args.get("default")
    branches = [branch.args["true"] for branch in value.args["ifs"]]
    return branches if default is None else [*branches, default]


def _text(value: exp.Expr) -> exp.Expr:
    if isinstance(value, exp.Paren) or is_unifying(value):
        return _text(value.this)
    if isinstance(value, exp.Case):
        for branch in value.args["ifs"]:
            branch.set("true", _text(branch.args["true"]))
        if (default := value.args.get("default")) is not None:
            value.set("default", _text(default))
        return value
    if isinstance(value, exp.Anonymous) and is_marked(value):
        name = str(value.this)
        if name in _PRINTED:
            return call(_PRINTED[name], *value.expressions, oid=t.NUMERIC)
        if name == "coalesce":
            parts = [_text(part) for part in value.expressions]
            return call("coalesce", *parts, oid=t.NUMERIC)
        if name == "nullif":
            first, second = value.expressions
            is_equal = exp.EQ(this=first.copy(), expression=second)
            branch = exp.If(this=is_equal, true=exp.Null())
            return exp.Case(ifs=[branch], default=_text(first))
    return cast(value, "VARCHAR", t.NUMERIC)
