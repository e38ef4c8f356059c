"""Lookup: one row by its key, wherever it is: pending, hot, or in a segment.

Runs on the event loop. A segment that must be read first raises Suspended; the statement runs again
when it is there. Rows that are deleted (tombstones) are found too: callers decide.
"""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import Executor as ThreadPool
from functools import partial

from kalampg.engine.segment_fetches import SegmentFetches
from kalampg.engine.stored_table import StoredTable
from kalampg.engine.suspend import Suspended
from kalampg.engine.transaction import Home, PendingRow, Place, Transaction
from kalampg.ids import SegmentId
from kalampg.storage.cold import ColdRow, NotLoaded
from kalampg.storage.keys import Scope
from kalampg.storage.manifest import ScopeManifest
from kalampg.storage.rows import StoredRow
from kalampg.storage.segment import Segment
from kalampg.storage.store import Store


class Lookup:
    """Finds rows by key. ``workers`` load segments that ``fetches`` have brought."""

    def __init__(self, store: Store, workers: ThreadPool, fetches: SegmentFetches) -> None:
        self._store = store
        self._fetches = fetches
        self._cold = store.cold
        self._files = store.files
        self._workers = workers
        self._hot = store.get
        self.manifest = store.manifest

    def committed(self, table: StoredTable, scope: Scope, key: bytes) -> StoredRow | None:
        """The newest committed row."""
        data = self._hot(scope, key)
        if data is not None:
            return table.codec.decode(data)
        found = self.in_segments(table, self.manifest(scope), key)
        return None if found is None else found.row

    def visible(
        self, table: StoredTable, scope: Scope, key: bytes, transaction: Transaction
    ) -> StoredRow | None:
        """The row as a statement of ``transaction`` sees it."""
        if transaction.reads is not None:
            transaction.reads.add_point(scope, key)
        pending = transaction.get(scope, key)
        if pending is not None:
            return self.own(table, pending).row
        if scope in transaction.truncated:
            return None
        snapshot = transaction.snapshot
        if snapshot is None:
            return self.committed(table, scope, key)
        data = snapshot.get(scope, key)
        if data is not None:
            return table.codec.decode(data)
        found = self.in_segments(table, snapshot.manifest(scope), key)
        return None if found is None else found.row

    def newest(
        self, table: StoredTable, scope: Scope, key: bytes, transaction: Transaction
    ) -> PendingRow | None:
        """The row that a change of ``key`` replaces, with its place.

        The transaction's own, else the newest committed one, whatever its snapshot says.
        """
        pending = transaction.get(scope, key)
        if pending is not None:
            return self.own(table, pending)
        if scope in transaction.truncated:
            return None
        manifest = self.manifest(scope)
        data = self._hot(scope, key)
        if data is not None:
            return PendingRow(table, table.codec.decode(data), Home.HOT, manifest)
        found = self.in_segments(table, manifest, key)
        return None if found is None else PendingRow(table, found.row, found, manifest)

    def place_of(self, table: StoredTable, scope: Scope, key: bytes) -> Place:
        """Where the committed row of ``key`` is now."""
        if self._hot(scope, key) is not None:
            return Home.HOT
        found = self.in_segments(table, self.manifest(scope), key)
        return Home.NOWHERE if found is None else found

    def place_of_loading(self, table: StoredTable, scope: Scope, key: bytes) -> Place:
        """The same, reading a segment in line if need be. It blocks the event loop."""
        if self._hot(scope, key) is not None:
            return Home.HOT
        found = self._cold.find_loading(table.relation, self.manifest(scope), key)
        return Home.NOWHERE if found is None else found

    def far_places(self, transaction: Transaction) -> list[Segment]:
        """The segments that COMMIT may have to read and that their storages must be asked for.

        They are those where a pending row may have moved since it was looked up.
        """
        found: dict[SegmentId, Segment] = {}
        for scope, rows in transaction.overlay.items():
            manifest = self.manifest(scope)
            moved = [key for key, row in rows.items() if row.manifest is not manifest]
            if moved:
                for segment in manifest.segments:
                    if not self._files.is_at_hand(segment) and any(
                        segment.may_contain(key) for key in moved
                    ):
                        found[segment.segment_id] = segment
        return list(found.values())

    async def bring(self, segments: list[Segment]) -> None:
        """Have copies of remote segments, for as long as the cache has room for them.

        Raises:
            IoError: 58030, a storage cannot be read.
        """
        with self._store.snapshot(), contextlib.closing(self._files.leases()) as leases:
            await self._fetches.bring(segments, leases)

    def in_segments(
        self, table: StoredTable, manifest: ScopeManifest, key: bytes
    ) -> ColdRow | None:
        """The row in the segments of ``manifest``, if it is not marked.

        Raises:
            Suspended: a segment must be loaded to know.
        """
        if not manifest.segments:
            return None
        found = self._cold.find(table.relation, manifest, key)
        if isinstance(found, NotLoaded):
            raise Suspended(partial(self.load, table, found.segment))
        return found

    def own(self, table: StoredTable, pending: PendingRow) -> PendingRow:
        """A pending row under the relation's current version: DDL may have come between."""
        if pending.table.relation.schema_version == table.relation.schema_version:
            return pending
        row = pending.row
        data = pending.table.codec.encode(row.seq, row.updated_us, row.deleted, row.values)
        return PendingRow(table, table.codec.decode(data), pending.place, pending.manifest)

    async def load(self, table: StoredTable, segment: Segment) -> None:
        """Bring a segment into memory, in a worker thread.

        Cancellation: a load that has begun goes on; the snapshot is freed in any case.
        """
        with contextlib.ExitStack() as held:
            # Pins the object: a compaction may be about to remove it.
            held.enter_context(self._store.snapshot())
            leases = held.enter_context(contextlib.closing(self._store.files.leases()))
            await self._fetches.bring([segment], leases)
            job = self._workers.submit(self._cold.load, table.relation, segment)
            loaded = held.pop_all()
        job.add_done_callback(lambda _: loaded.close())
        await asyncio.wrap_future(job)
