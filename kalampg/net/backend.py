"""Backend: one authenticated client, from bytes to its session and back.

Messages are handled synchronously as long as the session answers at once; everything that they
answered goes out in one write. A coroutine from the session runs as a task, while the socket stays
read: a client that leaves is noticed during its query.

Output that shows what is not durable yet is held, in order, until the gate opens.

Invariants:
    - Messages are handled one at a time and in order; the client sees output in order.
    - ``session.close`` runs exactly once, never while the session's work runs.
    - What a client can make us keep is bounded: unread messages by ``READ_AHEAD_BYTES_MAX`` and one
      message, unsent output by the limits on writing and holding and the output of one message.

Cancellation: a client that is gone cancels its statement. While more than ``READ_AHEAD_BYTES_MAX``
wait behind a running statement the socket is not read, so that a loss is seen after it only.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog

from kalampg import errors
from kalampg.net.outbox import Outbox
from kalampg.net.seams import Gate, SessionLike
from kalampg.protocol import backend as messages
from kalampg.protocol.frontend import FrontendDecoder
from kalampg.tasks import TaskOwner

# So that one client's pipeline does not keep the others waiting: about 2 ms of point statements.
MESSAGES_PER_TURN: Final = 128
READ_AHEAD_BYTES_MAX: Final = 256 * 1024
# Large enough for a batch of rows to go out while the next one is made.
WRITE_BUFFER_BYTES_MAX: Final = 1024 * 1024
HELD_BYTES_MAX: Final = 1024 * 1024
# A client that does not read its last message must not keep its socket for ever.
CLOSE_TIMEOUT_S: Final = 10.0

_log = structlog.get_logger(__name__)


class Backend(asyncio.Protocol):
    """Pumps messages from a transport to a session."""

    def __init__(
        self,
        decoder: FrontendDecoder,
        gate: Gate,
        outbox: Outbox,
        tasks: TaskOwner,
        on_closed: Callable[[Backend], None],
    ) -> None:
        """``decoder`` may hold messages that came with the last one of authentication."""
        self._decoder = decoder
        self._gate = gate
        self._outbox = outbox
        self._tasks = tasks
        self._on_closed = on_closed
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._is_busy = False  # work runs, or the next turn is scheduled
        self._is_write_paused = False
        self._is_read_paused = False
        self._has_crashed = False  # the session's state is not to be trusted
        self._is_ended = False
        self._writable = asyncio.Event()
        self._held: deque[tuple[int, bytes]] = deque()
        self._held_bytes = 0
        self._shutdown: errors.PgError | None = None
        self._close_timer: asyncio.TimerHandle | None = None

    def start(self, transport: asyncio.Transport, session: SessionLike, greeting: bytes) -> None:
        """Take over the connection; ``greeting`` goes before the session's first output."""
        self._transport = transport
        self._session = session
        transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES_MAX)
        transport.set_protocol(self)
        transport.write(greeting)
        self._pump()

    def flush(self) -> None:
        """Send what the session has said, or hold it until it is durable."""
        if self._has_crashed:
            self._close_when_sent()
            return
        session = self._session
        output = session.take_output()
        if output:
            self._send(output, session.durable_position)
        if session.is_closing:
            self._close_when_sent()

    async def drain(self) -> None:
        """Send the session's output and wait until the client can take more.

        Raises:
            ConnectionFailure: 08006, the client is gone.
        """
        self.flush()
        while self._is_blocked and self._transport is not None:
            self._writable.clear()
            await self._writable.wait()
        if self._transport is None:
            raise errors.ConnectionFailure("connection to client lost")

    def cancel(self) -> None:
        """Interrupt the running statement, for a CancelRequest."""
        if self._is_busy:
            self._session.cancel()

    def end_when_idle(self, error: errors.PgError) -> None:
        """Say ``error`` as soon as no statement runs and no transaction is open."""
        self._shutdown = error
        self._end_if_idle()

    def end_now(self, error: errors.PgError) -> None:
        """Say ``error`` and close; a running statement is interrupted first."""
        self._session.terminate(error)
        self.flush()

    def abort(self) -> None:
        """Drop the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def data_received(self, data: bytes) -> None:
        self._decoder.feed(data)
        self._pump()

    def eof_received(self) -> None:
        """No client of PostgreSQL half-closes: it is gone. asyncio closes the transport."""
        if self._is_busy:
            self._session.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._outbox.forget(self)
        self._held.clear()
        self._held_bytes = 0
        self._writable.set()
        if self._close_timer is not None:
            self._close_timer.cancel()
        if self._is_busy:
            self._session.cancel()
        else:
            self._end()

    def pause_writing(self) -> None:
        self._is_write_paused = True

    def resume_writing(self) -> None:
        self._is_write_paused = False
        self._unblock()

    @property
    def _is_blocked(self) -> bool:
        """The client does not take output as fast as we make it."""
        return self._is_write_paused or self._held_bytes > HELD_BYTES_MAX

    def _pump(self) -> None:
        """Hand over messages while the session answers at once and the client takes the answers."""
        if not (self._is_busy or self._is_write_paused or self._held_bytes > HELD_BYTES_MAX):
            session = self._session
            try:
                self._take_turn(session)
            except errors.PgError as error:  # Framing is lost; nothing else raises one here.
                session.terminate(error)
            except Exception as problem:  # noqa: BLE001 - the last door: the server goes on
                self._crash(problem)
            self._outbox.put(self)
            if self._shutdown is not None:
                self._end_if_idle()
        if self._is_busy or self._is_blocked or self._is_read_paused:
            self._regulate_reading()

    def _take_turn(self, session: SessionLike) -> None:
        next_message = self._decoder.next_message
        handle = session.handle
        for _ in range(MESSAGES_PER_TURN):
            if session.is_closing or self._has_crashed:
                return
            message = next_message()
            if message is None:
                return
            work = handle(message)
            if work is not None:
                self._is_busy = True
                _ = self._tasks.start(self._run(work), "statement")
                return
        self._is_busy = True
        self._loop.call_soon(self._next_turn)

    def _next_turn(self) -> None:
        self._is_busy = False
        self._go_on()

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as problem:  # noqa: BLE001 - the last door: the server goes on
            self._crash(problem)
        finally:
            self._is_busy = False
            self._go_on()

    def _go_on(self) -> None:
        """Nothing runs any more: go on, or end what has been lost meanwhile."""
        if self._transport is None:
            self._end()
        else:
            self.flush()
            self._pump()

    def _unblock(self) -> None:
        if not self._is_blocked:
            self._writable.set()
            if self._transport is not None:
                self._pump()

    def _regulate_reading(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        is_stuck = self._is_busy or self._is_blocked
        is_full = is_stuck and self._decoder.buffered_bytes > READ_AHEAD_BYTES_MAX
        if is_full and not self._is_read_paused:
            self._transport.pause_reading()
        elif self._is_read_paused and not is_full:
            self._transport.resume_reading()
        self._is_read_paused = is_full

    def _send(self, output: bytes, position: int) -> None:
        if position <= self._gate.synced and not self._held:
            if self._transport is not None:
                self._transport.write(output)
            return
        self._held.append((position, output))
        self._held_bytes += len(output)
        if position > self._gate.synced:
            self._gate.when_synced(position, self._release)

    def _release(self, failure: errors.PgError | None) -> None:
        """Send what has become durable; tell the client if it never will."""
        if self._transport is None:
            return
        if failure is not None:
            self._held.clear()
            self._held_bytes = 0
            self._has_crashed = True
            self._transport.write(messages.error_response(failure))
            self._close_when_sent()
            return
        synced = self._gate.synced
        released = []
        while self._held and self._held[0][0] <= synced:
            released.append(self._held.popleft()[1])
        if released:
            output = b"".join(released)
            self._held_bytes -= len(output)
            self._transport.write(output)
            if self._session.is_closing or self._has_crashed:
                self._close_when_sent()
            self._unblock()

    def _crash(self, problem: Exception) -> None:
        """A bug: the client learns that there is one, the log learns which."""
        _log.error("internal_error", exc_info=problem)
        self.flush()
        self._has_crashed = True
        error = errors.InternalError("internal error", severity="FATAL")
        self._send(messages.error_response(error), 0)
        self._close_when_sent()

    def _end_if_idle(self) -> None:
        session = self._session
        is_idle = not self._is_busy and not session.is_in_transaction and not session.is_closing
        if self._shutdown is not None and is_idle and not self._decoder.buffered_bytes:
            session.terminate(self._shutdown)
            self.flush()

    def _close_when_sent(self) -> None:
        if self._transport is None or self._held or self._is_busy:
            return
        if self._close_timer is None:
            self._close_timer = self._loop.call_later(CLOSE_TIMEOUT_S, self.abort)
        self._transport.close()

    def _end(self) -> None:
        if self._is_ended:
            return
        self._is_ended = True
        try:
            self._session.close()
        except Exception as problem:  # noqa: BLE001 - the last door: the server goes on
            _log.error("internal_error", exc_info=problem)
        self._on_closed(self)
