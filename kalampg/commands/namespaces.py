"""CREATE and DROP of namespaces, in both spellings."""

from __future__ import annotations

from kalampg import errors
from kalampg.auth import Action, check
from kalampg.catalog import edit
from kalampg.commands.session_seam import CommandSession
from kalampg.engine.result import ExecutionResult
from kalampg.sql.statements import CreateSchema, DropSchema


async def create_schema(statement: CreateSchema, session: CommandSession) -> ExecutionResult:
    check(session.role, Action.CREATE_NAMESPACE, "permission denied for database kalam")
    catalog = await session.lock_catalog()
    result = ExecutionResult("CREATE NAMESPACE" if statement.is_namespace else "CREATE SCHEMA")
    if statement.if_not_exists and catalog.has_schema(statement.name):
        session.notice(
            f'schema "{statement.name}" already exists, skipping',
            sqlstate=errors.DuplicateSchema.sqlstate,
        )
        return result
    owner = session.role.name
    session.apply(edit.create_namespace(catalog, statement.name, owner, session.clock.now_us()))
    return result


async def drop_schema(statement: DropSchema, session: CommandSession) -> ExecutionResult:
    check(session.role, Action.DROP_NAMESPACE, f"must be owner of schema {statement.name}")
    catalog = await session.lock_catalog()
    result = ExecutionResult("DROP NAMESPACE" if statement.is_namespace else "DROP SCHEMA")
    if statement.if_exists and not catalog.has_schema(statement.name):
        session.notice(f'schema "{statement.name}" does not exist, skipping')
        return result
    if statement.name == catalog.temporary_schema:
        raise errors.InsufficientPrivilege(
            f"permission denied for schema {statement.name}",
            hint="DISCARD TEMP drops the temporary tables of the session.",
        )
    session.apply(edit.drop_namespace(catalog, statement.name, cascade=statement.cascade))
    return result
