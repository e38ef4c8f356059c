"""INSERT: bound trees to plans."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from sqlglot import exp

from kalampg import errors
from kalampg.ids import Oid
from kalampg.relation import Column, Relation
from kalampg.sql.annotation import position_of
from kalampg.sql.assignments import multiple_assignments
from kalampg.sql.duck_query import duck_query
from kalampg.sql.evaluable_tree import NotEvaluable, Translator
from kalampg.sql.expression import Call, ColumnRef, Const, Expression
from kalampg.sql.on_conflict import ConflictClause, bind_conflict
from kalampg.sql.operators import BOOL
from kalampg.sql.outputs import Output
from kalampg.sql.overriding import OVERRIDING, may_insert
from kalampg.sql.plan import DuckQuery, InsertPlan
from kalampg.sql.returning import take_returning
from kalampg.sql.scopes import Scope
from kalampg.sql.sequence_columns import take_sequence_calls
from kalampg.sql.targets import (
    assigned,
    check_assignable,
    check_parts,
    is_default,
)
from kalampg.sql.write_target import write_target

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

Defaults: TypeAlias = Callable[[Relation], tuple[Expression | None, ...]]
_INSERT_PARTS: Final = frozenset(
    {"this", "expression", "default", "returning", "with_", "conflict", OVERRIDING}
)


def compile_insert(binder: Binder, node: exp.Insert, defaults: Defaults) -> InsertPlan:
    """INSERT ... VALUES, SELECT or DEFAULT VALUES."""
    return _InsertCompiler(binder, node, defaults).compile()


class _InsertCompiler:
    def __init__(self, binder: Binder, node: exp.Insert, defaults: Defaults) -> None:
        check_parts(node, _INSERT_PARTS)
        self.binder = binder
        self.node = node
        into = node.this
        names = into.expressions if isinstance(into, exp.Schema) else []
        table = into.this if isinstance(into, exp.Schema) else into
        self.target = write_target(binder, table, "INSERT")
        self.relation = self.target.relation
        self.targets = self._targets(names)
        self.has_list = bool(names)
        self.overriding: str | None = node.args.get(OVERRIDING)
        self.returning = take_returning(node)
        self.conflict: ConflictClause | None = None
        self.defaults = defaults(self.relation)

    def _targets(self, names: list[exp.Expr]) -> list[int]:
        if not names:
            return self.target.positions()
        positions: list[int] = []
        for name in names:
            position = self.target.position(self.binder, name, "insert into")
            if position in positions:
                if self.target.view is not None:
                    raise multiple_assignments(self.relation.columns[position])
                raise errors.DuplicateColumn(
                    f'column "{self.binder.name_of(name)}" specified more than once',
                    position=position_of(name),
                )
            positions.append(position)
        return positions

    def compile(self) -> InsertPlan:
        source = self.node.args.get("expression")
        if self.node.args.get("default"):
            self._bind_rest()
            return self._plan((), ((),), None)
        if isinstance(source, exp.Values) and not self.node.args.get("with_"):
            extra = ("order", "limit", "offset", "with_")
            if not any(source.args.get(key) for key in extra):
                return self._values(source)
        if source is None:
            raise errors.SyntaxError("syntax error at end of input")
        return self._query(source)

    def _column(self, index: int) -> Column:
        return self.relation.columns[self.targets[index]]

    # --- VALUES ---

    def _values(self, source: exp.Values) -> InsertPlan:
        rows = [list(row.expressions) for row in source.expressions]
        width = len(rows[0])
        if any(len(row) != width for row in rows):
            raise errors.SyntaxError("VALUES lists must all be the same length")
        self._check_width(width, rows[0])
        scope = Scope()
        for row in rows:
            for index, value in enumerate(row):
                if is_default(value):
                    continue
                if not may_insert(self._column(index), self.overriding, value):
                    row[index] = exp.Var(this="DEFAULT")
                else:
                    bound = self.binder.expression(value, scope)
                    row[index] = assigned(self.binder, self._column(index), bound)
        self._bind_rest()
        if self.conflict is not None and self.conflict.needs_query:
            return self._values_query(rows)
        translator = Translator(self.binder.coercion, None)
        try:
            translated = tuple(
                tuple(None if is_default(v) else translator.translate(v) for v in row)
                for row in rows
            )
        except NotEvaluable:
            return self._values_query(rows)
        return self._plan(tuple(self.targets[:width]), translated, None)

    def _values_query(self, rows: list[list[exp.Expr]]) -> InsertPlan:
        """VALUES that only DuckDB computes.

        A column with DEFAULT in some of the rows is followed by one that says in which.
        """
        lists: list[list[exp.Expr]] = [[] for _ in rows]
        outputs: list[Output] = []
        targets: list[int] = []
        values: list[Expression] = []
        for index in range(len(rows[0])):
            marks = [is_default(row[index]) for row in rows]
            if all(marks):
                continue
            given = rows[marks.index(False)][index]
            place, position = len(outputs), self.targets[index]
            outputs.append(self.binder.output_of(f"column{place}", given))
            targets.append(position)
            value: Expression = ColumnRef(place, Oid(outputs[-1].oid))
            for row, items, is_marked in zip(rows, lists, marks, strict=True):
                items.append(exp.Null() if is_marked else row[index])
            if any(marks):
                default = self.defaults[position] or Const(None, value.type_oid)
                outputs.append(Output(f"default{place}", f"default{place}", BOOL))
                mark = ColumnRef(place + 1, Oid(BOOL))
                value = Call("case", (mark, default, value), self._column(index).type_oid)
                for items, is_marked in zip(lists, marks, strict=True):
                    items.append(exp.Boolean(this=is_marked))
            values.append(value)
        if not targets:
            return self._plan((), tuple(() for _ in rows), None)
        params = self.binder.parameters.finish()
        tree = exp.Values(expressions=[exp.Tuple(expressions=items) for items in lists])
        query = duck_query(self.binder, tree, outputs, params, is_result=False)
        return self._plan(tuple(targets), (), query, tuple(values))

    # --- SELECT ---

    def _query(self, source: exp.Expr) -> InsertPlan:
        clause = self.node.args.get("with_")
        if clause is not None:
            source.set("with_", clause)
        expected = [self.relation.columns[position].type_oid for position in self.targets]
        outputs = self.binder.query(source, None, expected)
        self._check_width(len(outputs), [])
        for index, output in enumerate(outputs):
            check_assignable(self._column(index), output.oid)
        kept = [
            index
            for index in range(len(outputs))
            if may_insert(self._column(index), self.overriding, None)
        ]
        self._bind_rest()
        params = self.binder.parameters.finish()
        values: tuple[Expression, ...] = tuple(
            ColumnRef(i, Oid(output.oid)) for i, output in enumerate(outputs)
        )
        taken = take_sequence_calls(self.binder, source, outputs)
        if taken is not None:
            outputs, values = taken
        query = duck_query(self.binder, source, outputs, params, is_result=False)
        targets = tuple(self.targets[index] for index in kept)
        if taken is None and len(kept) == len(values):
            return self._plan(targets, (), query)
        chosen = tuple(values[index] for index in kept)
        return self._plan(targets, (), query, chosen)

    def _check_width(self, width: int, row: list[exp.Expr]) -> None:
        if width > len(self.targets):
            if not self.has_list:
                self.target.check_shown(width)
            extra = row[len(self.targets)] if row else None
            raise errors.SyntaxError(
                "INSERT has more expressions than target columns",
                position=position_of(extra) if extra is not None else None,
            )
        if width < len(self.targets) and self.has_list:
            raise errors.SyntaxError("INSERT has more target columns than expressions")

    def _bind_rest(self) -> None:
        """Bind what follows the rows; all parameters have types only after it."""
        self.conflict = bind_conflict(self.binder, self.node, self.target)
        if self.returning is not None:
            self.returning.bind(self.binder, self.target)
        self.checks = self.target.checks(self.binder)

    def _plan(
        self,
        targets: tuple[int, ...],
        rows: tuple[tuple[Expression | None, ...], ...],
        source: DuckQuery | None,
        values: tuple[Expression, ...] | None = None,
    ) -> InsertPlan:
        params = self.binder.parameters.finish()
        if source is None and self.conflict is not None and self.conflict.needs_query:
            raise errors.FeatureNotSupported(
                "this ON CONFLICT DO UPDATE is not supported beside rows of nothing but defaults",
                hint="Write a value for one of the columns.",
            )
        return InsertPlan(
            relation=self.relation,
            targets=targets,
            rows=rows,
            source=source,
            defaults=self.defaults,
            param_oids=params,
            returning=None if self.returning is None else self.returning.build(params),
            conflict=None if self.conflict is None else self.conflict.build(self.defaults, params),
            values=values,
            checks=self.checks,
        )
