"""Statements inside a statement: data-modifying WITH queries, and subqueries that lock rows.

Each becomes a step that runs before the rest, whether its rows are read or not; what it returns is
a relation that the later parts name. All parts see the rows as they were when the statement began,
and each other only through what they return.

The parameters' types are known only when all parts are bound, so that everything is bound twice.

Source: PostgreSQL documentation, "Data-Modifying Statements in WITH".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from sqlglot import exp

from kalampg import errors
from kalampg.ids import ColumnId, TableId
from kalampg.relation import Column, Relation, TableType
from kalampg.sql.plan import (
    DeletePlan,
    InsertPlan,
    ResultColumn,
    SelectPlan,
    Step,
    StepPlan,
    UpdatePlan,
    WithPlan,
)

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

# Compiles one part with a binder that knows the steps before it.
CompilePart: TypeAlias = Callable[["Binder", exp.Expr], StepPlan]

_WRITES: Final = (exp.Insert, exp.Update, exp.Delete)
_STATEMENTS: Final = (*_WRITES, exp.Select, exp.SetOperation, exp.Values)


@dataclass(frozen=True, slots=True)
class _Part:
    """A step before it is compiled. ``queries`` are the WITH queries before it."""

    name: str
    columns: tuple[str, ...]
    tree: exp.Expr
    queries: tuple[exp.Expr, ...]


def has_steps(tree: exp.Expr) -> bool:
    """Whether a statement has parts that must run before it."""
    if not isinstance(tree, _STATEMENTS):
        return False
    return any(
        node is not tree and (isinstance(node, _WRITES) or _is_locking_subquery(node))
        for node in tree.find_all(*_WRITES, exp.Select)
    )


def _is_locking_subquery(node: exp.Expr) -> bool:
    """Whether it may lock rows; a branch of a UNION may not, and says so when it is bound."""
    return bool(node.args.get("locks")) and not isinstance(node.parent, exp.SetOperation)


def compile_steps(new_binder: Callable[[], Binder], tree: exp.Expr, part: CompilePart) -> WithPlan:
    """The plan of a statement that ``has_steps``.

    Raises:
        FeatureNotSupported: 0A000, a part stands where it cannot be.
        PgError: whatever is wrong with a part.
    """
    first = new_binder()
    first.parameters.is_open = True
    _Steps(first, part).compile(tree.copy())
    first.parameters.is_open = False
    second = new_binder()
    second.parameters.give(first.parameters.finish())
    return _Steps(second, part).compile(tree)


class _Steps:
    def __init__(self, binder: Binder, compile_part: CompilePart) -> None:
        self._binder = binder
        self._compile_part = compile_part
        self._relations: dict[str, Relation] = {}

    def compile(self, tree: exp.Expr) -> WithPlan:
        steps: list[Step] = []
        own = tree.args.get("with_")
        is_recursive = own is not None and bool(own.args.get("recursive"))
        for part in self._parts(tree):
            clause = _with_queries(part.tree, part.queries, is_recursive=is_recursive)
            plan = self._compiled(clause)
            relation = _relation(part, plan, len(steps))
            steps.append(Step(relation, plan))
            self._relations[part.name] = relation
        main = self._compiled(tree)
        if isinstance(main, SelectPlan) and main.locked is not None:
            raise errors.FeatureNotSupported(
                "FOR UPDATE is not supported beside other statements in WITH"
            )
        return WithPlan(tuple(steps), main, self._binder.parameters.finish())

    def _compiled(self, tree: exp.Expr) -> StepPlan:
        binder = self._binder.beside()
        binder.steps = dict(self._relations)
        return self._compile_part(binder, tree)

    def _parts(self, tree: exp.Expr) -> list[_Part]:
        """Take the steps out of the statement, in the order in which they run."""
        parts: list[_Part] = []
        clause = tree.args.get("with_")
        queries: list[exp.Expr] = []
        names = set()
        for item in list(clause.expressions) if clause is not None else ():
            alias = item.args["alias"]
            name = self._binder.name_of(alias.this)
            if name in names:
                raise errors.DuplicateAlias(f'WITH query name "{name}" specified more than once')
            names.add(name)
            if isinstance(item.this, _WRITES) or item.this.args.get("locks"):
                columns = tuple(map(self._binder.name_of, alias.args.get("columns") or ()))
                parts.append(_Part(name, columns, item.this, tuple(queries)))
                item.pop()
            else:
                queries.append(item)
        if clause is not None and not clause.expressions:
            tree.set("with_", None)
        for node in list(tree.find_all(exp.Select)):
            if node is not tree and _is_locking_subquery(node):
                parts.append(self._locking_subquery(node, len(parts), tuple(queries)))
        for write in tree.find_all(*_WRITES):
            if write is not tree:
                raise errors.FeatureNotSupported(
                    "WITH clause containing a data-modifying statement must be at the top level"
                )
        return parts

    def _locking_subquery(
        self, node: exp.Select, number: int, queries: tuple[exp.Expr, ...]
    ) -> _Part:
        """A subquery that locks rows: what it found stands in its place."""
        name = f"locked rows {number}"
        found = exp.Select(
            expressions=[exp.Star()],
            from_=exp.From(this=exp.Table(this=exp.to_identifier(name, quoted=True))),
        )
        node.replace(found)
        return _Part(name, (), node, queries)


def _with_queries(tree: exp.Expr, queries: tuple[exp.Expr, ...], *, is_recursive: bool) -> exp.Expr:
    """A part with the plain WITH queries that it may name, before its own."""
    if queries:
        own = tree.args.get("with_")
        copies = [query.copy() for query in queries]
        is_recursive = is_recursive or bool(own and own.args.get("recursive"))
        items = [*copies, *(own.expressions if own else ())]
        tree.set("with_", exp.With(expressions=items, recursive=is_recursive))
    return tree


def _relation(part: _Part, plan: StepPlan, number: int) -> Relation:
    """What a step returns, as a relation of no catalog."""
    columns = _columns(plan)
    if len(part.columns) > len(columns):
        raise errors.InvalidColumnReference(
            f'WITH query "{part.name}" has {len(columns)} columns available '
            f"but {len(part.columns)} columns specified"
        )
    return Relation(
        table_id=TableId(-1 - number),
        schema_name="",
        name=part.name,
        table_type=TableType.SYSTEM,
        columns=tuple(
            Column(
                ColumnId(place + 1),
                part.columns[place] if place < len(part.columns) else column.name,
                column.type_oid,
                column.typmod,
            )
            for place, column in enumerate(columns)
        ),
    )


def _columns(plan: StepPlan) -> tuple[ResultColumn, ...]:
    if isinstance(plan, (InsertPlan, UpdatePlan, DeletePlan)):
        return () if plan.returning is None else plan.returning.columns or ()
    return plan.columns or ()
