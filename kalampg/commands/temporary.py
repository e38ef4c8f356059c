"""Where temporary tables are made: in the session's own namespace, within its bound."""

from __future__ import annotations

from kalampg import errors
from kalampg.catalog import Catalog
from kalampg.catalog.temporary import temporary_tables, with_temporary_schema
from kalampg.commands.session_seam import CommandSession
from kalampg.relation import TEMPORARY_SCHEMA, TableOptions
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


def temporary_place(
    table: TableName, options: TableOptions, catalog: Catalog, session: CommandSession
) -> tuple[Catalog, str]:
    """The catalog with the session's temporary namespace, and its name.

    Raises:
        FeatureNotSupported: 0A000, an option that is about storage.
        ConfigurationLimitExceeded: 53400, the session has as many as it may.
    """
    if options != TableOptions():
        raise errors.FeatureNotSupported(
            f'temporary table "{table.name}" cannot have storage options',
            detail="Its rows are never written to a storage.",
        )
    if len(temporary_tables(catalog)) >= session.temporary_tables_max:
        raise errors.ConfigurationLimitExceeded(
            f"too many temporary tables in this session (limit {session.temporary_tables_max})",
            hint="Drop those that are not needed, or raise server.temporary_tables_max.",
        )
    catalog = with_temporary_schema(
        catalog, session.backend_pid, session.role.name, session.clock.now_us()
    )
    assert catalog.temporary_schema is not None, "it was just made"
    return catalog, catalog.temporary_schema
