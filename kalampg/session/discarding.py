"""DISCARD: what a session has gathered goes, so that a pool may give it to somebody else."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from kalampg import errors
from kalampg.catalog.temporary import drop_all
from kalampg.engine import ExecutionResult
from kalampg.sql.statements import Discard

if TYPE_CHECKING:
    from kalampg.session.runner import StatementRunner


def discard(
    runner: StatementRunner, statement: Discard
) -> ExecutionResult | Awaitable[ExecutionResult]:
    """Run the statement.

    Raises:
        ActiveSqlTransaction: 25001, DISCARD ALL in a transaction block.
    """
    state, tag = runner.state, f"DISCARD {statement.what.upper()}"
    if statement.what in {"all", "sequences"}:
        state.context.sequences.forget()
    if statement.what == "all":
        if state.context.transaction is not None:
            raise errors.ActiveSqlTransaction("DISCARD ALL cannot run inside a transaction block")
        runner.statements.close_portals()
        runner.statements.statements.clear()
        runner.executor.forget(state.context)
        state.gucs.reset_all()
        state.gucs.commit()
    elif statement.what == "temp":
        if state.context.transaction is not None:
            if state.catalog().temporary_schema is None:
                return ExecutionResult(tag)  # Nothing to wait for, or to hold others up with.
            return _drop_temporary(runner, tag)
        runner.executor.drop_temporary(state.context)
    return ExecutionResult(tag)


async def _drop_temporary(runner: StatementRunner, tag: str) -> ExecutionResult:
    """DISCARD TEMP in a block, which may take it back."""
    runner.commands.apply(drop_all(await runner.commands.lock_catalog()))
    return ExecutionResult(tag)
