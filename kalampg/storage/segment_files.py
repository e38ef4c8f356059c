"""SegmentFiles: the objects of segments, wherever their storage is, as files that can be read.

Segments of ``local`` are read where they are. Those of other storages are written to the cache's
directory first, copied to the storage, and read from the cache, which fetches them when they are
not there. Everything here but ``is_local`` and ``SegmentLeases.close`` blocks on I/O for them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from kalampg import errors
from kalampg.storage.checksummed_file import crc32_of
from kalampg.storage.disk_space import storage_error
from kalampg.storage.object_cache import ObjectCache
from kalampg.storage.object_files import delete_object
from kalampg.storage.object_store import FilesystemStore, ObjectStore
from kalampg.storage.object_stores import ObjectStores
from kalampg.storage.segment import Segment
from kalampg.storage.storage_definition import LOCAL_STORAGE
from kalampg.storage.storage_paths import OBJECT_NAME

# Enough for a footer: an object that was torn lacks it.
_END_BYTES: Final = 4096


class ObjectName(NamedTuple):
    """An object: the storage and the path there."""

    storage_id: str
    path: str

    @property
    def is_local(self) -> bool:
        return self.storage_id == LOCAL_STORAGE

    @property
    def cache_name(self) -> str:
        return f"{self.storage_id}/{self.path}"


def object_of(segment: Segment) -> ObjectName:
    return ObjectName(segment.storage_id, segment.path)


class SegmentFiles:
    """The files of one data directory's segments. Any thread."""

    def __init__(self, root: Path, cache: ObjectCache, scratch: Path) -> None:
        """``scratch`` is a folder for files that nobody needs after a crash."""
        self._root = root
        self._cache = cache
        self._scratch = scratch
        shutil.rmtree(scratch, ignore_errors=True)
        self._stores: ObjectStores | None = None

    @property
    def directories(self) -> tuple[Path, Path]:
        """Where files are that ``SegmentLeases.root_of`` may name."""
        return self._root, self._cache.directory

    def connect(self, stores: ObjectStores) -> None:
        """Say where the storages are that are not ``local``; once, before the first use."""
        self._stores = stores

    def store_outside(self, storage_id: str) -> ObjectStore:
        """Where a storage keeps what is no segment; of ``local`` it is a folder beside theirs.

        Raises:
            UndefinedObject: 42704, there is no such storage. IoError: 58030, no key.
        """
        if storage_id == LOCAL_STORAGE:
            return FilesystemStore(self._root.parent / "exports")
        return self._store(ObjectName(storage_id, ""))

    def writing_root(self, storage_id: str) -> Path:
        """Below which folder to write a new segment's file, under its path."""
        return self._root if storage_id == LOCAL_STORAGE else self._cache.directory / storage_id

    @contextlib.contextmanager
    def scratch_folder(self) -> Iterator[Path]:
        """An empty folder of the data directory, while the block runs."""
        self._scratch.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            yield Path(folder)

    def upload(self, segment: Segment) -> None:
        """Bring a finished file to its storage, and see that it is there.

        Raises:
            IoError: 58030, DiskFull: 53100, it is not there, or may be: the name is never used
                again.
        """
        name = object_of(segment)
        if name.is_local:
            return
        file = self._cache.directory / name.cache_name
        store = self._store(name)
        try:
            store.create(name.path, file)
        except OSError as failure:
            raise storage_error(
                f"could not write to storage '{name.storage_id}'", failure
            ) from failure
        try:
            _check_end(store, name.path, file)
        except OSError as failure:
            raise storage_error(
                f"storage '{name.storage_id}' took an object and does not give it back", failure
            ) from failure
        self._cache.adopt(name.cache_name)

    def write_copy(self, storage_id: str, path: str, text: str) -> None:
        """Replace a manifest copy; raises OSError."""
        self._store(ObjectName(storage_id, path)).replace(path, text.encode())

    def copy(self, segment: Segment, target: ObjectName) -> Segment:
        """Copy an object under a new name, read it back, and return the segment as it is there.

        Raises:
            IoError: 58030, DiskFull: 53100, it cannot be read or written; the copy may exist.
            DataCorrupted: XX001, the object or its copy is not what was written.
        """
        with self.as_stored(segment) as root:
            source = root / segment.path
            crc32 = check_object(source, segment)
            try:
                self._store(target).create(target.path, source)
            except OSError as failure:
                raise storage_error(
                    f"could not write to storage '{target.storage_id}'", failure
                ) from failure
        copied = msgspec.structs.replace(
            segment, storage_id=target.storage_id, path=target.path, crc32=crc32
        )
        with self.as_stored(copied) as root:
            check_object(root / copied.path, copied)
        return copied

    def delete(self, name: ObjectName) -> None:
        """Delete an object and what is kept of it here; raises OSError."""
        if name.is_local:
            delete_object(self._root, name.path)
            return
        self._store(name).delete(name.path)
        self._cache.forget(name.cache_name)

    def is_at_hand(self, segment: Segment) -> bool:
        """Whether the segment can be read without asking its storage. Never blocks."""
        name = object_of(segment)
        return name.is_local or self._cache.has(name.cache_name, segment.size_bytes)

    def leases(self) -> SegmentLeases:
        return SegmentLeases(self)

    @contextlib.contextmanager
    def reading(self, segment: Segment) -> Iterator[Path]:
        """The root below which the segment's path can be read, while the block runs."""
        leases = self.leases()
        try:
            yield leases.root_of(segment)
        finally:
            leases.close()

    @contextlib.contextmanager
    def as_stored(self, segment: Segment) -> Iterator[Path]:
        """The same as ``reading``, but of the object that its storage has now, past the cache.

        Raises:
            IoError: 58030, the storage cannot be read.
        """
        name = object_of(segment)
        if name.is_local:
            yield self._root
            return
        with self.scratch_folder() as folder:
            target = folder / name.path
            target.parent.mkdir(parents=True)
            self._fetch(name, target, segment.size_bytes)
            yield folder

    def acquire(self, name: ObjectName, size_bytes: int) -> None:
        """Have a copy of the object until ``release``.

        Raises:
            IoError: 58030, the storage cannot be read.
        """
        self._cache.acquire(
            name.cache_name, size_bytes, lambda target: self._fetch(name, target, size_bytes)
        )

    def objects_below(self, folder: ObjectName) -> list[ObjectName]:
        """The objects of segments below a folder that may not exist, whoever names them.

        Raises:
            IoError: 58030, the storage cannot be listed.
        """
        try:
            found = list(self._store(folder).list_objects(folder.path))
        except OSError as failure:
            raise storage_error(
                f"could not list storage '{folder.storage_id}'", failure
            ) from failure
        return [
            ObjectName(folder.storage_id, path)
            for path in found
            if OBJECT_NAME.fullmatch(path.rpartition("/")[2])
        ]

    def exists(self, name: ObjectName) -> bool:
        """Whether there is an object; one whose storage does not answer may be there."""
        try:
            self._store(name).size(name.path)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return True

    def release(self, name: ObjectName) -> None:
        self._cache.release(name.cache_name)

    def _fetch(self, name: ObjectName, target: Path, size_bytes: int) -> None:
        try:
            self._store(name).fetch(name.path, target, size_bytes)
            found = target.stat().st_size
            if found != size_bytes:
                raise OSError(f"{found} bytes came instead of {size_bytes}")  # noqa: TRY301
        except OSError as failure:
            raise storage_error(
                f"could not read from storage '{name.storage_id}'", failure
            ) from failure

    def _store(self, name: ObjectName) -> ObjectStore:
        if name.is_local:
            return FilesystemStore(self._root)
        if self._stores is None:
            raise errors.UndefinedObject(f"Storage '{name.storage_id}' does not exist")
        return self._stores.store_of(name.storage_id)


