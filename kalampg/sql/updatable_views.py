"""Views that can be written to: those that show columns of the rows of one table.

A statement that names such a view writes to its base table. The view's columns stand for that
table's columns and for expressions over them, and its condition holds for every row that is found;
each view may be over another one. Nothing of a view is bound before it is used, and then with what
the view was written under.

Source: PostgreSQL documentation, CREATE VIEW, "Updatable Views".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg.relation import Column, Relation
from kalampg.sql.bind_calls import call_name
from kalampg.sql.bind_expression import resolve_column
from kalampg.sql.bind_from_functions import alias_of
from kalampg.sql.bind_select_list import expanded_list
from kalampg.sql.bind_views import visible_in
from kalampg.sql.find_relation import find_relation
from kalampg.sql.functions import is_aggregate_name, is_set_returning
from kalampg.sql.operators import BOOL
from kalampg.sql.parse import parse
from kalampg.sql.scopes import Derived, Scope, ScopeColumn, Source, columns_of
from kalampg.view import ViewQuery

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

_NOT_ONE_TABLE: Final = (
    "Views that do not select from a single table or view are not automatically updatable."
)
_CLAUSES: Final = {
    "distinct": "DISTINCT",
    "group": "GROUP BY",
    "having": "HAVING",
    "with_": "WITH",
    "limit": "LIMIT or OFFSET",
    "offset": "LIMIT or OFFSET",
}


# Where a table in FROM says that it is a view whose table is written to; and what the SQL of its
# query calls that. No client writes such names.
WRITTEN: Final = "written view"
_ROWS: Final = "rows to write"


@dataclass(frozen=True, slots=True)
class WrittenView:
    """A view with the table that it is written to; ``below``: the view that it selects from.

    ``positions`` are its columns' places in the table, None for columns that are none of it.
    """

    view: Relation
    base: Relation
    below: WrittenView | None
    positions: dict[str, int | None]

    @property
    def has_columns(self) -> bool:
        """Whether any column can be assigned; rows can be deleted even if there is none."""
        return any(place is not None for place in self.positions.values())

    def with_check_option(self, *, cascaded: bool = False) -> Iterator[Relation]:
        """The views whose conditions new rows must satisfy, from the lowest on."""
        assert self.view.view is not None, "it is a view"
        option = self.view.view.check_option
        is_cascaded = cascaded or option == "cascaded"
        if self.below is not None:
            yield from self.below.with_check_option(cascaded=is_cascaded)
        if is_cascaded or option == "local":
            yield self.view


@dataclass(frozen=True, slots=True)
class NotUpdatable:
    """Why a view cannot be written to, as PostgreSQL's sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class Expansion:
    """A view over the rows of its table: its columns, and the conditions that the rows satisfy."""

    source: Source
    conditions: tuple[tuple[Relation, Derived], ...]


def written_view(binder: Binder, relation: Relation) -> WrittenView | NotUpdatable:
    """What writing to a view means."""
    tree = _query(relation)
    reason = _why_not(tree)
    if reason is not None:
        return NotUpdatable(reason)
    item = tree.args["from_"].this
    with binder.under(_view(relation)):
        base = _named(binder, item)
    below: WrittenView | None = None
    if base.view is not None:
        found = written_view(binder, base)
        if isinstance(found, NotUpdatable):
            return found
        below, base = found, found.base
    elif not base.primary_key:
        return NotUpdatable(_NOT_ONE_TABLE)
    written = WrittenView(relation, base, below, {})
    probe = binder.probe()
    own = Source("", columns_of(base, probe.new_use(base)))
    columns = expand(probe, written, own).source.columns
    width = len(base.columns)
    places = {
        column.name: column.position if column.derived is None and column.position < width else None
        for column in columns
    }
    return replace(written, positions=places)


def hidden_name(name: str) -> str:
    """What a column of the table is called beside the view's own columns."""
    return f"{name} of the {_ROWS}"


