"""One client's logical state: statements, portals, parameters, transaction block."""

from __future__ import annotations

from kalampg.session.compilation import Compilation
from kalampg.session.link import ClientLink
from kalampg.session.opening import SessionServices, open_session
from kalampg.session.session import Session
from kalampg.session.state import dropped_role

__all__ = [
    "ClientLink",
    "Compilation",
    "Session",
    "SessionServices",
    "dropped_role",
    "open_session",
]
