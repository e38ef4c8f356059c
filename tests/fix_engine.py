"""What the engine tests share: an executor over a real store, sessions, and SQL to run in them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kalampg.clock import ManualClock
from kalampg.engine import (
    Duck,
    DuckSettings,
    ExecutionResult,
    Executor,
    ExecutorSettings,
    SessionContext,
)
from kalampg.ids import BackendPid, ColumnId, Oid, TableId, UserId
from kalampg.pgtypes import datums_from_arrow
from kalampg.relation import Column, Datum, Relation, TableType
from kalampg.sql import CompileEnv, Compiler
from kalampg.sql.plan import DataPlan, DeletePlan, InsertPlan, SelectPlan, UpdatePlan
from kalampg.storage import FlushResult, FlushSettings, Scope, Store, flush_scope


def user_table(
    name: str, *columns: tuple[str, int], table_id: int = 20_000, key: tuple[int, ...] = (0,),
    table_type: TableType = TableType.USER, **changes: Any,
) -> Relation:  # fmt: skip
    """A relation of these (name, type OID) columns; key columns are NOT NULL."""
    made = tuple(
        Column(ColumnId(place + 1), column, Oid(oid), not_null=place in key)
        for place, (column, oid) in enumerate(columns)
    )
    return Relation(
        table_id=TableId(table_id),
        schema_name="public",
        name=name,
        table_type=table_type,
        columns=changes.pop("made", made),
        primary_key=key,
        primary_key_name=f"{name}_pkey",
        layouts={1: tuple(column.column_id for column in made)},
        **changes,
    )


@dataclass(frozen=True)
class FakeCatalog:
    """Just enough catalog for the engine and the compiler."""

    tables: Mapping[tuple[str, str], Relation]
    version: int = 1
    temporary_schema: str | None = None

    def relation(self, schema_name: str, name: str) -> Relation | None:
        return self.tables.get((schema_name, name))

    def has_schema(self, schema_name: str) -> bool:
        return schema_name in {"public", "pg_catalog"}

    def enumeration(self, schema_name: str, name: str) -> None:
        return None

    def domain(self, schema_name: str, name: str) -> None:
        return None

    def domain_by_oid(self, oid: Oid) -> None:
        return None

    def table_by_id(self, table_id: TableId) -> Relation | None:
        return self.relation_by_id(table_id)

    def relation_by_id(self, relation_id: int) -> Relation | None:
        return next((t for t in self.tables.values() if t.table_id == relation_id), None)


@dataclass
class Holder:
    current: Any


@dataclass
class Engine:
    """One server's engine, and sessions on it."""

    store: Store
    executor: Executor
    clock: ManualClock
    holder: Holder
    sessions: int = 0
    compiler: Compiler = field(default_factory=Compiler)

    def session(self, user_id: str, **changes: Any) -> Session:
        self.sessions += 1
        context = SessionContext(
            user_id=UserId(user_id),
            session_user=user_id,
            generators=self.executor.generators,
            backend_pid=BackendPid(self.sessions),
            **changes,
        )
        return Session(self, context)

    async def flush(
        self, relation: Relation, user_id: str, settings: FlushSettings | None = None
    ) -> FlushResult:
        loop = asyncio.get_running_loop()

        def in_worker(work: Callable[[], Any], /) -> Any:
            return loop.run_in_executor(None, work)

        scope = Scope(relation.table_id, UserId(user_id))
        return await flush_scope(
            self.store, relation, scope, in_worker=in_worker, settings=settings
        )


@dataclass
class Session:
    """A client: statements in, (tag, rows) out."""

    engine: Engine
    context: SessionContext

    def compile(self, text: str) -> tuple[DataPlan, tuple[Datum, ...]]:
        env = CompileEnv(
            lookup=self.engine.holder.current,
            search_path=("public",),
            scope_all=self.context.scope_all,
        )
        compiled = self.engine.compiler.compile(text, (), env)
        plan = compiled.plan
        assert isinstance(plan, SelectPlan | InsertPlan | UpdatePlan | DeletePlan)
        return plan, compiled.lifted

    def explain(self, text: str) -> list[str]:
        plan, lifted = self.compile(text)
        executor = self.engine.executor
        return executor.explain(executor.prepare(plan), lifted, self.context)

    async def run(self, text: str, *params: Datum) -> tuple[str, list[tuple[Datum, ...]]]:
        plan, lifted = self.compile(text)
        if self.context.transaction is None:
            self.context.transaction_now_us = self.engine.clock.now_us()
        self.context.statement_now_us = self.engine.clock.now_us()
        executor = self.engine.executor
        outcome = executor.execute(executor.prepare(plan), [*params, *lifted], self.context)
        result = outcome if isinstance(outcome, ExecutionResult) else await outcome
        return await all_rows(result)

    async def rows(self, text: str, *params: Datum) -> list[tuple[Datum, ...]]:
        return (await self.run(text, *params))[1]

    def begin(self, isolation: str = "read committed", *, is_read_only: bool = False) -> None:
        self.context.transaction_now_us = self.engine.clock.now_us()
        self.engine.executor.begin(self.context, isolation=isolation, is_read_only=is_read_only)

    def commit(self) -> None:
        transaction, self.context.transaction = self.context.transaction, None
        assert transaction is not None
        self.engine.executor.commit(transaction)

    def rollback(self) -> None:
        transaction, self.context.transaction = self.context.transaction, None
        assert transaction is not None
        self.engine.executor.rollback(transaction)


async def all_rows(result: ExecutionResult) -> tuple[str, list[tuple[Datum, ...]]]:
    """A result read to its end; the tag of a stream is completed as the session does it."""
    if result.rows is None or isinstance(result.rows, list):
        return result.tag, [tuple(row) for row in result.rows or []]
    assert result.columns is not None
    oids = [column.type_oid for column in result.columns]
    rows: list[tuple[Datum, ...]] = []

    def encode(batch: Any) -> bytes:
        columns = [datums_from_arrow(oid, batch.column(n)) for n, oid in enumerate(oids)]
        rows.extend(zip(*columns, strict=True))
        return b""

    is_done = False
    while not is_done:
        _, _, is_done = await result.rows.next(0, encode)
    return f"{result.tag} {len(rows)}", rows


def open_duck(directory: Path) -> Duck:
    """DuckDB for all engines below ``directory``: opening it takes longer than a test."""
    return Duck(DuckSettings(scan_directories=(directory,), connections=2, threads=1))


@asynccontextmanager
async def open_engine(
    data_dir: Path,
    tables: Sequence[Relation],
    duck: Duck,
    *,
    settings: ExecutorSettings | None = None,
) -> AsyncIterator[Engine]:
    """An engine on a data directory below one that ``duck`` may scan."""
    clock = ManualClock()
    store = Store.open(data_dir, clock=clock)
    holder = Holder(FakeCatalog({(table.schema_name, table.name): table for table in tables}))
    executor = Executor(
        store,
        duck,
        holder,
        clock=clock,
        settings=settings,
        random_bytes=random.Random(0).randbytes,
    )
    try:
        yield Engine(store, executor, clock, holder)
    finally:
        await executor.close()
        store.close()
