"""CREATE TABLE and ALTER TABLE as catalog edits.

Every ALTER makes one new schema version, however many actions it has. Rows keep the version they
were written under; ``Relation.layouts`` says which columns that version had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from kalampg import errors
from kalampg.catalog import constraint_edit, links, names
from kalampg.catalog.catalog import Catalog
from kalampg.catalog.edit import CatalogEdit, next_oid_write, table_write, with_tables
from kalampg.catalog.numbers import OIDS_PER_TABLE, Numbers
from kalampg.ids import ColumnId, Oid, TableId
from kalampg.relation import (
    ROW_ID_COLUMN,
    AccessLevel,
    Column,
    Datum,
    Relation,
    TableOptions,
    TableType,
)
from kalampg.sql.check_expression import plainly_named
from kalampg.sql.key_types import check_key_type

_INT8: Final = Oid(20)
DEFAULT_OPTIONS: Final = TableOptions()


@dataclass(frozen=True, slots=True)
class NewColumn:
    """A column to be; ``missing`` is what rows have that are older than the column."""

    name: str
    type_oid: Oid
    typmod: int = -1
    not_null: bool = False
    default: str | None = None
    missing: Datum = None
    identity: str = ""
    generated: str | None = None
    domain: Oid | None = None


@dataclass(frozen=True, slots=True)
class NewTable:
    """A table to be. An empty ``primary_key`` asks for the hidden ``_row_id`` key."""

    schema_name: str
    name: str
    table_type: TableType
    columns: tuple[NewColumn, ...]
    primary_key: tuple[str, ...]
    primary_key_name: str | None = None
    options: TableOptions = DEFAULT_OPTIONS
    owner: str = "root"


def create_table(
    catalog: Catalog,
    new: NewTable,
    now_us: int,
    complete: Callable[[Relation], Relation] = lambda relation: relation,
) -> CatalogEdit:
    """Add a table; ``complete`` puts constraints on it.

    Raises:
        InvalidSchemaName: 3F000, no such namespace.
        DuplicateTable: 42P07, the name is taken.
        DuplicateColumn, UndefinedColumn, TooManyColumns: as PostgreSQL.
    """
    check_place(catalog, new.schema_name, new.name)
    _check_columns(new)
    table_id = TableId(catalog.numbers.allocate_oids(OIDS_PER_TABLE))
    columns = _columns(catalog.numbers, table_id, new)
    key_names = new.primary_key or (ROW_ID_COLUMN,)
    positions = {column.name: position for position, column in enumerate(columns)}
    relation = Relation(
        table_id=table_id,
        schema_name=new.schema_name,
        name=new.name,
        table_type=new.table_type,
        columns=columns,
        primary_key=tuple(positions[name] for name in key_names),
        primary_key_name=_key_name(catalog, new),
        schema_version=catalog.numbers.schema_version(table_id, 0),
        owner=new.owner,
        options=new.options,
        created_at_us=now_us,
        next_column_id=len(columns) + 1,
    )
    relation = complete(replace(relation, layouts=_extended_layouts({}, relation)))
    tables = {**catalog.tables, (relation.schema_name, relation.name): relation}
    return _linked(catalog, tables, relation)


def alter_table(catalog: Catalog, before: Relation, after: Relation) -> CatalogEdit:
    """Replace ``before`` by ``after`` under a new schema version; equal ones change nothing."""
    if before == after:
        return CatalogEdit(catalog)
    if (before.schema_name, before.name) != (after.schema_name, after.name):
        check_place(catalog, after.schema_name, after.name)
    version = catalog.numbers.schema_version(before.table_id, before.schema_version)
    after = replace(after, schema_version=version)
    after = replace(after, layouts=_extended_layouts(before.layouts, after))
    tables = dict(catalog.tables)
    del tables[before.schema_name, before.name]
    tables[after.schema_name, after.name] = after
    return _linked(catalog, tables, after)


def _linked(
    catalog: Catalog, tables: dict[tuple[str, str], Relation], relation: Relation
) -> CatalogEdit:
    """The edit that has ``relation``, and tells the tables that it refers to."""
    referenced = links.referenced_tables(relation)
    changed = links.relink(tables, relation.table_id, referenced)
    written = {table.table_id: table for table in (relation, *changed)}
    return CatalogEdit(
        with_tables(catalog, tables),
        (*map(table_write, written.values()), next_oid_write(catalog)),
    )


def add_column(numbers: Numbers, relation: Relation, new: NewColumn) -> Relation:
    """Raises DuplicateColumn (42701) or TooManyColumns (54011)."""
    names.check_column_name(new.name)
    if relation.position_of(new.name) is not None:
        raise errors.DuplicateColumn(
            f'column "{new.name}" of relation "{relation.name}" already exists', column=new.name
        )
    if len(relation.columns) >= names.COLUMNS_MAX:
        raise errors.TooManyColumns(f"tables can have at most {names.COLUMNS_MAX} columns")
    column_id = numbers.column_id(relation.table_id, relation.next_column_id)
    column = Column(
        column_id,
        new.name,
        new.type_oid,
        new.typmod,
        new.not_null,
        new.default,
        new.missing,
        identity=new.identity,
        generated=new.generated,
        domain=new.domain,
    )
    return replace(relation, columns=(*relation.columns, column), next_column_id=int(column_id) + 1)


def drop_column(relation: Relation, name: str) -> Relation:
    """Raises InvalidTableDefinition (42P16) for columns of the key."""
    position = required_position(relation, name)
    if position in relation.primary_key:
        raise errors.InvalidTableDefinition(
            f"cannot drop column {name} of table {relation.name}: it is part of the primary key",
            detail=f"Cannot drop primary key column '{name}'.",
            hint="Create a new table with another key and copy the rows.",
            column=name,
        )
    columns = relation.columns[:position] + relation.columns[position + 1 :]
    relation = constraint_edit.without_column(relation, relation.columns[position].column_id)
    key = tuple(index - 1 if index > position else index for index in relation.primary_key)
    return replace(relation, columns=columns, primary_key=key)


def rename_column(relation: Relation, name: str, new_name: str) -> Relation:
    position = required_position(relation, name)
    names.check_column_name(new_name)
    if relation.position_of(new_name) is not None:
        raise errors.DuplicateColumn(
            f'column "{new_name}" of relation "{relation.name}" already exists', column=new_name
        )
    columns = tuple(
        column
        if column.generated is None
        else replace(
            column, generated=plainly_named(column.generated, relation, {position: new_name})
        )
        for column in relation.columns
    )
    relation = constraint_edit.with_renamed_column(relation, position, new_name)
    relation = replace(relation, columns=columns)
    return with_column(relation, position, replace(relation.columns[position], name=new_name))


def set_default(relation: Relation, name: str, default: str | None) -> Relation:
    """Raises SyntaxError (42601) for an identity column or a generated one."""
    position = required_position(relation, name)
    column = relation.columns[position]
    if column.generated is not None:
        raise errors.SyntaxError(
            f'column "{name}" of relation "{relation.name}" is a generated column',
            hint=None
            if default is not None
            else "Use ALTER TABLE ... ALTER COLUMN ... DROP EXPRESSION instead.",
        )
    if column.identity:
        raise errors.SyntaxError(
            f'column "{name}" of relation "{relation.name}" is an identity column',
            hint=None
            if default is not None
            else "Use ALTER TABLE ... ALTER COLUMN ... DROP IDENTITY instead.",
        )
    return with_column(relation, position, replace(column, default=default))


def set_not_null(relation: Relation, name: str, *, not_null: bool) -> Relation:
    """The caller has checked that no row is in the way. Key columns stay NOT NULL (42P16)."""
    position = required_position(relation, name)
    if not not_null and relation.columns[position].identity:
        raise errors.SyntaxError(
            f'column "{name}" of relation "{relation.name}" is an identity column'
        )
    if not not_null and position in relation.primary_key:
        raise errors.InvalidTableDefinition(f'column "{name}" is in a primary key', column=name)
    return with_column(relation, position, replace(relation.columns[position], not_null=not_null))


def set_type(relation: Relation, name: str, column: Column) -> Relation:
    """The column as it will be; its rows are the caller's business.

    Raises:
        FeatureNotSupported: 0A000, columns of a key cannot have that type.
    """
    position = required_position(relation, name)
    is_in_index = any(column.column_id in index.columns for index in relation.indexes)
    for index in relation.indexes:
        computed = (*index.expressions, *((index.predicate,) if index.predicate else ()))
        if any(column.column_id in one.columns for one in computed):
            raise errors.FeatureNotSupported(
                f'column "{name}" is in an expression of index "{index.name}"',
                hint="Drop the index, change the type, and create it again.",
            )
    if position in relation.primary_key or is_in_index:
        check_key_type(name, column.type_oid, "primary key" if not is_in_index else "index")
    return with_column(relation, position, column)


def rename_table(relation: Relation, new_name: str) -> Relation:
    return replace(relation, name=new_name)


def set_access_level(relation: Relation, access_level: AccessLevel) -> Relation:
    """Raises WrongObjectType (42809) for other tables than shared ones."""
    if relation.table_type is not TableType.SHARED:
        raise errors.WrongObjectType(
            f'"{relation.name}" is not a shared table',
            detail="ACCESS LEVEL can only be set on SHARED tables.",
        )
    return replace(relation, options=replace(relation.options, access_level=access_level))


def set_storage(relation: Relation, storage_id: str) -> Relation:
    """Old segments stay where they are."""
    return replace(relation, options=replace(relation.options, storage_id=storage_id))


def set_sharding(relation: Relation, strategy: str) -> Relation:
    """Old segments stay where they are. Raises WrongObjectType (42809) for shared tables."""
    if relation.table_type is not TableType.USER:
        raise errors.WrongObjectType(
            f'"{relation.name}" is not a user table', detail="Only USER tables have SHARDING."
        )
    return replace(relation, options=replace(relation.options, sharding=strategy))


def set_flush(
    relation: Relation, row_threshold: int | None, interval_seconds: int | None, *, is_off: bool
) -> Relation:
    """Replace the triggers; without any the table has the server's defaults."""
    options = replace(
        relation.options,
        flush_row_threshold=row_threshold,
        flush_interval_seconds=interval_seconds,
        flush_off=is_off,
    )
    return replace(relation, options=options)


