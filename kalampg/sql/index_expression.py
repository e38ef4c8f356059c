"""Expressions and predicates of indexes: bound to a row, and as ``pg_get_indexdef`` prints them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.constraint import EXPRESSION, Index
from kalampg.relation import Relation
from kalampg.sql.annotation import column_of
from kalampg.sql.check_expression import bound_over
from kalampg.sql.deparse import deparse, is_call
from kalampg.sql.evaluable_tree import Translator
from kalampg.sql.expression import Call, ColumnRef, Expression
from kalampg.sql.immutability import calls_changing, is_immutable

_BOOL: Final = 16


@dataclass(frozen=True, slots=True)
class BoundExpression:
    """``positions`` are the columns that the expression reads."""

    expression: Expression
    positions: tuple[int, ...]


def bind_part(text: str, relation: Relation, where: str) -> BoundExpression:
    """An expression over ``relation.columns``; ``where``: "index expression" or "... predicate".

    Raises:
        InvalidObjectDefinition: 42P17, it would change by itself.
        DatatypeMismatch: 42804, a predicate is not boolean.
        FeatureNotSupported: 0A000, only DuckDB could compute it.
    """
    tree, binder = bound_over(text, relation, "UTC", where)
    node = tree.expressions[0]
    if where == PREDICATE:
        binder.coercion.boolean(node, "WHERE")
        node = tree.expressions[0]
    if calls_changing(node):
        raise _changes(where)
    expression = Translator(binder.coercion, 0, is_rule=True).try_translate(node)
    if expression is None:
        raise errors.FeatureNotSupported(
            f"this {where} is not supported: {text}",
            hint="Operators, CASE, casts, coalesce, length, lower, upper and abs are.",
        )
    if not is_immutable(expression):
        raise _changes(where)
    found = (column_of(column) for column in node.find_all(exp.Column))
    positions = dict.fromkeys(place[1] for place in found if place is not None)
    if any(position >= len(relation.columns) for position in positions):
        raise errors.FeatureNotSupported("index creation on system columns is not supported")
    return BoundExpression(expression, tuple(positions))


def _changes(where: str) -> errors.InvalidObjectDefinition:
    return errors.InvalidObjectDefinition(f"functions in {where} must be marked IMMUTABLE")


KEY: Final = "index expression"
PREDICATE: Final = "index predicate"


def bind_row_expression(text: str, relation: Relation) -> Expression:
    """What an index of the relation has."""
    return bind_part(text, relation, KEY).expression


def column_ref(relation: Relation, position: int) -> Expression:
    return ColumnRef(position, relation.columns[position].type_oid)


def key_expressions(relation: Relation, index: Index) -> Iterator[Expression]:
    """What the index is ordered by."""
    computed = iter(index.expressions)
    for column in index.columns:
        if column == EXPRESSION:
            yield bind_row_expression(next(computed).text, relation)
        else:
            yield column_ref(relation, relation.position_of_id(column))


def is_implied(index: Index, relation: Relation, conditions: Collection[Expression]) -> bool:
    """Whether rows of which the conditions hold are all in the index."""
    if index.predicate is None:
        return True
    predicate = bind_row_expression(index.predicate.text, relation)
    return all(part in conditions for part in conjuncts_of(predicate))


def conjuncts_of(condition: Expression) -> tuple[Expression, ...]:
    """The operands of the topmost AND."""
    if isinstance(condition, Call) and condition.function == "and":
        return condition.arguments
    return (condition,)


def key_texts(
    relation: Relation, index: Index, names: Sequence[str], *, is_pretty: bool = True
) -> list[str]:
    """Its columns and expressions between commas; ``names`` are the columns' as written."""
    found = []
    for expression in key_expressions(relation, index):
        text = deparse(expression, names, is_pretty=is_pretty)
        is_bare = isinstance(expression, ColumnRef) or is_call(expression)
        found.append(text if is_bare else f"({text})")
    return found


def predicate_text(relation: Relation, text: str, names: Sequence[str], *, is_pretty: bool) -> str:
    """A predicate, behind WHERE."""
    return deparse(bind_row_expression(text, relation), names, is_pretty=is_pretty)
