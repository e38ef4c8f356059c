"""Restore of a backup into an empty directory, which a server can then open.

What comes out shares no object with the database that was backed up: all segments are in ``local``,
and whatever would delete objects elsewhere is forgotten.

Invariants:
    - Until everything is there and durable the directory has no format file, and no server opens
      it. A restore that was interrupted begins again; one that fails leaves nothing.
    - Nothing but an empty directory, or what is left of an interrupted restore, is written to.
    - Every byte is checked against the backup's checksums.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, Protocol, TypeAlias

import msgspec

from kalampg import errors
from kalampg.failpoints import Failpoints
from kalampg.storage import manifest_copies, remote_objects
from kalampg.storage.backup_format import Backup, Contents, StoredFile, StoredSegment
from kalampg.storage.backup_place import BackupPlace
from kalampg.storage.checksummed_file import crc32_of
from kalampg.storage.data_directory import (
    LOCK_FILE,
    adopt_format,
    lock_directory,
    sync_directory,
    write_format,
)
from kalampg.storage.disk_space import storage_error
from kalampg.storage.rocks import Family, Rocks
from kalampg.storage.segment import decode_segment, encode_segment
from kalampg.storage.storage_definition import LOCAL_STORAGE

MARKER: Final = "kalampg.restore"
_CACHE_BYTES: Final = 8 * 1024 * 1024
_EDITS_PER_BATCH: Final = 1_000

# An entry and its new value; None deletes it.
Edit: TypeAlias = tuple[Family, bytes, bytes | None]


class Rows(Protocol):
    """The restored row store, as far as who detaches it reads it."""

    def scan(
        self, family: Family, lower: bytes, upper: bytes | None
    ) -> Iterator[tuple[bytes, bytes]]: ...


# Says what else, beyond segments and records of objects, ties the copy to the original.
Detach: TypeAlias = Callable[[Rows], Iterable[Edit]]


class DatabaseRestore:
    """One restore, as steps. All of them block. Close it."""

    def __init__(
        self,
        place: BackupPlace,
        target: Path,
        failpoints: Failpoints,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._place = place
        self._target = target
        self._failpoints = failpoints
        self._is_stopped_outside = is_stopped
        self._is_stopped = False
        self._lock: int | None = None
        self._is_claimed = False
        self._is_done = False
        self._work: Iterator[None] = iter(())
        self.objects_total = 0
        self.objects_done = 0

    def begin(self, backup_id: str | None) -> Backup:
        """Find the backup, or the newest, and take the directory.

        Raises:
            UndefinedObject: 42704, there is no such backup.
            ObjectNotInPrerequisiteState: 55000, the directory is not empty.
            ObjectInUse: 55006, another process restores into it.
            IoError: 58030. DataCorrupted: XX001, the backup is damaged.
        """
        try:
            backup = self._place.required(backup_id)
            contents = self._place.contents(backup)
        except OSError as failure:
            raise storage_error("could not read the backup", failure) from failure
        try:
            self._claim()
        except OSError as failure:
            raise storage_error(f'could not write to "{self._target}"', failure) from failure
        self.objects_total = len(contents.files) + len(contents.segments)
        self._work = self._fetch_all(contents)
        return backup

    def fetch_next(self, count: int) -> bool:
        """Fetch so many objects; whether there are more.

        Raises:
            IoError: 58030, DiskFull: 53100. DataCorrupted: XX001, an object is not what was
                written. QueryCanceled: 57014, it was stopped.
        """
        return all(next(self._work, self) is not self for _ in range(count))

    def finish(self, detach: Detach) -> None:
        """Untie the copy from the original and make it one that can be opened.

        Raises:
            IoError: 58030, DiskFull: 53100.
        """
        self._failpoints.reach("restore-before-detachment")
        try:
            rows = Rocks(self._target / "rocksdb", block_cache_bytes=_CACHE_BYTES)
        except Exception as failure:  # rocksdict raises bare Exceptions
            raise storage_error("could not open the restored rows", failure) from failure
        try:
            _apply(rows, _detached_storage(rows))
            _apply(rows, detach(rows))
            rows.sync()
        finally:
            rows.close()
        try:
            _sync_folders(self._target)
            self._failpoints.reach("restore-before-format")
            adopt_format(self._target, MARKER)
        except OSError as failure:
            raise storage_error(f'could not write to "{self._target}"', failure) from failure
        self._is_done = True
        self._failpoints.reach("restore-after-format")

    def stop(self) -> None:
        """Let a step that runs in another thread end early."""
        self._is_stopped = True

    def close(self) -> None:
        """Leave a whole database or an empty directory. Idempotent; blocks."""
        if self._is_claimed and not self._is_done:
            with contextlib.suppress(OSError):
                _empty(self._target, keep={LOCK_FILE, MARKER})
                (self._target / MARKER).unlink(missing_ok=True)
                (self._target / LOCK_FILE).unlink(missing_ok=True)
        self._is_claimed = False
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _claim(self) -> None:
        target = self._target
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not is_restorable(target):
            raise errors.ObjectNotInPrerequisiteState(
                f'directory "{target}" is not empty',
                hint="Name an empty directory, or one that does not exist.",
            )
        self._lock = lock_directory(target)
        _empty(target, keep={LOCK_FILE, MARKER})
        write_format(target, MARKER)  # in the end it becomes the format file
        sync_directory(target)
        self._is_claimed = True

    def _fetch_all(self, contents: Contents) -> Iterator[None]:
        for file in contents.files:
            self._check_stopped()
            self._fetch_file(file)
            yield
        for segment in contents.segments:
            self._check_stopped()
            self._fetch_segment(segment)
            yield

    def _check_stopped(self) -> None:
        if self._is_stopped or self._is_stopped_outside():
            raise errors.QueryCanceled("canceling restore")

    def _fetch_file(self, file: StoredFile) -> None:
        path = self._target / "rocksdb" / file.name
        self._fetch(file.object, path, file.bytes)
        with path.open("rb") as data:
            if hashlib.file_digest(data, "sha256").hexdigest() != file.sha256:
                raise errors.DataCorrupted(f'object "{file.object}" is not what was written')

    def _fetch_segment(self, segment: StoredSegment) -> None:
        path = self._target / "storage" / segment.path
        self._fetch(segment.object, path, segment.bytes)
        if crc32_of(path) != segment.crc32:
            raise errors.DataCorrupted(f'object "{segment.object}" is not what was written')

    def _fetch(self, name: str, path: Path, size_bytes: int) -> None:
        self._failpoints.reach("restore-before-object")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._place.fetch(name, path, size_bytes)
            with path.open("rb") as written:
                os.fsync(written.fileno())
        except OSError as failure:
            raise storage_error(f'could not restore "{name}"', failure) from failure
        self.objects_done += 1
        self._failpoints.reach("restore-after-object")


def is_restorable(target: Path) -> bool:
    """Whether a directory is empty, or what an interrupted restore has left. Blocks."""
    if not target.exists():
        return True
    names = {entry.name for entry in target.iterdir()} if target.is_dir() else {target.name}
    return not names - {LOCK_FILE} or MARKER in names


def _detached_storage(rows: Rows) -> Iterator[Edit]:
    """Segments are in ``local`` now, and records of the original's objects are not the copy's."""
    for key, value in rows.scan("segments", b"", None):
        segment = decode_segment(value)
        if segment.storage_id != LOCAL_STORAGE:
            moved = msgspec.structs.replace(segment, storage_id=LOCAL_STORAGE)
            yield "segments", key, encode_segment(moved)
    for prefix in (remote_objects.RECORDS, manifest_copies.RECORDS, manifest_copies.DESCRIBED):
        for key, _ in rows.scan("meta", prefix, prefix + b"\xff"):
            yield "meta", key, None


def _apply(rows: Rocks, edits: Iterable[Edit]) -> None:
    """Write in pieces: whoever is interrupted begins again with everything."""
    batch = rows.new_batch()
    for count, (family, key, value) in enumerate(edits, start=1):
        if value is None:
            batch.delete(family, key)
        else:
            batch.put(family, key, value)
        if count % _EDITS_PER_BATCH == 0:
            rows.write(batch)
            batch = rows.new_batch()
    rows.write(batch)


def _sync_folders(target: Path) -> None:
    for folder, _, _ in os.walk(target):
        sync_directory(Path(folder))


def _empty(target: Path, keep: set[str]) -> None:
    for entry in list(target.iterdir()):
        if entry.name in keep:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
