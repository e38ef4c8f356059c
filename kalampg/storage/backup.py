"""Backup of a data directory beside its running server: the row store's files and all segments.

A checkpoint of the row store fixes the moment. Everything else is immutable and stays where it is
while the backup pins it, so that nobody waits. Segments of every storage are copied: a restored
database needs none of the original's objects.

Invariants:
    - The backup's own document is written last, when everything that it names is in its place.
    - What an interrupted run of the same backup left is used again if it is whole, else deleted;
      a backup that ends otherwise leaves nothing.
    - Sealed credentials stay sealed; their key is not part of a backup.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from kalampg import __version__, errors
from kalampg.storage.backup_format import (
    FORMAT,
    Backup,
    Contents,
    StoredFile,
    StoredSegment,
    backup_object,
    encode_backup,
    encode_contents,
    objects_folder,
)
from kalampg.storage.backup_place import BackupPlace
from kalampg.storage.checksummed_file import crc32_of
from kalampg.storage.disk_space import storage_error
from kalampg.storage.rocks import Rocks
from kalampg.storage.segment import Segment, decode_segment
from kalampg.storage.segment_files import check_object
from kalampg.storage.store import Store

_READING_CACHE_BYTES: Final = 8 * 1024 * 1024


class DatabaseBackup:
    """One backup, as steps. All of them block; the caller pins the objects meanwhile."""

    def __init__(
        self,
        store: Store,
        place: BackupPlace,
        backup_id: str,
        folder: Path,
        is_stopped: Callable[[], bool],
    ) -> None:
        """``folder`` is an empty one of the data directory."""
        self._store = store
        self._place = place
        self._backup_id = backup_id
        self._folder = folder
        self._checkpoint = folder / "rocksdb"
        self._is_stopped_outside = is_stopped
        self._is_stopped = False
        self._created_at_us = 0
        self._needs_key = False
        self._objects = objects_folder(backup_id)
        self._left: set[str] = set()
        self._known_files: dict[tuple[str, int], str] = {}
        self._known_segments: dict[tuple[int, int, int], str] = {}
        self._files: list[StoredFile] = []
        self._segments: list[StoredSegment] = []
        self._new_objects = 0
        self._new_bytes = 0
        self._work: Iterator[None] = iter(())
        self.objects_total = 0

    @property
    def objects_done(self) -> int:
        return len(self._files) + len(self._segments)

    def begin(self, needs_key: Callable[[Rocks], bool]) -> Backup | None:
        """Take the checkpoint and look at what is there; the backup if it is whole already.

        Raises:
            IoError: 58030, DiskFull: 53100, the storage or the disk does not serve.
        """
        try:
            whole = self._place.find(self._backup_id)
            if whole is not None:
                return whole
            self._place.delete(backup_object(self._backup_id))  # torn
            self._clear_up()
            self._know_others()
        except OSError as failure:
            raise storage_error("could not read the backups", failure) from failure
        self._store.reach("backup-before-checkpoint")
        self._created_at_us = self._store.now_us()
        try:
            self._store.checkpoint(self._checkpoint)
        except Exception as failure:  # rocksdict raises bare Exceptions
            raise storage_error("could not take a checkpoint", failure) from failure
        segments = self._read_checkpoint(needs_key)
        files = sorted(self._checkpoint.iterdir())
        self.objects_total = len(files) + len(segments)
        self._work = self._copy_all(files, segments)
        return None

    def copy_next(self, count: int) -> bool:
        """Copy so many objects; whether there are more.

        Raises:
            IoError: 58030, DiskFull: 53100, an object cannot be read or written.
            DataCorrupted: XX001, a segment is not what was written.
            QueryCanceled: 57014, it was stopped.
        """
        return all(next(self._work, self) is not self for _ in range(count))

    def finish(self) -> Backup:
        """Write the documents; from then on there is a backup.

        Raises:
            IoError: 58030, DiskFull: 53100.
        """
        contents = encode_contents(Contents(self._files, self._segments))
        path = f"{self._objects}/contents.json.gz"
        try:
            for name in self._left:
                self._place.delete(name)
            self._put(path, contents)
            backup = self._described(contents, path)
            self._store.reach("backup-before-manifest")
            self._put(backup_object(self._backup_id), encode_backup(backup))
        except OSError as failure:
            raise storage_error("could not write the backup", failure) from failure
        self._store.reach("backup-after-manifest")
        return backup

    def abandon(self) -> None:
        """Leave nothing behind; raises OSError."""
        for name in self._place.objects(self._objects):
            self._place.delete(name)

    def stop(self) -> None:
        """Let a step that runs in another thread end early."""
        self._is_stopped = True

    def _clear_up(self) -> None:
        """Keep of an earlier run's objects the segments, which are looked at when needed."""
        for name in self._place.objects(self._objects):
            if name.startswith(f"{self._objects}/segments/"):
                self._left.add(name)
            else:
                self._place.delete(name)

    def _know_others(self) -> None:
        for backup in self._place.backups():
            contents = self._place.contents(backup)
            self._known_files.update(
                ((file.sha256, file.bytes), file.object) for file in contents.files
            )
            self._known_segments.update(
                (segment.identity, segment.object) for segment in contents.segments
            )

    def _read_checkpoint(self, needs_key: Callable[[Rocks], bool]) -> list[Segment]:
        rows = Rocks(self._checkpoint, block_cache_bytes=_READING_CACHE_BYTES, is_read_only=True)
        try:
            self._needs_key = needs_key(rows)
            return [decode_segment(value) for _, value in rows.scan("segments", b"", None)]
        finally:
            rows.close()

    def _copy_all(self, files: list[Path], segments: list[Segment]) -> Iterator[None]:
        for file in files:
            self._check_stopped()
            self._copy_file(file)
            yield
        for segment in segments:
            self._check_stopped()
            self._copy_segment(segment)
            yield

    def _check_stopped(self) -> None:
        if self._is_stopped or self._is_stopped_outside():
            raise errors.QueryCanceled("canceling backup")

    def _copy_file(self, file: Path) -> None:
        with file.open("rb") as data:
            sha256 = hashlib.file_digest(data, "sha256").hexdigest()
        size_bytes = file.stat().st_size
        known = self._known_files.get((sha256, size_bytes))
        path = known or f"{self._objects}/rocksdb/{file.name}"
        if known is None:
            self._create(path, file)
        self._files.append(StoredFile(file.name, path, size_bytes, sha256))

    def _copy_segment(self, segment: Segment) -> None:
        crc32 = segment.crc32
        known = None
        if crc32 is not None:
            identity = (segment.segment_id, crc32, segment.size_bytes)
            known = self._known_segments.get(identity)
        path = known or f"{self._objects}/segments/{segment.segment_id}.parquet"
        if known is None and not (path in self._left and self._is_whole(path, segment)):
            with self._store.files.as_stored(segment) as root:
                crc32 = check_object(root / segment.path, segment)
                self._create(path, root / segment.path)
        self._left.discard(path)
        assert crc32 is not None, "an object without a checksum was read"
        self._segments.append(
            StoredSegment(segment.segment_id, segment.path, path, segment.size_bytes, crc32)
        )

    def _is_whole(self, path: str, segment: Segment) -> bool:
        """Whether an earlier run has written this segment to its end; else it is deleted."""
        copy = self._folder / "left"
        self._place.fetch(path, copy, segment.size_bytes)
        if segment.crc32 is not None and crc32_of(copy) == segment.crc32:
            return True
        self._place.delete(path)
        return False

    def _create(self, path: str, source: Path) -> None:
        self._store.reach("backup-before-object")
        size_bytes = source.stat().st_size
        try:
            self._place.create(path, source)
            if self._place.size(path) != size_bytes:
                raise OSError(f'object "{path}" is not whole')  # noqa: TRY301
        except OSError as failure:
            raise storage_error("could not write to the backup", failure) from failure
        self._new_objects += 1
        self._new_bytes += size_bytes
        self._store.reach("backup-after-object")

    def _put(self, path: str, data: bytes) -> None:
        source = self._folder / "document"
        source.write_bytes(data)
        self._place.create(path, source)

    def _described(self, contents: bytes, path: str) -> Backup:
        return Backup(
            format=FORMAT,
            backup_id=self._backup_id,
            server_version=__version__,
            created_at_us=self._created_at_us,
            finished_at_us=self._store.now_us(),
            files=len(self._files),
            segments=len(self._segments),
            bytes=sum(file.bytes for file in self._files)
            + sum(segment.bytes for segment in self._segments),
            new_objects=self._new_objects,
            new_bytes=self._new_bytes,
            needs_key=self._needs_key,
            contents=path,
            contents_bytes=len(contents),
            contents_sha256=hashlib.sha256(contents).hexdigest(),
        )
