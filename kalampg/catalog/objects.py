"""Namespaces and roles as values; tables are ``kalampg.relation.Relation``."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from kalampg.ids import JobId, Oid

# OIDs that PostgreSQL's own initdb gives to the same objects.
PG_CATALOG_OID: Final = Oid(11)
PUBLIC_NAMESPACE_OID: Final = Oid(2200)
ROOT_ROLE_OID: Final = Oid(10)
# Ours, below the first OID that the counter hands out.
INFORMATION_SCHEMA_OID: Final = Oid(13000)
SYSTEM_NAMESPACE_OID: Final = Oid(13001)

ROOT_ROLE: Final = "root"


class RoleClass(StrEnum):
    """What a role may do; ``kalampg.auth`` holds the order and the privileges."""

    USER = "user"
    SERVICE = "service"
    DBA = "dba"
    SYSTEM = "system"


class StorageMode(StrEnum):
    """Who chooses the storage of a user's rows: the table, or the user, by region."""

    TABLE = "table"
    REGION = "region"


@dataclass(frozen=True, slots=True)
class Namespace:
    """A KalamDB namespace is a PostgreSQL schema. ``is_computed``: its relations are ours."""

    oid: Oid
    name: str
    owner: str
    created_at_us: int = 0
    comment: str | None = None
    is_computed: bool = False


@dataclass(frozen=True, slots=True)
class Role:
    """A role. ``verifier`` is its SCRAM-SHA-256 verifier; None: no password was set.

    ``connection_limit`` -1 means no limit, as in PostgreSQL. Under mode ``region``, ``storage_id``
    is where the role's rows go of tables that leave it to their users.
    """

    oid: Oid
    name: str
    role_class: RoleClass
    verifier: str | None = field(default=None, repr=False)
    can_login: bool = True
    email: str | None = None
    connection_limit: int = -1
    created_at_us: int = 0
    storage_mode: StorageMode = StorageMode.TABLE
    storage_id: str | None = None


@dataclass(frozen=True, slots=True)
class Departure:
    """A user dropped with its rows; the name is taken until ``job_id`` has removed them."""

    name: str
    job_id: JobId
    dropped_at_us: int


COMPUTED_NAMESPACES: Final = {
    namespace.name: namespace
    for namespace in (
        Namespace(PG_CATALOG_OID, "pg_catalog", ROOT_ROLE, is_computed=True),
        Namespace(INFORMATION_SCHEMA_OID, "information_schema", ROOT_ROLE, is_computed=True),
        Namespace(SYSTEM_NAMESPACE_OID, "system", ROOT_ROLE, is_computed=True),
    )
}
