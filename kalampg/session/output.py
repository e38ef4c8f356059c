"""Output: what a session has said and the client has not been sent yet.

Whole messages only, in order. The net layer takes them after each message it hands in.
"""

from __future__ import annotations

from kalampg import errors
from kalampg.protocol import backend
from kalampg.protocol.backend import Notice


class Output:
    """An ordered buffer of messages."""

    __slots__ = ("_parts", "write")

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.write = self._parts.append

    def take(self) -> bytes:
        """Return, and forget, everything written."""
        parts = self._parts
        if not parts:
            return b""
        taken = parts[0] if len(parts) == 1 else b"".join(parts)
        parts.clear()
        return taken

    def notice(self, notice: Notice) -> None:
        self.write(backend.notice_response(notice))

    def error(self, error: errors.PgError) -> None:
        self.write(backend.error_response(error))
