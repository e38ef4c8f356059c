"""``pg_roles``: roles, with masked passwords. Class system is superuser, dba manages roles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.objects import RoleClass
from kalampg.catalog.shape import NamedRow, shaped
from kalampg.catalog.system.users import MASKED_PASSWORD


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for role in view.catalog.roles.values():
        is_dba = role.role_class in {RoleClass.DBA, RoleClass.SYSTEM}
        yield {
            "oid": role.oid,
            "rolname": role.name,
            "rolsuper": role.role_class is RoleClass.SYSTEM,
            "rolinherit": True,
            "rolcreaterole": is_dba,
            "rolcanlogin": role.can_login,
            "rolconnlimit": role.connection_limit,
            "rolpassword": MASKED_PASSWORD,
        }


PG_ROLES: Final = shaped(
    "pg_catalog",
    "pg_roles",
    12000,
    """
    rolname:name rolsuper:bool rolinherit:bool rolcreaterole:bool rolcreatedb:bool
    rolcanlogin:bool rolreplication:bool rolconnlimit:int4 rolpassword:text
    rolvaliduntil:timestamptz rolbypassrls:bool rolconfig:text[] oid:oid
    """,
    _rows,
)
