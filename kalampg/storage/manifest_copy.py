"""manifest.json: a copy of a scope's manifest beside its segments, for other engines to read.

The row store is the authority; the copy can be rebuilt from it and is, where a crash left an older
one. It lies in the folder of the newest segment. ``marked_rows`` counts superseded rows as of the
copy's writing; it is not rewritten for every change of a cold row.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from kalampg.storage.keys import Scope
from kalampg.storage.manifest import ScopeManifest
from kalampg.storage.storage_paths import MANIFEST_COPY

COPY_FORMAT = 1


def copy_path(manifest: ScopeManifest) -> str:
    """Return where the copy of a manifest lies, relative to the storage's root."""
    folder = manifest.segments[-1].path.rpartition("/")[0]
    return f"{folder}/{MANIFEST_COPY}"


def copy_text(scope: Scope, manifest: ScopeManifest) -> str:
    """Return what a copy says."""
    document = {
        "format": COPY_FORMAT,
        "table_id": scope.table_id,
        "user_id": scope.user_id,
        "segments": [
            {
                "segment_id": segment.segment_id,
                "storage_id": segment.storage_id,
                "path": segment.path,
                "rows": segment.rows,
                "bytes": segment.size_bytes,
                "schema_version": segment.schema_version,
                "min_seq": segment.min_seq,
                "max_seq": segment.max_seq,
                "marked_rows": len(manifest.marks_of(segment.segment_id)),
            }
            for segment in manifest.segments
        ],
    }
    return json.dumps(document, indent=1) + "\n"


def write_manifest_copy(root: Path, scope: Scope, manifest: ScopeManifest) -> None:
    """Replace the copy; blocks. A reader sees the old one or the new one, never half."""
    if not manifest.segments:
        return  # the copy went with the last object
    target = root / copy_path(manifest)
    fresh = target.with_name(f".{MANIFEST_COPY}.new")
    fresh.write_text(copy_text(scope, manifest), encoding="utf-8")
    os.replace(fresh, target)


def is_current_copy(root: Path, manifest: ScopeManifest) -> bool:
    """Tell whether the copy on disk lists the manifest's segments."""
    try:
        document = json.loads((root / copy_path(manifest)).read_text(encoding="utf-8"))
        listed = [
            (segment["segment_id"], segment["storage_id"], segment["path"])
            for segment in document["segments"]
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return listed == [
        (segment.segment_id, segment.storage_id, segment.path) for segment in manifest.segments
    ]
