"""Cursors: the rows of a DECLAREd query, fetched by SQL.

A cursor that only goes forward streams its rows. One that may go back has them all in memory, up to
a limit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any, Final

from kalampg import errors
from kalampg.engine import ExecutionResult, RowStream, SessionContext
from kalampg.pgtypes import datums_from_arrow
from kalampg.relation import Datum
from kalampg.session.compilation import CompiledStatement
from kalampg.session.portal import Portal, PreparedStatement, StatementStore
from kalampg.session.presentation import Presentations
from kalampg.session.rows import CHUNK_ROWS, is_stream
from kalampg.session.scrolling import Forward, Scrolling, forward_steps, skipped
from kalampg.sql import CommandPlan, DeclarePlan, FetchPlan, ResultColumn
from kalampg.sql.statements import CloseCursor

# About what a row and a value take in memory, besides the characters of texts.
_ROW_BYTES: Final = 64
_VALUE_BYTES: Final = 32


async def rows_in_memory(
    stream: RowStream, columns: Sequence[ResultColumn], bytes_max: int
) -> tuple[list[Sequence[Datum]], int]:
    """All rows of a stream, which is closed, and their size.

    Raises:
        ConfigurationLimitExceeded: 53400, there are too many.
    """
    rows: list[Sequence[Datum]] = []
    size = 0

    def take(batch: Any) -> bytes:
        nonlocal size
        size += batch.nbytes
        datums = [
            datums_from_arrow(column.type_oid, batch.column(place))
            for place, column in enumerate(columns)
        ]
        rows.extend(zip(*datums, strict=True) if datums else [()] * batch.num_rows)
        return b""

    try:
        is_done = False
        while not is_done:
            _, _, is_done = await stream.next(CHUNK_ROWS, take)
            check_room(size, bytes_max)
    finally:
        stream.close()
    return rows, size


def check_room(size: int, bytes_max: int) -> None:
    """Raise 53400 if rows of that size are too many to be kept."""
    if size > bytes_max:
        raise errors.ConfigurationLimitExceeded(
            "the rows of the session's cursors do not fit in memory",
            detail=f"There is room for {max(bytes_max, 0)} more bytes.",
            hint="Close other cursors, declare this one with NO SCROLL and without HOLD, or raise "
            "server.cursor_bytes_max.",
        )


def _size_of(rows: Sequence[Sequence[Datum]]) -> int:
    return sum(
        _ROW_BYTES + sum(_VALUE_BYTES + (len(v) if isinstance(v, str | bytes) else 0) for v in row)
        for row in rows
    )


def check_declarable(plan: DeclarePlan, store: StatementStore, context: SessionContext) -> None:
    """Raise 25P01 outside a transaction, unless it is held, and 42P03 for a name in use."""
    if context.transaction is None and not plan.is_held:
        raise errors.NoActiveSqlTransaction("DECLARE CURSOR can only be used in transaction blocks")
    if plan.name.encode() in store.portals:
        raise errors.DuplicateCursor(f'cursor "{plan.name}" already exists')


async def declare(
    plan: DeclarePlan,
    statement: CompiledStatement,
    outcome: ExecutionResult | Awaitable[ExecutionResult],
    store: StatementStore,
    *,
    is_of_transaction: bool,
) -> ExecutionResult:
    """Keep the rows of the query under the cursor's name.

    Outside a block (not ``is_of_transaction``) the transaction ends with the statement.
    """
    result = outcome if isinstance(outcome, ExecutionResult) else await outcome
    assert result.columns is not None, "a query has columns"
    name = plan.name.encode()
    prepared = PreparedStatement(name, "", (), statement, columns=result.columns)
    portal = Portal(name, prepared, [], (), result)
    rows = result.rows
    portal.is_held = plan.is_held
    portal.is_of_transaction = is_of_transaction
    if is_stream(rows) and (plan.is_scroll or plan.is_held):
        # WITH HOLD needs them at COMMIT; they are the same now.
        room = store.cursor_bytes_left
        rows, portal.kept_bytes = await rows_in_memory(rows, result.columns, room)
        result.rows = rows
    elif isinstance(rows, list):
        portal.kept_bytes = _size_of(rows)
        check_room(portal.kept_bytes, store.cursor_bytes_left)
    if isinstance(rows, list):
        portal.scrolling = Scrolling(rows, may_go_back=plan.is_scroll is not False)
    try:
        store.add_portal(portal)
    except BaseException:
        portal.close()
        raise
    return ExecutionResult("DECLARE CURSOR")


def cursor_columns(plan: FetchPlan, store: StatementStore) -> tuple[ResultColumn, ...] | None:
    """What a FETCH answers with, for Describe."""
    portal = store.portals.get(plan.name.encode())
    if plan.is_move or portal is None or portal.result is None:
        return None
    return portal.result.columns


def fetch(
    plan: FetchPlan, statement: CompiledStatement, store: StatementStore
) -> ExecutionResult | Awaitable[ExecutionResult]:
    """FETCH or MOVE.

    Raises:
        InvalidCursorName: 34000.
        ObjectNotInPrerequisiteState: 55000, it cannot go back.
    """
    # Another cursor of that name may have had other columns.
    statement.presentations = Presentations()
    portal = _portal(plan, store)
    result = portal.result
    if result is None or result.columns is None:
        raise errors.ObjectNotInPrerequisiteState(f'portal "{plan.name}" cannot be run')
    verb = "MOVE" if plan.is_move else "FETCH"
    if portal.scrolling is not None:
        rows = portal.scrolling.fetch(plan)
        tag = f"{verb} {len(rows)}"
        return ExecutionResult(tag) if plan.is_move else ExecutionResult(tag, result.columns, rows)
    assert is_stream(result.rows), "rows in memory scroll"
    return _fetch_stream(plan, verb, portal, result.columns, result.rows)


async def _fetch_stream(
    plan: FetchPlan,
    verb: str,
    portal: Portal,
    columns: tuple[ResultColumn, ...],
    stream: RowStream,
) -> ExecutionResult:
    passed_over, count = forward_steps(plan, portal.fetched)
    if passed_over:
        portal.fetched += await skipped(stream, passed_over)
    if plan.is_move:
        moved = await skipped(stream, count)
        portal.fetched += moved
        return ExecutionResult(f"{verb} {moved}")
    if count is not None:
        portal.fetched += count  # At its end there is nothing more to count.
    return ExecutionResult(verb, columns, Forward(stream, count))


def _portal(plan: FetchPlan, store: StatementStore) -> Portal:
    portal = store.portals.get(plan.name.encode())
    if portal is None:
        raise errors.InvalidCursorName(f'cursor "{plan.name}" does not exist')
    return portal


def close_cursor(
    statement: CloseCursor, plan: CommandPlan, store: StatementStore
) -> ExecutionResult:
    """Close portals, but for the one that this statement (``plan``) runs in.

    Raises:
        InvalidCursorName: 34000.
    """
    if statement.name is not None:
        name = statement.name.encode()
        if name not in store.portals:
            raise errors.InvalidCursorName(f'cursor "{statement.name}" does not exist')
        store.close_portal(name)
        return ExecutionResult(tag="CLOSE CURSOR")
    for name, portal in list(store.portals.items()):
        if portal.statement.current.plan is not plan:
            store.close_portal(name)
    return ExecutionResult(tag="CLOSE CURSOR ALL")
