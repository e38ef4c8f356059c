"""Admission: how many clients there are, in total and per role, and whether one more may come.

Invariants:
    - Every ``enter`` is undone by one ``leave``, every ``enter_role`` by one ``leave_role``.
"""

from __future__ import annotations

from collections import Counter

from kalampg import errors


class Admission:
    """Counts clients against limits. ``role_connections_max`` 0 means no limit."""

    def __init__(self, *, connections_max: int, role_connections_max: int = 0) -> None:
        self._connections_max = connections_max
        self._role_connections_max = role_connections_max
        self._connections = 0
        self._by_role: Counter[str] = Counter()
        self.is_shutting_down = False

    @property
    def connections(self) -> int:
        return self._connections

    def enter(self) -> None:
        """Count a client that asks for a session.

        Raises:
            CannotConnectNow: 57P03 FATAL while the server shuts down.
            TooManyConnections: 53300 FATAL.
        """
        if self.is_shutting_down:
            message = "the database system is shutting down"
            raise errors.CannotConnectNow(message, severity="FATAL")
        if self._connections >= self._connections_max:
            message = "sorry, too many clients already"
            raise errors.TooManyConnections(message, severity="FATAL")
        self._connections += 1

    def leave(self) -> None:
        self._connections -= 1

    def enter_role(self, role_name: str) -> None:
        """Count a client that has proved to be this role.

        Raises:
            CannotConnectNow: 57P03 FATAL, the shutdown began during authentication.
            TooManyConnections: 53300 FATAL.
        """
        if self.is_shutting_down:
            message = "the database system is shutting down"
            raise errors.CannotConnectNow(message, severity="FATAL")
        if 0 < self._role_connections_max <= self._by_role[role_name]:
            message = f'too many connections for role "{role_name}"'
            raise errors.TooManyConnections(message, severity="FATAL")
        self._by_role[role_name] += 1

    def leave_role(self, role_name: str) -> None:
        self._by_role[role_name] -= 1
        if not self._by_role[role_name]:
            del self._by_role[role_name]
