"""Functions in FROM, and the aliases of what stands there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of, position_of
from kalampg.sql.bind_calls import call_name
from kalampg.sql.bind_json_tables import VALUE_FUNCTIONS
from kalampg.sql.functions import lookup
from kalampg.sql.operators import INT8, TEXT
from kalampg.sql.outputs import unique_name
from kalampg.sql.parallel_arrays import parallel_arrays
from kalampg.sql.parameters import UNKNOWN
from kalampg.sql.scopes import Scope, ScopeColumn, Source
from kalampg.sql.type_names import element_oid, type_name

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

# No client can write this name: the calls of ROWS FROM as arguments.
ROWS_FROM: Final = "rows from"


def alias_of(binder: Binder, node: exp.Expr) -> tuple[str | None, list[str]]:
    alias = node.args.get("alias")
    if not isinstance(alias, exp.TableAlias):
        return None, []
    name = binder.name_of(alias.this) if alias.this is not None else None
    columns = alias.args.get("columns") or []
    if any(isinstance(column, exp.ColumnDef) for column in columns):
        raise errors.FeatureNotSupported(
            "a column definition list in FROM is not supported",
            position=position_of(node),
        )
    return name, [binder.name_of(column) for column in columns]


def bind_function(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    call = node.this
    name = call_name(call)
    arrays = parallel_arrays(name, call)
    if arrays is not None:
        node.set("this", arrays.call)
        _unnest_together(binder, node, arrays.call, scope, (name, arrays.columns))
        return
    bound = binder.expression(call, scope)
    oid = int(oid_of(bound) or TEXT)
    arguments = [int(oid_of(a) or UNKNOWN) for a in call.expressions]
    match = lookup(name, arguments)
    if match is None or match.is_aggregate or match.is_window:
        raise errors.FeatureNotSupported(
            f"function {name} in FROM is not supported", position=position_of(call)
        )
    alias, names = alias_of(binder, node)
    label = alias or name
    column_name = "value" if name in VALUE_FUNCTIONS else label
    columns = [ScopeColumn(names[0] if names else column_name, oid)]
    if node.args.get("ordinality"):
        columns.append(ScopeColumn(names[1] if len(names) > 1 else "ordinality", INT8))
    set_alias(node, label, columns)
    scope.add(Source(label, columns, is_scalar=len(columns) == 1))


def bind_rows_from(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    """``ROWS FROM (f(x), g(y))``: a column for each function, the short ones filled with NULL."""
    calls: list[exp.Expr] = []
    for item in node.args["rows_from"]:
        calls += _calls(item)
    node.set("rows_from", None)
    node.set("this", exp.Anonymous(this=ROWS_FROM, expressions=calls))
    alias, names = alias_of(binder, node)
    columns: list[ScopeColumn] = []
    taken: set[str] = set()
    for call in calls:
        bound = binder.expression(call, scope)
        default = alias if alias is not None and len(calls) == 1 else call_name(call)
        columns.append(_named(names, len(columns), default, int(oid_of(bound) or TEXT), taken))
    if node.args.get("ordinality"):
        columns.append(_named(names, len(columns), "ordinality", INT8, taken))
    label = alias or call_name(calls[0])
    set_alias(node, label, columns)
    scope.add(Source(label, columns))


def _calls(item: exp.Expr) -> list[exp.Expr]:
    """The calls with one column each that a function of ROWS FROM stands for."""
    if isinstance(item, exp.Unnest):
        return [
            exp.Anonymous(this="unnest", expressions=[array.copy()]) for array in item.expressions
        ]
    if not (isinstance(item, exp.Table) and isinstance(item.this, exp.Anonymous)):
        raise errors.SyntaxError("syntax error in ROWS FROM", position=position_of(item))
    arrays = parallel_arrays(call_name(item.this), item.this)
    if arrays is None:
        return [item.this.copy()]
    return [exp.Anonymous(this="unnest", expressions=[e]) for e in arrays.call.expressions]


def bind_unnest(binder: Binder, node: exp.Unnest, scope: Scope) -> None:
    """``unnest(...)`` is a call like any other: the node is replaced by one."""
    offset = node.args.get("offset")
    alias = node.args.get("alias")
    if isinstance(offset, exp.Identifier) and isinstance(alias, exp.TableAlias):
        # sqlglot takes the last column name for the ordinality.
        alias.append("columns", offset)
    call = exp.Anonymous(this="unnest", expressions=list(node.expressions))
    table = exp.Table(this=call, alias=alias, ordinality=bool(offset))
    node.replace(table)
    if len(call.expressions) > 1:
        _unnest_together(binder, table, call, scope)
    else:
        bind_function(binder, table, scope)


def _unnest_together(
    binder: Binder,
    node: exp.Expr,
    call: exp.Expr,
    scope: Scope,
    named: tuple[str, Sequence[str]] = ("unnest", ()),
) -> None:
    """``unnest(a, b, ...)``: a column for each array, the short ones filled with NULL.

    ``named`` is the function and its columns as the client knows them.
    """
    label, defaults = named
    alias, names = alias_of(binder, node)
    names = [*names, *defaults[len(names) :]]
    columns: list[ScopeColumn] = []
    taken: set[str] = set()
    for array in list(call.expressions):
        oid = int(oid_of(binder.expression(array, scope)) or UNKNOWN)
        element = element_oid(oid) if oid != UNKNOWN else 0
        if not element:
            raise errors.UndefinedFunction(
                f"function unnest({type_name(oid)}) does not exist", position=position_of(call)
            )
        columns.append(_named(names, len(columns), "unnest", element, taken))
    if node.args.get("ordinality"):
        columns.append(_named(names, len(columns), "ordinality", INT8, taken))
    set_alias(node, alias or label, columns)
    scope.add(Source(alias or label, columns))


def _named(names: list[str], index: int, default: str, oid: int, taken: set[str]) -> ScopeColumn:
    name = names[index] if index < len(names) else default
    return ScopeColumn(name, oid, sql_name=unique_name(name, taken))


def set_alias(node: exp.Expr, name: str, columns: list[ScopeColumn]) -> None:
    node.set(
        "alias",
        exp.TableAlias(
            this=exp.to_identifier(name, quoted=True),
            columns=[exp.to_identifier(c.sql_name, quoted=True) for c in columns],
        ),
    )
