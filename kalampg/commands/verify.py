"""VERIFY TABLE: a report of what was checked, and of everything that is not as it should be."""

from __future__ import annotations

from kalampg.auth import Action, check
from kalampg.commands.resolve import refuse_temporary, required_stored_table
from kalampg.commands.session_seam import CommandSession
from kalampg.engine.result import ExecutionResult
from kalampg.relation import Datum
from kalampg.sql.command_columns import columns_of
from kalampg.sql.statements import VerifyTable


async def verify_table(statement: VerifyTable, session: CommandSession) -> ExecutionResult:
    """One row for each failure, and one for each check without any."""
    check(session.role, Action.VERIFY)
    relation = required_stored_table(session.catalog, statement.table, session.search_path)
    refuse_temporary(relation)
    rows: list[tuple[Datum, ...]] = [
        (
            finding.check.value,
            finding.user_id,
            finding.segment_id,
            "ok" if finding.is_ok else "failed",
            finding.detail,
        )
        for finding in await session.verify(relation)
    ]
    return ExecutionResult("VERIFY TABLE", columns_of(statement), [*rows])
