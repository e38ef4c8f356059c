"""Rows as arguments of JSON functions: ``row_to_json(p)``, ``to_jsonb(p)``, ``json_agg(p)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg.sql.scopes import Scope

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

_TAKES_ROWS: Final = frozenset({"row_to_json", "to_json", "to_jsonb", "json_agg", "jsonb_agg"})
# No client can write this name: it is the object that a row becomes.
JSON_ROW: Final = "json row"


def spell_rows(binder: Binder, name: str, node: exp.Expr, scope: Scope) -> None:
    """Write the rows among the arguments of a JSON function out as objects of their columns."""
    if name not in _TAKES_ROWS:
        return
    for argument in list(node.expressions):
        inner = argument
        while isinstance(inner, (exp.Order, exp.Distinct)):
            inner = inner.this if isinstance(inner, exp.Order) else inner.expressions[0]
        fields = _fields(binder, inner, scope)
        if fields is not None:
            parts = [part for key, value in fields for part in (exp.Literal.string(key), value)]
            inner.replace(exp.Anonymous(this=JSON_ROW, expressions=parts))


def _fields(
    binder: Binder, node: exp.Expr | None, scope: Scope
) -> list[tuple[str, exp.Expr]] | None:
    """Names and values of a row; None for what is none."""
    if isinstance(node, exp.Anonymous) and node.name.lower() == "row":
        return [(f"f{n}", value.copy()) for n, value in enumerate(node.expressions, 1)]
    if not isinstance(node, exp.Column) or node.args.get("db"):
        return None
    if isinstance(node.this, exp.Star):
        alias = binder.name_of(node.args["table"])
    elif node.args.get("table") is None and isinstance(node.this, exp.Identifier):
        alias = binder.name_of(node.this)
        if scope.column(alias, None) is not None:
            return None
    else:
        return None
    source = scope.source(alias)
    if source is None:
        return None
    return [
        (column.name, exp.column(column.name, table=source.alias, quoted=True))
        for column in source.columns
        if not column.is_hidden
    ]
