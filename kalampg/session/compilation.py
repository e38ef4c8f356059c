"""Compilation: from a statement's text to something that runs, through the plan cache.

The one place where the session meets the compiler. A compiled statement belongs to nobody: which
user runs it is decided when it runs, and what that user may touch is checked then (``guards``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kalampg.engine import Executor, PreparedPlan
from kalampg.ids import Oid
from kalampg.relation import Datum, Relation, TableType
from kalampg.sql import (
    Compiled,
    CompileEnv,
    Compiler,
    DataPlan,
    DeletePlan,
    DuckQuery,
    ExecuteAsPlan,
    InsertPlan,
    Plan,
    PlanCache,
    ResultColumn,
    SelectPlan,
    UpdatePlan,
)


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


@dataclass(slots=True)
class CompiledStatement:
    """One text compiled: its plan, and the literals lifted out of it.

    ``validity`` is equal for two compilations of one text exactly if they would give the same plan.
    """

    compiled: Compiled
    validity: tuple[object, ...]
    ready: ReadyPlan

    @property
    def plan(self) -> Plan:
        return self.compiled.plan

    @property
    def runnable(self) -> PreparedPlan | None:
        return self.ready.runnable

    @property
    def guards(self) -> tuple[Guard, ...]:
        return self.ready.guards

    @property
    def known_columns(self) -> tuple[ResultColumn, ...] | None:
        """The result columns if they are known without asking DuckDB."""
        plan = self.compiled.plan
        return plan.columns if isinstance(plan, SelectPlan) else None


class Compilation:
    """Compiles for one server; what it has compiled is shared by all sessions.

    The compiler remembers plans by text, the cache here what the engine has made of a plan. Texts
    that differ in literals only share both.
    """

    def __init__(self, compiler: Compiler, executor: Executor, plans_max: int) -> None:
        self._compiler = compiler
        self._executor = executor
        self._ready: PlanCache[ReadyPlan] = PlanCache(plans_max)

    def compile(self, text: str, param_oids: Sequence[int], env: CompileEnv) -> CompiledStatement:
        """Compile ``text`` for a catalog and a search path, or find that it has been done.

        Raises:
            PgError: the statement is wrong or not supported.
        """
        compiled = self._compiler.compile(text, param_oids, env)
        plan = compiled.plan
        # By identity: the entry keeps the plan alive, so its id is its own.
        ready = self._ready.get(id(plan))
        if ready is None:
            ready = self._make_ready(plan)
            self._ready.put(id(plan), ready)
        return CompiledStatement(compiled, env.key(), ready)

    def _make_ready(self, plan: Plan) -> ReadyPlan:
        inner = plan.inner if isinstance(plan, ExecuteAsPlan) else plan
        if isinstance(inner, SelectPlan | InsertPlan | UpdatePlan | DeletePlan):
            return ReadyPlan(plan, self._executor.prepare(inner), guards_of(inner))
        return ReadyPlan(plan, None, ())


def guards_of(plan: DataPlan) -> tuple[Guard, ...]:
    """The shared and computed relations that a plan reads or writes.

    User tables need no guard: everybody has their own.
    """
    guards: dict[tuple[int, bool], Guard] = {}

    def note(relation: Relation | None, *, is_write: bool) -> None:
        if relation is not None and relation.table_type is not TableType.USER:
            guards[relation.table_id, is_write] = Guard(relation, is_write)

    def note_query(query: DuckQuery | None) -> None:
        for use in query.uses if query is not None else ():
            note(use.relation, is_write=False)

    if isinstance(plan, SelectPlan):
        note(plan.fast.relation if plan.fast is not None else None, is_write=False)
        note_query(plan.query)
    else:
        note(plan.relation, is_write=True)
        note_query(plan.source if isinstance(plan, InsertPlan) else plan.query)
    return tuple(guards.values())


def with_lifted(params: list[Datum], compiled: Compiled) -> list[Datum]:
    """The statement's own parameters followed by the literals lifted out of its text."""
    return [*params, *compiled.lifted] if compiled.lifted else params


def param_oids_of(compiled: Compiled) -> tuple[Oid, ...]:
    """The types of the statement's own parameters, for ParameterDescription and Bind."""
    own = len(compiled.param_oids) - len(compiled.lifted)
    return compiled.param_oids[:own]
