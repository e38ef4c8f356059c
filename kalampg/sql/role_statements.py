"""CREATE, ALTER and DROP of roles, as statements."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CreateRole:
    """CREATE USER / ROLE. ``password`` never leaves the process; repr hides it."""

    name: str
    password: str | None = field(repr=False)
    role_class: str | None = None
    can_login: bool = True
    email: str | None = None
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class AlterRole:
    """ALTER USER / ROLE; None leaves a property as it is."""

    name: str
    password: str | None = field(default=None, repr=False)
    role_class: str | None = None
    can_login: bool | None = None
    email: str | None = None
    storage_mode: str | None = None
    storage_id: str | None = None
    forgets_storage: bool = False


@dataclass(frozen=True, slots=True)
class DropRole:
    """DROP USER / ROLE."""

    names: tuple[str, ...]
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class ExportUser:
    """EXPORT USER 'u' TO 'storage:path'."""

    user_id: str
    storage_id: str
    path: str
