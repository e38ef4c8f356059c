"""The catalog of a new data directory."""

from __future__ import annotations

from typing import Final

from kalampg.catalog import records
from kalampg.catalog.catalog import new_catalog
from kalampg.catalog.edit import CatalogEdit
from kalampg.catalog.numbers import Numbers
from kalampg.catalog.objects import (
    PUBLIC_NAMESPACE_OID,
    ROOT_ROLE,
    ROOT_ROLE_OID,
    Namespace,
    Role,
    RoleClass,
)

SERVER_SECRET_BYTES: Final = 32


def bootstrap(*, root_verifier: str, server_secret: bytes, now_us: int) -> CatalogEdit:
    """Namespace ``public`` and role ``root`` of class system, as PostgreSQL's initdb would.

    ``server_secret`` are random bytes; mock verifiers of unknown roles are derived from them.
    """
    if len(server_secret) != SERVER_SECRET_BYTES:
        raise ValueError(f"the server secret has {SERVER_SECRET_BYTES} bytes")
    public = Namespace(PUBLIC_NAMESPACE_OID, "public", ROOT_ROLE, now_us)
    root = Role(ROOT_ROLE_OID, ROOT_ROLE, RoleClass.SYSTEM, root_verifier, created_at_us=now_us)
    numbers = Numbers()
    catalog = new_catalog({"public": public}, {}, {ROOT_ROLE: root}, server_secret, numbers)
    return CatalogEdit(
        catalog,
        (
            (records.namespace_key("public"), records.encode_namespace(public)),
            (records.role_key(ROOT_ROLE), records.encode_role(root)),
            (records.SERVER_SECRET_KEY, server_secret),
            (records.NEXT_OID_KEY, records.encode_int(numbers.next_oid)),
        ),
    )
