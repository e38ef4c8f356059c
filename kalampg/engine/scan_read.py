"""What a query's scans read: gathered on the event loop in the moment of the snapshot.

A scan reads one user's rows and nothing else. It is made for the session's effective user; there
is no way to ask for another's. The one exception is ``scope_all``, which the session grants and
audits: then the rows of all users. ``engine.scan`` makes SQL of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeAlias

from kalampg.catalog.chunked_rows import ChunkedRows
from kalampg.engine.chunk_tables import ChunkTables, WantedFirst
from kalampg.engine.context import SHARED_USER, SessionContext
from kalampg.engine.evaluate import compile_expression
from kalampg.engine.hot_cache import HotCache, HotVersion, Ticket
from kalampg.engine.hot_rows import HotRows
from kalampg.engine.read_set import ReadSet
from kalampg.engine.row_table import RowTable, row_table, value_table
from kalampg.engine.transaction import Transaction
from kalampg.relation import Column, Datum, Relation, TableType
from kalampg.sql.plan import DuckQuery, RelationUse
from kalampg.sql.scan_hints import KeyBound
from kalampg.storage.keys import Scope
from kalampg.storage.manifest import ScopeManifest
from kalampg.storage.rows import RowCodec, StoredRow
from kalampg.storage.segment import Segment
from kalampg.storage.snapshot import Snapshot

# The rows of a computed relation, as the session may see them.
ComputedRows: TypeAlias = Callable[
    [Relation, SessionContext], Sequence[Sequence[Datum]] | ChunkedRows
]
# So many chunks of a computed relation are made on the event loop; more in a worker.
_CHUNKS_IN_LINE_MAX: Final = 1

_TEXT: Final = 25
_TIMESTAMPTZ: Final = 1184
_INTEGERS: Final = frozenset({20, 21, 23, 26})
# Types whose values and statistics compare as Python values do; the others are not pruned.
_PRUNED: Final = _INTEGERS | {16, 17, 18, 19, 25, 1043, 1082, 1083, 1114, 1184, 1266, 2950}


@dataclass(slots=True)
class ScopeRead:
    """What one scan reads of one scope.

    ``hot`` is None until it is made: of ``known`` and its changes, or else of the snapshot.
    """

    scope: Scope
    hot: HotRows | None
    known: HotVersion | None
    ticket: Ticket | None
    manifest: ScopeManifest
    segments: list[Segment]


@dataclass(slots=True)
class ScanRead:
    """What one scan reads; ``own`` are the transaction's rows, in place of what they replace."""

    use: RelationUse
    scopes: list[ScopeRead] = field(default_factory=list)
    own: RowTable | None = None
    computed: RowTable | None = None
    # Makes ``computed`` where that takes long.
    compute: Callable[[], RowTable] | None = None


class ScanGatherer:
    """Looks at caches, manifests and the transaction for the scans of queries."""

    def __init__(self, hot_cache: HotCache, computed_rows: ComputedRows) -> None:
        self._hot_cache = hot_cache
        self._computed_rows = computed_rows
        self._chunk_tables = ChunkTables()

    def gather(
        self,
        query: DuckQuery,
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction | None,
        snapshot: Snapshot,
    ) -> list[ScanRead]:
        """What each scan of the query reads, under a snapshot taken in this moment."""
        return [self._gather(use, params, session, transaction, snapshot) for use in query.uses]

    def finish(self, reads: Iterable[ScanRead]) -> None:
        """Keep what was decoded for the next query. Call once for what ``gather`` returned."""
        for read in reads:
            version = read.use.relation.schema_version
            for scope in read.scopes:
                ticket, scope.ticket = scope.ticket, None
                if ticket is None:
                    continue
                if scope.hot is None:
                    self._hot_cache.drop(ticket)
                else:
                    self._hot_cache.put(ticket, version, scope.hot)

    def _gather(
        self,
        use: RelationUse,
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction | None,
        snapshot: Snapshot,
    ) -> ScanRead:
        relation = use.relation
        read = ScanRead(use)
        if relation.table_type is TableType.SYSTEM:
            rows = self._computed_rows(relation, session)
            if not isinstance(rows, ChunkedRows):
                read.computed = value_table(relation, rows)
            else:
                equal = _equal_texts(use, params, session)
                self._read_chunked(read, rows, equal, _wanted_first(use, params, session))
            return read
        bounds = list(_bound_values(use, params, session))
        scopes = _scopes(relation, session, snapshot)
        if transaction is not None and transaction.reads is not None:
            _note_reads(transaction.reads, relation, scopes, session)
        gone = frozenset() if transaction is None else transaction.truncated
        read.scopes = [
            self._gather_scope(scope, use, bounds, snapshot)
            for scope in scopes
            if scope not in gone
        ]
        if transaction is not None:
            own = _own_rows(transaction, relation, None if session.scope_all else scopes)
            if own:
                read.own = row_table(relation, own)
        return read

    def _read_chunked(
        self,
        read: ScanRead,
        rows: ChunkedRows,
        equal: Mapping[str, str],
        wanted: WantedFirst | None,
    ) -> None:
        relation = read.use.relation
        found = rows.find(equal) if equal else None
        if found is not None:
            read.computed = value_table(relation, found)
            return
        chunks = rows.chunks()
        read.compute = partial(self._chunk_tables.table, relation, chunks, wanted)
        if self._chunk_tables.missing(chunks) <= _CHUNKS_IN_LINE_MAX:
            read.computed, read.compute = read.compute(), None

    def _gather_scope(
        self,
        scope: Scope,
        use: RelationUse,
        bounds: Sequence[tuple[Column, str, Datum]],
        snapshot: Snapshot,
    ) -> ScopeRead:
        position = snapshot.position
        known = self._hot_cache.get(scope, use.relation.schema_version, position)
        hot = known.rows if known is not None and not known.changes else None
        ticket = self._hot_cache.open(scope, position) if hot is None else None
        manifest = snapshot.manifest(scope)
        segments = [
            segment
            for segment in manifest.segments
            if all(segment.may_match(c.column_id, sign, value) for c, sign, value in bounds)
        ]
        return ScopeRead(scope, hot, known, ticket, manifest, segments)


