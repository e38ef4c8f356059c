"""What INSERT, UPDATE and DELETE write to: a table, or a view over one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg import errors
from kalampg.relation import SYSTEM_COLUMNS, Relation
from kalampg.sql.annotation import position_of
from kalampg.sql.evaluable_tree import NotEvaluable, Translator
from kalampg.sql.find_relation import find_relation
from kalampg.sql.plan import ViewCheck
from kalampg.sql.scopes import USER_ID_COLUMN, Source, columns_of
from kalampg.sql.targets import check_writable
from kalampg.sql.updatable_views import (
    WRITTEN,
    NotUpdatable,
    WrittenView,
    expand,
    hidden_name,
    written_view,
)

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

_SYSTEM_NAMES: Final = frozenset({name for name, _, _ in SYSTEM_COLUMNS}) | {USER_ID_COLUMN}
_NO_COLUMNS: Final = "Views that have no updatable columns are not automatically updatable."
_REFUSALS: Final = {
    "INSERT": "cannot insert into view",
    "UPDATE": "cannot update view",
    "DELETE": "cannot delete from view",
    "UNDELETE": "cannot undelete from view",
}


@dataclass(frozen=True, slots=True)
class WriteTarget:
    """``relation`` is the table whose rows are written; ``view`` what the statement named."""

    relation: Relation
    alias: str
    view: WrittenView | None = None

    @property
    def named(self) -> Relation:
        """The table or view that the statement named."""
        return self.relation if self.view is None else self.view.view

    def item(self, alias: str | None = None) -> exp.Table:
        """It as an item of a FROM clause, under its own alias or another one."""
        table = exp.Table(
            this=exp.to_identifier(self.named.name, quoted=True),
            db=exp.to_identifier(self.named.schema_name, quoted=True),
            alias=exp.TableAlias(this=exp.to_identifier(alias or self.alias, quoted=True)),
        )
        if self.view is not None:
            table.meta[WRITTEN] = self.view
        return table

    def column(self, name: str) -> exp.Column:
        """A column of its rows that the statement itself may not have named, unbound."""
        name = name if self.view is None else hidden_name(name)
        return exp.column(name, table=self.alias, quoted=True)

    def key(self) -> list[exp.Expr]:
        """The columns of the primary key, unbound."""
        columns = self.relation.columns
        return [self.column(columns[position].name) for position in self.relation.primary_key]

    def positions(self) -> list[int]:
        """The positions in the table of what ``*`` shows, up to the first that is none of it."""
        if self.view is None:
            return [i for i, column in enumerate(self.relation.columns) if not column.is_hidden]
        places = takewhile(lambda place: place is not None, self.view.positions.values())
        return [place for place in places if place is not None]

    def check_shown(self, width: int) -> None:
        """Whether the first ``width`` columns that ``*`` shows are columns of the table.

        Raises:
            FeatureNotSupported: 0A000.
        """
        shown = {} if self.view is None else self.view.positions
        for name in list(shown)[:width]:
            if shown[name] is None:
                raise self.not_a_column(name, "insert into")

    def place_of(self, name: str) -> int | None:
        """The position in the table of a column; None if there is none."""
        if self.view is None:
            return self.relation.position_of(name)
        return self.view.positions.get(name)

    def position(self, binder: Binder, identifier: exp.Expr, verb: str) -> int:
        """The position in the table of a column that the statement writes.

        Raises:
            UndefinedColumn: 42703.
            GeneratedAlways: 428C9, a system column.
            FeatureNotSupported: 0A000, a view's column that is no column of the table.
        """
        name = binder.name_of(identifier)
        position = self.place_of(name)
        if position is not None:
            return position
        if self.view is not None and name in self.view.positions:
            raise self.not_a_column(name, verb)
        if name in _SYSTEM_NAMES:
            raise errors.GeneratedAlways(
                f'cannot {verb} column "{name}"',
                detail=f'Column "{name}" is a system column: the server writes it.',
                position=position_of(identifier),
            )
        raise errors.UndefinedColumn(
            f'column "{name}" of relation "{self.named.name}" does not exist',
            position=position_of(identifier),
        )

    def not_a_column(self, name: str, verb: str) -> errors.FeatureNotSupported:
        return errors.FeatureNotSupported(
            f'cannot {verb} column "{name}" of view "{self.named.name}"',
            detail="View columns that are not columns of their base relation are not updatable.",
        )

    def checks(self, binder: Binder) -> tuple[ViewCheck, ...]:
        """What a new row must satisfy by WITH CHECK OPTION, over the table's columns.

        Raises:
            FeatureNotSupported: 0A000, such a condition needs DuckDB.
        """
        checking = [] if self.view is None else [*self.view.with_check_option()]
        if self.view is None or not checking:
            return ()
        other = binder.beside()
        use = other.new_use(self.relation)
        expansion = expand(other, self.view, Source("", columns_of(self.relation, use)))
        checks: list[ViewCheck] = []
        for view, condition in expansion.conditions:
            if view not in checking:
                continue
            bound = other.derive(condition)
            try:
                expression = Translator(other.coercion, use.index).translate(bound)
            except NotEvaluable:
                raise errors.FeatureNotSupported(
                    f'the condition of view "{view.name}" cannot be checked for new rows',
                    hint="Operators, casts, CASE, COALESCE and simple functions can be; write to "
                    "the table, or define the view without WITH CHECK OPTION.",
                ) from None
            checks.append(ViewCheck(view.name, expression))
        return tuple(checks)


def write_target(binder: Binder, table: exp.Expr, verb: str) -> WriteTarget:
    """What a statement writes to.

    Raises:
        UndefinedTable: 42P01.
        ObjectNotInPrerequisiteState: 55000, a view that cannot be written to.
        InsufficientPrivilege: 42501, a relation that the server computes.
        ReadOnlySqlTransaction: 25006, while reading across users.
    """
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
        raise errors.SyntaxError(f"syntax error in {verb}", position=position_of(table))
    schema = table.args.get("db")
    schema_name = None if schema is None else binder.name_of(schema)
    relation = find_relation(binder, table, schema_name, binder.name_of(table.this))
    alias_node = table.args.get("alias")
    alias = relation.name
    if isinstance(alias_node, exp.TableAlias) and alias_node.this is not None:
        alias = binder.name_of(alias_node.this)
    view = None
    if relation.view is not None:
        view = _writable(binder, relation, verb)
        relation = view.base
    check_writable(relation, verb, scope_all=binder.env.scope_all)
    return WriteTarget(relation, alias, view)


def _writable(binder: Binder, relation: Relation, verb: str) -> WrittenView:
    if verb not in _REFUSALS:
        raise errors.FeatureNotSupported(
            f'cannot execute {verb} on relation "{relation.name}"',
            detail="This operation is not supported for views.",
        )
    view = written_view(binder, relation)
    if isinstance(view, WrittenView) and (view.has_columns or verb.endswith("DELETE")):
        return view
    raise errors.ObjectNotInPrerequisiteState(
        f'{_REFUSALS[verb]} "{relation.name}"',
        detail=view.reason if isinstance(view, NotUpdatable) else _NO_COLUMNS,
        hint="Write to the tables that it shows.",
    )
