"""Foreign keys put on a table, as definitions only: which columns refer to which.

What the rows say to it is the command's and the engine's business.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kalampg import errors
from kalampg.catalog.catalog import Catalog
from kalampg.catalog.constraint_edit import (
    constraint_names,
    constraints_in,
    new_constraint_name,
)
from kalampg.catalog.constraint_names import chosen_name
from kalampg.constraint import ForeignKey, ReferenceAction
from kalampg.ids import ColumnId, Oid, TableId
from kalampg.relation import Relation, TableType
from kalampg.sql.constraint_statements import ForeignKeyDefinition
from kalampg.sql.type_names import type_name

_CHANGES_ROWS: Final = frozenset(ReferenceAction) - {
    ReferenceAction.NO_ACTION,
    ReferenceAction.RESTRICT,
}


def add_foreign_key(
    catalog: Catalog, relation: Relation, definition: ForeignKeyDefinition, referenced: Relation
) -> Relation:
    """``referenced`` may be ``relation`` itself.

    Raises:
        InvalidForeignKey: 42830, no key of ``referenced`` has these columns.
        DatatypeMismatch: 42804, the columns cannot be compared.
        FeatureNotSupported: 0A000, rows of users would be changed or read across users.
    """
    _check_reach(relation, definition, referenced)
    columns = tuple(_referring_column(relation, name) for name in definition.columns)
    targets = _referenced_columns(referenced, definition)
    taken = constraint_names(relation)
    if definition.name is None:
        everywhere = taken | constraints_in(catalog, relation)
        name = chosen_name(relation.name, definition.columns, "fkey", everywhere)
    else:
        name = new_constraint_name(relation, definition.name, taken)
    if len(columns) != len(targets):
        raise errors.InvalidForeignKey(
            "number of referencing and referenced columns for foreign key disagree"
        )
    for column, target in zip(columns, targets, strict=True):
        _check_same_type(relation, column, referenced, target, name)
    key = ForeignKey(
        oid=catalog.numbers.allocate_oid(),
        name=name,
        columns=columns,
        referenced_table=referenced.table_id,
        referenced_columns=targets,
        on_delete=definition.on_delete,
        on_update=definition.on_update,
        set_columns=_set_columns(relation, definition),
        match=definition.match,
        is_deferrable=definition.is_deferrable,
        is_deferred=definition.is_deferred,
        is_validated=definition.is_validated,
    )
    return replace(relation, constraints=(*relation.constraints, key))


def unique_columns(relation: Relation) -> list[tuple[str, tuple[ColumnId, ...]]]:
    """What a foreign key may refer to: name and columns of the key and of each unique index."""
    key = tuple(relation.columns[position].column_id for position in relation.primary_key)
    found = [(relation.primary_key_name, key)]
    return found + [
        (index.name, index.columns) for index in relation.indexes if index.may_be_referenced
    ]


def _referring_column(relation: Relation, name: str) -> ColumnId:
    position = relation.position_of(name)
    if position is None or relation.columns[position].is_hidden:
        raise errors.UndefinedColumn(
            f'column "{name}" referenced in foreign key constraint does not exist'
        )
    return relation.columns[position].column_id


def _referenced_columns(
    referenced: Relation, definition: ForeignKeyDefinition
) -> tuple[ColumnId, ...]:
    """The columns that are referred to, which must be a key."""
    if not definition.referenced:
        columns = [referenced.columns[position] for position in referenced.primary_key]
        if not columns or any(column.is_hidden for column in columns):
            raise errors.UndefinedObject(
                f'there is no primary key for referenced table "{referenced.name}"'
            )
        return tuple(column.column_id for column in columns)
    found = [_referring_column(referenced, name) for name in definition.referenced]
    if len(set(found)) != len(found):
        raise errors.InvalidForeignKey(
            "foreign key referenced-columns list must not contain duplicates"
        )
    if not any(set(columns) == set(found) for _, columns in unique_columns(referenced)):
        for index in referenced.indexes:
            if index.is_deferrable and set(index.columns) == set(found):
                raise errors.ObjectNotInPrerequisiteState(
                    "cannot use a deferrable unique constraint for referenced table "
                    f'"{referenced.name}"'
                )
        raise errors.InvalidForeignKey(
            "there is no unique constraint matching given keys for referenced table "
            f'"{referenced.name}"'
        )
    return tuple(found)


def _set_columns(relation: Relation, definition: ForeignKeyDefinition) -> tuple[ColumnId, ...]:
    for name in definition.set_columns:
        if name not in definition.columns:
            raise errors.InvalidColumnReference(
                f'column "{name}" referenced in ON DELETE SET action must be part of foreign key'
            )
    return tuple(_referring_column(relation, name) for name in definition.set_columns)


def _check_same_type(
    relation: Relation, column: ColumnId, referenced: Relation, target: ColumnId, name: str
) -> None:
    """A value is looked up by its key: both columns must have one way to write it."""
    own = relation.columns[relation.position_of_id(column)]
    other = referenced.columns[referenced.position_of_id(target)]
    if _family(own.type_oid) == _family(other.type_oid):
        return
    if {own.type_oid, other.type_oid} <= _NUMBERS:
        raise errors.FeatureNotSupported(
            f'foreign key constraint "{name}" between columns of types '
            f"{type_name(own.type_oid)} and {type_name(other.type_oid)} is not supported",
            hint="Give both columns the same type.",
        )
    raise errors.DatatypeMismatch(
        f'foreign key constraint "{name}" cannot be implemented',
        detail=f'Key columns "{own.name}" and "{other.name}" are of incompatible types: '
        f"{type_name(own.type_oid)} and {type_name(other.type_oid)}.",
    )


_INTEGERS: Final = frozenset({20, 21, 23})
_TEXTS: Final = frozenset({25, 1043})
_NUMBERS: Final = _INTEGERS | {700, 701, 1700}


def _family(type_oid: Oid) -> int:
    """Types whose values are the same datums share a number."""
    if type_oid in _INTEGERS:
        return 20
    return 25 if type_oid in _TEXTS else type_oid


def _check_reach(
    relation: Relation, definition: ForeignKeyDefinition, referenced: Relation
) -> None:
    if referenced.options.retention is not None:
        raise errors.FeatureNotSupported(
            f'rows of "{referenced.name}" go by age: a foreign key cannot reference it',
            hint="Keep its rows, or delete old ones with DELETE, which looks at referring rows.",
        )
    if referenced.table_type is TableType.SYSTEM:
        raise errors.WrongObjectType(f'referenced relation "{referenced.name}" is not a table')
    if relation.table_type is referenced.table_type:
        return
    if relation.table_type is TableType.SHARED:
        raise errors.FeatureNotSupported(
            f'shared table "{relation.name}" cannot reference user table "{referenced.name}"',
            detail="A user table has rows of its own for each user.",
            hint="Make both user tables or both shared tables.",
        )
    if {definition.on_delete, definition.on_update} & _CHANGES_ROWS:
        raise errors.FeatureNotSupported(
            "a foreign key of a user table cannot change rows when a shared row changes",
            detail="Whoever changes the shared row would change rows of all users.",
            hint="Use ON DELETE NO ACTION or RESTRICT, and let each user change their own rows.",
        )


def referring_keys(catalog: Catalog, table_id: TableId) -> list[tuple[Relation, ForeignKey]]:
    """The foreign keys that refer to a table, with their tables."""
    referenced = catalog.table_by_id(table_id)
    found: list[tuple[Relation, ForeignKey]] = []
    for referring_id in () if referenced is None else referenced.referenced_by:
        table = catalog.table_by_id(referring_id)
        if table is not None:
            found += [
                (table, one)
                for one in table.constraints
                if isinstance(one, ForeignKey) and one.referenced_table == table_id
            ]
    return found
