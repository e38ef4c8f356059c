"""Rule: numerics in the result have PostgreSQL's scale.

numeric has a scale per value in PostgreSQL and one per column in DuckDB. Where the difference would
show, in the select list of the outermost query, exact results are given as their text; the encoder
takes text for numeric.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.divide import divide
    >>> from kalampg.sql.rewrite.exact_numbers import exact_numbers
    >>> from kalampg.sql.rewrite.fill_types import fill_types
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> context = RewriteContext()
    >>> tree = divide(fill_types(parse_one("SELECT 1 / 3.0"), context), context)
    >>> to_duckdb_sql(print_numbers(exact_numbers(tree, context), context))
    "SELECT kpg_numeric_divide('1', '3.0')"
"""

from __future__ import annotations

from sqlglot import exp

from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.context import RewriteContext
from kalampg.sql.rewrite.exact_numbers import exact_text, needs_text


def print_numbers(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Print quotients in the outermost select list, and keep the query sorted by their values."""
    query = tree
    while isinstance(query, exp.Subquery) and not query.args.get("alias"):
        query = query.this
    if not context.is_result or not isinstance(query, exp.Select) or query.args.get("distinct"):
        return tree
    for position, item in enumerate(list(query.expressions), 1):
        value = item.this if isinstance(item, exp.Alias) else item
        if oid_of(value) != t.NUMERIC or not needs_text(value):
            continue
        _sort_by_value(query, position, item, value)
        value.replace(exact_text(value.copy()))
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
