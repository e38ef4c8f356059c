"""Syntax that PostgreSQL's parser turns into calls: TRIM, POSITION, OVERLAY, OVERLAPS, ..."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of, position_of
from kalampg.sql.coercion import insert_cast
from kalampg.sql.operators import DATE, FLOAT8, INTERVAL, TIMESTAMP
from kalampg.sql.scopes import Scope
from kalampg.sql.type_names import data_type

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

_Call: TypeAlias = tuple[str, list[exp.Expr | None]]
_TRIMS: Final = {"LEADING": "ltrim", "TRAILING": "rtrim"}


def _trim(node: exp.Expr) -> _Call:
    side = str(node.args.get("position") or "").upper()
    return _TRIMS.get(side, "btrim"), [node.this, node.args.get("expression")]


def _position(node: exp.Expr) -> _Call:
    if node.args.get("position") is not None:
        raise errors.SyntaxError('syntax error at or near "position"')
    return "position", [node.this, node.args["substr"]]


def _overlay(node: exp.Expr) -> _Call:
    return "overlay", [node.this, node.expression, node.args["from_"], node.args.get("for_")]


def _root(name: str) -> Callable[[exp.Expr], _Call]:
    return lambda node: (name, [exp.Cast(this=node.this, to=data_type(FLOAT8))])


def _abs(node: exp.Expr) -> _Call:
    """``@ x``."""
    return "abs", [node.this]


def _starts_with(node: exp.Expr) -> _Call:
    return "starts_with", [node.this, node.expression]


def _path_exists(node: exp.Expr) -> _Call:
    """``@?``, which never raises for the value."""
    nothing = exp.Literal.string("{}")
    return "jsonb_path_exists", [node.this, node.expression, nothing, exp.Boolean(this=True)]


def _path_match(node: exp.Expr) -> _Call:
    """``@@``, which never raises for the value."""
    value, nothing = node.expressions[0], exp.Literal.string("{}")
    return "jsonb_path_match", [value, node.this, nothing, exp.Boolean(this=True)]


_CALLS: Final[Mapping[type[exp.Expr], Callable[[exp.Expr], _Call]]] = {
    exp.Trim: _trim,
    exp.StrPosition: _position,
    exp.Overlay: _overlay,
    exp.Sqrt: _root("sqrt"),
    exp.Cbrt: _root("cbrt"),
    exp.Abs: _abs,
    exp.StartsWith: _starts_with,
    exp.JSONBPathExists: _path_exists,
    exp.MatchAgainst: _path_match,
}
CALL_SYNTAX: Final = tuple(_CALLS)


def bind_as_call(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    """Replace the syntax by its call, and bind that."""
    name, arguments = _CALLS[type(node)](node)
    present = [argument for argument in arguments if argument is not None]
    call = exp.Anonymous(this=name, expressions=present)
    call.meta.update(node.meta)
    binder.replace(node, call)
    binder.expression(call, scope)


def bind_overlaps(binder: Binder, node: exp.Expr, scope: Scope) -> None:
    """``(start, end or length) OVERLAPS (start, end or length)``.

    Raises:
        SyntaxError: 42601, a side is no pair
    """
    ends: list[exp.Expr] = []
    for side in (node.this, node.expression):
        pair = list(side.expressions) if isinstance(side, exp.Tuple) else []
        if len(pair) != 2:
            raise errors.SyntaxError(
                "wrong number of parameters on left side of OVERLAPS expression",
                position=position_of(node),
            )
        start, end = (binder.expression(part, scope) for part in pair)
        if oid_of(end) == INTERVAL:
            end = exp.Add(this=start.copy(), expression=end.copy())
        ends += (start, end)
    call = exp.Anonymous(this="overlaps", expressions=[_instant(end) for end in ends])
    binder.replace(node, call)
    binder.expression(call, scope)


def _instant(node: exp.Expr) -> exp.Expr:
    """Dates overlap as their midnights do."""
    if oid_of(node) != DATE:
        return node.copy()
    holder = exp.Paren(this=node.copy())
    insert_cast(holder.this, TIMESTAMP)
    inner: exp.Expr = holder.this
    return inner