def no_rows(use: RelationUse) -> ScanRead:
    """A scan of nothing, in the right shape."""
    if use.relation.table_type is TableType.SYSTEM:
        return ScanRead(use, computed=value_table(use.relation, ()))
    return ScanRead(use)


def make_hot(relation: Relation, read: ScopeRead, snapshot: Snapshot) -> HotRows:
    """The hot rows of a scope at the snapshot. Any thread."""
    user_id = read.scope.user_id
    if read.known is not None:
        return read.known.rows.after(relation, user_id, read.known.changes)
    return HotRows.decode(relation, user_id, snapshot.scan(read.scope))


def _scopes(relation: Relation, session: SessionContext, snapshot: Snapshot) -> list[Scope]:
    if relation.table_type is TableType.SHARED:
        return [Scope(relation.table_id, SHARED_USER)]
    if session.scope_all:
        return snapshot.scopes(relation.table_id)
    return [Scope(relation.table_id, session.user_id)]


def _note_reads(
    reads: ReadSet, relation: Relation, scopes: Sequence[Scope], session: SessionContext
) -> None:
    if session.scope_all:
        reads.add_table(relation.table_id)
    for scope in scopes:
        reads.add_scope(scope)


def _own_rows(
    transaction: Transaction, relation: Relation, scopes: Sequence[Scope] | None
) -> list[tuple[list[StoredRow], str]]:
    """The transaction's rows by user; of all its scopes when ``scopes`` is None."""
    return [
        (list(_under(relation, transaction, scope)), scope.user_id)
        for scope in transaction.overlay
        if scope.table_id == relation.table_id and (scopes is None or scope in scopes)
    ]


def _under(relation: Relation, transaction: Transaction, scope: Scope) -> Iterator[StoredRow]:
    codec = RowCodec.for_relation(relation)
    for pending in transaction.rows_of(scope).values():
        row, table = pending.row, pending.table
        if table.relation.schema_version != relation.schema_version:
            data = table.codec.encode(row.seq, row.updated_us, row.deleted, row.values)
            row = codec.decode(data)
        yield row


def _bound_values(
    use: RelationUse, params: Sequence[Datum], session: SessionContext
) -> Iterator[tuple[Column, str, Datum]]:
    """The bounds that statistics can be asked about, with their values of this execution."""
    for bound in use.bounds:
        if bound.position < len(use.relation.columns):
            column = use.relation.columns[bound.position]
            if _is_prunable(bound, column):
                value = compile_expression(bound.value)((), params, session)
                yield column, bound.operator, value


def _equal_texts(
    use: RelationUse, params: Sequence[Datum], session: SessionContext
) -> dict[str, str]:
    """Columns of type text that must have one value, with that value."""
    return {
        column.name: value
        for column, sign, value in _bound_values(use, params, session)
        if sign == "=" and column.type_oid == _TEXT and isinstance(value, str)
    }


def _wanted_first(
    use: RelationUse, params: Sequence[Datum], session: SessionContext
) -> WantedFirst | None:
    """How many rows of the first ones by a column are asked for, where integers order it."""
    first = use.first
    if first is None or first.position >= len(use.relation.columns):
        return None
    column = use.relation.columns[first.position]
    if column.type_oid not in _INTEGERS | {_TIMESTAMPTZ}:
        return None
    count = 0
    for expression in (first.limit,) if first.offset is None else (first.limit, first.offset):
        value = compile_expression(expression)((), params, session)
        if not isinstance(value, int) or value < 0:
            return None  # No limit, or an error that DuckDB raises.
        count += value
    return WantedFirst(first.position, first.is_descending, count)


def _is_prunable(bound: KeyBound, column: Column) -> bool:
    source, target = bound.value.type_oid, column.type_oid
    return target in _PRUNED and (source == target or {source, target} <= _INTEGERS)
