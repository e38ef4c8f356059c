"""DROP TABLE and TRUNCATE."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from kalampg import errors
from kalampg.auth import check_owner, check_write
from kalampg.catalog import Catalog, CatalogEdit, edit
from kalampg.commands.column_sequences import restart_sequences
from kalampg.commands.constraints import dropping_entries
from kalampg.commands.drop_dependents import keys_to_table, refuse_dropped_parents
from kalampg.commands.resolve import relation_to_drop, required_table
from kalampg.commands.session_seam import CommandSession
from kalampg.commands.views import drop_dependent_views
from kalampg.engine.result import ExecutionResult
from kalampg.relation import Relation, TableType
from kalampg.sql.statements import DropTable, TableName, Truncate


async def drop_table(statement: DropTable, session: CommandSession) -> ExecutionResult:
    """All named tables, or none. The catalog's edit removes the rows of every user."""
    catalog = await session.lock_catalog()
    change = CatalogEdit(catalog)
    relations = [_table_to_drop(statement, table, catalog, session) for table in statement.tables]
    dropped = {found.table_id: found for found in relations if found is not None}
    refuse_dropped_parents(catalog, dropped, session, cascade=statement.cascade)
    change = drop_dependent_views(
        change, list(dropped.values()), session, cascade=statement.cascade
    )
    for relation in dropped.values():
        await session.constraints.lock_table(relation)  # Whoever writes it ends first.
        change = change.then(partial(edit.drop_table, relation=relation))
    session.apply(await dropping_entries(change, catalog, session))
    return ExecutionResult("DROP TABLE")


def _table_to_drop(
    statement: DropTable, table: TableName, catalog: Catalog, session: CommandSession
) -> Relation | None:
    relation = relation_to_drop("table", catalog, table, session, if_exists=statement.if_exists)
    if relation is None:
        return None
    if (relation.schema_name, relation.name) in catalog.sequences:
        raise errors.WrongObjectType(
            f'"{relation.name}" is not a table', hint="Use DROP SEQUENCE to remove a sequence."
        )
    if relation.view is not None:
        raise errors.WrongObjectType(
            f'"{relation.name}" is not a table', hint="Use DROP VIEW to remove a view."
        )
    check_owner(session.role, relation)
    if statement.table_type not in {None, relation.table_type}:
        raise errors.WrongObjectType(
            f'"{relation.name}" is not a {str(statement.table_type).lower()} table',
            hint="Use DROP TABLE to remove a table of any kind.",
        )
    return relation


async def _restart_identity(relations: Sequence[Relation], session: CommandSession) -> None:
    """The sequences begin again if the TRUNCATE is committed."""
    change = CatalogEdit(await session.lock_catalog())
    for relation in relations:
        has_sequences = bool(change.catalog.sequences_of(relation.table_id))
        if has_sequences and relation.table_type is TableType.USER:
            raise errors.FeatureNotSupported(
                f'cannot restart the sequences of user table "{relation.name}"',
                detail="They serve all users, and TRUNCATE removes the rows of one.",
                hint="Leave RESTART IDENTITY out.",
            )
        change = restart_sequences(change, relation)
    session.apply(change)


async def truncate(statement: Truncate, session: CommandSession) -> ExecutionResult:
    """This user's rows of user tables; all rows of shared tables, which needs their owner."""
    relations = [
        required_table(session.catalog, table, session.search_path) for table in statement.tables
    ]
    for relation in relations:
        if relation.view is not None:
            raise errors.WrongObjectType(f'"{relation.name}" is not a table')
        if relation.table_type is TableType.USER:
            check_write(session.role, relation)
        else:
            check_owner(session.role, relation)
    relations = _with_referring(relations, session, cascade=statement.cascade)
    if statement.restart_identity:
        await _restart_identity(relations, session)
    for relation in relations:
        await session.truncate(relation)
    return ExecutionResult("TRUNCATE TABLE")


def _with_referring(
    relations: Sequence[Relation], session: CommandSession, *, cascade: bool
) -> list[Relation]:
    """The tables to be emptied, with CASCADE those that refer to them too.

    Raises:
        FeatureNotSupported: 0A000, as PostgreSQL, when a table is left that refers to one.
    """
    found = {relation.table_id: relation for relation in relations}
    pending = list(relations)
    while pending:
        relation = pending.pop()
        for table, _ in keys_to_table(session.catalog, relation.table_id, found):
            if not cascade:
                raise errors.FeatureNotSupported(
                    "cannot truncate a table referenced in a foreign key constraint",
                    detail=f'Table "{table.name}" references "{relation.name}".',
                    hint=f'Truncate table "{table.name}" at the same time, '
                    "or use TRUNCATE ... CASCADE.",
                )
            if table.table_type is not relation.table_type:
                raise errors.FeatureNotSupported(
                    f'TRUNCATE ... CASCADE cannot reach user table "{table.name}"',
                    detail="It has rows of all users.",
                )
            if table.table_id not in found:
                check_owner(session.role, table)
                session.notice(f'truncate cascades to table "{table.name}"')
                found[table.table_id] = table
                pending.append(table)
    return list(found.values())
