"""ObjectStore: what segments need of a storage; and its implementation on a file system.

Objects are created under unique names, read whole, and deleted; only manifest copies are replaced.
Every call blocks: worker threads only.

Invariants:
    - Failures are OSError: FileExistsError when ``create`` finds the name taken,
      FileNotFoundError when what is read is not there, TimeoutError when a remote store does not
      answer; ``errno`` is the system's where it gave one. No message holds a credential.
    - After ``create`` the object is durable, or as durable as the store makes it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from kalampg.storage.data_directory import sync_directory
from kalampg.storage.object_files import create_file, delete_object


class ObjectStore(Protocol):
    """Objects by path, relative to the storage's base."""

    def create(self, path: str, source: Path) -> None:
        """Store a copy of ``source``; FileExistsError when there is an object of that name."""

    def replace(self, path: str, data: bytes) -> None:
        """Store ``data``, also over an older version."""

    def fetch(self, path: str, target: Path, size_bytes: int = 0) -> None:
        """Copy the object, which has about so many bytes, to the file ``target``."""

    def read(self, path: str, start: int = 0) -> bytes:
        """The object's bytes, from ``start`` on."""

    def size(self, path: str) -> int: ...

    def delete(self, path: str) -> None:
        """Delete the object; deleting it twice is no error."""

    def list_objects(self, prefix: str) -> Iterator[str]:
        """The paths of all objects whose path begins with the folder ``prefix``."""

    def capacity(self) -> tuple[int, int] | None:
        """Bytes in total and bytes used; None where the store has no limit to tell."""


class FilesystemStore:
    """Objects as files below a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def create(self, path: str, source: Path) -> None:
        with source.open("rb") as data, create_file(self._root, path) as file:
            shutil.copyfileobj(data, file)
            file.flush()
            os.fsync(file.fileno())
        sync_directory((self._root / path).parent)

    def replace(self, path: str, data: bytes) -> None:
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.new")
        fresh.write_bytes(data)
        fresh.replace(target)

    def fetch(self, path: str, target: Path, size_bytes: int = 0) -> None:
        shutil.copyfile(self._root / path, target)

    def read(self, path: str, start: int = 0) -> bytes:
        with (self._root / path).open("rb") as file:
            file.seek(start)
            return file.read()

    def size(self, path: str) -> int:
        return (self._root / path).stat().st_size

    def delete(self, path: str) -> None:
        delete_object(self._root, path)

    def list_objects(self, prefix: str) -> Iterator[str]:
        for folder, _, names in os.walk(self._root / prefix):
            for name in names:
                yield (Path(folder) / name).relative_to(self._root).as_posix()

    def capacity(self) -> tuple[int, int] | None:
        self._root.mkdir(parents=True, exist_ok=True)
        usage = shutil.disk_usage(self._root)
        return usage.total, usage.used
