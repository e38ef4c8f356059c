"""CREATE, ALTER and DROP VIEW."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from kalampg import errors
from kalampg.auth import Action, check
from kalampg.auth.privileges import owns
from kalampg.catalog import Catalog, CatalogEdit, edit, names, table_edit, view_edit
from kalampg.catalog.temporary import reads_temporary
from kalampg.catalog.view_dependences import Dependence, check_independent, dependences, kind_of
from kalampg.commands.resolve import (
    relation_to_alter,
    relation_to_drop,
)
from kalampg.commands.session_seam import CommandSession
from kalampg.commands.temporary import check_stays, creation_place
from kalampg.engine.result import ExecutionResult
from kalampg.relation import Relation
from kalampg.sql.view_statements import AlterView, CreateView, DropView
from kalampg.view import ViewQuery


async def create_view(statement: CreateView, session: CommandSession) -> ExecutionResult:
    catalog = await session.lock_catalog()
    place = statement.view
    shape = session.view_shape(statement.query, statement.offset)
    is_temporary = statement.is_temporary or reads_temporary(catalog, shape.query)
    if is_temporary and not statement.is_temporary:
        session.notice(f'view "{place.name}" will be a temporary view')
    catalog, schema_name = creation_place(
        place, catalog, session, Action.CREATE_VIEW, is_said=is_temporary
    )
    if len(statement.columns) > len(shape.columns):
        raise errors.SyntaxError("CREATE VIEW specifies more column names than columns")
    given = statement.columns
    columns = tuple(
        (given[place] if place < len(given) else name, type_oid, typmod)
        for place, (name, type_oid, typmod) in enumerate(shape.columns)
    )
    query = replace(shape.query, options=statement.options)
    new = view_edit.NewView(schema_name, place.name, query, columns, session.role.name)
    before = catalog.relation(schema_name, place.name)
    if statement.or_replace and before is not None:
        if before.view is None:
            raise errors.WrongObjectType(f'"{before.name}" is not a view')
        _check_owner(session, before)
        session.apply(view_edit.replace_view(catalog, before, new))
    else:
        table_edit.check_place(catalog, schema_name, place.name)
        session.apply(view_edit.create_view(catalog, new, session.clock.now_us()))
    return ExecutionResult("CREATE VIEW")


async def alter_view(statement: AlterView, session: CommandSession) -> ExecutionResult:
    catalog = await session.lock_catalog()
    result = ExecutionResult("ALTER VIEW")
    before = relation_to_alter(catalog, statement.view, session, if_exists=statement.if_exists)
    if before is None:
        return result
    _check_view(before)
    _check_owner(session, before)
    session.apply(
        view_edit.put_view(catalog, _altered(statement, session, catalog, before), before)
    )
    return result


def _altered(
    statement: AlterView, session: CommandSession, catalog: Catalog, view: Relation
) -> Relation:
    if statement.new_name is not None:
        table_edit.check_place(catalog, view.schema_name, statement.new_name)
        return replace(view, name=statement.new_name)
    if statement.new_schema is not None:
        check_stays(catalog, view, statement.new_schema)
        table_edit.check_place(catalog, statement.new_schema, view.name)
        return replace(view, schema_name=statement.new_schema)
    if statement.new_owner is not None:
        if catalog.role(statement.new_owner) is None:
            raise errors.UndefinedObject(f'role "{statement.new_owner}" does not exist')
        check(session.role, Action.MANAGE_ROLES, f"must be member of role {statement.new_owner}")
        return replace(view, owner=statement.new_owner)
    if statement.options is not None or statement.reset_options:
        assert view.view is not None, "it is a view"
        return replace(view, view=replace(view.view, options=_options(statement, view.view)))
    return _with_column_renamed(catalog, view, statement.column or "", statement.new_column or "")


def _options(statement: AlterView, query: ViewQuery) -> tuple[str, ...]:
    """The view's options with what SET and RESET change."""
    given = statement.options or ()
    names = {option.partition("=")[0] for option in given} | set(statement.reset_options)
    kept = (option for option in query.options if option.partition("=")[0] not in names)
    return (*kept, *given)


