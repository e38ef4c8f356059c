"""Compile an Expression to a closure that computes it: the fast path's whole interpreter.

A closure takes the row's values, the statement's parameters and the session, and returns a datum.
Which names exist is written in ``kalampg.sql.evaluable``; ``FORMS`` here has exactly those. What
may run is decided at plan time: an unknown name is a bug, not a client's mistake.

Rows: ``row[position]`` is the value of the column at that position; system columns follow the
declared ones. The caller appends them only for expressions that ``reads_system_columns``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from kalampg.engine.arithmetic import absolute, binary_operator, negate
from kalampg.engine.casts import compile_cast
from kalampg.engine.comparison import COMPARISONS, compile_comparison, sort_key
from kalampg.engine.context import SessionContext
from kalampg.engine.element_assignment import element_assignment
from kalampg.engine.moment_calls import moment_call
from kalampg.engine.refused_values import refuse_value
from kalampg.engine.session_calls import SESSION_CALLS
from kalampg.engine.text_calls import TEXT_FUNCTIONS, TEXTS_FUNCTIONS
from kalampg.relation import Datum
from kalampg.sql.domains import REFUSE_VALUE
from kalampg.sql.element_assignment import ELEMENT_ASSIGNMENTS
from kalampg.sql.expression import Call, ColumnRef, Const, Expression, Param
from kalampg.sql.moment_functions import MOMENT_FUNCTIONS

Evaluator: TypeAlias = Callable[[Sequence[Datum], Sequence[Datum], SessionContext], Datum]
Form: TypeAlias = Callable[[Call], Evaluator]


def compile_expression(expression: Expression) -> Evaluator:
    """Return the closure that computes ``expression``."""
    if isinstance(expression, ColumnRef):
        position = expression.position
        return lambda row, params, context: row[position]
    if isinstance(expression, Param):
        index = expression.index - 1
        return lambda row, params, context: params[index]
    if isinstance(expression, Const):
        value = expression.value
        return lambda row, params, context: value
    return FORMS[expression.function](expression)


def reads_system_columns(expressions: Iterable[Expression], column_count: int) -> bool:
    """Whether any of the expressions refers to a position past the declared columns."""
    return any(position >= column_count for position in _positions(expressions))


def _positions(expressions: Iterable[Expression]) -> Iterable[int]:
    for expression in expressions:
        if isinstance(expression, ColumnRef):
            yield expression.position
        elif isinstance(expression, Call):
            yield from _positions(expression.arguments)


def _oids(call: Call) -> list[int]:
    return [argument.type_oid for argument in call.arguments]


def _strict(function: Callable[[Datum], Datum], argument: Evaluator) -> Evaluator:
    """NULL in, NULL out, for one argument."""

    def run(row: Sequence[Datum], params: Sequence[Datum], context: SessionContext) -> Datum:
        value = argument(row, params, context)
        return None if value is None else function(value)

    return run


def _strict_pair(
    function: Callable[[Datum, Datum], Datum], left: Evaluator, right: Evaluator
) -> Evaluator:
    """NULL in, NULL out, for two arguments."""

    def run(row: Sequence[Datum], params: Sequence[Datum], context: SessionContext) -> Datum:
        first = left(row, params, context)
        if first is None:
            return None
        second = right(row, params, context)
        return None if second is None else function(first, second)

    return run


def _pair(call: Call) -> tuple[Evaluator, Evaluator]:
    left, right = call.arguments
    return compile_expression(left), compile_expression(right)


def _comparison(call: Call) -> Evaluator:
    return _strict_pair(compile_comparison(call.function, _oids(call)), *_pair(call))


def _distinction(call: Call) -> Evaluator:
    equal = compile_comparison("=", _oids(call))
    left, right = _pair(call)
    if_equal = call.function == "is not distinct from"

    def run(row: Sequence[Datum], params: Sequence[Datum], context: SessionContext) -> bool:
        first, second = left(row, params, context), right(row, params, context)
        if first is None or second is None:
            return (first is second) == if_equal
        return equal(first, second) == if_equal

    return run


# name: the truth value looked for, and the answer when it is found
_TRUTH_TESTS: Final[Mapping[str, tuple[bool | None, bool]]] = {
    "is true": (True, True),
    "is false": (False, True),
    "is unknown": (None, True),
    "is null": (None, True),
    "is not true": (True, False),
    "is not false": (False, False),
    "is not unknown": (None, False),
    "is not null": (None, False),
}


def _truth_test(call: Call) -> Evaluator:
    sought, answer = _TRUTH_TESTS[call.function]
    argument = compile_expression(call.arguments[0])
    if answer:
        return lambda row, params, context: argument(row, params, context) is sought
    return lambda row, params, context: argument(row, params, context) is not sought


def _connective(decisive: bool) -> Form:
    """AND (a false decides) or OR (a true decides), in three-valued logic."""

    def form(call: Call) -> Evaluator:
        arguments = tuple(compile_expression(argument) for argument in call.arguments)

        def run(
            row: Sequence[Datum], params: Sequence[Datum], context: SessionContext
        ) -> bool | None:
            answer: bool | None = not decisive
            for argument in arguments:
                value: bool | None = argument(row, params, context)
                if value is decisive:
                    return decisive
                if value is None:
                    answer = None
            return answer

        return run

    return form


def _not(call: Call) -> Evaluator:
    return _strict(lambda value: not value, compile_expression(call.arguments[0]))


def _in(call: Call) -> Evaluator:
    arguments = [compile_expression(argument) for argument in call.arguments]
    subject, members = arguments[0], arguments[1:]
    key = sort_key(_oids(call))
    found = call.function == "in"

    def run(row: Sequence[Datum], params: Sequence[Datum], context: SessionContext) -> bool | None:
        value = subject(row, params, context)
        if value is None:
            return None
        if key is not None:
            value = key(value)
        answer: bool | None = not found
        for member in members:
            candidate = member(row, params, context)
            if candidate is None:
                answer = None
            elif value == (candidate if key is None else key(candidate)):
                return found
        return answer

    return run


def _between(call: Call) -> Evaluator:
    value, low, high = call.arguments
    inside = Call(
        "and",
        (Call(">=", (value, low), call.type_oid), Call("<=", (value, high), call.type_oid)),
        call.type_oid,
    )
    if call.function == "between":
        return compile_expression(inside)
    return compile_expression(Call("not", (inside,), call.type_oid))


def _as_result_type(argument: Expression, type_oid: int) -> Evaluator:
    """An operand brought to the operation's type."""
    evaluator = compile_expression(argument)
    if argument.type_oid == type_oid or {argument.type_oid, type_oid} <= {20, 21, 23}:
        return evaluator
    return cast_evaluator(evaluator, argument.type_oid, type_oid, -1, explicit=False)


