"""The data directory: its layout, its format version, and the lock that makes it one process's.

Layout:
    kalampg.format   the format version, one decimal number
    kalampg.lock     locked (flock) while a process serves this directory; holds its pid
    rocksdb/         hot rows, manifest, catalog
    storage/         segments of the storage ``local``
    cache/           copies of segments of other storages
    scratch/         files of work that is under way; emptied at the start

Invariants:
    - Nothing in the directory is opened or changed before the lock is held and the format is known.
    - The lock ends with the process, however it ends.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

from kalampg import errors

FORMAT_VERSION: Final = 1
_FORMAT_FILE: Final = "kalampg.format"
LOCK_FILE: Final = "kalampg.lock"


class DataDirectory:
    """A data directory that this process holds until ``close``."""

    def __init__(self, path: Path, lock_descriptor: int) -> None:
        self.path = path
        self._lock_descriptor: int | None = lock_descriptor

    @property
    def rocksdb(self) -> Path:
        return self.path / "rocksdb"

    @property
    def storage(self) -> Path:
        return self.path / "storage"

    @property
    def cache(self) -> Path:
        return self.path / "cache"

    @property
    def scratch(self) -> Path:
        return self.path / "scratch"

    @property
    def is_held(self) -> bool:
        return self._lock_descriptor is not None

    @classmethod
    def open(cls, path: Path) -> DataDirectory:
        """Take hold of the directory, creating it if it does not exist.

        Raises:
            ObjectInUse: 55006, another process serves it.
            ObjectNotInPrerequisiteState: 55000, a newer kalampg wrote it, or it is something else.
            IoError: 58030, it cannot be created, read or written.
        """
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = lock_directory(path)
        except OSError as failure:
            raise errors.IoError(
                f'could not open data directory "{path}": {failure.strerror}'
            ) from failure
        try:
            _check_format(path)
            directory = cls(path, descriptor)
            directory.storage.mkdir(exist_ok=True)
        except BaseException:
            os.close(descriptor)
            raise
        return directory

    def close(self) -> None:
        """Let go of the directory. Idempotent."""
        if self._lock_descriptor is not None:
            os.close(self._lock_descriptor)
            self._lock_descriptor = None


def sync_directory(path: Path) -> None:
    """Make names created in or removed from a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def lock_directory(path: Path) -> int:
    """Lock a directory and return the descriptor that holds the lock.

    Raises:
        ObjectInUse: 55006, another process has it. OSError: it cannot be written.
    """
    descriptor = os.open(path / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
        os.close(descriptor)
        raise errors.ObjectInUse(
            f'data directory "{path}" is in use by another process',
            detail=f"The process id is {pid}." if pid else None,
            hint="Stop that server, or give this one another data directory.",
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def _check_format(path: Path) -> None:
    format_file = path / _FORMAT_FILE
    if not format_file.exists():
        others = sorted(entry.name for entry in path.iterdir() if entry.name != LOCK_FILE)
        # A start that was cut short before the format was written leaves only the lock file.
        if others and others != [f"{_FORMAT_FILE}.new"] and (path / "rocksdb").exists():
            raise errors.ObjectNotInPrerequisiteState(
                f'data directory "{path}" has rows but no file "{_FORMAT_FILE}"'
            )
        write_format(path, f"{_FORMAT_FILE}.new")
        adopt_format(path, f"{_FORMAT_FILE}.new")
        return
    text = format_file.read_text(encoding="ascii", errors="replace").strip()
    if not text.isdecimal():
        raise errors.ObjectNotInPrerequisiteState(
            f'file "{format_file}" does not hold a format version'
        )
    if int(text) > FORMAT_VERSION:
        raise errors.ObjectNotInPrerequisiteState(
            f'data directory "{path}" has format {text}, '
            f"this version of kalampg reads formats up to {FORMAT_VERSION}",
            hint="Start it with the version of kalampg that wrote it, or a newer one.",
        )


def write_format(path: Path, name: str) -> None:
    """Write what the format file says under another name; durable with ``adopt_format``."""
    with (path / name).open("wb") as file:
        file.write(f"{FORMAT_VERSION}\n".encode())
        file.flush()
        os.fsync(file.fileno())


def adopt_format(path: Path, name: str) -> None:
    """Make a directory one that can be opened, at once and for good."""
    (path / name).rename(path / _FORMAT_FILE)
    sync_directory(path)


def has_format(path: Path) -> bool:
    """Whether the directory is one that can be opened."""
    return (path / _FORMAT_FILE).exists()
