"""Snapshot: hot rows, segments and marks of one instant.

Usable in any thread. Whoever reads segments holds a snapshot while doing so: it pins their objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import MappingProxyType, TracebackType
from typing import Protocol

from kalampg.ids import SegmentId, TableId, UserId
from kalampg.storage.batch import ROW_NUMBER_BYTES, SEGMENT_ID_BYTES
from kalampg.storage.keys import Scope, prefix_end, row_prefix, split_row_key, table_prefix
from kalampg.storage.manifest import EMPTY_MANIFEST, Marks, ScopeManifest
from kalampg.storage.rocks import Family, View
from kalampg.storage.segment import decode_segment


class Scan(Protocol):
    """Reads ``lower <= key < upper`` of a family, at some instant."""

    def __call__(
        self, family: Family, lower: bytes, upper: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]: ...


class Snapshot:
    """A read view. Close it; it is a context manager."""

    def __init__(
        self,
        *,
        position: int,
        views: dict[Family, View],
        current_manifest: Callable[[Scope, int], ScopeManifest | None],
        release: Callable[[int], None],
    ) -> None:
        self.position = position
        self._views = views
        self._current_manifest = current_manifest
        self._release = release
        self._manifests: dict[Scope, ScopeManifest] = {}
        self._is_closed = False

    def get(self, scope: Scope, key: bytes) -> bytes | None:
        return self._views["rows"].get(row_prefix(scope) + key)

    def scan(
        self,
        scope: Scope,
        lower: bytes | None = None,
        upper: bytes | None = None,
        *,
        reverse: bool = False,
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield the hot rows of ``lower <= key < upper`` in key order, or backwards."""
        return scan_scope(self._scan, scope, lower, upper, reverse=reverse)

    def manifest(self, scope: Scope) -> ScopeManifest:
        manifest = self._manifests.get(scope)
        if manifest is None:
            manifest = self._current_manifest(scope, self.position)
            if manifest is None:
                manifest = read_manifest(self._scan, scope)
            self._manifests[scope] = manifest
        return manifest

    def scopes(self, table_id: TableId) -> list[Scope]:
        """Return the scopes of a table that have hot rows or segments, in order of their users."""
        return sorted({*self.hot_scopes(table_id), *self.cold_scopes(table_id)})

    def hot_scopes(
        self, table_id: TableId, *, after: UserId | None = None, limit: int | None = None
    ) -> list[Scope]:
        """Return the scopes of a table that have hot rows: all, or a page behind a user."""
        return distinct_scopes(self._views["rows"], table_id, after, limit)

    def cold_scopes(
        self, table_id: TableId, *, after: UserId | None = None, limit: int | None = None
    ) -> list[Scope]:
        """Return the scopes of a table that have segments: all, or a page behind a user."""
        return distinct_scopes(self._views["segments"], table_id, after, limit)

    def has_scope(self, scope: Scope) -> bool:
        """Tell whether a scope has hot rows, deleted ones too, or segments."""
        prefix = row_prefix(scope)
        for family in ("rows", "segments"):
            found = self._views[family].first_at_or_after(prefix)
            if found is not None and found.startswith(prefix):
                return True
        return False

    def close(self) -> None:
        """Let go of the instant. Idempotent."""
        if not self._is_closed:
            self._is_closed = True
            for view in self._views.values():
                view.close()
            self._release(self.position)

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _scan(
        self, family: Family, lower: bytes, upper: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        return self._views[family].scan(lower, upper, reverse=reverse)


def distinct_scopes(
    view: View, table_id: TableId, after: UserId | None = None, limit: int | None = None
) -> list[Scope]:
    """Return the scopes of a table that have entries: all, or a page behind a user."""
    # One seek for each scope, not one step for each entry.
    prefix = table_prefix(table_id)
    scopes: list[Scope] = []
    place: bytes | None = prefix
    if after is not None:
        place = prefix_end(row_prefix(Scope(table_id, after)))
    while place is not None and (limit is None or len(scopes) < limit):
        found = view.first_at_or_after(place)
        if found is None or not found.startswith(prefix):
            break
        scope, _ = split_row_key(found)
        scopes.append(scope)
        place = prefix_end(row_prefix(scope))
    return scopes


def scan_scope(
    scan: Scan, scope: Scope, lower: bytes | None, upper: bytes | None, *, reverse: bool
) -> Iterator[tuple[bytes, bytes]]:
    """Scan the rows of one scope, keys without the scope's prefix."""
    prefix = row_prefix(scope)
    start = prefix if lower is None else prefix + lower
    end = prefix_end(prefix) if upper is None else prefix + upper
    skip = len(prefix)
    for key, value in scan("rows", start, end, reverse=reverse):
        yield key[skip:], value


def read_manifest(scan: Scan, scope: Scope) -> ScopeManifest:
    """Read the manifest of a scope from the store."""
    prefix = row_prefix(scope)
    end = prefix_end(prefix)
    segments = tuple(decode_segment(value) for _, value in scan("segments", prefix, end))
    if not segments:
        return EMPTY_MANIFEST
    marks = _group_marks(key[len(prefix) :] for key, _ in scan("marks", prefix, end))
    return ScopeManifest(segments, MappingProxyType(marks))


def _group_marks(keys: Iterable[bytes]) -> dict[SegmentId, Marks]:
    rows: dict[SegmentId, list[int]] = {}
    for key in keys:
        assert len(key) == SEGMENT_ID_BYTES + ROW_NUMBER_BYTES, "a mark is a segment id and a row"
        segment_id = SegmentId(int.from_bytes(key[:SEGMENT_ID_BYTES]))
        rows.setdefault(segment_id, []).append(int.from_bytes(key[SEGMENT_ID_BYTES:]))
    return {segment_id: Marks(numbers) for segment_id, numbers in rows.items()}
