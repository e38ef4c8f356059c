"""One client's logical state: statements, portals, parameters, transaction block."""

from __future__ import annotations

from kalampg.session.compilation import Compilation
from kalampg.session.link import ClientLink
from kalampg.session.opening import SessionServices, open_session
from kalampg.session.session import Session

__all__ = ["ClientLink", "Compilation", "Session", "SessionServices", "open_session"]
