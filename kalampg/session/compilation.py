"""Compilation: from a statement's text to something that runs, through the plan cache.

The one place where the session meets the compiler. A compiled statement belongs to nobody: which
user runs it is decided when it runs, and what that user may touch is checked then (``guards``).
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Final

from kalampg import errors
from kalampg.engine import Executor, PreparedPlan
from kalampg.ids import Oid
from kalampg.relation import Datum, Relation, TableType
from kalampg.session.long_texts import LONG_TEXT_CHARACTERS, LongTexts
from kalampg.session.presentation import Presentations
from kalampg.sql import (
    Compiled,
    CompileEnv,
    Compiler,
    DataPlan,
    DeclarePlan,
    DeletePlan,
    DuckQuery,
    ExecuteAsPlan,
    ExecutePlan,
    FetchPlan,
    InsertPlan,
    MergePlan,
    Plan,
    PlanCache,
    ResultColumn,
    SelectPlan,
    UpdatePlan,
    WithPlan,
)
from kalampg.sql.expression import Call, ColumnRef, Const, Param

_WITHOUT_QUERIES: Final = (Relation, Call, ColumnRef, Const, Param)


@dataclass(frozen=True, slots=True)
class Guard:
    """A relation that not everybody may use, and whether the statement writes it."""

    relation: Relation
    is_write: bool


@dataclass(frozen=True, slots=True)
class ReadyPlan:
    """A plan ready to run, with what has to be checked before it does."""

    plan: Plan
    runnable: PreparedPlan | None
    guards: tuple[Guard, ...]
    presentations: Presentations = field(default_factory=Presentations)


class CompiledStatement:
    """One text compiled in one environment: its plan, and the literals lifted out of it."""

    __slots__ = ("compiled", "data_plan", "env", "guards", "plan", "presentations", "runnable")

    def __init__(self, compiled: Compiled, env: CompileEnv, ready: ReadyPlan) -> None:
        self.compiled = compiled
        self.env = env
        self.plan = ready.plan
        self.runnable = ready.runnable
        # What runs for the session's own user, without further ado; None for everything else.
        is_wrapped = isinstance(ready.plan, ExecuteAsPlan | DeclarePlan)
        self.data_plan = None if is_wrapped else ready.runnable
        self.guards = ready.guards
        self.presentations = ready.presentations

    @property
    def known_columns(self) -> tuple[ResultColumn, ...] | None:
        """The result columns if they are known without asking DuckDB."""
        plan = self.plan
        return plan.columns if isinstance(plan, SelectPlan) else None

    def is_valid_in(self, env: CompileEnv) -> bool:
        """Whether compiling again in ``env`` would give the same plan."""
        if self.env is env:
            return True
        if self.env.key() != env.key():
            return False
        self.env = env
        return True


class Compilation:
    """Compiles for one server; what it has compiled is shared by all sessions.

    The compiler remembers plans by text, the cache here what the engine has made of a plan. Texts
    that differ in literals only share both.
    """

    def __init__(self, compiler: Compiler, executor: Executor, plans_max: int) -> None:
        self._compiler = compiler
        self._long_texts = LongTexts()
        self._executor = executor
        self._ready: PlanCache[ReadyPlan] = PlanCache(plans_max)

    def compile(self, text: str, param_oids: Sequence[int], env: CompileEnv) -> CompiledStatement:
        """Compile ``text`` for a catalog and a search path, or find that it has been done.

        Raises:
            PgError: the statement is wrong or not supported.
        """
        compiled = None
        if len(text) > LONG_TEXT_CHARACTERS:
            compiled = self._long_texts.take(text, param_oids, env)
        if compiled is None:
            compiled = self._compiler.compile(text, param_oids, env)
        plan = compiled.plan
        if isinstance(plan, FetchPlan | ExecutePlan):
            # What its rows look like is up to the cursor or statement of the moment.
            return CompiledStatement(compiled, env, ReadyPlan(plan, None, ()))
        # By identity: the entry keeps the plan alive, so its id is its own.
        ready = self._ready.get(id(plan))
        if ready is None:
            ready = self._make_ready(plan)
            self._ready.put(id(plan), ready)
        return CompiledStatement(compiled, env, ready)

    def begin(
        self, text: str, param_oids: Sequence[int], env: CompileEnv
    ) -> Coroutine[Any, Any, None] | None:
        """What to await before ``compile`` of a long text; None: compile it at once."""
        if len(text) <= LONG_TEXT_CHARACTERS:
            return None
        return self._long_texts.compile(text, param_oids, env)

    def close(self) -> None:
        """No long text is compiled any more."""
        self._long_texts.close()

    def _make_ready(self, plan: Plan) -> ReadyPlan:
        inner = plan.inner if isinstance(plan, ExecuteAsPlan | DeclarePlan) else plan
        if isinstance(
            inner, SelectPlan | InsertPlan | UpdatePlan | DeletePlan | MergePlan | WithPlan
        ):
            return ReadyPlan(plan, self._executor.prepare(inner), guards_of(inner))
        return ReadyPlan(plan, None, ())


def guards_of(plan: DataPlan) -> tuple[Guard, ...]:
    """The shared and computed relations that a plan reads or writes.

    User tables need no guard: everybody has their own.
    """
    if isinstance(plan, WithPlan):
        parts = [*(step.plan for step in plan.steps), plan.main]
        return tuple(guard for part in parts for guard in guards_of(part))
    guards: dict[tuple[int, bool], Guard] = {}

    def note(relation: Relation | None, *, is_write: bool) -> None:
        if relation is not None and relation.table_type is not TableType.USER:
            guards[relation.table_id, is_write] = Guard(relation, is_write)

    if isinstance(plan, SelectPlan):
        note(plan.fast.relation if plan.fast is not None else None, is_write=False)
        for lock in plan.locked.locks if plan.locked is not None else ():
            note(lock.relation, is_write=True)
    else:
        note(plan.relation, is_write=True)
    for query in _queries_in(plan):
        for use in query.uses:
            if use.relation.table_id > 0:  # What a step of the statement returns is nobody's.
                note(use.relation, is_write=False)
    return tuple(guards.values())


def _queries_in(part: object) -> Iterator[DuckQuery]:
    """Every query in a plan, wherever it stands: one that is not found would not be guarded."""
    if isinstance(part, DuckQuery):
        yield part
    elif isinstance(part, tuple):
        for each in part:
            yield from _queries_in(each)
    elif is_dataclass(part) and not isinstance(part, _WITHOUT_QUERIES):
        for each in fields(part):
            yield from _queries_in(getattr(part, each.name))


def check_has_user_tables_only(statement: CompiledStatement) -> None:
    """EXECUTE AS USER gives no other rights: raises 42501 for shared tables."""
    for guard in statement.guards:
        if guard.relation.is_temporary:
            continue
        raise errors.InsufficientPrivilege(
            f"EXECUTE AS USER cannot use {guard.relation.qualified_name}",
            detail="It works on user tables only.",
        )


def with_lifted(params: list[Datum], compiled: Compiled) -> list[Datum]:
    """The statement's own parameters followed by the literals lifted out of its text."""
    return [*params, *compiled.lifted] if compiled.lifted else params


def param_oids_of(compiled: Compiled) -> tuple[Oid, ...]:
    """The types of the statement's own parameters, for ParameterDescription and Bind."""
    own = len(compiled.param_oids) - len(compiled.lifted)
    return compiled.param_oids[:own]
