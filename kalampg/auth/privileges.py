"""Privileges: the lowest class that may do each action, and what ownership adds.

The matrix is KalamDB's, with one difference: altering or dropping any table needs its owner or a
dba, because the definition is shared by all users.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from kalampg import errors
from kalampg.auth.roles import is_at_least
from kalampg.catalog import Role, RoleClass
from kalampg.relation import AccessLevel, Relation, TableType


class Action(Enum):
    """What needs a class. The value completes "Insufficient privileges to ...".

    ALTER TABLE, DROP TABLE and TRUNCATE of shared tables need ownership: ``check_owner``.
    """

    CREATE_USER_TABLE = "create user table"
    CREATE_SHARED_TABLE = "create shared table"
    CREATE_SEQUENCE = "create sequence"
    CREATE_VIEW = "create view"
    CREATE_TYPE = "create type"
    CREATE_NAMESPACE = "create namespace"
    DROP_NAMESPACE = "drop namespace"
    MANAGE_ROLES = "manage users"
    GRANT_SYSTEM = "grant the system class"
    FLUSH = "flush tables"
    KILL_JOB = "kill job"
    MANAGE_STORAGES = "manage storages"
    RETRY_JOB = "retry job"
    MANAGE_FLUSH = "change automatic flushes"
    VERIFY = "verify tables"
    COMPACT = "compact tables"
    PURGE = "purge tables"
    MOVE = "move tables between storages"
    BACKUP = "back up and restore the database"
    EXPORT_USER = "export users"
    READ_SYSTEM = "read system tables"
    SCOPE_ALL = "read rows of all users"
    ACT_AS_OTHERS = "act as another user"


LOWEST_CLASS: Final = {
    Action.CREATE_USER_TABLE: RoleClass.USER,
    Action.CREATE_SHARED_TABLE: RoleClass.SERVICE,
    Action.CREATE_SEQUENCE: RoleClass.USER,
    Action.CREATE_VIEW: RoleClass.USER,
    Action.CREATE_TYPE: RoleClass.USER,
    Action.CREATE_NAMESPACE: RoleClass.DBA,
    Action.DROP_NAMESPACE: RoleClass.DBA,
    Action.MANAGE_ROLES: RoleClass.DBA,
    Action.GRANT_SYSTEM: RoleClass.SYSTEM,
    Action.FLUSH: RoleClass.SERVICE,
    Action.KILL_JOB: RoleClass.DBA,
    Action.MANAGE_STORAGES: RoleClass.DBA,
    Action.RETRY_JOB: RoleClass.DBA,
    Action.MANAGE_FLUSH: RoleClass.DBA,
    Action.VERIFY: RoleClass.DBA,
    Action.COMPACT: RoleClass.SERVICE,
    Action.PURGE: RoleClass.DBA,
    Action.MOVE: RoleClass.DBA,
    Action.BACKUP: RoleClass.DBA,
    Action.EXPORT_USER: RoleClass.DBA,
    Action.READ_SYSTEM: RoleClass.DBA,
    Action.SCOPE_ALL: RoleClass.DBA,
    Action.ACT_AS_OTHERS: RoleClass.SERVICE,
}

# (read, write) per access level of a shared table.
_SHARED_ACCESS: Final = {
    AccessLevel.PUBLIC: (RoleClass.USER, RoleClass.SERVICE),
    AccessLevel.PRIVATE: (RoleClass.SERVICE, RoleClass.SERVICE),
    AccessLevel.RESTRICTED: (RoleClass.SERVICE, RoleClass.SERVICE),
    AccessLevel.DBA: (RoleClass.DBA, RoleClass.DBA),
}
_WHO: Final = {
    RoleClass.SERVICE: "Service, DBA, or System role required.",
    RoleClass.DBA: "DBA or System role required.",
    RoleClass.SYSTEM: "System role required.",
}


def may(role: Role, action: Action) -> bool:
    return is_at_least(role.role_class, LOWEST_CLASS[action])


def check(role: Role, action: Action, message: str | None = None) -> None:
    """Raise 42501 unless the role's class may do it.

    ``message`` is PostgreSQL's text where it has one; KalamDB's sentence is then the detail.
    """
    if may(role, action):
        return
    refusal = f"Insufficient privileges to {action.value}. {_WHO[LOWEST_CLASS[action]]}"
    if message is None:
        raise errors.InsufficientPrivilege(refusal)
    raise errors.InsufficientPrivilege(message, detail=refusal)


def owns(role: Role, owner: str) -> bool:
    """Whether the role is the owner or may do as if it were."""
    return role.name == owner or is_at_least(role.role_class, RoleClass.DBA)


def check_owner(role: Role, relation: Relation) -> None:
    """Raise 42501 unless the role may change the relation's definition."""
    if relation.table_type is TableType.SYSTEM:
        raise errors.InsufficientPrivilege(
            f'permission denied: "{relation.name}" is a system catalog',
            detail=(
                f"Cannot alter system table '{relation.qualified_name}'."
                " System tables are managed internally."
            ),
        )
    if not owns(role, relation.owner):
        raise errors.InsufficientPrivilege(f"must be owner of table {relation.name}")


def may_read(role: Role, relation: Relation) -> bool:
    """User tables: everyone reads as one user. Shared tables by access level, system.* from dba."""
    match relation.table_type:
        case TableType.USER:
            return True
        case TableType.SHARED:
            lowest, _ = _SHARED_ACCESS[relation.options.access_level]
            return role.name == relation.owner or is_at_least(role.role_class, lowest)
        case TableType.SYSTEM:
            return relation.schema_name != "system" or may(role, Action.READ_SYSTEM)


def may_write(role: Role, relation: Relation) -> bool:
    match relation.table_type:
        case TableType.USER:
            return True
        case TableType.SHARED:
            _, lowest = _SHARED_ACCESS[relation.options.access_level]
            return role.name == relation.owner or is_at_least(role.role_class, lowest)
        case TableType.SYSTEM:
            return False


def check_read(role: Role, relation: Relation) -> None:
    """Raise 42501 ``permission denied for table t`` unless the role may read the relation."""
    if not may_read(role, relation):
        raise _denied(relation)


def check_write(role: Role, relation: Relation) -> None:
    """Raise 42501 unless the role may insert, update and delete rows of the relation."""
    if not may_write(role, relation):
        raise _denied(relation)


def _denied(relation: Relation) -> errors.InsufficientPrivilege:
    return errors.InsufficientPrivilege(f"permission denied for table {relation.name}")
