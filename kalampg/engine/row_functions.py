"""RowFunctions: expressions and predicates of indexes as functions of a row alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from kalampg.constraint import RowExpression
from kalampg.engine.context import SessionContext
from kalampg.engine.evaluate import Evaluator, compile_expression
from kalampg.pgtypes.settings import DEFAULT_SETTINGS, OutputSettings
from kalampg.relation import Datum, Relation
from kalampg.sql.index_expression import bind_row_expression
from kalampg.sql.plan_cache import PlanCache
from kalampg.storage.index_keys import RowFunction

_FUNCTIONS_MAX: Final = 1_000


class _NoSession:
    """What is the same at all times asks a session for nothing but how values are written."""

    output: OutputSettings = DEFAULT_SETTINGS


_NO_SESSION: Final = cast("SessionContext", _NoSession())


class RowFunctions:
    """Compiles them, each version of a table once, on the event loop's thread.

    Any thread may call the functions.
    """

    def __init__(self) -> None:
        self._known: PlanCache[Evaluator] = PlanCache(_FUNCTIONS_MAX)

    def compile(self, relation: Relation, expression: RowExpression) -> RowFunction:
        key = (expression.text, relation.table_id, relation.schema_version)
        evaluator = self._known.get(key)
        if evaluator is None:
            evaluator = compile_expression(bind_row_expression(expression.text, relation))
            self._known.put(key, evaluator)
        compute = evaluator

        def run(row: Sequence[Datum]) -> Datum:
            return compute(row, (), _NO_SESSION)

        return run
