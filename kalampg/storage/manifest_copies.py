"""ManifestCopies: which scopes' manifest.json is older than the manifest, until it is rewritten.

A scope's copy is stale from the commit that changes its segments or marks a row of them. Who
changes segments rewrites it at once; all other stale copies are the copy writer's (``jobs``), and
so are tables to sweep: those whose every copy may be stale, because the table was altered, or
because there were too many stale scopes to keep.

Layout, in the store's ``meta`` family:
    ``copy/<scope>``, empty: a remote copy may be stale. From the commit that makes it so to one
    after its rewriting. Local copies need no record: recovery compares them.
    ``described/<table id>``: digest of what all copies of the table say about it, but for those
    that are stale. Absent: sweep the table.

Invariants:
    - One writer at a time for each scope: an older text never replaces a newer one.
    - At most ``stale_max`` scopes are kept, but for those that a crash left.
    - A remote copy says only what is durable.
    - A folder that a commit empties takes its copy along: the copy is garbage of that commit.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, Protocol

import structlog

from kalampg import errors
from kalampg.ids import TableId, UserId
from kalampg.relation import Relation
from kalampg.storage.batch import WriteBatch
from kalampg.storage.durability import DurabilityGate, synced
from kalampg.storage.in_worker import InWorker, finish
from kalampg.storage.keys import Scope, row_prefix, split_row_key
from kalampg.storage.manifest import ScopeManifest
from kalampg.storage.manifest_copy import CopySubject, copy_path, copy_text, table_description
from kalampg.storage.rocks import Family
from kalampg.storage.rows import decode_header
from kalampg.storage.segment_files import ObjectName, SegmentFiles, object_of
from kalampg.storage.snapshot import Snapshot
from kalampg.storage.storage_definition import LOCAL_STORAGE
from kalampg.storage.storage_paths import MANIFEST_COPY

RECORDS: Final = b"copy/"
DESCRIBED: Final = b"described/"
_TABLE_ID_BYTES: Final = 8
_DIGEST_BYTES: Final = 16
# Records that one commit takes away, whoever's it is: it must not be slow for that.
_RECORDS_PER_COMMIT: Final = 16
# Hot rows of a scope that are looked at for the smallest ``_seq``: more take longer than 10 ms.
_HOT_ROWS_MAX: Final = 10_000

_LOG: Final = structlog.get_logger(__name__)


class CopiedStore(Protocol):
    """What copies are made from."""

    files: SegmentFiles
    root: Path
    gate: DurabilityGate

    def manifest(self, scope: Scope) -> ScopeManifest: ...

    def snapshot(self) -> Snapshot: ...

    def commit(self, batch: WriteBatch) -> int: ...

    def read(self, family: Family, key: bytes) -> bytes | None: ...

    def read_all(self, family: Family, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]: ...

    def now_us(self) -> int: ...

    def reach(self, failpoint: str) -> None: ...


class ManifestCopies:
    """The copies of one store. The event loop's thread only."""

    def __init__(self, store: CopiedStore, stale: Iterable[Scope], stale_max: int) -> None:
        """``stale`` are the scopes whose local copies are older than their manifests."""
        self._store = store
        self._stale_max = stale_max
        records = store.read_all("meta", RECORDS)
        self._recorded = {split_row_key(key.removeprefix(RECORDS))[0] for key, _ in records}
        self._to_forget: set[Scope] = set()
        self._stale = self._recorded | set(stale)
        self._overflowed: set[TableId] = set()
        self._being_written: set[Scope] = set()
        self._followers: list[Callable[[], None]] = []
        # Until it is set, no copy is written. The store does not know what tables are called.
        self.relation_of: Callable[[TableId], Relation | None] = lambda _: None

    @property
    def stale(self) -> Collection[Scope]:
        """The scopes whose copies are to be written."""
        return self._stale

    @property
    def overflowed(self) -> Collection[TableId]:
        """The tables to sweep because there were too many stale scopes."""
        return self._overflowed

    def on_stale(self, follower: Callable[[], None]) -> None:
        """Call ``follower`` when there is a copy to write; it must be quick."""
        self._followers.append(follower)

    def note(self, batch: WriteBatch, manifests: Mapping[Scope, ScopeManifest]) -> None:
        """Put into a batch, before it is written, what it says of copies."""
        if batch.dropped_scopes or batch.dropped_tables:
            self._forget_dropped(batch)
        for scope in batch.manifest_edits:
            self._note_change(batch, scope, manifests[scope])
        for _ in range(min(len(self._to_forget), _RECORDS_PER_COMMIT)):
            scope = self._to_forget.pop()
            self._recorded.discard(scope)
            batch.delete("meta", RECORDS + row_prefix(scope))

    def _forget_dropped(self, batch: WriteBatch) -> None:
        scopes, tables = set(batch.dropped_scopes), set(batch.dropped_tables)
        for scope in [one for one in self._stale if one in scopes or one.table_id in tables]:
            self._settle(scope)
        for table_id in tables:
            self._overflowed.discard(table_id)
            batch.delete("meta", _described_key(table_id))

    def _note_change(self, batch: WriteBatch, scope: Scope, manifest: ScopeManifest) -> None:
        if not manifest.segments:
            self._settle(scope)  # the copy goes with the last object
            return
        if scope not in self._stale:
            if len(self._stale) < self._stale_max:
                self._stale.add(scope)
                self._to_forget.discard(scope)
            else:
                self._overflowed.add(scope.table_id)
                batch.delete("meta", _described_key(scope.table_id))
            for follower in self._followers:
                follower()
        is_remote = manifest.segments[-1].storage_id != LOCAL_STORAGE
        if is_remote and scope in self._stale and scope not in self._recorded:
            batch.put("meta", RECORDS + row_prefix(scope), b"")
            self._recorded.add(scope)

    def _settle(self, scope: Scope) -> None:
        self._stale.discard(scope)
        if scope in self._recorded:
            self._to_forget.add(scope)

    async def refresh(self, scope: Scope, in_worker: InWorker) -> bool:
        """Rewrite a scope's copy if it is stale. A failure is logged, and False.

        Where rows are marked meanwhile, it stays stale.

        Cancellation: waits for the worker; the copy may stay stale.
        """
        if scope in self._being_written:
            return True  # whoever is at it goes on until the segments are listed
        self._being_written.add(scope)
        try:
            is_listed = False
            while scope in self._stale and not is_listed:
                is_listed = await self._rewrite(scope, in_worker)
        except (OSError, errors.PgError) as failure:
            _LOG.warning(
                "a manifest copy cannot be written yet",
                table_id=scope.table_id,
                user=scope.user_id,
                error=str(failure),
            )
            return False
        finally:
            self._being_written.discard(scope)
        return True

    async def _rewrite(self, scope: Scope, in_worker: InWorker) -> bool:
        """Write a copy once; tell whether it lists the scope's segments of now."""
        relation = self.relation_of(scope.table_id)
        if relation is None:
            return True
        # The snapshot is kept while the copy is written: a drop does not delete the copy before.
        with self._store.snapshot() as snapshot:
            manifest = snapshot.manifest(scope)
            if not manifest.segments:
                self._settle(scope)
                return True
            writing = _Writing(self._store, snapshot, relation, scope, manifest)
            text = await finish(writing, in_worker(writing.text))
            if manifest.segments[-1].storage_id != LOCAL_STORAGE:
                # A crash must not take back what a remote copy says: nobody would compare it.
                await synced(self._store.gate, snapshot.position)
            await finish(writing, in_worker(lambda: writing.write(text)))
        current = self._store.manifest(scope)
        if _is_same(current, manifest):
            self._settle(scope)
        return current.segments == manifest.segments

    def storage_of(self, scope: Scope) -> str:
        """Where a scope's copy lies; "" where there is none."""
        segments = self._store.manifest(scope).segments
        return segments[-1].storage_id if segments else ""

    def scopes_after(self, table_id: TableId, after: UserId | None, limit: int) -> list[Scope]:
        """Some of the scopes of a table that have segments."""
        with self._store.snapshot() as snapshot:
            return snapshot.cold_scopes(table_id, after=after, limit=limit)

    def is_described(self, relation: Relation) -> bool:
        """Tell whether all copies of a table, but for those that are stale, are of this version."""
        found = self._store.read("meta", _described_key(relation.table_id))
        return found == _digest(relation)

    def begin_sweep(self, table_id: TableId) -> None:
        """What overflows from now on asks for another sweep."""
        self._overflowed.discard(table_id)

    def sweep(self, scope: Scope) -> None:
        """Have a copy written whatever it says."""
        self._stale.add(scope)
        self._to_forget.discard(scope)

    def end_sweep(self, relation: Relation) -> None:
        """All copies of a table have been written, as of this version of it."""
        table_id = relation.table_id
        if table_id not in self._overflowed and self.relation_of(table_id) is not None:
            batch = WriteBatch()
            batch.put("meta", _described_key(table_id), _digest(relation))
            self._store.commit(batch)


