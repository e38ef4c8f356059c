"""Queries: a DuckQuery run for one session, as a stream of encoded rows or as datums.

The snapshot is taken when the statement starts, on the event loop; decoding of hot rows, DuckDB and
encoding happen in worker threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kalampg.engine.bound_scan import BoundScan
from kalampg.engine.catalog_maps import CatalogMaps
from kalampg.engine.context import SessionContext
from kalampg.engine.duck import CheckRoom, Duck, DuckConnection, DuckStream, compose
from kalampg.engine.duck_columns import known_columns, result_columns
from kalampg.engine.duck_params import (
    USER,
    bound_values,
    change_settings,
    names_in,
    sample_values,
    size_values,
)
from kalampg.engine.scan import bind_scans
from kalampg.engine.scan_read import ScanGatherer, ScanRead, ScopeRead, no_rows
from kalampg.engine.segment_fetches import SegmentFetches
from kalampg.engine.transaction import Transaction
from kalampg.pgtypes import datums_from_arrow
from kalampg.relation import Datum
from kalampg.sql.plan import DuckQuery, ResultColumn
from kalampg.storage.segment import Segment
from kalampg.storage.segment_files import SegmentLeases
from kalampg.storage.snapshot import Snapshot
from kalampg.storage.storage_definition import LOCAL_STORAGE
from kalampg.storage.store import Store


@dataclass(slots=True)
class GatheredQuery:
    """A query with everything that it reads: what one execution needs, and nothing shared."""

    query: DuckQuery
    values: dict[str, Any]
    user_id: str
    timezone: str
    reads: list[ScanRead]
    snapshot: Snapshot
    owns_snapshot: bool
    leases: SegmentLeases
    # Makes values that take long, in a worker.
    late_values: Callable[[], dict[str, Any]] | None = None

    def all_values(self, scans: Sequence[BoundScan]) -> dict[str, Any]:
        """The query's parameters, with what the scans' text needs besides their own."""
        if USER in self.values or USER not in names_in(tuple(scan.text for scan in scans)):
            return self.values
        return {**self.values, USER: self.user_id}

    def close(self) -> None:
        """Idempotent."""
        self.leases.close()
        if self.owns_snapshot:
            self.snapshot.close()


class Queries:
    """Runs DuckDB queries over the store. Used on the event loop."""

    def __init__(
        self,
        store: Store,
        duck: Duck,
        gatherer: ScanGatherer,
        catalog_maps: CatalogMaps,
        fetches: SegmentFetches,
    ) -> None:
        self._store = store
        self._duck = duck
        self._fetches = fetches
        self._gatherer = gatherer
        self._catalog_maps = catalog_maps

    def gather(
        self,
        query: DuckQuery,
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction | None,
    ) -> GatheredQuery:
        """Take the query's snapshot (or the transaction's), and what its scans read there."""
        user_id = session.user_id
        names = names_in(query.parts)
        values = bound_values(names, query.param_oids, params, user_id, session, self._catalog_maps)
        owns_snapshot = transaction is None or transaction.snapshot is None
        if transaction is None or transaction.snapshot is None:
            snapshot = self._store.snapshot()
        else:
            snapshot = transaction.snapshot
        try:
            late_values = size_values(names, session, snapshot, self._catalog_maps)
            reads = self._gatherer.gather(query, params, session, transaction, snapshot)
        except BaseException:
            if owns_snapshot:
                snapshot.close()
            raise
        return GatheredQuery(
            query,
            values,
            user_id,
            zone_name(session),
            reads,
            snapshot,
            owns_snapshot,
            self._store.files.leases(),
            late_values,
        )

    def release(self, gathered: GatheredQuery) -> None:
        """Let go of a gathered query that does not run after all."""
        self._gatherer.finish(gathered.reads)
        gathered.close()

    def stream(
        self,
        query: DuckQuery,
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction | None,
    ) -> QueryStream:
        """The query's rows as of now; nothing is computed before the first ``next``."""
        gathered = self.gather(query, params, session, transaction)
        changes = query.setting_changes
        if changes:
            try:
                changed = change_settings(changes, names_in(query.parts), params, session)
                gathered.values.update(changed)
            except BaseException:
                self.release(gathered)
                raise
        return QueryStream(self, gathered)

    async def open(self, gathered: GatheredQuery) -> DuckStream:
        """Decode what the scans need, and give DuckDB's stream."""
        scans = await self._bind(gathered)
        return self._duck.run(
            gathered.query.parts,
            scans,
            gathered.all_values(scans),
            gathered.timezone,
        )

    async def fetch(
        self,
        query: DuckQuery,
        type_oids: Sequence[int],
        params: Sequence[Datum],
        session: SessionContext,
        transaction: Transaction | None,
        check: CheckRoom | None = None,
    ) -> list[tuple[Datum, ...]]:
        """All rows of a query, as datums of these types, as long as ``check`` lets them come."""
        gathered = self.gather(query, params, session, transaction)
        try:
            scans = await self._bind(gathered)
            return await self._fetch(gathered, scans, type_oids, check)
        finally:
            self.release(gathered)

    async def columns(self, query: DuckQuery) -> tuple[ResultColumn, ...]:
        """The result columns; DuckDB is asked only for what the binder does not know."""
        known = known_columns(query.column_hints)
        if known is not None:
            return known
        scans = bind_scans([no_rows(use) for use in query.uses], None, _no_path)
        names = names_in((*query.parts, *(scan.text for scan in scans)))
        names = names.difference(*(scan.params for scan in scans))
        samples = sample_values(names, query.param_oids)
        described = await self._duck.describe(query.parts, scans, samples)
        return result_columns(query.column_hints, described)

    async def _bind(self, gathered: GatheredQuery) -> list[BoundScan]:
        reads, snapshot = gathered.reads, gathered.snapshot
        path_of = gathered.leases.path_of
        scopes = [scope for read in reads for scope in read.scopes]
        is_local = all(map(_is_local, scopes))
        late_values = gathered.late_values
        is_slow = late_values is not None or any(read.compute is not None for read in reads)
        if is_local and not is_slow and all(scope.hot is not None for scope in scopes):
            return bind_scans(reads, snapshot, path_of)
        try:
            if not is_local:
                segments = (segment for scope in scopes for segment in scope.segments)
                await self._fetches.bring(segments, gathered.leases)

            def work(_: DuckConnection) -> list[BoundScan]:
                if late_values is not None:
                    gathered.values.update(late_values())
                return bind_scans(reads, snapshot, path_of)

            return await self._duck.run_in_worker(work)
        finally:
            self._gatherer.finish(reads)

    async def _fetch(
        self,
        gathered: GatheredQuery,
        scans: Sequence[BoundScan],
        type_oids: Sequence[int],
        check: CheckRoom | None = None,
    ) -> list[tuple[Datum, ...]]:
        sql = compose(gathered.query.parts, scans)
        values = dict(gathered.all_values(scans))
        for scan in scans:
            values.update(scan.params)

        def work(connection: DuckConnection) -> list[tuple[Datum, ...]]:
            self._duck.check_statement(sql)
            connection.set_timezone(gathered.timezone)
            connection.bind_scans(scans)
            table = connection.execute_arrow(sql, values, check)
            columns = [
                datums_from_arrow(oid, table.column(place).combine_chunks())
                for place, oid in enumerate(type_oids)
            ]
            return list(zip(*columns, strict=True)) if columns else [()] * table.num_rows

        return await self._duck.run_in_worker(work)


