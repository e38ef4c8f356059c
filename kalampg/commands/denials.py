"""Audit lines of changes to roles that were refused."""

from __future__ import annotations

from kalampg import errors
from kalampg.auth import AuditEvent
from kalampg.commands.session_seam import CommandSession


class DenialsAudited:
    """Writes an audit line when the block refuses the session's role."""

    def __init__(self, session: CommandSession, subject: str) -> None:
        self._session = session
        self._subject = subject

    def __enter__(self) -> None:
        """Nothing to set up."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, errors.InsufficientPrivilege):
            self._session.audit.record(
                AuditEvent.ROLE_CHANGE_DENIED, self._session.role, self._subject
            )
