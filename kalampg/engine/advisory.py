"""Advisory locks: numbers that sessions lock by calling functions.

They are locks of the one lock table, so that a deadlock may run through rows and numbers alike. A
lock of a session is counted and kept until it is unlocked as often, or the session ends.

A function that must wait raises Suspended, and the row that calls it is computed again: what the
row had locked or unlocked before is taken back first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final, TypeAlias

from kalampg.engine.context import SessionContext
from kalampg.engine.lock_owner import LockOwner, Resource
from kalampg.engine.locks import LockTable
from kalampg.engine.prepared import Outcome, Run
from kalampg.engine.result import ExecutionResult, Row
from kalampg.engine.suspend import Suspended
from kalampg.ids import TableId, UserId
from kalampg.relation import Datum
from kalampg.sql.advisory_functions import ADVISORY, AdvisoryFunction, AdvisoryVerb
from kalampg.sql.expression import Call, Expression
from kalampg.sql.lock_modes import LockMode
from kalampg.storage.keys import Scope

_Evaluator: TypeAlias = Callable[[Sequence[Datum], Sequence[Datum], SessionContext], Datum]
_Projection: TypeAlias = Callable[[Sequence[Datum], Sequence[Datum], SessionContext], Row]

# No table has this number, and no user this name.
ADVISORY_SCOPE: Final = Scope(TableId(0), UserId("advisory"))
_BIGINT, _TWO_INTS = b"\x01", b"\x02"
# What a function without a result gives, which is not NULL.
VOID: Final = ""


class AdvisoryLocks:
    """The functions' work. Used on the event loop only."""

    def __init__(self, locks: LockTable) -> None:
        self._locks = locks
        # What the row that is being computed has done: (resource, mode, whether it was a lock).
        self._done: list[tuple[Resource, LockMode, bool]] = []
        # What a session got by waiting, until its row is computed again and asks for it.
        self._ahead: dict[LockOwner, tuple[Resource, LockMode]] = {}

    def start_row(self) -> None:
        """The next row is computed: what has been done stays done."""
        self._done.clear()

    def undo_row(self, session: SessionContext) -> None:
        """Take back what the row has done: it will be computed again."""
        owner = session.lock_owner
        for resource, mode, is_lock in reversed(self._done):
            if is_lock:
                self._locks.unkeep(owner, resource, mode)
            else:
                self._locks.try_acquire(owner, resource, mode)
                self._locks.keep(owner, resource, mode)
        self._done.clear()

    def call(
        self, function: AdvisoryFunction, resource: Resource, session: SessionContext
    ) -> bool | str:
        """What the function answers.

        Raises:
            Suspended: somebody else has the lock.
            OutOfMemory: 53200, the session has too many.
        """
        owner, mode, locks = session.lock_owner, function.mode, self._locks
        if function.verb is AdvisoryVerb.UNLOCK:
            is_done = locks.unkeep(owner, resource, mode)
            if is_done:
                self._done.append((resource, mode, False))
            return is_done
        ahead = self._ahead.pop(owner, None)
        if ahead is not None and ahead != (resource, mode):
            locks.unkeep(owner, *ahead)  # The row asks for something else now.
        if ahead != (resource, mode) and not self._lock(function, resource, session):
            return False
        if not function.is_of_transaction:
            self._done.append((resource, mode, True))
        return VOID if function.verb is AdvisoryVerb.LOCK else True

    def _lock(
        self, function: AdvisoryFunction, resource: Resource, session: SessionContext
    ) -> bool:
        owner, mode = session.lock_owner, function.mode
        self._locks.check_room(owner)
        held = owner.held.get(resource)
        if not self._locks.try_acquire(owner, resource, mode):
            if function.verb is AdvisoryVerb.LOCK:
                raise Suspended(partial(self._wait, function, resource, session))
            return False
        if not function.is_of_transaction:
            self._locks.keep(owner, resource, mode, held_before=held)
        return True

    async def _wait(
        self, function: AdvisoryFunction, resource: Resource, session: SessionContext
    ) -> None:
        """Cancellation: the transaction may have got the lock in the same moment."""
        owner, mode = session.lock_owner, function.mode
        held = owner.held.get(resource)
        await self._locks.acquire(owner, resource, session.lock_timeout_s, mode)
        if not function.is_of_transaction:
            self._locks.keep(owner, resource, mode, held_before=held)
            self._ahead[owner] = resource, mode

    def unlock_all(self, session: SessionContext) -> None:
        """Free every lock that the session keeps. Idempotent."""
        self._ahead.pop(session.lock_owner, None)
        self._locks.unkeep_all(session.lock_owner)


def advisory_call(name: str, arguments: Sequence[_Evaluator]) -> _Evaluator:
    """The closure of a call of an advisory lock function."""
    function = ADVISORY.get(name)

    def run(
        row: Sequence[Datum], params: Sequence[Datum], context: SessionContext
    ) -> bool | str | None:
        advisory = context.generators.advisory
        if function is None:
            advisory.unlock_all(context)
            return VOID
        values = [argument(row, params, context) for argument in arguments]
        if None in values:
            return None
        return advisory.call(function, _resource(values), context)

    return run


def _resource(values: Sequence[int]) -> Resource:
    width, kind = (8, _BIGINT) if len(values) == 1 else (4, _TWO_INTS)
    key = b"".join(value.to_bytes(width, signed=True) for value in values)
    return ADVISORY_SCOPE, kind + key


def advisory_key(key: bytes) -> tuple[int, int, int]:
    """``classid``, ``objid`` and ``objsubid`` of ``pg_locks`` for a lock's key."""
    kind = 1 if key[:1] == _BIGINT else 2
    return int.from_bytes(key[1:5]), int.from_bytes(key[5:]), kind


def calls_advisory(expressions: Sequence[Expression]) -> bool:
    """Whether an advisory lock function is called anywhere in the expressions."""
    return any(
        isinstance(each, Call) and (each.function in ADVISORY or calls_advisory(each.arguments))
        for each in expressions
    )


def taking_back(project: _Projection) -> _Projection:
    """``project``, which leaves nothing behind when it must wait."""

    def run(row: Sequence[Datum], params: Sequence[Datum], session: SessionContext) -> Row:
        advisory = session.generators.advisory
        advisory.start_row()
        try:
            return project(row, params, session)
        except Suspended:
            advisory.undo_row(session)
            raise

    return run


class AdvisorySelect:
    """A SELECT that calls the functions: outside a block its transaction ends with it."""

    def __init__(self, run: Run, locks: LockTable) -> None:
        self._run = run
        self._locks = locks

    def run(self, params: Sequence[Datum], session: SessionContext) -> Outcome:
        try:
            outcome = self._run(params, session)
        except BaseException:
            self._end(session)
            raise
        if not isinstance(outcome, ExecutionResult):
            return self._finish(outcome, session)
        self._end(session)
        return outcome

    async def _finish(
        self, outcome: Awaitable[ExecutionResult], session: SessionContext
    ) -> ExecutionResult:
        try:
            return await outcome
        finally:
            self._end(session)

    def _end(self, session: SessionContext) -> None:
        if session.transaction is None:
            self._locks.release_all(session.lock_owner)
