"""ForeignKeys: what a change of a row asks of the rows that it refers to, or that refer to it.

A write queues checks (``engine.referential``); they run at the end of its statement, or at COMMIT
where the constraint is deferred. Only what a change can have broken is queued: values that an
update leaves as they are need no look.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kalampg.constraint import ReferenceAction
from kalampg.engine.context import SessionContext
from kalampg.engine.referential import ParentChange, Referential, RowReference
from kalampg.engine.table_rules import Reference, TableRules
from kalampg.engine.transaction import Transaction
from kalampg.relation import Datum
from kalampg.storage.keys import Scope

if TYPE_CHECKING:
    from kalampg.engine.index_entries import IndexEntries
    from kalampg.engine.lookup import Lookup
    from kalampg.engine.row_writer import RowWriter


class ForeignKeys:
    """Queues checks for changed rows. Used on the event loop only."""

    def __init__(self, writer: RowWriter, lookup: Lookup, entries: IndexEntries) -> None:
        self.referential = Referential(writer, lookup, entries)

    def inserted(
        self,
        rules: TableRules,
        scope: Scope,
        key: bytes,
        transaction: Transaction,
        session: SessionContext,
    ) -> None:
        for reference in rules.references:
            self._queue_row(reference, scope, key, transaction, session)

    def updated(
        self,
        rules: TableRules,
        scope: Scope,
        key: bytes,
        before: Sequence[Datum],
        after: Sequence[Datum],
        transaction: Transaction,
        session: SessionContext,
    ) -> None:
        """``key`` is the row's new one."""
        for reference in rules.references:
            if _differ(reference.child_positions, before, after):
                self._queue_row(reference, scope, key, transaction, session)
        for reference in rules.referrers:
            if _differ(reference.parent_positions, before, after):
                self._queue_parent(reference, scope, before, after, transaction, session)

    def deleted(
        self,
        rules: TableRules,
        scope: Scope,
        before: Sequence[Datum],
        transaction: Transaction,
        session: SessionContext,
    ) -> None:
        for reference in rules.referrers:
            self._queue_parent(reference, scope, before, None, transaction, session)

    def _queue_row(
        self,
        reference: Reference,
        scope: Scope,
        key: bytes,
        transaction: Transaction,
        session: SessionContext,
    ) -> None:
        transaction.queue(RowReference(self.referential, reference, scope, key, session))

    def _queue_parent(
        self,
        reference: Reference,
        scope: Scope,
        before: Sequence[Datum],
        after: Sequence[Datum] | None,
        transaction: Transaction,
        session: SessionContext,
    ) -> None:
        values = [before[position] for position in reference.parent_positions]
        if None in values:
            return  # Nothing refers to a NULL.
        constraint = reference.constraint
        action = constraint.on_delete if after is None else constraint.on_update
        check = ParentChange(self.referential, reference, action, scope, before, after, session)
        transaction.queue(check, may_wait=action is ReferenceAction.NO_ACTION)


def _differ(positions: Sequence[int], before: Sequence[Datum], after: Sequence[Datum]) -> bool:
    return any(before[position] != after[position] for position in positions)
