"""CREATE TABLE (LIKE ...): the statement with the other table's columns written out."""

from __future__ import annotations

from dataclasses import replace

from kalampg import errors
from kalampg.catalog import Catalog
from kalampg.catalog.pg_catalog.declared import declared_columns, declared_key
from kalampg.commands.resolve import required_table
from kalampg.commands.session_seam import CommandSession
from kalampg.constraint import CheckConstraint
from kalampg.relation import Column, Relation
from kalampg.sequence import Sequence
from kalampg.sql.constraint_statements import (
    CheckDefinition,
    ConstraintDefinition,
    UniqueDefinition,
)
from kalampg.sql.key_types import check_key_type
from kalampg.sql.like_clause import LikeClause
from kalampg.sql.sequence_statements import SequenceOptions
from kalampg.sql.statements import ColumnDefinition, CreateTable


def written_out(statement: CreateTable, catalog: Catalog, session: CommandSession) -> CreateTable:
    """The statement without LIKE clauses.

    Raises:
        UndefinedTable: 42P01. DuplicateColumn: 42701.
        InvalidTableDefinition: 42P16, there would be two primary keys.
    """
    if not statement.likes:
        return statement
    columns: list[ColumnDefinition] = []
    done = 0
    for like in statement.likes:
        columns += statement.columns[done : like.place]
        done = like.place
        source = required_table(catalog, like.table, session.search_path)
        columns += [_column(catalog, source, column, like) for column in declared_columns(source)]
        statement = _with_keys(statement, source, like)
    columns += statement.columns[done:]
    names = [column.name for column in columns]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise errors.DuplicateColumn(f'column "{name}" specified more than once')
    for column in columns:
        if column.name in statement.primary_key:
            check_key_type(column.name, column.type_oid, "primary key")
    return replace(statement, columns=tuple(columns), likes=())


def _column(
    catalog: Catalog, source: Relation, column: Column, like: LikeClause
) -> ColumnDefinition:
    definition = ColumnDefinition(
        column.name, column.type_oid, column.typmod, column.not_null, domain=column.domain
    )
    if column.identity:
        if "identity" not in like.including:
            return definition
        sequence = _sequence_of(catalog, source, column)
        return replace(definition, identity=column.identity, sequence=_options(sequence))
    if column.generated is not None and "generated" in like.including:
        return replace(definition, generated=column.generated)
    if "defaults" in like.including:
        return replace(definition, default=column.default)
    return definition


def _sequence_of(catalog: Catalog, source: Relation, column: Column) -> Sequence:
    for sequence in catalog.sequences_of(source.table_id):
        owner = sequence.owned_by
        if owner is not None and owner.column_id == column.column_id:
            return sequence
    raise errors.InternalError(f'identity column "{column.name}" has no sequence')


def _options(sequence: Sequence) -> SequenceOptions:
    return SequenceOptions(
        type_oid=sequence.type_oid,
        increment=sequence.increment,
        minimum=sequence.minimum,
        maximum=sequence.maximum,
        start=sequence.start,
        cache=sequence.cache,
        cycles=sequence.cycles,
    )


def _with_keys(statement: CreateTable, source: Relation, like: LikeClause) -> CreateTable:
    """The statement with the keys and CHECK constraints that come along."""
    constraints: list[ConstraintDefinition] = []
    if "constraints" in like.including:
        constraints += [
            CheckDefinition(one.name, one.expression, 1)
            for one in source.constraints
            if isinstance(one, CheckConstraint)
        ]
    if "indexes" in like.including:
        for index in source.indexes:
            if not index.is_unique or not index.is_plain:
                continue
            names = tuple(
                source.columns[source.position_of_id(column)].name for column in index.columns
            )
            constraints.append(UniqueDefinition(None, names, index.nulls_not_distinct))
        key = tuple(column.name for column in declared_key(source))
        if key and statement.primary_key:
            raise errors.InvalidTableDefinition(
                f'multiple primary keys for table "{statement.table.name}" are not allowed'
            )
        statement = replace(statement, primary_key=key or statement.primary_key)
    return replace(statement, constraints=(*statement.constraints, *constraints))
