"""The rows of a query that conditions admit which only the engine can compute."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeAlias

from kalampg import errors
from kalampg.engine.context import SessionContext
from kalampg.engine.point import compile_outputs
from kalampg.engine.range_select import compile_count
from kalampg.engine.result import Row
from kalampg.engine.suspend import Suspended
from kalampg.relation import Datum
from kalampg.sql.engine_conditions import Admission

Admitted: TypeAlias = Callable[[Sequence[Row], Sequence[Datum], SessionContext], AsyncIterator[Row]]


def compile_admission(admission: Admission | None) -> Admitted:
    """What passes rows on, each asked after what was done with the one before."""
    if admission is None:
        return _all
    condition = compile_outputs((admission.condition,))
    limit_of = compile_count(admission.limit, "LIMIT", errors.InvalidRowCountInLimitClause)
    offset_of = compile_count(
        admission.offset, "OFFSET", errors.InvalidRowCountInResultOffsetClause
    )

    async def run(
        rows: Sequence[Row], params: Sequence[Datum], session: SessionContext
    ) -> AsyncIterator[Row]:
        limit, skipped = limit_of(params, session), offset_of(params, session) or 0
        for row in rows:
            if limit == 0:
                return
            if not await _is_true(row, params, session):
                continue
            if skipped:
                skipped -= 1
                continue
            yield row
            limit = None if limit is None else limit - 1

    async def _is_true(row: Row, params: Sequence[Datum], session: SessionContext) -> bool:
        while True:
            try:
                return condition(row, params, session)[0] is True
            except Suspended as suspended:
                await suspended.wait()

    return run


async def _all(
    rows: Sequence[Row], params: Sequence[Datum], session: SessionContext
) -> AsyncIterator[Row]:
    for row in rows:
        yield row
