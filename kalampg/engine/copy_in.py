"""RowLoader: the rows of a COPY FROM put into the session's block, one by one.

Values come as datums of their columns' types; what the data has no column for takes its default.
The block must be open, so that a failure anywhere takes back all of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from kalampg.engine.assignment import compile_assignment, storable_check
from kalampg.engine.context import SessionContext
from kalampg.engine.row_writer import RowWriter
from kalampg.engine.stored_table import StoredTable
from kalampg.engine.suspend import Suspended
from kalampg.engine.transaction import Transaction
from kalampg.engine.write_admission import WriteAdmission
from kalampg.relation import Datum
from kalampg.sql.plan import InsertPlan

# Runs checks of a transaction, waiting for what they need.
Settle: TypeAlias = Callable[[Transaction, Callable[[], None]], Awaitable[None]]


class RowLoader:
    """Loads rows into one table for one session. Used on the event loop."""

    def __init__(
        self,
        plan: InsertPlan,
        table: StoredTable,
        writer: RowWriter,
        session: SessionContext,
        transaction: Transaction,
        targets: Sequence[int],
        admission: WriteAdmission,
        settle: Settle,
    ) -> None:
        """``targets`` are the columns that data comes for; ``plan`` has the others' defaults."""
        columns = table.relation.columns
        self._table = table
        self._writer = writer
        self._session = session
        self._transaction = transaction
        self._admission = admission
        self._settle = settle
        self._scope = table.scope_for(session)
        self._targets = tuple(targets)
        self._checks = tuple(
            (place, check)
            for place, position in enumerate(targets)
            if (check := storable_check(columns[position])) is not None
        )
        self._defaults = tuple(
            (position, compile_assignment(default, columns[position]))
            for position, default in enumerate(plan.defaults)
            if default is not None and position not in self._targets
        )

    def admit(self) -> Awaitable[None] | None:
        """Ask before a portion of rows; an awaitable if it must wait or is refused."""
        return self._admission.admit(adds_rows=True) if self._admission.is_on else None

    def load(self, values: Sequence[Datum]) -> Awaitable[None] | None:
        """Insert one row, in the order of the targets; an awaitable if it must wait.

        Raises:
            PgError: 23502, 23505, 53200, or a default's own failure.
        """
        for place, check in self._checks:
            if values[place] is not None:
                check(values[place])
        row: list[Datum] = [None] * self._table.width
        for position, value in zip(self._targets, values, strict=True):
            row[position] = value
        for position, evaluator in self._defaults:
            row[position] = evaluator((), (), self._session)
        try:
            self._insert(row)
        except Suspended as suspended:
            return self._insert_after(suspended, row)
        return None

    def finish(self) -> Awaitable[None] | None:
        """Check what is left for the end of the statement; raises ForeignKeyViolation (23503)."""
        transaction = self._transaction
        if transaction.checks is None:
            return None
        return self._settle(transaction, transaction.settle_statement)

    def _insert(self, row: list[Datum]) -> None:
        self._writer.insert(self._table, self._scope, row, self._transaction, self._session)

    async def _insert_after(self, suspended: Suspended, row: list[Datum]) -> None:
        """Cancellation: the row is not there; rows before it are, until the block is undone."""
        while True:
            await suspended.wait()
            try:
                self._insert(row)
            except Suspended as again:
                suspended = again
            else:
                return