def set_retention(relation: Relation, age: tuple[int, int, int] | None) -> Relation:
    """Let rows go that were last changed longer ago; None keeps them."""
    return replace(relation, options=replace(relation.options, retention=age))


def required_position(relation: Relation, name: str) -> int:
    """Where the column is that a client may change; hidden and system columns may not be."""
    position = relation.position_of(name)
    if name in names.OWN_SYSTEM_COLUMNS:
        raise errors.FeatureNotSupported(
            f'cannot alter system column "{name}"',
            detail=f"System column '{name}' cannot be altered (managed by system).",
        )
    if position is None:
        raise errors.UndefinedColumn(
            f'column "{name}" of relation "{relation.name}" does not exist', column=name
        )
    return position


def with_column(relation: Relation, position: int, column: Column) -> Relation:
    """The relation with another column at that position."""
    columns = (*relation.columns[:position], column, *relation.columns[position + 1 :])
    return replace(relation, columns=columns)


def check_place(catalog: Catalog, schema_name: str, name: str) -> None:
    """Whether a relation of that name may be made there.

    Raises:
        InvalidSchemaName: 3F000. InsufficientPrivilege: 42501. DuplicateTable: 42P07.
    """
    names.check_name(name)
    if schema_name not in catalog.namespaces:
        if catalog.has_schema(schema_name):
            raise errors.InsufficientPrivilege(f"permission denied for schema {schema_name}")
        raise errors.InvalidSchemaName(
            f'schema "{schema_name}" does not exist',
            hint=f"Create it first with CREATE NAMESPACE {schema_name}.",
            schema=schema_name,
        )
    if name in catalog.relation_names(schema_name):
        raise errors.DuplicateTable(f'relation "{name}" already exists', table=name)
    if catalog.has_type(schema_name, name):
        raise errors.DuplicateObject(
            f'type "{name}" already exists',
            hint="A relation has an associated type of the same name, so you must use a name "
            "that doesn't conflict with any existing type.",
        )


