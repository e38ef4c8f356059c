"""Roles as catalog edits. Who may make them is decided in ``kalampg.auth``.

They leave the catalog's version alone: no plan depends on a role.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from kalampg import errors
from kalampg.catalog import names, records
from kalampg.catalog.catalog import Catalog
from kalampg.catalog.edit import CatalogEdit, next_oid_write
from kalampg.catalog.objects import Role, RoleClass, StorageMode
from kalampg.relation import Relation


@dataclass(frozen=True, slots=True)
class RoleChange:
    """New properties of a role; None leaves one as it is, ``forgets_storage`` unsets one."""

    role_class: RoleClass | None = None
    verifier: str | None = field(default=None, repr=False)
    can_login: bool | None = None
    email: str | None = None
    storage_mode: StorageMode | None = None
    storage_id: str | None = None
    forgets_storage: bool = False


def create_role(
    catalog: Catalog,
    name: str,
    role_class: RoleClass,
    now_us: int,
    *,
    verifier: str | None = None,
    can_login: bool = True,
    email: str | None = None,
) -> CatalogEdit:
    """Make a role.

    Raises:
        DuplicateObject: 42710. ReservedName: 42939.
        ObjectInUse: 55006, the rows of the last one of that name are still being removed.
    """
    names.check_role_name(name)
    check_not_departing(catalog, name)
    if name in catalog.roles:
        raise errors.DuplicateObject(f'role "{name}" already exists')
    role = Role(
        catalog.numbers.allocate_oid(),
        name,
        role_class,
        verifier,
        can_login,
        email,
        created_at_us=now_us,
    )
    return CatalogEdit(
        _with_roles(catalog, {**catalog.roles, name: role}),
        (_role_write(role), next_oid_write(catalog)),
    )


def alter_role(catalog: Catalog, name: str, change: RoleChange) -> CatalogEdit:
    """Raises UndefinedObject (42704), or ObjectNotInPrerequisiteState for the last system role."""
    before = required_role(catalog, name)
    after = replace(
        before,
        role_class=before.role_class if change.role_class is None else change.role_class,
        verifier=before.verifier if change.verifier is None else change.verifier,
        can_login=before.can_login if change.can_login is None else change.can_login,
        email=before.email if change.email is None else change.email,
        storage_mode=before.storage_mode if change.storage_mode is None else change.storage_mode,
        storage_id=_storage_after(before, change),
    )
    if _is_administrator(before) and not _is_administrator(after):
        _check_another_administrator(catalog, name)
    return CatalogEdit(_with_roles(catalog, {**catalog.roles, name: after}), (_role_write(after),))


def drop_role(catalog: Catalog, name: str, tables_with_rows: Iterable[Relation]) -> CatalogEdit:
    """Forget a role that has nothing.

    Raises:
        UndefinedObject: 42704, there is none of that name.
        DependentObjectsStillExist: 2BP01, it owns tables or namespaces, or has rows.
        ObjectNotInPrerequisiteState: 55000, it is the last system role that can log in.
    """
    role = required_role(catalog, name)
    dependent = [f"owner of {described}" for described in owned_objects(catalog, name)]
    dependent += [f"rows in table {table.qualified_name}" for table in tables_with_rows]
    if dependent:
        raise errors.DependentObjectsStillExist(
            f'role "{name}" cannot be dropped because some objects depend on it',
            detail="\n".join(dependent),
            hint="DROP USER ... CASCADE removes the rows, and hands tables and namespaces over.",
        )
    if _is_administrator(role):
        _check_another_administrator(catalog, name)
    roles = {key: value for key, value in catalog.roles.items() if key != name}
    return CatalogEdit(_with_roles(catalog, roles), ((records.role_key(name), None),))


def check_not_departing(catalog: Catalog, name: str) -> None:
    """Raise ObjectInUse (55006) while the rows of a dropped user of that name are removed."""
    departure = catalog.departures.get(name)
    if departure is not None:
        raise errors.ObjectInUse(
            f'role "{name}" is being dropped',
            detail=f"Job {departure.job_id} removes its rows.",
            hint="Try again when the job has completed; see system.jobs.",
        )


def _storage_after(before: Role, change: RoleChange) -> str | None:
    if change.forgets_storage:
        return None
    return before.storage_id if change.storage_id is None else change.storage_id


def required_role(catalog: Catalog, name: str) -> Role:
    role = catalog.role(name)
    if role is None:
        raise errors.UndefinedObject(f'role "{name}" does not exist')
    return role


def owned_objects(catalog: Catalog, role_name: str) -> list[str]:
    """What the role owns, in PostgreSQL's words."""
    namespaces = [
        f"schema {namespace.name}"
        for namespace in catalog.namespaces.values()
        if namespace.owner == role_name
    ]
    tables = [
        f"table {table.qualified_name}"
        for table in catalog.tables.values()
        if table.owner == role_name
    ]
    sequences = [
        f"sequence {sequence.qualified_name}"
        for sequence in catalog.sequences.values()
        if sequence.owner == role_name
    ]
    views = [
        f"view {view.qualified_name}" for view in catalog.views.values() if view.owner == role_name
    ]
    types = [
        f"type {declared.qualified_name}"
        for declared in catalog.declared_types()
        if declared.owner == role_name
    ]
    return [
        *sorted(namespaces), *sorted(tables), *sorted(sequences), *sorted(views), *sorted(types),
    ]  # fmt: skip


def _is_administrator(role: Role) -> bool:
    return role.role_class is RoleClass.SYSTEM and role.can_login


def _check_another_administrator(catalog: Catalog, name: str) -> None:
    """Without a system role that can log in, nobody could ever make one again."""
    if not any(_is_administrator(role) and role.name != name for role in catalog.roles.values()):
        raise errors.ObjectNotInPrerequisiteState(
            f'role "{name}" is the last system role that can log in',
            hint="Create another one first.",
        )


def _with_roles(catalog: Catalog, roles: Mapping[str, Role]) -> Catalog:
    return replace(catalog, roles=roles)


def _role_write(role: Role) -> tuple[bytes, bytes]:
    return (records.role_key(role.name), records.encode_role(role))
