"""Running a COPY: its parts compiled as statements of the session, its rows sent or awaited."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from typing import TYPE_CHECKING

from kalampg import errors
from kalampg.commands.resolve import find_table
from kalampg.engine import ExecutionResult
from kalampg.relation import Datum
from kalampg.session.compilation import CompiledStatement, with_lifted
from kalampg.session.copy_in import CopyIn
from kalampg.session.copying import (
    begin_copy_in,
    check_columns,
    copy_out,
    qualified,
    refuse_generated,
    source_query,
    target_insert,
)
from kalampg.sql import CopyPlan, Plan, TransactionPlan, TransactionVerb

if TYPE_CHECKING:
    from kalampg.session.runner import StatementRunner


def run_copy(runner: StatementRunner, copy: CopyPlan) -> CopyIn | Awaitable[ExecutionResult]:
    """Begin a COPY FROM, or send the rows of a COPY TO.

    Raises:
        PgError: the table or query is wrong, or may not be used.
    """
    # Several statements are one here: the block keeps them together.
    runner.block.open_implicit()
    runner.block.note_statement()
    context = runner.state.context
    if copy.is_from:
        target = _compile(runner, target_insert(copy), None)
        return begin_copy_in(copy, target, runner.executor, context, runner.copy_direct_bytes)
    compiled = _compile_source(runner, copy)
    if compiled.runnable is None:
        raise errors.FeatureNotSupported("COPY query must be a SELECT or return rows")
    if not compiled.runnable.returns_rows:
        raise errors.FeatureNotSupported("COPY query must have a RETURNING clause")
    outcome = runner.executor.execute(
        compiled.runnable, with_lifted([], compiled.compiled), context
    )
    return _send(runner, copy, outcome)


async def _send(
    runner: StatementRunner, copy: CopyPlan, outcome: ExecutionResult | Awaitable[ExecutionResult]
) -> ExecutionResult:
    result = outcome if isinstance(outcome, ExecutionResult) else await outcome
    return await copy_out(copy, result, runner.state.context, runner.output, runner.drain)


def _compile_source(runner: StatementRunner, copy: CopyPlan) -> CompiledStatement:
    if copy.query is not None:
        return _compile(runner, source_query(copy), copy.query_offset)
    assert copy.table is not None, "a COPY without a query has a table"
    compiled = _compile(runner, f"TABLE {qualified(copy.table)}", None)
    check_columns(copy, [column.name for column in compiled.known_columns or ()])
    return _compile(runner, source_query(_without_generated(runner, copy)), None)


def _without_generated(runner: StatementRunner, copy: CopyPlan) -> CopyPlan:
    """The COPY TO of a table, which leaves generated columns out."""
    assert copy.table is not None, "it is the COPY of a table"
    table = find_table(runner.state.catalog(), copy.table, runner.commands.search_path)
    columns = () if table is None else table.columns
    if all(column.generated is None for column in columns):
        return copy
    for column in columns:
        if column.name in copy.columns:
            refuse_generated(column)
    plain = tuple(
        column.name for column in columns if column.generated is None and not column.is_hidden
    )
    return replace(copy, columns=copy.columns or plain)


def _compile(runner: StatementRunner, text: str, offset: int | None) -> CompiledStatement:
    """Compile a statement inside another, which has it at ``offset``, or made of it."""
    try:
        compiled = runner.compile(text)
    except errors.PgError as error:
        if error.position is not None:
            error.position = None if offset is None else error.position + offset
        raise
    runner.check_guards(compiled)
    return compiled


def needs_copied(plan: Plan) -> bool:
    """Whether a statement may read the block's copied rows, or come back to before it."""
    if isinstance(plan, TransactionPlan):
        return plan.verb in (TransactionVerb.SAVEPOINT, TransactionVerb.RELEASE)
    return not (isinstance(plan, CopyPlan) and plan.is_from)


async def run_settled(
    runner: StatementRunner, statement: CompiledStatement, params: list[Datum]
) -> ExecutionResult:
    """Run a statement behind a COPY of its block, whose rows it may read."""
    await runner.executor.settle_copies(runner.state.context)
    outcome = runner.run(statement, params)
    assert not isinstance(outcome, CopyIn), "a COPY FROM needs nothing settled"
    return outcome if isinstance(outcome, ExecutionResult) else await outcome
