"""Rules about aggregates and GROUP BY that PostgreSQL checks before it runs anything.

Columns that depend on a grouped primary key may be used ungrouped; they are added to the GROUP BY,
which changes no group.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import column_of, position_of
from kalampg.sql.bind_calls import call_name
from kalampg.sql.functions import is_aggregate_name
from kalampg.sql.scopes import Scope

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

_GROUPING_LISTS: Final = (exp.Rollup, exp.Cube, exp.GroupingSets)


def refuse_aggregates(node: exp.Expr, clause: str) -> None:
    """WHERE, ON and GROUP BY see rows, not groups.

    Raises:
        GroupingError: 42803
        WindowingError: 42P20
    """
    for part in _own_nodes(node):
        if isinstance(part, exp.Window):
            raise errors.WindowingError(
                f"window functions are not allowed in {clause}", position=_place(part)
            )
        if _is_aggregate(part):
            raise errors.GroupingError(
                f"aggregate functions are not allowed in {clause}", position=_place(part)
            )


def refuse_groups(node: exp.Select, clause: str) -> None:
    """What locks rows must answer with rows.

    Raises:
        FeatureNotSupported: 0A000
    """
    for root in _roots(node):
        for part in _own_nodes(root):
            if isinstance(part, exp.Window):
                raise errors.FeatureNotSupported(f"{clause} is not allowed with window functions")
            if _is_aggregate(part):
                raise errors.FeatureNotSupported(
                    f"{clause} is not allowed with aggregate functions"
                )


def check_grouping(binder: Binder, node: exp.Select, scope: Scope) -> None:
    """Every column of a grouped query is grouped, aggregated, or depends on a grouped key.

    Raises:
        GroupingError: 42803
    """
    group = node.args.get("group")
    roots = _roots(node)
    is_grouped = group is not None or node.args.get("having") is not None
    if not is_grouped and not any(
        _is_aggregate(part) for root in roots for part in _own_nodes(root)
    ):
        return
    keys = _grouped(node, group)
    missing: list[exp.Column] = []
    for root in roots:
        missing += _ungrouped(root, keys)
    own = {source.alias for source in scope.sources}
    for column in missing:
        table = column.args.get("table")
        if isinstance(table, exp.Identifier) and table.name not in own:
            continue  # of an outer query: one value for all groups
        if column in keys:
            continue
        _allow_dependent(binder, column, keys, group)


def _roots(node: exp.Select) -> list[exp.Expr]:
    roots = list(node.expressions)
    for key in ("having", "order"):
        clause = node.args.get(key)
        if clause is not None:
            roots += [clause.this] if key == "having" else clause.expressions
    return roots


def _grouped(node: exp.Select, group: exp.Expr | None) -> list[exp.Expr]:
    keys: list[exp.Expr] = []
    pending = list(group.expressions) if group is not None else []
    while pending:
        item = pending.pop()
        if isinstance(item, (*_GROUPING_LISTS, exp.Tuple)):
            pending += item.expressions
        elif isinstance(item, exp.Paren):
            pending.append(item.this)
        elif isinstance(item, exp.Literal) and not item.is_string:
            chosen = node.expressions[int(item.name) - 1]
            keys.append(chosen.this if isinstance(chosen, exp.Alias) else chosen)
        else:
            keys.append(item)
    return keys


def _ungrouped(root: exp.Expr, keys: list[exp.Expr]) -> list[exp.Column]:
    """Columns of this query level outside aggregates and grouped expressions."""
    found: list[exp.Column] = []
    pending = [root]
    while pending:
        part = pending.pop()
        if part in keys or isinstance(part, (exp.Query, exp.Subquery)):
            continue
        if isinstance(part, exp.Column):
            found.append(part)
        elif isinstance(part, (exp.Filter, exp.WithinGroup)):
            continue  # of an aggregate: its operands are rows
        elif isinstance(part, exp.Anonymous) and call_name(part) == "grouping":
            _check_grouped(part, keys)
        elif _is_aggregate(part):
            _check_not_nested(part)
        else:
            pending += _parts(part)
    return found


def _check_grouped(call: exp.Expr, keys: list[exp.Expr]) -> None:
    for argument in call.expressions:
        if argument not in keys:
            raise errors.GroupingError(
                "arguments to GROUPING must be grouping expressions of the associated query level",
                position=_place(argument),
            )


def _check_not_nested(call: exp.Expr) -> None:
    for part in _parts(call):
        for inner in _own_nodes(part):
            if _is_aggregate(inner):
                raise errors.GroupingError(
                    "aggregate function calls cannot be nested", position=_place(inner)
                )


def _allow_dependent(
    binder: Binder, column: exp.Column, keys: list[exp.Expr], group: exp.Expr | None
) -> None:
    stored = column_of(column)
    if stored is not None and group is not None:
        use = binder.uses[stored[0]]
        grouped = {column_of(key) for key in keys if isinstance(key, exp.Column)}
        key_columns = {(use.index, position) for position in use.relation.primary_key}
        is_plain = not any(isinstance(item, _GROUPING_LISTS) for item in group.expressions)
        if is_plain and key_columns and key_columns <= grouped:
            group.append("expressions", column.copy())
            keys.append(column)
            return
    table = column.args.get("table")
    name = f"{table.name}.{column.name}" if isinstance(table, exp.Identifier) else column.name
    raise errors.GroupingError(
        f'column "{name}" must appear in the GROUP BY clause or be used in an aggregate function',
        position=_place(column),
    )


# --- walking one query level ---


def _own_nodes(node: exp.Expr) -> Iterator[exp.Expr]:
    """The node and what is below it, without subqueries."""
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, (exp.Query, exp.Subquery)):
            continue
        yield part
        pending += _parts(part)


def _parts(node: exp.Expr) -> list[exp.Expr]:
    """The operands of a node; an aggregate over a window is an operand of nothing but its own."""
    if isinstance(node, exp.Window):
        call = node.this
        rest = [part for part in node.iter_expressions() if part is not call]
        inner = call.this if isinstance(call, (exp.Filter, exp.WithinGroup)) else call
        return [*rest, *(inner.iter_expressions() if isinstance(inner, exp.Expr) else ())]
    return list(node.iter_expressions())


def _is_aggregate(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) and is_aggregate_name(call_name(node))


def _place(node: exp.Expr) -> int | None:
    if isinstance(node, exp.Window):
        return position_of(node.this)
    return position_of(node)
