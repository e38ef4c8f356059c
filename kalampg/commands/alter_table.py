"""ALTER TABLE: all actions take effect together, or none does."""

from __future__ import annotations

from typing import Final, assert_never

from kalampg import errors
from kalampg.auth import check_owner
from kalampg.catalog import Catalog, CatalogEdit, table_edit
from kalampg.catalog.storage_edit import required_storage
from kalampg.commands.alter_constraints import (
    Dependents,
    alter_constraint,
    drop_column,
    without_keys,
)
from kalampg.commands.alter_type import check_retyped, set_type
from kalampg.commands.cold_life import check_purgeable
from kalampg.commands.column_sequences import (
    Made,
    add_sequences,
    drop_orphans,
    with_oids_of,
    with_sequences,
)
from kalampg.commands.constraints import (
    dropping_entries,
    lock_referenced,
    make_true,
    with_constraints,
)
from kalampg.commands.create_table import new_column
from kalampg.commands.declared_types import with_named_type
from kalampg.commands.defaults import (
    check_default,
    is_volatile,
    value_for_existing_rows,
    with_domain_default,
)
from kalampg.commands.generated_columns import (
    drop_expression,
    drop_generated,
    with_generated,
)
from kalampg.commands.identity_columns import change_identity, with_identities
from kalampg.commands.move import with_move
from kalampg.commands.resolve import find_table, refuse_temporary, required_table
from kalampg.commands.session_seam import CommandSession
from kalampg.commands.views import alter_view, drop_views_of_column
from kalampg.engine.domain_rules import domain_rule
from kalampg.engine.result import ExecutionResult
from kalampg.ids import ColumnId
from kalampg.relation import Column, Datum, Relation
from kalampg.sql.column_statements import (
    AddIdentity,
    DropExpression,
    DropIdentity,
    IdentityAction,
    SetDefault,
    SetIdentity,
    SetNotNull,
    SetType,
)
from kalampg.sql.constraint_statements import (
    AddConstraint,
    AlterConstraint,
    DropConstraint,
    RenameConstraint,
    ValidateConstraint,
)
from kalampg.sql.expression import Expression
from kalampg.sql.generation_expression import bind_generation
from kalampg.sql.statements import (
    AddColumn,
    AlterAction,
    AlterTable,
    ColumnDefinition,
    DropColumn,
    RenameColumn,
    RenameTable,
    SetAccessLevel,
    SetFlush,
)
from kalampg.sql.storage_statements import SetRetention, SetSharding, SetStorage
from kalampg.sql.view_statements import AlterView

_ABOUT_STORAGE: Final = (SetAccessLevel, SetFlush, SetRetention, SetSharding, SetStorage)


async def alter_table(statement: AlterTable, session: CommandSession) -> ExecutionResult:
    catalog = await session.lock_catalog()
    if statement.if_exists and find_table(catalog, statement.table, session.search_path) is None:
        session.notice(f'relation "{statement.table.name}" does not exist, skipping')
        return ExecutionResult("ALTER TABLE")
    before = required_table(catalog, statement.table, session.search_path)
    of_view = _of_view(statement, before)
    if of_view is not None:
        await alter_view(of_view, session)
        return ExecutionResult("ALTER TABLE")
    check_owner(session.role, before)
    if any(isinstance(action, _ABOUT_STORAGE) for action in statement.actions):
        refuse_temporary(before)
    after = before
    made: list[Made] = []
    dependents: Dependents = []
    conversions: dict[ColumnId, Expression] = {}
    for action in statement.actions:
        after = await _after(action, session, catalog, before, after, made, dependents, conversions)
    check_retyped(session, before, after, conversions)
    await lock_referenced(catalog, before, after, session)
    change = CatalogEdit(catalog)
    for action in statement.actions:
        if isinstance(action, DropColumn) and before.position_of(action.name) is not None:
            change = drop_views_of_column(
                change, before, action.name, session, cascade=action.cascade
            )
    change = change.then(lambda current: table_edit.alter_table(current, before, after))
    await make_true(change, before, session)
    change = with_identities(change, before, statement.actions, session)
    change = add_sequences(drop_orphans(change, before, after), after, made)
    edit = await dropping_entries(without_keys(change, dependents), catalog, session)
    if any(isinstance(action, SetStorage) and action.is_move for action in statement.actions):
        edit = with_move(edit, after, session)
    session.apply(edit)
    if conversions:
        await session.rewrite(before, conversions)
    return ExecutionResult("ALTER TABLE")


