"""UPDATE and DELETE of the few rows that an index leads to, as closures on the event loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from kalampg.engine.context import SessionContext
from kalampg.engine.dml import Target, Write, compile_admit, compile_assignments
from kalampg.engine.index_scan import IndexScanner, few
from kalampg.engine.row_writer import RowUpdate, RowWriter
from kalampg.engine.stored_table import StoredTable
from kalampg.engine.transaction import Transaction
from kalampg.relation import Datum
from kalampg.sql.expression import Expression
from kalampg.sql.lock_modes import LockMode
from kalampg.sql.plan import DeletePlan, UpdatePlan
from kalampg.sql.row_plans import IndexScan
from kalampg.storage.rows import StoredRow

_Targets: TypeAlias = Callable[[Sequence[Datum], SessionContext, Transaction], Iterator[Target]]


def compile_scan_write(
    plan: UpdatePlan | DeletePlan,
    scan: IndexScan,
    table: StoredTable,
    writer: RowWriter,
    scanner: IndexScanner,
) -> Write:
    """The statement's closure. It raises NotFast where its query should find the rows."""
    if isinstance(plan, UpdatePlan):
        return _compile_update(plan, scan, table, writer, scanner)
    return _compile_delete(scan, table, writer, scanner)


def _compile_update(
    plan: UpdatePlan,
    scan: IndexScan,
    table: StoredTable,
    writer: RowWriter,
    scanner: IndexScanner,
) -> Write:
    assignments = compile_assignments(plan.relation, plan.targets, plan.scan_values)
    keeps_key = set(plan.targets).isdisjoint(table.key_positions)
    mode = LockMode.NO_KEY_UPDATE if keeps_key else LockMode.UPDATE
    targets = _compile_targets(scan, table, plan.scan_values, writer, scanner, mode)

    def run(
        params: Sequence[Datum], session: SessionContext, transaction: Transaction
    ) -> list[StoredRow]:
        changes = []
        for _, key, before, row in targets(params, session, transaction):
            values = list(before.row.values)
            for position, evaluator in assignments:
                values[position] = evaluator(row, params, session)
            changes.append(RowUpdate(key, before, values))
        return writer.update_all(table, table.scope_for(session), changes, transaction, session)

    return run


def _compile_delete(
    scan: IndexScan, table: StoredTable, writer: RowWriter, scanner: IndexScanner
) -> Write:
    targets = _compile_targets(scan, table, (), writer, scanner, LockMode.UPDATE)

    def run(
        params: Sequence[Datum], session: SessionContext, transaction: Transaction
    ) -> list[StoredRow]:
        deleted = []
        for scope, key, before, _ in targets(params, session, transaction):
            writer.delete(scope, key, before, transaction, session)
            deleted.append(before.row)
        return deleted

    return run


def _compile_targets(
    scan: IndexScan,
    table: StoredTable,
    values: Sequence[Expression],
    writer: RowWriter,
    scanner: IndexScanner,
    mode: LockMode,
) -> _Targets:
    find = scanner.compile(scan, table)
    admit = compile_admit(table, scan.filter, values, writer, mode)

    def run(
        params: Sequence[Datum], session: SessionContext, transaction: Transaction
    ) -> Iterator[Target]:
        # Every key before the first change, which may move entries.
        for key in few(find(params, session, transaction)):
            target = admit(key, params, session, transaction)
            if target is not None:
                yield target

    return run
