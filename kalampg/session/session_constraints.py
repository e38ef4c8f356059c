"""SessionConstraints: what constraints ask of the rows, in one session's transaction.

Implements ``kalampg.commands.session_seam.ConstraintControl``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kalampg.constraint import CheckConstraint, ForeignKey, Index
from kalampg.engine import Executor, SessionContext
from kalampg.engine.constraint_builder import ValueCheck
from kalampg.ids import Oid, TableId
from kalampg.relation import Datum, Relation
from kalampg.storage import Scope


@dataclass(frozen=True, slots=True)
class SessionConstraints:
    """The seam, for one session."""

    executor: Executor
    context: SessionContext

    async def lock_table(self, relation: Relation) -> None:
        await self.executor.constraints.lock_table(self.context, relation)

    async def entry_scopes(self, table_id: TableId) -> Sequence[Scope]:
        return await self.executor.constraints.entry_scopes(table_id)

    async def check_rows(self, relation: Relation, check: CheckConstraint) -> None:
        await self.executor.constraints.check_rows(self.context, relation, check)

    async def check_values(self, relation: Relation, position: int, check: ValueCheck) -> None:
        await self.executor.constraints.check_values(self.context, relation, position, check)

    def check_value(self, value: Datum, check: ValueCheck) -> None:
        check(value, self.context)

    async def build_index(self, relation: Relation, index: Index) -> None:
        await self.executor.constraints.build_index(self.context, relation, index)

    async def build_references(
        self, relation: Relation, key: ForeignKey, referenced: Relation
    ) -> None:
        await self.executor.constraints.build_references(self.context, relation, key, referenced)

    async def check_references(
        self, relation: Relation, key: ForeignKey, referenced: Relation
    ) -> None:
        await self.executor.constraints.check_references(self.context, relation, key, referenced)

    def defer(self, oid: Oid | None, *, is_deferred: bool) -> None:
        assert self.context.transaction is not None, "commands run in a block"
        self.context.transaction.defer(oid, is_deferred=is_deferred)

    async def settle(self) -> None:
        assert self.context.transaction is not None, "commands run in a block"
        await self.executor.settle_immediate(self.context.transaction)