def _of_view(statement: AlterTable, relation: Relation) -> AlterView | None:
    """What ALTER TABLE may do to a view: rename it, or a column."""
    if relation.view is None or len(statement.actions) != 1:
        return None
    match statement.actions[0]:
        case RenameTable(new_name):
            return AlterView(statement.table, new_name=new_name)
        case RenameColumn(name, new_name):
            return AlterView(statement.table, column=name, new_column=new_name)
        case _:
            return None


async def _after(
    action: AlterAction,
    session: CommandSession,
    catalog: Catalog,
    before: Relation,
    relation: Relation,
    made: list[Made],
    dependents: Dependents,
    conversions: dict[ColumnId, Expression],
) -> Relation:
    """``relation`` (``before`` and the actions so far) after one more action."""
    match action:
        case AddColumn():
            added = await _add_column(action, session, catalog, before, relation, made, conversions)
            is_new = added is not relation
            constraints = action.constraints if is_new else ()
            return with_constraints(catalog, added, constraints, session)
        case DropColumn():
            relation = drop_generated(action, session, relation)
            return drop_column(action, session, catalog, relation, dependents)
        case RenameColumn(name, new_name):
            return table_edit.rename_column(relation, name, new_name)
        case SetDefault():
            return _set_default(action, session, catalog, relation)
        case SetNotNull():
            return await _set_not_null(action, session, before, relation)
        case SetType():
            return set_type(action, session, catalog, before, relation, conversions)
        case DropExpression() | AddIdentity() | SetIdentity() | DropIdentity():
            return _with_source(action, session, catalog, relation, made)
        case RenameTable(new_name):
            return table_edit.rename_table(relation, new_name)
        case (
            AddConstraint()
            | AlterConstraint()
            | DropConstraint()
            | RenameConstraint()
            | ValidateConstraint()
        ):
            return await alter_constraint(action, session, catalog, relation, dependents)
        case _:
            return _with_option(action, catalog, relation)


def _with_source(
    action: DropExpression | IdentityAction,
    session: CommandSession,
    catalog: Catalog,
    relation: Relation,
    made: list[Made],
) -> Relation:
    """Where the values of a column come from, when nobody writes it."""
    if isinstance(action, DropExpression):
        return drop_expression(action, session, relation)
    return change_identity(action, session, catalog, relation, made)


def _with_option(
    action: SetStorage | SetFlush | SetRetention | SetAccessLevel | SetSharding,
    catalog: Catalog,
    relation: Relation,
) -> Relation:
    match action:
        case SetStorage(storage_id, _):
            required_storage(catalog, storage_id)
            return table_edit.set_storage(relation, storage_id)
        case SetFlush():
            return table_edit.set_flush(
                relation, action.row_threshold, action.interval_seconds, is_off=action.is_off
            )
        case SetRetention(age):
            if age is not None:
                check_purgeable(relation)
            return table_edit.set_retention(relation, age)
        case SetAccessLevel(access_level):
            return table_edit.set_access_level(relation, access_level)
        case SetSharding(strategy):
            return table_edit.set_sharding(relation, strategy)
        case _:
            assert_never(action)


def _column(relation: Relation, name: str) -> Column:
    return relation.columns[table_edit.required_position(relation, name)]


