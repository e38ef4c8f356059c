"""Rule: what a grouped query prints of an exact number or a jsonb that it groups by.

Groups are made by value: of DECIMALs, and of the keys that jsonb is sorted by. The text of the
value is no part of GROUP BY. The text of any row of the group stands for all.

    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.divide import divide
    >>> from kalampg.sql.rewrite.exact_numbers import exact_numbers
    >>> from kalampg.sql.rewrite.fill_types import fill_types
    >>> from kalampg.sql.rewrite.print_numbers import print_numbers
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> context = RewriteContext()
    >>> tree = parse_one("SELECT 1 / 3.0 GROUP BY 1 / 3.0")
    >>> tree = exact_numbers(divide(fill_types(tree, context), context), context)
    >>> to_duckdb_sql(group_numbers(print_numbers(tree, context), context)).split(" GROUP BY ")[0]
    "SELECT any_value(kpg_numeric_divide('1', '3.0'))"
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlglot import exp

from kalampg.sql.annotation import oid_of
from kalampg.sql.functions import is_aggregate_name
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, typed
from kalampg.sql.rewrite.context import RewriteContext
from kalampg.sql.rewrite.exact_numbers import exact_text, needs_text
from kalampg.sql.rewrite.order_json import json_sort_key
from kalampg.sql.rewrite.print_numbers import names_output

_SETS: Final = (exp.Rollup, exp.Cube, exp.GroupingSets)


def group_numbers(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Take the texts of grouped numbers from some row of each group."""
    for query in tree.find_all(exp.Select):
        group = query.args.get("group")
        if group is None:
            continue
        has_sets = group.find(*_SETS) is not None
        texts = [(key, exact_text(key.copy())) for key in _exact_keys(group)]
        if not has_sets and _names_keys_in_roots(query):
            texts += _json_keys(query, group)
        for root in _roots(query) if texts else ():
            _replace_texts(root, texts, has_sets=has_sets)
    return tree


def _exact_keys(part: exp.Expr) -> Iterator[exp.Expr]:
    for key in part.expressions:
        if isinstance(key, (*_SETS, exp.Tuple)):
            yield from _exact_keys(key)
        elif oid_of(key) == t.NUMERIC and needs_text(key):
            yield key


def _names_keys_in_roots(query: exp.Select) -> bool:
    """Whether nothing but the roots, and no query inside of them, may name what is grouped by."""
    distinct = query.args.get("distinct")
    has_more = query.args.get("windows") or (distinct is not None and distinct.args.get("on"))
    return not has_more and not any(root.find(exp.Query) for root in _roots(query))


def _json_keys(query: exp.Select, group: exp.Group) -> list[tuple[exp.Expr, exp.Expr]]:
    """Group by the keys that jsonb is sorted by; these, and the values that they are of."""
    found: list[tuple[exp.Expr, exp.Expr]] = []
    for key in list(group.expressions):
        outputs = [
            item.unalias()
            for position, item in enumerate(query.expressions, 1)
            if names_output(key, position, item)
        ]
        value = outputs[0] if outputs else key
        if oid_of(value) == t.JSONB:
            sort_key = json_sort_key(value)
            found.append((sort_key, value.copy()))
            key.replace(sort_key)
    return found


def _roots(query: exp.Select) -> list[exp.Expr]:
    clauses = [query.args[name] for name in ("having", "order") if query.args.get(name)]
    return [*query.expressions, *clauses]


def _replace_texts(
    root: exp.Expr, texts: list[tuple[exp.Expr, exp.Expr]], *, has_sets: bool
) -> None:
    pending = [root]
    while pending:
        part = pending.pop()
        if any(part == key for key, _ in texts) or _is_of_rows(part):
            continue
        key = next((key for key, text in texts if part == text), None)
        if key is None:
            pending += part.iter_expressions()
            continue
        printed = call("any_value", part.copy(), oid=oid_of(part))
        if has_sets:  # Where it is not grouped by, the key is NULL.
            is_there = exp.Not(this=exp.Is(this=key.copy(), expression=exp.Null()))
            branch = exp.If(this=is_there, true=printed)
            printed = typed(exp.Case(ifs=[branch]), t.NUMERIC)
        part.replace(printed)


def _is_of_rows(part: exp.Expr) -> bool:
    """Whether the operands are of single rows, or of another query."""
    if isinstance(part, exp.Anonymous):
        return is_aggregate_name(str(part.this).lower())
    return isinstance(part, (exp.Filter, exp.WithinGroup, exp.Query, exp.Subquery))
