"""Range plans: rows in key order below a key prefix, as one closure on the event loop.

Hot rows come from the row store in order, cold rows from decoded segments, the transaction's own
rows replace both; a merge gives them in key order and stops at the limit. Newest-first pages
therefore stop as soon as the rows that were looked at prove the answer.

A segment that is not decoded raises Suspended; a large one raises NotFast: the DuckDB plan is
quicker.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import Final, TypeAlias

from kalampg import errors
from kalampg.engine.context import SessionContext
from kalampg.engine.evaluate import Evaluator, compile_expression, reads_system_columns
from kalampg.engine.lookup import Lookup
from kalampg.engine.point import FastSelect, compile_projection, key_evaluator
from kalampg.engine.result import Row
from kalampg.engine.stored_table import StoredTable, with_system_columns
from kalampg.engine.suspend import NotFast, Suspended
from kalampg.engine.transaction import Transaction
from kalampg.relation import Datum
from kalampg.sql.expression import Expression
from kalampg.sql.row_plans import Bound, RangeSelect
from kalampg.storage.keys import Scope, encode_key, prefix_end
from kalampg.storage.manifest import ScopeManifest
from kalampg.storage.rows import StoredRow
from kalampg.storage.segment import Segment
from kalampg.storage.store import Store

Keyed: TypeAlias = tuple[bytes, StoredRow]
Bounds: TypeAlias = tuple[bytes | None, bytes | None]
BoundsOf: TypeAlias = Callable[[Sequence[Datum], SessionContext], Bounds | None]

# What may be loaded for one page; above, DuckDB reads only the columns and row groups it needs.
_SEGMENT_ROWS_MAX: Final = 4_096
# Rows that a range without a small limit may look at on the event loop: about 2 ms.
_ROWS_MAX: Final = 2_000
_FIRST: Final = itemgetter(0)


class RangeReader:
    """Reads key ranges of a scope, in key order."""

    def __init__(self, store: Store, lookup: Lookup) -> None:
        self._store = store
        self._cold = store.cold
        self._lookup = lookup

    def rows(
        self,
        table: StoredTable,
        scope: Scope,
        bounds: Bounds,
        transaction: Transaction | None,
        *,
        is_descending: bool,
    ) -> Iterator[Keyed]:
        """Rows of ``lower <= key < upper`` as the transaction sees them, tombstones included."""
        lower, upper = bounds
        if transaction is not None and transaction.reads is not None:
            transaction.reads.add_range(scope, lower, upper)
        snapshot = None if transaction is None else transaction.snapshot
        source = self._store if snapshot is None else snapshot
        decode = table.codec.decode
        hot: Iterator[Keyed] = (
            (key, decode(data))
            for key, data in source.scan(scope, lower=lower, upper=upper, reverse=is_descending)
        )
        cold = self._cold_rows(table, source.manifest(scope), lower, upper, is_descending)
        committed: Iterator[Keyed] = (
            heapq.merge(hot, *cold, key=_FIRST, reverse=is_descending) if cold else hot
        )
        if transaction is not None and scope in transaction.truncated:
            committed = iter(())
        own = {} if transaction is None else self._own_rows(table, scope, bounds, transaction)
        if not own:
            return committed
        theirs = (keyed for keyed in committed if keyed[0] not in own)
        ours = sorted(own.items(), key=_FIRST, reverse=is_descending)
        return heapq.merge(theirs, ours, key=_FIRST, reverse=is_descending)

    def _own_rows(
        self, table: StoredTable, scope: Scope, bounds: Bounds, transaction: Transaction
    ) -> dict[bytes, StoredRow]:
        lower, upper = bounds
        return {
            key: self._lookup.own(table, pending).row
            for key, pending in transaction.rows_of(scope).items()
            if (lower is None or lower <= key) and (upper is None or key < upper)
        }

    def _cold_rows(
        self,
        table: StoredTable,
        manifest: ScopeManifest,
        lower: bytes | None,
        upper: bytes | None,
        is_descending: bool,
    ) -> list[Iterator[Keyed]]:
        """One ordered iterator for each segment that the range meets."""
        return [
            self._segment_rows(table, manifest, segment, lower, upper, is_descending)
            for segment in manifest.segments
            if segment.may_overlap(lower, upper)
        ]

    def _segment_rows(
        self,
        table: StoredTable,
        manifest: ScopeManifest,
        segment: Segment,
        lower: bytes | None,
        upper: bytes | None,
        is_descending: bool,
    ) -> Iterator[Keyed]:
        loaded = self._cold.loaded(table.relation, segment)
        if loaded is None:
            if segment.rows > _SEGMENT_ROWS_MAX:
                raise NotFast
            raise Suspended(partial(self._lookup.load, table, segment))
        marks = manifest.marks_of(segment.segment_id)
        numbers = loaded.row_numbers(lower, upper)
        return (
            (loaded.keys[number], loaded.row(number))
            for number in (reversed(numbers) if is_descending else numbers)
            if number not in marks
        )


# Whether a row that was found counts, for a statement that locks what it finds.
Admit: TypeAlias = Callable[[bytes, StoredRow, SessionContext, Transaction | None], bool]
RangeRun: TypeAlias = Callable[[Sequence[Datum], SessionContext, Transaction | None], list[Row]]


def compile_range_select(plan: RangeSelect, reader: RangeReader) -> FastSelect:
    """Compile the select to its closure."""
    run = compile_range(plan, reader, None)
    return lambda params, session: run(params, session, session.transaction)


def compile_range(plan: RangeSelect, reader: RangeReader, admit: Admit | None) -> RangeRun:
    """The same for a transaction that need not be the session's, and only rows to ``admit``."""
    table = StoredTable(plan.relation)
    bounds_of = compile_bounds(plan.prefix, plan.lower, plan.upper, table)
    project = compile_projection(plan.outputs)
    condition = None if plan.filter is None else compile_expression(plan.filter)
    filters = () if plan.filter is None else (plan.filter,)
    is_wide = reads_system_columns((*plan.outputs, *filters), table.width)
    limit_of = compile_count(plan.limit, "LIMIT", errors.InvalidRowCountInLimitClause)
    offset_of = compile_count(plan.offset, "OFFSET", errors.InvalidRowCountInResultOffsetClause)

    def matching(
        rows: Iterator[Keyed],
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction | None,
    ) -> Iterator[Row]:
        for looked_at, (key, row) in enumerate(rows):
            if looked_at >= _ROWS_MAX:
                raise NotFast
            if row.deleted:
                continue
            values = with_system_columns(row) if is_wide else row.values
            if condition is not None and not condition(values, params, session):
                continue
            if admit is None or admit(key, row, session, transaction):
                yield project(values, params, session)

    def run(
        params: Sequence[Datum], session: SessionContext, transaction: Transaction | None
    ) -> list[Row]:
        limit = limit_of(params, session)
        offset = offset_of(params, session) or 0
        bounds = bounds_of(params, session)
        if bounds is None or limit == 0:
            return []
        rows = reader.rows(
            table,
            table.scope_for(session),
            bounds,
            transaction,
            is_descending=plan.is_descending,
        )
        end = None if limit is None else offset + limit
        return list(islice(matching(rows, params, session, transaction), offset, end))

    return run


