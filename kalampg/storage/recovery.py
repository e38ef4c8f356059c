"""Recovery: what a crash left behind in a storage is removed when the store is opened.

The row store recovers itself. Left over are orphans (objects that a flush wrote but did not
publish, or that a drop took out of the manifest but did not delete). Manifest copies that are
older than their manifests are found here, and rewritten when the server runs.

Invariants:
    - Only objects that the manifest does not name and whose name is one of ours are removed.
    - A second recovery finds nothing to do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kalampg import errors
from kalampg.failpoints import Failpoints
from kalampg.storage.keys import Scope
from kalampg.storage.manifest import ScopeManifest
from kalampg.storage.manifest_copy import copy_path, is_current_copy
from kalampg.storage.object_files import delete_object
from kalampg.storage.storage_definition import LOCAL_STORAGE
from kalampg.storage.storage_paths import OBJECT_NAME


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was found. ``missing`` are paths that the manifest names and that do not exist.

    ``stale_copies`` are the scopes whose local copies are older than their manifests.
    """

    objects_kept: int
    orphans_removed: int
    missing: tuple[str, ...]
    stale_copies: tuple[Scope, ...]


def recover_storage(
    root: Path, manifests: Mapping[Scope, ScopeManifest], failpoints: Failpoints
) -> Recovery:
    """Remove orphans below ``root`` and find stale copies, before anyone writes there."""
    known = {
        segment.path
        for manifest in manifests.values()
        for segment in manifest.segments
        if segment.storage_id == LOCAL_STORAGE
    }
    found = set(stored_objects(root))
    orphans = sorted(found - known)
    if orphans:
        failpoints.reach("recovery-before-orphans")
    for path in orphans:
        delete_object(root, path)
    return Recovery(
        objects_kept=len(found & known),
        orphans_removed=len(orphans),
        missing=tuple(sorted(known - found)),
        stale_copies=tuple(_stale_copies(root, manifests)),
    )


def _stale_copies(root: Path, manifests: Mapping[Scope, ScopeManifest]) -> Iterator[Scope]:
    for scope, manifest in manifests.items():
        if manifest.segments[-1].storage_id != LOCAL_STORAGE:
            continue  # those have records of their own
        copy = root / copy_path(manifest)
        # A folder that is gone went with its objects; those are reported as missing.
        if not copy.parent.is_dir():
            continue
        try:
            text = copy.read_bytes()
        except OSError:
            text = b""
        if not is_current_copy(text, manifest):
            yield scope


def stored_objects(root: Path, below: str = "") -> Iterator[str]:
    """Yield the paths of all objects of ours, or of those below a folder that may not exist.

    Raises:
        IoError: 58030, a folder cannot be read.
    """
    start = root / below
    if not start.is_dir():
        return
    for folder, _, names in os.walk(start, onerror=_refuse):
        relative = os.path.relpath(folder, root)
        for name in names:
            if OBJECT_NAME.fullmatch(name):
                yield f"{relative}/{name}"


def _refuse(failure: OSError) -> None:
    # ``os.walk`` would skip the folder, and its objects would count as missing.
    raise errors.IoError(f'could not read folder "{failure.filename}": {failure.strerror}')
