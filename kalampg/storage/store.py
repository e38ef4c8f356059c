"""Store: one data directory's rows, manifest and other families, and the order of its commits.

Reads of hot rows are a microsecond, synchronous, and may run anywhere. Commits, ``manifest`` and
``snapshot`` belong to one thread, the event loop's, which is what orders them.

Invariants:
    - A primary key has at most one live place: one hot row, or one unmarked row of one segment.
      Whoever changes a cold row puts the hot row (or tombstone) and the mark in the same batch.
    - A commit is all or nothing, visible at once to every later read, and durable when
      ``gate.synced`` has reached its position.
    - Listeners see every commit, in order, before ``commit`` returns.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self, TypeAlias

from kalampg import errors
from kalampg.clock import Clock
from kalampg.failpoints import NO_FAILPOINTS, Failpoints
from kalampg.ids import SegmentId, TableId
from kalampg.storage import remote_objects
from kalampg.storage.batch import WriteBatch
from kalampg.storage.cold import ColdCache
from kalampg.storage.data_directory import DataDirectory
from kalampg.storage.disk_space import free_bytes, is_out_of_space
from kalampg.storage.durability import DurabilityGate
from kalampg.storage.garbage import Garbage
from kalampg.storage.index_keys import CompileFunction, refuse_functions
from kalampg.storage.keys import Scope, prefix_end, row_prefix, split_row_key, table_prefix
from kalampg.storage.manifest import EMPTY_MANIFEST, ScopeManifest
from kalampg.storage.manifest_cache import ManifestCache
from kalampg.storage.manifest_copies import ManifestCopies, copies_of_emptied, copy_beside
from kalampg.storage.object_cache import ObjectCache
from kalampg.storage.recovery import Recovery, recover_storage
from kalampg.storage.rocks import Batch, Family, Rocks, View
from kalampg.storage.segment import decode_segment
from kalampg.storage.segment_files import ObjectName, SegmentFiles, object_of
from kalampg.storage.sequences import SEQ_EPOCH_MS, SequenceSource
from kalampg.storage.snapshot import Snapshot, read_manifest, scan_scope
from kalampg.storage.store_settings import StoreSettings
from kalampg.storage.temporary_marks import remove_marked
from kalampg.storage.watches import Watches

# Called with the batch after it has been written, before its commit is durable.
CommitListener: TypeAlias = Callable[[WriteBatch, int], None]


class Store:
    """One open data directory. Use ``Store.open``."""

    def __init__(
        self,
        directory: DataDirectory,
        *,
        clock: Clock,
        failpoints: Failpoints,
        settings: StoreSettings,
    ) -> None:
        self._directory = directory
        self._failpoints = failpoints
        self._settings = settings
        self._rocks = Rocks(directory.rocksdb, block_cache_bytes=settings.block_cache_bytes)
        self._get_row = self._rocks.get_row
        self.level0_files = self._rocks.level0_files
        self.checkpoint = self._rocks.checkpoint
        self.read_range = self._rocks.scan
        # What computes expressions of indexes; whoever knows SQL sets it.
        self.compile_function: CompileFunction = refuse_functions
        self._clock = clock
        self._manifests = ManifestCache(settings.manifest_cache_bytes)
        self._listeners: list[CommitListener] = []
        self.watches = Watches()
        self._thread: int | None = None
        # The log takes no more since the disk was full, until ``reopen``.
        self.is_out_of_space = False
        self.root = directory.storage
        self.gate = DurabilityGate(
            self._rocks.sync, clock=clock, failpoints=failpoints, settings=settings.durability
        )
        self.files = SegmentFiles(
            self.root,
            ObjectCache(directory.cache, settings.object_cache_bytes),
            directory.scratch,
        )
        self.garbage = Garbage(self.files, failpoints)
        # Paths of objects that are being written, or written and not yet in the manifest.
        self.in_flight: set[str] = set()
        self.cold = ColdCache(self.files, settings.cold_cache_bytes)
        manifests = self._all_manifests()
        self.recovery: Recovery = recover_storage(self.root, manifests, failpoints)
        records = self.read_all("meta", remote_objects.RECORDS)
        self.garbage.add(0, remote_objects.left_behind(records, manifests))
        self.copies = ManifestCopies(self, self.recovery.stale_copies, settings.stale_copies_max)
        self.seq_source = self.sequence("seq")
        self._segment_ids = self.sequence("segment")
        remove_marked(self)

    @classmethod
    def open(
        cls,
        data_dir: Path,
        *,
        clock: Clock,
        failpoints: Failpoints = NO_FAILPOINTS,
        settings: StoreSettings | None = None,
    ) -> Self:
        """Open a data directory, creating it if it does not exist, and recover it.

        Raises:
            ObjectInUse: 55006, another process serves it.
            ObjectNotInPrerequisiteState: 55000, a newer kalampg wrote it.
            IoError: 58030, it cannot be opened.
        """
        directory = DataDirectory.open(data_dir)
        settings = settings or StoreSettings()
        try:
            return cls(directory, clock=clock, failpoints=failpoints, settings=settings)
        except errors.PgError:
            directory.close()
            raise
        except Exception as failure:  # rocksdict raises bare Exceptions
            directory.close()
            raise errors.IoError(f'could not open the rows in "{data_dir}": {failure}') from failure

    def close(self) -> None:
        """Sync what is written and let go of the directory. Idempotent."""
        if self._directory.is_held:
            try:
                self.gate.close()
            finally:
                del self._get_row
                self._rocks.close()
                self._directory.close()

    def get(self, scope: Scope, key: bytes) -> bytes | None:
        """Return the hot row with this key as it is now."""
        value: bytes | None = self._get_row(row_prefix(scope) + key)
        return value

    def scan(
        self,
        scope: Scope,
        *,
        lower: bytes | None = None,
        upper: bytes | None = None,
        reverse: bool = False,
        snapshot: Snapshot | None = None,
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield the hot rows of ``lower <= key < upper`` in key order, or backwards.

        Without a snapshot: as they are when the scan begins.
        """
        if snapshot is not None:
            return snapshot.scan(scope, lower, upper, reverse=reverse)
        return scan_scope(self._rocks.scan, scope, lower, upper, reverse=reverse)

    def read(self, family: Family, key: bytes) -> bytes | None:
        """Return an entry of the catalog, jobs, ... families."""
        return self._rocks.get(family, key)

    def read_all(self, family: Family, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Yield the entries of a family whose keys begin with ``prefix``, in key order."""
        return self._rocks.scan(family, prefix, prefix_end(prefix))

    def entries(self) -> View:
        """Return a view of the index entries as they are now. Close it."""
        return self._rocks.view("unique")

    def manifest(self, scope: Scope) -> ScopeManifest:
        """Return the current manifest of a scope."""
        cached = self._manifests.get(scope)
        if cached is not None:
            return cached.manifest
        self._check_thread()
        manifest = read_manifest(self._rocks.scan, scope)
        self._manifests.put(scope, manifest, self.gate.written)
        return manifest

    def snapshot(self) -> Snapshot:
        """Return a view of this instant."""
        self._check_thread()
        # No commit can come between these: commits are on this thread.
        position = self.gate.written
        families: tuple[Family, ...] = ("rows", "segments", "marks")
        self.garbage.pin(position)
        return Snapshot(
            position=position,
            views={family: self._rocks.view(family) for family in families},
            current_manifest=self._manifest_as_of,
            release=self.garbage.unpin,
        )

    def commit(self, batch: WriteBatch) -> int:
        """Write a batch and return its log position; it is durable once the gate says so.

        Raises:
            IoError: 58030, severity PANIC: the log failed, now or before. Nothing was promised.
            DiskFull: 53100, nothing was written; commits are refused until ``reopen``.
        """
        self._check_thread()
        self.gate.check()
        if self.is_out_of_space:
            raise _disk_full("the disk was full")
        if not batch:
            return self.gate.written
        manifests = self._manifests_after(batch)
        garbage = self._garbage_of(batch)
        garbage += copies_of_emptied(garbage, manifests.values())
        added = list(remote_objects.added_by(batch))
        remote_objects.forget(batch, [*added, *self.garbage.keep(map(copy_beside, added))])
        remote_objects.forget(batch, self.garbage.take_deleted())
        for name in garbage:
            remote_objects.expect(batch, name)
        self.copies.note(batch, manifests)
        raw = self._finished(batch)
        try:
            self._failpoints.reach("commit-before-write")
            self._rocks.write(raw)
        except Exception as failure:  # rocksdict raises bare Exceptions
            if is_out_of_space(failure):
                # The record is not whole, so no replay will ever find it: this commit is not.
                self.is_out_of_space = True
                raise _disk_full(str(failure)) from failure
            # Whether the log has the batch is not known: only a restart can tell.
            panic = errors.IoError(f"could not write to the log: {failure}", severity="PANIC")
            self.gate.poison(panic)
            raise panic from failure
        position = self.gate.advance()
        self._install(batch, manifests, position)
        if garbage:
            self.garbage.add(position, garbage)
        self.watches.committed(batch)
        for listener in self._listeners:
            listener(batch, position)
        return position

    def prepare(self, batch: WriteBatch) -> None:
        """Do most of a large batch's work ahead of its commit; may run in a worker thread."""
        raw = batch.prepared
        if raw is None or not self._rocks.is_of_this_opening(raw):
            raw, batch.prepared_count = self._rocks.new_batch(), 0
        for family, key, value, end in batch.operations[batch.prepared_count :]:
            if value is not None:
                raw.put(family, key, value)
            elif end is None:
                raw.delete(family, key)
            else:
                raw.delete_range(family, key, end)
        batch.prepared = raw
        batch.prepared_count = len(batch.operations)

    def reopen(self) -> None:
        """Take commits again after the disk was full; open snapshots end. Blocks, for about 1 s.

        Raises:
            IoError: 58030, severity PANIC: the rows cannot be opened; only a restart helps.
        """
        self._check_thread()
        try:
            self._rocks.reopen()
            self._get_row = self._rocks.get_row
        except Exception as failure:  # rocksdict raises bare Exceptions
            panic = errors.IoError(f"could not open the rows anew: {failure}", severity="PANIC")
            self.gate.poison(panic)
            raise panic from failure
        self.is_out_of_space = False
        self.gate.sync()

    def free_bytes(self) -> int:
        """The space left for the data directory, without what ``reopen`` would need. Blocks."""
        free = free_bytes(self._directory.rocksdb)
        return free - self._rocks.log_bytes() if self.is_out_of_space else free

    def object_paths(self, prefix: bytes = b"") -> list[str]:
        """Return the paths of the segments whose keys begin with ``prefix``."""
        return [name.path for name in self._objects(prefix)]

    def _objects(self, prefix: bytes) -> list[ObjectName]:
        return [object_of(decode_segment(value)) for _, value in self.read_all("segments", prefix)]

    def on_commit(self, listener: CommitListener) -> None:
        """Call ``listener`` after every commit; it must be quick and must not fail."""
        self._listeners.append(listener)

    def sequence(self, name: str, *, epoch_ms: int = SEQ_EPOCH_MS) -> SequenceSource:
        """Return the snowflake source of this name; make only one of each."""
        key = name.encode()
        reserved = self._rocks.get("sequences", key)

        def reserve(reserved_ms: int) -> None:
            batch = WriteBatch()
            batch.put("sequences", key, reserved_ms.to_bytes(8))
            self.commit(batch)

        return SequenceSource(
            clock=self._clock,
            node=self._settings.node_id,
            epoch_ms=epoch_ms,
            reserved_ms=0 if reserved is None else int.from_bytes(reserved),
            reserve=reserve,
        )

    def next_segment_id(self) -> SegmentId:
        return SegmentId(self._segment_ids.next())

    def expect_objects(self, *names: ObjectName) -> None:
        """Record objects before they are written, so that a crash cannot leave them behind."""
        batch = WriteBatch()
        for name in names:
            remote_objects.expect(batch, name)
        self.commit(batch)

    def give_up_object(self, name: ObjectName, *, may_exist: bool) -> None:
        """An expected object does not get into the manifest."""
        if may_exist:
            self.garbage.add(self.gate.written, [name])
        else:
            batch = WriteBatch()
            remote_objects.forget(batch, [name])
            self.commit(batch)

    def now_us(self) -> int:
        return self._clock.now_us()

    def reach(self, failpoint: str) -> None:
        self._failpoints.reach(failpoint)

    def remove_garbage(self) -> int:
        """Delete objects that nobody can read any more; for worker threads. Returns the count."""
        return self.garbage.remove(self.gate.synced)

    def compact_rows(self, table_id: TableId) -> None:
        """Drop what deleted rows of a table left behind, after a flush; for worker threads."""
        prefix = table_prefix(table_id)
        self._rocks.compact("rows", prefix, prefix_end(prefix))

    def _check_thread(self) -> None:
        # The first to commit or read a manifest is the event loop's thread.
        if self._thread is None:
            self._thread = threading.get_ident()
        assert self._thread == threading.get_ident(), "commits belong to one thread"

    def _finished(self, batch: WriteBatch) -> Batch:
        self.prepare(batch)
        assert batch.prepared is not None
        return batch.prepared

    def _manifest_as_of(self, scope: Scope, position: int) -> ScopeManifest | None:
        """Return the current manifest if it was current at ``position`` too. Any thread."""
        cached = self._manifests.peek(scope)
        if cached is not None:
            return cached.manifest if cached.position <= position else None
        if threading.get_ident() == self._thread and position == self.gate.written:
            return self.manifest(scope)
        return None

    def _manifests_after(self, batch: WriteBatch) -> dict[Scope, ScopeManifest]:
        """Compute, before anything is written, what the batch's edits lead to."""
        manifests = {}
        for scope, edits in batch.manifest_edits.items():
            is_dropped = scope in batch.dropped_scopes or scope.table_id in batch.dropped_tables
            before = EMPTY_MANIFEST if is_dropped else self.manifest(scope)
            manifests[scope] = before.apply(edits)
        return manifests

    def _garbage_of(self, batch: WriteBatch) -> list[ObjectName]:
        paths: list[ObjectName] = []
        for table_id in batch.dropped_tables:
            paths += self._objects(table_prefix(table_id))
        for scope in batch.dropped_scopes:
            paths += self._objects(row_prefix(scope))
        for scope, edits in batch.manifest_edits.items():
            paths += map(object_of, self.manifest(scope).replaced_by(edits))
        return paths

    def _all_manifests(self) -> dict[Scope, ScopeManifest]:
        keys = (key for key, _ in self.read_all("segments"))
        scopes = dict.fromkeys(split_row_key(key)[0] for key in keys)
        return {scope: read_manifest(self._rocks.scan, scope) for scope in scopes}

    def _install(
        self, batch: WriteBatch, manifests: dict[Scope, ScopeManifest], position: int
    ) -> None:
        for table_id in batch.dropped_tables:
            self._manifests.remove_table(table_id)
        for scope in batch.dropped_scopes:
            self._manifests.remove(scope)
        for scope, manifest in manifests.items():
            self._manifests.put(scope, manifest, position)


def _disk_full(reason: str) -> errors.DiskFull:
    return errors.DiskFull(
        f"could not write to the log: {reason}",
        hint="Reads go on. Free disk space: writes are accepted again by themselves.",
    )
