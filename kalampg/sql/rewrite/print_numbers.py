"""Rule: numerics in the result have PostgreSQL's scale.

numeric has a scale per value in PostgreSQL and one per column in DuckDB. Where the difference would
show, in the select lists and the VALUES of the outermost query, exact results are given as their
text; the encoder takes text for numeric. A UNION that is sorted, or without duplicates, becomes a
query over the texts that sorts and groups them by value.

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

from typing import Final

from sqlglot import exp

from kalampg.sql.annotation import oid_of
from kalampg.sql.functions import ARRAY_OIDS
from kalampg.sql.rewrite import duck_types as t
from kalampg.sql.rewrite.build import call, cast, constant_int, number
from kalampg.sql.rewrite.context import RewriteContext
from kalampg.sql.rewrite.exact_numbers import exact_text, is_unifying, needs_text

_NUMBERS: Final = frozenset({t.NUMERIC, ARRAY_OIDS[t.NUMERIC]})
_ROWS: Final = "kalam rows"
_BRANCH: Final = "branch"


def print_numbers(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Print exact numbers in the outermost list, which stays sorted and grouped by value."""
    query = tree
    while isinstance(query, exp.Subquery) and not query.args.get("alias"):
        query = query.this
    if not context.is_result:
        return tree
    if isinstance(tree, exp.Union):
        return _print_union(tree)
    if isinstance(query, exp.Values) and not query.args.get("order"):
        _print_columns([row.expressions for row in query.expressions])
    elif isinstance(query, exp.Select) and not query.args.get("distinct"):
        for position, item in enumerate(list(query.expressions), 1):
            if _is_inexact(item):
                _print_output(query, position, item)
    return tree


def _is_inexact(item: exp.Expr) -> bool:
    value = item.unalias()
    return oid_of(value) in _NUMBERS and needs_text(value)


def _print_output(query: exp.Select, position: int, item: exp.Expr) -> None:
    value = item.unalias()
    _name_value(query, position, item, value)
    value.replace(exact_text(value.copy()))


def _print_columns(rows: list[list[exp.Expr]]) -> None:
    for column in list(zip(*rows, strict=True)):
        if any(_is_inexact(value) for value in column):
            for value in column:
                value.replace(exact_text(value.copy()))


def _print_union(query: exp.Union) -> exp.Expr:
    """Print the numbers of all branches, if none tells rows apart or sorts them by itself."""
    selects = _branches(query)
    names = [item.alias_or_name for item in selects[0].expressions] if selects else []
    order = query.args.get("order")
    sorted_by = [_position(key.this, names) for key in order.expressions] if order else []
    if not names or None in sorted_by:
        return query
    columns = zip(*(list(each.expressions) for each in selects), strict=True)
    scales: dict[int, str] = {}
    for position, column in enumerate(columns, 1):
        shared = [item.unalias() for item in column if is_unifying(item.unalias())]
        if shared:
            scales[position] = str(shared[0].args["to"].this)
            for select, item in zip(selects, column, strict=True):
                _print_output(select, position, item)
    if scales and (query.args["distinct"] or order):
        if query.args["distinct"]:
            for place, select in enumerate(selects):
                select.append("expressions", number(place))
        return _by_value(query, names, scales, [place for place in sorted_by if place])
    return query


def _branches(union: exp.Union) -> list[exp.Select]:
    """The SELECTs that a UNION puts together; none if they, or parts of it, say more."""
    selects: list[exp.Select] = []
    pending: list[exp.Expr] = [union.expression, union.this]
    while pending:
        side = pending.pop()
        if isinstance(side, exp.Subquery):
            side = side.this
        is_plain = not any(side.args.get(name) for name in ("order", "limit", "offset"))
        if isinstance(side, exp.Select) and not side.args.get("distinct"):
            selects.append(side)
        elif isinstance(side, exp.Union) and is_plain:
            if side.args["distinct"] and not union.args["distinct"]:
                return []
            pending += [side.expression, side.this]
        else:
            return []
    return selects


def _position(key: exp.Expr, names: list[str]) -> int | None:
    """The output, from 1, that a key of a UNION's ORDER BY is the number or the name of."""
    position = constant_int(key)
    if position is not None:
        return position
    is_name = isinstance(key, exp.Column) and not key.table and key.name in names
    return names.index(key.name) + 1 if is_name else None


def _by_value(
    union: exp.Union, names: list[str], scales: dict[int, str], sorted_by: list[int]
) -> exp.Select:
    """The rows of a UNION whose ``scales`` are of texts, told apart and sorted by their values.

    Of equal values that of the first branch stays; the last output of each has its number.
    """
    places = [str(place) for place, _ in enumerate(names, 1)]
    columns: list[exp.Expr] = [exp.column(place, table=_ROWS, quoted=True) for place in places]
    keys = [
        cast(column.copy(), scales[place]) if place in scales else column.copy()
        for place, column in enumerate(columns, 1)
    ]
    query = exp.Select()
    for name in ("order", "limit", "offset"):
        clause = union.args.get(name)
        union.set(name, None)
        query.set(name, clause)
    if union.args["distinct"]:
        union.set("distinct", False)
        query.set("group", exp.Group(expressions=[key.copy() for key in keys]))
        branch = exp.column(_BRANCH, table=_ROWS, quoted=True)
        places.append(_BRANCH)
        columns = [
            call("arg_min", column, branch.copy()) if place in scales else column
            for place, column in enumerate(columns, 1)
        ]
    ordering = query.args["order"].expressions if sorted_by else []
    for ordered, place in zip(ordering, sorted_by, strict=True):
        ordered.set("this", keys[place - 1].copy())
    for column, output in zip(columns, names, strict=True):
        query.append("expressions", exp.alias_(column, output, quoted=True))
    alias = exp.TableAlias(
        this=exp.to_identifier(_ROWS, quoted=True),
        columns=[exp.to_identifier(place, quoted=True) for place in places],
    )
    query.set("from_", exp.From(this=exp.Subquery(this=union, alias=alias)))
    return query


def _name_value(query: exp.Select, position: int, item: exp.Expr, value: exp.Expr) -> None:
    """GROUP BY and ORDER BY that name the output would group and sort its text."""
    group, order = query.args.get("group"), query.args.get("order")
    keys = list(group.expressions) if group is not None else []
    keys += [ordered.this for ordered in order.expressions] if order is not None else []
    for key in keys:
        if names_output(key, position, item):
            key.replace(value.copy())


def names_output(key: exp.Expr, position: int, item: exp.Expr) -> bool:
    """Whether a key of GROUP BY or ORDER BY is the number or the alias of an output."""
    if isinstance(key, exp.Literal):
        return not key.is_string and str(key.this) == str(position)
    return (
        isinstance(item, exp.Alias)
        and isinstance(key, exp.Column)
        and not key.table
        and key.name == item.alias
    )
