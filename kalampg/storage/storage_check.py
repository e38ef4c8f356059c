"""Check of a storage: a probe object is written, read, listed and deleted. Blocks."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kalampg.clock import Clock
from kalampg.storage.object_store import ObjectStore

_PROBE_BYTES: Final = b"kalampg probes this storage\n"
PROBE_FOLDER: Final = ".kalampg-check"


@dataclass(frozen=True, slots=True)
class StorageHealth:
    """What works of a storage, how long it all took, and the first thing that failed."""

    writable: bool
    readable: bool
    listable: bool
    deletable: bool
    latency_ms: int
    capacity: tuple[int, int] | None = None
    error: str | None = None

    @property
    def is_healthy(self) -> bool:
        return self.error is None


def check_storage(
    store: ObjectStore, probe_name: str, clock: Clock, *, is_extended: bool = False
) -> StorageHealth:
    """Try everything that a storage is used for. Leaves nothing behind that can be deleted.

    ``probe_name`` is one that nobody has used. Extended, the store is asked for its size too, and
    creating the probe again must fail: segments rely on it.
    """
    path = f"{PROBE_FOLDER}/{probe_name}"
    started = clock.monotonic_s()
    probe = _Probe()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "probe"
        source.write_bytes(_PROBE_BYTES)
        written = probe.works("write", lambda: store.create(path, source))
        read = written and probe.works("read", lambda: _read(store, path))
        listed = written and probe.works("list", lambda: _list(store, path))
        if is_extended and written:
            probe.works("create only", lambda: _create_again(store, path, source))
        deleted = written and probe.works("delete", lambda: store.delete(path))
    latency_ms = round((clock.monotonic_s() - started) * 1000)
    capacity = None
    if is_extended:
        with contextlib.suppress(OSError):
            capacity = store.capacity()
    return StorageHealth(written, read, listed, deleted, latency_ms, capacity, probe.error)


class _Probe:
    """Remembers the first failure."""

    def __init__(self) -> None:
        self.error: str | None = None

    def works(self, what: str, step: Callable[[], None]) -> bool:
        try:
            step()
        except OSError as failure:
            self.error = self.error or f"{what}: {failure}"
            return False
        return True


def _read(store: ObjectStore, path: str) -> None:
    if store.read(path) != _PROBE_BYTES or store.size(path) != len(_PROBE_BYTES):
        raise OSError("the object is not what was written")


def _list(store: ObjectStore, path: str) -> None:
    if path not in store.list_objects(PROBE_FOLDER):
        raise OSError("the object is not listed")


def _create_again(store: ObjectStore, path: str, source: Path) -> None:
    try:
        store.create(path, source)
    except FileExistsError:
        return
    raise OSError("the store replaces objects that were to be created only")
