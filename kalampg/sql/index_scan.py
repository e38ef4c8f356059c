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
from kalampg.sql.expression import Call, Const, Expression
from kalampg.sql.index_expression import column_ref, is_implied, key_expressions
from kalampg.sql.point import as_key, is_volatile
from kalampg.sql.row_plans import Bound, IndexScan, SortKey

# Places in an index to look at for one statement: IN lists multiply.
CHOICES_MAX: Final = 100
_BOOL: Final = Oid(16)
_MIRRORED: Final = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

Choices: TypeAlias = tuple[Expression | None, ...]


@dataclass(slots=True)
class Conditions:
    """What must hold of a row; by column or expression, what an index could know of it."""

    every: list[Expression] = field(default_factory=list)
    choices: dict[Expression, Choices] = field(default_factory=dict)
    lower: dict[Expression, Bound] = field(default_factory=dict)
    upper: dict[Expression, Bound] = field(default_factory=dict)

    def filter(self) -> Expression | None:
        if len(self.every) < 2:
            return self.every[0] if self.every else None
        return Call("and", tuple(self.every), _BOOL)


def conditions_of(where: exp.Expr | None, translator: Translator) -> Conditions | None:
    """The WHERE clause taken apart; None when a part of it needs DuckDB."""
    found = Conditions()
    for conjunct in [] if where is None else conjuncts(where.this):
        expression = translator.try_translate(conjunct)
        if expression is None or is_volatile(expression):
            return None
        found.every.append(expression)
        if isinstance(expression, Call):
            _note(expression, found)
    return found


def choose_scan(
    relation: Relation, conditions: Conditions, order: Sequence[SortKey], *, has_limit: bool
) -> tuple[IndexScan, bool] | None:
    """The scan that leads to the fewest rows, and whether it leads to them in ``order``.

    None: no index says where to look. With a limit, an index in that order is enough.
    """
    key = tuple(column_ref(relation, position) for position in relation.primary_key)
    candidates: list[tuple[Oid | None, tuple[Expression, ...], bool]] = [(None, key, True)]
    for index in relation.indexes:
        if is_implied(index, relation, conditions.every):
            parts = tuple(key_expressions(relation, index))
            candidates.append((index.oid, parts, index.is_unique))
    best: tuple[tuple[bool, int, int, bool], IndexScan, bool] | None = None
    for oid, parts, is_unique in candidates:
        choices = _leading_choices(parts, conditions)
        following = parts[len(choices) :]
        lower = conditions.lower.get(following[0]) if following else None
        upper = conditions.upper.get(following[0]) if following else None
        is_single = prod(map(len, choices)) == 1
        direction = _direction(order, choices, parts, key) if is_single else None
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


def _leading_choices(parts: Sequence[Expression], conditions: Conditions) -> tuple[Choices, ...]:
    """What the conditions make of the first columns, as far as that is a list of values."""
    found: list[Choices] = []
    for part in parts:
        choices = conditions.choices.get(part)
        if choices is None or prod(map(len, found)) * len(choices) > CHOICES_MAX:
            break
        found.append(choices)
    return tuple(found)


def _direction(
    order: Sequence[SortKey],
    choices: Sequence[Choices],
    parts: Sequence[Expression],
    key: Sequence[Expression],
) -> bool | None:
    """Whether the entries must be read backwards for the order; None: they have another one.

    Behind its columns an index is in the order of the primary key.
    """
    fixed = set(parts[: len(choices)])
    wanted = [*parts[len(choices) :], *(part for part in key if part not in parts)]
    direction: bool | None = None
    for item in order:
        if item.value in fixed:
            continue
        if not wanted or item.value != wanted.pop(0) or item.nulls_first is not item.is_descending:
            return None
        if direction is not None and direction is not item.is_descending:
            return None
        direction = item.is_descending
        fixed.add(item.value)
    return bool(direction)


# --- what one condition says ---


def _note(condition: Call, found: Conditions) -> None:
    match condition.function, condition.arguments:
        case ("is null", (subject,)):
            found.choices.setdefault(subject, (None,))
        case ("in", (subject, *members)):
            keys = [_key(subject, member) for member in members]
            if None not in keys:
                _note_choices(subject, tuple(keys), found)
        case ("between", (subject, low, high)):
            _note_bound(subject, ">=", low, found)
            _note_bound(subject, "<=", high, found)
        case (operator, (left, right)) if operator in _MIRRORED:
            _note_bound(left, operator, right, found)
            _note_bound(right, _MIRRORED[operator], left, found)


def _note_bound(subject: Expression, operator: str, value: Expression, found: Conditions) -> None:
    key = _key(subject, value)
    if key is None:
        return
    if operator == "=":
        _note_choices(subject, (key,), found)
    else:
        bounds = found.lower if operator in {">", ">="} else found.upper
        bounds.setdefault(subject, (key, operator in {">=", "<="}))


def _note_choices(subject: Expression, choices: Choices, found: Conditions) -> None:
    """The shortest list counts; the others are checked on the rows."""
    known = found.choices.get(subject)
    if known is None or len(choices) < len(known):
        found.choices[subject] = choices


def _key(subject: Expression, value: Expression) -> Expression | None:
    """What the subject is compared with, in its type; None where no key can tell."""
    if is_constant(subject) or not is_constant(value):
        return None
    if isinstance(value, Const) and value.value is None:
        return None
    return as_key(value, subject.type_oid)
