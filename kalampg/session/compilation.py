"""Compilation: from a statement's text to something that runs, through the plan cache.

The one place where the session meets the compiler. A compiled statement belongs to nobody: which
user runs it is decided when it runs, and what that user may touch is checked then (``guards``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

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

_DATA_PLANS: Final = (SelectPlan, InsertPlan, UpdatePlan, DeletePlan)


@dataclass(frozen=True, slots=True)
class Guard:
    """A relation that not everybody may use, and whether the statement writes it."""

    relation: Relation
    is_write: bool


@dataclass(slots=True)
class CompiledStatement:
    """A plan ready to run, with what has to be checked before it does.

    ``validity`` is equal for two compilations of one text exactly if they would give the same plan.
    """

    compiled: Compiled
    validity: tuple[object, ...]
    runnable: PreparedPlan | None
    guards: tuple[Guard, ...]

    @property
    def plan(self) -> Plan:
        return self.compiled.plan

    @property
    def known_columns(self) -> tuple[ResultColumn, ...] | None:
        """The result columns if they are known without asking DuckDB."""
        plan = self.compiled.plan
        return plan.columns if isinstance(plan, SelectPlan) else None


class Compilation:
    """Compiles for one server; the cache is shared by all sessions."""

    def __init__(
        self, compiler: Compiler, cache: PlanCache[CompiledStatement], executor: Executor
    ) -> None:
        self._compiler = compiler
        self._cache = cache
        self._executor = executor

    def compile(
        self, text: str, param_oids: Sequence[int], env: CompileEnv, *, is_cacheable: bool
    ) -> CompiledStatement:
        """Compile ``text`` for a catalog and a search path, or find that it has been done.

        ``is_cacheable`` is False inside a transaction that has changed the catalog: what it sees is
        nobody else's business.

        Raises:
            PgError: the statement is wrong or not supported.
        """
        validity = env.key()
        key = (text, tuple(param_oids), validity)
        if is_cacheable:
            found = self._cache.get(key)
            if found is not None:
                return found
        compiled = self._compiler.compile(text, param_oids, env)
        plan = compiled.plan
        inner = plan.inner if isinstance(plan, ExecuteAsPlan) else plan
        is_data = isinstance(inner, _DATA_PLANS)
        statement = CompiledStatement(
            compiled=compiled,
            validity=validity,
            runnable=self._executor.prepare(inner) if is_data else None,
            guards=guards_of(inner) if is_data else (),
        )
        if is_cacheable:
            self._cache.put(key, statement)
        return statement


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