def _with_column_renamed(catalog: Catalog, view: Relation, name: str, new_name: str) -> Relation:
    position = view.position_of(name)
    if position is None:
        raise errors.UndefinedColumn(f'column "{name}" does not exist')
    names.check_name(new_name)
    if view.position_of(new_name) is not None:
        raise errors.DuplicateColumn(
            f'column "{new_name}" of relation "{view.name}" already exists'
        )
    columns = list(view.columns)
    columns[position] = replace(columns[position], name=new_name)
    return replace(view, columns=tuple(columns))


async def drop_view(statement: DropView, session: CommandSession) -> ExecutionResult:
    """All named views, or none."""
    change = CatalogEdit(await session.lock_catalog())
    dropped: list[Relation] = []
    for name in statement.views:
        catalog = change.catalog
        view = relation_to_drop("view", catalog, name, session, if_exists=statement.if_exists)
        if view is None:
            continue
        is_sequence = (view.schema_name, view.name) in catalog.sequences
        kind = "sequence" if is_sequence else "table"
        _check_view(view, hint=f"Use DROP {kind.upper()} to remove a {kind}.")
        _check_owner(session, view)
        dropped.append(view)
    change = drop_dependent_views(change, dropped, session, cascade=statement.cascade)
    for view in dropped:
        change = change.then(partial(edit.drop_view, view=view))
    session.apply(change)
    return ExecutionResult("DROP VIEW")


def drop_dependent_views(
    change: CatalogEdit, dropped: Sequence[Relation], session: CommandSession, *, cascade: bool
) -> CatalogEdit:
    """The change without the views that need what is dropped.

    Raises:
        DependentObjectsStillExist: 2BP01, there are any and ``cascade`` is not set.
    """
    own = {relation.table_id for relation in dropped}
    found = [
        dependence
        for dependence in dependences(change.catalog, dropped)
        if dependence.view.table_id not in own
    ]
    if not cascade and dropped:
        first = dropped[0]
        what = f"{kind_of(first)} {first.name}"
        check_independent(found, what if len(dropped) == 1 else "desired object(s)")
    return _without(change, found, session)


def drop_views_of_column(
    change: CatalogEdit, relation: Relation, name: str, session: CommandSession, *, cascade: bool
) -> CatalogEdit:
    """The same, where a column is dropped."""
    column = relation.columns[table_edit.required_position(relation, name)]
    found = dependences(change.catalog, [relation], column.column_id)
    if found and not cascade:
        raise errors.DependentObjectsStillExist(
            f"cannot drop column {name} of table {relation.name} because other objects depend on "
            "it",
            detail="\n".join(
                f"view {each.view.name} depends on column {name} of table {relation.name}"
                if each.on is relation
                else each.described
                for each in found
            ),
            hint="Use DROP ... CASCADE to drop the dependent objects too.",
        )
    return _without(change, found, session)


def _without(
    change: CatalogEdit, found: Sequence[Dependence], session: CommandSession
) -> CatalogEdit:
    lines = [f"drop cascades to view {dependence.view.name}" for dependence in found]
    if len(lines) == 1:
        session.notice(lines[0])
    elif lines:
        session.notice(f"drop cascades to {len(lines)} other objects", detail="\n".join(lines))
    for dependence in found:
        change = change.then(partial(edit.drop_view, view=dependence.view))
    return change


def _check_view(relation: Relation, hint: str | None = None) -> None:
    if relation.view is None:
        raise errors.WrongObjectType(f'"{relation.name}" is not a view', hint=hint)


def _check_owner(session: CommandSession, view: Relation) -> None:
    if not owns(session.role, view.owner):
        raise errors.InsufficientPrivilege(f"must be owner of view {view.name}")
