"""The sequences of SERIAL and IDENTITY columns, made with their tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from kalampg import errors
from kalampg.catalog import Catalog, CatalogEdit, names, sequence_edit
from kalampg.catalog.edit import put_sequence
from kalampg.catalog.sequence_references import default_of
from kalampg.commands.resolve import find_table
from kalampg.commands.session_seam import CommandSession
from kalampg.relation import Relation
from kalampg.sequence import OwningColumn
from kalampg.sequence import Sequence as SequenceDefinition
from kalampg.sql.sequence_names import with_oids
from kalampg.sql.statements import ColumnDefinition
from kalampg.sql.table_name import TableName

# What a column gets: its definition with the default, and its sequence if it has one of its own.
Made = tuple[ColumnDefinition, SequenceDefinition | None]


def with_sequences(
    session: CommandSession,
    catalog: Catalog,
    schema_name: str,
    table_name: str,
    columns: Iterable[ColumnDefinition],
) -> list[Made]:
    """The columns as they are made: every sequence that a default names is there, by its OID.

    Raises:
        UndefinedTable: 42P01. WrongObjectType: 42809. InvalidParameterValue: 22023.
    """
    taken = catalog.relation_names(schema_name) | {table_name}
    made: list[Made] = []
    for column in columns:
        if column.sequence is None:
            made.append((with_oids_of(session, catalog, column), None))
            continue
        name = names.sequence_name(table_name, column.name, taken)
        taken.add(name)
        sequence = sequence_edit.new_sequence(
            catalog,
            schema_name,
            name,
            session.role.name,
            column.sequence,
            of_identity=bool(column.identity),
        )
        made.append((replace(column, default=default_of(sequence)), sequence))
    return made


def with_oids_of(
    session: CommandSession, catalog: Catalog, column: ColumnDefinition
) -> ColumnDefinition:
    """The column with the sequences in its default named by OID."""
    if column.default is None:
        return column

    def oid_of(name: TableName | int) -> int:
        if isinstance(name, int):
            found = catalog.sequence_by_id(name)
        else:
            relation = find_table(catalog, name, session.search_path)
            found = None
            if relation is not None:
                found = catalog.sequences.get((relation.schema_name, relation.name))
                if found is None:
                    raise errors.WrongObjectType(f'"{relation.name}" is not a sequence')
        if found is None:
            written = name if isinstance(name, int) else name.name
            raise errors.UndefinedTable(f'relation "{written}" does not exist')
        return found.sequence_id

    return replace(column, default=with_oids(column.default, oid_of))


def add_sequences(change: CatalogEdit, relation: Relation, made: Sequence[Made]) -> CatalogEdit:
    """The change that made the columns, with their sequences."""
    for column, sequence in made:
        if sequence is None:
            continue
        position = relation.position_of(column.name)
        assert position is not None, "the column has just been made"
        owner = OwningColumn(
            relation.table_id, relation.columns[position].column_id, bool(column.identity)
        )
        change = change.then(partial(sequence_edit.add_sequence, sequence=sequence, owner=owner))
    return change


def drop_orphans(change: CatalogEdit, before: Relation, after: Relation) -> CatalogEdit:
    """The change that dropped columns, with their sequences."""
    kept = {column.column_id for column in after.columns}
    for column in before.columns:
        if column.column_id not in kept:
            change = change.then(
                partial(sequence_edit.drop_sequences_of_column, relation=before, column=column)
            )
    return change


def restart_sequences(change: CatalogEdit, relation: Relation) -> CatalogEdit:
    """TRUNCATE ... RESTART IDENTITY of one table."""
    for sequence in change.catalog.sequences_of(relation.table_id):
        change = change.then(partial(_restart, sequence=sequence))
    return change


def _restart(catalog: Catalog, sequence: SequenceDefinition) -> CatalogEdit:
    return put_sequence(catalog, sequence_edit.restarted(catalog, sequence), sequence)
