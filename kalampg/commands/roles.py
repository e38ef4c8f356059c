"""CREATE and ALTER of roles. Passwords become verifiers here and are kept nowhere.

A dba manages every role but those of class system, whose password would make it system itself.
"""

from __future__ import annotations

from kalampg import errors
from kalampg.auth import Action, AuditEvent, check
from kalampg.auth.passwords import verifier_of
from kalampg.auth.privileges import may
from kalampg.auth.roles import role_class_named
from kalampg.catalog import Catalog, Role, RoleClass, StorageMode, role_edit
from kalampg.catalog.storage_edit import required_storage
from kalampg.commands.denials import DenialsAudited
from kalampg.commands.session_seam import CommandSession
from kalampg.engine.result import ExecutionResult
from kalampg.sql.role_statements import AlterRole, CreateRole


async def create_role(statement: CreateRole, session: CommandSession) -> ExecutionResult:
    role_class = role_class_named(statement.role_class or RoleClass.USER)
    with DenialsAudited(session, statement.name):
        check(session.role, Action.MANAGE_ROLES, "permission denied to create role")
        _check_grantable(session.role, role_class)
    catalog = await session.lock_catalog()
    result = ExecutionResult("CREATE ROLE")
    if statement.if_not_exists and catalog.role(statement.name) is not None:
        session.notice(
            f'role "{statement.name}" already exists, skipping',
            sqlstate=errors.DuplicateObject.sqlstate,
        )
        return result
    session.apply(
        role_edit.create_role(
            catalog,
            statement.name,
            role_class,
            session.clock.now_us(),
            verifier=_verifier(statement.password, session),
            can_login=statement.can_login,
            email=statement.email,
        )
    )
    session.audit.record(
        AuditEvent.ROLE_CREATED, session.role, statement.name, role_class=role_class.value
    )
    return result


async def alter_role(statement: AlterRole, session: CommandSession) -> ExecutionResult:
    role_class = None if statement.role_class is None else role_class_named(statement.role_class)
    catalog = await session.lock_catalog()
    with DenialsAudited(session, statement.name):
        _check_may_alter(statement, role_class, session.role, catalog)
    change = role_edit.RoleChange(
        role_class=role_class,
        verifier=_verifier(statement.password, session),
        can_login=statement.can_login,
        email=statement.email,
        storage_mode=None
        if statement.storage_mode is None
        else StorageMode(statement.storage_mode),
        storage_id=statement.storage_id,
        forgets_storage=statement.forgets_storage,
    )
    if statement.storage_id is not None:
        required_storage(catalog, statement.storage_id)
    session.apply(role_edit.alter_role(catalog, statement.name, change))
    session.audit.record(
        AuditEvent.ROLE_ALTERED,
        session.role,
        statement.name,
        password_changed=statement.password is not None,
        role_class=None if role_class is None else role_class.value,
        can_login=statement.can_login,
    )
    return ExecutionResult("ALTER ROLE")


def _check_may_alter(
    statement: AlterRole, role_class: RoleClass | None, actor: Role, catalog: Catalog
) -> None:
    """A role may change its own password and email; a dba the rest."""
    changes_only_own_properties = (
        statement.name == actor.name
        and role_class is None
        and statement.can_login is None
        and statement.storage_mode is None
        and statement.storage_id is None
        and not statement.forgets_storage
    )
    if changes_only_own_properties:
        return
    check(actor, Action.MANAGE_ROLES, "permission denied to alter role")
    target = role_edit.required_role(catalog, statement.name)
    if target.role_class is RoleClass.SYSTEM and target.name != actor.name:
        check(actor, Action.GRANT_SYSTEM, "permission denied to alter role")
    if role_class is not None:
        _check_grantable(actor, role_class)


def _check_grantable(actor: Role, role_class: RoleClass) -> None:
    if role_class is RoleClass.SYSTEM and not may(actor, Action.GRANT_SYSTEM):
        raise errors.InsufficientPrivilege(
            "permission denied to grant class system", detail="DBA cannot grant System role."
        )


def _verifier(password: str | None, session: CommandSession) -> str | None:
    if password is None:
        return None
    verifier = verifier_of(password, session.random_bytes)
    if verifier is None:
        session.notice("empty string is not a valid password, no password is set")
    return verifier
