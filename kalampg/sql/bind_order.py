"""GROUP BY, ORDER BY, DISTINCT ON, LIMIT and OFFSET."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of, position_of, set_oid
from kalampg.sql.grouping_sets import distinct_sets
from kalampg.sql.operators import INT8, TEXT
from kalampg.sql.outputs import Output
from kalampg.sql.scopes import Scope
from kalampg.sql.type_names import type_name

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder


def bind_group(binder: Binder, node: exp.Select, scope: Scope, outputs: list[Output]) -> None:
    group = node.args.get("group")
    if group is None:
        return
    for key, value in group.args.items():
        if value and key not in {"expressions", "all"}:
            raise errors.FeatureNotSupported(f"GROUP BY {key.upper()} is not supported")
    for item in list(group.expressions):
        _group_item(binder, item, scope, outputs)
    if group.args.get("all") is False:  # As sqlglot says DISTINCT.
        group.set("expressions", distinct_sets(group.expressions, partial(_meant, node)))
    group.set("all", None)


def _group_item(binder: Binder, item: exp.Expr, scope: Scope, outputs: list[Output]) -> None:
    if isinstance(item, (exp.Rollup, exp.Cube, exp.GroupingSets, exp.Tuple)):
        for part in list(item.expressions):
            _group_item(binder, part, scope, outputs)
    elif isinstance(item, exp.Paren):
        _group_item(binder, item.this, scope, outputs)
    elif isinstance(item, exp.Literal) and not item.is_string:
        _check_ordinal(item, outputs, "GROUP BY")
    elif _is_bare(item) and scope.column(binder.name_of(item.this), None) is None:
        # PostgreSQL looks for an input column first, then for an output column.
        number = _output_number(binder.name_of(item.this), outputs, item)
        if number is None:
            binder.expression(item, scope)
        else:
            item.replace(exp.Literal.number(number))
    else:
        binder.expression(item, scope)


def bind_distinct_on(binder: Binder, node: exp.Select, scope: Scope, outputs: list[Output]) -> None:
    distinct = node.args.get("distinct")
    on = distinct.args.get("on") if distinct is not None else None
    if on is None:
        return
    for item in list(on.expressions):
        _sort_key(binder, item, scope, outputs, "SELECT DISTINCT ON")


def bind_order(binder: Binder, node: exp.Select, scope: Scope, outputs: list[Output]) -> None:
    order = node.args.get("order")
    distinct = node.args.get("distinct")
    for item in list(order.expressions) if order is not None else []:
        key = item.this if isinstance(item, exp.Ordered) else item
        _sort_key(binder, key, scope, outputs, "ORDER BY")
        if distinct is not None and distinct.args.get("on") is None:
            _order_distinct(node, item)
    if order is not None and distinct is not None and distinct.args.get("on") is not None:
        _check_distinct_on(node, distinct.args["on"].expressions, order.expressions)


def _check_distinct_on(node: exp.Select, on: Sequence[exp.Expr], order: Sequence[exp.Expr]) -> None:
    """Rows that are to be one must follow one another."""
    distinct = [_meant(node, item) for item in on]
    keys = [_meant(node, item.this if isinstance(item, exp.Ordered) else item) for item in order]
    first = next((n for n, key in enumerate(keys) if key not in distinct), len(keys))
    if first < len(keys) and any(item not in keys[:first] for item in distinct):
        raise errors.InvalidColumnReference(
            "SELECT DISTINCT ON expressions must match initial ORDER BY expressions",
            position=position_of(on[0]),
        )


def _meant(node: exp.Select, key: exp.Expr) -> exp.Expr:
    """The expression of a sort key, which may be the number of an output column."""
    if isinstance(key, exp.Literal) and not key.is_string:
        key = node.expressions[int(key.name) - 1]
        return key.this if isinstance(key, exp.Alias) else key
    return key


def _order_distinct(node: exp.Select, item: exp.Expr) -> None:
    """After DISTINCT there is nothing to order by but the output columns."""
    key = item.this if isinstance(item, exp.Ordered) else item
    if isinstance(key, exp.Literal):
        return
    for number, output in enumerate(node.expressions, 1):
        if output.this == key:
            key.replace(exp.Literal.number(number))
            return
    raise errors.InvalidColumnReference(
        "for SELECT DISTINCT, ORDER BY expressions must appear in select list",
        position=position_of(key),
    )


def _sort_key(
    binder: Binder, key: exp.Expr, scope: Scope, outputs: list[Output], clause: str
) -> None:
    if isinstance(key, exp.Literal) and not key.is_string:
        _check_ordinal(key, outputs, clause)
    elif isinstance(key, (exp.Literal, exp.Null)):
        raise errors.SyntaxError(f"non-integer constant in {clause}", position=position_of(key))
    elif _is_bare(key) and (number := _output_number(binder.name_of(key.this), outputs, key)):
        key.replace(exp.Literal.number(number))
    else:
        bound = binder.expression(key, scope)
        binder.coercion.to(bound, TEXT)


def bind_order_of_outputs(
    binder: Binder, node: exp.Expr, outputs: list[Output], scope: Scope
) -> None:
    """ORDER BY of a set operation sees output columns only."""
    order = node.args.get("order")
    for item in list(order.expressions) if order is not None else []:
        key = item.this if isinstance(item, exp.Ordered) else item
        if isinstance(key, exp.Literal) and not key.is_string:
            _check_ordinal(key, outputs, "ORDER BY")
            continue
        number = _output_number(binder.name_of(key.this), outputs, key) if _is_bare(key) else None
        if number is None:
            if _is_bare(key):
                raise errors.UndefinedColumn(
                    f'column "{binder.name_of(key.this)}" does not exist',
                    position=position_of(key),
                )
            raise errors.FeatureNotSupported(
                "invalid UNION/INTERSECT/EXCEPT ORDER BY clause",
                detail="Only result column names can be used, not expressions or functions.",
                hint="Add the expression/function to every SELECT, "
                "or move the UNION into a FROM clause.",
            )
        key.replace(exp.Literal.number(number))


def bind_order_items(binder: Binder, order: exp.Expr, scope: Scope) -> None:
    """ORDER BY inside a call or window: expressions only."""
    for item in list(order.expressions):
        key = item.this if isinstance(item, exp.Ordered) else item
        binder.coercion.to(binder.expression(key, scope), TEXT)


def bind_limits(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    limit = node.args.get("limit")
    if isinstance(limit, exp.Fetch):
        if limit.args.get("count") is not None:
            _limit_value(binder, limit.args["count"], scope, "LIMIT")
    elif limit is not None:
        _limit_value(binder, limit.expression, scope, "LIMIT")
    offset = node.args.get("offset")
    if offset is not None:
        _limit_value(binder, offset.expression, scope, "OFFSET")


def _limit_value(binder: Binder, value: exp.Expr, scope: Scope, clause: str) -> None:
    if isinstance(value, exp.Var) and value.name.upper() == "ALL":
        return
    if isinstance(value, exp.Column) and value.name.upper() == "ALL":
        value.replace(exp.Var(this="ALL"))
        return
    bound = binder.coercion.to(binder.expression(value, scope), INT8)
    oid = int(oid_of(bound) or INT8)
    if oid not in {20, 21, 23, 1700, 700, 701}:
        raise errors.DatatypeMismatch(
            f"argument of {clause} must be type bigint, not type {type_name(oid)}",
            position=position_of(bound),
        )
    if bound.find(exp.Column) is not None and bound.find(exp.Query) is None:
        raise errors.InvalidColumnReference(
            f"argument of {clause} must not contain variables", position=position_of(bound)
        )


def _is_bare(node: exp.Expr) -> bool:
    return (
        isinstance(node, exp.Column)
        and isinstance(node.this, exp.Identifier)
        and not node.args.get("table")
    )


def _output_number(name: str, outputs: list[Output], node: exp.Expr) -> int | None:
    numbers = [number for number, output in enumerate(outputs, 1) if output.name == name]
    if len(numbers) > 1:
        first = outputs[numbers[0] - 1]
        is_same = all(
            first.table_oid
            and (outputs[n - 1].table_oid, outputs[n - 1].attnum) == (first.table_oid, first.attnum)
            for n in numbers
        )
        if not is_same:
            raise errors.AmbiguousColumn(
                f'ORDER BY "{name}" is ambiguous', position=position_of(node)
            )
    return numbers[0] if numbers else None


def _check_ordinal(node: exp.Expr, outputs: list[Output], clause: str) -> None:
    text = node.name
    if not text.isdigit():
        raise errors.SyntaxError(f"non-integer constant in {clause}", position=position_of(node))
    if not 1 <= int(text) <= len(outputs):
        raise errors.InvalidColumnReference(
            f"{clause} position {text} is not in select list", position=position_of(node)
        )
    set_oid(node, 23)
