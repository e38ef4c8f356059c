"""ALTER TABLE: adding, dropping, renaming and validating constraints, and what DROP COLUMN takes.

Foreign keys of other tables that go with CASCADE are collected in ``Dependents``, because ALTER
TABLE makes its edit of one table at its end.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TypeAlias

from kalampg import errors
from kalampg.catalog import Catalog, CatalogEdit, table_edit
from kalampg.catalog.constraint_edit import (
    constraint_named,
    constraint_names,
    renamed,
    validated,
    without,
)
from kalampg.catalog.foreign_key_edit import unique_columns
from kalampg.commands.constraints import with_constraints
from kalampg.commands.drop_dependents import Dependent, keys_to_columns, refuse_or_tell
from kalampg.commands.session_seam import CommandSession
from kalampg.constraint import CheckConstraint, ForeignKey, Index
from kalampg.relation import Relation
from kalampg.sql.constraint_statements import (
    AddConstraint,
    AlterConstraint,
    DropConstraint,
    RenameConstraint,
    ValidateConstraint,
)
from kalampg.sql.statements import DropColumn

Dependents: TypeAlias = list[Dependent]
ConstraintAction: TypeAlias = (
    AddConstraint | AlterConstraint | DropConstraint | RenameConstraint | ValidateConstraint
)


async def alter_constraint(
    action: ConstraintAction,
    session: CommandSession,
    catalog: Catalog,
    relation: Relation,
    dependents: Dependents,
) -> Relation:
    """``relation`` after one action; the rows are looked at when the edit is made."""
    match action:
        case AlterConstraint():
            return _alter_deferral(action, relation)
        case AddConstraint(constraint):
            return with_constraints(catalog, relation, [constraint], session)
        case DropConstraint():
            return _drop_constraint(action, session, catalog, relation, dependents)
        case RenameConstraint():
            return _rename_constraint(action, catalog, relation)
        case ValidateConstraint():
            return await _validate_constraint(action, session, catalog, relation)


def _drop_constraint(
    action: DropConstraint,
    session: CommandSession,
    catalog: Catalog,
    relation: Relation,
    dependents: Dependents,
) -> Relation:
    if action.if_exists and action.name not in constraint_names(relation):
        session.notice(
            f'constraint "{action.name}" of relation "{relation.name}" does not exist, skipping'
        )
        return relation
    if action.name == relation.primary_key_name:
        raise errors.FeatureNotSupported(
            "the primary key of a table cannot be dropped",
            hint="Create a new table with another key, and copy the rows with INSERT ... SELECT.",
        )
    found = constraint_named(relation, action.name)
    if not isinstance(found, Index):
        return without(relation, [found])
    keys = keys_to_columns(catalog, relation, found.columns)
    described = f"constraint {found.name} on table {relation.name}"
    refuse_or_tell(keys, described, f"index {found.name}", session, cascade=action.cascade)
    own = _collect(keys, relation, dependents)
    return without(relation, [found, *own])


def _alter_deferral(action: AlterConstraint, relation: Relation) -> Relation:
    if action.name == relation.primary_key_name:
        raise _not_foreign(action, relation)
    found = constraint_named(relation, action.name)
    if not isinstance(found, ForeignKey):
        raise _not_foreign(action, relation)
    changed = replace(found, is_deferrable=action.is_deferrable, is_deferred=action.is_deferred)
    return replace(
        relation,
        constraints=tuple(changed if one is found else one for one in relation.constraints),
    )


def _not_foreign(action: AlterConstraint, relation: Relation) -> errors.WrongObjectType:
    return errors.WrongObjectType(
        f'constraint "{action.name}" of relation "{relation.name}" is not a foreign key constraint'
    )


def _rename_constraint(action: RenameConstraint, catalog: Catalog, relation: Relation) -> Relation:
    if action.name == relation.primary_key_name:
        taken = catalog.relation_names(relation.schema_name)
        if action.new_name in taken:
            raise errors.DuplicateTable(f'relation "{action.new_name}" already exists')
        return replace(relation, primary_key_name=action.new_name)
    if action.name not in constraint_names(relation):
        raise errors.UndefinedObject(
            f'constraint "{action.name}" for table "{relation.name}" does not exist'
        )
    found = constraint_named(relation, action.name)
    return renamed(catalog, relation, found, action.new_name)


async def _validate_constraint(
    action: ValidateConstraint, session: CommandSession, catalog: Catalog, relation: Relation
) -> Relation:
    """The rows are those of the table as it was before the statement."""
    found = constraint_named(relation, action.name)
    if isinstance(found, Index):
        raise errors.WrongObjectType(
            f'constraint "{action.name}" of relation "{relation.name}" is not a foreign key '
            "or check constraint"
        )
    if found.is_validated:
        return relation
    await session.constraints.lock_table(relation)
    if isinstance(found, CheckConstraint):
        await session.constraints.check_rows(relation, found)
    else:
        referenced = catalog.table_by_id(found.referenced_table)
        assert referenced is not None, "what is referred to is there"
        await session.constraints.lock_table(referenced)
        await session.constraints.check_references(relation, found, referenced)
    return validated(relation, found)


def drop_column(
    action: DropColumn,
    session: CommandSession,
    catalog: Catalog,
    relation: Relation,
    dependents: Dependents,
) -> Relation:
    position = relation.position_of(action.name)
    if action.if_exists and position is None:
        session.notice(
            f'column "{action.name}" of relation "{relation.name}" does not exist, skipping'
        )
        return relation
    if position is not None and position not in relation.primary_key:
        column_id = relation.columns[position].column_id
        keys = [
            dependent
            for _, columns in unique_columns(relation)
            if column_id in columns
            for dependent in keys_to_columns(catalog, relation, columns)
            if column_id not in _own_columns(dependent, relation)
        ]
        described = f"column {action.name} of table {relation.name}"
        refuse_or_tell(keys, described, described, session, cascade=action.cascade)
        relation = without(relation, _collect(keys, relation, dependents))
    return table_edit.drop_column(relation, action.name)


def without_keys(change: CatalogEdit, dependents: Dependents) -> CatalogEdit:
    """The edit, and these foreign keys of other tables dropped."""
    for table, key in dependents:
        change = change.then(partial(_without_key, name=(table.schema_name, table.name), key=key))
    return change


def _without_key(catalog: Catalog, name: tuple[str, str], key: ForeignKey) -> CatalogEdit:
    table = catalog.tables[name]
    return table_edit.alter_table(catalog, table, without(table, [key]))


def _collect(keys: Dependents, relation: Relation, dependents: Dependents) -> list[ForeignKey]:
    """Leave the keys of other tables for later; the table's own are returned."""
    dependents += [one for one in keys if one[0].table_id != relation.table_id]
    return [key for table, key in keys if table.table_id == relation.table_id]


def _own_columns(dependent: Dependent, relation: Relation) -> tuple[int, ...]:
    """The columns of a key of the table itself: it goes with any of them, without being asked."""
    table, key = dependent
    return key.columns if table.table_id == relation.table_id else ()
