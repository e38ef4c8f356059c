"""Backends: the sessions of a server, as ``pg_stat_activity`` shows them and signals reach them.

Invariant: a session is here from its opening to its close.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from kalampg import errors
from kalampg.auth.roles import is_at_least
from kalampg.catalog import Role, RoleClass
from kalampg.catalog.computed import Row
from kalampg.ids import BackendPid
from kalampg.protocol.backend import Notice
from kalampg.session.state import SessionState

_STATES: Final = {
    b"I": "idle",
    b"T": "idle in transaction",
    b"E": "idle in transaction (aborted)",
}


class Live(Protocol):
    """A session, as others see it."""

    @property
    def is_running(self) -> bool: ...

    @property
    def transaction_status(self) -> bytes: ...

    def cancel(self) -> None: ...

    def terminate(self, error: errors.PgError) -> None: ...


@dataclass(frozen=True, slots=True)
class LiveBackend:
    """One backend. ``flush`` sends what the session has said."""

    session: Live
    state: SessionState
    flush: Callable[[], None]
    started_us: int


class Backends:
    """All of them, by their numbers. Used on the event loop."""

    def __init__(self) -> None:
        self._live: dict[BackendPid, LiveBackend] = {}

    def add(self, backend: LiveBackend) -> None:
        self._live[backend.state.context.backend_pid] = backend

    def remove(self, pid: BackendPid) -> None:
        """Idempotent."""
        self._live.pop(pid, None)

    def find(self, pid: BackendPid) -> LiveBackend | None:
        return self._live.get(pid)

    def activity(self, asking: BackendPid) -> Iterator[Row]:
        """Rows for ``pg_stat_activity``; whoever asks is at work."""
        for pid, backend in self._live.items():
            context, session = backend.state.context, backend.session
            is_active = pid == asking or session.is_running
            status = session.transaction_status
            endpoints = context.endpoints
            yield (
                pid,
                backend.state.role.name,
                backend.state.gucs["application_name"],
                endpoints.client_host,
                endpoints.client_port,
                backend.started_us,
                context.transaction_now_us if is_active or status != b"I" else None,
                context.statement_now_us or None,
                "active" if is_active else _STATES[status],
                None,
            )


class SessionControl:
    """What one session sees of the others, and may do to them (a ``BackendControl``)."""

    def __init__(
        self, backends: Backends, state: SessionState, notify: Callable[[Notice], None]
    ) -> None:
        self._backends = backends
        self._state = state
        self._notify = notify

    def activity(self) -> Iterable[Row]:
        """Rows for ``pg_stat_activity``."""
        return self._backends.activity(self._state.context.backend_pid)

    def cancel(self, pid: BackendPid) -> bool:
        """Interrupt a statement; see ``BackendControl``."""
        backend = self._found(pid)
        if backend is None:
            return False
        self._check(backend, "cancel superuser query", "query is being canceled")
        if backend.state is self._state:
            raise errors.QueryCanceled("canceling statement due to user request")
        backend.session.cancel()
        return True

    def terminate(self, pid: BackendPid) -> bool:
        """End a session; see ``BackendControl``."""
        backend = self._found(pid)
        if backend is None:
            return False
        self._check(backend, "terminate superuser process", "process is being terminated")
        ending = errors.AdminShutdown(
            "terminating connection due to administrator command", severity="FATAL"
        )
        if backend.state is self._state:
            raise ending
        backend.session.terminate(ending)
        backend.flush()
        return True

    def _found(self, pid: BackendPid) -> LiveBackend | None:
        backend = self._backends.find(pid)
        if backend is None:
            message = f"PID {pid} is not a PostgreSQL backend process"
            self._notify(Notice(message, "WARNING", "01000"))
        return backend

    def _check(self, backend: LiveBackend, superuser: str, member: str) -> None:
        """One's own sessions; a dba's are all but the system's, which only the system has."""
        asking, role = self._state.current_role(), backend.state.current_role()
        if role.role_class is RoleClass.SYSTEM and asking.role_class is not RoleClass.SYSTEM:
            raise errors.InsufficientPrivilege(f"must be a superuser to {superuser}")
        if role.name != asking.name and not _may_signal(asking):
            raise errors.InsufficientPrivilege(
                f"must be a member of the role whose {member} or member of pg_signal_backend"
            )


def _may_signal(role: Role) -> bool:
    return is_at_least(role.role_class, RoleClass.DBA)
