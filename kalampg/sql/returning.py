"""RETURNING: expressions over the affected rows, or a query over them.

An affected row is the target's columns, its system columns, then what RETURNING names of the rows
that it was joined with (UPDATE ... FROM, DELETE ... USING): the query that finds the rows to change
gives those too. Other tables, in subqueries, are read as they were before the statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg import errors
from kalampg.ids import ColumnId, Oid
from kalampg.relation import SYSTEM_COLUMNS, Column, Relation, TableType
from kalampg.sql.annotation import column_of, set_column, set_oid
from kalampg.sql.bind_select_list import bind_select_list
from kalampg.sql.duck_query import duck_query, result_column
from kalampg.sql.evaluable_tree import NotEvaluable, Translator
from kalampg.sql.expression import ColumnRef
from kalampg.sql.grouping import refuse_aggregates
from kalampg.sql.outputs import Output, unique_name
from kalampg.sql.plan import RETURNED_ROWS, DuckQuery, Returning
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

# What the query over the affected rows calls them and their order: no client writes such names.
_ROWS: Final = "returned rows"
_NUMBER: Final = "number of the row"
_INT8: Final = Oid(20)


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
            binder.use_column(node, found)
            name = f"joined {len(outputs)}"
            select.append("expressions", exp.alias_(node, name, quoted=True, copy=False))
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
        read = sorted(self._use.columns) or [0]
        outputs = tuple(ColumnRef(place, Oid(self._row.columns[place].oid)) for place in read)
        query = self._query(read, param_oids)
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

    def _query(self, read: Sequence[int], param_oids: tuple[Oid, ...]) -> DuckQuery:
        """The query over rows of the columns ``read`` and their number."""
        self._renumber({position: place for place, position in enumerate(read)})
        names = [self._row.columns[position].sql_name for position in read]
        self._use.relation = self._row.returned(read)
        self._use.columns.add(len(read))
        table = exp.Table(this=exp.to_identifier(_ROWS, quoted=True))
        table.meta["alias_name"] = _ROWS
        table.meta["column_names"] = dict(enumerate([*names, _NUMBER]))
        number = exp.column(_NUMBER, table=_ROWS, quoted=True)
        set_oid(number, _INT8)
        self._select.set("from_", exp.From(this=table))
        self._select.set("order", exp.Order(expressions=[exp.Ordered(this=number)]))
        self._binder.tables.append((table, self._use))
        return duck_query(self._binder, self._select, self._outputs, param_oids)


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
        own = Source(target.alias, columns, schema, relation.name, _ROWS, relation)
        if target.view is not None:
            own = replace(own, columns=expand(binder, target.view, own).source.columns)
        scope = Scope()
        scope.add(own)
        if others is None:
            return scope
        for source in others.sources[1:]:
            columns = [self._placed(column) for column in source.columns]
            self.joined += [Resolved(source, column) for column in source.columns]
            scope.add(replace(source, columns=columns, sql_alias=_ROWS))
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

    def returned(self, read: Sequence[int]) -> Relation:
        """The rows of these columns as a relation of no catalog."""
        columns = [self.columns[place] for place in read]
        named = [(column.sql_name, column.oid, column.typmod) for column in columns]
        return Relation(
            table_id=RETURNED_ROWS,
            schema_name="",
            name=_ROWS,
            table_type=TableType.SYSTEM,
            columns=tuple(
                Column(ColumnId(number), name, Oid(oid), typmod)
                for number, (name, oid, typmod) in enumerate([*named, (_NUMBER, _INT8, -1)], 1)
            ),
        )

    def _placed(self, column: ScopeColumn) -> ScopeColumn:
        name = unique_name(column.name, self._taken)
        placed = replace(column, sql_name=name, use=self._use, position=len(self.columns))
        self.columns.append(placed)
        return placed


def take_returning(node: exp.Expr) -> ReturningClause | None:
    """The RETURNING clause of a statement that is not bound yet."""
    return None if node.args.get("returning") is None else ReturningClause(node)
