"""What a cast to a domain raises, in evaluated expressions and in DuckDB's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NoReturn, TypeAlias

from kalampg import errors
from kalampg.engine.context import SessionContext
from kalampg.relation import Datum

Argument: TypeAlias = Callable[[Sequence[Datum], Sequence[Datum], SessionContext], Datum]
_CONDITIONS: Final = {
    condition.sqlstate: condition for condition in (errors.NotNullViolation, errors.CheckViolation)
}


def refusal(
    sqlstate: str, message: str, schema: str, datatype: str, constraint: str
) -> errors.PgError:
    """The error of the arguments of the call, as ``sql.bind_domains`` writes it.

    Whoever writes the call by hand gets one of the two errors, whatever the arguments are.
    """
    condition = _CONDITIONS.get(sqlstate, errors.CheckViolation)
    return condition(str(message), schema=schema, datatype=datatype, constraint=constraint or None)


def refuse_value(_: str, arguments: Sequence[Argument]) -> Argument:
    """The call that does nothing but raise."""

    def run(row: Sequence[Datum], params: Sequence[Datum], context: SessionContext) -> NoReturn:
        raise refusal(*(argument(row, params, context) for argument in arguments))

    return run
