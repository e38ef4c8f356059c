"""pg_sleep, pg_cancel_backend and their kin as closures.

A row that must wait is computed again (``engine.suspend``), and nothing of this may happen twice:
``RowReplay`` keeps what the calls of the row have given so far.

Cancellation: a sleep ends at once, and what the row had done is forgotten with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from kalampg import errors
from kalampg.catalog.computed import Row
from kalampg.engine.suspend import Suspended
from kalampg.ids import BackendPid
from kalampg.relation import Datum
from kalampg.sql.backend_functions import BACKEND_FUNCTIONS
from kalampg.sql.expression import Call, Expression

if TYPE_CHECKING:
    from kalampg.engine.context import SessionContext

_Evaluator: TypeAlias = "Callable[[Sequence[Datum], Sequence[Datum], SessionContext], Datum]"
_Projection: TypeAlias = (
    "Callable[[Sequence[Datum], Sequence[Datum], SessionContext], Sequence[Datum]]"
)

_VOID: Final = ""
# Longer than any server runs; a timer for infinity is an error.
_SLEEP_S_MAX: Final = 1e9
_SECOND_US: Final = 1_000_000
_DAY_S: Final = 86_400
_MONTH_DAYS: Final = 30


class BackendControl(Protocol):
    """Other sessions, as one session sees and may stop them; ``session.backends`` has it."""

    def activity(self) -> Iterable[Row]:
        """Rows for ``pg_stat_activity``."""
        ...

    def cancel(self, pid: BackendPid) -> bool:
        """Interrupt the running statement; False, with a warning, if there is no such backend.

        Raises:
            InsufficientPrivilege: 42501. QueryCanceled: 57014, it is the caller's own.
        """
        ...

    def terminate(self, pid: BackendPid) -> bool:
        """End the session; False, with a warning, if there is no such backend.

        Raises:
            InsufficientPrivilege: 42501. AdminShutdown: 57P01, it is the caller's own.
        """
        ...


class NoBackends:
    """Nobody to signal: what a context has that no server made."""

    def activity(self) -> Iterable[Row]:
        return ()

    def cancel(self, pid: BackendPid) -> bool:
        return False

    def terminate(self, pid: BackendPid) -> bool:
        return False


class RowReplay:
    """What the calls of one row have given, for when the row is computed again.

    A write is computed again as a whole: its rows count as one here, until the next statement.
    """

    __slots__ = ("_given", "_place")

    def __init__(self) -> None:
        self._given: list[Datum] = []
        self._place = 0

    def start(self) -> None:
        """The row is computed, perhaps again."""
        self._place = 0

    def end(self) -> None:
        """The row is done, or will not be."""
        self._place = 0
        self._given.clear()

    def once(self, call: Callable[[], Datum]) -> Datum:
        """What ``call`` gives the first time."""
        if self._place == len(self._given):
            self._given.append(call())
        self._place += 1
        return self._given[self._place - 1]

    def sleep(self, seconds: float) -> Datum:
        """Suspend the row, the first time."""
        if self._place == len(self._given) and seconds > 0:
            self._place = 0
            raise Suspended(partial(self._sleep, min(seconds, _SLEEP_S_MAX)))
        return self.once(lambda: _VOID)

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
        except BaseException:
            self.end()
            raise
        self._given.append(_VOID)


def replaying(project: _Projection) -> _Projection:
    """``project``, which does nothing twice when it must wait."""

    def run(
        row: Sequence[Datum], params: Sequence[Datum], session: SessionContext
    ) -> Sequence[Datum]:
        replay = session.replay
        replay.start()
        try:
            made = project(row, params, session)
        except Suspended:
            raise
        except BaseException:
            replay.end()
            raise
        replay.end()
        return made

    return run


def calls_backend(expressions: Sequence[Expression]) -> bool:
    """Whether one of these functions is called anywhere in the expressions."""
    return any(
        isinstance(each, Call)
        and (each.function in BACKEND_FUNCTIONS or calls_backend(each.arguments))
        for each in expressions
    )


def backend_call(name: str, arguments: Sequence[_Evaluator]) -> _Evaluator:
    """The closure of a call; NULL for a NULL argument."""
    act = _ACTIONS[name]

    def run(row: Sequence[Datum], params: Sequence[Datum], context: SessionContext) -> Datum:
        values = [argument(row, params, context) for argument in arguments]
        return None if None in values else act(context, *values)

    return run


def _sleep_for(context: SessionContext, interval: tuple[int, int, int]) -> Datum:
    months, days, microseconds = interval
    days += months * _MONTH_DAYS
    return context.replay.sleep(days * _DAY_S + microseconds / _SECOND_US)


def _sleep_until(context: SessionContext, moment_us: int) -> Datum:
    now_us = context.generators.clock.now_us()
    return context.replay.sleep((moment_us - now_us) / _SECOND_US)


def _cancel(context: SessionContext, pid: int) -> Datum:
    return context.replay.once(lambda: context.backends.cancel(BackendPid(pid)))


def _terminate(context: SessionContext, pid: int, timeout_ms: int = 0) -> Datum:
    if timeout_ms < 0:
        raise errors.NumericValueOutOfRange('"timeout" must not be negative')
    if timeout_ms:
        raise errors.FeatureNotSupported(
            "pg_terminate_backend() does not wait for the end of the backend",
            hint="Leave the timeout out.",
        )
    return context.replay.once(lambda: context.backends.terminate(BackendPid(pid)))


_ACTIONS: Final[dict[str, Callable[..., Datum]]] = {
    "pg_sleep": lambda context, seconds: context.replay.sleep(seconds),
    "pg_sleep_for": _sleep_for,
    "pg_sleep_until": _sleep_until,
    "pg_cancel_backend": _cancel,
    "pg_terminate_backend": _terminate,
}
