"""CREATE, ALTER and DROP TYPE, and the types that column definitions name."""

from __future__ import annotations

from kalampg import errors
from kalampg.auth import Action, check
from kalampg.auth.privileges import owns
from kalampg.catalog import Catalog
from kalampg.catalog.edit import columns_of_type, drop_enumeration
from kalampg.catalog.enum_edit import (
    add_label,
    create_enumeration,
    rename_enumeration,
    rename_label,
)
from kalampg.catalog.expression_texts import user_of_label, user_of_type
from kalampg.commands.domains import drop_one
from kalampg.commands.resolve import check_namespace, creation_namespace, written
from kalampg.commands.session_seam import CommandSession
from kalampg.domain import Domain
from kalampg.engine.result import ExecutionResult
from kalampg.enumeration import Enumeration
from kalampg.pgtypes.enumerations import element_of
from kalampg.relation import Column
from kalampg.sql.declared_types import find_declared
from kalampg.sql.table_name import TableName
from kalampg.sql.type_statements import (
    AddEnumValue,
    CreateEnum,
    DropType,
    RenameEnumValue,
    RenameType,
)


async def create_enum(statement: CreateEnum, session: CommandSession) -> ExecutionResult:
    catalog = await session.lock_catalog()
    schema_name = creation_namespace(catalog, statement.name.schema_name, session.search_path)
    check_namespace(catalog, schema_name)
    if schema_name not in catalog.namespaces:
        raise errors.InsufficientPrivilege(f"permission denied for schema {schema_name}")
    check(session.role, Action.CREATE_TYPE, f"permission denied for schema {schema_name}")
    session.apply(
        create_enumeration(
            catalog, schema_name, statement.name.name, session.role.name, statement.labels
        )
    )
    return ExecutionResult("CREATE TYPE")


async def add_enum_value(statement: AddEnumValue, session: CommandSession) -> ExecutionResult:
    catalog = await session.lock_catalog()
    enumeration = _own(catalog, statement.name, session)
    result = ExecutionResult("ALTER TYPE")
    if enumeration.place_of(statement.label) is not None:
        message = f'enum label "{statement.label}" already exists'
        if not statement.if_not_exists:
            raise errors.DuplicateObject(message)
        session.notice(f"{message}, skipping", sqlstate=errors.DuplicateObject.sqlstate)
        return result
    session.apply(
        add_label(
            catalog,
            enumeration,
            statement.label,
            statement.neighbour,
            is_before=statement.is_before,
        )
    )
    return result


async def rename_enum_value(statement: RenameEnumValue, session: CommandSession) -> ExecutionResult:
    catalog = await session.lock_catalog()
    enumeration = _own(catalog, statement.name, session)
    naming = user_of_label(catalog, enumeration, statement.label)
    if enumeration.place_of(statement.label) is not None and naming is not None:
        raise _is_named(f'label "{statement.label}" of type {enumeration.name}', naming)
    session.apply(rename_label(catalog, enumeration, statement.label, statement.new_label))
    return ExecutionResult("ALTER TYPE")


async def rename_type(statement: RenameType, session: CommandSession) -> ExecutionResult:
    catalog = await session.lock_catalog()
    enumeration = _own(catalog, statement.name, session)
    naming = user_of_type(catalog, enumeration)
    if naming is not None:
        raise _is_named(f"type {enumeration.name}", naming)
    session.apply(rename_enumeration(catalog, enumeration, statement.new_name))
    return ExecutionResult("ALTER TYPE")


async def drop_type(statement: DropType, session: CommandSession) -> ExecutionResult:
    """All named types, or none; a domain is one."""
    for name in statement.names:
        catalog = await session.lock_catalog()
        found = find_declared(catalog, name, session.search_path)
        if found is None and statement.if_exists:
            session.notice(f'type "{written(name)}" does not exist, skipping')
            continue
        if isinstance(found, Domain):
            await drop_one(found, session, cascade=statement.cascade)
            continue
        enumeration = _own(catalog, name, session)
        _check_unused(catalog, enumeration, cascade=statement.cascade)
        session.apply(drop_enumeration(catalog, enumeration))
    return ExecutionResult("DROP TYPE")


def _is_named(what: str, name: str) -> errors.FeatureNotSupported:
    """Expressions are kept as text: they would go on to name what it was called."""
    return errors.FeatureNotSupported(
        f"cannot rename {what} because an expression or query of {name} names it",
        hint="Drop the default, constraint, index or view, and create it again with the new name.",
    )


def _own(catalog: Catalog, name: TableName, session: CommandSession) -> Enumeration:
    enumeration = find_declared(catalog, name, session.search_path)
    if enumeration is None:
        raise errors.UndefinedObject(f'type "{written(name)}" does not exist')
    if isinstance(enumeration, Domain):
        raise errors.WrongObjectType(f"{enumeration.sql_name} is not an enum")
    if not owns(session.role, enumeration.owner):
        raise errors.InsufficientPrivilege(f"must be owner of type {enumeration.name}")
    return enumeration


def _check_unused(catalog: Catalog, enumeration: Enumeration, *, cascade: bool) -> None:
    name = enumeration.sql_name
    used = [
        f"column {column.name} of {'view' if relation.view else 'table'} {relation.name} "
        f"depends on type {_declared_name(catalog, column, name)}"
        for relation, column in columns_of_type(catalog, enumeration)
    ]
    over = [one for one in catalog.domains.values() if one.base_oid == enumeration.oid]
    used = [f"type {one.sql_name} depends on type {name}" for one in over] + used
    if not used:
        return
    if cascade:
        raise errors.FeatureNotSupported(
            "DROP TYPE ... CASCADE of a type that columns have is not supported",
            hint="Drop the columns first.",
        )
    raise errors.DependentObjectsStillExist(
        f"cannot drop type {name} because other objects depend on it",
        detail="\n".join(used),
        hint="Use DROP ... CASCADE to drop the dependent objects too.",
    )


def _declared_name(catalog: Catalog, column: Column, name: str) -> str:
    """What the column's type is called: ``name``, its array, or a domain over it."""
    if element_of(column.type_oid) is not None:
        return f"{name}[]"
    domain = None if column.domain is None else catalog.domain_by_oid(column.domain)
    return name if domain is None else domain.sql_name
