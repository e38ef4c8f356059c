"""``pg_user``: roles that may log in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.objects import RoleClass
from kalampg.catalog.shape import NamedRow, shaped
from kalampg.catalog.system.users import MASKED_PASSWORD


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for role in view.catalog.roles.values():
        if role.can_login:
            yield {
                "usename": role.name,
                "usesysid": role.oid,
                "usesuper": role.role_class is RoleClass.SYSTEM,
                "passwd": MASKED_PASSWORD,
            }


PG_USER: Final = shaped(
    "pg_catalog",
    "pg_user",
    12014,
    """
    usename:name usesysid:oid usecreatedb:bool usesuper:bool userepl:bool usebypassrls:bool
    passwd:text valuntil:timestamptz useconfig:text[]
    """,
    _rows,
)
