"""CREATE INDEX, DROP INDEX and ALTER INDEX; SET CONSTRAINTS."""

from __future__ import annotations

from functools import partial

from kalampg import errors
from kalampg.auth import check_owner
from kalampg.catalog import Catalog, CatalogEdit, table_edit
from kalampg.catalog.constraint_edit import add_index, renamed, without
from kalampg.commands.alter_constraints import Dependents, without_keys
from kalampg.commands.constraints import dropping_entries, make_true
from kalampg.commands.drop_dependents import keys_to_columns, refuse_or_tell
from kalampg.commands.resolve import check_namespace, required_stored_table, written
from kalampg.commands.session_seam import CommandSession
from kalampg.constraint import CheckConstraint, ForeignKey, Index
from kalampg.engine.result import ExecutionResult
from kalampg.relation import Relation
from kalampg.sql.constraint_statements import (
    CreateIndex,
    DropIndex,
    RenameIndex,
    SetConstraints,
)
from kalampg.sql.statements import TableName


async def create_index(statement: CreateIndex, session: CommandSession) -> ExecutionResult:
    result = ExecutionResult("CREATE INDEX")
    if statement.is_concurrent:
        session.refuse_block("CREATE INDEX CONCURRENTLY")
    catalog = await session.lock_catalog()
    before = required_stored_table(catalog, statement.table, session.search_path)
    check_owner(session.role, before)
    if statement.if_not_exists and statement.name is not None:
        found = _named_relation(catalog, before.schema_name, statement.name)
        if found:
            session.notice(
                f'relation "{statement.name}" already exists, skipping',
                sqlstate=errors.DuplicateTable.sqlstate,
            )
            return result
    after = add_index(catalog, before, statement)
    edit = table_edit.alter_table(catalog, before, after)
    session.apply(await make_true(edit, before, session))
    return result


async def drop_index(statement: DropIndex, session: CommandSession) -> ExecutionResult:
    if statement.is_concurrent:
        session.refuse_block("DROP INDEX CONCURRENTLY")
    catalog = await session.lock_catalog()
    change = CatalogEdit(catalog)
    dependents: Dependents = []
    for name in statement.indexes:
        found = _index(change.catalog, name, session, if_exists=statement.if_exists, what="index")
        if found is not None:
            before, index = found
            after = _without_index(catalog, before, index, statement, session, dependents)
            change = change.then(partial(table_edit.alter_table, before=before, after=after))
    session.apply(await dropping_entries(without_keys(change, dependents), catalog, session))
    return ExecutionResult("DROP INDEX")


async def rename_index(statement: RenameIndex, session: CommandSession) -> ExecutionResult:
    result = ExecutionResult("ALTER INDEX")
    catalog = await session.lock_catalog()
    found = _index(
        catalog, statement.index, session, if_exists=statement.if_exists, what="relation"
    )
    if found is not None:
        before, index = found
        after = renamed(catalog, before, index, statement.new_name)
        session.apply(table_edit.alter_table(catalog, before, after))
    return result


async def set_constraints(statement: SetConstraints, session: CommandSession) -> ExecutionResult:
    if not statement.names:
        session.constraints.defer(None, is_deferred=statement.is_deferred)
    for name in statement.names:
        for one in _deferrable(session.catalog, name, session):
            session.constraints.defer(one.oid, is_deferred=statement.is_deferred)
    if not statement.is_deferred:
        await session.constraints.settle()
    return ExecutionResult("SET CONSTRAINTS")


def _deferrable(
    catalog: Catalog, name: TableName, session: CommandSession
) -> list[ForeignKey | Index]:
    """The constraints of that name in the first schema that has any."""
    check_namespace(catalog, name.schema_name)
    path = session.search_path if name.schema_name is None else (name.schema_name,)
    for schema_name in path:
        found = [
            constraint
            for table in catalog.tables_in(schema_name)
            for constraint in (*table.constraints, *table.indexes)
            if constraint.name == name.name
        ]
        if found:
            kept = [one for one in found if not isinstance(one, CheckConstraint)]
            deferrable = [one for one in kept if one.is_deferrable]
            if not deferrable:
                raise errors.WrongObjectType(f'constraint "{name.name}" is not deferrable')
            return deferrable
    raise errors.UndefinedObject(f'constraint "{name.name}" does not exist')


def _named_relation(catalog: Catalog, schema_name: str, name: str) -> bool:
    return any(
        name in {table.name, table.primary_key_name, *(index.name for index in table.indexes)}
        for table in catalog.tables_in(schema_name)
    )


def _index(
    catalog: Catalog, name: TableName, session: CommandSession, *, if_exists: bool, what: str
) -> tuple[Relation, Index] | None:
    """The index and its table; None, after a notice, when it may be missing.

    Raises:
        UndefinedObject: 42704. WrongObjectType: 42809. DependentObjectsStillExist: 2BP01.
    """
    path = session.search_path if name.schema_name is None else (name.schema_name,)
    for schema_name in path:
        for table in catalog.tables_in(schema_name):
            if table.primary_key_name == name.name:
                raise _belongs_to_constraint(table, table.primary_key_name)
            if table.name == name.name:
                raise errors.WrongObjectType(
                    f'"{name.name}" is not an index',
                    hint="Use DROP TABLE to remove a table.",
                )
            for index in table.indexes:
                if index.name == name.name:
                    check_owner(session.role, table)
                    return table, index
    if not if_exists:
        check_namespace(catalog, name.schema_name)
        if what == "index":
            raise errors.UndefinedObject(f'index "{name.name}" does not exist')
        raise errors.UndefinedTable(f'{what} "{written(name)}" does not exist')
    session.notice(f'{what} "{name.name}" does not exist, skipping')
    return None


def _without_index(
    catalog: Catalog,
    relation: Relation,
    index: Index,
    statement: DropIndex,
    session: CommandSession,
    dependents: Dependents,
) -> Relation:
    if index.constraint_oid is not None:
        raise _belongs_to_constraint(relation, index.name)
    keys = keys_to_columns(catalog, relation, index.columns) if index.may_be_referenced else []
    described = f"index {index.name}"
    refuse_or_tell(keys, described, described, session, cascade=statement.cascade)
    dependents += [one for one in keys if one[0].table_id != relation.table_id]
    own = [key for table, key in keys if table.table_id == relation.table_id]
    return without(relation, [index, *own])


def _belongs_to_constraint(relation: Relation, name: str) -> errors.DependentObjectsStillExist:
    return errors.DependentObjectsStillExist(
        f"cannot drop index {name} because constraint {name} on table {relation.name} requires it",
        hint=f"You can drop constraint {name} on table {relation.name} instead.",
    )