def bind_written(binder: Binder, node: exp.Table, scope: Scope, alias: str) -> None:
    """Bind a view in FROM as its table, whose rows are to be found by the view's columns."""
    written: WrittenView = node.meta[WRITTEN]
    use = binder.new_use(written.base)
    own = columns_of(written.base, use)
    expansion = expand(binder, written, Source("", own, sql_alias=_ROWS))
    hidden = [replace(column, name=hidden_name(column.name), is_hidden=True) for column in own]
    columns = [*expansion.source.columns, *hidden]
    scope.add(replace(expansion.source, alias=alias, columns=columns))
    binder.conditions += [binder.derive(condition) for _, condition in expansion.conditions]
    node.meta["alias_name"] = _ROWS
    node.meta["column_names"] = {column.position: column.sql_name for column in own}
    binder.tables.append((node, use))


def expand(binder: Binder, written: WrittenView, own: Source) -> Expansion:
    """The view over ``own``, which has the columns of rows of its base table."""
    relation = written.view
    conditions: tuple[tuple[Relation, Derived], ...] = ()
    tree = _query(relation)
    item = tree.args["from_"].this
    view = _view(relation)
    with binder.under(view):
        named = _named(binder, item)
        if written.below is not None:
            below = expand(binder, written.below, own)
            own, conditions = below.source, below.conditions
        alias, names = alias_of(binder, item)
        label = alias or named.name
        columns = [replace(column) for column in visible_in(view, named, own.columns)]
        for column, name in zip([c for c in columns if not c.is_hidden], names, strict=False):
            column.name = name
        inner = Scope()
        schema = None if alias else named.schema_name
        inner.add(replace(own, alias=label, columns=columns, schema_name=schema))
        shown = [
            _column(binder, each, inner, view, declared)
            for each, declared in zip(
                expanded_list(binder, tree.expressions, inner), relation.columns, strict=True
            )
        ]
    for number, column in enumerate(shown, start=1):
        column.table_oid, column.attnum = relation.table_id, number
    where = tree.args.get("where")
    if where is not None:
        conditions = (*conditions, (relation, Derived(where.this, inner, view, BOOL)))
    return Expansion(replace(own, columns=shown), conditions)


def _column(
    binder: Binder, item: exp.Expr, inner: Scope, view: ViewQuery, declared: Column
) -> ScopeColumn:
    """A column of the view: one of what is below, or an expression over that."""
    value = item.this if isinstance(item, exp.Alias) else item
    if isinstance(value, exp.Column):
        found = value.meta.get("resolved") or resolve_column(binder, value, inner)
        return replace(found.column, name=declared.name, is_hidden=False)
    derived = Derived(value, inner, view, declared.type_oid)
    return ScopeColumn(declared.name, declared.type_oid, declared.typmod, derived=derived)


def _why_not(tree: exp.Expr) -> str | None:
    """Why PostgreSQL would not write to a view of this query."""
    if isinstance(tree, exp.SetOperation):
        return _clause("UNION, INTERSECT, or EXCEPT")
    if not isinstance(tree, exp.Select):
        return _NOT_ONE_TABLE
    for key, words in _CLAUSES.items():
        if tree.args.get(key):
            return _clause(words)
    calls = {call_name(node) for item in tree.expressions for node in item.find_all(exp.Anonymous)}
    if any(item.find(exp.Window) for item in tree.expressions):
        return "Views that return window functions are not automatically updatable."
    if any(map(is_aggregate_name, calls)):
        return "Views that return aggregate functions are not automatically updatable."
    if any(map(is_set_returning, calls)):
        return "Views that return set-returning functions are not automatically updatable."
    source = tree.args.get("from_")
    item = None if source is None else source.this
    if not isinstance(item, exp.Table) or not isinstance(item.this, exp.Identifier):
        return _NOT_ONE_TABLE
    others = (tree.args.get("joins"), tree.args.get("laterals"), item.args.get("joins"))
    return _NOT_ONE_TABLE if any(others) else None


def _clause(words: str) -> str:
    return f"Views containing {words} are not automatically updatable."


def _query(relation: Relation) -> exp.Expr:
    return parse(_view(relation).text)


def _view(relation: Relation) -> ViewQuery:
    assert relation.view is not None, "it is a view"
    return relation.view


def _named(binder: Binder, item: exp.Table) -> Relation:
    schema = item.args.get("db")
    name = None if schema is None else binder.name_of(schema)
    return find_relation(binder, item, name, binder.name_of(item.this))
