"""SELECT ... FOR UPDATE and its kin: rows are locked as they are found, up to the limit.

By key or key range the rows are read and locked in one go on the event loop. A query finds rows
under its snapshot; where one has changed since, READ COMMITTED runs the query again, and REPEATABLE
READ and above raise 40001. A row that SKIP LOCKED finds changed counts as locked: it was, a moment
ago.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from kalampg import errors
from kalampg.engine.context import SessionContext
from kalampg.engine.dml_query import PORTION_ROWS
from kalampg.engine.point import compile_key, compile_point_select
from kalampg.engine.prepared import Outcome
from kalampg.engine.range_select import compile_count, compile_range
from kalampg.engine.result import ExecutionResult, Row
from kalampg.engine.row_writer import Found, RowWriter
from kalampg.engine.stored_table import StoredTable
from kalampg.engine.suspend import NotFast, Restart, Suspended
from kalampg.engine.transaction import Transaction
from kalampg.ids import Oid
from kalampg.relation import Datum
from kalampg.sql.lock_modes import LockWait
from kalampg.sql.plan import LockedRows, RowLock, SelectPlan
from kalampg.sql.row_plans import IndexSelect, PointSelect, RangeSelect
from kalampg.storage.rows import StoredRow

if TYPE_CHECKING:
    from kalampg.engine.select import SelectEngine

_Fast: TypeAlias = Callable[[Sequence[Datum], SessionContext, Transaction], list[Row]]

_INT8: Final = Oid(20)
# After so many new snapshots that brought no lock, the statement gives up.
_RESTARTS_MAX: Final = 20
_NO_LIMIT: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class _TableLock:
    """One table of the query, and how to lock a row of it."""

    table: StoredTable
    lock: RowLock
    writer: RowWriter

    def admit(self, row: Row, session: SessionContext, transaction: Transaction) -> Found:
        """Lock what a row of the query names."""
        place, width = self.lock.place, len(self.table.key_oids)
        key = self.table.encode_key(row[place : place + width])
        return self.admit_key(key, row[place + width], session, transaction)

    def admit_key(
        self, key: bytes, seq: int, session: SessionContext, transaction: Transaction
    ) -> Found:
        scope = self.table.scope_for(session)
        lock = self.lock
        return self.writer.lock_found(
            self.table, scope, key, seq, transaction, session, lock.mode, lock.wait
        )


class LockingSelectRunner:
    """Runs one SELECT that locks rows, for any session."""

    def __init__(self, plan: SelectPlan, locked: LockedRows, engine: SelectEngine) -> None:
        assert plan.query is not None, "a locking SELECT has a query"
        assert plan.columns is not None, "the binder knows the columns"
        self._engine = engine
        self._query = plan.query
        self._columns = plan.columns
        self._locks = [
            _TableLock(StoredTable(lock.relation), lock, engine.writer) for lock in locked.locks
        ]
        self._is_temporary = all(lock.relation.is_temporary for lock in locked.locks)
        self._verb = f"SELECT FOR {_weakest_word(locked)}"
        self._skips = any(lock.wait is LockWait.SKIP_LOCKED for lock in locked.locks)
        self._has_limit = locked.limit is not None
        self._limit_of = compile_count(locked.limit, "LIMIT", errors.InvalidRowCountInLimitClause)
        self._offset_of = compile_count(
            locked.offset, "OFFSET", errors.InvalidRowCountInResultOffsetClause
        )
        self._fast = self._compile_fast(plan.fast)

    def run(self, params: Sequence[Datum], session: SessionContext) -> Outcome:
        fast = self._fast
        if fast is None:
            return self._run_query(params, session)
        transaction = self._begin(session)

        def attempt() -> ExecutionResult:
            rows = fast(params, session, transaction)
            return ExecutionResult(f"SELECT {len(rows)}", self._columns, rows)

        try:
            outcome = self._engine.writes.run_attempts(attempt, transaction)
        except NotFast:
            return self._run_query(params, session)
        if isinstance(outcome, ExecutionResult):
            return outcome
        return self._or_query(outcome, params, session)

    async def _or_query(
        self,
        outcome: Awaitable[ExecutionResult],
        params: Sequence[Datum],
        session: SessionContext,
    ) -> ExecutionResult:
        try:
            return await outcome
        except NotFast:
            return await self._run_query(params, session)

    def _begin(self, session: SessionContext) -> Transaction:
        transaction = self._engine.transactions.of_statement(session)
        if transaction.is_read_only and not self._is_temporary:
            raise errors.ReadOnlySqlTransaction(
                f"cannot execute {self._verb} in a read-only transaction"
            )
        if session.scope_all:
            raise errors.ReadOnlySqlTransaction(
                f"cannot execute {self._verb} while kalam.scope is 'all'"
            )
        return transaction

    # --- by key and key range ---

    def _compile_fast(self, fast: PointSelect | RangeSelect | IndexSelect | None) -> _Fast | None:
        if fast is None or fast.relation is None or not self._locks:
            return None
        assert not isinstance(fast, IndexSelect), "rows are locked by key or by query"
        if isinstance(fast, PointSelect):
            return self._compile_point(fast)
        (lock,) = self._locks

        def admit(
            key: bytes, row: StoredRow, session: SessionContext, transaction: Transaction | None
        ) -> bool:
            assert transaction is not None, "locks are somebody's"
            return lock.admit_key(key, row.seq, session, transaction) is Found.LOCKED

        return compile_range(fast, self._engine.ranges, admit)

    def _compile_point(self, fast: PointSelect) -> _Fast:
        select = compile_point_select(fast, self._engine.lookup)
        (lock,) = self._locks
        key_of = compile_key(lock.table, fast.key)
        lookup, rules_of = self._engine.lookup, self._engine.writer.rules_of

        def run(
            params: Sequence[Datum], session: SessionContext, transaction: Transaction
        ) -> list[Row]:
            rules_of(lock.table, transaction)  # Refuses a table that was altered meanwhile.
            rows = select(params, session)
            key = key_of(params, session)
            if not rows or key is None:
                return rows
            seen = lookup.visible(lock.table, lock.table.scope_for(session), key, transaction)
            assert seen is not None, "the row has just been selected"
            found = lock.admit_key(key, seen.seq, session, transaction)
            return rows if found is Found.LOCKED else []

        return run

    async def locked(
        self, params: Sequence[Datum], session: SessionContext, transaction: Transaction
    ) -> list[Row]:
        """The rows, locked until the transaction ends: a part of another statement."""
        while self._fast is not None:
            try:
                return self._fast(params, session, transaction)
            except Suspended as suspended:
                await suspended.wait()
            except NotFast:
                break
        return await self._query_rows(params, session, transaction)

    # --- by query ---

    async def _run_query(self, params: Sequence[Datum], session: SessionContext) -> ExecutionResult:
        """Cancellation: what is locked stays locked until the transaction ends."""
        transaction = self._begin(session)
        transaction.takes_locks = True
        transactions = self._engine.transactions
        try:
            answer = await self._query_rows(params, session, transaction)
            transactions.commit_implicit(transaction)
        finally:
            transactions.end_implicit(transaction)
        return ExecutionResult(f"SELECT {len(answer)}", self._columns, answer)

    async def _query_rows(
        self, params: Sequence[Datum], session: SessionContext, transaction: Transaction
    ) -> list[Row]:
        offset = self._offset_of(params, session) or 0
        limit = self._limit_of(params, session)
        end = _NO_LIMIT if limit is None else offset + limit
        rows = await self._locked_rows(end, params, session, transaction)
        return [row[: len(self._columns)] for row in rows[offset:]]

    async def _locked_rows(
        self,
        end: int,
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction,
    ) -> list[Row]:
        restarts, locked = 0, 0
        look_at = end + self._count_locked_by_others(session, transaction)
        while True:
            source = await self._fetch(look_at, params, session, transaction)
            rows, changed = await self._lock_in_order(source, end, session, transaction)
            has_more = len(source) >= look_at
            if rows is not None and (len(rows) == end or not (changed or has_more)):
                return rows
            if rows is not None and has_more:
                look_at *= 2
                continue
            # A look that has left more rows locked was not in vain.
            restarts += len(transaction.owner.held) <= locked
            locked = len(transaction.owner.held)
            if restarts == _RESTARTS_MAX:
                break
        if rows is not None:  # Enough to work with: the others are busy changing the rest.
            return rows
        raise errors.SerializationFailure("could not serialize access due to concurrent update")

    async def _fetch(
        self,
        look_at: int,
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction,
    ) -> list[Row]:
        queries = self._engine.queries
        oids = [column.type_oid for column in await queries.columns(self._query)]
        for lock in self._locks:
            place = lock.lock.place
            oids[place : place + len(lock.table.key_oids) + 1] = [
                *map(Oid, lock.table.key_oids),
                _INT8,
            ]
        values = [*params, min(look_at, _NO_LIMIT)]
        return list(await queries.fetch(self._query, oids, values, session, transaction))

    async def _lock_in_order(
        self,
        source: Sequence[Row],
        end: int,
        session: SessionContext,
        transaction: Transaction,
    ) -> tuple[list[Row] | None, int]:
        """The rows that are locked now, and how many were passed over because they had changed.

        None for the rows: one has changed, and must be looked at again.
        """
        rows: list[Row] = []
        changed = place = 0
        while place < len(source) and len(rows) < end:
            try:
                found = self._admit(source[place], session, transaction)
            except Suspended as suspended:
                await suspended.wait()
                continue
            except Restart:
                return None, changed
            if found is Found.LOCKED:
                rows.append(source[place])
            changed += found is Found.CHANGED
            place += 1
            if place % PORTION_ROWS == 0:
                await asyncio.sleep(0)
        return rows, changed

    def _admit(self, row: Row, session: SessionContext, transaction: Transaction) -> Found:
        for lock in self._locks:
            found = lock.admit(row, session, transaction)
            if found is not Found.LOCKED:
                return found
        return Found.LOCKED

    def _count_locked_by_others(self, session: SessionContext, transaction: Transaction) -> int:
        """How many rows SKIP LOCKED may have to pass over."""
        if not self._skips or not self._has_limit:
            return 0
        return self._engine.writer.count_locked_by_others(
            [lock.table.scope_for(session) for lock in self._locks], transaction
        )


def _weakest_word(locked: LockedRows) -> str:
    mode = min((lock.mode for lock in locked.locks), default=None)
    return "UPDATE" if mode is None else mode.name.replace("_", " ")
