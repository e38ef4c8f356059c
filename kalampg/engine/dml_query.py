"""DML by query: the rows that an INSERT ... SELECT, UPDATE or DELETE query found, applied.

The query's rows carry the key and ``_seq`` of each row to change: a row that has another version
by now was changed by somebody else, and the statement must look again (Restart).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final, TypeAlias

from kalampg.engine.context import SessionContext
from kalampg.engine.dml import compile_assignments, row_builder
from kalampg.engine.evaluate import Evaluator
from kalampg.engine.query import Queries
from kalampg.engine.result import Affected, Apply, Row
from kalampg.engine.row_writer import RowUpdate, RowWriter
from kalampg.engine.stored_table import StoredTable
from kalampg.engine.transaction import PendingRow, Transaction
from kalampg.engine.upsert import Upsert, compile_upsert
from kalampg.engine.upsert_query import UpsertByQuery
from kalampg.engine.view_checks import CheckRows
from kalampg.ids import Oid
from kalampg.relation import Datum, Relation
from kalampg.sql.expression import ColumnRef
from kalampg.sql.lock_modes import LockMode
from kalampg.sql.plan import DeletePlan, DuckQuery, InsertPlan, UpdatePlan

# Begins one execution: something may have to be kept in mind from one portion to the next.
Begin: TypeAlias = Callable[[], Apply]
# Makes the function, once the types of the query's columns are known.
CompileApply: TypeAlias = Callable[[Sequence[int]], Begin]

# Makes what ``Apply`` takes of the query's rows, where another query must say more about them.
Prepare: TypeAlias = Callable[
    [Sequence[Row], Queries, Sequence[Datum], SessionContext, Transaction, Transaction],
    Awaitable[Sequence[Row]],
]

_INT8 = 20
# Rows that are written without giving others a turn: a few milliseconds, with cold rows to read.
PORTION_ROWS: Final = 100


class QueryWrite:
    """A query and what to do with its rows."""

    def __init__(
        self,
        query: DuckQuery,
        fixed_oids: Sequence[int],
        compile_apply: CompileApply,
        *,
        key_of: Callable[[Row], bytes] | None = None,
        is_divisible: bool = True,
        prepare: Prepare | None = None,
    ) -> None:
        """``fixed_oids`` are the types of the query's first columns, which the engine knows.

        ``key_of`` says which row a row of the query changes, ``is_divisible`` that the rows may be
        written one after the other.
        """
        self._key_of = key_of
        self.is_divisible = is_divisible
        self._query = query
        self._fixed_oids = tuple(fixed_oids)
        self._compile = compile_apply
        self._oids: tuple[int, ...] = ()
        self._begin: Begin | None = None
        self._check: CheckRows | None = None
        self._prepare = prepare

    async def fetch(
        self,
        queries: Queries,
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction,
        view: Transaction | None = None,
    ) -> Sequence[Row]:
        """Run the query, on the rows of ``view`` where another part of the statement wrote."""
        if self._begin is None:
            columns = await queries.columns(self._query)
            described = tuple(int(column.type_oid) for column in columns)
            self._oids = self._fixed_oids + described[len(self._fixed_oids) :]
            self._begin = self._compile(self._oids)
        view = view or transaction
        rows = await queries.fetch(
            self._query, self._oids, params, session, view, transaction.check_room
        )
        if self._prepare is None:
            return rows
        return await self._prepare(rows, queries, params, session, transaction, view)

    def portions(self, source: Sequence[Row]) -> Iterator[Sequence[Row]]:
        """The query's rows as one execution takes them; others may run between two portions."""
        if not self.is_divisible or len(source) <= PORTION_ROWS:
            yield source
            return
        seen: set[bytes] = set()
        for start in range(0, len(source), PORTION_ROWS):
            portion = source[start : start + PORTION_ROWS]
            yield portion if self._key_of is None else _first_ones(portion, self._key_of, seen)

    def begin(self) -> Apply:
        """What writes portions of what the query asked for; it may raise Suspended or Restart."""
        assert self._begin is not None, "fetch comes first"
        apply, check = self._begin(), self._check
        if check is None:
            return apply

        def checked(
            source: Sequence[Row],
            params: Sequence[Datum],
            session: SessionContext,
            transaction: Transaction,
        ) -> Affected:
            affected = apply(source, params, session, transaction)
            check(affected.rows, params, session)
            return affected

        return checked

    def add_check(self, check: CheckRows) -> None:
        """Check from now on what is written."""
        self._check = check


def insert_from_query(plan: InsertPlan, table: StoredTable, writer: RowWriter) -> QueryWrite:
    """INSERT ... SELECT."""
    assert plan.source is not None
    if plan.conflict is not None and plan.conflict.query is not None:
        by_query = UpsertByQuery(plan, plan.conflict, table, writer)
        return QueryWrite(
            plan.source, (), by_query.compile, is_divisible=False, prepare=by_query.prepare
        )

    def compile_apply(oids: Sequence[int]) -> Begin:
        row = plan.values or [ColumnRef(place, Oid(oid)) for place, oid in enumerate(oids)]
        builder = row_builder(plan, table, row)
        if plan.conflict is not None:
            return _upsert_rows(builder, compile_upsert(plan, plan.conflict, table, writer))

        def run(
            source: Sequence[Row],
            params: Sequence[Datum],
            session: SessionContext,
            transaction: Transaction,
        ) -> Affected:
            scope = table.scope_for(session)
            return Affected(
                [
                    writer.insert(
                        table,
                        scope,
                        [evaluator(found, params, session) for evaluator in builder],
                        transaction,
                        session,
                    )
                    for found in source
                ]
            )

        return lambda: run

    return QueryWrite(plan.source, (), compile_apply)


