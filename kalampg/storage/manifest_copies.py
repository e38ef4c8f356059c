"""ManifestCopies: which scopes' manifest.json is older than the manifest, until it is rewritten.

A scope's copy is stale from the commit that changes its segments. Who made the change rewrites it;
where that fails, or the process ends first, it stays stale until somebody calls ``refresh`` again.

Layout, in the store's ``meta`` family: ``copy/<scope>`` with an empty value, from the commit that
makes a remote copy stale to the first commit after its rewriting. Local copies need no record:
recovery compares them.

Invariants:
    - One writer at a time for each scope: an older text never replaces a newer one.
    - A folder that a commit empties takes its copy along: the copy is garbage of that commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import structlog

from kalampg import errors
from kalampg.failpoints import Failpoints
from kalampg.storage.batch import WriteBatch
from kalampg.storage.in_worker import InWorker, finish
from kalampg.storage.keys import Scope, row_prefix, split_row_key
from kalampg.storage.manifest import AddSegment, MoveSegment, RemoveSegment, ScopeManifest
from kalampg.storage.manifest_copy import copy_path, copy_text, write_manifest_copy
from kalampg.storage.segment_files import ObjectName, SegmentFiles, object_of
from kalampg.storage.storage_definition import LOCAL_STORAGE
from kalampg.storage.storage_paths import MANIFEST_COPY

RECORDS: Final = b"copy/"

_LOG: Final = structlog.get_logger(__name__)


class ManifestCopies:
    """The copies of one store. The event loop's thread only."""

    def __init__(
        self,
        files: SegmentFiles,
        root: Path,
        failpoints: Failpoints,
        manifest_of: Callable[[Scope], ScopeManifest],
        records: Iterable[tuple[bytes, bytes]],
    ) -> None:
        self._files = files
        self._root = root
        self._failpoints = failpoints
        self._manifest_of = manifest_of
        self._stale = {split_row_key(key.removeprefix(RECORDS))[0] for key, _ in records}
        self._being_written: set[Scope] = set()
        self._recorded = set(self._stale)
        self._followers: list[Callable[[], None]] = []

    @property
    def stale(self) -> list[Scope]:
        """The scopes whose copies nobody is writing, and that are to be written."""
        return [scope for scope in self._stale if scope not in self._being_written]

    def on_failure(self, follower: Callable[[], None]) -> None:
        """Call ``follower`` whenever a copy could not be written."""
        self._followers.append(follower)

    def note(self, batch: WriteBatch, manifests: Mapping[Scope, ScopeManifest]) -> None:
        """Put into a batch, before it is written, what it says of copies."""
        dropped = {
            scope
            for scope in self._stale
            if scope in batch.dropped_scopes or scope.table_id in batch.dropped_tables
        }
        self._stale -= dropped
        for scope, edits in batch.manifest_edits.items():
            if any(isinstance(edit, AddSegment | MoveSegment | RemoveSegment) for edit in edits):
                self._note_change(batch, scope, manifests[scope])
        for scope in self._recorded - self._stale:
            batch.delete("meta", RECORDS + row_prefix(scope))
        self._recorded &= self._stale

    def _note_change(self, batch: WriteBatch, scope: Scope, manifest: ScopeManifest) -> None:
        if not manifest.segments:
            self._stale.discard(scope)  # the copy goes with the last object
            return
        self._stale.add(scope)
        is_remote = manifest.segments[-1].storage_id != LOCAL_STORAGE
        if is_remote and scope not in self._recorded:
            batch.put("meta", RECORDS + row_prefix(scope), b"")
            self._recorded.add(scope)

    async def refresh(self, scope: Scope, in_worker: InWorker) -> None:
        """Rewrite a scope's copy if it is stale. A failure is logged, and the copy stays stale.

        Cancellation: waits for the worker; the copy may stay stale.
        """
        if scope in self._being_written:
            return  # whoever is at it goes on until the copy is current
        self._being_written.add(scope)
        try:
            while scope in self._stale:
                manifest = self._manifest_of(scope)
                write = _Writing(self._files, self._root, self._failpoints, scope, manifest)
                await finish(write, in_worker(write.run))
                if self._manifest_of(scope).segments == manifest.segments:
                    self._stale.discard(scope)
        except (OSError, errors.PgError) as failure:
            _LOG.warning(
                "a manifest copy cannot be written yet",
                table_id=scope.table_id,
                user=scope.user_id,
                error=str(failure),
            )
            for follower in self._followers:
                follower()
        finally:
            self._being_written.discard(scope)


class _Writing:
    """One writing of a copy, in a worker thread; it is short enough not to be stopped."""

    def __init__(
        self,
        files: SegmentFiles,
        root: Path,
        failpoints: Failpoints,
        scope: Scope,
        manifest: ScopeManifest,
    ) -> None:
        self._files = files
        self._root = root
        self._failpoints = failpoints
        self._scope = scope
        self._manifest = manifest

    def run(self) -> None:
        manifest = self._manifest
        if not manifest.segments:
            return
        self._failpoints.reach("flush-before-manifest-copy")
        storage_id = manifest.segments[-1].storage_id
        if storage_id == LOCAL_STORAGE:
            write_manifest_copy(self._root, self._scope, manifest)
        else:
            text = copy_text(self._scope, manifest)
            self._files.write_copy(storage_id, copy_path(manifest), text)

    def stop(self) -> None:
        """Do nothing."""


def copies_of_emptied(
    removed: Iterable[ObjectName], after: Iterable[ScopeManifest]
) -> list[ObjectName]:
    """The copies in remote folders that have no segment any more."""
    kept = {copy_beside(object_of(segment)) for one in after for segment in one.segments}
    return sorted({copy_beside(name) for name in removed if not name.is_local} - kept)


def copy_beside(name: ObjectName) -> ObjectName:
    """The manifest copy in an object's folder."""
    return ObjectName(name.storage_id, f"{name.path.rpartition('/')[0]}/{MANIFEST_COPY}")
