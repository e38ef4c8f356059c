"""The asyncio rim: the only owner of sockets, from accept to close."""

from kalampg.net.listener import Listener, ListenerSettings
from kalampg.net.seams import (
    AuthenticatedStartup,
    Authenticator,
    Gate,
    SessionFactory,
    SessionLike,
)
from kalampg.net.tls import ServerTls, load_or_create_tls, load_tls

__all__ = [
    "AuthenticatedStartup",
    "Authenticator",
    "Gate",
    "Listener",
    "ListenerSettings",
    "ServerTls",
    "SessionFactory",
    "SessionLike",
    "load_or_create_tls",
    "load_tls",
]
