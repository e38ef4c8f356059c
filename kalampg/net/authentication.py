"""From the first byte to a proven role: encryption requests, startup packet, SCRAM.

One coroutine per client, bounded in time by the listener. Who the roles are is asked of an
``Authenticator``; what SCRAM says, of ``protocol.scram``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from kalampg import errors
from kalampg.net.seams import Authenticator
from kalampg.net.startup_stream import StartupStream
from kalampg.net.tls import ServerTls
from kalampg.protocol import backend
from kalampg.protocol.frontend import AuthenticationResponse
from kalampg.protocol.scram import (
    ScramExchange,
    decode_sasl_initial_response,
    make_nonce,
    mechanisms,
)
from kalampg.protocol.startup import (
    CancelRequest,
    GssEncRequest,
    SslRequest,
    StartupMessage,
    unsupported_version,
)
from kalampg.protocol.states import Cycle, Phase

AuthenticationMethod: TypeAlias = Literal["scram-sha-256", "trust"]

_SSL_REQUEST_VERSION: Final = 1234 << 16 | 5679
_GSSENC_REQUEST_VERSION: Final = 1234 << 16 | 5680


@dataclass(frozen=True, slots=True)
class Opening:
    """What a client asked for first, and whether it came through TLS."""

    packet: StartupMessage | CancelRequest
    is_tls: bool


async def read_opening(stream: StartupStream, tls: ServerTls | None) -> Opening:
    """Answer requests for encryption until the client says what it wants.

    Each may be asked for once, as in PostgreSQL, and not inside TLS.
    """
    is_tls = False
    may_ask_ssl = may_ask_gss = True
    while True:
        packet = await stream.next_packet()
        match packet:
            case StartupMessage() | CancelRequest():
                return Opening(packet, is_tls)
            case SslRequest():
                if not may_ask_ssl:
                    raise unsupported_version(_SSL_REQUEST_VERSION)
                may_ask_ssl = False
                if tls is None:
                    stream.refuse_early_bytes("SSL request")
                    stream.write(backend.ENCRYPTION_REFUSED)
                else:
                    await stream.upgrade(tls)
                    is_tls = True
                    may_ask_gss = False
            case GssEncRequest():
                if not may_ask_gss:
                    raise unsupported_version(_GSSENC_REQUEST_VERSION)
                may_ask_gss = False
                stream.refuse_early_bytes("GSSAPI encryption request")
                stream.write(backend.ENCRYPTION_REFUSED)


def method_for(configured: AuthenticationMethod, client_host: str) -> AuthenticationMethod:
    """Return how a client must prove itself: trust reaches no further than this machine.

    >>> method_for("trust", "127.0.0.1"), method_for("trust", "::ffff:10.0.0.1")
    ('trust', 'scram-sha-256')
    """
    if configured == "trust" and _is_loopback(client_host):
        return "trust"
    return "scram-sha-256"


async def authenticate(
    stream: StartupStream,
    role_name: str,
    *,
    method: AuthenticationMethod,
    authenticator: Authenticator,
    channel_binding: bytes | None,
    random_bytes: Callable[[int], bytes],
) -> None:
    """Return when the client has proved to be ``role_name`` and may log in.

    ``channel_binding`` is ``None`` outside TLS.

    Raises:
        PgError: FATAL. 28P01 if the proof is wrong, 28000 if the role may not log in, 08P01 if the
            client breaks the protocol.
    """
    if method == "scram-sha-256":
        await _scram(stream, role_name, authenticator, channel_binding, random_bytes)
    # Only now: before the proof, the answer would tell a stranger which roles exist.
    authenticator.admit(role_name)


async def _scram(
    stream: StartupStream,
    role_name: str,
    authenticator: Authenticator,
    channel_binding: bytes | None,
    random_bytes: Callable[[int], bytes],
) -> None:
    cycle = Cycle(Phase.AUTHENTICATION)
    exchange = ScramExchange(
        user=role_name,
        verifier=authenticator.verifier_for(role_name),
        channel_binding=channel_binding,
        server_nonce=make_nonce(random_bytes),
    )
    stream.write(backend.authentication_sasl(mechanisms(channel_binding)))
    initial = decode_sasl_initial_response(await _response(stream, cycle))
    client_first = initial.data
    if client_first is None:
        # The mechanism starts with the client: an empty challenge asks for its first message.
        stream.write(backend.authentication_sasl_continue(b""))
        client_first = await _response(stream, cycle)
    server_first = exchange.begin(initial.mechanism, client_first)
    stream.write(backend.authentication_sasl_continue(server_first))
    server_final = exchange.finish(await _response(stream, cycle))
    stream.write(backend.authentication_sasl_final(server_final))


async def _response(stream: StartupStream, cycle: Cycle) -> bytes:
    message = await stream.next_message()
    cycle.admit(message)
    if not isinstance(message, AuthenticationResponse):
        raise errors.ProtocolViolation("expected SASL response", severity="FATAL")
    return message.body


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