class _Writing:
    """One writing of a copy, in worker threads; it is short enough not to be stopped."""

    def __init__(
        self,
        store: CopiedStore,
        snapshot: Snapshot,
        relation: Relation,
        scope: Scope,
        manifest: ScopeManifest,
    ) -> None:
        self._store = store
        self._snapshot = snapshot
        self._relation = relation
        self._scope = scope
        self._manifest = manifest

    def text(self) -> str:
        first_hot_seq: int | None = None
        is_hot_known = True
        for number, (_, value) in enumerate(self._snapshot.scan(self._scope)):
            if number == _HOT_ROWS_MAX:
                is_hot_known = False
                break
            header = decode_header(value)
            if not header.deleted and (first_hot_seq is None or header.seq < first_hot_seq):
                first_hot_seq = header.seq
        return copy_text(
            CopySubject(
                self._scope,
                self._relation,
                self._manifest,
                first_hot_seq,
                is_hot_known,
                self._store.now_us(),
            )
        )

    def write(self, text: str) -> None:
        self._store.reach("flush-before-manifest-copy")
        storage_id, path = self._manifest.segments[-1].storage_id, copy_path(self._manifest)
        if storage_id == LOCAL_STORAGE:
            _replace_local(self._store.root / path, text)
        else:
            self._store.files.write_copy(storage_id, path, text)

    def stop(self) -> None:
        """Do nothing."""


