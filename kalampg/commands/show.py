"""SHOW TABLES, SHOW NAMESPACES and DESCRIBE."""

from __future__ import annotations

from kalampg import errors
from kalampg.auth import check_read
from kalampg.catalog.objects import COMPUTED_NAMESPACES
from kalampg.commands.resolve import required_table
from kalampg.commands.session_seam import CommandSession
from kalampg.engine.result import ExecutionResult
from kalampg.pgtypes.registry import format_type
from kalampg.relation import Column, Datum, Relation
from kalampg.sql.statements import DescribeTable, ShowNamespaces, ShowTables


def show_tables(statement: ShowTables, session: CommandSession) -> ExecutionResult:
    """The tables of all namespaces, or of one; computed relations only by naming theirs."""
    catalog = session.catalog
    name = statement.schema_name
    if name is not None and not catalog.has_schema(name):
        raise errors.InvalidSchemaName(f'schema "{name}" does not exist', schema=name)
    relations: list[Relation] = [
        table for table in catalog.tables.values() if name in {None, table.schema_name}
    ]
    if name in COMPUTED_NAMESPACES:
        relations += catalog.computed_relations(name)
    return ExecutionResult(
        "SHOW",
        rows=[
            (
                relation.schema_name,
                relation.name,
                relation.table_type.value.lower(),
                relation.created_at_us or None,
            )
            for relation in sorted(relations, key=lambda relation: relation.qualified_name)
        ],
    )


def show_namespaces(_statement: ShowNamespaces, session: CommandSession) -> ExecutionResult:
    catalog = session.catalog
    rows: list[tuple[Datum, ...]] = [
        (namespace.name, len(catalog.tables_in(namespace.name)), namespace.created_at_us)
        for namespace in sorted(catalog.namespaces.values(), key=lambda space: space.name)
    ]
    return ExecutionResult("SHOW", rows=[*rows])


def describe_table(statement: DescribeTable, session: CommandSession) -> ExecutionResult:
    relation = required_table(session.catalog, statement.table, session.search_path)
    check_read(session.role, relation)
    visible = [
        (position, column)
        for position, column in enumerate(relation.columns)
        if not column.is_hidden
    ]
    return ExecutionResult(
        "DESCRIBE",
        rows=[
            _description(relation, position, ordinal, column)
            for ordinal, (position, column) in enumerate(visible, start=1)
        ],
    )


def _description(
    relation: Relation, position: int, ordinal: int, column: Column
) -> tuple[Datum, ...]:
    return (
        column.name,
        ordinal,
        column.column_id,
        format_type(column.type_oid, column.typmod),
        not column.not_null,
        position in relation.primary_key,
        column.default,
        None,
        relation.schema_version,
    )
