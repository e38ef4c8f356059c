"""IndexScanner: keys of the few rows that an index, or the primary key, leads to.

Entries are always the newest: a transaction that keeps its snapshot asks DuckDB instead. Whoever
gets a key looks the row up, and checks the whole condition on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice, product
from typing import Final, TypeAlias

from kalampg.engine.context import SessionContext
from kalampg.engine.evaluate import Evaluator
from kalampg.engine.index_entries import IndexEntries
from kalampg.engine.point import compile_key, key_evaluator
from kalampg.engine.range_select import RangeReader, compile_bounds
from kalampg.engine.stored_table import StoredTable
from kalampg.engine.suspend import NotFast
from kalampg.engine.table_rules import RuleBook
from kalampg.engine.transaction import Transaction
from kalampg.ids import Oid
from kalampg.relation import Datum
from kalampg.sql.expression import Expression
from kalampg.sql.row_plans import Bound, IndexScan
from kalampg.storage.index_keys import Edge, IndexKeys

# About a millisecond of looking up rows that are in memory.
ROWS_MAX: Final = 100

# Each key once, in the order of the index where one place of it is looked at.
FindKeys: TypeAlias = Callable[
    [Sequence[Datum], SessionContext, Transaction | None], Iterable[bytes]
]


def few(keys: Iterable[bytes]) -> list[bytes]:
    """All of them. It raises NotFast where DuckDB would read the rows sooner."""
    found = list(islice(keys, ROWS_MAX + 1))
    if len(found) > ROWS_MAX:
        raise NotFast
    return found


class IndexScanner:
    """Compiles scans. Their closures raise NotFast where DuckDB must run the statement."""

    def __init__(self, ranges: RangeReader, entries: IndexEntries, book: RuleBook) -> None:
        self._ranges = ranges
        self._entries = entries
        self._book = book

    def compile(self, scan: IndexScan, table: StoredTable) -> FindKeys:
        """What finds the keys of rows that ``scan.filter`` may admit."""
        if scan.index is not None:
            return self._compile_index(scan, scan.index, table)
        # No primary key has a NULL in it.
        choices = [[one for one in some if one is not None] for some in scan.choices]
        places = list(product(*choices))
        if len(choices) == len(table.key_oids):
            return _compile_points(places, table)
        return self._compile_ranges(places, scan, table)

    def _compile_ranges(
        self, places: Sequence[Sequence[Expression]], scan: IndexScan, table: StoredTable
    ) -> FindKeys:
        """Ranges of the primary key."""
        spans = [compile_bounds(place, scan.lower, scan.upper, table) for place in places]
        reader = self._ranges

        def run(
            params: Sequence[Datum], session: SessionContext, transaction: Transaction | None
        ) -> Iterable[bytes]:
            found = dict.fromkeys(bounds_of(params, session) for bounds_of in spans)
            rows = (
                reader.rows(
                    table,
                    table.scope_for(session),
                    bounds,
                    transaction,
                    is_descending=scan.is_descending,
                )
                for bounds in found
                if bounds is not None
            )
            return (key for key, row in chain.from_iterable(rows) if not row.deleted)

        return run

    def _compile_index(self, scan: IndexScan, oid: Oid, table: StoredTable) -> FindKeys:
        index = next(index for index in scan.relation.indexes if index.oid == oid)
        entries, book = self._entries, self._book
        keys = book.index_keys(scan.relation, index)
        spans_of = _compile_spans(scan, keys)

        def run(
            params: Sequence[Datum], session: SessionContext, transaction: Transaction | None
        ) -> Iterable[bytes]:
            if transaction is not None and transaction.keeps_snapshot:
                raise NotFast
            if not book.has_index(scan.relation.table_id, oid, transaction):
                raise NotFast  # It was dropped after the statement was compiled.
            scope = table.scope_for(session)
            found = (
                entries.row_keys(scope, *span, transaction, is_descending=scan.is_descending)
                for span in dict.fromkeys(spans_of(params, session))
            )
            return chain.from_iterable(found)

        return run


def _compile_points(places: Sequence[Sequence[Expression]], table: StoredTable) -> FindKeys:
    """Whole primary keys."""
    keys_of = [compile_key(table, place) for place in places]

    def run(
        params: Sequence[Datum], session: SessionContext, transaction: Transaction | None
    ) -> Iterable[bytes]:
        found = dict.fromkeys(key_of(params, session) for key_of in keys_of)
        return [key for key in found if key is not None]

    return run


_Span: TypeAlias = tuple[bytes, bytes | None]


def _compile_spans(
    scan: IndexScan, keys: IndexKeys
) -> Callable[[Sequence[Datum], SessionContext], Iterator[_Span]]:
    """The ranges of entries to look at."""
    oids = keys.type_oids
    choices = [
        [None if value is None else key_evaluator(value, oid) for value in some]
        for some, oid in zip(scan.choices, oids, strict=False)
    ]
    following = oids[len(choices)] if len(choices) < len(oids) else 0
    lower, upper = _compile_edge(scan.lower, following), _compile_edge(scan.upper, following)

    def run(params: Sequence[Datum], session: SessionContext) -> Iterator[_Span]:
        low = None if lower is None else lower(params, session)
        high = None if upper is None else upper(params, session)
        if (low is not None and low[0] is None) or (high is not None and high[0] is None):
            return  # No row compares with NULL.
        lists = [list(_values(some, params, session)) for some in choices]
        for values in product(*lists):
            try:
                yield keys.span(values, low, high)
            except OverflowError:  # No value of the column's type.
                if low is not None or high is not None:
                    raise NotFast from None

    return run


def _values(
    choices: Sequence[Evaluator | None], params: Sequence[Datum], session: SessionContext
) -> Iterator[Datum]:
    """NULL only where IS NULL asks for it: nothing is equal to it."""
    for evaluator in choices:
        value = None if evaluator is None else evaluator((), params, session)
        if evaluator is None or value is not None:
            yield value


def _compile_edge(
    bound: Bound | None, column_oid: int
) -> Callable[[Sequence[Datum], SessionContext], Edge] | None:
    if bound is None:
        return None
    expression, is_inclusive = bound
    evaluator = key_evaluator(expression, column_oid)
    return lambda params, session: (evaluator((), params, session), is_inclusive)
