"""PreparedPlan: a plan made ready to run many times, by any session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from kalampg.engine.context import SessionContext
from kalampg.engine.result import ExecutionResult
from kalampg.relation import Datum
from kalampg.sql.plan import DataPlan, DuckQuery, ResultColumn

Outcome: TypeAlias = ExecutionResult | Awaitable[ExecutionResult]
Run: TypeAlias = Callable[[Sequence[Datum], SessionContext], Outcome]


class PreparedPlan:
    """``run`` executes. ``columns`` is what the client is told, once it is known.

    ``describes`` is the query that DuckDB must be asked about while ``columns`` is None and
    ``returns_rows`` is True.
    """

    __slots__ = ("columns", "describes", "plan", "returns_rows", "run")

    def __init__(
        self,
        plan: DataPlan,
        run: Run,
        *,
        columns: tuple[ResultColumn, ...] | None,
        returns_rows: bool,
        describes: DuckQuery | None,
    ) -> None:
        self.plan = plan
        self.run = run
        self.columns = columns
        self.returns_rows = returns_rows
        self.describes = describes
