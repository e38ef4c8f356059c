"""Where temporary objects are made: in the session's own namespace, within its bound."""

from __future__ import annotations

from kalampg import errors
from kalampg.auth import Action, check
from kalampg.catalog import Catalog
from kalampg.catalog.temporary import objects_count, with_temporary_schema
from kalampg.commands.resolve import creation_namespace
from kalampg.commands.session_seam import CommandSession
from kalampg.relation import TEMPORARY_SCHEMA, Relation
from kalampg.sequence import Sequence
from kalampg.sql.table_name import TableName


def is_temporary_place(table: TableName, catalog: Catalog, *, is_said: bool) -> bool:
    """Whether the table is to be temporary: by a word, or by its name alone.

    Raises:
        InvalidTableDefinition: 42P16, the word is there and the name says otherwise.
    """
    is_named = table.schema_name is not None and (
        table.schema_name in {TEMPORARY_SCHEMA, catalog.temporary_schema}
    )
    if is_said and table.schema_name is not None and not is_named:
        raise errors.InvalidTableDefinition(
            "cannot create temporary relation in non-temporary schema"
        )
    return is_said or is_named


def temporary_place(catalog: Catalog, session: CommandSession) -> tuple[Catalog, str]:
    """The catalog with the session's temporary namespace, and its name.

    Raises:
        ConfigurationLimitExceeded: 53400, the session has as many objects there as it may.
    """
    if objects_count(catalog) >= session.temporary_tables_max:
        raise errors.ConfigurationLimitExceeded(
            f"too many temporary tables in this session (limit {session.temporary_tables_max})",
            hint="Drop those that are not needed, or raise server.temporary_tables_max.",
        )
    catalog = with_temporary_schema(
        catalog, session.backend_pid, session.role.name, session.clock.now_us()
    )
    assert catalog.temporary_schema is not None, "it was just made"
    return catalog, catalog.temporary_schema


def creation_place(
    name: TableName, catalog: Catalog, session: CommandSession, action: Action, *, is_said: bool
) -> tuple[Catalog, str]:
    """Where a view or sequence goes: a catalog that has the namespace, and its name.

    Raises:
        InvalidTableDefinition: 42P16, it is said to be temporary and named elsewhere.
        InsufficientPrivilege: 42501, the role may not do ``action``; what is temporary, all may.
    """
    if is_temporary_place(name, catalog, is_said=is_said):
        return temporary_place(catalog, session)
    schema_name = creation_namespace(catalog, name.schema_name, session.search_path)
    check(session.role, action, f"permission denied for schema {schema_name}")
    return catalog, schema_name


def check_stays(catalog: Catalog, relation: Relation | Sequence, schema_name: str) -> None:
    """Raise FeatureNotSupported (0A000) for SET SCHEMA from or to the temporary namespace."""
    if relation.is_temporary or catalog.schema_meant(schema_name) == catalog.temporary_schema:
        raise errors.FeatureNotSupported("cannot move objects into or out of temporary schemas")
