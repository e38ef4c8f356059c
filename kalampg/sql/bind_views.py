"""Views in FROM: the query of the view takes the view's place.

It is bound by itself, with what it was written under: names of the statement around it, its CTEs
and its search path mean nothing in it. Whose rows its tables have is decided when the statement
runs, like for every other table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from kalampg import errors
from kalampg.ids import ColumnId, Oid
from kalampg.pgtypes.row_types import row_type_of
from kalampg.pgtypes.shaped_arrays import is_shaped
from kalampg.relation import TEMPORARY_PREFIX, Relation
from kalampg.sql.compile_env import CompileEnv
from kalampg.sql.duck_query import duck_query
from kalampg.sql.lexer import TokenKind, tokenize
from kalampg.sql.operators import several_shapes
from kalampg.sql.outputs import Output, derived_columns, quoted_alias
from kalampg.sql.parameters import UNKNOWN
from kalampg.sql.parse import parse
from kalampg.sql.scopes import Scope, ScopeColumn, Source
from kalampg.sql.type_names import type_name
from kalampg.view import Reading, ViewQuery

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

_TEXT = 25


def bind_view(
    binder: Binder, node: exp.Table, scope: Scope, relation: Relation, names: list[str], label: str
) -> exp.Expr:
    """Put the view's query in the place of ``node``; the subquery that it becomes."""
    view = relation.view
    assert view is not None, "the caller has looked"
    tree = parse(view.text)
    alias = exp.TableAlias(this=exp.to_identifier(label, quoted=True))
    subquery = exp.Subquery(this=tree, alias=alias)
    joins = node.args.get("joins")
    node.replace(subquery)
    subquery.set("joins", joins)
    outputs = binder.within_view(relation, view, tree)
    declared = [column.name for column in relation.columns]
    if len(names) > len(declared):
        raise errors.InvalidColumnReference(
            f'table "{label}" has {len(declared)} columns available '
            f"but {len(names)} columns specified"
        )
    columns = derived_columns(outputs, [*names, *declared[len(names) :]], label)
    _describe(columns, relation)
    quoted_alias(alias, label, columns)
    if binder.view is not None:
        columns = visible_in(binder.view, relation, columns)
        for column, name in zip(columns, names, strict=False):
            column.name = name
    is_renamed = label != relation.name
    schema_name = None if is_renamed else relation.schema_name
    scope.add(Source(label, columns, schema_name, relation.name, relation=relation))
    return subquery


def _describe(columns: list[ScopeColumn], relation: Relation) -> None:
    """The columns are the view's to a client."""
    for number, column in enumerate(columns, start=1):
        column.table_oid, column.attnum = relation.table_id, number


@dataclass(frozen=True, slots=True)
class ViewShape:
    """A view to be: its query, and the columns of that."""

    query: ViewQuery
    columns: tuple[tuple[str, Oid, int], ...]


def view_shape(binder: Binder, text: str, env: CompileEnv) -> ViewShape:
    """What the query of CREATE VIEW or CREATE TABLE AS makes.

    Raises:
        PgError: it is wrong, or could not be run.
    """
    if any(token.kind is TokenKind.PARAMETER for token in tokenize(text)):
        raise errors.UndefinedParameter("there is no parameter $1")
    tree = parse(text)
    if not isinstance(tree, (exp.Query, exp.Values)):
        raise errors.FeatureNotSupported("views must not contain data-modifying statements")
    outputs = binder.query(tree, None)
    for output in outputs:
        _refuse_rows(output)
    named = _named(binder).values()
    readings = tuple(_reading(binder, relation, names) for relation, names in named)
    types = (Reading(oid, (), ()) for oid in sorted(binder.domains))
    return ViewShape(
        ViewQuery(
            text,
            _path(env.search_path, named),
            env.timezone,
            (*readings, *types),
            date_style=env.date_style,
            interval_style=env.interval_style,
        ),
        tuple((output.name, _oid(output), output.typmod) for output in outputs),
    )


def _path(path: tuple[str, ...], named: Iterable[tuple[Relation, set[int]]]) -> tuple[str, ...]:
    """Without the temporary tables of the session, unless the view reads one and goes with it."""
    if any(relation.is_temporary for relation, _ in named):
        return path
    return tuple(name for name in path if not name.startswith(TEMPORARY_PREFIX))


def _refuse_rows(output: Output) -> None:
    row_type = row_type_of(output.oid)
    if is_shaped(output.oid):
        raise several_shapes()
    if row_type is None:
        return
    if not row_type.name:
        raise errors.InvalidTableDefinition(
            f'column "{output.name}" has pseudo-type {type_name(output.oid)}'
        )
    raise errors.FeatureNotSupported(
        "columns of composite types are not supported", hint="Select the fields: (row).*"
    )


def check_runnable(binder: Binder, text: str) -> None:
    """Refuse now whatever could not run."""
    tree = parse(text)
    duck_query(binder, tree, binder.query(tree, None), ())


def _oid(output: Output) -> Oid:
    return Oid(_TEXT if output.oid == UNKNOWN else output.oid)


def _named(binder: Binder) -> dict[int, tuple[Relation, set[int]]]:
    """The relations that the query itself names, and the positions that it reads of them."""
    named: dict[int, tuple[Relation, set[int]]] = {}
    for use in binder.uses:
        if use.index not in binder.uses_of_views:
            named.setdefault(use.relation.table_id, (use.relation, set()))[1].update(use.columns)
    for relation in binder.views:
        # All of its columns: which of them the query reads is not known any more.
        named[relation.table_id] = relation, set(range(len(relation.columns)))
    return named


def _reading(binder: Binder, relation: Relation, positions: set[int]) -> Reading:
    known = tuple(ColumnId(column.column_id) for column in relation.columns)
    read = sorted(position for position in positions if position < len(known))
    return Reading(
        Oid(relation.table_id),
        known,
        tuple(known[position] for position in read),
        relation.schema_name,
        relation.name,
        tuple(column.name for column in relation.columns),
    )


def visible_in(
    view: ViewQuery, relation: Relation, columns: list[ScopeColumn]
) -> list[ScopeColumn]:
    """The columns that the relation had when the view was made, under the names that they had.

    ``columns`` begin with the relation's, in their order.
    """
    reading = view.reading(relation.table_id)
    if reading is None:
        return columns
    declared = relation.columns
    current = {column.column_id: column.name for column in declared}
    names = {**current, **dict(zip(reading.known, reading.column_names, strict=False))}
    return [
        replace(column, name=names[declared[place].column_id])
        for place, column in enumerate(columns[: len(declared)])
        if declared[place].column_id in reading.known
    ] + columns[len(declared) :]


def env_within(view: ViewQuery, env: CompileEnv) -> CompileEnv:
    """What the names and literals of the view's query depend on."""
    return replace(
        env,
        search_path=view.search_path,
        timezone=view.time_zone,
        date_style=view.date_style,
        interval_style=view.interval_style,
    )
