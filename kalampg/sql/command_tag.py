"""Command tags: what CommandComplete says about data plans and transaction statements."""

from __future__ import annotations

from typing import Final

from kalampg.sql.plan import (
    DeletePlan,
    InsertPlan,
    MergePlan,
    Plan,
    SelectPlan,
    SetPlan,
    ShowPlan,
    UpdatePlan,
    WithPlan,
)
from kalampg.sql.transaction_plan import TransactionPlan, TransactionVerb

_TRANSACTION_TAGS: Final = {
    TransactionVerb.BEGIN: "BEGIN",
    TransactionVerb.START: "START TRANSACTION",
    TransactionVerb.COMMIT: "COMMIT",
    TransactionVerb.ROLLBACK: "ROLLBACK",
    TransactionVerb.SAVEPOINT: "SAVEPOINT",
    TransactionVerb.ROLLBACK_TO: "ROLLBACK",
    TransactionVerb.RELEASE: "RELEASE",
}


def command_tag(plan: Plan, rows: int = 0) -> str:
    """The tag of ``plan`` after ``rows`` rows; empty where it has no fixed one.

    >>> from kalampg.sql.plan import ShowPlan
    >>> command_tag(ShowPlan("all"))
    'SHOW'
    """
    if isinstance(plan, WithPlan):
        return command_tag(plan.main, rows)
    if isinstance(plan, SelectPlan):
        return f"SELECT {rows}"
    if isinstance(plan, InsertPlan):
        return f"INSERT 0 {rows}"
    if isinstance(plan, UpdatePlan):
        return f"UPDATE {rows}"
    if isinstance(plan, DeletePlan):
        return f"UNDELETE {rows}" if plan.restores else f"DELETE {rows}"
    if isinstance(plan, MergePlan):
        return f"MERGE {rows}"
    if isinstance(plan, TransactionPlan):
        return _TRANSACTION_TAGS[plan.verb]
    if isinstance(plan, ShowPlan):
        return "SHOW"
    if isinstance(plan, SetPlan):
        return "RESET" if plan.is_reset else "SET"
    return ""