def cast_evaluator(
    evaluator: Evaluator, source_oid: int, target_oid: int, typmod: int, *, explicit: bool
) -> Evaluator:
    """``evaluator`` with its values cast; NULL stays NULL."""
    cast = compile_cast(source_oid, target_oid, typmod, explicit=explicit)
    if cast is None:
        return evaluator
    convert = cast

    def run(row: Sequence[Datum], params: Sequence[Datum], context: SessionContext) -> Datum:
        value = evaluator(row, params, context)
        return None if value is None else convert(value, context)

    return run


def _cast(call: Call) -> Evaluator:
    (argument,) = call.arguments
    return cast_evaluator(
        compile_expression(argument), argument.type_oid, call.type_oid, call.typmod, explicit=True
    )


def _arithmetic(call: Call) -> Evaluator:
    operands = [_as_result_type(argument, call.type_oid) for argument in call.arguments]
    symbol = "%" if call.function == "mod" else call.function
    if len(operands) == 2:
        return _strict_pair(binary_operator(symbol, call.type_oid), *operands)
    if symbol == "-":
        return _strict(negate(call.type_oid), operands[0])
    return operands[0]


def _absolute(call: Call) -> Evaluator:
    return _strict(absolute(call.type_oid), _as_result_type(call.arguments[0], call.type_oid))


def _concatenate(call: Call) -> Evaluator:
    return _strict_pair(lambda left, right: left + right, *_pair(call))


