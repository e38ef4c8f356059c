"""SET clauses: which columns an UPDATE or an upsert assigns, and which expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from kalampg import errors
from kalampg.relation import Relation
from kalampg.sql.annotation import position_of
from kalampg.sql.overriding import check_updatable
from kalampg.sql.targets import is_default, target_position

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder


def assignments(binder: Binder, node: exp.Expr, relation: Relation) -> list[tuple[int, exp.Expr]]:
    """Position and unbound value of each column that the SET clause of ``node`` names.

    Raises:
        UndefinedColumn: 42703.
        SyntaxError: 42601, a column is named twice, or rows differ in length.
    """
    found: list[tuple[int, exp.Expr]] = []
    for item in node.expressions:
        if not isinstance(item, exp.EQ):
            raise errors.SyntaxError("syntax error in SET", position=position_of(item))
        for name, value in _pairs(item):
            position = target_position(binder, relation, name, "update")
            if any(position == other for other, _ in found):
                raise errors.SyntaxError(
                    f'multiple assignments to same column "{binder.name_of(name)}"'
                )
            if not is_default(value):
                check_updatable(relation.columns[position])
            found.append((position, value))
    return found


def _pairs(item: exp.EQ) -> list[tuple[exp.Expr, exp.Expr]]:
    left, right = item.this, item.expression
    if isinstance(left, exp.Column):
        if left.args.get("table"):
            return [(left.args["table"], right)]  # PostgreSQL takes it for a field of a column
        return [(left.this, right)]
    if isinstance(left, (exp.Tuple, exp.Paren)):
        names = left.expressions if isinstance(left, exp.Tuple) else [left.this]
        values = _row_values(right)
        if values is None:
            values = _columns_of_query(right)
        if len(names) != len(values):
            raise errors.SyntaxError("number of columns does not match number of values")
        return [(name.this, value) for name, value in zip(names, values, strict=True)]
    raise errors.FeatureNotSupported(
        "assigning to an element of a column is not supported",
        hint="Assign the whole value.",
    )


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
