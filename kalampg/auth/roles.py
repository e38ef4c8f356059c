"""Role classes: their names, their order, and who may act as whom."""

from __future__ import annotations

from typing import Final

from kalampg import errors
from kalampg.catalog import Role, RoleClass

_RANKS: Final = {
    RoleClass.USER: 0,
    RoleClass.SERVICE: 1,
    RoleClass.DBA: 2,
    RoleClass.SYSTEM: 3,
}
# KalamDB accepts these names too.
_ALIASES: Final = {
    "admin": RoleClass.DBA,
    "developer": RoleClass.SERVICE,
    "analyst": RoleClass.SERVICE,
    "viewer": RoleClass.USER,
    "readonly": RoleClass.USER,
}


def role_class_named(name: str) -> RoleClass:
    """Raises InvalidParameterValue (22023) with the names that there are."""
    lowered = name.lower()
    if lowered in _ALIASES:
        return _ALIASES[lowered]
    try:
        return RoleClass(lowered)
    except ValueError:
        raise errors.InvalidParameterValue(
            f'invalid role class "{name}"',
            hint="Available classes: user, service, dba, system.",
        ) from None


def is_at_least(role_class: RoleClass, minimum: RoleClass) -> bool:
    return _RANKS[role_class] >= _RANKS[minimum]


def may_act_as(actor: Role, target_name: str, target: Role | None) -> bool:
    """Whether ``actor`` may read and write as ``target_name``: never upwards.

    A name without a role is a user of the application that does not connect itself: class user.
    """
    if target_name == actor.name:
        return True
    target_class = RoleClass.USER if target is None else target.role_class
    if actor.role_class is RoleClass.USER:
        return False
    return is_at_least(actor.role_class, target_class)


def check_may_act_as(actor: Role, target_name: str, target: Role | None) -> None:
    """Raises InsufficientPrivilege (42501) when ``may_act_as`` says no."""
    if not target_name:
        raise errors.InvalidParameterValue("user name must not be empty")
    if may_act_as(actor, target_name, target):
        return
    # The target's class is not in the message: it would tell strangers which roles exist.
    raise errors.InsufficientPrivilege(
        f'permission denied to act as user "{target_name}"',
        detail=(
            f"EXECUTE AS USER is not authorized: actor '{actor.name}' with role"
            f" {actor.role_class} cannot target '{target_name}'."
        ),
    )
