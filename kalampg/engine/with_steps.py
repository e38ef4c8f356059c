"""WITH: the parts of one statement, one after the other, under one snapshot.

First the subqueries that lock rows, so that what they found is still there for the rest; then the
writes; then the main statement. Every part reads the rows as they were before the first write: the
transaction's view of that moment (``Transaction.view``). If one must wait or look again, all of it
is undone and runs again, with the locks it has got.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kalampg import errors
from kalampg.engine.context import SessionContext
from kalampg.engine.dml import Write, refuse_writes
from kalampg.engine.dml_query import QueryWrite
from kalampg.engine.locking_select import LockingSelectRunner
from kalampg.engine.query import Queries
from kalampg.engine.result import Affected, ExecutionResult, Row
from kalampg.engine.suspend import Restart, Suspended
from kalampg.engine.transaction import Transaction
from kalampg.engine.transactions import Transactions
from kalampg.engine.write import WriteResult, Writes
from kalampg.ids import TableId
from kalampg.relation import Datum
from kalampg.sql.plan import SelectPlan

_RESTARTS_MAX: Final = 20


class WritePart:
    """An INSERT, UPDATE or DELETE of the statement."""

    def __init__(self, write: Write | QueryWrite, result: WriteResult) -> None:
        self.write = write
        self.result = result


Part = WritePart | LockingSelectRunner | SelectPlan


def _is_temporary(part: Part) -> bool:
    """Whether the part writes nothing but temporary tables."""
    if isinstance(part, WritePart):
        return part.result.is_temporary
    return isinstance(part, SelectPlan)


class WithRunner:
    """Runs one WITH statement for any session. ``steps`` are parts by their relation's number."""

    def __init__(
        self,
        steps: Sequence[tuple[TableId, Part]],
        main: Part,
        queries: Queries,
        transactions: Transactions,
        writes: Writes,
    ) -> None:
        # Sorted by kind: locks come first. The order is otherwise that of the text.
        self._steps = sorted(steps, key=lambda step: not isinstance(step[1], LockingSelectRunner))
        self._main = main
        self._is_temporary = all(map(_is_temporary, (main, *(step for _, step in steps))))
        self._queries = queries
        self._transactions = transactions
        self._writes = writes

    async def run(self, params: Sequence[Datum], session: SessionContext) -> ExecutionResult:
        """Cancellation: the statement has no effect."""
        await self._writes.admit("INSERT")
        transaction = self._transactions.of_query_write(session)
        main = self._main
        verb = main.result.verb if isinstance(main, WritePart) else "SELECT"
        refuse_writes(verb, transaction, session, is_temporary=self._is_temporary)
        transaction.takes_locks = True
        position = transaction.position()
        try:
            restarts, locked = 0, 0
            while restarts < _RESTARTS_MAX:
                try:
                    answer = await self._attempt(params, session, transaction)
                    self._transactions.commit_implicit(transaction)
                except Suspended as suspended:
                    transaction.undo_to(position)
                    await suspended.wait()
                except Restart:
                    transaction.undo_to(position)
                    restarts += len(transaction.owner.held) <= locked
                    locked = len(transaction.owner.held)
                else:
                    return answer
        except BaseException:
            transaction.undo_to(position)
            raise
        finally:
            session.step_rows.clear()
            self._transactions.end_implicit(transaction)
        raise errors.SerializationFailure("could not serialize access due to concurrent update")

    async def _attempt(
        self, params: Sequence[Datum], session: SessionContext, transaction: Transaction
    ) -> ExecutionResult:
        session.step_rows.clear()
        steps = list(self._steps)
        while steps and isinstance(part := steps[0][1], LockingSelectRunner):
            number, _ = steps.pop(0)
            session.step_rows[number] = await part.locked(params, session, transaction)
        with self._transactions.view(transaction) as view:
            for number, part in steps:
                answer = await self._run_part(part, params, session, transaction, view)
                session.step_rows[number] = _rows_of(answer)
            return await self._run_part(self._main, params, session, transaction, view)

    async def _run_part(
        self,
        part: Part,
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction,
        view: Transaction,
    ) -> ExecutionResult:
        assert not isinstance(part, LockingSelectRunner), "the locks come first"
        if isinstance(part, SelectPlan):
            return await self._select(part, params, session, transaction, view)
        write = part.write
        if isinstance(write, QueryWrite):
            source = await write.fetch(self._queries, params, session, transaction, view)
            affected = write.begin()(source, params, session, transaction)
        else:
            affected = Affected(write(params, session, transaction))
        return await self._writes.answer(part.result, affected, params, session, view)

    async def _select(
        self,
        plan: SelectPlan,
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction,
        view: Transaction,
    ) -> ExecutionResult:
        assert plan.query is not None, "a part of a WITH statement is a query"
        columns = await self._queries.columns(plan.query)
        oids = [column.type_oid for column in columns]
        rows: list[Row] = list(
            await self._queries.fetch(
                plan.query, oids, params, session, view, transaction.check_room
            )
        )
        return ExecutionResult(f"SELECT {len(rows)}", plan.columns, rows)


def _rows_of(answer: ExecutionResult) -> Sequence[Row]:
    assert answer.rows is None or isinstance(answer.rows, list), "writes answer with lists"
    return answer.rows or ()
