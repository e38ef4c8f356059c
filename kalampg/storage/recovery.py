"""Recovery: what a crash left behind in a storage is removed when the store is opened.

The row store recovers itself. Left over are orphans: objects that a flush wrote but did not
publish, and objects that a drop took out of the manifest but did not delete.

Invariants:
    - Only objects that the manifest does not name and whose name is one of ours are removed.
    - A second recovery finds nothing to do.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from kalampg.failpoints import Failpoints
from kalampg.storage.garbage import delete_object
from kalampg.storage.storage_paths import OBJECT_NAME


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was found. ``missing`` are paths that the manifest names and that do not exist."""

    objects_kept: int
    orphans_removed: int
    missing: tuple[str, ...]


def recover_storage(
    root: Path, manifest_paths: Collection[str], failpoints: Failpoints
) -> Recovery:
    """Remove orphans below ``root``; before anyone writes there."""
    known = set(manifest_paths)
    orphans = []
    found = set()
    for folder, _, names in os.walk(root):
        relative = os.path.relpath(folder, root)
        for name in names:
            if OBJECT_NAME.fullmatch(name):
                path = f"{relative}/{name}"
                if path in known:
                    found.add(path)
                else:
                    orphans.append(path)
    if orphans:
        failpoints.reach("recovery-before-orphans")
    for path in orphans:
        delete_object(root, path)
    return Recovery(
        objects_kept=len(found),
        orphans_removed=len(orphans),
        missing=tuple(sorted(known - found)),
    )
