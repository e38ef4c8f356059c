"""CREATE TABLE."""

from __future__ import annotations

from dataclasses import replace

from kalampg import errors
from kalampg.auth import Action, check
from kalampg.catalog import Catalog, table_edit
from kalampg.catalog.storage_edit import required_storage
from kalampg.commands.column_sequences import add_sequences, with_sequences
from kalampg.commands.constraints import lock_referenced, with_constraints
from kalampg.commands.declared_types import with_named_type
from kalampg.commands.defaults import check_default
from kalampg.commands.generated_columns import with_generated
from kalampg.commands.like import written_out
from kalampg.commands.resolve import creation_namespace
from kalampg.commands.session_seam import CommandSession
from kalampg.commands.temporary import is_temporary_place, temporary_place
from kalampg.engine.result import ExecutionResult
from kalampg.relation import ROW_ID_COLUMN, AccessLevel, TableOptions, TableType
from kalampg.sql.key_types import check_key_type
from kalampg.sql.statements import ColumnDefinition, CreateTable


async def create_table(statement: CreateTable, session: CommandSession) -> ExecutionResult:
    catalog = await session.lock_catalog()
    catalog, schema_name, table_type = _place(statement, catalog, session)
    result = ExecutionResult("CREATE TABLE")
    name = statement.table.name
    if statement.if_not_exists and catalog.relation(schema_name, name) is not None:
        session.notice(
            f'relation "{name}" already exists, skipping',
            sqlstate=errors.DuplicateTable.sqlstate,
        )
        return result
    statement = written_out(statement, catalog, session)
    columns = tuple(with_named_type(column, catalog, session) for column in statement.columns)
    statement = replace(statement, columns=columns)
    for column in columns:
        if column.name in statement.primary_key:
            check_key_type(column.name, column.type_oid, "primary key")
    check_options(statement.options, table_type)
    required_storage(catalog, statement.options.storage_id)
    made = with_sequences(session, catalog, schema_name, name, statement.columns)
    for column, _ in made:
        check_default(session, column)
    new = table_edit.NewTable(
        schema_name,
        name,
        table_type,
        tuple(new_column(column) for column, _ in made),
        statement.primary_key,
        statement.primary_key_name,
        statement.options,
        session.role.name,
    )
    change = table_edit.create_table(
        catalog,
        new,
        session.clock.now_us(),
        lambda table: with_constraints(
            catalog,
            with_generated(replace(table, on_commit=statement.on_commit)),
            statement.constraints,
            session,
        ),
    )
    await lock_referenced(catalog, None, change.catalog.tables[schema_name, name], session)
    session.apply(add_sequences(change, change.catalog.tables[schema_name, name], made))
    if not statement.primary_key:
        session.notice(
            f'table "{name}" has no primary key and gets the hidden key column'
            f' "{ROW_ID_COLUMN}" bigint DEFAULT SNOWFLAKE_ID()'
        )
    return result


def _place(
    statement: CreateTable, catalog: Catalog, session: CommandSession
) -> tuple[Catalog, str, TableType]:
    """A catalog that has the table's namespace, its name, and what kind of table is made there."""
    table = statement.table
    if is_temporary_place(table, catalog, is_said=statement.is_temporary):
        _check_no_options(statement)
        return *temporary_place(catalog, session), TableType.SHARED
    table_type = statement.table_type or session.default_table_type
    schema_name = creation_namespace(catalog, table.schema_name, session.search_path)
    _check_class(session, table_type, schema_name)
    if statement.on_commit:
        raise errors.InvalidTableDefinition("ON COMMIT can only be used on temporary tables")
    return catalog, schema_name, table_type


def new_column(definition: ColumnDefinition) -> table_edit.NewColumn:
    return table_edit.NewColumn(
        definition.name,
        definition.type_oid,
        definition.typmod,
        definition.not_null,
        definition.default,
        identity=definition.identity,
        generated=definition.generated,
        domain=definition.domain,
    )


def check_options(options: TableOptions, table_type: TableType) -> None:
    """Check what the grammar could not: the kind of table may be the session's default."""
    if table_type is not TableType.SHARED and options.access_level is not AccessLevel.PRIVATE:
        raise errors.InvalidParameterValue("ACCESS_LEVEL is only supported for SHARED tables")
    if table_type is not TableType.USER and options.sharding:
        raise errors.InvalidParameterValue("SHARDING is only supported for USER tables")
    if table_type is not TableType.USER and options.use_user_storage:
        raise errors.InvalidParameterValue("USE_USER_STORAGE is only supported for USER tables")


def _check_no_options(statement: CreateTable) -> None:
    """Raise FeatureNotSupported (0A000) for a temporary table with any of them."""
    if statement.options != TableOptions():
        raise errors.FeatureNotSupported(
            f'temporary table "{statement.table.name}" cannot have storage options',
            detail="Its rows are never written to a storage.",
        )


def _check_class(session: CommandSession, table_type: TableType, schema_name: str) -> None:
    action = (
        Action.CREATE_USER_TABLE if table_type is TableType.USER else Action.CREATE_SHARED_TABLE
    )
    check(session.role, action, f"permission denied for schema {schema_name}")
