"""MERGE: the pairs that the query found, each under the WHEN clause that applies to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from kalampg import errors
from kalampg.engine.assignment import compile_assignment
from kalampg.engine.context import SessionContext
from kalampg.engine.dml import row_builder
from kalampg.engine.dml_query import QueryWrite
from kalampg.engine.evaluate import Evaluator
from kalampg.engine.result import Affected, Row
from kalampg.engine.row_writer import RowUpdate, RowWriter
from kalampg.engine.stored_table import StoredTable
from kalampg.engine.transaction import PendingRow, Transaction
from kalampg.relation import Datum
from kalampg.sql.expression import Const
from kalampg.sql.lock_modes import LockMode
from kalampg.sql.merge_action import MergeAction, MergeVerb
from kalampg.sql.plan import InsertPlan, MergePlan
from kalampg.storage.rows import StoredRow

_Values: TypeAlias = Sequence[tuple[int, Evaluator]]

_INT8: Final = 20
_INT4: Final = 23
_MODES: Final = {MergeVerb.UPDATE: LockMode.NO_KEY_UPDATE, MergeVerb.DELETE: LockMode.UPDATE}


def merge_from_query(plan: MergePlan, table: StoredTable, writer: RowWriter) -> QueryWrite:
    """MERGE, whose query gives key, ``_seq``, the clause's number, and the clauses' values."""
    merge = _Merge(plan, table, writer)

    fixed_oids = (*table.key_oids, _INT8, _INT4)
    return QueryWrite(plan.query, fixed_oids, lambda _: lambda: merge.apply, is_divisible=False)


class _Merge:
    def __init__(self, plan: MergePlan, table: StoredTable, writer: RowWriter) -> None:
        self._table = table
        self._writer = writer
        self._width = len(table.key_oids)
        self._actions = plan.actions
        self._inserts = {
            number: row_builder(_insert_plan(plan, action), table, action.values)
            for number, action in enumerate(plan.actions)
            if action.verb is MergeVerb.INSERT
        }
        self._updates = {
            number: _assignments(table, action)
            for number, action in enumerate(plan.actions)
            if action.verb is MergeVerb.UPDATE
        }

    def apply(
        self,
        source: Sequence[Row],
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction,
    ) -> Affected:
        """Delete and update first, so that keys which become free can be inserted."""
        scope = self._table.scope_for(session)
        changes: list[RowUpdate] = []
        done: list[StoredRow] = []
        for number, found, key, before in self._targets(source, session, transaction):
            if number in self._updates:
                values = list(before.row.values)
                for position, evaluator in self._updates[number]:
                    values[position] = evaluator(found, params, session)
                changes.append(RowUpdate(key, before, values))
            else:
                self._writer.delete(scope, key, before, transaction, session)
                done.append(before.row)
        done += self._writer.update_all(self._table, scope, changes, transaction, session)
        for found in source:
            builder = self._inserts.get(self._number(found))
            if builder is not None:
                new = [evaluator(found, params, session) for evaluator in builder]
                done.append(self._writer.insert(self._table, scope, new, transaction, session))
        return Affected(done)

    def _targets(
        self, source: Sequence[Row], session: SessionContext, transaction: Transaction
    ) -> list[tuple[int, Row, bytes, PendingRow]]:
        """The rows to change, each locked and as the query saw it."""
        scope = self._table.scope_for(session)
        targets: dict[bytes, tuple[int, Row]] = {}
        for found in source:
            number = self._number(found)
            if number < 0 or self._actions[number].verb not in _MODES:
                continue
            key = self._table.encode_key(found[: self._width])
            if key in targets:
                raise errors.CardinalityViolation(
                    "MERGE command cannot affect row a second time",
                    hint="Ensure that not more than one source row matches any one target row.",
                )
            targets[key] = number, found
        for key, (number, _) in targets.items():
            self._writer.lock(scope, key, transaction, session, self._mode(number))
        return [
            (
                number,
                found,
                key,
                self._writer.unchanged(self._table, scope, key, found[self._width], transaction),
            )
            for key, (number, found) in targets.items()
        ]

    def _mode(self, number: int) -> LockMode:
        action = self._actions[number]
        moves_key = not set(action.targets).isdisjoint(self._table.key_positions)
        return LockMode.UPDATE if moves_key else _MODES[action.verb]

    def _number(self, found: Row) -> int:
        number = found[self._width + 1]
        return -1 if number is None else number


def _insert_plan(plan: MergePlan, action: MergeAction) -> InsertPlan:
    return InsertPlan(plan.relation, action.targets, (), None, plan.defaults, plan.param_oids)


def _assignments(table: StoredTable, action: MergeAction) -> _Values:
    columns = table.relation.columns
    return [
        (
            position,
            compile_assignment(value or Const(None, columns[position].type_oid), columns[position]),
        )
        for position, value in zip(action.targets, action.values, strict=True)
    ]
