"""UNION, INTERSECT, EXCEPT and VALUES: several queries or rows with one list of columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from kalampg import errors
from kalampg.pgtypes.shaped_arrays import is_shaped
from kalampg.sql.bind_order import bind_limits, bind_order_of_outputs
from kalampg.sql.coercion import is_convertible
from kalampg.sql.functions import common_type
from kalampg.sql.outputs import Output
from kalampg.sql.row_locks import refuse_locks
from kalampg.sql.scopes import Scope
from kalampg.sql.type_names import type_name

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder


def bind_set_operation(
    binder: Binder, node: exp.SetOperation, parent: Scope | None, expected: Sequence[int] | None
) -> list[Output]:
    scope = Scope(parent)
    for branch in (node, node.this, node.expression):
        refuse_locks(branch, "is not allowed with UNION/INTERSECT/EXCEPT")
    binder.bind_with(node, scope)
    name = type(node).__name__.upper()
    left_hints, right_hints = _branch_types(binder, node, scope, expected)
    left = binder.query(node.this, scope, left_hints)
    right = binder.query(node.expression, scope, right_hints or [o.oid for o in left])
    check_widths(left, right, name)
    outputs: list[Output] = []
    for one, other in zip(left, right, strict=True):
        oid = common_type([one.oid, other.oid])
        _check_match(one.oid, other.oid, name)
        typmod = one.typmod if one.oid == other.oid and one.typmod == other.typmod else -1
        outputs.append(Output(one.name, one.sql_name, oid, typmod))
    bind_order_of_outputs(binder, node, outputs, scope)
    bind_limits(binder, node, scope)
    return outputs


def _branch_types(
    binder: Binder, node: exp.SetOperation, scope: Scope, expected: Sequence[int] | None
) -> tuple[Sequence[int] | None, Sequence[int] | None]:
    """Untyped literals of one branch take the type of the other branch's column.

    The right branch is typed first where only it knows: a dry run on a copy.
    """
    if not _has_untyped_outputs(node.this):
        return expected, None
    probe = binder.probe()
    try:
        other = probe.query(node.expression.copy(), scope, expected)
    except errors.PgError:
        return expected, None
    return [output.oid for output in other], None


def bind_values(
    binder: Binder, node: exp.Values, parent: Scope | None, expected: Sequence[int] | None
) -> list[Output]:
    scope = Scope(parent)
    rows = [list(row.expressions) for row in node.expressions]
    width = len(rows[0])
    if any(len(row) != width for row in rows):
        raise errors.SyntaxError("VALUES lists must all be the same length")
    bound = [[binder.expression(value, scope) for value in row] for row in rows]
    outputs: list[Output] = []
    for index in range(width):
        column = [row[index] for row in bound]
        if expected is not None and index < len(expected):
            column = [binder.coercion.to(value, expected[index]) for value in column]
        oid = binder.coercion.unify(column, "VALUES")
        outputs.append(Output(f"column{index + 1}", f"column{index + 1}", oid))
    return outputs


def check_widths(left: Sequence[Output], right: Sequence[Output], name: str) -> None:
    if len(left) != len(right):
        raise errors.SyntaxError(f"each {name} query must have the same number of columns")


def _check_match(left: int, right: int, name: str) -> None:
    if is_shaped(left) != is_shaped(right):
        raise errors.FeatureNotSupported(
            f"{name} of arrays whose shapes may differ is not supported",
            hint="Write '{...}' literals with the same number of braces on both sides.",
        )
    if left != right and not (is_convertible(left, right) or is_convertible(right, left)):
        raise errors.DatatypeMismatch(
            f"{name} types {type_name(left)} and {type_name(right)} cannot be matched"
        )


def _has_untyped_outputs(node: exp.Expr) -> bool:
    if not isinstance(node, exp.Select):
        return False
    for item in node.expressions:
        value = item.this if isinstance(item, exp.Alias) else item
        if isinstance(value, (exp.Null, exp.Parameter)) or (
            isinstance(value, exp.Literal) and value.is_string
        ):
            return True
    return False
