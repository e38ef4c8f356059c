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
    """Print exact numbers in the outermost list, which stays sorted and grouped by value."""
    query = tree
    while isinstance(query, exp.Subquery) and not query.args.get("alias"):
        query = query.this
    if not context.is_result or not isinstance(query, exp.Select) or query.args.get("distinct"):
        return tree
    for position, item in enumerate(list(query.expressions), 1):
        value = item.this if isinstance(item, exp.Alias) else item
        if oid_of(value) != t.NUMERIC or not needs_text(value):
            continue
        _name_value(query, position, item, value)
        value.replace(exact_text(value.copy()))
    return tree


def _name_value(query: exp.Select, position: int, item: exp.Expr, value: exp.Expr) -> None:
    """GROUP BY and ORDER BY that name the output would group and sort its text."""
    group, order = query.args.get("group"), query.args.get("order")
    keys = list(group.expressions) if group is not None else []
    keys += [ordered.this for ordered in order.expressions] if order is not None else []
    for key in keys:
        if _names_output(key, position, item):
            key.replace(value.copy())


def _names_output(key: exp.Expr, position: int, item: exp.Expr) -> bool:
    """Whether a key of GROUP BY or ORDER BY is the number or the alias of an output."""
    if isinstance(key, exp.Literal):
        return not key.is_string and str(key.this) == str(position)
    return (
        isinstance(item, exp.Alias)
        and isinstance(key, exp.Column)
        and not key.table
        and key.name == item.alias
    )
