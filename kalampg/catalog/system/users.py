"""``system.users``: roles, with their passwords masked. Verifiers never leave the catalog."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import BOOL, INT4, TEXT, TIMESTAMPTZ, CatalogView, Row, define

MASKED_PASSWORD: Final = "********"  # noqa: S105 - what pg_roles shows too


def _rows(view: CatalogView) -> Iterator[Row]:
    for role in sorted(view.catalog.roles.values(), key=lambda role: role.name):
        yield (
            role.name,
            role.name,
            role.role_class.value,
            role.email,
            None if role.verifier is None else MASKED_PASSWORD,
            role.can_login,
            role.connection_limit,
            role.storage_mode.value,
            role.storage_id,
            role.created_at_us,
        )


USERS: Final = define(
    "system",
    "users",
    15004,
    (
        ("user_id", TEXT),
        ("username", TEXT),
        ("role", TEXT),
        ("email", TEXT),
        ("password", TEXT),
        ("can_login", BOOL),
        ("connection_limit", INT4),
        ("storage_mode", TEXT),
        ("storage_id", TEXT),
        ("created_at", TIMESTAMPTZ),
    ),
    _rows,
)
