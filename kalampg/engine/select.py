"""SELECT: the fast closure where the plan has one and this execution allows it, else DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kalampg import errors
from kalampg.engine.admission import compile_admission
from kalampg.engine.advisory import AdvisorySelect, calls_advisory
from kalampg.engine.context import SessionContext
from kalampg.engine.index_scan import IndexScanner
from kalampg.engine.index_select import compile_index_select
from kalampg.engine.locking_select import LockingSelectRunner
from kalampg.engine.lookup import Lookup
from kalampg.engine.point import (
    FastSelect,
    Projection,
    compile_outputs,
    compile_point_select,
)
from kalampg.engine.prepared import Outcome
from kalampg.engine.query import Queries
from kalampg.engine.range_select import RangeReader, compile_range_select
from kalampg.engine.result import ExecutionResult, Row
from kalampg.engine.row_writer import RowWriter
from kalampg.engine.suspend import NotFast, Suspended
from kalampg.engine.table_rules import RuleBook
from kalampg.engine.transactions import Transactions
from kalampg.engine.write import Writes
from kalampg.relation import Datum, TableType
from kalampg.sql.plan import DuckQuery, SelectPlan
from kalampg.sql.row_plans import IndexSelect, PointSelect


class SelectRunner:
    """Runs one SELECT plan for any session."""

    def __init__(self, plan: SelectPlan, engine: SelectEngine) -> None:
        self._engine = engine
        self._query = plan.query
        self._columns = plan.columns
        self._fast = engine.compile_fast(plan)
        self._finish = None if plan.finish is None else compile_outputs(plan.finish)
        self._admitted = compile_admission(plan.admission)
        relation = plan.fast.relation if plan.fast is not None else None
        self._is_of_user = relation is not None and relation.table_type is TableType.USER

    def run(self, params: Sequence[Datum], session: SessionContext) -> Outcome:
        transaction = session.transaction
        if transaction is not None and transaction.keeps_snapshot:
            self._engine.transactions.of_statement(session)
        fast = self._fast
        if fast is None or (session.scope_all and self._is_of_user):
            return self._run_query(params, session)
        try:
            rows = fast(params, session)
        except Suspended as suspended:
            return self._run_again(suspended, fast, params, session)
        except NotFast:
            return self._run_query(params, session)
        return ExecutionResult(f"SELECT {len(rows)}", self._columns, rows)

    async def _run_again(
        self,
        suspended: Suspended,
        fast: FastSelect,
        params: Sequence[Datum],
        session: SessionContext,
    ) -> ExecutionResult:
        while True:
            await suspended.wait()
            try:
                rows = fast(params, session)
            except Suspended as again:
                suspended = again
            except NotFast:
                outcome = self._run_query(params, session)
                return outcome if isinstance(outcome, ExecutionResult) else await outcome
            else:
                return ExecutionResult(f"SELECT {len(rows)}", self._columns, rows)

    def _run_query(self, params: Sequence[Datum], session: SessionContext) -> Outcome:
        query = self._query
        if query is None:
            raise errors.FeatureNotSupported("this query cannot run across all users")
        if self._finish is not None:
            return self._fetch_and_finish(query, self._finish, params, session)
        if self._columns is None:
            return self._describe_and_run(query, params, session)
        stream = self._engine.queries.stream(query, params, session, session.transaction)
        return ExecutionResult("SELECT", self._columns, stream)

    async def _fetch_and_finish(
        self,
        query: DuckQuery,
        finish: Projection,
        params: Sequence[Datum],
        session: SessionContext,
    ) -> ExecutionResult:
        """What the engine computes of each of the query's rows that it admits."""
        queries = self._engine.queries
        oids = [column.type_oid for column in await queries.columns(query)]
        found = await queries.fetch(query, oids, params, session, session.transaction)
        rows: list[Row] = []
        async for row in self._admitted(found, params, session):
            while True:
                try:
                    rows.append(finish(row, params, session))
                except Suspended as suspended:
                    await suspended.wait()
                else:
                    break
        return ExecutionResult(f"SELECT {len(rows)}", self._columns, rows)

    async def _describe_and_run(
        self, query: DuckQuery, params: Sequence[Datum], session: SessionContext
    ) -> ExecutionResult:
        # The snapshot first: the statement sees what was there when it began.
        stream = self._engine.queries.stream(query, params, session, session.transaction)
        try:
            self._columns = await self._engine.queries.columns(query)
        except BaseException:
            stream.close()
            raise
        return ExecutionResult("SELECT", self._columns, stream)


class SelectEngine:
    """What SELECT runners share."""

    def __init__(
        self,
        lookup: Lookup,
        ranges: RangeReader,
        queries: Queries,
        transactions: Transactions,
        writer: RowWriter,
        writes: Writes,
        book: RuleBook,
    ) -> None:
        self.scanner = IndexScanner(ranges, writer.entries, book)
        self.lookup = lookup
        self.ranges = ranges
        self.queries = queries
        self.transactions = transactions
        self.writer = writer
        self.writes = writes

    def runner(self, plan: SelectPlan) -> Callable[[Sequence[Datum], SessionContext], Outcome]:
        """The function that runs ``plan``."""
        if plan.locked is not None:
            return LockingSelectRunner(plan, plan.locked, self).run
        run = SelectRunner(plan, self).run
        fast = plan.fast.outputs if plan.fast is not None else ()
        conditions = () if plan.admission is None else (plan.admission.condition,)
        if calls_advisory((*fast, *(plan.finish or ()), *conditions)):
            return AdvisorySelect(run, self.transactions.locks).run
        return run

    def compile_fast(self, plan: SelectPlan) -> FastSelect | None:
        """The plan's closure on the event loop, if it has one."""
        if plan.fast is None:
            return None
        if isinstance(plan.fast, PointSelect):
            return compile_point_select(plan.fast, self.lookup)
        if isinstance(plan.fast, IndexSelect):
            return compile_index_select(plan.fast, self.lookup, self.scanner)
        return compile_range_select(plan.fast, self.ranges)
