"""The select list: ``*`` written out, a name and a type for every output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of, position_of, set_oid
from kalampg.sql.bind_expression import missing_source
from kalampg.sql.bind_whole_rows import expanded_row
from kalampg.sql.column_names import column_name
from kalampg.sql.operators import TEXT
from kalampg.sql.outputs import Output, unique_name
from kalampg.sql.scopes import Resolved, Scope

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder


def bind_select_list(
    binder: Binder, node: exp.Select, scope: Scope, expected: Sequence[int] | None
) -> list[Output]:
    node.set("expressions", expanded_list(binder, node.expressions, scope))
    outputs: list[Output] = []
    taken: set[str] = set()
    for index, item in enumerate(list(node.expressions)):
        wanted = expected[index] if expected is not None and index < len(expected) else TEXT
        outputs.append(_output(binder, node, index, item, scope, wanted, taken))
    return outputs


def expanded_list(binder: Binder, items: Sequence[exp.Expr], scope: Scope) -> list[exp.Expr]:
    """The items of a select list, with the columns that its stars stand for."""
    return [each for item in items for each in _expanded(binder, item, scope)]


def _expanded(binder: Binder, item: exp.Expr, scope: Scope) -> list[exp.Expr]:
    star = item.this if isinstance(item, exp.Column) else item
    if isinstance(star, exp.Star) and any(star.args.values()):
        raise errors.SyntaxError("EXCLUDE, REPLACE and RENAME after * are not PostgreSQL's")
    if isinstance(item, exp.Star):
        if not scope.sources:
            raise errors.SyntaxError("SELECT * with no tables specified is not valid")
        return [_reference(found) for found in scope.visible_columns()]
    if isinstance(item, exp.Dot) and isinstance(item.expression, exp.Star):
        return [
            exp.alias_(value, name, quoted=True, copy=False)
            for name, value in expanded_row(binder, item, scope)
        ]
    if isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
        alias = binder.name_of(item.args["table"])
        source = scope.source(alias)
        if source is None:
            raise missing_source(scope, alias, position_of(item.args["table"]))
        return [
            _reference(Resolved(source, column))
            for column in source.columns
            if not column.is_hidden
        ]
    return [item]


def _output(
    binder: Binder,
    node: exp.Select,
    index: int,
    item: exp.Expr,
    scope: Scope,
    wanted: int,
    taken: set[str],
) -> Output:
    is_alias = isinstance(item, exp.Alias)
    name = binder.name_of(item.args["alias"]) if is_alias else column_name(item)
    value = item.this if is_alias else item
    found = _resolved_marker(value)
    if found is not None and isinstance(value, exp.Column):
        value = binder.use_column(value, found)
        name = name if is_alias else found.column.name
    else:
        value = binder.expression(value, scope)
    bound = binder.coercion.to(value, wanted)
    sql_name = unique_name(name, taken)
    alias = exp.Alias(this=exp.Null(), alias=exp.to_identifier(sql_name, quoted=True))
    node.expressions[index].replace(alias)
    alias.set("this", bound)
    oid = int(oid_of(bound) or TEXT)
    set_oid(alias, oid)
    return _described(binder, name, sql_name, bound, oid)


def _described(binder: Binder, name: str, sql_name: str, bound: exp.Expr, oid: int) -> Output:
    typmod = bound.meta.get("typmod", -1)
    marked = bound.meta.get("column")
    if isinstance(bound, exp.Column) and marked is not None:
        relation = binder.uses[marked[0]].relation
        if marked[1] < len(relation.columns) and relation.table_id > 0:
            return Output(name, sql_name, oid, typmod, relation.table_id, marked[1] + 1)
    return Output(name, sql_name, oid, typmod)


def _reference(found: Resolved) -> exp.Column:
    node = exp.Column(this=exp.to_identifier(found.column.sql_name, quoted=True))
    node.meta["resolved"] = found
    return node


def _resolved_marker(node: exp.Expr) -> Resolved | None:
    found: Resolved | None = node.meta.pop("resolved", None)
    return found
