"""ManifestCache: the current manifests of the scopes that were used last.

Belongs to the event loop's thread, as all commits do. Each entry remembers since which log position
it holds, so that a snapshot knows whether the current manifest is also its own.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, NamedTuple

from kalampg.ids import TableId
from kalampg.storage.keys import Scope
from kalampg.storage.manifest import ScopeManifest

_SCOPE_BYTES: Final = 500
_SEGMENT_BYTES: Final = 1_500
_MARK_BYTES: Final = 130  # an int, a list slot and a dict entry


class CachedManifest(NamedTuple):
    """A manifest that is current since ``position``."""

    manifest: ScopeManifest
    position: int
    size_bytes: int


class ManifestCache:
    """Least recently used manifests, bounded by their estimated size."""

    def __init__(self, size_bytes_max: int) -> None:
        self._entries: OrderedDict[Scope, CachedManifest] = OrderedDict()
        self._size_bytes_max = size_bytes_max
        self._size_bytes = 0

    def get(self, scope: Scope) -> CachedManifest | None:
        entry = self._entries.get(scope)
        if entry is not None:
            self._entries.move_to_end(scope)
        return entry

    def peek(self, scope: Scope) -> CachedManifest | None:
        """The same without noting the use, which other threads may do too."""
        return self._entries.get(scope)

    def put(self, scope: Scope, manifest: ScopeManifest, position: int) -> None:
        self.remove(scope)
        entry = CachedManifest(manifest, position, _size_of(manifest))
        self._entries[scope] = entry
        self._size_bytes += entry.size_bytes
        while self._size_bytes > self._size_bytes_max and len(self._entries) > 1:
            _, oldest = self._entries.popitem(last=False)
            self._size_bytes -= oldest.size_bytes

    def remove(self, scope: Scope) -> None:
        entry = self._entries.pop(scope, None)
        if entry is not None:
            self._size_bytes -= entry.size_bytes

    def remove_table(self, table_id: TableId) -> None:
        for scope in [scope for scope in self._entries if scope.table_id == table_id]:
            self.remove(scope)


def _size_of(manifest: ScopeManifest) -> int:
    size = _SCOPE_BYTES
    for segment in manifest.segments:
        size += _SEGMENT_BYTES + len(segment.bloom)
        size += _MARK_BYTES * len(manifest.marks_of(segment.segment_id))
    return size
