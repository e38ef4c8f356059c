"""GENERATED ALWAYS AS (...) STORED: the text of an expression over the other columns of a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.relation import Column, Relation
from kalampg.sql.annotation import column_of, oid_of
from kalampg.sql.check_expression import bound_over
from kalampg.sql.evaluable_tree import Translator
from kalampg.sql.expression import Expression
from kalampg.sql.immutability import is_immutable
from kalampg.sql.operators import can_assign
from kalampg.sql.parameters import UNKNOWN
from kalampg.sql.type_names import type_name

_WHERE: Final = "column generation expression"


def bind_generation(relation: Relation, column: Column) -> Expression:
    """The value of a generated column, over ``relation.columns``.

    Raises:
        InvalidObjectDefinition: 42P17, it reads a generated column, or would change by itself.
        DatatypeMismatch: 42804.
        FeatureNotSupported: 0A000, only DuckDB could compute it.
    """
    text = column.generated
    assert text is not None, "the column is generated"
    tree, binder = bound_over(text, relation, "UTC", _WHERE)
    node = tree.expressions[0]
    for position in _positions(node):
        if position >= len(relation.columns) or relation.columns[position].generated is not None:
            raise errors.InvalidObjectDefinition(
                f'cannot use generated column "{_name(relation, position)}" in {_WHERE}',
                detail="A generated column cannot reference another generated column.",
            )
    node = binder.coercion.to(node, column.type_oid, column.typmod)
    oid = int(oid_of(node) or UNKNOWN)
    if not can_assign(oid, column.type_oid):
        raise errors.DatatypeMismatch(
            f'column "{column.name}" is of type {type_name(column.type_oid)} '
            f"but default expression is of type {type_name(oid)}",
            hint="You will need to rewrite or cast the expression.",
        )
    expression = Translator(binder.coercion, 0, is_rule=True).try_translate(node)
    if expression is None:
        raise errors.FeatureNotSupported(
            f"this generation expression is not supported: {text}",
            hint="Arithmetic, comparisons, ||, CASE, casts, coalesce, length, lower, upper and "
            "abs are.",
        )
    if not is_immutable(expression):
        raise errors.InvalidObjectDefinition("generation expression is not immutable")
    return expression


def generated_from(relation: Relation, name: str) -> list[Column]:
    """The generated columns whose expression names a column."""
    position = relation.position_of(name)
    found = []
    for column in relation.columns:
        if column.generated is not None:
            tree, _ = bound_over(column.generated, relation, "UTC", _WHERE)
            if position in set(_positions(tree.expressions[0])):
                found.append(column)
    return found


def _positions(node: exp.Expr) -> Iterator[int]:
    for column in node.find_all(exp.Column):
        found = column_of(column)
        if found is not None:
            yield found[1]


def _name(relation: Relation, position: int) -> str:
    columns = relation.columns
    return columns[position].name if position < len(columns) else "a system column"
