"""Conditions of WHERE that call functions of the engine, taken out of a query that DuckDB runs.

DuckDB finds the rows that the other conditions admit, and the engine asks these of each of them, in
the order in which they come out, up to LIMIT: what a call locks is a row of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from kalampg import errors
from kalampg.ids import Oid
from kalampg.sql.annotation import oid_of, set_oid
from kalampg.sql.bind_calls import call_name
from kalampg.sql.engine_functions import ENGINE_FUNCTIONS
from kalampg.sql.evaluable_tree import NotEvaluable, Translator, conjuncts
from kalampg.sql.expression import Call, ColumnRef, Expression
from kalampg.sql.grouping import refuse_aggregates
from kalampg.sql.operators import BOOL, TEXT
from kalampg.sql.outputs import Output
from kalampg.sql.point import limit_expression

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

# With any of these a row of the answer is not a row that WHERE has seen.
_COMBINING = ("distinct", "operations", "group", "having")


@dataclass(frozen=True, slots=True)
class Admission:
    """Which rows of a query are rows of the answer; LIMIT and OFFSET count those."""

    condition: Expression
    limit: Expression | None
    offset: Expression | None


def take_conditions(binder: Binder, tree: exp.Expr, outputs: list[Output]) -> Admission | None:
    """Take them out of a bound SELECT; ``outputs`` gets what they read of its rows.

    None if there are none, or where they cannot be taken: they stay, and are refused later.
    """
    where = tree.args.get("where")
    if not isinstance(tree, exp.Select) or where is None:
        return None
    taken = [conjunct for conjunct in conjuncts(where.this) if _calls_engine(conjunct)]
    if not taken or any(tree.args.get(key) for key in _COMBINING) or _groups(tree):
        return None
    plain = Translator(binder.coercion, None)
    limit = limit_expression(tree.args.get("limit"), plain)
    offset = limit_expression(tree.args.get("offset"), plain)
    if isinstance(limit, str) or isinstance(offset, str):
        return None
    translator = _OverOutputs(binder, tree, outputs)
    try:
        conditions = tuple(translator.translate(conjunct) for conjunct in taken)
    except NotEvaluable:
        return None
    for conjunct in taken:
        always = exp.Boolean(this=True)
        set_oid(always, BOOL)
        conjunct.replace(always)
    translator.add_columns()
    tree.set("limit", None)
    tree.set("offset", None)
    condition = conditions[0] if len(conditions) == 1 else Call("and", conditions, Oid(BOOL))
    return Admission(condition, limit, offset)


class _OverOutputs(Translator):
    """Columns become outputs of the query, behind those that it has."""

    def __init__(self, binder: Binder, tree: exp.Select, outputs: list[Output]) -> None:
        super().__init__(binder.coercion, None)
        self._binder = binder
        self._tree = tree
        self._outputs = outputs
        self._columns: list[exp.Expr] = []

    def column(self, node: exp.Expr) -> Expression:
        place = len(self._outputs) + len(self._columns)
        self._columns.append(node.copy())
        return ColumnRef(place, Oid(oid_of(node) or TEXT))

    def add_columns(self) -> None:
        for node in self._columns:
            name = f"condition{len(self._outputs)}"
            self._outputs.append(self._binder.output_of(name, node))
            self._tree.append("expressions", exp.alias_(node, name, quoted=True, copy=False))


def _calls_engine(node: exp.Expr) -> bool:
    return any(call_name(call) in ENGINE_FUNCTIONS for call in node.find_all(exp.Anonymous))


def _groups(tree: exp.Select) -> bool:
    """Whether the select list or the order is of more than one row."""
    parts = [*tree.expressions, *(() if tree.args.get("order") is None else [tree.args["order"]])]
    try:
        for part in parts:
            refuse_aggregates(part, "WHERE")
    except (errors.GroupingError, errors.WindowingError):
        return True
    return False
