"""RETURNING: expressions over the affected rows, or a query over them.

An affected row is the target's columns, its system columns, then what RETURNING names of the rows
that it was joined with (UPDATE ... FROM, DELETE ... USING): the query that finds the rows to change
gives those too. Other tables, in subqueries, are read as they were before the statement.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from kalampg import errors
from kalampg.ids import Oid
from kalampg.relation import SYSTEM_COLUMNS, Relation
from kalampg.sql.annotation import column_of, set_column
from kalampg.sql.bind_select_list import bind_select_list
from kalampg.sql.duck_query import result_column
from kalampg.sql.evaluable_tree import NotEvaluable, Translator
from kalampg.sql.given_rows import ROWS, query_over_rows
from kalampg.sql.grouping import refuse_aggregates
from kalampg.sql.outputs import Output, unique_name
from kalampg.sql.plan import Returning
from kalampg.sql.scopes import (
    Merged,
    Resolved,
    Scope,
    ScopeColumn,
    Source,
    TableUse,
    columns_of,
)
from kalampg.sql.updatable_views import expand
from kalampg.sql.write_target import WriteTarget

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder


class ReturningClause:
    """RETURNING of one statement.

    It is taken off the statement first, bound when the rest is, and built when all parameters have
    types.
    """

    def __init__(self, node: exp.Expr) -> None:
        clause: exp.Expr = node.args["returning"]
        if clause.args.get("into"):
            raise errors.SyntaxError("RETURNING INTO is not supported")
        queries = node.args.get("with_")
        self._select = exp.Select(
            expressions=list(clause.expressions),
            with_=None if queries is None else queries.copy(),
        )

    def bind(self, binder: Binder, target: WriteTarget, others: Scope | None = None) -> None:
        """Bind it to the target, and to what else is in the statement's FROM clause.

        Raises:
            PgError: whatever is wrong with it.
        """
        self._binder = binder.beside()
        self._binder.steps = binder.steps
        self._use = self._binder.new_use(target.relation)
        self._row = _AffectedRow(target.relation, self._use)
        scope = self._row.scope(self._binder, target, others)
        self._binder.bind_with(self._select, scope)
        self._outputs = bind_select_list(self._binder, self._select, scope, None)
        for item in self._select.expressions:
            refuse_aggregates(item, "RETURNING")
        self._describe_joined()
        self._renumber(self._row.keep(self._use.columns))

    def add_joined(self, binder: Binder, select: exp.Select, outputs: list[Output]) -> None:
        """Let the query that finds the rows to change give what is read of its other sources."""
        for found in self._row.joined:
            column = found.column
            node = exp.Column(this=exp.to_identifier(column.name))
            name = f"joined {len(outputs)}"
            select.append("expressions", exp.alias_(node, name, quoted=True, copy=False))
            binder.use_column(node, found)
            outputs.append(Output(name, name, column.oid, column.typmod))

    def build(self, param_oids: tuple[Oid, ...]) -> Returning:
        """The plan's part."""
        columns = tuple(result_column(output) for output in self._outputs)
        if len(self._binder.uses) == 1:
            translator = Translator(self._binder.coercion, self._use.index)
            try:
                outputs = tuple(
                    translator.translate(item.this) for item in self._select.expressions
                )
            except NotEvaluable:
                pass
            else:
                return Returning(columns, outputs, None, len(self._row.joined))
        outputs, query = query_over_rows(
            self._binder, self._select, self._outputs, {self._use.index: 0}, param_oids
        )
        return Returning(columns, outputs, query, len(self._row.joined))

    def _describe_joined(self) -> None:
        """Say whose columns the outputs are, as the binder does for the target's."""
        for output, item in zip(self._outputs, self._select.expressions, strict=True):
            place = column_of(item.this)
            if place is not None and place[0] == self._use.index:
                column = self._row.columns[place[1]]
                output.table_oid, output.attnum = column.table_oid, column.attnum

    def _renumber(self, places: dict[int, int]) -> None:
        index = self._use.index
        self._use.columns = {places[position] for position in self._use.columns}
        for node in self._select.find_all(exp.Column):
            place = column_of(node)
            if place is not None and place[0] == index:
                set_column(node, index, places[place[1]])


class _AffectedRow:
    """The columns of an affected row by their places; ``joined`` are those past the target's."""

    def __init__(self, relation: Relation, use: TableUse) -> None:
        self._relation = relation
        self._use = use
        self._width = len(relation.columns) + len(SYSTEM_COLUMNS)
        self._taken: set[str] = set()
        self.columns: list[ScopeColumn] = []
        self.joined: list[Resolved] = []

    def scope(self, binder: Binder, target: WriteTarget, others: Scope | None) -> Scope:
        """The names that RETURNING sees; the target is the first source of ``others``."""
        relation = target.named
        schema = relation.schema_name if target.alias == relation.name else None
        columns = [self._placed(each) for each in columns_of(self._relation, self._use)]
        own = Source(target.alias, columns, schema, relation.name, ROWS, relation)
        if target.view is not None:
            own = replace(own, columns=expand(binder, target.view, own).source.columns)
        scope = Scope()
        scope.add(own)
        if others is None:
            return scope
        for source in others.sources[1:]:
            columns = [self._placed(column) for column in source.columns]
            self.joined += [Resolved(source, column) for column in source.columns]
            scope.add(replace(source, columns=columns, sql_alias=ROWS))
        for merged in others.merged:
            column = self._placed(merged.found.column)
            self.joined.append(merged.found)
            joined = [scope.sources[others.sources.index(each)] for each in merged.sources]
            scope.merged.append(Merged(Resolved(scope.sources[0], column), joined))
        return scope

    def keep(self, read: set[int]) -> dict[int, int]:
        """Leave out the joined columns that are not read; the new place of each that stays."""
        kept = [place for place in range(len(self.columns)) if place < self._width or place in read]
        self.columns = [self.columns[place] for place in kept]
        self.joined = [self.joined[place - self._width] for place in kept[self._width :]]
        return {old: new for new, old in enumerate(kept)}

    def _placed(self, column: ScopeColumn) -> ScopeColumn:
        name = unique_name(column.name, self._taken)
        place = len(self.columns)
        placed = replace(column, sql_name=name, use=self._use, position=place, derived=None)
        self.columns.append(placed)
        return placed


def take_returning(node: exp.Expr) -> ReturningClause | None:
    """The RETURNING clause of a statement that is not bound yet."""
    return None if node.args.get("returning") is None else ReturningClause(node)
