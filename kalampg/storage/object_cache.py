"""ObjectCache: local copies of remote objects, whole files, bounded by their bytes.

DuckDB and pyarrow read the copies. Layout: ``<directory>/<storage id>/<path of the object>``.

Invariants:
    - A copy under its name is whole: it is fetched aside and renamed.
    - A copy that is in use is not removed; the bound may be exceeded by what is in use.
    - One thread fetches an object, others that need it wait for that one.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kalampg.storage.object_files import create_file, delete_object

_PART: Final = ".part"


@dataclass(slots=True)
class _Copy:
    """One object's copy; ``size_bytes`` is 0 until it is there."""

    size_bytes: int = 0
    users: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class ObjectCache:
    """Least recently used copies. Any thread."""

    def __init__(self, directory: Path, size_bytes_max: int) -> None:
        self.directory = directory
        self._size_bytes_max = size_bytes_max
        self._size_bytes = 0
        self._copies: OrderedDict[str, _Copy] = OrderedDict()
        self._lock = threading.Lock()
        self._adopt()

    @property
    def size_bytes(self) -> int:
        return self._size_bytes

    def acquire(self, name: str, size_bytes: int, fetch: Callable[[Path], None]) -> None:
        """Have the object ``name`` until ``release``; ``fetch`` writes it to a file if need be.

        Blocks. A copy of another size than ``size_bytes`` is fetched again.
        """
        with self._lock:
            copy = self._copies.setdefault(name, _Copy())
            self._copies.move_to_end(name)
            copy.users += 1
        try:
            with copy.lock:
                if copy.size_bytes != size_bytes:
                    self._fetch(name, copy, fetch)
        except BaseException:
            self.release(name)
            raise
        self._shrink()

    def release(self, name: str) -> None:
        with self._lock:
            copy = self._copies[name]
            copy.users -= 1
            if not copy.users and not copy.size_bytes:
                del self._copies[name]
        self._shrink()

    def has(self, name: str, size_bytes: int) -> bool:
        """Whether there is a copy at this moment. Never waits for one that is being fetched."""
        with self._lock:
            copy = self._copies.get(name)
            return copy is not None and copy.size_bytes == size_bytes

    def adopt(self, name: str) -> None:
        """Count a file that somebody has put under its name himself."""
        size_bytes = (self.directory / name).stat().st_size
        with self._lock:
            copy = self._copies.setdefault(name, _Copy())
            self._size_bytes += size_bytes - copy.size_bytes
            copy.size_bytes = size_bytes
        self._shrink()

    def forget(self, name: str) -> None:
        """The object is gone."""
        with self._lock:
            copy = self._copies.get(name)
            if copy is None or copy.users:
                return  # what is in use goes when room is needed
            self._remove(name, copy)

    def _fetch(self, name: str, copy: _Copy, fetch: Callable[[Path], None]) -> None:
        part = name + _PART
        (self.directory / part).unlink(missing_ok=True)
        create_file(self.directory, part).close()
        try:
            fetch(self.directory / part)
            with (self.directory / part).open("rb") as file:
                os.fsync(file.fileno())  # a later run trusts the size of what has its name
            os.replace(self.directory / part, self.directory / name)
        except BaseException:
            delete_object(self.directory, part)
            raise
        size_bytes = (self.directory / name).stat().st_size
        with self._lock:
            self._size_bytes += size_bytes - copy.size_bytes
            copy.size_bytes = size_bytes

    def _shrink(self) -> None:
        with self._lock:
            if self._size_bytes <= self._size_bytes_max:
                return
            for name, copy in list(self._copies.items()):
                if self._size_bytes <= self._size_bytes_max:
                    return
                if not copy.users:
                    self._remove(name, copy)

    def _remove(self, name: str, copy: _Copy) -> None:
        del self._copies[name]
        self._size_bytes -= copy.size_bytes
        with contextlib.suppress(OSError):
            delete_object(self.directory, name)

    def _adopt(self) -> None:
        """Know the copies of an earlier run, the oldest first; throw away what is not whole."""
        found = []
        for path in _files(self.directory):
            if path.name.endswith(_PART):
                path.unlink()
            else:
                status = path.stat()
                name = path.relative_to(self.directory).as_posix()
                found.append((status.st_mtime_ns, name, status.st_size))
        for _, name, size_bytes in sorted(found):
            self._copies[name] = _Copy(size_bytes)
            self._size_bytes += size_bytes
        self._shrink()


def _files(directory: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(directory):
        yield from (Path(folder) / name for name in names)
