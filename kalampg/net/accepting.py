"""Acceptor: listening sockets and the connections that arrive at them.

uvloop closes a listening socket when an accept fails. A process that has run out of descriptors
must come back when it has some again, so sockets are accepted here and given to the loop.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable
from typing import Final

import structlog

BACKLOG: Final = 1024
# One turn of the loop takes no more, so that a storm of connects does not starve the rest.
ACCEPTS_PER_TURN: Final = 64
# After EMFILE, ENFILE, ENOBUFS or ENOMEM: asyncio's own delay.
ACCEPT_PAUSE_S: Final = 1.0
_NO_SUCH_ADDRESS: Final = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}

_log = structlog.get_logger(__name__)


class Acceptor:
    """Accepts on every address of a host; ``on_connection`` owns the sockets that it is given."""

    def __init__(
        self,
        on_connection: Callable[[socket.socket, str], None],
        *,
        accept_pause_s: float = ACCEPT_PAUSE_S,
    ) -> None:
        self._on_connection = on_connection
        self._accept_pause_s = accept_pause_s
        self._loop = asyncio.get_running_loop()
        self._sockets: list[socket.socket] = []
        self._timers: set[asyncio.TimerHandle] = set()

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """Host and port of each listening socket."""
        return tuple(sock.getsockname()[:2] for sock in self._sockets)

    async def open(self, host: str, port: int) -> None:
        """Listen. Port 0 takes a free one, the same for every address.

        Raises:
            OSError: an address is in use or not ours; then none is listened on.
        """
        found = await self._loop.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        missing: OSError | None = None
        for family, _, _, _, address in dict.fromkeys(found):
            try:
                port = self._bind(family, (address[0], port, *address[2:]))
            except OSError as error:
                if error.errno not in _NO_SUCH_ADDRESS:
                    self.close()
                    raise
                missing = error  # "localhost" names ::1 on machines without IPv6 too.
        if missing is not None and not self._sockets:
            raise missing
        for sock in self._sockets:
            self._loop.add_reader(sock, self._accept, sock)

    def close(self) -> None:
        """Stop listening. Idempotent."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        for sock in self._sockets:
            self._loop.remove_reader(sock)
            sock.close()
        self._sockets.clear()

    def _bind(self, family: int, address: tuple[object, ...]) -> int:
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind(address)
            sock.listen(BACKLOG)
        except OSError:
            sock.close()
            raise
        self._sockets.append(sock)
        return int(sock.getsockname()[1])

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(ACCEPTS_PER_TURN):
            try:
                connection, address = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._pause(listening, error)
                return
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # A peer whose machine is gone never says so; the kernel finds out.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self._on_connection(connection, str(address[0]))

    def _pause(self, listening: socket.socket, error: OSError) -> None:
        _log.error("accept_failed", reason=str(error), retry_in_s=self._accept_pause_s)
        self._loop.remove_reader(listening)

        def resume() -> None:
            self._timers.discard(timer)
            self._loop.add_reader(listening, self._accept, listening)

        timer = self._loop.call_later(self._accept_pause_s, resume)
        self._timers.add(timer)
