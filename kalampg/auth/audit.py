"""Audit log: one structured line per act that crosses users or changes roles.

Lines name the actor, the subject and the outcome; never a password and never a statement's text,
which could hold one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import structlog

from kalampg.catalog import Role


class AuditEvent(StrEnum):
    """What is audited."""

    EXECUTE_AS_USER = "EXECUTE_AS_USER"
    EXECUTE_AS_USER_DENIED = "EXECUTE_AS_USER_DENIED"
    SCOPE_ALL = "SCOPE_ALL"
    SCOPE_ALL_DENIED = "SCOPE_ALL_DENIED"
    ROLE_CREATED = "ROLE_CREATED"
    ROLE_ALTERED = "ROLE_ALTERED"
    ROLE_DROPPED = "ROLE_DROPPED"
    ROLE_CHANGE_DENIED = "ROLE_CHANGE_DENIED"


class AuditSink(Protocol):
    """Where audit lines go."""

    def info(self, event: str, **fields: object) -> object: ...


class AuditLog:
    """Writes audit lines."""

    def __init__(self, sink: AuditSink | None = None) -> None:
        self._sink: AuditSink = structlog.get_logger("kalampg.audit") if sink is None else sink

    def record(self, event: AuditEvent, actor: Role, subject: str, **fields: object) -> None:
        """``subject`` is the role or user id acted on; ``fields`` are names, classes and flags."""
        self._sink.info(
            event.value,
            actor=actor.name,
            actor_class=actor.role_class.value,
            subject=subject,
            **fields,
        )
