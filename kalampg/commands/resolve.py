"""From names as written to relations and namespaces, with PostgreSQL's search path."""

from __future__ import annotations

from kalampg import errors
from kalampg.catalog import Catalog
from kalampg.catalog.objects import COMPUTED_NAMESPACES
from kalampg.commands.session_seam import CommandSession
from kalampg.relation import Relation, TableType, searched
from kalampg.sql.statements import TableName


def find_table(catalog: Catalog, table: TableName, path: tuple[str, ...]) -> Relation | None:
    """The relation that the name means; ``pg_catalog`` comes first, as in PostgreSQL."""
    if table.schema_name is not None:
        return catalog.relation(table.schema_name, table.name)
    for schema_name in searched(path):
        relation = catalog.relation(schema_name, table.name)
        if relation is not None:
            return relation
    return None


def required_table(catalog: Catalog, table: TableName, path: tuple[str, ...]) -> Relation:
    """Raises UndefinedTable (42P01) or, for a missing namespace, InvalidSchemaName (3F000)."""
    relation = find_table(catalog, table, path)
    if relation is None:
        check_namespace(catalog, table.schema_name)
        raise errors.UndefinedTable(f'relation "{written(table)}" does not exist')
    return relation


def relation_to_alter(
    catalog: Catalog, name: TableName, session: CommandSession, *, if_exists: bool
) -> Relation | None:
    """What ALTER names; None: there is none, IF EXISTS allows it, and a NOTICE says so.

    Raises:
        UndefinedTable: 42P01. InvalidSchemaName: 3F000.
    """
    if not if_exists:
        return required_table(catalog, name, session.search_path)
    relation = find_table(catalog, name, session.search_path)
    if relation is None:
        session.notice(f'relation "{name.name}" does not exist, skipping')
    return relation


def relation_to_drop(
    kind: str, catalog: Catalog, name: TableName, session: CommandSession, *, if_exists: bool
) -> Relation | None:
    """What DROP names; None: there is none, IF EXISTS allows it, and a NOTICE says so.

    Raises:
        UndefinedTable: 42P01. InvalidSchemaName: 3F000.
    """
    relation = find_table(catalog, name, session.search_path)
    if relation is not None:
        return relation
    if not if_exists:
        check_namespace(catalog, name.schema_name)
        raise errors.UndefinedTable(f'{kind} "{name.name}" does not exist')
    if name.schema_name is not None and not catalog.has_schema(name.schema_name):
        session.notice(f'schema "{name.schema_name}" does not exist, skipping')
    else:
        session.notice(f'{kind} "{name.name}" does not exist, skipping')
    return None


def required_stored_table(catalog: Catalog, table: TableName, path: tuple[str, ...]) -> Relation:
    """The same, of a table that has rows of its own; else WrongObjectType (42809)."""
    relation = required_table(catalog, table, path)
    if relation.table_type is TableType.SYSTEM:
        raise errors.WrongObjectType(
            f'"{relation.name}" is not a user or shared table',
            detail="System relations are computed and have no segments.",
        )
    return relation


def required_flushable(catalog: Catalog, table: TableName, path: tuple[str, ...]) -> Relation:
    """A table with rows of its own. Raises WrongObjectType (42809) for computed relations."""
    relation = required_table(catalog, table, path)
    if relation.table_type is TableType.SYSTEM:
        raise errors.WrongObjectType(
            f'"{relation.name}" is not a user or shared table',
            detail="System relations are computed; there is nothing to flush.",
        )
    refuse_temporary(relation)
    return relation


def refuse_temporary(relation: Relation) -> None:
    """Raise FeatureNotSupported (0A000) for a table that has nothing to do with storages."""
    if relation.is_temporary:
        raise errors.FeatureNotSupported(
            f'"{relation.name}" is a temporary table',
            detail="Its rows are never written to a storage.",
        )


def check_namespace(catalog: Catalog, schema_name: str | None) -> None:
    if schema_name is not None and not catalog.has_schema(schema_name):
        raise errors.InvalidSchemaName(f'schema "{schema_name}" does not exist', schema=schema_name)


def creation_namespace(catalog: Catalog, schema_name: str | None, path: tuple[str, ...]) -> str:
    """Where a new table goes: the written namespace, else the first of the path that exists."""
    if schema_name is not None:
        return catalog.schema_meant(schema_name)
    for candidate in path:
        is_special = candidate in COMPUTED_NAMESPACES or candidate == catalog.temporary_schema
        if catalog.has_schema(candidate) and not is_special:
            return candidate
    raise errors.InvalidSchemaName("no schema has been selected to create in")


def written(table: TableName) -> str:
    """The name as PostgreSQL repeats it in messages."""
    return table.name if table.schema_name is None else f"{table.schema_name}.{table.name}"
