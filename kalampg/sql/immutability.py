"""Whether an expression over a row has one value at all times, in every session."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from kalampg.sql.bind_calls import call_name
from kalampg.sql.engine_functions import ENGINE_FUNCTIONS
from kalampg.sql.evaluable import GENERATORS, SESSION_FUNCTIONS
from kalampg.sql.expression import Call, Expression
from kalampg.sql.operators import STRINGS

_CHANGING: Final = GENERATORS | SESSION_FUNCTIONS | ENGINE_FUNCTIONS | {"current_setting"}
# Their text depends on settings of the session.
_SHOWN_BY_SETTINGS: Final = frozenset({1082, 1114, 1184, 1186})
_TIMESTAMPTZ: Final = 1184
_CHANGING_CALLS: Final = _CHANGING | {"random", "timeofday"}


def calls_changing(tree: exp.Expr) -> bool:
    """Whether a bound tree calls what may give another value each time."""
    return any(call_name(call) in _CHANGING_CALLS for call in tree.find_all(exp.Anonymous))


def is_immutable(expression: Expression) -> bool:
    """What PostgreSQL calls IMMUTABLE."""
    if not isinstance(expression, Call):
        return True
    if expression.function in _CHANGING:
        return False
    if expression.function == "cast":
        source, target = expression.arguments[0].type_oid, expression.type_oid
        pair = {int(source), int(target)}
        is_text = bool(pair & STRINGS)
        if (is_text and pair & _SHOWN_BY_SETTINGS) or (_TIMESTAMPTZ in pair and len(pair) > 1):
            return False
    return all(is_immutable(argument) for argument in expression.arguments)
