"""Assigning to an element: ``SET a[1] = 5``, ``SET a[2:3] = '{7,8}'``, ``SET j['key'] = '7'``.

The new value of the column is a call over its old value, the assigned value and the subscripts;
``engine.element_assignment`` computes it. No client can write the names of these functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.ids import Oid
from kalampg.relation import Column
from kalampg.sql.annotation import position_of
from kalampg.sql.expression import Call, Expression
from kalampg.sql.operators import INT4, JSONB, TEXT, can_assign
from kalampg.sql.parameters import UNKNOWN
from kalampg.sql.type_names import element_oid, type_name

ASSIGN_ELEMENT: Final = "assign element"
ASSIGN_SLICE: Final = "assign slice"
ASSIGN_JSON: Final = "assign json"
ELEMENT_ASSIGNMENTS: Final = frozenset({ASSIGN_ELEMENT, ASSIGN_SLICE, ASSIGN_JSON})


@dataclass(frozen=True, slots=True)
class ElementTarget:
    """The subscripted column of an assignment: which function, and the type that it assigns."""

    column: Column
    function: str
    subscripts: tuple[exp.Expr, ...]
    value_oid: Oid

    @property
    def expected(self) -> list[int]:
        """Types for the value and the subscripts where they have none of their own."""
        subscript = TEXT if self.function == ASSIGN_JSON else INT4
        return [self.value_oid, *(subscript for _ in self.subscripts)]

    def check(self, oids: Sequence[int]) -> None:
        """Whether a value and subscripts of these types will do.

        Raises:
            DatatypeMismatch: 42804.
        """
        value, *subscripts = oids
        if not can_assign(value, self.value_oid):
            raise errors.DatatypeMismatch(
                f'subscripted assignment to "{self.column.name}" requires type '
                f"{type_name(self.value_oid)} but expression is of type {type_name(value)}",
                hint="You will need to rewrite or cast the expression.",
            )
        for oid in subscripts:
            if self.function != ASSIGN_JSON and not can_assign(oid, INT4):
                raise errors.DatatypeMismatch("array subscript must have type integer")

    def call(self, before: Expression, items: Sequence[Expression]) -> Expression:
        """The column's new value, of its old one and the value and subscripts."""
        value, *subscripts = items
        if value.type_oid != self.value_oid:
            value = Call("cast", (value,), self.value_oid)
        return Call(self.function, (before, value, *subscripts), self.column.type_oid)


def element_target(column: Column, node: exp.Bracket) -> ElementTarget:
    """What the left side of an assignment with subscripts means.

    Raises:
        DatatypeMismatch: 42804, the column's type has no elements.
        FeatureNotSupported: 0A000, more than one dimension.
    """
    subscripts: list[exp.Expr] = []
    inner: exp.Expr = node
    while isinstance(inner, exp.Bracket):
        subscripts[:0] = inner.expressions
        inner = inner.this
    if column.type_oid == JSONB:
        if any(isinstance(subscript, exp.Slice) for subscript in subscripts):
            raise errors.DatatypeMismatch("jsonb subscript does not support slices")
        return ElementTarget(column, ASSIGN_JSON, tuple(subscripts), column.type_oid)
    element = 0 if column.type_oid == UNKNOWN else element_oid(column.type_oid)
    if not element:
        raise errors.DatatypeMismatch(
            f"cannot subscript type {type_name(column.type_oid)} "
            "because it does not support subscripting",
            position=position_of(inner),
        )
    if len(subscripts) > 1:
        raise errors.FeatureNotSupported(
            "assigning to an element of an array of more than one dimension is not supported",
            hint="Assign the whole value.",
        )
    (only,) = subscripts
    if not isinstance(only, exp.Slice):
        return ElementTarget(column, ASSIGN_ELEMENT, (only,), Oid(element))
    bounds = (only.this or exp.Null(), only.args.get("expression") or exp.Null())
    return ElementTarget(column, ASSIGN_SLICE, bounds, column.type_oid)