def _coalesce(call: Call) -> Evaluator:
    arguments = tuple(_as_result_type(argument, call.type_oid) for argument in call.arguments)

    def run(row: Sequence[Datum], params: Sequence[Datum], context: SessionContext) -> Datum:
        for argument in arguments:
            value = argument(row, params, context)
            if value is not None:
                return value
        return None

    return run


def _nullif(call: Call) -> Evaluator:
    equal = compile_comparison("=", _oids(call))
    left, right = _pair(call)

    def run(row: Sequence[Datum], params: Sequence[Datum], context: SessionContext) -> Datum:
        first, second = left(row, params, context), right(row, params, context)
        if first is not None and second is not None and equal(first, second):
            return None
        return first

    return run


def _case(call: Call) -> Evaluator:
    arguments = call.arguments
    branches = tuple(
        (compile_expression(condition), _as_result_type(value, call.type_oid))
        for condition, value in zip(arguments[::2], arguments[1::2], strict=False)
    )
    otherwise: Evaluator = lambda row, params, context: None  # noqa: E731
    if len(arguments) % 2:
        otherwise = _as_result_type(arguments[-1], call.type_oid)

    def run(row: Sequence[Datum], params: Sequence[Datum], context: SessionContext) -> Datum:
        for condition, value in branches:
            if condition(row, params, context):
                return value(row, params, context)
        return otherwise(row, params, context)

    return run


def _extreme(symbol: str) -> Form:
    """GREATEST and LEAST: NULLs are left out."""

    def form(call: Call) -> Evaluator:
        arguments = tuple(_as_result_type(argument, call.type_oid) for argument in call.arguments)
        beats = compile_comparison(symbol, [call.type_oid])

        def run(row: Sequence[Datum], params: Sequence[Datum], context: SessionContext) -> Datum:
            best: Datum = None
            for argument in arguments:
                value = argument(row, params, context)
                if value is not None and (best is None or beats(value, best)):
                    best = value
            return best

        return run

    return form


def _of_one(function: Callable[[Datum], Datum]) -> Form:
    return lambda call: _strict(function, compile_expression(call.arguments[0]))


def _of_texts(function: Callable[..., Datum]) -> Form:
    """NULL in, NULL out, for any number of arguments."""

    def form(call: Call) -> Evaluator:
        arguments = [compile_expression(each) for each in call.arguments]

        def run(row: Sequence[Datum], params: Sequence[Datum], context: SessionContext) -> Datum:
            values = [argument(row, params, context) for argument in arguments]
            return None if None in values else function(*values)

        return run

    return form


def _by_name(make: Callable[[str, Sequence[Evaluator]], Evaluator]) -> Form:
    return lambda call: make(call.function, [compile_expression(each) for each in call.arguments])


def _moment(call: Call) -> Evaluator:
    arguments = [compile_expression(each) for each in call.arguments]
    return moment_call(call.function, call.type_oid, arguments)


FORMS: Final[Mapping[str, Form]] = {
    **dict.fromkeys(COMPARISONS, _comparison),
    **dict.fromkeys(("is distinct from", "is not distinct from"), _distinction),
    **dict.fromkeys(_TRUTH_TESTS, _truth_test),
    "and": _connective(decisive=False),
    "or": _connective(decisive=True),
    "not": _not,
    **dict.fromkeys(("in", "not in"), _in),
    **dict.fromkeys(("between", "not between"), _between),
    **dict.fromkeys(("+", "-", "*", "/", "%", "mod"), _arithmetic),
    "abs": _absolute,
    "||": _concatenate,
    "cast": _cast,
    "coalesce": _coalesce,
    "nullif": _nullif,
    "case": _case,
    "greatest": _extreme(">"),
    "least": _extreme("<"),
    **{name: _of_one(function) for name, function in TEXT_FUNCTIONS.items()},
    **{name: _of_texts(function) for name, function in TEXTS_FUNCTIONS.items()},
    **dict.fromkeys(MOMENT_FUNCTIONS, _moment),
    **dict.fromkeys(ELEMENT_ASSIGNMENTS, _by_name(element_assignment)),
    **{name: _by_name(make) for name, make in SESSION_CALLS.items()},
    REFUSE_VALUE: _by_name(refuse_value),
}
