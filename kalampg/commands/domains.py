"""CREATE, ALTER and DROP DOMAIN."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from kalampg import errors
from kalampg.auth import Action, check
from kalampg.auth.privileges import owns
from kalampg.catalog import Catalog, CatalogEdit
from kalampg.catalog.domain_edit import (
    check_type_place,
    columns_of_domain,
    create_domain,
    derived,
    put_domain,
    with_check,
    without_check,
)
from kalampg.catalog.edit import drop_domain as without_domain
from kalampg.catalog.edit import drop_view
from kalampg.commands.alter_table import alter_table
from kalampg.commands.declared_types import required_type
from kalampg.commands.defaults import check_default
from kalampg.commands.resolve import check_namespace, creation_namespace, find_table, written
from kalampg.commands.session_seam import CommandSession
from kalampg.commands.views import drop_dependent_views
from kalampg.constraint import CheckConstraint
from kalampg.domain import Domain
from kalampg.engine.context import SessionContext
from kalampg.engine.domain_rules import compile_check
from kalampg.engine.result import ExecutionResult
from kalampg.enumeration import spelled
from kalampg.ids import Oid
from kalampg.relation import Column, Datum, Relation
from kalampg.sql.constraint_statements import CheckDefinition
from kalampg.sql.declared_types import find_declared
from kalampg.sql.domain_checks import bind_domain_check
from kalampg.sql.domain_statements import (
    AddDomainCheck,
    AlterDomain,
    CreateDomain,
    DropDomain,
    DropDomainCheck,
    MoveDomain,
    RenameDomainCheck,
    SetDomainDefault,
    SetDomainNotNull,
    ValidateDomainCheck,
)
from kalampg.sql.statements import AlterTable, ColumnDefinition, DropColumn
from kalampg.sql.table_name import TableName


async def create(statement: CreateDomain, session: CommandSession) -> ExecutionResult:
    catalog = await session.lock_catalog()
    schema_name = creation_namespace(catalog, statement.name.schema_name, session.search_path)
    _check_place(catalog, schema_name, session)
    check_type_place(catalog, schema_name, statement.name.name)
    domain = _over(statement, catalog, schema_name, session)
    _check_default(domain, session)
    for definition in statement.checks:
        domain = _with_check(catalog, domain, definition, session)
    session.apply(create_domain(catalog, domain))
    return ExecutionResult("CREATE DOMAIN")


def _over(
    statement: CreateDomain, catalog: Catalog, schema_name: str, session: CommandSession
) -> Domain:
    """The domain without its own checks. What it is made over has to be settled first."""
    oid = Oid(catalog.numbers.allocate_oid())
    domain = Domain(
        oid,
        schema_name,
        statement.name.name,
        session.role.name,
        statement.type_oid,
        statement.typmod,
        not_null=statement.not_null,
        default=statement.default,
    )
    if statement.over is None:
        return domain
    base = required_type(statement.over, catalog, session, statement.type_position)
    if not isinstance(base, Domain):
        return replace(domain, base_oid=base.oid)
    return replace(
        domain,
        base_oid=base.base_oid,
        typmod=base.typmod,
        parent=base.oid,
        default=base.default if statement.default is None else statement.default,
    )


async def alter(statement: AlterDomain, session: CommandSession) -> ExecutionResult:
    catalog = await session.lock_catalog()
    before = _own(catalog, statement.name, session)
    action = statement.action
    match action:
        case SetDomainDefault(default):
            after = replace(before, default=default)
            _check_default(after, session)
            change = put_domain(catalog, after, before)
        case SetDomainNotNull(not_null):
            if not_null and not before.not_null:
                await _check_no_nulls(catalog, before, session)
            change = put_domain(catalog, replace(before, not_null=not_null), before)
        case MoveDomain():
            change = put_domain(catalog, _moved(catalog, before, action, session), before)
        case _:
            change = await _alter_checks(catalog, before, action, session)
    session.apply(change)
    return ExecutionResult("ALTER DOMAIN")


async def _alter_checks(
    catalog: Catalog,
    before: Domain,
    action: AddDomainCheck | DropDomainCheck | ValidateDomainCheck | RenameDomainCheck,
    session: CommandSession,
) -> CatalogEdit:
    match action:
        case AddDomainCheck(definition):
            after = _with_check(catalog, before, definition, session)
            if definition.is_validated:
                await _check_values(catalog, after, after.checks[-1], session)
            return put_domain(catalog, after, before)
        case ValidateDomainCheck(name):
            found = _required_check(before, name)
            await _check_values(catalog, before, found, session)
            return _with_changed(catalog, before, found, replace(found, is_validated=True))
        case RenameDomainCheck(name, new_name):
            renamed = before.check_named(name)
            if renamed is None:
                raise errors.UndefinedObject(
                    f'constraint "{name}" for domain {before.sql_name} does not exist'
                )
            if before.check_named(new_name) is not None:
                raise errors.DuplicateObject(
                    f'constraint "{new_name}" for domain {before.sql_name} already exists'
                )
            return _with_changed(catalog, before, renamed, replace(renamed, name=new_name))
        case DropDomainCheck():
            return _without_check(catalog, before, action, session)


async def drop(statement: DropDomain, session: CommandSession) -> ExecutionResult:
    """All named domains, or none."""
    for name in statement.names:
        catalog = await session.lock_catalog()
        found = find_declared(catalog, name, session.search_path)
        if found is None and statement.if_exists:
            session.notice(f'type "{written(name)}" does not exist, skipping')
            continue
        if found is not None and not isinstance(found, Domain):
            raise errors.WrongObjectType(f'"{written(name)}" is not a domain')
        await drop_one(_own(catalog, name, session), session, cascade=statement.cascade)
    return ExecutionResult("DROP DOMAIN")


async def drop_one(domain: Domain, session: CommandSession, *, cascade: bool) -> None:
    """Drop a domain; with CASCADE the columns that have it, and the domains made over it.

    Raises:
        DependentObjectsStillExist: 2BP01.
    """
    catalog = await session.lock_catalog()
    _check_owner(domain, session)
    found = _dependents(catalog, domain)
    if found and not cascade:
        raise errors.DependentObjectsStillExist(
            f"cannot drop type {domain.sql_name} because other objects depend on it",
            detail="\n".join(f"{one} depends on type {on.sql_name}" for one, on in found),
            hint="Use DROP ... CASCADE to drop the dependent objects too.",
        )
    if len(found) == 1:
        session.notice(f"drop cascades to {found[0][0]}")
    elif found:
        session.notice(
            f"drop cascades to {len(found)} other objects",
            detail="\n".join(f"drop cascades to {one}" for one, _ in found),
        )
    await _drop_with_dependents(domain, session)


def _dependents(catalog: Catalog, domain: Domain) -> list[tuple[str, Domain]]:
    """What needs the domain, in words, each with the domain that it needs by itself."""
    found: list[tuple[str, Domain]] = []
    for one in derived(catalog, domain):
        found += [(f"type {one.sql_name}", domain), *_dependents(catalog, one)]
    for table, column in columns_of_domain(catalog, domain):
        found.append((f"column {column.name} of table {table.name}", domain))
    found += [(f"view {view.name}", domain) for view in _views(catalog, domain)]
    return found


def _views(catalog: Catalog, domain: Domain) -> list[Relation]:
    """The views whose queries cast to the domain."""
    return [
        view
        for view in catalog.views.values()
        if view.view is not None and view.view.reading(domain.oid) is not None
    ]


async def _drop_with_dependents(domain: Domain, session: CommandSession) -> None:
    catalog = await session.lock_catalog()
    for one in derived(catalog, domain):
        await _drop_with_dependents(one, session)
    for table, column in columns_of_domain(catalog, domain):
        name = TableName(table.schema_name, table.name)
        await alter_table(AlterTable(name, (DropColumn(column.name, cascade=True),)), session)
    change = CatalogEdit(await session.lock_catalog())
    views = _views(change.catalog, domain)
    change = drop_dependent_views(change, views, session, cascade=True)
    for view in views:
        change = change.then(partial(drop_view, view=view))
    session.apply(change.then(partial(without_domain, domain=domain)))


# --- what is checked ---


def _check_place(catalog: Catalog, schema_name: str, session: CommandSession) -> None:
    check_namespace(catalog, schema_name)
    if schema_name not in catalog.namespaces:
        raise errors.InsufficientPrivilege(f"permission denied for schema {schema_name}")
    check(session.role, Action.CREATE_TYPE, f"permission denied for schema {schema_name}")


def _own(catalog: Catalog, name: TableName, session: CommandSession) -> Domain:
    found = find_declared(catalog, name, session.search_path)
    if not isinstance(found, Domain):
        if found is None and find_table(catalog, name, session.search_path) is None:
            raise errors.UndefinedObject(f'type "{written(name)}" does not exist')
        raise errors.WrongObjectType(f"{spelled(name.name)} is not a domain")
    _check_owner(found, session)
    return found


def _check_owner(domain: Domain, session: CommandSession) -> None:
    if not owns(session.role, domain.owner):
        raise errors.InsufficientPrivilege(f"must be owner of type {domain.sql_name}")


def _check_default(domain: Domain, session: CommandSession) -> None:
    check_default(
        session,
        ColumnDefinition(domain.name, domain.base_oid, domain.typmod, default=domain.default),
    )


def _with_check(
    catalog: Catalog, domain: Domain, definition: CheckDefinition, session: CommandSession
) -> Domain:
    after = with_check(
        catalog,
        domain,
        definition.name,
        definition.expression,
        session.time_zone,
        is_validated=definition.is_validated,
    )
    try:
        bind_domain_check(after, after.checks[-1])
    except errors.PgError as error:
        if error.position is not None:
            error.position += definition.position - 1
        raise
    return after


def _required_check(domain: Domain, name: str) -> CheckConstraint:
    found = domain.check_named(name)
    if found is None:
        raise errors.UndefinedObject(
            f'constraint "{name}" of domain "{domain.name}" does not exist'
        )
    return found


async def _check_no_nulls(catalog: Catalog, domain: Domain, session: CommandSession) -> None:
    for table, column in columns_of_domain(catalog, domain, and_derived=True):
        await session.constraints.lock_table(table)
        if await session.any_row_is_null(table, table.position_of_id(column.column_id)):
            raise errors.NotNullViolation(
                f'column "{column.name}" of table "{table.name}" contains null values',
                schema=table.schema_name,
                table=table.name,
                column=column.name,
            )


async def _check_values(
    catalog: Catalog, domain: Domain, one: CheckConstraint, session: CommandSession
) -> None:
    """Raises CheckViolation (23514) for a row of any table that the constraint does not allow."""
    evaluate = compile_check(domain, one)

    def look(table: Relation, column: Column, value: Datum, context: SessionContext) -> None:
        if evaluate((value,), (), context) is False:
            raise errors.CheckViolation(
                f'column "{column.name}" of table "{table.name}" contains values that violate '
                "the new constraint",
                schema=table.schema_name,
                table=table.name,
                column=column.name,
            )

    for table, column in columns_of_domain(catalog, domain, and_derived=True):
        await session.constraints.lock_table(table)
        position = table.position_of_id(column.column_id)
        await session.constraints.check_values(table, position, partial(look, table, column))


# --- what changes ---


def _with_changed(
    catalog: Catalog, domain: Domain, old: CheckConstraint, new: CheckConstraint
) -> CatalogEdit:
    checks = tuple(new if one is old else one for one in domain.checks)
    return put_domain(catalog, replace(domain, checks=checks), domain)


def _without_check(
    catalog: Catalog, domain: Domain, action: DropDomainCheck, session: CommandSession
) -> CatalogEdit:
    found = domain.check_named(action.name)
    if found is None and action.if_exists:
        session.notice(
            f'constraint "{action.name}" of domain "{domain.name}" does not exist, skipping'
        )
        return CatalogEdit(catalog)
    return without_check(catalog, domain, _required_check(domain, action.name))


def _moved(catalog: Catalog, domain: Domain, action: MoveDomain, session: CommandSession) -> Domain:
    """The domain with its new name, schema or owner."""
    if action.new_name is not None:
        check_type_place(catalog, domain.schema_name, action.new_name)
        return replace(domain, name=action.new_name)
    if action.new_schema is not None:
        if action.new_schema == domain.schema_name:
            return domain
        _check_place(catalog, action.new_schema, session)
        check_type_place(catalog, action.new_schema, domain.name)
        return replace(domain, schema_name=action.new_schema)
    owner = action.new_owner or ""
    if catalog.role(owner) is None:
        raise errors.UndefinedObject(f'role "{owner}" does not exist')
    check(session.role, Action.MANAGE_ROLES, f"must be member of role {owner}")
    return replace(domain, owner=owner)
