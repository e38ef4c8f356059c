"""Constraints and indexes put on a table and taken off it, as definitions only.

Each function gives the relation that will be; what the rows say to it is the command's and the
engine's business. ``table_edit`` makes an edit of it and keeps ``referenced_by`` of other tables.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from kalampg import errors
from kalampg.catalog import names
from kalampg.catalog.catalog import Catalog
from kalampg.catalog.constraint_names import chosen_name
from kalampg.constraint import EXPRESSION, CheckConstraint, Constraint, Index, RowExpression
from kalampg.ids import ColumnId
from kalampg.relation import Column, Relation
from kalampg.sql.check_expression import plainly_named
from kalampg.sql.constraint_statements import (
    CheckDefinition,
    CreateIndex,
    IndexColumn,
    IndexConstraintDefinition,
    UniqueDefinition,
)
from kalampg.sql.index_expression import KEY, PREDICATE, bind_part
from kalampg.sql.key_types import check_key_type

_INDEX_COLUMNS_MAX: Final = 32  # PostgreSQL's INDEX_MAX_KEYS


def add_check(
    catalog: Catalog,
    relation: Relation,
    definition: CheckDefinition,
    columns: Sequence[ColumnId],
    time_zone: str,
) -> Relation:
    """``columns`` are those that the expression reads.

    Raises:
        DuplicateObject: 42710, the name is taken.
    """
    taken = constraint_names(relation)
    used = [relation.columns[relation.position_of_id(column)].name for column in columns]
    if definition.name is None:
        one = used if len(used) == 1 else []
        name = chosen_name(relation.name, one, "check", taken | constraints_in(catalog, relation))
    else:
        name = new_constraint_name(relation, definition.name, taken)
    check = CheckConstraint(
        catalog.numbers.allocate_oid(),
        name,
        definition.expression,
        tuple(columns),
        time_zone,
        definition.is_validated,
        definition.no_inherit,
    )
    return replace(relation, constraints=(*relation.constraints, check))


def add_unique(catalog: Catalog, relation: Relation, definition: UniqueDefinition) -> Relation:
    """Raises UndefinedColumn, DuplicateColumn, DuplicateTable, and what ``check_key_type`` does."""
    columns = _named_columns(relation, definition.columns, "unique constraint")
    taken = _relation_names(catalog, relation)
    if definition.name is None:
        name = chosen_name(relation.name, definition.columns, "key", taken)
    else:
        name = _new_relation_name(definition.name, taken)
    index = Index(
        oid=catalog.numbers.allocate_oid(),
        name=name,
        columns=columns,
        is_unique=True,
        nulls_not_distinct=definition.nulls_not_distinct,
        constraint_oid=catalog.numbers.allocate_oid(),
        descending=(False,) * len(columns),
        nulls_first=(False,) * len(columns),
        included=_included_columns(relation, definition.included),
        is_deferrable=definition.is_deferrable,
        is_deferred=definition.is_deferred,
    )
    return replace(relation, indexes=(*relation.indexes, index))


def make_constraint(
    catalog: Catalog, relation: Relation, definition: IndexConstraintDefinition
) -> Relation:
    """UNIQUE USING INDEX: the index becomes the constraint's and has its name.

    Raises:
        UndefinedObject: 42704. WrongObjectType: 42809. ObjectNotInPrerequisiteState: 55000.
        FeatureNotSupported: 0A000, its entries would have to be made anew.
    """
    found = next((one for one in relation.indexes if one.name == definition.index), None)
    if found is None:
        raise errors.UndefinedObject(f'index "{definition.index}" does not exist')
    if found.constraint_oid is not None:
        raise errors.ObjectNotInPrerequisiteState(
            f'index "{found.name}" is already associated with a constraint'
        )
    for is_wrong, what in (
        (not found.is_unique, "is not a unique index"),
        (bool(found.expressions), "contains expressions"),
        (found.predicate is not None, "is a partial index"),
    ):
        if is_wrong:
            subject = "index " if found.expressions and what == "contains expressions" else ""
            raise errors.WrongObjectType(
                f'{subject}"{found.name}" {what}',
                detail="Cannot create a primary key or unique constraint using such an index.",
            )
    if definition.is_deferrable:
        raise errors.FeatureNotSupported(
            "an index cannot become a deferrable constraint's",
            hint="Drop the index, and add the constraint with its columns.",
        )
    if definition.name not in {None, found.name}:
        relation = renamed(catalog, relation, found, definition.name or found.name)
        found = next(one for one in relation.indexes if one.oid == found.oid)
    made = replace(found, constraint_oid=catalog.numbers.allocate_oid())
    return replace(
        relation, indexes=tuple(made if one is found else one for one in relation.indexes)
    )


def add_index(catalog: Catalog, relation: Relation, statement: CreateIndex) -> Relation:
    """CREATE INDEX; raises as ``add_unique``."""
    columns, expressions = _index_columns(relation, statement.columns)
    taken = _relation_names(catalog, relation)
    if statement.name is None:
        column_names = [*_new_names(statement.columns), *statement.included]
        name = chosen_name(relation.name, column_names, "idx", taken)
    else:
        name = _new_relation_name(statement.name, taken)
    index = Index(
        oid=catalog.numbers.allocate_oid(),
        name=name,
        columns=columns,
        is_unique=statement.is_unique,
        nulls_not_distinct=statement.nulls_not_distinct,
        descending=tuple(column.is_descending for column in statement.columns),
        nulls_first=tuple(column.nulls_first for column in statement.columns),
        expressions=expressions,
        predicate=_predicate(relation, statement),
        included=_included_columns(relation, statement.included),
    )
    return replace(relation, indexes=(*relation.indexes, index))


def constraint_names(relation: Relation) -> set[str]:
    """Names of all constraints of the table, those of unique indexes and the key too."""
    found = {constraint.name for constraint in relation.constraints}
    found |= {index.name for index in relation.indexes if index.constraint_oid is not None}
    return found | {relation.primary_key_name}


def constraint_named(relation: Relation, name: str) -> Constraint | Index:
    """Raises UndefinedObject (42704)."""
    for constraint in relation.constraints:
        if constraint.name == name:
            return constraint
    for index in relation.indexes:
        if index.name == name and index.constraint_oid is not None:
            return index
    raise errors.UndefinedObject(
        f'constraint "{name}" of relation "{relation.name}" does not exist'
    )


def without(relation: Relation, gone: Iterable[Constraint | Index]) -> Relation:
    """The relation without these."""
    oids = {one.oid for one in gone}
    return replace(
        relation,
        constraints=tuple(one for one in relation.constraints if one.oid not in oids),
        indexes=tuple(one for one in relation.indexes if one.oid not in oids),
    )


def without_column(relation: Relation, column_id: ColumnId) -> Relation:
    """The relation without the constraints and indexes that have the column, as it is dropped."""
    gone: list[Constraint | Index] = [
        one for one in relation.constraints if column_id in one.columns
    ]
    gone += [one for one in relation.indexes if column_id in {*one.read_columns, *one.included}]
    return without(relation, gone)


def with_renamed_column(relation: Relation, position: int, new_name: str) -> Relation:
    """The relation whose expressions call the column by its new name already."""
    column_id = relation.columns[position].column_id

    def renamed_in(one: RowExpression) -> RowExpression:
        if column_id not in one.columns:
            return one
        return replace(one, text=plainly_named(one.text, relation, {position: new_name}))

    return replace(
        relation,
        constraints=tuple(
            replace(one, expression=plainly_named(one.expression, relation, {position: new_name}))
            if isinstance(one, CheckConstraint) and column_id in one.columns
            else one
            for one in relation.constraints
        ),
        indexes=tuple(
            one
            if one.is_plain
            else replace(
                one,
                expressions=tuple(renamed_in(each) for each in one.expressions),
                predicate=None if one.predicate is None else renamed_in(one.predicate),
            )
            for one in relation.indexes
        ),
    )


def renamed(
    catalog: Catalog, relation: Relation, found: Constraint | Index, new_name: str
) -> Relation:
    """Raises DuplicateObject (42710) or, for an index, DuplicateTable (42P07)."""
    names.check_name(new_name)
    if isinstance(found, Index):
        _new_relation_name(new_name, _relation_names(catalog, relation))
        return replace(
            relation,
            indexes=tuple(
                replace(one, name=new_name) if one is found else one for one in relation.indexes
            ),
        )
    new_constraint_name(relation, new_name, constraint_names(relation))
    return replace(
        relation,
        constraints=tuple(
            replace(one, name=new_name) if one is found else one for one in relation.constraints
        ),
    )


def validated(relation: Relation, found: Constraint) -> Relation:
    """The relation whose constraint holds for all rows."""
    return replace(
        relation,
        constraints=tuple(
            replace(one, is_validated=True) if one is found else one for one in relation.constraints
        ),
    )


# --- names ---


def _relation_names(catalog: Catalog, relation: Relation) -> set[str]:
    """Names that no new index may have: it shares the namespace with tables."""
    own = {relation.name, relation.primary_key_name, *(index.name for index in relation.indexes)}
    return own | catalog.relation_names(relation.schema_name)


def constraints_in(catalog: Catalog, relation: Relation) -> set[str]:
    """A chosen name is new in the whole schema, as PostgreSQL has it."""
    tables = catalog.tables_in(relation.schema_name)
    return {name for table in tables for name in constraint_names(table)}


def _new_relation_name(name: str, taken: Collection[str]) -> str:
    names.check_name(name)
    if name in taken:
        raise errors.DuplicateTable(f'relation "{name}" already exists')
    return name


def new_constraint_name(relation: Relation, name: str, taken: Collection[str]) -> str:
    names.check_name(name)
    if name in taken:
        raise errors.DuplicateObject(
            f'constraint "{name}" for relation "{relation.name}" already exists'
        )
    return name


# --- columns ---


def _named_columns(
    relation: Relation, column_names: Sequence[str], what: str
) -> tuple[ColumnId, ...]:
    found: list[ColumnId] = []
    for name in column_names:
        position = relation.position_of(name)
        if position is None or relation.columns[position].is_hidden:
            raise errors.UndefinedColumn(f'column "{name}" named in key does not exist')
        column = relation.columns[position]
        if column.column_id in found:
            raise errors.DuplicateColumn(f'column "{name}" appears twice in {what}')
        check_key_type(column.name, column.type_oid, what)
        found.append(column.column_id)
    _check_width(found)
    return tuple(found)


def _index_columns(
    relation: Relation, columns: Sequence[IndexColumn]
) -> tuple[tuple[ColumnId, ...], tuple[RowExpression, ...]]:
    found: list[ColumnId] = []
    expressions: list[RowExpression] = []
    for column in columns:
        if column.expression is not None:
            made = _row_expression(relation, column.expression, KEY, column.position)
            check_key_type(column.name, made.type_oid, "index")
            expressions.append(made)
            found.append(EXPRESSION)
            continue
        place = _column(relation, column.name)
        check_key_type(column.name, place.type_oid, "index")
        found.append(place.column_id)
    _check_width(found)
    return tuple(found), tuple(expressions)


def _included_columns(relation: Relation, column_names: Sequence[str]) -> tuple[ColumnId, ...]:
    return tuple(_column(relation, name).column_id for name in column_names)


def _column(relation: Relation, name: str) -> Column:
    position = relation.position_of(name)
    if position is None or relation.columns[position].is_hidden:
        raise errors.UndefinedColumn(f'column "{name}" does not exist')
    return relation.columns[position]


def _new_names(columns: Sequence[IndexColumn]) -> list[str]:
    """What the name of an index has of its columns: no two expressions the same."""
    found: list[str] = []
    for column in columns:
        name, number = column.name, 0
        while name in found:
            number += 1
            name = f"{column.name}{number}"
        found.append(name)
    return found


def _predicate(relation: Relation, statement: CreateIndex) -> RowExpression | None:
    if statement.predicate is None:
        return None
    position = statement.predicate_position
    return _row_expression(relation, statement.predicate, PREDICATE, position)


def _row_expression(relation: Relation, text: str, where: str, position: int) -> RowExpression:
    try:
        bound = bind_part(text, relation, where)
    except errors.PgError as error:
        if error.position is not None:
            error.position += position - 1
        raise
    columns = tuple(relation.columns[place].column_id for place in bound.positions)
    plain = plainly_named(text, relation, {})
    return RowExpression(plain, columns, bound.expression.type_oid)


def _check_width(columns: Sequence[ColumnId]) -> None:
    if len(columns) > _INDEX_COLUMNS_MAX:
        raise errors.TooManyColumns(
            f"cannot use more than {_INDEX_COLUMNS_MAX} columns in an index"
        )