def _replace_local(target: Path, text: str) -> None:
    """A reader sees the old copy or the new one, never half."""
    if not target.parent.is_dir():
        return  # the folder went with its last object
    fresh = target.with_name(f".{MANIFEST_COPY}.new")
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, target)


def _is_same(current: ScopeManifest, written: ScopeManifest) -> bool:
    # Marks only become more: as many are the same ones.
    return current.segments == written.segments and all(
        len(current.marks_of(one.segment_id)) == len(written.marks_of(one.segment_id))
        for one in written.segments
    )


def _described_key(table_id: TableId) -> bytes:
    return DESCRIBED + table_id.to_bytes(_TABLE_ID_BYTES)


def _digest(relation: Relation) -> bytes:
    text = json.dumps(table_description(relation))
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).digest()


def copies_of_emptied(
    removed: Iterable[ObjectName], after: Iterable[ScopeManifest]
) -> list[ObjectName]:
    """The copies in remote folders that have no segment any more."""
    kept = {copy_beside(object_of(segment)) for one in after for segment in one.segments}
    return sorted({copy_beside(name) for name in removed if not name.is_local} - kept)


def copy_beside(name: ObjectName) -> ObjectName:
    """The manifest copy in an object's folder."""
    return ObjectName(name.storage_id, f"{name.path.rpartition('/')[0]}/{MANIFEST_COPY}")
