"""Garbage: objects that the manifest no longer names, until nobody can read them any more.

Invariants:
    - An object is deleted only when every snapshot older than its removal is closed, and only
      when the removal is durable: after a power cut the manifest must not name it again.
    - What a crash leaves behind is an orphan, and ``recovery.py`` removes it at the next start.
"""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

from kalampg.failpoints import Failpoints


class Garbage:
    """Counts the readers of each position and holds back objects from deletion."""

    def __init__(self, root: Path, failpoints: Failpoints) -> None:
        self._root = root
        self._failpoints = failpoints
        self._lock = threading.Lock()
        self._pins: Counter[int] = Counter()
        self._objects: list[tuple[int, str]] = []

    def pin(self, position: int) -> None:
        """A reader sees the manifest as of ``position``."""
        with self._lock:
            self._pins[position] += 1

    def unpin(self, position: int) -> None:
        with self._lock:
            self._pins[position] -= 1
            if not self._pins[position]:
                del self._pins[position]

    def add(self, position: int, paths: list[str]) -> None:
        """The commit at ``position`` took these objects out of the manifest."""
        with self._lock:
            self._objects.extend((position, path) for path in paths)

    def __len__(self) -> int:
        return len(self._objects)

    def paths(self) -> set[str]:
        """Return the objects that are not deleted yet."""
        with self._lock:
            return {path for _, path in self._objects}

    def remove(self, synced: int) -> int:
        """Delete what nobody can read any more; blocks on the filesystem. Returns the count."""
        with self._lock:
            horizon = min(self._pins, default=synced)
            last = min(horizon, synced)
            ready = [entry for entry in self._objects if entry[0] <= last]
        if ready:
            self._failpoints.reach("drop-before-objects")
        for _, path in ready:
            delete_object(self._root, path)
        gone = set(ready)
        with self._lock:
            # Not before: until then ``paths`` accounts for them, and a failure leaves them to the
            # next call.
            self._objects = [entry for entry in self._objects if entry not in gone]
        return len(ready)
