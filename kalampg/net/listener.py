"""Listener: from accepted sockets to backends, and all of them to their end.

Each client is a task until it is authenticated and a ``Backend`` from then on.

Invariants:
    - Every accepted socket is closed by the time ``wait_closed`` returns.
    - A client is counted by ``Admission`` exactly as long as it has, or waits for, a session.

Shutdown: ``begin_shutdown`` refuses newcomers (57P03), ends idle sessions (57P01), gives open
transactions until the grace period is over, then ends them too. ``close`` does it all at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from kalampg import errors
from kalampg.endpoints import Endpoints
from kalampg.net.accepting import Acceptor
from kalampg.net.admission import Admission
from kalampg.net.authentication import (
    AuthenticationMethod,
    Opening,
    authenticate,
    method_for,
    read_opening,
)
from kalampg.net.backend import CLOSE_TIMEOUT_S, Backend
from kalampg.net.cancel import BackendKey, CancelKeys
from kalampg.net.outbox import Outbox
from kalampg.net.seams import AuthenticatedStartup, Authenticator, Gate, SessionFactory
from kalampg.net.startup_stream import ConnectionGone, StartupStream
from kalampg.net.tls import ServerTls
from kalampg.protocol import backend as messages
from kalampg.protocol.frontend import MESSAGE_BYTES_MAX
from kalampg.protocol.startup import CancelRequest, StartupMessage
from kalampg.tasks import TaskOwner

# Interrupted statements end within this; a client that does not read its last words loses them.
ABORT_AFTER_S: Final = 5.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ListenerSettings:
    """Where to listen and what to demand. ``connections_per_role_max`` 0 means no limit."""

    host: str = "127.0.0.1"
    port: int = 5433
    connections_max: int = 500
    connections_per_role_max: int = 0
    authentication: AuthenticationMethod = "scram-sha-256"
    authentication_timeout_s: float = 60.0
    message_bytes_max: int = MESSAGE_BYTES_MAX


class Listener:
    """Owns the sockets of the server."""

    def __init__(
        self,
        settings: ListenerSettings,
        *,
        session_factory: SessionFactory,
        authenticator: Authenticator,
        gate: Gate,
        tls: ServerTls | None,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._settings = settings
        self._session_factory = session_factory
        self._authenticator = authenticator
        self._gate = gate
        self._tls = tls
        self._random_bytes = random_bytes
        self._admission = Admission(
            connections_max=settings.connections_max,
            role_connections_max=settings.connections_per_role_max,
        )
        self._cancel_keys = CancelKeys(random_bytes)
        # More strangers than this cannot be served anyway; PostgreSQL's limit on its children.
        self._strangers_max = 2 * settings.connections_max + 10
        self._acceptor = Acceptor(self._connected)
        self._startups = TaskOwner(_log_failure)
        self._strangers = 0
        self._work = TaskOwner(_log_failure)
        self._outbox = Outbox()
        # Who each backend's client has proved to be.
        self._backends: dict[Backend, str] = {}
        self._all_gone = asyncio.Event()
        self._all_gone.set()
        self._closed = asyncio.Event()

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """Host and port of each listening socket."""
        return self._acceptor.addresses

    @property
    def connections(self) -> int:
        """Clients that have, or wait for, a session."""
        return self._admission.connections

    async def open(self) -> None:
        """Start to listen.

        Raises:
            OSError: the address is in use or not ours.
        """
        await self._acceptor.open(self._settings.host, self._settings.port)

    def begin_shutdown(self, grace_s: float) -> None:
        """Let the server empty itself; ``wait_closed`` tells when it has. Idempotent."""
        if self._admission.is_shutting_down:
            return
        self._admission.is_shutting_down = True
        for backend in tuple(self._backends):
            backend.end_when_idle(_shutdown_error())
        _ = self._work.start(self._close_after(grace_s), "shutdown")

    def end_sessions(self, user: str, why: Callable[[], errors.PgError]) -> None:
        """End every session of a role with a FATAL error; running statements are interrupted."""
        for backend, its_user in tuple(self._backends.items()):
            if its_user == user:
                backend.end_now(why())

    def close(self) -> None:
        """Stop listening and end every session with 57P01. Idempotent."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._admission.is_shutting_down = True
        self._acceptor.close()
        self._startups.close()
        for backend in tuple(self._backends):
            backend.end_now(_shutdown_error())

    async def wait_closed(self) -> None:
        """Wait until the listener is closed and every client has gone.

        Cancellation: what has been asked to end goes on ending.
        """
        await self._closed.wait()
        await self._startups.wait_closed()
        if not await self._gone_within(ABORT_AFTER_S):
            for backend in tuple(self._backends):
                backend.abort()
            # Their statements were interrupted long ago: what still runs is stopped where it waits.
            self._work.close()
            await self._all_gone.wait()
        await self._work.wait_closed()

    async def _close_after(self, grace_s: float) -> None:
        await self._gone_within(grace_s)
        self.close()

    async def _gone_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._all_gone.wait()
        except TimeoutError:
            return False
        return True

    def _connected(self, connection: socket.socket, host: str) -> None:
        if self._strangers >= self._strangers_max:
            _log.warning("connection_dropped", client=host, reason="too many are starting up")
            connection.close()
            return
        self._strangers += 1
        stream = StartupStream()

        def ended(_: asyncio.Task[None]) -> None:
            self._strangers -= 1
            stream.abort()
            if not stream.was_connected:  # canceled before a transport owned the socket
                connection.close()

        task = self._startups.start(self._serve_stranger(stream, connection, host), "startup")
        task.add_done_callback(ended)

    async def _serve_stranger(
        self, stream: StartupStream, connection: socket.socket, host: str
    ) -> None:
        """Bring one connection to its session, or to its end."""
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(lambda: stream, connection)
            async with asyncio.timeout(self._settings.authentication_timeout_s):
                await self._start_up(stream, host)
        except TimeoutError:
            _log.info("authentication_timeout", client=host)
            return  # Silently, as PostgreSQL does.
        except (ConnectionGone, OSError):
            return
        except errors.PgError as error:
            _refuse(stream, host, error)
        except Exception as problem:  # noqa: BLE001 - the last door: the server goes on
            _log.error("internal_error", client=host, exc_info=problem)
            _refuse(stream, host, errors.InternalError("internal error"))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await stream.close()

    async def _start_up(self, stream: StartupStream, host: str) -> None:
        opening = await read_opening(stream, self._tls)
        packet = opening.packet
        if isinstance(packet, CancelRequest):
            self._cancel_keys.cancel(packet)
            return
        self._admission.enter()
        try:
            if packet.needs_negotiation:
                stream.write(
                    messages.negotiate_protocol_version(packet.version, packet.unrecognized_options)
                )
            channel_binding = self._tls.channel_binding if self._tls and opening.is_tls else None
            await authenticate(
                stream,
                packet.user,
                method=method_for(self._settings.authentication, host),
                authenticator=self._authenticator,
                channel_binding=channel_binding,
                random_bytes=self._random_bytes,
            )
            self._admission.enter_role(packet.user)
        except BaseException:
            self._admission.leave()
            raise
        self._open_session(stream, opening, packet)

    def _open_session(
        self, stream: StartupStream, opening: Opening, packet: StartupMessage
    ) -> None:
        """Make the client a backend. Synchronous: nothing can be lost in between."""
        stream.decoder.message_bytes_max = self._settings.message_bytes_max
        key: BackendKey | None = None

        def gone(backend: Backend) -> None:
            if key is not None:
                self._cancel_keys.revoke(key)
            self._backends.pop(backend, None)
            if not self._backends:
                self._all_gone.set()
            self._admission.leave_role(packet.user)
            self._admission.leave()

        backend = Backend(stream.decoder, self._gate, self._outbox, self._work, gone)
        try:
            transport = stream.transport  # The client must be there still.
            key = self._cancel_keys.issue(packet.version, backend.cancel)
            session = self._session_factory(
                AuthenticatedStartup(
                    user=packet.user,
                    database=packet.database,
                    parameters=packet.parameters,
                    protocol_version=packet.version,
                    pid=key.pid,
                    endpoints=_endpoints(transport),
                    is_tls=opening.is_tls,
                    drain=backend.drain,
                    flush=backend.flush,
                )
            )
        except BaseException:
            gone(backend)
            raise
        self._backends[backend] = packet.user
        self._all_gone.clear()
        greeting = messages.AUTHENTICATION_OK + messages.backend_key_data(key.pid, key.secret)
        stream.release()
        backend.start(transport, session, greeting)


def _endpoints(transport: asyncio.Transport) -> Endpoints:
    client, server = (transport.get_extra_info(name) for name in ("peername", "sockname"))
    return Endpoints(*client[:2], *server[:2])


def _refuse(stream: StartupStream, host: str, error: errors.PgError) -> None:
    _log.info("connection_refused", client=host, sqlstate=error.sqlstate, reason=error.message)
    error.severity = "FATAL"
    try:
        stream.write(messages.error_response(error))
    except ConnectionGone:
        return


def _shutdown_error() -> errors.AdminShutdown:
    message = "terminating connection due to administrator command"
    return errors.AdminShutdown(message, severity="FATAL")


def _log_failure(failure: BaseException) -> None:
    _log.error("internal_error", exc_info=failure)
