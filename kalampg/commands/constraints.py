"""Constraints of CREATE TABLE, ALTER TABLE and CREATE INDEX: from definitions to what rows obey.

First the new definition of the table, then an edit of the catalog, then (``make_true``) the rows:
only then does the session get the edit.
"""

from __future__ import annotations

from collections.abc import Iterable

from kalampg import errors
from kalampg.auth.privileges import owns
from kalampg.catalog import Catalog, CatalogEdit
from kalampg.catalog.constraint_edit import add_check, add_unique, make_constraint
from kalampg.catalog.foreign_key_edit import add_foreign_key
from kalampg.commands.resolve import required_table
from kalampg.commands.session_seam import CommandSession
from kalampg.constraint import CheckConstraint, ForeignKey
from kalampg.ids import Oid, TableId
from kalampg.relation import Relation
from kalampg.sql.check_expression import bind_check, plainly_named
from kalampg.sql.constraint_statements import (
    CheckDefinition,
    ConstraintDefinition,
    ForeignKeyDefinition,
    IndexConstraintDefinition,
    UniqueDefinition,
)
from kalampg.sql.statements import TableName


def with_constraints(
    catalog: Catalog,
    relation: Relation,
    definitions: Iterable[ConstraintDefinition],
    session: CommandSession,
) -> Relation:
    """``relation``, which may be a table to be, with these constraints.

    Raises:
        PgError: one of them is wrong; as ``catalog.constraint_edit`` says.
    """
    # A foreign key may refer to the table itself: to columns that another one makes unique.
    ordered = sorted(definitions, key=lambda one: isinstance(one, ForeignKeyDefinition))
    for definition in ordered:
        match definition:
            case UniqueDefinition():
                relation = add_unique(catalog, relation, definition)
            case IndexConstraintDefinition():
                relation = _with_index_constraint(catalog, relation, definition, session)
            case CheckDefinition():
                relation = _with_check(catalog, relation, definition, session)
            case ForeignKeyDefinition():
                referenced = _referenced(catalog, relation, definition.table, session)
                relation = add_foreign_key(catalog, relation, definition, referenced)
    return relation


async def lock_referenced(
    catalog: Catalog,
    before: Relation | None,
    after: Relation,
    session: CommandSession,
) -> None:
    """Let nobody change rows of tables that ``after`` refers to newly."""
    old = set() if before is None else {one.oid for one in before.constraints}
    tables = {
        one.referenced_table
        for one in after.constraints
        if isinstance(one, ForeignKey) and one.oid not in old
    }
    for table_id in sorted(tables - {after.table_id}):
        referenced = catalog.table_by_id(table_id)
        if referenced is not None:
            await session.constraints.lock_table(referenced)


async def make_true(edit: CatalogEdit, before: Relation, session: CommandSession) -> CatalogEdit:
    """Make what the edit adds to a table true of its rows; the edit, with what goes with it.

    Raises:
        CheckViolation: 23514. UniqueViolation: 23505. ForeignKeyViolation: 23503.
    """
    after = edit.catalog.table_by_id(before.table_id)
    assert after is not None, "an altered table is there"
    old = {one.oid: one for one in (*before.constraints, *before.indexes)}
    constraints = [one for one in after.constraints if one.oid not in old]
    indexes = [one for one in after.indexes if one.oid not in old]
    if constraints or indexes:
        await session.constraints.lock_table(before)
    for index in indexes:
        await session.constraints.build_index(after, index)
    for constraint in constraints:
        if isinstance(constraint, CheckConstraint):
            if constraint.is_validated:
                await session.constraints.check_rows(after, constraint)
        else:
            referenced = edit.catalog.table_by_id(constraint.referenced_table)
            assert referenced is not None, "what is referred to is there"
            await session.constraints.build_references(after, constraint, referenced)
    return edit


async def dropping_entries(
    edit: CatalogEdit, before: Catalog, session: CommandSession
) -> CatalogEdit:
    """The edit, taking with it the entries of indexes and foreign keys that it drops."""
    gone = [
        (table_id, oid)
        for table_id, oid in _entry_owners(before)
        if edit.catalog.table_by_id(table_id) is not None
        and oid not in dict.fromkeys(_oids(edit.catalog, table_id))
    ]
    dropped = []
    for table_id, oid in gone:
        dropped += [(scope, oid) for scope in await session.constraints.entry_scopes(table_id)]
    return CatalogEdit(edit.catalog, edit.writes, edit.dropped, (*edit.dropped_indexes, *dropped))


def _entry_owners(catalog: Catalog) -> list[tuple[TableId, Oid]]:
    return [
        (table.table_id, oid)
        for table in catalog.tables.values()
        for oid in _oids(catalog, table.table_id)
    ]


def _oids(catalog: Catalog, table_id: TableId) -> list[Oid]:
    """What has entries for rows of the table."""
    table = catalog.table_by_id(table_id)
    if table is None:
        return []
    keys = [one.oid for one in table.constraints if isinstance(one, ForeignKey)]
    return keys + [index.oid for index in table.indexes]


def _with_index_constraint(
    catalog: Catalog,
    relation: Relation,
    definition: IndexConstraintDefinition,
    session: CommandSession,
) -> Relation:
    if definition.name not in {None, definition.index}:
        session.notice(
            f"ALTER TABLE / ADD CONSTRAINT USING INDEX will rename index "
            f'"{definition.index}" to "{definition.name}"'
        )
    return make_constraint(catalog, relation, definition)


def _with_check(
    catalog: Catalog, relation: Relation, definition: CheckDefinition, session: CommandSession
) -> Relation:
    time_zone = session.time_zone
    try:
        bound = bind_check(definition.expression, relation, time_zone)
    except errors.PgError as error:
        if error.position is not None:
            error.position += definition.position - 1
        raise
    plain = CheckDefinition(
        definition.name,
        plainly_named(definition.expression, relation, {}),
        definition.position,
        definition.is_validated,
        definition.no_inherit,
    )
    columns = [relation.columns[position].column_id for position in bound.positions]
    return add_check(catalog, relation, plain, columns, time_zone)


def _referenced(
    catalog: Catalog, relation: Relation, table: TableName, session: CommandSession
) -> Relation:
    """The table that a foreign key names; its own table, which may be new, is the one at hand."""
    if table.name == relation.name and table.schema_name in {None, relation.schema_name}:
        return relation
    referenced = required_table(catalog, table, session.search_path)
    if referenced.table_id == relation.table_id:
        return relation
    if not owns(session.role, referenced.owner):
        raise errors.InsufficientPrivilege(f"permission denied for table {referenced.name}")
    return referenced
