"""CREATE, ALTER and DROP SEQUENCE."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from kalampg import errors
from kalampg.auth import Action, check
from kalampg.auth.privileges import owns
from kalampg.catalog import Catalog, CatalogEdit, edit, sequence_edit, table_edit
from kalampg.catalog.sequence_references import Dependent
from kalampg.commands.resolve import (
    find_table,
    relation_to_alter,
    relation_to_drop,
    written,
)
from kalampg.commands.session_seam import CommandSession
from kalampg.commands.temporary import check_stays, creation_place
from kalampg.engine.result import ExecutionResult
from kalampg.relation import Relation
from kalampg.sequence import OwningColumn, Sequence
from kalampg.sql.sequence_statements import (
    AlterSequence,
    CreateSequence,
    DropSequence,
    OwnedBy,
)


async def create_sequence(statement: CreateSequence, session: CommandSession) -> ExecutionResult:
    catalog = await session.lock_catalog()
    place = statement.sequence
    catalog, schema_name = creation_place(
        place, catalog, session, Action.CREATE_SEQUENCE, is_said=statement.is_temporary
    )
    result = ExecutionResult("CREATE SEQUENCE")
    if statement.if_not_exists and catalog.relation(schema_name, place.name) is not None:
        session.notice(
            f'relation "{place.name}" already exists, skipping',
            sqlstate=errors.DuplicateTable.sqlstate,
        )
        return result
    table_edit.check_place(catalog, schema_name, place.name)
    sequence = sequence_edit.new_sequence(
        catalog, schema_name, place.name, session.role.name, statement.options
    )
    owner = _owner(catalog, session, sequence, statement.options.owned_by)
    session.apply(sequence_edit.add_sequence(catalog, sequence, owner))
    return result


async def alter_sequence(statement: AlterSequence, session: CommandSession) -> ExecutionResult:
    catalog = await session.lock_catalog()
    result = ExecutionResult("ALTER SEQUENCE")
    relation = relation_to_alter(
        catalog, statement.sequence, session, if_exists=statement.if_exists
    )
    if relation is None:
        return result
    before = _sequence(catalog, relation)
    _check_owner(session, before)
    after = _moved(statement, session, catalog, before)
    options = statement.options
    after = sequence_edit.altered(catalog, after, options, session.last_of_sequence(before))
    if options.owned_by is not None:
        if before.owned_by is not None and before.owned_by.is_identity:
            raise errors.FeatureNotSupported(
                "cannot change ownership of identity sequence",
                detail=_linked(catalog, before),
            )
        after = replace(after, owned_by=_owner(catalog, session, after, options.owned_by))
    session.apply(edit.put_sequence(catalog, after, before))
    return result


def _linked(catalog: Catalog, sequence: Sequence) -> str:
    owner = sequence.owned_by
    table = None if owner is None else catalog.table_by_id(owner.table_id)
    assert table is not None, "it goes with a column of a table"
    return f'Sequence "{sequence.name}" is linked to table "{table.name}".'


def _moved(
    statement: AlterSequence, session: CommandSession, catalog: Catalog, sequence: Sequence
) -> Sequence:
    """The sequence with its new name, schema or owner."""
    if statement.new_name is not None:
        table_edit.check_place(catalog, sequence.schema_name, statement.new_name)
        return replace(sequence, name=statement.new_name)
    is_owned = sequence.owned_by is not None
    if statement.new_schema is not None:
        if is_owned:
            raise errors.FeatureNotSupported(
                "cannot move an owned sequence into another schema",
                detail=_linked(catalog, sequence),
            )
        check_stays(catalog, sequence, statement.new_schema)
        if statement.new_schema != sequence.schema_name:
            table_edit.check_place(catalog, statement.new_schema, sequence.name)
        return replace(sequence, schema_name=statement.new_schema)
    if statement.new_owner is not None:
        if is_owned:
            raise errors.FeatureNotSupported(
                f'cannot change owner of sequence "{sequence.name}"',
                detail=_linked(catalog, sequence),
            )
        if catalog.role(statement.new_owner) is None:
            raise errors.UndefinedObject(f'role "{statement.new_owner}" does not exist')
        check(session.role, Action.MANAGE_ROLES, f"must be member of role {statement.new_owner}")
        return replace(sequence, owner=statement.new_owner)
    return sequence


async def drop_sequence(statement: DropSequence, session: CommandSession) -> ExecutionResult:
    """All named sequences, or none."""
    change = CatalogEdit(await session.lock_catalog())
    for name in statement.sequences:
        catalog = change.catalog
        relation = relation_to_drop(
            "sequence", catalog, name, session, if_exists=statement.if_exists
        )
        if relation is None:
            continue
        sequence = _sequence(catalog, relation, hint="Use DROP TABLE to remove a table.")
        _check_owner(session, sequence)
        found = sequence_edit.check_droppable(change.catalog, sequence, cascade=statement.cascade)
        for dependent in found:
            session.notice(f"drop cascades to {dependent.described}")
            change = change.then(partial(_without_default, dependent=dependent))
        change = change.then(partial(edit.drop_sequence, sequence=sequence))
    session.apply(change)
    return ExecutionResult("DROP SEQUENCE")


def _without_default(catalog: Catalog, dependent: Dependent) -> CatalogEdit:
    table = catalog.table_by_id(dependent.relation.table_id)
    assert table is not None, "it is in the catalog that the dependents came from"
    return table_edit.alter_table(
        catalog, table, table_edit.set_default(table, dependent.column.name, None)
    )


def _sequence(catalog: Catalog, relation: Relation, hint: str | None = None) -> Sequence:
    sequence = catalog.sequences.get((relation.schema_name, relation.name))
    if sequence is None:
        raise errors.WrongObjectType(f'"{relation.name}" is not a sequence', hint=hint)
    return sequence


def _check_owner(session: CommandSession, sequence: Sequence) -> None:
    if not owns(session.role, sequence.owner):
        raise errors.InsufficientPrivilege(f"must be owner of sequence {sequence.name}")


def _owner(
    catalog: Catalog, session: CommandSession, sequence: Sequence, owned_by: OwnedBy | None
) -> OwningColumn | None:
    """OWNED BY as ids; the table must be the same owner's, in the same schema."""
    if owned_by is None or owned_by.table is None:
        return None
    table = find_table(catalog, owned_by.table, session.search_path)
    if table is None:
        raise errors.UndefinedTable(f'relation "{written(owned_by.table)}" does not exist')
    if (table.schema_name, table.name) not in catalog.tables:
        raise errors.WrongObjectType(f'sequence cannot be owned by relation "{table.name}"')
    _check_goes_with(sequence, table)
    position = table.position_of(owned_by.column)
    if position is None:
        raise errors.UndefinedColumn(
            f'column "{owned_by.column}" of relation "{table.name}" does not exist'
        )
    return OwningColumn(table.table_id, table.columns[position].column_id)


def _check_goes_with(sequence: Sequence, table: Relation) -> None:
    if table.owner != sequence.owner:
        raise errors.ObjectNotInPrerequisiteState(
            "sequence must have same owner as table it is linked to"
        )
    if table.schema_name != sequence.schema_name:
        raise errors.ObjectNotInPrerequisiteState(
            "sequence must be in same schema as table it is linked to"
        )
