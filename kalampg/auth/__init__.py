"""Who may come in and what they may do."""

from __future__ import annotations

from kalampg.auth.audit import AuditEvent, AuditLog
from kalampg.auth.authenticator import Authenticator
from kalampg.auth.privileges import Action, check, check_owner, check_read, check_write
from kalampg.auth.roles import check_may_act_as

__all__ = [
    "Action",
    "AuditEvent",
    "AuditLog",
    "Authenticator",
    "check",
    "check_may_act_as",
    "check_owner",
    "check_read",
    "check_write",
]
