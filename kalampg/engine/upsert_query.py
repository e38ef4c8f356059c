"""ON CONFLICT DO UPDATE whose new values only DuckDB computes.

Before anything is written, each row that is in the way is locked and looked at, and one query
computes what becomes of all of them. Nobody else changes them then; and what the statement itself
has written it may not update.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from kalampg.engine.context import SessionContext
from kalampg.engine.dml import row_builder
from kalampg.engine.evaluate import Evaluator, compile_expression
from kalampg.engine.given_rows import fetch_over_rows
from kalampg.engine.query import Queries
from kalampg.engine.result import Affected, Apply, Row
from kalampg.engine.row_writer import RowWriter
from kalampg.engine.stored_table import StoredTable, with_system_columns
from kalampg.engine.suspend import Restart, Suspended
from kalampg.engine.transaction import PendingRow, Transaction
from kalampg.engine.upsert import RowUpdater, in_the_way, second_time
from kalampg.ids import Oid
from kalampg.relation import Datum
from kalampg.sql.expression import ColumnRef
from kalampg.sql.plan import DuckQuery, InsertPlan, OnConflict

# A row to insert, the version (``_seq``) that was in its way, and what the query computed of both;
# the last two are None where nothing was.
_Prepared: TypeAlias = tuple[list[Datum], int | None, Row | None]


class UpsertByQuery:
    """The rows of an INSERT and its ON CONFLICT clause, which needs a query."""

    def __init__(
        self, plan: InsertPlan, conflict: OnConflict, table: StoredTable, writer: RowWriter
    ) -> None:
        assert conflict.query is not None, "the caller has looked"
        self._plan = plan
        self._conflict = conflict
        self._query: DuckQuery = conflict.query
        self._table = table
        self._writer = writer
        self._reads = [compile_expression(read) for read in conflict.reads]
        self._update = RowUpdater(plan, conflict, table, writer)
        self._builder: Sequence[Evaluator] = ()

    def compile(self, oids: Sequence[int]) -> Callable[[], Apply]:
        """What writes the rows, once the types of the source's columns are known."""
        row = self._plan.values or [ColumnRef(place, Oid(oid)) for place, oid in enumerate(oids)]
        self._builder = row_builder(self._plan, self._table, row)
        return lambda: self.apply

    async def prepare(
        self,
        source: Sequence[Row],
        queries: Queries,
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction,
        view: Transaction,
    ) -> list[_Prepared]:
        """Compute what becomes of the rows that are in the way."""
        transaction.takes_locks = True
        rows = [[make(given, params, session) for make in self._builder] for given in source]
        found = await self._locked(rows, session, transaction)
        seen = [
            [*with_system_columns(way[1].row), *values]
            for values, way in zip(rows, found, strict=True)
            if way is not None
        ]
        computed: Iterator[Row] = iter(())
        if seen:
            given = [[read(both, params, session) for read in self._reads] for both in seen]
            columns = await queries.columns(self._query)
            oids = [column.type_oid for column in columns]
            answers = await fetch_over_rows(
                queries, self._query, oids, given, params, session, view
            )
            computed = iter(answers)
        return [
            (values, None, None) if way is None else (values, way[1].row.seq, next(computed))
            for values, way in zip(rows, found, strict=True)
        ]

    def apply(
        self,
        source: Sequence[Row],
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction,
    ) -> Affected:
        """Insert and update what ``prepare`` gave.

        Raises Restart where a row is not as it was when it was looked at.
        """
        scope = self._table.scope_for(session)
        written: set[bytes] = set()
        affected = Affected()
        for values, seq, computed in source:
            found = self._in_the_way(values, session, transaction)
            if found is None:
                new = self._writer.insert(self._table, scope, values, transaction, session)
                affected.rows.append(new)
                written.add(self._table.key_of(values))
                continue
            key, before = found
            if key in written:
                raise second_time()
            if before.row.seq != seq:
                raise Restart
            after = self._update.run(scope, key, before, computed, params, session, transaction)
            affected.rows += after
            written.update(self._table.key_of(version.values) for version in after)
        return affected

    async def _locked(
        self, rows: Sequence[list[Datum]], session: SessionContext, transaction: Transaction
    ) -> list[tuple[bytes, PendingRow] | None]:
        """What is in the way of each row, once all of it is locked."""
        while True:
            try:
                return [self._in_the_way(values, session, transaction) for values in rows]
            except Suspended as suspended:
                await suspended.wait()

    def _in_the_way(
        self, values: list[Datum], session: SessionContext, transaction: Transaction
    ) -> tuple[bytes, PendingRow] | None:
        scope = self._table.scope_for(session)
        return in_the_way(
            self._writer, self._conflict, self._table, scope, values, transaction, session
        )
