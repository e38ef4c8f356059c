"""SET clauses: which columns an UPDATE or an upsert assigns, and of which expressions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from sqlglot import exp

from kalampg import errors
from kalampg.relation import Column
from kalampg.sql.annotation import position_of
from kalampg.sql.element_assignment import ElementTarget, element_target
from kalampg.sql.expression import Const, Expression
from kalampg.sql.overriding import check_updatable
from kalampg.sql.set_returning import refuse_sets
from kalampg.sql.targets import check_assignable, is_default

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder
    from kalampg.sql.write_target import WriteTarget

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Assignment:
    """A column and its new value, which is unbound; ``element``: which part of the column's."""

    position: int
    value: exp.Expr
    element: ElementTarget | None = None

    @property
    def is_default(self) -> bool:
        return is_default(self.value)


class SetClause:
    """The assignments of one SET clause.

    ``items`` are the unbound expressions that the new values are made of, ``expected`` the types of
    those that have none of their own, ``targets`` the columns' positions.
    """

    def __init__(self, binder: Binder, node: exp.Expr, target: WriteTarget) -> None:
        self._columns = target.relation.columns
        self._assignments = assignments(binder, node, target)
        self.targets = tuple(dict.fromkeys(each.position for each in self._assignments))
        self.items: list[exp.Expr] = []
        self.expected: list[int] = []
        for assignment in self._assignments:
            refuse_sets(assignment.value, "UPDATE")
            column = self._columns[assignment.position]
            if assignment.element is not None:
                before = target.column(column.name)
                self.items += [before, assignment.value, *assignment.element.subscripts]
                self.expected += [column.type_oid, *assignment.element.expected]
            elif not assignment.is_default:
                self.items.append(assignment.value)
                self.expected.append(column.type_oid)

    def check(self, oids: Sequence[int]) -> None:
        """Whether items of these types can be assigned.

        Raises:
            DatatypeMismatch: 42804.
        """
        for assignment, own in self._with_items(oids):
            if assignment.element is not None:
                assignment.element.check(own[1:])
            elif own:
                check_assignable(self._columns[assignment.position], own[0])

    def values(
        self, items: Sequence[Expression], defaults: Sequence[Expression | None]
    ) -> tuple[Expression, ...]:
        """The new value of each target, made of the items; one default for each column."""
        values: dict[int, Expression] = {}
        for assignment, own in self._with_items(items):
            position = assignment.position
            if assignment.element is not None:
                before = values.get(position, own[0])
                values[position] = assignment.element.call(before, own[1:])
            elif own:
                values[position] = own[0]
            else:
                null = Const(None, self._columns[position].type_oid)
                values[position] = defaults[position] or null
        return tuple(values.values())

    def _with_items(self, items: Sequence[T]) -> Iterator[tuple[Assignment, Sequence[T]]]:
        start = 0
        for assignment in self._assignments:
            width = 0 if assignment.is_default else 1
            if assignment.element is not None:
                width = 2 + len(assignment.element.subscripts)
            yield assignment, items[start : start + width]
            start += width


def assignments(binder: Binder, node: exp.Expr, target: WriteTarget) -> list[Assignment]:
    """What the SET clause of ``node`` assigns.

    Raises:
        UndefinedColumn: 42703.
        SyntaxError: 42601, a column is named twice, or rows differ in length.
    """
    found: list[Assignment] = []
    for item in node.expressions:
        if not isinstance(item, exp.EQ):
            raise errors.SyntaxError("syntax error in SET", position=position_of(item))
        for name_node, value in _pairs(item):
            assignment = _assignment(binder, name_node, value, target)
            if any(_are_in_conflict(assignment, other) for other in found):
                raise multiple_assignments(target.relation.columns[assignment.position])
            found.append(assignment)
    return found


def multiple_assignments(column: Column) -> errors.SyntaxError:
    return errors.SyntaxError(f'multiple assignments to same column "{column.name}"')


def _are_in_conflict(one: Assignment, other: Assignment) -> bool:
    """Several elements of a column may be assigned, one after the other."""
    is_partial = one.element is not None and other.element is not None
    return one.position == other.position and not is_partial


def _assignment(binder: Binder, left: exp.Expr, value: exp.Expr, target: WriteTarget) -> Assignment:
    name = left
    while isinstance(name, exp.Bracket):
        name = name.this
    if isinstance(name, exp.Column):  # ``c.field``: PostgreSQL takes it for a field of a column.
        name = name.args.get("table") or name.this
    position = target.position(binder, name, "update")
    column = target.relation.columns[position]
    if not isinstance(left, exp.Bracket):
        if not is_default(value):
            check_updatable(column)
        return Assignment(position, value)
    if is_default(value):
        raise errors.FeatureNotSupported("cannot set an array element to DEFAULT")
    check_updatable(column)
    return Assignment(position, value, element_target(column, left))


def _pairs(item: exp.EQ) -> list[tuple[exp.Expr, exp.Expr]]:
    left, right = item.this, item.expression
    if not isinstance(left, (exp.Tuple, exp.Paren)):
        return [(left, right)]
    targets = left.expressions if isinstance(left, exp.Tuple) else [left.this]
    values = _row_values(right)
    if values is None:
        values = _columns_of_query(right)
    if len(targets) != len(values):
        raise errors.SyntaxError("number of columns does not match number of values")
    return list(zip(targets, values, strict=True))


def _columns_of_query(right: exp.Expr) -> list[exp.Expr]:
    """One query of one column for each column of ``(SELECT a, b ...)``."""
    query = right.this if isinstance(right, exp.Subquery) else None
    if not isinstance(query, exp.Select) or query.args.get("distinct"):
        raise errors.FeatureNotSupported(
            "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression",
            hint="Write one SET column = (SELECT ...) for each column.",
        )
    if any(_is_star(item) for item in query.expressions):
        raise errors.FeatureNotSupported(
            "SET (...) = (SELECT *) is not supported", hint="Name the columns of the SELECT."
        )
    columns = []
    for place in range(len(query.expressions)):
        column = right.copy()
        column.this.set("expressions", [column.this.expressions[place]])
        columns.append(column)
    return columns


def _is_star(item: exp.Expr) -> bool:
    return isinstance(item.this if isinstance(item, exp.Column) else item, exp.Star)


def _row_values(right: exp.Expr) -> list[exp.Expr] | None:
    if isinstance(right, exp.Tuple):
        return list(right.expressions)
    if isinstance(right, exp.Anonymous) and right.name.lower() == "row":
        return list(right.expressions)
    if isinstance(right, exp.Paren):
        return [right.this]
    return None
