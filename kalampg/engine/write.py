"""Writes: a statement that changes rows, run whole or not at all.

Outside a transaction block a statement is a transaction of its own: it writes, commits and lets
go. A statement that fails or must wait is undone first. What it waits for is named by Suspended;
then it runs again, in READ COMMITTED on the rows as they are then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from kalampg import errors
from kalampg.engine.context import SessionContext
from kalampg.engine.dml import Write, refuse_writes
from kalampg.engine.dml_query import PORTION_ROWS, QueryWrite
from kalampg.engine.evaluate import reads_system_columns
from kalampg.engine.given_rows import fetch_over_rows
from kalampg.engine.point import Projection, compile_projection
from kalampg.engine.prepared import Outcome
from kalampg.engine.query import Queries
from kalampg.engine.result import Affected, ExecutionResult, Row
from kalampg.engine.stored_table import with_system_columns
from kalampg.engine.suspend import NotFast, Restart, Suspended
from kalampg.engine.transaction import Transaction
from kalampg.engine.transactions import Transactions
from kalampg.engine.write_admission import WriteAdmission
from kalampg.relation import Datum, Relation
from kalampg.sql.plan import DuckQuery, Returning

# After so many new snapshots under which rows had changed again, the statement gives up.
_RESTARTS_MAX: Final = 20


class WriteResult:
    """Makes the answer of a write of ``relation`` of its affected rows."""

    def __init__(self, verb: str, relation: Relation, returning: Returning | None = None) -> None:
        self.verb = verb
        self.is_temporary = relation.is_temporary
        self._prefix = "INSERT 0 " if verb == "INSERT" else verb + " "
        self.returning = returning
        self.columns = None if returning is None else returning.columns
        self._project: Projection | None = None
        self._is_wide = False
        if returning is not None:
            self._project = compile_projection(returning.outputs)
            self._is_wide = reads_system_columns(returning.outputs, len(relation.columns))

    @property
    def query(self) -> DuckQuery | None:
        """The query over ``of``'s rows that gives the answer, where RETURNING needs one."""
        return None if self.returning is None else self.returning.query

    def of(
        self, affected: Affected, params: Sequence[Datum], session: SessionContext
    ) -> ExecutionResult:
        """The tag, and the rows of RETURNING expressions."""
        tag = f"{self._prefix}{len(affected.rows)}"
        project = self._project
        if project is None:
            return ExecutionResult(tag)
        seen: Iterable[Row] = (row.values for row in affected.rows)
        if affected.joined:
            pairs = zip(affected.rows, affected.joined, strict=True)
            seen = ([*with_system_columns(row), *joined] for row, joined in pairs)
        elif self._is_wide:
            seen = map(with_system_columns, affected.rows)
        returned: list[Row] = [project(row, params, session) for row in seen]
        return ExecutionResult(tag, self.columns, returned)


