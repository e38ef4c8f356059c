"""CREATE, ALTER and DROP of roles. Passwords become verifiers here and are kept nowhere.

A dba manages every role but those of class system, whose password would make it system itself.
"""

from __future__ import annotations

from functools import partial

from kalampg import errors
from kalampg.auth import Action, AuditEvent, check
from kalampg.auth.passwords import verifier_of
from kalampg.auth.privileges import may
from kalampg.auth.roles import role_class_named
from kalampg.catalog import Catalog, CatalogEdit, Role, RoleClass, StorageMode, role_edit
from kalampg.catalog.storage_edit import required_storage
from kalampg.commands.session_seam import CommandSession
from kalampg.engine.result import ExecutionResult
from kalampg.sql.role_statements import AlterRole, CreateRole, DropRole


async def create_role(statement: CreateRole, session: CommandSession) -> ExecutionResult:
    role_class = role_class_named(statement.role_class or RoleClass.USER)
    with _DenialsAudited(session, statement.name):
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
    with _DenialsAudited(session, statement.name):
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


async def drop_role(statement: DropRole, session: CommandSession) -> ExecutionResult:
    """All named roles, or none."""
    with _DenialsAudited(session, ", ".join(statement.names)):
        check(session.role, Action.MANAGE_ROLES, "permission denied to drop role")
    catalog = await session.lock_catalog()
    change = CatalogEdit(catalog)
    dropped: list[str] = []
    for name in statement.names:
        target = change.catalog.role(name)
        if target is None and statement.if_exists:
            session.notice(f'role "{name}" does not exist, skipping')
            continue
        _check_droppable(statement, name, session, change.catalog)
        change = change.then(partial(role_edit.drop_role, name=name))
        dropped.append(name)
    session.apply(change)
    for name in dropped:
        session.audit.record(AuditEvent.ROLE_DROPPED, session.role, name)
    return ExecutionResult("DROP ROLE")


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


def _check_droppable(
    statement: DropRole, name: str, session: CommandSession, catalog: Catalog
) -> None:
    if name == session.role.name:
        raise errors.ObjectInUse("current user cannot be dropped")
    target = role_edit.required_role(catalog, name)
    if target.role_class is RoleClass.SYSTEM:
        with _DenialsAudited(session, name):
            check(session.role, Action.GRANT_SYSTEM, "permission denied to drop role")
    if statement.cascade and role_edit.owned_objects(catalog, name):
        raise errors.FeatureNotSupported(
            "DROP ROLE ... CASCADE is not supported for roles that own objects",
            hint="Drop the tables and namespaces of the role first.",
        )


def _verifier(password: str | None, session: CommandSession) -> str | None:
    if password is None:
        return None
    verifier = verifier_of(password, session.random_bytes)
    if verifier is None:
        session.notice("empty string is not a valid password, no password is set")
    return verifier


class _DenialsAudited:
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