class QueryStream:
    """The rows of one query (an ``engine.result.RowStream``).

    Holds its snapshot from the statement's start until the last row or ``close``: the segments that
    it reads must not be removed meanwhile.
    """

    def __init__(self, queries: Queries, gathered: GatheredQuery) -> None:
        self._queries = queries
        self._gathered = gathered
        self._stream: DuckStream | None = None
        self._is_closed = False

    async def next(self, max_rows: int, encode: Callable[[Any], bytes]) -> tuple[bytes, int, bool]:
        """The next rows; see ``RowStream``.

        Cancellation: the query is interrupted and everything freed; the stream has ended.
        """
        if self._is_closed:
            return b"", 0, True
        try:
            if self._stream is None:
                self._stream = await self._queries.open(self._gathered)
            chunk = await self._stream.next(max_rows, encode)
        except BaseException:
            self.close()
            raise
        if chunk[2]:
            self.close()
        return chunk

    def close(self) -> None:
        """Free the connection and the snapshot. Idempotent."""
        self._is_closed = True
        if self._stream is not None:
            self._stream.close()
        self._queries.release(self._gathered)


def _is_local(scope: ScopeRead) -> bool:
    """Whether nothing needs to be fetched to read the scope's segments."""
    return all(segment.storage_id == LOCAL_STORAGE for segment in scope.segments)


def _no_path(_segment: Segment) -> str:
    raise AssertionError("there are no segments in this scan")


def zone_name(session: SessionContext) -> str:
    """The session's TimeZone by name."""
    zone = session.output.timezone
    return zone if isinstance(zone, str) else zone.key
