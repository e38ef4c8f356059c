"""Runs the queries over rows that a statement has in its hands (``sql.given_rows``)."""

from __future__ import annotations

from collections.abc import Sequence

from kalampg.engine.context import SessionContext
from kalampg.engine.query import Queries
from kalampg.engine.result import Row
from kalampg.engine.transaction import Transaction
from kalampg.relation import Datum
from kalampg.sql.plan import GIVEN_ROWS, DuckQuery


async def fetch_over_rows(
    queries: Queries,
    query: DuckQuery,
    type_oids: Sequence[int],
    rows: Sequence[Row],
    params: Sequence[Datum],
    session: SessionContext,
    view: Transaction,
) -> list[tuple[Datum, ...]]:
    """The answer for each row, in their order; other tables are read as in ``view``."""
    numbered = [(*row, number) for number, row in enumerate(rows)]
    session.step_rows[GIVEN_ROWS] = numbered
    try:
        return await queries.fetch(query, type_oids, params, session, view)
    finally:
        del session.step_rows[GIVEN_ROWS]
