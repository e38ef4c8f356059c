"""nextval, currval and setval as closures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from kalampg.engine.context import SessionContext
from kalampg.relation import Datum

_Evaluator: TypeAlias = Callable[[Sequence[Datum], Sequence[Datum], SessionContext], Datum]


def sequence_call(function: str, arguments: Sequence[_Evaluator]) -> _Evaluator:
    """The closure of a call; the first argument names the sequence."""
    name = arguments[0]
    if function == "setval":
        return _setval(arguments)
    is_next = function == "nextval"

    def run(row: Sequence[Datum], params: Sequence[Datum], context: SessionContext) -> int | None:
        sequence = name(row, params, context)
        if sequence is None:
            return None
        sequences = context.generators.sequences
        return (sequences.next if is_next else sequences.current)(sequence, context)

    return run


def _setval(arguments: Sequence[_Evaluator]) -> _Evaluator:
    def run(row: Sequence[Datum], params: Sequence[Datum], context: SessionContext) -> int | None:
        sequence, value, *rest = [argument(row, params, context) for argument in arguments]
        is_called = rest[0] if rest else True
        if sequence is None or value is None or is_called is None:
            return None
        return context.generators.sequences.set(sequence, value, context, is_called=is_called)

    return run
