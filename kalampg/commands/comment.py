"""COMMENT ON."""

from __future__ import annotations

from typing import Final

from kalampg import errors
from kalampg.auth import Action, check, check_owner
from kalampg.auth.privileges import owns
from kalampg.catalog import Catalog, CatalogEdit
from kalampg.catalog.comments import (
    CLASS,
    CONSTRAINT,
    DATABASE,
    NAMESPACE,
    TYPE,
    Subject,
    constraint_oids,
    index_oids,
    with_comment,
)
from kalampg.catalog.pg_catalog.fixed_oids import DATABASE_OID
from kalampg.commands.resolve import find_table, required_table, written
from kalampg.commands.session_seam import CommandSession
from kalampg.domain import Domain
from kalampg.engine.result import ExecutionResult
from kalampg.relation import Relation
from kalampg.sql.comment_statement import Comment
from kalampg.sql.declared_types import find_declared

_ARTICLES: Final = {"index": "an"}


async def comment_on(statement: Comment, session: CommandSession) -> ExecutionResult:
    catalog = await session.lock_catalog()
    subject = _subject(statement, session, catalog)
    after, write = with_comment(catalog, subject, statement.text)
    session.apply(CatalogEdit(after, (write,)))
    return ExecutionResult("COMMENT")


def _subject(statement: Comment, session: CommandSession, catalog: Catalog) -> Subject:
    """The object, which the role must own."""
    match statement.kind:
        case "schema":
            return NAMESPACE, _namespace(statement.name.name, session, catalog), 0
        case "database":
            check(session.role, Action.MANAGE_ROLES, "must be owner of database kalam")
            return DATABASE, _database(statement.name.name), 0
        case "index":
            return CLASS, _index(statement, session, catalog), 0
        case "constraint":
            return CONSTRAINT, _constraint(statement, session, catalog), 0
        case "domain" | "type" | "domain constraint":
            return _of_type(statement, session, catalog)
        case "column":
            relation = required_table(catalog, statement.name, session.search_path)
            _check_owner(relation, session)
            return CLASS, relation.table_id, _column(relation, statement.part or "")
        case _:
            relation = required_table(catalog, statement.name, session.search_path)
            _check_kind(statement.kind, relation, catalog)
            _check_owner(relation, session)
            return CLASS, relation.table_id, 0


def _of_type(statement: Comment, session: CommandSession, catalog: Catalog) -> Subject:
    declared = find_declared(catalog, statement.name, session.search_path)
    if declared is None:
        raise errors.UndefinedObject(f'type "{written(statement.name)}" does not exist')
    if not isinstance(declared, Domain) and statement.kind != "type":
        raise errors.WrongObjectType(f'"{declared.name}" is not a domain')
    if not owns(session.role, declared.owner):
        raise errors.InsufficientPrivilege(f"must be owner of type {declared.sql_name}")
    if statement.part is None or not isinstance(declared, Domain):
        return TYPE, declared.oid, 0
    found = declared.check_named(statement.part)
    if found is None:
        raise errors.UndefinedObject(
            f'constraint "{statement.part}" for domain {declared.sql_name} does not exist'
        )
    return CONSTRAINT, found.oid, 0


def _namespace(name: str, session: CommandSession, catalog: Catalog) -> int:
    namespace = catalog.namespaces.get(name)
    if namespace is None:
        raise errors.InvalidSchemaName(f'schema "{name}" does not exist', schema=name)
    if not owns(session.role, namespace.owner):
        raise errors.InsufficientPrivilege(f"must be owner of schema {name}")
    return namespace.oid


def _database(name: str) -> int:
    if name != "kalam":
        raise errors.InvalidCatalogName(f'database "{name}" does not exist')
    return DATABASE_OID


def _index(statement: Comment, session: CommandSession, catalog: Catalog) -> int:
    name = statement.name
    schemas = session.search_path if name.schema_name is None else (name.schema_name,)
    for schema_name in schemas:
        for table in catalog.tables_in(schema_name):
            oid = index_oids(table).get(name.name)
            if oid is not None:
                check_owner(session.role, table)
                return oid
    required_table(catalog, name, session.search_path)
    raise errors.WrongObjectType(f'"{name.name}" is not an index')


def _constraint(statement: Comment, session: CommandSession, catalog: Catalog) -> int:
    table = find_table(catalog, statement.name, session.search_path)
    if table is None:
        raise errors.UndefinedTable(f'relation "{written(statement.name)}" does not exist')
    _check_owner(table, session)
    oid = constraint_oids(table).get(statement.part or "")
    if oid is None:
        raise errors.UndefinedObject(
            f'constraint "{statement.part}" for table "{table.name}" does not exist'
        )
    return oid


def _column(relation: Relation, name: str) -> int:
    position = relation.position_of(name)
    if position is None:
        raise errors.UndefinedColumn(
            f'column "{name}" of relation "{relation.name}" does not exist'
        )
    return relation.columns[position].column_id


def _check_kind(kind: str, relation: Relation, catalog: Catalog) -> None:
    if relation.view is not None:
        found = "view"
    elif (relation.schema_name, relation.name) in catalog.sequences:
        found = "sequence"
    else:
        found = "table"
    if found != kind:
        raise errors.WrongObjectType(f'"{relation.name}" is not {_ARTICLES.get(kind, "a")} {kind}')


def _check_owner(relation: Relation, session: CommandSession) -> None:
    is_computed = not relation.primary_key and relation.created_at_us == 0
    if relation.view is None and not is_computed:
        check_owner(session.role, relation)
    elif not owns(session.role, relation.owner):
        raise errors.InsufficientPrivilege(f"must be owner of relation {relation.name}")