class Writes:
    """Runs the writes of all sessions."""

    def __init__(
        self, transactions: Transactions, queries: Queries, admission: WriteAdmission
    ) -> None:
        self._transactions = transactions
        self._queries = queries
        self._admission = admission

    def run(
        self,
        write: Write,
        result: WriteResult,
        params: Sequence[Datum],
        session: SessionContext,
    ) -> Outcome:
        """A write by key or by values."""
        if self._admission.is_on:
            return self._run_admitted(write, result, params, session)
        return self._run(write, result, params, session)

    def run_fast(
        self,
        write: Write,
        query: QueryWrite,
        result: WriteResult,
        params: Sequence[Datum],
        session: SessionContext,
    ) -> Outcome:
        """A write of few rows, or by the query where they are many."""
        try:
            outcome = self.run(write, result, params, session)
        except NotFast:
            return self.run_query(query, result, params, session)
        if isinstance(outcome, ExecutionResult):
            return outcome
        return self._or_query(outcome, query, result, params, session)

    async def _or_query(
        self,
        outcome: Awaitable[ExecutionResult],
        query: QueryWrite,
        result: WriteResult,
        params: Sequence[Datum],
        session: SessionContext,
    ) -> ExecutionResult:
        try:
            return await outcome
        except NotFast:
            return await self.run_query(query, result, params, session)

    async def admit(self, verb: str) -> None:
        """Wait until there is room for more hot rows."""
        if self._admission.is_on:
            await self._admission.admit(adds_rows=verb != "DELETE")

    async def _run_admitted(
        self,
        write: Write,
        result: WriteResult,
        params: Sequence[Datum],
        session: SessionContext,
    ) -> ExecutionResult:
        await self.admit(result.verb)
        outcome = self._run(write, result, params, session)
        return outcome if isinstance(outcome, ExecutionResult) else await outcome

    def _run(
        self,
        write: Write,
        result: WriteResult,
        params: Sequence[Datum],
        session: SessionContext,
    ) -> Outcome:
        transaction = self._transactions.of_statement(session)
        refuse_writes(result.verb, transaction, session, is_temporary=result.is_temporary)
        if result.query is not None:
            transaction.takes_locks = True
            return self._run_returning_query(write, result, params, session, transaction)

        def attempt() -> ExecutionResult:
            return result.of(Affected(write(params, session, transaction)), params, session)

        return self.run_attempts(attempt, transaction)

    def run_attempts(
        self, attempt: Callable[[], ExecutionResult], transaction: Transaction
    ) -> Outcome:
        """Run ``attempt`` to its end, at once if nothing is in its way."""
        try:
            return self._attempt(attempt, transaction)
        except Suspended as suspended:
            return self._attempt_again(suspended, attempt, transaction)
        except BaseException:
            self._transactions.end_implicit(transaction)
            raise

    def _attempt(
        self, attempt: Callable[[], ExecutionResult], transaction: Transaction
    ) -> ExecutionResult:
        position = transaction.position()
        try:
            result = attempt()
            self._transactions.commit_implicit(transaction)
        except BaseException:
            transaction.undo_to(position)
            raise
        return result

    async def _attempt_again(
        self,
        suspended: Suspended,
        attempt: Callable[[], ExecutionResult],
        transaction: Transaction,
    ) -> ExecutionResult:
        """Cancellation: the statement has no effect; locks that it waited for are let go."""
        try:
            while True:
                await suspended.wait()
                try:
                    return self._attempt(attempt, transaction)
                except Suspended as again:
                    suspended = again
        finally:
            self._transactions.end_implicit(transaction)

    async def run_query(
        self,
        write: QueryWrite,
        result: WriteResult,
        params: Sequence[Datum],
        session: SessionContext,
    ) -> ExecutionResult:
        """A write whose rows a query finds.

        The rows are locked and must still be the versions that the query saw; otherwise it runs
        again on a new snapshot.

        Cancellation: the statement has no effect.
        """
        await self.admit(result.verb)
        transaction = self._transactions.of_query_write(session)
        refuse_writes(result.verb, transaction, session, is_temporary=result.is_temporary)
        transaction.takes_locks = transaction.takes_locks or result.query is not None
        try:
            restarts, locked = 0, 0
            while restarts < _RESTARTS_MAX:
                with self._before(result, transaction) as view:
                    source = await write.fetch(self._queries, params, session, transaction, view)
                    answer = await self._apply(
                        write, source, result, params, session, transaction, view
                    )
                if answer is not None:
                    return answer
                # A look that has left more rows locked was not in vain.
                restarts += len(transaction.owner.held) <= locked
                locked = len(transaction.owner.held)
        finally:
            self._transactions.end_implicit(transaction)
        raise errors.SerializationFailure("could not serialize access due to concurrent update")

    async def _apply(
        self,
        write: QueryWrite,
        source: Sequence[Row],
        result: WriteResult,
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction,
        view: Transaction,
    ) -> ExecutionResult | None:
        """Apply what the query found; None: rows have changed since."""
        position = transaction.position()
        if len(source) > PORTION_ROWS:
            transaction.takes_locks = True  # Others have their turns before it commits.
        while True:
            try:
                affected = await _apply_in_portions(write, source, params, session, transaction)
                answer = await self.answer(result, affected, params, session, view)
                await self._transactions.settle_implicit(transaction)
                self._transactions.commit_implicit(transaction)
            except Restart:
                transaction.undo_to(position)
                # From now on nobody changes what is found: the next look is the last but for new
                # rows that the condition admits meanwhile.
                transaction.takes_locks = True
                return None
            except Suspended as suspended:
                transaction.undo_to(position)
                await suspended.wait()
            except BaseException:
                transaction.undo_to(position)
                raise
            else:
                return answer

    async def answer(
        self,
        result: WriteResult,
        affected: Affected,
        params: Sequence[Datum],
        session: SessionContext,
        view: Transaction,
    ) -> ExecutionResult:
        """What a write of these rows answers; ``view`` is what it saw before it wrote."""
        answer = result.of(affected, params, session)
        if result.query is None:
            return answer
        assert isinstance(answer.rows, list), "writes answer with lists"
        oids = [column.type_oid for column in result.columns or ()]
        found = await fetch_over_rows(
            self._queries, result.query, oids, answer.rows, params, session, view
        )
        answer.rows = list(found)
        return answer

    def _before(
        self, result: WriteResult, transaction: Transaction
    ) -> AbstractContextManager[Transaction]:
        """What a write reads: the rows as they are before it, for RETURNING too."""
        if result.returning is not None and result.returning.reads_tables:
            return self._transactions.view(transaction)
        return nullcontext(transaction)

    async def _run_returning_query(
        self,
        write: Write,
        result: WriteResult,
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction,
    ) -> ExecutionResult:
        position = transaction.position()
        try:
            while True:
                try:
                    with self._before(result, transaction) as view:
                        affected = Affected(write(params, session, transaction))
                        answer = await self.answer(result, affected, params, session, view)
                    self._transactions.commit_implicit(transaction)
                except Suspended as suspended:
                    transaction.undo_to(position)
                    await suspended.wait()
                else:
                    return answer
        except BaseException:
            transaction.undo_to(position)
            raise
        finally:
            self._transactions.end_implicit(transaction)


async def _apply_in_portions(
    write: QueryWrite,
    source: Sequence[Row],
    params: Sequence[Datum],
    session: SessionContext,
    transaction: Transaction,
) -> Affected:
    """Write what the query found, and let others have their turns meanwhile."""
    affected, apply = Affected(), write.begin()
    for number, portion in enumerate(write.portions(source)):
        if number:
            await asyncio.sleep(0)
        affected.add(apply(portion, params, session, transaction))
    return affected
