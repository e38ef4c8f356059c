"""Recognise the SELECTs that an index answers: equality with its first columns, and no order."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from kalampg.ids import Oid
from kalampg.relation import Relation
from kalampg.sql.evaluable_tree import Translator, is_constant
from kalampg.sql.expression import Call, ColumnRef, Expression
from kalampg.sql.plan import IndexSelect
from kalampg.sql.point import as_key, is_simple, is_stored, is_volatile, key_conditions, outputs_of
from kalampg.sql.scopes import TableUse

_BOOL = Oid(16)


def select_by_index(node: exp.Select, use: TableUse, translator: Translator) -> IndexSelect | None:
    """A SELECT from one table whose rows an index finds, by more columns than any other."""
    relation = use.relation
    if not relation.indexes or not is_stored(relation) or not is_simple(node):
        return None
    if use.includes_deleted or any(node.args.get(key) for key in ("order", "limit", "offset")):
        return None
    outputs = outputs_of(node, translator)
    conditions = key_conditions(node.args.get("where"), use, translator)
    if outputs is None or conditions is None or conditions.lower or conditions.upper:
        return None
    equal = _equalities(relation, conditions.rest) | conditions.fixed
    best: tuple[Oid, tuple[Expression, ...]] | None = None
    for index in relation.indexes:
        values = []
        for column_id in index.columns:
            value = equal.get(relation.position_of_id(column_id))
            if value is None:
                break
            values.append(value)
        if len(values) > (0 if best is None else len(best[1])):
            best = index.oid, tuple(values)
    if best is None:
        return None
    checks = [*conditions.rest, *_fixed(relation, conditions.fixed)]
    condition = checks[0] if len(checks) == 1 else Call("and", tuple(checks), _BOOL)
    return IndexSelect(relation, *best, condition, outputs)


def _equalities(relation: Relation, conditions: list[Expression]) -> dict[int, Expression]:
    """Columns that a condition makes equal to a value, and the value in the column's type."""
    found: dict[int, Expression] = {}
    for condition in conditions:
        if not isinstance(condition, Call) or condition.function != "=":
            continue
        left, right = condition.arguments
        for column, value in ((left, right), (right, left)):
            if not isinstance(column, ColumnRef) or column.position >= len(relation.columns):
                continue
            if is_constant(value) and not is_volatile(value):
                key = as_key(value, relation.columns[column.position].type_oid)
                if key is not None:
                    found.setdefault(column.position, key)
    return found


def _fixed(relation: Relation, fixed: Mapping[int, Expression]) -> list[Expression]:
    """Equalities with columns of the primary key, which are not among the other conditions."""
    return [
        Call("=", (ColumnRef(position, relation.columns[position].type_oid), value), _BOOL)
        for position, value in fixed.items()
    ]
