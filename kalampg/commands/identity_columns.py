"""ALTER COLUMN ... ADD GENERATED AS IDENTITY, SET GENERATED and DROP IDENTITY."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from kalampg import errors
from kalampg.catalog import Catalog, CatalogEdit, edit, sequence_edit, table_edit
from kalampg.commands.column_sequences import Made, with_sequences
from kalampg.commands.session_seam import CommandSession
from kalampg.relation import Column, Relation
from kalampg.sequence import Sequence as SequenceDefinition
from kalampg.sql.column_statements import AddIdentity, DropIdentity, IdentityAction, SetIdentity
from kalampg.sql.statements import AlterAction, ColumnDefinition


def change_identity(
    action: IdentityAction,
    session: CommandSession,
    catalog: Catalog,
    relation: Relation,
    made: list[Made],
) -> Relation:
    """The relation with the column as it will be; its sequence follows in ``with_identities``.

    Raises:
        ObjectNotInPrerequisiteState: 55000, the column is no identity column, or may not be one.
    """
    position = table_edit.required_position(relation, action.name)
    column = relation.columns[position]
    described = f'column "{action.name}" of relation "{relation.name}"'
    match action:
        case AddIdentity():
            _check_may_be_identity(column, described)
            definition = ColumnDefinition(
                column.name,
                column.type_oid,
                not_null=True,
                sequence=replace(action.options, type_oid=column.type_oid),
                identity=action.identity,
            )
            made += with_sequences(
                session, catalog, relation.schema_name, relation.name, [definition]
            )
            after = replace(column, default=made[-1][0].default, identity=action.identity)
        case _ if not column.identity:
            message = f"{described} is not an identity column"
            if not (isinstance(action, DropIdentity) and action.if_exists):
                raise errors.ObjectNotInPrerequisiteState(message)
            session.notice(f"{message}, skipping")
            return relation
        case SetIdentity():
            after = replace(column, identity=action.identity or column.identity)
        case _:
            after = replace(column, default=None, identity="")
    return table_edit.with_column(relation, position, after)


def with_identities(
    change: CatalogEdit,
    before: Relation,
    actions: Sequence[AlterAction],
    session: CommandSession,
) -> CatalogEdit:
    """The change with the sequences of the identity columns that were altered or dropped."""
    for action in actions:
        if not isinstance(action, (SetIdentity, DropIdentity)):
            continue
        position = before.position_of(action.name)
        column = None if position is None else before.columns[position]
        if column is None or not column.identity:
            continue
        sequence = _sequence_of(change.catalog, before, column)
        if isinstance(action, DropIdentity):
            change = change.then(partial(edit.drop_sequence, sequence=sequence))
            continue
        after = sequence_edit.altered(
            change.catalog, sequence, action.options, session.last_of_sequence(sequence)
        )
        change = change.then(partial(edit.put_sequence, sequence=after, before=sequence))
    return change


def _check_may_be_identity(column: Column, described: str) -> None:
    sequence_edit.check_type(column.type_oid, of_identity=True)
    if not column.not_null:
        raise errors.ObjectNotInPrerequisiteState(
            f"{described} must be declared NOT NULL before identity can be added"
        )
    if column.identity:
        raise errors.ObjectNotInPrerequisiteState(f"{described} is already an identity column")
    if column.default is not None:
        raise errors.ObjectNotInPrerequisiteState(f"{described} already has a default value")


def _sequence_of(catalog: Catalog, table: Relation, column: Column) -> SequenceDefinition:
    for sequence in catalog.sequences_of(table.table_id):
        owner = sequence.owned_by
        if owner is not None and owner.column_id == column.column_id and owner.is_identity:
            return sequence
    raise errors.InternalError(f'identity column "{column.name}" has no sequence')
