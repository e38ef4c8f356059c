"""StartupStream: a connection before it has a session, as something that can be awaited.

Startup and authentication are a dialogue of a few packets, easiest to read as a coroutine. When
they are over, a ``Backend`` takes the transport and the decoder, and this object is done.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Final, cast

from kalampg import errors
from kalampg.net.tls import ServerTls
from kalampg.protocol.frontend import (
    AUTHENTICATION_BYTES_MAX,
    FrontendDecoder,
    FrontendMessage,
)
from kalampg.protocol.startup import StartupDecoder, StartupPacket

# More than any packet of a dialogue in which the client waits for each answer.
UNREAD_BYTES_MAX: Final = 2 * AUTHENTICATION_BYTES_MAX


class ConnectionGone(Exception):
    """The client left during startup; nobody is there to be told."""


class StartupStream(asyncio.Protocol):
    """Reads packets, then messages; writes bytes; upgrades to TLS.

    Invariants:
        - Bytes that came before TLS are never read as if they had come through it.
    """

    def __init__(self) -> None:
        self.decoder = FrontendDecoder(message_bytes_max=AUTHENTICATION_BYTES_MAX)
        self._packets = StartupDecoder()
        self._arrived = asyncio.Event()
        self._unread = bytearray()
        self._is_read_paused = False
        self._transport: asyncio.Transport | None = None
        self._lost = asyncio.Event()
        self.was_connected = False

    @property
    def transport(self) -> asyncio.Transport:
        """The transport to write to.

        Raises:
            ConnectionGone: there is none any more.
        """
        if self._transport is None:
            raise ConnectionGone
        return self._transport

    def write(self, data: bytes) -> None:
        self.transport.write(data)

    async def next_packet(self) -> StartupPacket:
        """Wait for the next untagged packet.

        Raises:
            ConnectionGone: the client left.
            PgError: FATAL, the packet is malformed.
        """
        while (packet := self._packets.next_packet()) is None:
            self._packets.feed(await self._read())
        return packet

    async def next_message(self) -> FrontendMessage:
        """Wait for the next tagged message; untagged ones are over.

        Raises:
            ConnectionGone: the client left.
            ProtocolViolation: 08P01 FATAL, framing is lost.
        """
        self._hand_over_to_decoder()
        while (message := self.decoder.next_message()) is None:
            self.decoder.feed(await self._read())
        return message

    async def upgrade(self, tls: ServerTls) -> None:
        """Answer an SSLRequest with yes and do the handshake.

        Raises:
            ProtocolViolation: 08P01 FATAL, something was sent in clear behind the request. Whoever
                sits in between could have put it there (CVE-2021-23222).
            ConnectionGone: the handshake failed.
        """
        self.refuse_early_bytes("SSL request")
        transport = self.transport
        transport.write(b"S")
        try:
            upgraded = await asyncio.get_running_loop().start_tls(
                transport, self, tls.context, server_side=True
            )
        except (OSError, ssl.SSLError) as error:
            raise ConnectionGone from error
        if upgraded is None or self._transport is None:
            raise ConnectionGone
        self._transport = upgraded

    def refuse_early_bytes(self, request: str) -> None:
        """Refuse a client that did not wait for the answer to its ``request``."""
        if self._packets.buffered_bytes or self._unread:
            raise errors.ProtocolViolation(
                f"received unencrypted data after {request}",
                severity="FATAL",
                detail="This could be either a client-software bug or evidence of an attempted "
                "man-in-the-middle attack.",
            )

    def release(self) -> None:
        """Give ``transport`` and ``decoder`` away, with all that has arrived in the decoder."""
        self._hand_over_to_decoder()
        if self._unread:
            self.decoder.feed(bytes(self._unread))
        if self._is_read_paused:
            self.transport.resume_reading()
        self._transport = None
        self._lost.set()

    async def close(self) -> None:
        """Close when everything written is sent. Idempotent; no effect after ``release``."""
        if self._transport is not None:
            self._transport.close()
        await self._lost.wait()

    def abort(self) -> None:
        """Drop the connection. Idempotent; no effect after ``release``."""
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are asyncio's by behaviour, not by class.
        self._transport = cast("asyncio.Transport", transport)
        self.was_connected = True

    def data_received(self, data: bytes) -> None:
        self._unread += data
        self._arrived.set()
        if len(self._unread) > UNREAD_BYTES_MAX and self._transport is not None:
            self._transport.pause_reading()
            self._is_read_paused = True

    def eof_received(self) -> None:
        """Wake the reader; asyncio closes the transport."""
        self._transport = None
        self._arrived.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost.set()
        self._transport = None
        self._arrived.set()

    async def _read(self) -> bytes:
        while not self._unread:
            if self._transport is None:
                raise ConnectionGone
            self._arrived.clear()
            await self._arrived.wait()
        data = bytes(self._unread)
        self._unread.clear()
        if self._is_read_paused and self._transport is not None:
            self._transport.resume_reading()
            self._is_read_paused = False
        return data

    def _hand_over_to_decoder(self) -> None:
        if rest := self._packets.take_rest():
            self.decoder.feed(rest)
