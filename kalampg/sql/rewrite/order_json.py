"""Rule: jsonb is compared and sorted by its values, not by its text.

>>> from kalampg.sql.dialect import parse_one
>>> from kalampg.sql.rewrite.fill_types import fill_types
>>> from kalampg.sql.rewrite.writer import to_duckdb_sql
>>> context = RewriteContext()
>>> tree = fill_types(parse_one("SELECT 1 ORDER BY '1'::jsonb"), context)
>>> order_json(tree, context).args["order"].expressions[0].this.name
'kpg_jsonb_sort_key'
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from kalampg.sql.annotation import oid_of
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, constant_int
from kalampg.sql.rewrite.context import RewriteContext, replace_each
from kalampg.sql.rewrite.conversions import converted

_COMPARISONS: Final = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)


def order_json(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Compare and sort by the keys of the values."""
    return replace_each(tree, (*_COMPARISONS, exp.Ordered), _by_key)


def _by_key(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Ordered):
        value = _sorted_value(node)
        if oid_of(value) == t.JSONB:
            node.set("this", json_sort_key(value))
        return node
    if t.JSONB in {oid_of(node.this), oid_of(node.expression)} and not isinstance(
        node.expression, (exp.Any, exp.All)
    ):
        node.set("this", json_sort_key(node.this))
        node.set("expression", json_sort_key(node.expression))
    return node


def _sorted_value(node: exp.Ordered) -> exp.Expr:
    """What is sorted by, also where it is the number of an output."""
    query = node.parent.parent if node.parent is not None else None
    number = constant_int(node.this)
    item: exp.Expr = node.this
    if number is None or not isinstance(query, exp.Select) or query.args.get("distinct"):
        return item
    output = query.expressions[number - 1 : number]
    return output[0].unalias() if output else item


def json_sort_key(value: exp.Expr) -> exp.Expr:
    """Bytes that are equal, and sort, as the values do."""
    value = value if oid_of(value) == t.JSONB else converted(value, t.JSONB)
    return call("kpg_jsonb_sort_key", value.copy(), oid=t.BYTEA)
