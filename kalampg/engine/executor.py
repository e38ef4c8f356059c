"""Executor: the engine's front door.

Plans go in, results come out. A plan whose rows are in memory and whose locks are free gives its
result at once; everything else gives an awaitable. Used on the event loop only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from os import urandom
from typing import TypeVar

from kalampg import errors
from kalampg.catalog import Catalog, CatalogEdit
from kalampg.catalog.computed import JobSources
from kalampg.catalog.segment_places import table_folders
from kalampg.clock import Clock
from kalampg.engine.advisory import AdvisoryLocks
from kalampg.engine.assignment import compile_assignment
from kalampg.engine.catalog_maps import CatalogMaps
from kalampg.engine.compile_write import (
    compile_write,
    stored_table,
    write_result,
    write_runner,
)
from kalampg.engine.computed import ComputedRelations
from kalampg.engine.constraint_builder import ConstraintBuilder
from kalampg.engine.context import SessionContext
from kalampg.engine.copy_in import RowLoader
from kalampg.engine.copy_segments import CopyTools, SegmentLoader, open_segment_loader
from kalampg.engine.dml import refuse_writes
from kalampg.engine.duck import Duck
from kalampg.engine.executor_settings import ExecutorSettings
from kalampg.engine.explain import Execution, explain
from kalampg.engine.generators import Generators
from kalampg.engine.hot_cache import HotCache
from kalampg.engine.isolation import isolation_level
from kalampg.engine.locking_select import LockingSelectRunner
from kalampg.engine.locks import LockTable
from kalampg.engine.lookup import Lookup
from kalampg.engine.merge import merge_from_query
from kalampg.engine.prepared import Outcome, PreparedPlan
from kalampg.engine.query import Queries
from kalampg.engine.range_select import RangeReader
from kalampg.engine.row_writer import RowWriter
from kalampg.engine.scan_read import ScanGatherer
from kalampg.engine.segment_fetches import SegmentFetches
from kalampg.engine.select import SelectEngine
from kalampg.engine.sequences import Sequences
from kalampg.engine.serializable import RecentWrites
from kalampg.engine.settle_copies import settle_copies
from kalampg.engine.stored_table import StoredTable
from kalampg.engine.table_queries import TableQueries
from kalampg.engine.table_rewriter import TableRewriter
from kalampg.engine.table_rules import RuleBook
from kalampg.engine.table_sizes import TableSizes
from kalampg.engine.transaction import Transaction
from kalampg.engine.transaction_memory import TransactionMemory
from kalampg.engine.transactions import CatalogFollower, CatalogHolder, Transactions
from kalampg.engine.with_steps import Part, WithRunner, WritePart
from kalampg.engine.write import WriteResult, Writes
from kalampg.engine.write_admission import FreeAdmission, WriteAdmission
from kalampg.ids import ColumnId, Oid
from kalampg.relation import Column, Datum, Relation
from kalampg.sql.expression import Expression
from kalampg.sql.plan import (
    DataPlan,
    DuckQuery,
    InsertPlan,
    MergePlan,
    ResultColumn,
    SelectPlan,
    StepPlan,
    WithPlan,
)
from kalampg.storage.sequence_values import SequenceValues
from kalampg.storage.sequences import UNIX_EPOCH_MS
from kalampg.storage.store import Store
from kalampg.storage.verify import Finding
from kalampg.storage.verify_table import verify_table

T = TypeVar("T")


class Executor:
    """Runs plans for all sessions of a server."""

    def __init__(
        self,
        store: Store,
        duck: Duck,
        catalog: CatalogHolder,
        *,
        clock: Clock,
        background: JobSources | None = None,
        admission: WriteAdmission | None = None,
        settings: ExecutorSettings | None = None,
        random_bytes: Callable[[int], bytes] = urandom,
    ) -> None:
        settings = settings or ExecutorSettings()
        self._catalog = catalog
        self.sequences = Sequences(SequenceValues(store), catalog)
        self.locks = LockTable(settings.locks_max)
        snowflakes = store.sequence("sql", epoch_ms=UNIX_EPOCH_MS)
        locks = AdvisoryLocks(self.locks)
        self.generators = Generators(clock, random_bytes, snowflakes, self.sequences, locks)
        self._store = store
        self._loaders = ThreadPoolExecutor(settings.load_threads, thread_name_prefix="segments")
        self._verifiers = ThreadPoolExecutor(1, thread_name_prefix="verify")
        self._fetches = SegmentFetches(store.files)
        lookup = Lookup(store, self._loaders, self._fetches)
        hot_cache = HotCache(settings.hot_cache_bytes, lambda: store.gate.written)
        store.on_commit(hot_cache.committed)
        background = background or JobSources()
        computed = ComputedRelations(store, catalog, background, self.sequences, self.locks)
        gatherer = ScanGatherer(hot_cache, computed.rows)
        maps = CatalogMaps(catalog, TableSizes(background))
        self._queries = Queries(store, duck, gatherer, maps, self._fetches)
        book = RuleBook(catalog, store)
        self._writer = RowWriter(lookup, self.locks, store.seq_source.next, book, store)
        self._admission = admission or FreeAdmission()
        self._copy_tools = CopyTools(
            store, lookup, self.locks, catalog, self._admission, settings.copies
        )
        memory = TransactionMemory(settings.transaction_bytes_max, settings.transactions_bytes_max)
        recent_writes = RecentWrites(settings.recent_writes_max)
        store.on_commit(recent_writes.committed)
        self._transactions = Transactions(
            store, lookup, self.locks, catalog, memory, self._admission, recent_writes
        )
        self._writes = Writes(self._transactions, self._queries, self._admission)
        self._selects = SelectEngine(
            lookup,
            RangeReader(store, lookup),
            self._queries,
            self._transactions,
            self._writer,
            self._writes,
            book,
        )
        self.constraints = ConstraintBuilder(
            store, lookup, self._writer, self.locks, catalog, self._in_verifier, book
        )
        self.rewriter = TableRewriter(
            store, lookup, self._writer.entries, book, self.locks, self._in_verifier
        )
        self._tables = TableQueries(store, self._queries, self._transactions, self.locks)

    def execute(
        self, plan: PreparedPlan, params: Sequence[Datum], session: SessionContext
    ) -> Outcome:
        """Run a plan; the result, or an awaitable of it when the plan must wait."""
        return plan.run(params, session)

    def prepare(self, plan: DataPlan) -> PreparedPlan:
        """Compile a plan to closures.

        Raises:
            FeatureNotSupported: 0A000, part of the plan cannot run here.
        """
        if isinstance(plan, SelectPlan):
            return PreparedPlan(
                plan,
                self._selects.runner(plan),
                columns=plan.columns,
                returns_rows=True,
                describes=plan.query,
            )
        if isinstance(plan, WithPlan):
            return self._prepare_with(plan)
        table = stored_table(plan.relation)
        if isinstance(plan, MergePlan):
            return self._prepare_merge(plan, table)
        result = write_result(plan, table)
        return PreparedPlan(
            plan,
            write_runner(plan, table, result, self._writes, self._writer, self._selects.scanner),
            columns=result.columns,
            returns_rows=result.columns is not None,
            describes=None,
        )

    def describe(
        self, prepared: PreparedPlan
    ) -> tuple[ResultColumn, ...] | Awaitable[tuple[ResultColumn, ...]] | None:
        """The result columns; None when the statement returns no rows."""
        if not prepared.returns_rows or prepared.columns is not None:
            return prepared.columns
        if prepared.describes is None:
            raise errors.InternalError("a plan without a query must know its columns")
        return self._describe(prepared, prepared.describes)

    def explain(
        self, prepared: PreparedPlan, params: Sequence[Datum], session: SessionContext
    ) -> list[str]:
        """The lines of EXPLAIN."""
        execution = Execution(params, session, self._queries, self._selects.scanner)
        return explain(prepared.plan, execution)

    def evaluate(
        self, expression: Expression, type_oid: Oid, typmod: int, session: SessionContext
    ) -> Datum:
        """The value of an expression as it would be stored in a column of that type."""
        column = Column(ColumnId(0), "?column?", type_oid, typmod)
        return compile_assignment(expression, column)((), (), session)

    def row_loader(
        self, plan: InsertPlan, targets: Sequence[int], session: SessionContext
    ) -> RowLoader:
        """What loads rows of these columns into the session's open block.

        Raises:
            ReadOnlySqlTransaction: 25006.
        """
        table = stored_table(plan.relation)
        transaction = self._transactions.of_statement(session)
        is_temporary = plan.relation.is_temporary
        refuse_writes("COPY FROM", transaction, session, is_temporary=is_temporary)
        return RowLoader(
            plan,
            table,
            self._writer,
            session,
            transaction,
            targets,
            self._admission,
            self._transactions.settle,
        )

    def begin(self, session: SessionContext, *, isolation: str, is_read_only: bool) -> Transaction:
        """Open a block: ``session.transaction`` from now on."""
        level = isolation_level(isolation)
        return self._transactions.begin(session, level, is_read_only=is_read_only)

    def commit(self, transaction: Transaction) -> int:
        """Commit a block and return the log position; the session lets go of it first."""
        return self._transactions.commit(transaction)

    async def settle(self, transaction: Transaction) -> None:
        """Check and fetch what a block has left for its COMMIT.

        Raises:
            ForeignKeyViolation: 23503. IoError: 58030, a storage cannot be read.
        """
        await self._transactions.settle_commit(transaction)

    def must_settle(self, transaction: Transaction) -> bool:
        """Whether there is something for ``settle`` to do."""
        return self._transactions.must_settle(transaction)

    async def settle_immediate(self, transaction: Transaction) -> None:
        """Check what SET CONSTRAINTS lets wait no more; raises as ``settle``."""
        await self._transactions.settle(transaction, transaction.settle_immediate)

    def rollback(self, transaction: Transaction) -> None:
        """Forget a block."""
        self._transactions.rollback(transaction)

    def release_locks(self, transaction: Transaction, mark: int) -> None:
        """Free what a block has locked since ``transaction.owner.mark()``: it is rolled back."""
        self.locks.release_since(transaction.owner, mark)

    def segment_loader(
        self, plan: InsertPlan, targets: Sequence[int], session: SessionContext
    ) -> SegmentLoader | None:
        """What loads many rows of these columns; None: this table's rows come one by one."""
        transaction = self._transactions.of_statement(session)
        table = stored_table(plan.relation)
        return open_segment_loader(self._copy_tools, plan, table, session, transaction, targets)

    async def settle_copies(self, session: SessionContext) -> None:
        """Let the block's next statement find the rows of its COPYs.

        Raises:
            OutOfMemory: 53200, they are too many.
        """
        assert session.transaction is not None, "only a block has copied rows"
        await settle_copies(session.transaction, self._copy_tools)

    async def lock_catalog(self, session: SessionContext) -> Catalog:
        """The newest catalog, to be changed by this session's block only."""
        return await self._transactions.lock_catalog(session)

    def apply_catalog(self, session: SessionContext, edit: CatalogEdit) -> CatalogEdit:
        """Make an edit of the catalog that ``lock_catalog`` gave part of the block."""
        return self._transactions.apply_catalog(session, edit)

    async def change_catalog(self, change: Callable[[Catalog], CatalogEdit]) -> None:
        """Change the newest catalog in a transaction of its own, for a job."""
        await self._transactions.change_catalog(change)

    def on_catalog(self, follower: CatalogFollower) -> None:
        """Call ``follower`` with the catalogs before and after each change; it must not fail."""
        self._transactions.on_catalog(follower)

    async def lock_rows_of_user(self, session: SessionContext, user_id: str) -> None:
        """Wait for everybody who has changed a row of the user, and keep others from it."""
        await self._tables.lock_rows_of_user(session, user_id)

    async def truncate(self, session: SessionContext, relation: Relation) -> None:
        """Remove all rows of a shared table, or the effective user's rows of a user table."""
        await self._tables.truncate(session, relation)

    async def lock_rows(
        self, session: SessionContext, relation: Relation, *, is_shared: bool, nowait: bool
    ) -> None:
        """LOCK TABLE, of the rows that the session's statements see."""
        await self._tables.lock_rows(session, relation, is_shared=is_shared, nowait=nowait)

    async def has_rows(self, session: SessionContext, relation: Relation) -> bool:
        """Whether any user has a live row."""
        return await self._tables.has_rows(session, relation)

    def tables_of_user(
        self, session: SessionContext, catalog: Catalog, user_id: str
    ) -> list[Relation]:
        """The user tables with rows of the user, deleted ones too, by name."""
        return self._tables.tables_of_user(session, catalog, user_id)

    async def any_row_is_null(
        self, session: SessionContext, relation: Relation, position: int
    ) -> bool:
        """Whether any live row of any user has NULL in that column."""
        return await self._tables.any_row_is_null(session, relation, position)

    async def verify(self, relation: Relation) -> list[Finding]:
        """Compare what the storage holds of a table with what the manifest says."""
        folders = list(table_folders(self._catalog.current, relation))
        return await verify_table(
            self._store, relation, in_worker=self._in_verifier, folders=folders
        )

    def forget(self, session: SessionContext) -> None:
        """The session has ended: free what it holds beyond its transactions. Idempotent."""
        self.generators.advisory.unlock_all(session)
        self._transactions.spaces.end(session.temporary)

    def drop_temporary(self, session: SessionContext) -> None:
        """Remove what is temporary of a session that is in no transaction. Idempotent.

        Raises:
            IoError, DiskFull: the tables are still there, and go at the next start.
        """
        assert session.transaction is None, "the block has ended"
        self._transactions.spaces.drop(session.temporary)

    async def close(self) -> None:
        """Wait for the loading threads. Statements must have ended."""
        self.sequences.settle()
        self._fetches.close()
        self._loaders.shutdown(wait=True)
        self._copy_tools.close()
        self._verifiers.shutdown(wait=True)

    def _in_verifier(self, work: Callable[[], T], /) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._verifiers, work)

    async def _describe(self, prepared: PreparedPlan, query: DuckQuery) -> tuple[ResultColumn, ...]:
        columns = await self._queries.columns(query)
        prepared.columns = columns
        return columns

    def _prepare_merge(self, plan: MergePlan, table: StoredTable) -> PreparedPlan:
        write = merge_from_query(plan, table, self._writer)
        result = WriteResult("MERGE", plan.relation)
        return PreparedPlan(
            plan,
            lambda params, session: self._writes.run_query(write, result, params, session),
            columns=None,
            returns_rows=False,
            describes=None,
        )

    def _prepare_with(self, plan: WithPlan) -> PreparedPlan:
        steps = [(step.relation.table_id, self._part(step.plan)) for step in plan.steps]
        main = self._part(plan.main)
        runner = WithRunner(steps, main, self._queries, self._transactions, self._writes)
        columns = plan.main.columns if isinstance(plan.main, SelectPlan) else None
        if isinstance(main, WritePart):
            columns = main.result.columns
        return PreparedPlan(
            plan, runner.run, columns=columns, returns_rows=columns is not None, describes=None
        )

    def _part(self, plan: StepPlan) -> Part:
        if isinstance(plan, SelectPlan):
            if plan.locked is not None:
                return LockingSelectRunner(plan, plan.locked, self._selects)
            if plan.query is None or plan.finish is not None:
                raise errors.FeatureNotSupported(
                    "sequence functions are not supported beside other statements in WITH"
                )
            return plan
        table = stored_table(plan.relation)
        return WritePart(compile_write(plan, table, self._writer), write_result(plan, table))
