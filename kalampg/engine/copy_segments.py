"""SegmentLoader: the rows of a large COPY FROM, straight to segments of the session's block.

Rows come as columns. They are sorted and written in worker threads, a segment each time enough have
come, so that memory does not grow with the COPY. At the end the scope is locked as a whole, keys
are compared with what is there, and the transaction gets the segments: its commit names them in the
manifest, any other end removes them.

``_seq`` is given to the rows when they are written, before the commit; it is unique all the same.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import pyarrow as pa

from kalampg import errors
from kalampg.catalog.segment_places import place_for
from kalampg.engine.assignment import compile_assignment, storable_check
from kalampg.engine.context import SessionContext
from kalampg.engine.copied_rows import CopiedRows
from kalampg.engine.locks import LockTable
from kalampg.engine.lookup import Lookup
from kalampg.engine.stored_table import StoredTable
from kalampg.engine.transaction import Transaction
from kalampg.engine.transactions import CatalogHolder
from kalampg.engine.write_admission import WriteAdmission
from kalampg.relation import Datum
from kalampg.sql.expression import Const
from kalampg.sql.plan import InsertPlan
from kalampg.storage.copied_segments import CopiedSegment, check_keys, write_copied
from kalampg.storage.keys import decode_key
from kalampg.storage.new_segment import reserve_segment
from kalampg.storage.segment_columns import declared_scale, to_array
from kalampg.storage.segments import unfixed_numeric_columns
from kalampg.storage.store import Store

T = TypeVar("T")

# Columns of so many bytes are written, however few rows they are.
RUN_BYTES_MAX: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CopySettings:
    """How many COPYs decode and write at a time, and the rows of a segment."""

    threads: int = 2
    segment_rows_max: int = 100_000


class CopyTools:
    """What loaders of all sessions share; owns their threads."""

    def __init__(
        self,
        store: Store,
        lookup: Lookup,
        locks: LockTable,
        catalog: CatalogHolder,
        admission: WriteAdmission,
        settings: CopySettings,
    ) -> None:
        self.store = store
        self.lookup = lookup
        self.locks = locks
        self.catalog = catalog
        self.admission = admission
        self.segment_rows_max = settings.segment_rows_max
        self.workers = ThreadPoolExecutor(settings.threads, thread_name_prefix="copies")

    def close(self) -> None:
        """Wait for the threads. Statements must have ended."""
        self.workers.shutdown(wait=True)


def open_segment_loader(
    tools: CopyTools,
    plan: InsertPlan,
    table: StoredTable,
    session: SessionContext,
    transaction: Transaction,
    targets: Sequence[int],
) -> SegmentLoader | None:
    """A loader; None where rows must be looked at one by one.

    That is for constraints, defaults that are computed, numerics without a scale, and where rows of
    the scope are pending.
    """
    relation = table.relation
    if (
        relation.is_temporary
        or relation.constraints
        or relation.indexes
        or relation.referenced_by
        or unfixed_numeric_columns(relation)
        or any(column.generated or column.domain for column in relation.columns)
        or table.scope_for(session) in transaction.overlay
    ):
        return None
    constants: dict[int, Datum] = {}
    for position, default in enumerate(plan.defaults):
        if default is None or position in targets:
            continue
        if not isinstance(default, Const):
            return None
        assign = compile_assignment(default, relation.columns[position])
        constants[position] = assign((), (), session)
    return SegmentLoader(tools, table, session, transaction, targets, constants)


class SegmentLoader:
    """Loads rows into one table for one session. Used on the event loop, one call at a time."""

    def __init__(
        self,
        tools: CopyTools,
        table: StoredTable,
        session: SessionContext,
        transaction: Transaction,
        targets: Sequence[int],
        constants: Mapping[int, Datum],
    ) -> None:
        """``targets`` are the columns that data comes for, ``constants`` what others get."""
        columns = table.relation.columns
        self._tools = tools
        self._table = table
        self._session = session
        self._transaction = transaction
        self._scope = table.scope_for(session)
        self._targets = tuple(targets)
        self._constants = dict(constants)
        self._checks = [storable_check(columns[position]) for position in targets]
        self._columns: list[list[pa.Array]] = []
        self._lines = array("q")
        self._size_bytes = 0
        self._copied: list[CopiedSegment] = []

    def columns_of(self, rows: Sequence[Sequence[Datum]]) -> list[pa.Array]:
        """Rows of datums, in the order of the targets, as columns. Any thread."""
        columns = self._table.relation.columns
        return [
            to_array(columns[position].type_oid, datums, declared_scale(columns[position]) or 0)
            for position, datums in zip(self._targets, zip(*rows, strict=True), strict=True)
        ]

    def check_row(self, values: Sequence[Datum]) -> None:
        """Refuse a row that cannot be stored; any thread. Raises as ``RowLoader.load``."""
        for value, check in zip(values, self._checks, strict=True):
            if check is not None and value is not None:
                check(value)
        row: list[Datum] = [self._constants.get(place) for place in range(self._table.width)]
        for position, value in zip(self._targets, values, strict=True):
            row[position] = value
        self._table.check_not_null(row, self._session)

    def is_complete(self, columns: Sequence[pa.Array]) -> bool:
        """Whether no value is NULL that must not be; else ``check_row`` finds which. Any thread."""
        found = dict(zip(self._targets, columns, strict=True))
        return all(
            not found[position].null_count
            if position in found
            else self._constants.get(position) is not None
            for position in self._table.required
        )

    async def in_worker(self, work: Callable[[], T]) -> T:
        """Run what blocks. Cancellation: waits for its end."""
        future = asyncio.get_running_loop().run_in_executor(self._tools.workers, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            raise

    async def add(self, columns: Sequence[pa.Array], lines: Sequence[int]) -> None:
        """Take rows, the columns in the order of the targets; ``lines`` is where they came from.

        Raises:
            DiskFull: 53100. OutOfMemory: 53200. IoError: 58030.
        """
        self._columns.append(self._completed(columns, len(lines)))
        self._lines.extend(lines)
        self._size_bytes += sum(column.nbytes for column in columns)
        if len(self._lines) >= self._tools.segment_rows_max or self._size_bytes >= RUN_BYTES_MAX:
            await self._write_run()

    async def finish(self) -> None:
        """Compare the keys and give the segments to the transaction.

        Raises:
            UniqueViolation: 23505. LockNotAvailable: 55P03. DeadlockDetected: 40P01.
        """
        if self._lines:
            await self._write_run()
        if not self._copied:
            return
        transaction, scope = self._transaction, self._scope
        await self._tools.locks.acquire_scope(
            transaction.owner, scope, self._session.lock_timeout_s
        )
        self._check_rules()
        earlier = [
            each.segment
            for copied in transaction.copied
            if copied.scope == scope
            for each in copied.segments
        ]
        with self._tools.store.snapshot() as snapshot:
            check = partial(
                check_keys,
                self._tools.store.files,
                self._table.relation,
                scope,
                self._copied,
                snapshot,
                earlier=earlier,
                is_emptied=scope in transaction.truncated,
            )
            found = await self.in_worker(check)
        if found.duplicate is not None:
            raise self._duplicate(found.duplicate.key, found.duplicate.line)
        transaction.take_copied(CopiedRows(self._table, scope, tuple(self._copied), found.revived))

    def _check_rules(self) -> None:
        """Rows went unlooked at because there was nothing to keep; that must still be so.

        Raises:
            SerializationFailure: 40001.
        """
        table_id = self._table.relation.table_id
        now = self._tools.catalog.current.table_by_id(table_id)
        if now is not None and (now.constraints or now.indexes):
            raise errors.SerializationFailure(
                f'could not serialize access: table "{now.name}" has got constraints meanwhile',
                hint="Run the COPY again.",
            )

    def _duplicate(self, key: bytes, line: int) -> errors.UniqueViolation:
        values: list[Datum] = [None] * self._table.width
        key_values = decode_key(self._table.key_oids, key)
        for position, value in zip(self._table.key_positions, key_values, strict=True):
            values[position] = value
        error = self._table.duplicate_key(values, self._session)
        error.where = f"COPY {self._table.relation.name}, line {line}"
        return error

    def _completed(self, columns: Sequence[pa.Array], rows: int) -> list[pa.Array]:
        """All columns of the relation: those of the data, and what the others get."""
        found = dict(zip(self._targets, columns, strict=True))
        return [
            found[position]
            if position in found
            else to_array(
                column.type_oid,
                [self._constants.get(position)] * rows,
                declared_scale(column) or 0,
            )
            for position, column in enumerate(self._table.relation.columns)
        ]

    async def _write_run(self) -> None:
        """Write what has come as one segment, which is the transaction's from then on."""
        columns, self._columns = self._columns, []
        lines, self._lines = self._lines, array("q")
        self._size_bytes = 0
        tools = self._tools
        if tools.admission.is_on:
            await tools.admission.admit(adds_rows=True)
        relation = self._table.relation
        place = place_for(tools.catalog.current, relation, self._scope.user_id)
        reserved = reserve_segment(tools.store, place)
        write = partial(
            write_copied,
            tools.store,
            relation,
            self._scope,
            reserved,
            [list(parts) for parts in zip(*columns, strict=True)],
            lines,
            tools.store.seq_source.take(len(lines)),
            self._session.statement_now_us,
        )
        future = asyncio.get_running_loop().run_in_executor(tools.workers, write)
        try:
            await asyncio.wait([future])
        finally:
            if not future.done():
                # Cancelled: the object is about to exist, and the transaction removes it.
                await asyncio.wait([future])
            if future.exception() is None:
                self._copied.append(future.result())
                self._transaction.written.append(future.result())
            elif not reserved.name.is_local:
                tools.store.give_up_object(reserved.name, may_exist=True)
        await future