def compile_count(
    expression: Expression | None, clause: str, condition: type[errors.PgError]
) -> Callable[[Sequence[Datum], SessionContext], int | None]:
    """The number of LIMIT or OFFSET; None: there is none. ``condition`` is for negative ones."""
    if expression is None:
        return lambda params, session: None
    evaluator = compile_expression(expression)

    def run(params: Sequence[Datum], session: SessionContext) -> int | None:
        count: int | None = evaluator((), params, session)
        if count is not None and count < 0:
            raise condition(f"{clause} must not be negative")
        return count

    return run


def compile_bounds(
    prefix_values: Sequence[Expression],
    lower_bound: Bound | None,
    upper_bound: Bound | None,
    table: StoredTable,
) -> BoundsOf:
    """``lower <= key < upper`` as encoded keys; None: no row can be in the range."""
    prefix = [
        key_evaluator(expression, oid)
        for expression, oid in zip(prefix_values, table.key_oids, strict=False)
    ]
    prefix_oids = table.key_oids[: len(prefix)]
    next_oid = table.key_oids[len(prefix)] if len(prefix) < len(table.key_oids) else 0
    lower = _compile_bound(lower_bound, next_oid)
    upper = _compile_bound(upper_bound, next_oid)

    def run(params: Sequence[Datum], session: SessionContext) -> Bounds | None:
        values = [evaluator((), params, session) for evaluator in prefix]
        if None in values:
            return None
        try:
            head = encode_key(prefix_oids, values)
        except OverflowError:
            return None
        low: bytes | None = head or None
        high = prefix_end(head) if head else None
        if lower is not None:
            edge = lower(params, session)
            if edge is None:
                return None
            key, is_inclusive = edge
            low = head + key if is_inclusive else prefix_end(head + key)
            if low is None:
                return None
        if upper is not None:
            edge = upper(params, session)
            if edge is None:
                return None
            key, is_inclusive = edge
            high = prefix_end(head + key) if is_inclusive else head + key
        return low, high

    return run


_Edge: TypeAlias = Callable[[Sequence[Datum], SessionContext], tuple[bytes, bool] | None]


def _compile_bound(bound: Bound | None, column_oid: int) -> _Edge | None:
    """The encoded bound and whether it is inclusive; None: compares with NULL."""
    if bound is None:
        return None
    expression, is_inclusive = bound
    evaluator: Evaluator = key_evaluator(expression, column_oid)

    def run(params: Sequence[Datum], session: SessionContext) -> tuple[bytes, bool] | None:
        value = evaluator((), params, session)
        if value is None:
            return None
        try:
            return encode_key((column_oid,), (value,)), is_inclusive
        except OverflowError:  # Wider than the column: DuckDB compares as wide as it must.
            raise NotFast from None

    return run
