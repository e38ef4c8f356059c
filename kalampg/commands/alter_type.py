"""ALTER TABLE ... ALTER COLUMN ... TYPE: the new definition, and how rows get their new values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from kalampg import errors
from kalampg.catalog import Catalog, table_edit
from kalampg.catalog.view_dependences import dependences
from kalampg.commands.declared_types import required_type
from kalampg.commands.defaults import check_default
from kalampg.commands.session_seam import CommandSession
from kalampg.constraint import ForeignKey
from kalampg.domain import Domain
from kalampg.ids import ColumnId
from kalampg.relation import Column, Relation
from kalampg.sql.column_statements import SetType
from kalampg.sql.expression import Expression
from kalampg.sql.generation_expression import generated_from
from kalampg.sql.statements import ColumnDefinition
from kalampg.sql.type_change import bind_type_change
from kalampg.sql.type_names import type_name

_INTEGERS: Final = frozenset({20, 21, 23})


def set_type(
    action: SetType,
    session: CommandSession,
    catalog: Catalog,
    before: Relation,
    relation: Relation,
    conversions: dict[ColumnId, Expression],
) -> Relation:
    """``relation`` with the column's new type.

    Where rows need new values, ``conversions`` gets what they are over the row before.

    Raises:
        DatatypeMismatch: 42804, values or default do not become the new type by themselves.
        FeatureNotSupported: 0A000, something that depends on the column is in the way.
    """
    type_oid, typmod, domain = action.type_oid, action.typmod, None
    if action.type_name is not None:
        declared = required_type(action.type_name, catalog, session)
        if not isinstance(declared, Domain):
            raise errors.FeatureNotSupported(
                "changing a column's type to an enumerated type is not supported",
                hint="Add a column of the type, and UPDATE it from the other one.",
            )
        type_oid, typmod, domain = declared.base_oid, declared.typmod, declared.oid
    old = relation.columns[table_edit.required_position(relation, action.name)]
    new = replace(old, type_oid=type_oid, typmod=typmod, domain=domain)
    kept = next((one for one in before.columns if one.column_id == old.column_id), None)
    if kept is None:
        raise errors.FeatureNotSupported(
            f'column "{old.name}" is added and altered by one statement',
            hint="Add it with its final type.",
        )
    _check_dependents(catalog, before, relation, kept)
    value = bind_type_change(before, kept, new, action.using, session.time_zone)
    is_checked = domain is not None and domain != old.domain
    if not new.keeps_values_of(old) or action.using is not None or is_checked:
        conversions[old.column_id] = value
    return table_edit.set_type(relation, action.name, new)


def check_retyped(
    session: CommandSession,
    before: Relation,
    after: Relation,
    conversions: Mapping[ColumnId, Expression],
) -> None:
    """Check what depends on the outcome of all actions.

    Raises:
        DatatypeMismatch: 42804, a new type cannot take its column's default.
        FeatureNotSupported: 0A000, the same statement adds constraints.
    """
    types = {column.column_id: (column.type_oid, column.typmod) for column in before.columns}
    for column in after.columns:
        if types.get(column.column_id) not in (None, (column.type_oid, column.typmod)):
            _check_default(session, column)
    known = {one.oid for one in (*before.constraints, *before.indexes)}
    if conversions and any(one.oid not in known for one in (*after.constraints, *after.indexes)):
        raise errors.FeatureNotSupported(
            "ALTER COLUMN TYPE and new constraints cannot be in one statement",
            hint="Add the constraint by a statement of its own.",
        )


def _check_default(session: CommandSession, column: Column) -> None:
    if column.identity:
        if column.type_oid not in _INTEGERS:
            raise errors.InvalidParameterValue(
                "identity column type must be smallint, integer, or bigint"
            )
        return
    definition = ColumnDefinition(
        column.name, column.type_oid, column.typmod, default=column.default
    )
    try:
        check_default(session, definition)
    except errors.PgError:
        raise errors.DatatypeMismatch(
            f'default for column "{column.name}" cannot be cast automatically '
            f"to type {type_name(column.type_oid)}"
        ) from None


def _check_dependents(
    catalog: Catalog, before: Relation, relation: Relation, column: Column
) -> None:
    if column.generated is not None:
        raise errors.FeatureNotSupported(
            f'cannot alter type of generated column "{column.name}"',
            hint="Drop the column, and create a new table with it and the other columns.",
        )
    for generated in generated_from(relation, column.name):
        raise errors.FeatureNotSupported(
            "cannot alter type of a column used by a generated column",
            detail=f'Column "{column.name}" is used by generated column "{generated.name}".',
        )
    found = dependences(catalog, [before], column.column_id)
    if found:
        raise errors.FeatureNotSupported(
            "cannot alter type of a column used by a view or rule",
            detail=f'rule _RETURN on view {found[0].view.name} depends on column "{column.name}"',
        )
    for table_id in (before.table_id, *before.referenced_by):
        table = relation if table_id == before.table_id else catalog.table_by_id(table_id)
        for constraint in () if table is None else table.constraints:
            if isinstance(constraint, ForeignKey) and _is_in(
                constraint, before, table_id == before.table_id, column
            ):
                raise errors.FeatureNotSupported(
                    f'cannot alter type of a column used by foreign key "{constraint.name}"',
                    hint="Drop the constraint first, and add it again afterwards.",
                )


def _is_in(key: ForeignKey, table: Relation, is_own: bool, column: Column) -> bool:
    refers = key.referenced_table == table.table_id and column.column_id in key.referenced_columns
    return refers or (is_own and column.column_id in key.columns)
