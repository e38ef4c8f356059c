"""Compiler: the text of one statement and its environment in, a plan out.

Each text is compiled once: literals are lifted into parameters first (``lift``), and plans are kept
by text, parameter types and environment (``plan_cache``). A plan belongs to no user.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.ids import Oid
from kalampg.pgtypes import from_text
from kalampg.relation import Datum, Relation
from kalampg.sql.annotation import oid_of
from kalampg.sql.bind_query import Binder
from kalampg.sql.bind_views import ViewShape, check_runnable, view_shape
from kalampg.sql.classify import QueryKind, classify
from kalampg.sql.coercion import insert_cast
from kalampg.sql.compile_env import CompileEnv
from kalampg.sql.copy_plan import CopyPlan
from kalampg.sql.cursor_plan import DeclareCursor
from kalampg.sql.domains import default_text
from kalampg.sql.duck_query import duck_query, result_column
from kalampg.sql.engine_conditions import take_conditions
from kalampg.sql.evaluable_tree import Translator
from kalampg.sql.expression import ColumnRef, Expression
from kalampg.sql.index_select import select_by_index
from kalampg.sql.insert import Defaults, compile_insert
from kalampg.sql.lift import Lifted, LiteralLifter
from kalampg.sql.merge import compile_merge
from kalampg.sql.operators import can_assign
from kalampg.sql.outputs import Output
from kalampg.sql.overriding import OVERRIDING, without_overriding
from kalampg.sql.parse import parse, parse_expression, parse_undelete
from kalampg.sql.parse_kalam import ExecuteAs
from kalampg.sql.plan import (
    CommandPlan,
    Compiled,
    DataPlan,
    DeclarePlan,
    DeletePlan,
    ExecuteAsPlan,
    InsertPlan,
    MergePlan,
    Plan,
    SelectPlan,
    StepPlan,
    UpdatePlan,
    WithPlan,
)
from kalampg.sql.plan_cache import PlanCache
from kalampg.sql.point import select_by_key, select_without_table
from kalampg.sql.prepare_plan import ExecutePlan, PreparePlan
from kalampg.sql.row_locks import LockingClause
from kalampg.sql.row_plans import IndexSelect, PointSelect, RangeSelect
from kalampg.sql.scopes import Scope
from kalampg.sql.sequence_columns import take_sequence_calls
from kalampg.sql.temporal_literals import is_moving, is_temporal
from kalampg.sql.type_names import type_name
from kalampg.sql.update import compile_delete, compile_update
from kalampg.sql.with_steps import compile_steps, has_steps

_STRINGS: Final = frozenset({25, 1043, 1042, 19, 18, 705})
# What other statements they consist of has parameters, or is compiled later.
_WITHOUT_PARAMETERS: Final = (CommandPlan, CopyPlan, PreparePlan, ExecutePlan)
_DATA_PLANS: Final = (SelectPlan, InsertPlan, UpdatePlan, DeletePlan, MergePlan, WithPlan)


class Compiler:
    """Compiles statements; one for the whole server.

    Invariants:
        - Equal text, parameter types and ``env.key()`` give the same plan while it is cached.
        - Nothing of a literal that was lifted is in the plan.
    """

    def __init__(self, capacity: int = 1000) -> None:
        self._lifter = LiteralLifter(4 * capacity)
        self._plans: PlanCache[tuple[Plan, tuple[Oid, ...]]] = PlanCache(capacity)
        self._defaults: PlanCache[Expression] = PlanCache(capacity)

    def compile(self, text: str, param_oids: Sequence[int], env: CompileEnv) -> Compiled:
        """The plan of the one statement in ``text``.

        Raises:
            PgError: the statement is wrong, or not supported.
        """
        if param_oids:
            plan, oids = self._planned(text, tuple(param_oids), env)
            return Compiled(plan, oids)
        lifted = self._lifter.lift(text)
        if not lifted.values:
            plan, oids = self._planned(text, (), env)
            return Compiled(plan, oids)
        try:
            plan, oids = self._planned(lifted.text, lifted.oids, env)
        except errors.PgError:
            # Again with the literals in place: messages and positions are then those of the text.
            plan, oids = self._planned(text, (), env)
            return Compiled(plan, oids)
        values = _values(lifted, oids, env)
        if values is None:
            plan, oids = self._planned(text, (), env)
            return Compiled(plan, oids)
        return Compiled(plan, oids, values)

    def compile_default(
        self, expression: str, type_oid: int, typmod: int, env: CompileEnv
    ) -> Expression:
        """A column's DEFAULT as an expression.

        Raises:
            FeatureNotSupported: 0A000, it needs a table or DuckDB.
            PgError: it is wrong.
        """
        key = (expression, type_oid, typmod, env.input)
        found = self._defaults.get(key)
        if found is None:
            found = _default(expression, type_oid, typmod, env)
            self._defaults.put(key, found)
        return found

    def view_shape(self, query: str, env: CompileEnv) -> ViewShape:
        """What CREATE VIEW makes of its query.

        Raises:
            PgError: the query is wrong, or could not be run.
        """
        shape = view_shape(Binder(env, ()), query, env)
        check_runnable(Binder(env, ()), query)
        return shape

    def query_columns(self, query: str, env: CompileEnv) -> tuple[tuple[str, Oid, int], ...]:
        """Name, type OID and modifier of the columns of CREATE TABLE AS."""
        return view_shape(Binder(env, ()), query, env).columns

    def _planned(
        self, text: str, param_oids: tuple[int, ...], env: CompileEnv
    ) -> tuple[Plan, tuple[Oid, ...]]:
        key = (text, param_oids, env.key())
        found = self._plans.get(key)
        if found is None:
            plan = self._plan(text, param_oids, env)
            found = plan, _param_oids(plan)
            self._plans.put(key, found)
        return found

    def _plan(self, text: str, param_oids: Sequence[int], env: CompileEnv) -> Plan:
        kind = classify(text)
        if isinstance(kind, ExecuteAs):
            return self._execute_as(kind, param_oids, env)
        if isinstance(kind, DeclareCursor):
            return self._declare(kind, param_oids, env)
        if not isinstance(kind, QueryKind):
            if param_oids and any(param_oids) and isinstance(kind, _WITHOUT_PARAMETERS):
                raise errors.UndefinedParameter("there is no parameter $1")
            return kind
        try:
            if kind is QueryKind.UNDELETE:
                return compile_delete(Binder(env, param_oids), parse_undelete(text), restores=True)
            return self._query_plan(_tree(text, kind), param_oids, env)
        except RecursionError:
            raise errors.StatementTooComplex(
                "stack depth limit exceeded", hint="Write the statement with less nesting."
            ) from None

    def _execute_as(self, statement: ExecuteAs, param_oids: Sequence[int], env: CompileEnv) -> Plan:
        try:
            inner = self._plan(statement.text, param_oids, env)
        except errors.PgError as error:
            if error.position is not None:
                error.position += statement.offset
            raise
        if not isinstance(inner, _DATA_PLANS):
            raise errors.FeatureNotSupported(
                "EXECUTE AS USER takes SELECT, INSERT, UPDATE and DELETE only",
                hint="Use SET kalam.user_id for other statements.",
            )
        return ExecuteAsPlan(statement.user_id, inner)

    def _declare(self, cursor: DeclareCursor, param_oids: Sequence[int], env: CompileEnv) -> Plan:
        try:
            inner = self._plan(cursor.text, param_oids, env)
        except errors.PgError as error:
            if error.position is not None:
                error.position += cursor.offset
            raise
        if not isinstance(inner, SelectPlan):
            raise errors.SyntaxError("DECLARE CURSOR takes a query only")
        if inner.locked is not None and (cursor.is_scroll or cursor.is_held):
            kind, adjective = ("CURSOR WITH HOLD", "Holdable")
            if not cursor.is_held:
                kind, adjective = ("SCROLL CURSOR", "Scrollable")
            raise errors.FeatureNotSupported(
                f"DECLARE {kind} ... FOR UPDATE/SHARE is not supported",
                detail=f"{adjective} cursors must be READ ONLY.",
            )
        return DeclarePlan(cursor.name, inner, cursor.is_scroll, cursor.is_held)

    def _query_plan(self, tree: exp.Expr, param_oids: Sequence[int], env: CompileEnv) -> DataPlan:
        if has_steps(tree):
            return compile_steps(
                lambda: Binder(env, param_oids),
                tree,
                lambda binder, part: self._part_plan(binder, part, env),
            )
        binder = Binder(env, param_oids)
        if isinstance(tree, exp.Merge):
            return compile_merge(binder, tree, self._defaults_in(env))
        return self._part_plan(binder, tree, env)

    def _defaults_in(self, env: CompileEnv) -> Defaults:
        def defaults(relation: Relation) -> tuple[Expression | None, ...]:
            texts = (default_text(column, env.lookup) for column in relation.columns)
            return tuple(
                None
                if text is None
                else self.compile_default(text, column.type_oid, column.typmod, env)
                for column, text in zip(relation.columns, texts, strict=True)
            )

        return defaults

    def _part_plan(self, binder: Binder, tree: exp.Expr, env: CompileEnv) -> StepPlan:
        defaults = self._defaults_in(env)
        if isinstance(tree, exp.Insert):
            return compile_insert(binder, tree, defaults)
        if isinstance(tree, exp.Update):
            return compile_update(binder, tree, defaults)
        if isinstance(tree, exp.Delete):
            return compile_delete(binder, tree)
        if isinstance(tree, (exp.Query, exp.Values)):
            return _select_plan(binder, tree)
        raise errors.FeatureNotSupported(f"{tree.key.upper()} is not supported")


def _tree(text: str, kind: QueryKind) -> exp.Expr:
    if kind is not QueryKind.INSERT:
        return parse(text)
    text, overriding = without_overriding(text)
    tree = parse(text)
    if overriding is not None:
        tree.set(OVERRIDING, overriding)
    return tree


def check_syntax(text: str) -> None:
    """Raise what is wrong with the statement's syntax, whatever else may be wrong with it.

    Raises:
        SyntaxError: 42601.
    """
    try:
        kind = classify(text)
        if kind is QueryKind.UNDELETE:
            parse_undelete(text)
        elif isinstance(kind, QueryKind):
            _tree(text, kind)
    except errors.SyntaxError:
        raise
    except (errors.PgError, RecursionError):
        return  # Told when its turn comes.


def _select_plan(binder: Binder, tree: exp.Expr) -> SelectPlan:
    binder.lockable = tree.unnest() if isinstance(tree, exp.Subquery) else tree
    outputs = binder.query(tree, None)
    params = binder.parameters.finish()
    visible = len(outputs) - (0 if binder.locking is None else binder.locking.added)
    columns = tuple(result_column(output) for output in outputs[:visible])
    fast: PointSelect | RangeSelect | None = None
    query = None
    is_part = binder.steps is not None
    if isinstance(tree, exp.Select) and not binder.env.scope_all and not is_part:
        if not binder.uses:
            fast = select_without_table(tree, Translator(binder.coercion, None))
        elif len(binder.uses) == 1:
            use = binder.uses[0]
            fast = select_by_key(tree, use, Translator(binder.coercion, use.index))
    if binder.locking is not None:
        return _locking_plan(binder, binder.locking, tree, outputs, visible, fast)
    finish = None
    admission = None
    indexed: IndexSelect | None = None
    if fast is None or fast.relation is not None:
        indexed = None if fast is not None or is_part else _by_index(binder, tree)
        taken = take_sequence_calls(binder, tree, outputs)
        if taken is not None:
            outputs, finish = taken
        admission = None if is_part else take_conditions(binder, tree, outputs)
        if admission is not None:
            fast = indexed = None
            visible_row = (ColumnRef(n, one.type_oid) for n, one in enumerate(columns))
            finish = finish or tuple(visible_row)
        is_result = finish is None and not is_part
        query = duck_query(binder, tree, outputs, params, is_result=is_result)
    return SelectPlan(columns, params, fast or indexed, query, finish=finish, admission=admission)


def _by_index(binder: Binder, tree: exp.Expr) -> IndexSelect | None:
    if not isinstance(tree, exp.Select) or binder.env.scope_all or len(binder.uses) != 1:
        return None
    use = binder.uses[0]
    return select_by_index(tree, use, Translator(binder.coercion, use.index))


def _locking_plan(
    binder: Binder,
    locking: LockingClause,
    tree: exp.Expr,
    outputs: Sequence[Output],
    visible: int,
    fast: PointSelect | RangeSelect | None,
) -> SelectPlan:
    params = binder.parameters.finish()
    columns = tuple(result_column(output) for output in outputs[:visible])
    locked = locking.rows(visible)
    if fast is not None:
        fast = replace(fast, outputs=fast.outputs[:visible])
    locking.limit_by_parameter(len(params) + 1)
    query = duck_query(binder, tree, outputs, (*params, Oid(20)), is_result=False)
    return SelectPlan(columns, params, fast, query, locked)


def _default(expression: str, type_oid: int, typmod: int, env: CompileEnv) -> Expression:
    binder = Binder(env, ())
    holder = exp.Paren(this=parse_expression(expression))
    try:
        binder.expression(holder.this, Scope())
    except errors.UndefinedColumn:
        raise errors.FeatureNotSupported(
            "cannot use column reference in DEFAULT expression"
        ) from None
    if binder.parameters.count:
        raise errors.UndefinedParameter("there is no parameter $1")
    node = binder.coercion.to(holder.this, type_oid, typmod)
    oid = int(oid_of(node) or type_oid)
    if not can_assign(oid, type_oid):
        raise errors.DatatypeMismatch(
            f"column is of type {type_name(type_oid)} "
            f"but default expression is of type {type_name(oid)}",
            hint="You will need to rewrite or cast the expression.",
        )
    translated = Translator(binder.coercion, None).try_translate(insert_cast(node, type_oid))
    if translated is None:
        raise errors.FeatureNotSupported(
            f"this DEFAULT expression is not supported: {expression}",
            hint="Literals, operators, casts, NOW(), CURRENT_USER, SNOWFLAKE_ID(), UUID_V7(), "
            "ULID() and gen_random_uuid() are.",
        )
    return translated


def _param_oids(plan: Plan) -> tuple[Oid, ...]:
    if isinstance(plan, (ExecuteAsPlan, DeclarePlan)):
        return _param_oids(plan.inner)
    if isinstance(plan, (*_DATA_PLANS, CommandPlan)):
        return plan.param_oids
    return ()


def _values(lifted: Lifted, oids: tuple[Oid, ...], env: CompileEnv) -> tuple[Datum, ...] | None:
    """The lifted literals as datums: numbers are, strings are read by their parameter's type.

    None if one of them has a value only when the statement runs.
    """
    values: list[Datum] = []
    for index, value in enumerate(lifted.values):
        if type(value) is str and oids[index] not in _STRINGS:
            if is_temporal(oids[index]) and is_moving(oids[index], value):
                return None
            try:
                values.append(from_text(oids[index], value, -1, env.input))
            except errors.PgError as error:
                error.position = lifted.positions()[index]
                raise
        else:
            values.append(value)
    return tuple(values)
