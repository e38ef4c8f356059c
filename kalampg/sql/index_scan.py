"""Choose the index by which a WHERE clause, or an order, finds few rows: an IndexScan.

The clause is taken apart at its topmost ANDs, and every part must run without DuckDB: whatever an
index does not answer is checked on the rows that it leads to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Final, TypeAlias

from sqlglot import exp

from kalampg.ids import Oid
from kalampg.relation import Relation
from kalampg.sql.evaluable_tree import Translator, conjuncts, is_constant
from kalampg.sql.expression import Call, ColumnRef, Const, Expression
from kalampg.sql.point import as_key, is_volatile
from kalampg.sql.row_plans import Bound, IndexScan, SortKey

# Places in an index to look at for one statement: IN lists multiply.
CHOICES_MAX: Final = 100
_BOOL: Final = Oid(16)
_MIRRORED: Final = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

Choices: TypeAlias = tuple[Expression | None, ...]


@dataclass(slots=True)
class Conditions:
    """What must hold of a row; by column position, what an index could know of it."""

    every: list[Expression] = field(default_factory=list)
    choices: dict[int, Choices] = field(default_factory=dict)
    lower: dict[int, Bound] = field(default_factory=dict)
    upper: dict[int, Bound] = field(default_factory=dict)

    def filter(self) -> Expression | None:
        if len(self.every) < 2:
            return self.every[0] if self.every else None
        return Call("and", tuple(self.every), _BOOL)


def conditions_of(
    where: exp.Expr | None, relation: Relation, translator: Translator
) -> Conditions | None:
    """The WHERE clause taken apart; None when a part of it needs DuckDB."""
    found = Conditions()
    for conjunct in [] if where is None else conjuncts(where.this):
        expression = translator.try_translate(conjunct)
        if expression is None or is_volatile(expression):
            return None
        found.every.append(expression)
        if isinstance(expression, Call):
            _note(expression, relation, found)
    return found


def choose_scan(
    relation: Relation, conditions: Conditions, order: Sequence[SortKey], *, has_limit: bool
) -> tuple[IndexScan, bool] | None:
    """The scan that leads to the fewest rows, and whether it leads to them in ``order``.

    None: no index says where to look. With a limit, an index in that order is enough.
    """
    key = tuple(relation.primary_key)
    candidates: list[tuple[Oid | None, tuple[int, ...], bool]] = [(None, key, True)]
    for index in relation.indexes:
        positions = tuple(relation.position_of_id(column) for column in index.columns)
        candidates.append((index.oid, positions, index.is_unique))
    best: tuple[tuple[bool, int, int, bool], IndexScan, bool] | None = None
    for oid, positions, is_unique in candidates:
        choices = _leading_choices(positions, conditions)
        following = positions[len(choices) :]
        lower = conditions.lower.get(following[0]) if following else None
        upper = conditions.upper.get(following[0]) if following else None
        is_single = prod(map(len, choices)) == 1
        direction = _direction(order, choices, positions, key) if is_single else None
        is_ordered = bool(order) and direction is not None
        if not (choices or lower or upper or (is_ordered and has_limit)):
            continue
        score = (is_unique and not following, len(choices), bool(lower) + bool(upper), is_ordered)
        if best is None or score > best[0]:
            scan = IndexScan(
                relation, oid, choices, lower, upper, bool(direction), conditions.filter()
            )
            best = score, scan, is_ordered
    return None if best is None else best[1:]


def _leading_choices(positions: Sequence[int], conditions: Conditions) -> tuple[Choices, ...]:
    """What the conditions make of the first columns, as far as that is a list of values."""
    found: list[Choices] = []
    for position in positions:
        choices = conditions.choices.get(position)
        if choices is None or prod(map(len, found)) * len(choices) > CHOICES_MAX:
            break
        found.append(choices)
    return tuple(found)


def _direction(
    order: Sequence[SortKey],
    choices: Sequence[Choices],
    positions: Sequence[int],
    key: Sequence[int],
) -> bool | None:
    """Whether the entries must be read backwards for the order; None: they have another one.

    Behind its columns an index is in the order of the primary key.
    """
    fixed = set(positions[: len(choices)])
    wanted = [*positions[len(choices) :], *(place for place in key if place not in positions)]
    direction: bool | None = None
    for item in order:
        if not isinstance(item.value, ColumnRef):
            return None
        position = item.value.position
        if position in fixed:
            continue
        if not wanted or position != wanted.pop(0) or item.nulls_first is not item.is_descending:
            return None
        if direction is not None and direction is not item.is_descending:
            return None
        direction = item.is_descending
        fixed.add(position)
    return bool(direction)


# --- what one condition says ---


def _note(condition: Call, relation: Relation, found: Conditions) -> None:
    match condition.function, condition.arguments:
        case ("is null", (ColumnRef() as column,)):
            if column.position < len(relation.columns):
                found.choices.setdefault(column.position, (None,))
        case ("in", (ColumnRef() as column, *members)):
            keys = [_key(column, member, relation) for member in members]
            if None not in keys:
                _note_choices(column.position, tuple(keys), found)
        case ("between", (ColumnRef() as column, low, high)):
            _note_bound(column, ">=", low, relation, found)
            _note_bound(column, "<=", high, relation, found)
        case (operator, (left, right)) if operator in _MIRRORED:
            if isinstance(left, ColumnRef):
                _note_bound(left, operator, right, relation, found)
            if isinstance(right, ColumnRef):
                _note_bound(right, _MIRRORED[operator], left, relation, found)


def _note_bound(
    column: ColumnRef, operator: str, value: Expression, relation: Relation, found: Conditions
) -> None:
    key = _key(column, value, relation)
    if key is None:
        return
    if operator == "=":
        _note_choices(column.position, (key,), found)
    else:
        bounds = found.lower if operator in {">", ">="} else found.upper
        bounds.setdefault(column.position, (key, operator in {">=", "<="}))


def _note_choices(position: int, choices: Choices, found: Conditions) -> None:
    """The shortest list counts; the others are checked on the rows."""
    known = found.choices.get(position)
    if known is None or len(choices) < len(known):
        found.choices[position] = choices


def _key(column: ColumnRef, value: Expression, relation: Relation) -> Expression | None:
    """What the column is compared with, in the column's type; None where no key can tell."""
    if column.position >= len(relation.columns) or not is_constant(value):
        return None
    if isinstance(value, Const) and value.value is None:
        return None
    return as_key(value, relation.columns[column.position].type_oid)