def _check_columns(new: NewTable) -> None:
    if len(new.columns) >= names.COLUMNS_MAX:
        raise errors.TooManyColumns(f"tables can have at most {names.COLUMNS_MAX} columns")
    seen: set[str] = set()
    for column in new.columns:
        names.check_column_name(column.name)
        if column.name in seen:
            raise errors.DuplicateColumn(f'column "{column.name}" specified more than once')
        seen.add(column.name)
    for position, name in enumerate(new.primary_key):
        if name not in seen:
            raise errors.UndefinedColumn(f'column "{name}" named in key does not exist')
        if name in new.primary_key[:position]:
            raise errors.DuplicateColumn(f'column "{name}" appears twice in primary key constraint')


def _columns(numbers: Numbers, table_id: TableId, new: NewTable) -> tuple[Column, ...]:
    columns = [
        Column(
            numbers.column_id(table_id, 1),
            column.name,
            column.type_oid,
            column.typmod,
            column.not_null or column.name in new.primary_key,
            column.default,
            identity=column.identity,
            generated=column.generated,
            domain=column.domain,
        )
        for column in new.columns
    ]
    if not new.primary_key:
        columns.append(
            Column(
                numbers.column_id(table_id, 1),
                ROW_ID_COLUMN,
                _INT8,
                not_null=True,
                default="SNOWFLAKE_ID()",
                is_hidden=True,
            )
        )
    return tuple(columns)


def _key_name(catalog: Catalog, new: NewTable) -> str:
    taken = catalog.relation_names(new.schema_name)
    taken.add(new.name)
    if new.primary_key_name is None:
        return names.primary_key_name(new.name, taken)
    names.check_name(new.primary_key_name)
    if new.primary_key_name in taken:
        raise errors.DuplicateTable(f'relation "{new.primary_key_name}" already exists')
    return new.primary_key_name


def _extended_layouts(
    layouts: Mapping[int, tuple[ColumnId, ...]], relation: Relation
) -> Mapping[int, tuple[ColumnId, ...]]:
    return MappingProxyType({**layouts, relation.schema_version: _column_ids(relation.columns)})


def _column_ids(columns: Iterable[Column]) -> tuple[ColumnId, ...]:
    return tuple(column.column_id for column in columns)
