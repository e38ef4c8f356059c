"""What INSERT and UPDATE may write: target columns, assignment casts, defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg import errors
from kalampg.relation import Column, Relation, TableType
from kalampg.sql.annotation import oid_of, position_of
from kalampg.sql.operators import can_assign
from kalampg.sql.parameters import UNKNOWN
from kalampg.sql.type_names import type_name

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

_ASSIGNMENT_HINT: Final = "You will need to rewrite or cast the expression."


def assigned(binder: Binder, column: Column, node: exp.Expr) -> exp.Expr:
    """``node`` (bound) as the new value of ``column``; the node to use in its place.

    Raises:
        DatatypeMismatch: 42804
    """
    position = position_of(node)
    node = binder.coercion.to(node, column.type_oid, column.typmod)
    check_assignable(column, int(oid_of(node) or UNKNOWN), position)
    return node


def check_assignable(column: Column, oid: int, position: int | None = None) -> None:
    """Whether a value of type ``oid`` may be assigned to ``column``."""
    if not can_assign(oid, column.type_oid):
        raise errors.DatatypeMismatch(
            f'column "{column.name}" is of type {type_name(column.type_oid)} '
            f"but expression is of type {type_name(oid)}",
            hint=_ASSIGNMENT_HINT,
            position=position,
        )


def check_writable(relation: Relation, verb: str, *, scope_all: bool) -> None:
    """Computed relations and reading across users write nothing.

    Raises:
        InsufficientPrivilege: 42501
        ReadOnlySqlTransaction: 25006
    """
    if relation.table_type is TableType.SYSTEM:
        raise errors.InsufficientPrivilege(
            f"permission denied: {relation.qualified_name} is a system relation",
            hint="The server computes it; use the commands that change what it shows.",
        )
    if scope_all:
        raise errors.ReadOnlySqlTransaction(
            f"cannot execute {verb} while kalam.scope is 'all'",
            hint="Use RESET kalam.scope first.",
        )


def is_default(node: exp.Expr) -> bool:
    """DEFAULT as sqlglot reads it in VALUES and in SET."""
    if isinstance(node, exp.Var):
        return node.name.upper() == "DEFAULT"
    return (
        isinstance(node, exp.Column)
        and isinstance(node.this, exp.Identifier)
        and not node.args.get("table")
        and not node.this.args.get("quoted")
        and node.name.upper() == "DEFAULT"
    )


def check_parts(node: exp.Expr, known: frozenset[str]) -> None:
    for key, value in node.args.items():
        if value and key not in known:
            raise errors.FeatureNotSupported(
                f"{key.strip('_').upper()} in {node.key.upper()} is not supported"
            )
