"""Session: one client's side of the server, from frontend messages to backend messages.

It takes decoded messages and leaves encoded ones in its output; sockets are the net layer's. A
message is handled at once where that needs no waiting, otherwise ``handle`` returns a coroutine
and the next message comes when it is done.

Invariants:
    - Every Query and every Sync is answered by exactly one ReadyForQuery.
    - After an error in an extended message nothing is acted on until Sync.
    - An error, whatever it is, ends a statement; it never ends the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, Final, TypeAlias

import structlog

from kalampg import errors
from kalampg.protocol import backend
from kalampg.protocol.frontend import (
    Bind,
    BoundExecution,
    Close,
    CopyData,
    CopyDone,
    CopyFail,
    Describe,
    Execute,
    Flush,
    FrontendMessage,
    FunctionCall,
    Malformed,
    Parse,
    Query,
    Sync,
    Terminate,
)
from kalampg.protocol.messages import SYNC
from kalampg.protocol.states import Cycle, Phase
from kalampg.session.copy_in import CopyIn
from kalampg.session.extended_query import ExtendedQuery
from kalampg.session.idleness import Idleness
from kalampg.session.interruption import Interruption
from kalampg.session.link import ClientLink
from kalampg.session.output import Output
from kalampg.session.runner import StatementRunner
from kalampg.session.simple_query import SimpleQuery
from kalampg.session.transaction_block import TransactionBlock

Work: TypeAlias = Coroutine[Any, Any, None] | None

_READY: Final = {
    b"I": backend.READY_IDLE,
    b"T": backend.READY_IN_TRANSACTION,
    b"E": backend.READY_IN_FAILED_TRANSACTION,
}
# After these, an error is followed by ReadyForQuery. CopyDone may end a simple query; what fails
# in a BoundExecution fails in a part of it, except for its Sync.
_ANSWERED: Final = (Query, FunctionCall, Sync, CopyDone, BoundExecution)
_log = structlog.get_logger(__name__)


def _nothing() -> Work:
    return None


class Session:
    """Handles the messages of one client, one at a time."""

    def __init__(
        self,
        runner: StatementRunner,
        output: Output,
        log_position: Callable[[], int],
        link: ClientLink,
        on_close: Callable[[], None],
    ) -> None:
        """``log_position`` is the store's last log position, synced or not."""
        self._on_close = on_close
        self._runner = runner
        self._block: TransactionBlock = runner.block
        self._output = output
        self._log_position = log_position
        self._interruption = Interruption()
        self._idleness = Idleness(self.terminate, link.flush)
        self._cycle = Cycle()
        self._copy: CopyIn | None = None
        self._complete_copy: Callable[[], Work] = _nothing
        interruption, drain = self._interruption, link.drain
        self._simple = SimpleQuery(runner, output, interruption, drain, self._begin_simple_copy)
        self._extended = ExtendedQuery(
            runner, output, interruption, drain, self._begin_extended_copy
        )
        self._copy_handlers: dict[type[FrontendMessage], Callable[[Any], Work]] = {
            CopyData: self._copy_data,
            CopyDone: self._copy_done,
            CopyFail: self._copy_fail,
        }
        self._fatal: errors.PgError | None = None
        self.is_closing = False
        self._handlers: dict[type[FrontendMessage], Callable[[Any], Work]] = {
            Query: self._query,
            Parse: self._extended.parse,
            Bind: self._extended.bind,
            BoundExecution: self._run_bound,
            Describe: self._extended.describe,
            Execute: self._extended.execute,
            Close: self._extended.close,
            Sync: self._sync,
            Flush: self._flush,
            Terminate: self._terminate,
            FunctionCall: self._function_call,
            Malformed: self._malformed,
        }

    @property
    def durable_position(self) -> int:
        """The log position that must be durable before the client may see the output.

        It covers all that the session's statements may have seen. 0: nothing to wait for.
        """
        if self._runner.state.waits_for_durability:
            return self._log_position()
        return self._block.promised_position

    @property
    def is_in_transaction(self) -> bool:
        is_busy = self._interruption.is_running or self._copy is not None
        return self._block.is_explicit or is_busy

    @property
    def is_running(self) -> bool:
        """Whether a statement waits for something."""
        return self._interruption.is_running

    @property
    def transaction_status(self) -> bytes:
        """As ReadyForQuery says it: ``I``, ``T`` or ``E``."""
        return self._block.status

    def start(self) -> None:
        """Say what a session says first: its parameters, and that it is ready."""
        for name, value in self._runner.state.gucs.reported():
            self._output.write(backend.parameter_status(name, value))
        self._runner.state.gucs.take_changed()
        self._ready()

    def take_output(self) -> bytes:
        return self._output.take()

    def handle(self, message: FrontendMessage) -> Work:
        """Act on one message; a coroutine is what is left to do."""
        if self._idleness.is_watching:
            self._idleness.stop()
        try:
            handler = self._handlers.get(type(message))
            # What has a handler is what is legal between statements; the rest must be asked for.
            if handler is None or not self._cycle.is_ready:
                if isinstance(message, BoundExecution):
                    return self._handle_all(iter(message.parts()))
                if not self._cycle.admit(message):
                    return None
                handler = handler or self._copy_handlers[type(message)]
            work = handler(message)
        except Exception as problem:  # noqa: BLE001 - the session's one door for failures
            self._fail(message, problem)
            return None
        return None if work is None else self._finish(message, work)

    def cancel(self) -> None:
        """Interrupt the running statement, as a CancelRequest asks for."""
        self._interruption.request(errors.QueryCanceled("canceling statement due to user request"))

    def terminate(self, error: errors.PgError) -> None:
        """End the session with a FATAL error: at once, or when the interrupted statement stops."""
        if self._fatal is not None:
            return
        error.severity = "FATAL"
        self._fatal = error
        if self._interruption.is_running:
            self._interruption.request(error)
        else:
            self._end(error)

    def close(self) -> None:
        """The client is gone: roll back and free everything. Idempotent."""
        self.is_closing = True
        self._idleness.stop()
        self._runner.statements.close_portals()
        self._block.close()
        self._runner.executor.forget(self._runner.state.context)
        self._on_close()

    async def _finish(self, message: FrontendMessage, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except Exception as problem:  # noqa: BLE001 - the session's one door for failures
            self._fail(message, problem)

    def _query(self, message: Query) -> Work:
        self._extended.close_unnamed()
        return self._answer_query(self._simple.run(message.sql))

    def _answer_query(self, work: Work) -> Work:
        """Say that the simple query is over, when it is."""
        if work is not None:
            return self._query_rest(work)
        if self._copy is None:
            self._ready()
        return None

    async def _query_rest(self, work: Coroutine[Any, Any, None]) -> None:
        await work
        if self._copy is None:
            self._ready()

    # Bind, Execute and Sync that came together.

    def _run_bound(self, message: BoundExecution) -> Work:
        statement = self._extended.runs_at_once(message.bind)
        if statement is None:
            return self._handle_all(iter(message.parts()))
        try:
            work = self._extended.run_at_once(statement, message)
        except Exception as problem:  # noqa: BLE001 - as in handle: it is the Bind's or Execute's
            return self._fail_bound(message, problem)
        return self._sync(SYNC) if work is None else self._bound_rest(message, work)

    async def _bound_rest(self, message: BoundExecution, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except Exception as problem:  # noqa: BLE001 - as in handle
            self._fail_bound(message, problem)
        else:
            self._sync(SYNC)

    def _fail_bound(self, message: BoundExecution, problem: Exception) -> Work:
        self._fail(message.bind, problem)
        return None if self.is_closing else self.handle(SYNC)

    def _handle_all(self, parts: Iterator[FrontendMessage]) -> Work:
        """Handle messages one after the other."""
        for part in parts:
            work = self.handle(part)
            if work is not None:
                return self._handle_rest(work, parts)
        return None

    async def _handle_rest(
        self, work: Coroutine[Any, Any, None], parts: Iterator[FrontendMessage]
    ) -> None:
        await work
        for part in parts:
            following = self.handle(part)
            if following is not None:
                await following

    # COPY FROM STDIN: its data comes in messages of their own.

    def _begin_simple_copy(self, copy: CopyIn, complete: Callable[[], Work]) -> None:
        self._begin_copy(copy, lambda: self._answer_query(complete()), is_extended=False)

    def _begin_extended_copy(self, copy: CopyIn, complete: Callable[[], Work]) -> None:
        self._begin_copy(copy, complete, is_extended=True)

    def _begin_copy(self, copy: CopyIn, complete: Callable[[], Work], *, is_extended: bool) -> None:
        copy.run_in(self._interruption, self._runner.state.statement_timeout_s)
        self._copy, self._complete_copy = copy, complete
        self._cycle.start_copy_in(is_extended=is_extended)
        self._output.write(copy.response)

    @property
    def _running_copy(self) -> CopyIn:
        assert self._copy is not None, "the phase says so"
        return self._copy

    def _copy_data(self, message: CopyData) -> Work:
        return self._running_copy.feed(message.data)

    def _copy_done(self, _: CopyDone) -> Work:
        work = self._running_copy.finish()
        return self._copy_complete() if work is None else self._copy_rest(work)

    async def _copy_rest(self, work: Coroutine[Any, Any, None]) -> None:
        await work
        following = self._copy_complete()
        if following is not None:
            await following

    def _copy_complete(self) -> Work:
        copy, self._copy = self._running_copy, None
        self._cycle.end_copy_in()
        self._output.write(backend.command_complete(copy.tag))
        return self._complete_copy()

    def _copy_fail(self, message: CopyFail) -> Work:
        raise self._running_copy.failure(message.reason.decode(errors="replace"))

    def _sync(self, _: Sync) -> Work:
        end = self._runner.end_cycle()
        if end is not None:
            timeout_s = self._runner.state.statement_timeout_s
            return self._interruption.guard(self._sync_later(end), timeout_s)
        self._synced()
        return None

    async def _sync_later(self, end: Awaitable[None]) -> None:
        await end
        self._synced()

    def _synced(self) -> None:
        self._ready()

    def _flush(self, _: Flush) -> Work:
        return None

    def _terminate(self, _: Terminate) -> Work:
        self.close()
        return None

    def _function_call(self, _: FunctionCall) -> Work:
        raise errors.FeatureNotSupported(
            "function calls over the wire are not supported", hint="Call the function in a query."
        )

    def _malformed(self, message: Malformed) -> Work:
        raise message.error

    def _ready(self) -> None:
        gucs = self._runner.state.gucs
        if gucs.changed:
            for name, value in gucs.take_changed():
                self._output.write(backend.parameter_status(name, value))
        status = self._block.status
        self._output.write(_READY[status])
        if gucs.has_idle_timeout:
            self._idleness.watch(is_in_transaction=status != b"I", gucs=gucs)

    def _fail(self, message: FrontendMessage, problem: Exception) -> None:
        error = self._as_pg_error(problem)
        if error.severity != "ERROR":
            self._end(error)
            return
        self._output.error(error)
        self._block.fail()
        if not self._block.is_explicit:
            self._runner.statements.end_transaction(is_committed=False)
        is_in_copy, self._copy = self._copy is not None, None
        self._cycle.fail(message)
        is_answer_due = is_in_copy or isinstance(message, _ANSWERED)
        if is_answer_due and self._cycle.phase is Phase.READY:
            self._ready()

    def _as_pg_error(self, problem: Exception) -> errors.PgError:
        if isinstance(problem, errors.PgError):
            return problem
        _log.error("internal_error", exc_info=problem)
        return errors.InternalError(f"internal error: {type(problem).__name__}")

    def _end(self, error: errors.PgError) -> None:
        self._output.error(error)
        self.close()
