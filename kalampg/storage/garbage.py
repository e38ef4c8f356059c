"""Garbage: objects that the manifest no longer names, until nobody can read them any more.

Invariants:
    - An object is deleted only when every snapshot older than its removal is closed, and only
      when the removal is durable: after a power cut the manifest must not name it again.
    - What a crash leaves behind is an orphan, and ``recovery.py`` removes it at the next start.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import structlog

from kalampg import errors
from kalampg.failpoints import Failpoints
from kalampg.storage.segment_files import ObjectName, SegmentFiles

_LOG: Final = structlog.get_logger(__name__)


class Garbage:
    """Counts the readers of each position and holds back objects from deletion."""

    def __init__(self, files: SegmentFiles, failpoints: Failpoints) -> None:
        self._files = files
        self._failpoints = failpoints
        self._lock = threading.Lock()
        self._pins: Counter[int] = Counter()
        self._objects: list[tuple[int, ObjectName]] = []
        self._deleted: list[ObjectName] = []
        self._followers: list[Callable[[], None]] = []

    def on_add(self, follower: Callable[[], None]) -> None:
        """Call ``follower`` on the event loop's thread whenever there is more to delete."""
        self._followers.append(follower)

    def pin(self, position: int) -> None:
        """A reader sees the manifest as of ``position``."""
        with self._lock:
            self._pins[position] += 1

    def unpin(self, position: int) -> None:
        with self._lock:
            self._pins[position] -= 1
            if not self._pins[position]:
                del self._pins[position]

    @contextlib.contextmanager
    def pinned(self, position: int) -> Iterator[None]:
        """Objects of the manifest as of ``position``, and of later ones, stay while this runs."""
        self.pin(position)
        try:
            yield
        finally:
            self.unpin(position)

    def add(self, position: int, names: list[ObjectName]) -> None:
        """The commit at ``position`` took these objects out of the manifest."""
        with self._lock:
            self._objects.extend((position, name) for name in names)
        for follower in self._followers:
            follower()

    def keep(self, names: Iterable[ObjectName]) -> list[ObjectName]:
        """Which of these were to be deleted; they are not any more."""
        if not self._objects:
            return []
        with self._lock:
            kept = set(names).intersection(name for _, name in self._objects)
            self._objects = [entry for entry in self._objects if entry[1] not in kept]
            return list(kept)

    def __len__(self) -> int:
        return len(self._objects)

    def paths(self) -> set[str]:
        """Return the objects that are not deleted yet."""
        with self._lock:
            return {name.path for _, name in self._objects}

    def names(self) -> set[ObjectName]:
        """The same, with their storages."""
        with self._lock:
            return {name for _, name in self._objects}

    def deleted(self) -> list[ObjectName]:
        """Return the remote objects that ``take_deleted`` would."""
        with self._lock:
            return list(self._deleted)

    def take_deleted(self) -> list[ObjectName]:
        """Return the remote objects that are deleted since the last call."""
        if not self._deleted:
            return []
        with self._lock:
            deleted, self._deleted = self._deleted, []
            return deleted

    def remove(self, synced: int) -> int:
        """Delete what nobody can read any more; blocks on the filesystem. Returns the count."""
        with self._lock:
            horizon = min(self._pins, default=synced)
            last = min(horizon, synced)
            ready = [entry for entry in self._objects if entry[0] <= last]
        if ready:
            self._failpoints.reach("drop-before-objects")
        gone = {entry for entry in ready if self._is_deleted(entry[1])}
        with self._lock:
            self._deleted += [name for _, name in gone if not name.is_local]
            # Not before: until then ``paths`` accounts for them, and a failure leaves them to the
            # next call.
            self._objects = [entry for entry in self._objects if entry not in gone]
        return len(gone)

    def _is_deleted(self, name: ObjectName) -> bool:
        """Delete an object; False when its storage cannot be reached now."""
        try:
            self._files.delete(name)
        except (OSError, errors.PgError) as failure:
            if name.is_local:
                raise
            _LOG.warning(
                "an object cannot be deleted yet",
                storage=name.storage_id,
                path=name.path,
                error=str(failure),
            )
            return False
        return True