def _upsert_rows(builder: Sequence[Evaluator], upsert: Upsert) -> Begin:
    def begin() -> Apply:
        written: set[bytes] = set()

        def run(
            source: Sequence[Row],
            params: Sequence[Datum],
            session: SessionContext,
            transaction: Transaction,
        ) -> Affected:
            rows = ([evaluator(row, params, session) for evaluator in builder] for row in source)
            return Affected(upsert(rows, params, session, transaction, written))

        return run

    return begin


def update_from_query(plan: UpdatePlan, table: StoredTable, writer: RowWriter) -> QueryWrite:
    """UPDATE whose query gives key, ``_seq`` and what the targets' new values are made of."""
    assert plan.query is not None
    keeps_key = set(plan.targets).isdisjoint(table.key_positions)
    mode = LockMode.NO_KEY_UPDATE if keeps_key else LockMode.UPDATE
    assignments = compile_assignments(plan.relation, plan.targets, plan.values)
    joined_of = _joined(plan)

    def run(
        source: Sequence[Row],
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction,
    ) -> Affected:
        scope = table.scope_for(session)
        affected = Affected()
        changes = []
        for found, key, before in _targets(table, writer, source, session, transaction, mode=mode):
            values = list(before.row.values)
            for position, evaluator in assignments:
                values[position] = evaluator(found, params, session)
            changes.append(RowUpdate(key, before, values))
            affected.joined += joined_of(found)
        affected.rows = writer.update_all(table, scope, changes, transaction, session)
        return affected

    is_divisible = set(plan.targets).isdisjoint(_exclusive_positions(plan.relation))
    return _write_of_rows(plan.query, table, run, is_divisible=is_divisible)


def _write_of_rows(
    query: DuckQuery, table: StoredTable, run: Apply, *, is_divisible: bool = True
) -> QueryWrite:
    """A write of stored rows whose key and ``_seq`` the query gives first."""
    width = len(table.key_oids)
    return QueryWrite(
        query,
        (*table.key_oids, _INT8),
        lambda oids: lambda: run,
        key_of=lambda found: table.encode_key(found[:width]),
        is_divisible=is_divisible,
    )


def _joined(plan: UpdatePlan | DeletePlan) -> Callable[[Row], Sequence[Row]]:
    """What RETURNING reads of a row that the query found, as one row; nothing where it does not."""
    width = 0 if plan.returning is None else plan.returning.joined
    return (lambda found: (found[-width:],)) if width else lambda found: ()


def _exclusive_positions(relation: Relation) -> set[int]:
    """Columns whose values rows may exchange, so that all of them must be changed as one."""
    unique = (index.read_columns for index in relation.indexes if index.is_unique)
    return {*relation.primary_key} | {
        relation.position_of_id(column) for columns in unique for column in columns
    }


def delete_from_query(plan: DeletePlan, table: StoredTable, writer: RowWriter) -> QueryWrite:
    """DELETE whose query gives the key and ``_seq``."""
    assert plan.query is not None
    joined_of = _joined(plan)

    def run(
        source: Sequence[Row],
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction,
    ) -> Affected:
        scope = table.scope_for(session)
        deleted = Affected()
        for found, key, before in _targets(table, writer, source, session, transaction):
            writer.delete(scope, key, before, transaction, session)
            deleted.rows.append(before.row)
            deleted.joined += joined_of(found)
        return deleted

    return _write_of_rows(plan.query, table, run)


def undelete_from_query(plan: DeletePlan, table: StoredTable, writer: RowWriter) -> QueryWrite:
    """UNDELETE: the query gives key and ``_seq`` of soft-deleted rows; they are inserted again."""
    assert plan.query is not None

    def run(
        source: Sequence[Row],
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction,
    ) -> Affected:
        scope = table.scope_for(session)
        targets = _targets(table, writer, source, session, transaction, is_deleted=True)
        return Affected(
            [
                writer.insert(table, scope, list(before.row.values), transaction, session)
                for _, _, before in targets
            ]
        )

    return _write_of_rows(plan.query, table, run)


def _first_ones(
    portion: Sequence[Row], key_of: Callable[[Row], bytes], seen: set[bytes]
) -> list[Row]:
    """The rows of a portion whose key comes for the first time."""
    first = []
    for found in portion:
        key = key_of(found)
        if key not in seen:
            seen.add(key)
            first.append(found)
    return first


def _targets(
    table: StoredTable,
    writer: RowWriter,
    source: Sequence[Row],
    session: SessionContext,
    transaction: Transaction,
    *,
    is_deleted: bool = False,
    mode: LockMode = LockMode.UPDATE,
) -> Iterator[tuple[Row, bytes, PendingRow]]:
    """Lock and check each row once: a join may find it several times, and the first counts.

    All are locked before the first is checked: a statement that must look again has them then.
    """
    scope = table.scope_for(session)
    width = len(table.key_oids)
    targets: dict[bytes, Row] = {}
    for found in source:
        targets.setdefault(table.encode_key(found[:width]), found)
    for key in targets:
        writer.lock(scope, key, transaction, session, mode)
    for key, found in targets.items():
        if transaction.has_written(scope, key):
            continue  # By another part of the same statement: the first change counts.
        before = writer.unchanged(
            table, scope, key, found[width], transaction, is_deleted=is_deleted
        )
        yield found, key, before
