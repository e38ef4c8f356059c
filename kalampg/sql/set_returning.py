"""Where calls that return sets may stand: PostgreSQL's refusals of the other places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import position_of
from kalampg.sql.functions import is_aggregate_name, overloads

_HINT: Final = "You might be able to move the set-returning function into a LATERAL FROM item."
_CLAUSES: Final[Mapping[type[exp.Expr], str]] = {
    exp.Case: "CASE",
    exp.Where: "WHERE",
    exp.Having: "HAVING",
    exp.Limit: "LIMIT",
    exp.Offset: "OFFSET",
    exp.Values: "VALUES",
    exp.Returning: "RETURNING",
}
_CHOICES: Final[Mapping[str, str]] = {"coalesce": "COALESCE"}


def check_place(call: exp.Expr) -> None:
    """Refuse a set where PostgreSQL wants one value.

    Raises:
        FeatureNotSupported: 0A000
    """
    child, parent = call, call.parent
    while parent is not None:
        reason = _reason(child, parent)
        if reason:
            raise errors.FeatureNotSupported(reason, hint=_HINT, position=position_of(call))
        if isinstance(parent, (exp.Query, exp.From)):
            return
        child, parent = parent, parent.parent


def refuse_sets(value: exp.Expr, clause: str) -> None:
    """Refuse calls that return sets anywhere in a value that is not bound yet.

    Raises:
        FeatureNotSupported: 0A000
    """
    for call in value.find_all(exp.Anonymous):
        is_own = call.find_ancestor(exp.Query) is value.find_ancestor(exp.Query)
        if is_own and _returns_set(call.name.lower()):
            raise errors.FeatureNotSupported(
                f"set-returning functions are not allowed in {clause}",
                hint=_HINT,
                position=position_of(call),
            )


def _returns_set(name: str) -> bool:
    return any(function.returns_set for function in overloads(name))


def _reason(child: exp.Expr, parent: exp.Expr) -> str:
    clause = _CLAUSES.get(type(parent))
    if clause is None and isinstance(parent, exp.Join) and child.arg_key == "on":
        clause = "JOIN conditions"
    if isinstance(parent, exp.Anonymous):
        name = parent.name.lower()
        if isinstance(parent.parent, exp.Window) and parent.arg_key == "this":
            return "window function calls cannot contain set-returning function calls"
        if is_aggregate_name(name):
            return "aggregate function calls cannot contain set-returning function calls"
        if _returns_set(name):
            return "set-returning functions as arguments of others are not supported"
        clause = _CHOICES.get(name)
    return f"set-returning functions are not allowed in {clause}" if clause else ""
