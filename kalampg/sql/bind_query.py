"""The binder: names to columns, ``*`` to lists, types to every expression of a query.

Works on the tree in place. Afterwards every table is a numbered scan in a subquery of its own
(``duck_query``), every output column has an alias, and every expression has its PostgreSQL type.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.ids import Oid
from kalampg.pgtypes.enumerations import array_required, enumeration_of
from kalampg.pgtypes.row_types import RowType
from kalampg.relation import Relation
from kalampg.sql import recursion
from kalampg.sql.annotation import oid_of, position_of, set_column, set_oid
from kalampg.sql.bind_calls import window_parts
from kalampg.sql.bind_expression import bind_expression
from kalampg.sql.bind_from import bind_from
from kalampg.sql.bind_order import (
    bind_distinct_on,
    bind_group,
    bind_limits,
    bind_order,
    bind_order_of_outputs,
)
from kalampg.sql.bind_select_list import bind_select_list
from kalampg.sql.bind_sets import bind_set_operation, bind_values, check_widths
from kalampg.sql.bind_views import env_within
from kalampg.sql.coercion import Coercion, insert_cast
from kalampg.sql.column_names import folded
from kalampg.sql.compile_env import CompileEnv
from kalampg.sql.functions import array_oid
from kalampg.sql.grouping import check_grouping, refuse_aggregates
from kalampg.sql.operators import TEXT
from kalampg.sql.outputs import Output, derived_columns, quoted_alias
from kalampg.sql.parameters import UNKNOWN, Parameters
from kalampg.sql.row_locks import LockingClause, refuse_locks
from kalampg.sql.scopes import CommonTable, Derived, Resolved, Scope, TableUse, read_column
from kalampg.sql.temporal_literals import is_temporal
from kalampg.sql.tree import replace_node
from kalampg.sql.type_names import type_name
from kalampg.view import ViewQuery

_SELECT_PARTS: Final = frozenset(
    {
        "with_", "expressions", "distinct", "from_", "joins", "laterals", "where", "group",
        "having", "windows", "order", "limit", "offset", "locks",
    }
)  # fmt: skip


class Binder:
    """Binds one statement."""

    def __init__(self, env: CompileEnv, param_oids: Sequence[int]) -> None:
        self.env = env
        self.parameters = Parameters(param_oids)
        self.coercion = Coercion(self.parameters, env.input)
        self.uses: list[TableUse] = []
        self.tables: list[tuple[exp.Table, TableUse]] = []
        # The SELECT whose rows the statement may lock, and what it says about that.
        self.lockable: exp.Expr | None = None
        self.locking: LockingClause | None = None
        # The view whose query is being bound, the views named outside of views, and the numbers of
        # the uses within views.
        self.view: ViewQuery | None = None
        self.views: list[Relation] = []
        self.uses_of_views: set[int] = set()
        # The domains that casts name.
        self.domains: set[Oid] = set()
        # What the steps before this part of the statement return, by name; None: it has no steps.
        self.steps: dict[str, Relation] | None = None
        # What holds for every row of the view that the statement writes to, bound.
        self.conditions: list[exp.Expr] = []
        # What the FROM clause of the outermost SELECT names, when it is bound.
        self.outermost: Scope | None = None
        # The row types of what has been bound, held until the plan holds those that it needs.
        self.row_types: list[RowType] = []
        self._replaced: dict[int, exp.Expr] = {}

    # --- what the other binding modules use ---

    def expression(self, node: exp.Expr, scope: Scope) -> exp.Expr:
        return bind_expression(self, node, scope)

    def name_of(self, identifier: exp.Expr) -> str:
        return folded(identifier)

    def keep(self, row_type: RowType) -> int:
        """The number of a row type, which holds until the statement is bound."""
        self.row_types.append(row_type)
        return row_type.number

    def array_of(self, oid: int) -> int:
        array = array_oid(TEXT if oid == UNKNOWN else oid)
        if array is None:
            enumeration = enumeration_of(oid)
            if enumeration is not None:
                return array_required(enumeration)
            raise errors.UndefinedObject(
                f"could not find array type for data type {type_name(oid)}"
            )
        return array

    def check_literal(self, node: exp.Literal, oid: int, typmod: int) -> None:
        # An explicit cast cuts what is too long; the fields of an interval say how it is read.
        self.coercion.check(node, oid, typmod if is_temporal(oid) else -1)

    def replace(self, node: exp.Expr, new: exp.Expr) -> None:
        if node.parent is None:
            self._replaced[id(node)] = new
            new.pop()
        else:
            replace_node(node, new)

    def replacement(self, node: exp.Expr) -> exp.Expr:
        return self._replaced.pop(id(node), node)

    def new_use(self, relation: Relation) -> TableUse:
        use = TableUse(len(self.uses), relation)
        self.uses.append(use)
        if self.view is not None:
            self.uses_of_views.add(use.index)
        return use

    def within_view(self, relation: Relation, view: ViewQuery, tree: exp.Expr) -> list[Output]:
        """Bind the query of a view, under what it was written under."""
        if self.view is None:
            self.views.append(relation)
        with self.under(view):
            return self.query(tree, None)

    @contextmanager
    def under(self, view: ViewQuery) -> Iterator[None]:
        """Bind with what a view was written under."""
        outer, env, coercion = self.view, self.env, self.coercion
        self.view, self.env = view, env_within(view, env)
        self.coercion = Coercion(self.parameters, self.env.input)
        try:
            yield
        finally:
            self.view, self.env, self.coercion = outer, env, coercion

    def derive(self, derived: Derived) -> exp.Expr:
        """The expression that a column stands for, bound anew."""
        holder = exp.Paren(this=derived.expression.copy())
        view = derived.view
        with nullcontext() if view is None else self.under(view):
            bound = self.coercion.to(self.expression(holder.this, derived.scope), derived.oid)
            insert_cast(bound, derived.oid)
        set_oid(holder, derived.oid)
        return holder

    def use_column(self, node: exp.Column, found: Resolved) -> exp.Expr:
        """Make ``node`` the column that was found, and note that it is read.

        The node that stands in its place: ``node``, or what the column stands for.
        """
        column = found.column
        if column.derived is not None:
            derived = self.derive(column.derived)
            self.replace(node, derived)
            return derived
        read_column(column)
        start = position_of(node)
        node.set("this", exp.to_identifier(column.sql_name, quoted=True))
        node.set("table", exp.to_identifier(found.source.sql_alias, quoted=True))
        if start is not None:
            node.meta["start"] = start - 1
        node.set("db", None)
        node.set("catalog", None)
        set_oid(node, column.oid, column.typmod)
        if column.use is not None:
            set_column(node, column.use.index, column.position)
        return node

    def beside(self) -> Binder:
        """A binder for another tree of the same statement: same parameters, own tables."""
        other = self.probe()
        other.parameters = self.parameters
        other.coercion = self.coercion
        return other

    def probe(self) -> Binder:
        """A binder for a dry run: what it finds out about parameters is forgotten."""
        other = Binder(self.env, ())
        other.row_types = self.row_types
        return other

    def output_of(self, name: str, node: exp.Expr) -> Output:
        return Output(name, name, int(oid_of(node) or TEXT))

    # --- queries ---

    def bind_subquery(self, node: exp.Expr, scope: Scope) -> list[int]:
        """Types of the columns of a query inside an expression."""
        return [output.oid for output in self.query(node, scope)]

    def query(
        self, node: exp.Expr, parent: Scope | None, expected: Sequence[int] | None = None
    ) -> list[Output]:
        """Bind a query. ``expected`` are types for outputs that have none of their own.

        Raises:
            PgError: whatever is wrong with it.
        """
        if isinstance(node, exp.Select):
            return self._select(node, parent, expected)
        if isinstance(node, exp.SetOperation):
            return bind_set_operation(self, node, parent, expected)
        if isinstance(node, exp.Subquery):
            return self._wrapped(node, parent, expected)
        if isinstance(node, exp.Values):
            return bind_values(self, node, parent, expected)
        raise errors.FeatureNotSupported(
            f"{node.key.upper()} is not supported here", position=position_of(node)
        )

    def _wrapped(
        self, node: exp.Subquery, parent: Scope | None, expected: Sequence[int] | None
    ) -> list[Output]:
        scope = Scope(parent)
        self.bind_with(node, scope)
        outputs = self.query(node.this, scope, expected)
        bind_order_of_outputs(self, node, outputs, scope)
        bind_limits(self, node, scope)
        set_oid(node, outputs[0].oid if len(outputs) == 1 else UNKNOWN)
        return outputs

    def bind_with(self, node: exp.Expr, scope: Scope) -> None:
        """The WITH clause of ``node``: its queries become names in ``scope``."""
        clause = node.args.get("with_")
        if clause is None:
            return
        is_recursive = bool(clause.args.get("recursive"))
        recursion.refuse_search_and_cycle(clause)
        for item in clause.expressions:
            name = self.name_of(item.args["alias"].this)
            if name in scope.common_tables:
                raise errors.DuplicateAlias(f'WITH query name "{name}" specified more than once')
            if isinstance(item.this, (exp.Insert, exp.Update, exp.Delete)):
                raise errors.FeatureNotSupported(
                    "WITH clause containing a data-modifying statement must be at the top level"
                )
            self._common_table(item, name, scope, is_recursive=is_recursive)

    def _common_table(self, item: exp.Expr, name: str, scope: Scope, *, is_recursive: bool) -> None:
        alias = item.args["alias"]
        names = [self.name_of(column) for column in alias.args.get("columns") or []]
        query = item.this
        if is_recursive and recursion.is_recursive(query, name):
            inner = Scope(scope)
            outputs = self.query(query.this, inner)
            columns = derived_columns(outputs, names, name)
            inner.common_tables[name] = CommonTable(name, columns)
            right = self.query(query.expression, inner, [c.oid for c in columns])
            check_widths(outputs, right, "UNION")
            recursion.check_types(name, columns, outputs, right)
            scope.common_tables[name] = CommonTable(name, columns)
        else:
            outputs = self.query(query, scope)
            columns = derived_columns(outputs, names, name)
            scope.common_tables[name] = CommonTable(name, columns)
        quoted_alias(alias, name, columns)

    def _select(
        self, node: exp.Select, parent: Scope | None, expected: Sequence[int] | None
    ) -> list[Output]:
        _check_parts(node)
        scope = Scope(parent)
        self.bind_with(node, scope)
        locking = self._locking(node)
        bind_from(self, node, scope)
        if locking is not None:
            locking.bind(scope)
        where = node.args.get("where")
        if where is not None:
            self.coercion.boolean(self.expression(where.this, scope), "WHERE")
            refuse_aggregates(where.this, "WHERE")
        outputs = bind_select_list(self, node, scope, expected)
        if locking is not None:
            locking.check()
        bind_group(self, node, scope, outputs)
        having = node.args.get("having")
        if having is not None:
            self.coercion.boolean(self.expression(having.this, scope), "HAVING")
        for window in node.args.get("windows") or []:
            window_parts(self, window, scope)
        bind_distinct_on(self, node, scope, outputs)
        bind_order(self, node, scope, outputs)
        check_grouping(self, node, scope)
        bind_limits(self, node, scope)
        if parent is None:
            self.outermost = scope
        return outputs

    def _locking(self, node: exp.Select) -> LockingClause | None:
        if node.args.get("locks") and node is self.lockable:
            self.locking = LockingClause(self, node)
            return self.locking
        refuse_locks(node, "is not supported in a subquery")
        return None


def _check_parts(node: exp.Select) -> None:
    for key, value in node.args.items():
        if value and key not in _SELECT_PARTS:
            if key == "into":
                raise errors.FeatureNotSupported(
                    "SELECT INTO is not supported",
                    hint="Create the table, and fill it with INSERT ... SELECT.",
                )
            raise errors.SyntaxError(f'syntax error at or near "{key.strip("_")}"')
