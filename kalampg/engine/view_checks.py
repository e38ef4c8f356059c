"""WITH CHECK OPTION: what a statement writes through a view must be rows that the view shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from kalampg.engine.context import SessionContext
from kalampg.engine.dml import Write
from kalampg.engine.evaluate import compile_expression, reads_system_columns
from kalampg.engine.stored_table import StoredTable, with_system_columns
from kalampg.engine.transaction import Transaction
from kalampg.relation import Datum
from kalampg.sql.plan import ViewCheck
from kalampg.storage.rows import StoredRow

# Raises WithCheckOptionViolation (44000) for the first row that does not satisfy a condition.
CheckRows: TypeAlias = Callable[[Sequence[StoredRow], Sequence[Datum], SessionContext], None]


def compile_view_checks(checks: Sequence[ViewCheck], table: StoredTable) -> CheckRows:
    """What checks new versions of rows, the lowest view first."""
    conditions = [(check.view_name, compile_expression(check.condition)) for check in checks]
    is_wide = reads_system_columns((check.condition for check in checks), table.width)

    def run(rows: Sequence[StoredRow], params: Sequence[Datum], session: SessionContext) -> None:
        for row in rows:
            values = with_system_columns(row) if is_wide else row.values
            for view_name, condition in conditions:
                if condition(values, params, session) is not True:
                    raise table.check_option_violation(view_name, row.values, session)

    return run


def checked(write: Write, check: CheckRows) -> Write:
    """A write that checks what it has written."""

    def run(
        params: Sequence[Datum], session: SessionContext, transaction: Transaction
    ) -> list[StoredRow]:
        rows = write(params, session, transaction)
        check(rows, params, session)
        return rows

    return run
