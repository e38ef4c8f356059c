"""Calls whose value comes from the session or the server, or that change them, as closures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeAlias

from kalampg import errors
from kalampg.engine.advisory import advisory_call
from kalampg.engine.backend_calls import backend_call
from kalampg.engine.context import SessionContext
from kalampg.engine.sequence_calls import sequence_call
from kalampg.engine.session_values import SESSION_VALUES
from kalampg.relation import Datum
from kalampg.sql.advisory_functions import ADVISORY_NAMES
from kalampg.sql.backend_functions import BACKEND_FUNCTIONS

_Evaluator: TypeAlias = Callable[[Sequence[Datum], Sequence[Datum], SessionContext], Datum]
# Makes the closure of a call of that name.
_Maker: TypeAlias = Callable[[str, Sequence[_Evaluator]], _Evaluator]


def _value(read: Callable[[SessionContext], Datum]) -> _Maker:
    def evaluate(_: Sequence[Datum], __: Sequence[Datum], context: SessionContext) -> Datum:
        return read(context)

    return lambda name, arguments: evaluate


def _current_setting(_: str, arguments: Sequence[_Evaluator]) -> _Evaluator:
    def run(row: Sequence[Datum], params: Sequence[Datum], context: SessionContext) -> str | None:
        values = [argument(row, params, context) for argument in arguments]
        if None in values:
            return None
        value = context.setting(values[0])
        if value is None and not (len(values) == 2 and values[1]):
            raise errors.UndefinedObject(f'unrecognized configuration parameter "{values[0]}"')
        return value

    return run


SESSION_CALLS: Final[Mapping[str, _Maker]] = MappingProxyType(
    {
        "current_setting": _current_setting,
        **dict.fromkeys(("nextval", "currval", "setval"), sequence_call),
        **dict.fromkeys(ADVISORY_NAMES, advisory_call),
        **dict.fromkeys(BACKEND_FUNCTIONS, backend_call),
        **{name: _value(read) for name, read in SESSION_VALUES.items()},
    }
)