class SegmentLeases:
    """Segments that one reader reads; their files stay until ``close``. Any thread."""

    def __init__(self, files: SegmentFiles) -> None:
        self._files = files
        self._held: list[ObjectName] = []
        self._is_closed = False
        self._lock = threading.Lock()

    def root_of(self, segment: Segment) -> Path:
        """The folder below which the segment's path can be read now. Blocks unless it is local."""
        name = object_of(segment)
        if not name.is_local:
            self._files.acquire(name, segment.size_bytes)
            self._keep(name)
        return self._files.writing_root(name.storage_id)

    def path_of(self, segment: Segment) -> str:
        return str(self.root_of(segment) / segment.path)

    def close(self) -> None:
        """Idempotent."""
        with self._lock:
            held, self._held = self._held, []
            self._is_closed = True
        for name in held:
            self._files.release(name)

    def _keep(self, name: ObjectName) -> None:
        with self._lock:
            if not self._is_closed:
                self._held.append(name)
                return
        self._files.release(name)  # the reader was cancelled while this thread waited


def _check_end(store: ObjectStore, path: str, file: Path) -> None:
    """Read the object's last bytes back; raises OSError.

    A store may acknowledge what it does not have. Rows leave the row store only after this.
    """
    with file.open("rb") as written:
        start = max(0, written.seek(0, os.SEEK_END) - _END_BYTES)
        written.seek(start)
        expected = written.read()
    if store.read(path, start) != expected:
        raise OSError("its end is not what was written")


def check_object(path: Path, segment: Segment) -> int:
    """Return the CRC-32 of a segment's object; blocks.

    Raises:
        IoError: 58030, it cannot be read. DataCorrupted: XX001, it is not what was written.
    """
    try:
        size_bytes, crc32 = path.stat().st_size, crc32_of(path)
    except OSError as failure:
        raise errors.IoError(f"could not read a segment: {failure}") from failure
    if size_bytes != segment.size_bytes or segment.crc32 not in {None, crc32}:
        raise errors.DataCorrupted(f'segment "{segment.path}" is not what was written')
    return crc32
