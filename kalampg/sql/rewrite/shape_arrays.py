"""Rule: arrays of any shape, which are structs in DuckDB (``engine/macros_shapes.py``).

What is not here takes plain arrays alone: a cast to the plain type stands before it, which refuses
another shape (0A000) when the query runs.

    >>> from kalampg.sql.annotation import set_oid
    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> tree = parse_one("SELECT array_ndims(a)")
    >>> set_oid(tree.expressions[0].expressions[0], shaped_of(1007))
    >>> to_duckdb_sql(shape_arrays(tree, RewriteContext()))
    'SELECT pg_shape_ndims("a")'
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from kalampg.pgtypes.shaped_arrays import is_shaped, plain_of, shaped_of
from kalampg.sql.annotation import oid_of
from kalampg.sql.functions import array_oid
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, typed
from kalampg.sql.rewrite.build_json import around_aggregate
from kalampg.sql.rewrite.context import RewriteContext, replace_calls, replace_each
from kalampg.sql.rewrite.conversions import converted, elements_of
from kalampg.sql.shaped_calls import SHAPED_CALLS


def shape_arrays(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Replace what makes such arrays and what takes them as they are."""
    tree = replace_each(tree, exp.Array, _array)
    tree = replace_each(tree, exp.Bracket, _subscripts)
    tree = replace_each(tree, exp.DPipe, _concatenation)
    tree = replace_each(tree, (exp.Any, exp.All), _quantified)
    tree = replace_each(tree, _OF_ELEMENTS, _compared_elements)
    return replace_calls(tree, dict.fromkeys(SHAPED_CALLS.keys() - _PRINTING, _call))


def _is_shaped(node: exp.Expr) -> bool:
    return is_shaped(int(oid_of(node) or t.UNKNOWN))


def _array(node: exp.Expr) -> exp.Expr:
    if not _is_shaped(node):
        return node
    oid = int(oid_of(node) or t.UNKNOWN)
    items = exp.Array(expressions=[converted(item, oid) for item in list(node.expressions)])
    return call("pg_shape_nest", items, oid=oid)


def _subscripts(node: exp.Expr) -> exp.Expr:
    if not _is_shaped(node.this):
        return node
    subscripts = list(node.expressions)
    if not any(isinstance(each, exp.Slice) for each in subscripts):
        return call("pg_shape_element", node.this, _numbers(subscripts), oid=oid_of(node))
    firsts = [each.this if isinstance(each, exp.Slice) else _one() for each in subscripts]
    lasts = [each.expression if isinstance(each, exp.Slice) else each for each in subscripts]
    return call("pg_shape_slice", node.this, _numbers(firsts), _numbers(lasts), oid=oid_of(node))


def _numbers(subscripts: list[exp.Expr | None]) -> exp.Expr:
    return exp.Array(expressions=[each or exp.Null() for each in subscripts])


def _one() -> exp.Expr:
    return exp.Literal.number(1)


def _concatenation(node: exp.Expr) -> exp.Expr:
    if not _is_shaped(node):
        return node
    oid = int(oid_of(node) or t.UNKNOWN)
    sides = (converted(side, oid) for side in (node.this, node.expression))
    return call("pg_shape_cat", *sides, oid=oid)


def _quantified(node: exp.Expr) -> exp.Expr:
    inner = node.this
    while isinstance(inner, exp.Paren):
        inner = inner.this
    if _is_shaped(inner):
        node.set("this", exp.Paren(this=elements_of(inner.copy())))
    return node


_OF_ELEMENTS: Final = (exp.ArrayContainsAll, exp.ArrayContainedBy, exp.ArrayOverlaps)


def _compared_elements(node: exp.Expr) -> exp.Expr:
    for key in ("this", "expression"):
        side = node.args[key]
        if _is_shaped(side):
            node.set(key, elements_of(side.copy()))
    return node


# Whose arguments another rule prints.
_PRINTING: Final = frozenset({"to_json", "to_jsonb", "array_to_json", "json_agg", "jsonb_agg"})


def _call(node: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    name = str(node.this).lower()
    makes_shaped = _is_shaped(node)
    if not makes_shaped and not any(_is_shaped(argument) for argument in arguments):
        return node
    runner = SHAPED_CALLS[name]
    if name == "array_agg":
        return _gathered(node)
    if not runner:
        first = elements_of(arguments[0].copy())
        return typed(exp.Anonymous(this=name, expressions=[first, *arguments[1:]]), oid_of(node))
    if name == "array_cat":
        arguments = [converted(each, int(oid_of(node) or t.UNKNOWN)) for each in arguments]
    if name == "generate_subscripts":
        rows = call(runner, *arguments, oid=array_oid(t.INT4))
        return typed(exp.Anonymous(this="unnest", expressions=[rows]), t.INT4)
    return call(runner, *arguments, oid=oid_of(node))


def _gathered(node: exp.Expr) -> exp.Expr:
    oid = int(oid_of(node) or t.UNKNOWN)
    argument = node.expressions[0]
    inner = argument
    while isinstance(inner, (exp.Order, exp.Distinct)):
        inner = inner.this if isinstance(inner, exp.Order) else inner.expressions[0]
    item = converted(inner.copy(), shaped_of(plain_of(oid)))
    if inner is argument:
        argument = item
    else:
        inner.replace(item)
    return around_aggregate(
        node,
        call("array_agg", argument),
        lambda items: call("pg_shape_gather", items, oid=oid),
    )