async def _add_column(
    action: AddColumn,
    session: CommandSession,
    catalog: Catalog,
    before: Relation,
    relation: Relation,
    made: list[Made],
    conversions: dict[ColumnId, Expression],
) -> Relation:
    column = action.column
    if action.if_not_exists and relation.position_of(column.name) is not None:
        session.notice(
            f'column "{column.name}" of relation "{relation.name}" already exists, skipping',
            sqlstate=errors.DuplicateColumn.sqlstate,
        )
        return relation
    column = with_named_type(column, catalog, session)
    made += with_sequences(session, catalog, relation.schema_name, relation.name, [column])
    column = made[-1][0]
    check_default(session, column)
    given = with_domain_default(column, catalog)
    rule = None if column.domain is None else domain_rule(catalog, column.domain)
    if column.generated is not None or given.default is not None or column.not_null or rule:
        # What rows have in the column depends on whether there are any: none may come meanwhile.
        await session.constraints.lock_table(before)
    has_rows = await session.has_rows(before)
    differs = has_rows and (column.generated is not None or is_volatile(given.default or ""))
    missing: Datum = None
    if not differs:
        missing = await value_for_existing_rows(session, given, has_rows=has_rows)
        if rule is not None and has_rows:
            session.constraints.check_value(missing, rule.check)
    if column.not_null and missing is None and has_rows and not differs:
        raise _contains_nulls(
            relation,
            column.name,
            f"NOT NULL column '{column.name}' requires a DEFAULT value for existing rows.",
        )
    new = new_column(column)
    added = table_edit.add_column(
        catalog.numbers,
        relation,
        table_edit.NewColumn(
            new.name,
            new.type_oid,
            new.typmod,
            new.not_null,
            new.default,
            missing,
            new.identity,
            new.generated,
            new.domain,
        ),
    )
    if column.generated is not None:
        added = with_generated(added)
    if differs:
        _compute(session, before, relation, given, added, conversions)
    return added


def _compute(
    session: CommandSession,
    before: Relation,
    relation: Relation,
    given: ColumnDefinition,
    added: Relation,
    conversions: dict[ColumnId, Expression],
) -> None:
    """Let each row that there is have a value of its own in a new column.

    Raises:
        FeatureNotSupported: 0A000, the same statement has changed other columns already.
    """
    if [each.column_id for each in relation.columns] != [each.column_id for each in before.columns]:
        raise errors.FeatureNotSupported(
            f'column "{given.name}" needs values for the rows of the table, and other columns are '
            "added or dropped before it",
            hint="Add it by a statement of its own.",
        )
    column = added.columns[-1]
    if column.generated is not None:
        conversions[column.column_id] = bind_generation(added, column)
    else:
        assert given.default is not None, "a volatile default is one"
        conversions[column.column_id] = session.compile_default(
            given.default, column.type_oid, column.typmod
        )


def _set_default(
    action: SetDefault, session: CommandSession, catalog: Catalog, relation: Relation
) -> Relation:
    column = relation.columns[table_edit.required_position(relation, action.name)]
    definition = with_oids_of(
        session,
        catalog,
        ColumnDefinition(column.name, column.type_oid, column.typmod, default=action.default),
    )
    check_default(session, definition)
    return table_edit.set_default(relation, action.name, definition.default)


async def _set_not_null(
    action: SetNotNull, session: CommandSession, before: Relation, relation: Relation
) -> Relation:
    position = table_edit.required_position(relation, action.name)
    column = relation.columns[position]
    if action.not_null and not column.not_null:
        await session.constraints.lock_table(before)
        # The rows know the column under its position before this statement, if it was there.
        old_position = next(
            (
                index
                for index, old in enumerate(before.columns)
                if old.column_id == column.column_id
            ),
            None,
        )
        if old_position is not None:
            has_null = await session.any_row_is_null(before, old_position)
        else:
            has_null = column.missing is None and await session.has_rows(before)
        if has_null:
            raise _contains_nulls(relation, action.name, None)
    return table_edit.set_not_null(relation, action.name, not_null=action.not_null)


def _contains_nulls(
    relation: Relation, column_name: str, detail: str | None
) -> errors.NotNullViolation:
    return errors.NotNullViolation(
        f'column "{column_name}" of relation "{relation.name}" contains null values',
        detail=detail,
        schema=relation.schema_name,
        table=relation.name,
        column=column_name,
    )
