"""The form of backups: what lies where below a backup place, and what its documents say. PURE.

Layout, below the path that BACKUP DATABASE names:
    backups/<backup id>.json                    ``Backup``, written last: without it there is none
    objects/<backup id>/contents.json.gz        ``Contents``
    objects/<backup id>/rocksdb/<file name>     files of the row store
    objects/<backup id>/segments/<id>.parquet   segments, wherever their storage was

Invariants:
    - Objects are written once, under the id of the backup that first has them; a later backup names
      the objects of earlier ones instead of copying what is the same.
    - What a document names has its size and checksum beside it, and a path below the same place:
      all of it may be copied elsewhere.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterable
from typing import Final

import msgspec

from kalampg import errors
from kalampg.ids import SegmentId

FORMAT: Final = 1
BACKUPS: Final = "backups"
# Entries of the ``meta`` family: the places that backups were written to, as ``storage:path``.
BACKUP_PLACES: Final = b"backup-place/"
_ID: Final = re.compile(r"[A-Za-z0-9-]{1,100}")
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}")


class StoredFile(msgspec.Struct, frozen=True):
    """A file of the row store, and the object that has its bytes."""

    name: str
    object: str
    bytes: int
    sha256: str


class StoredSegment(msgspec.Struct, frozen=True):
    """A segment, the path that it has in its storage, and the object that has its bytes."""

    segment_id: SegmentId
    path: str
    object: str
    bytes: int
    crc32: int

    @property
    def identity(self) -> tuple[SegmentId, int, int]:
        """What no other bytes have."""
        return self.segment_id, self.crc32, self.bytes


class Contents(msgspec.Struct, frozen=True):
    """Everything that a restore needs."""

    files: list[StoredFile]
    segments: list[StoredSegment]


class Backup(msgspec.Struct, frozen=True):
    """One whole backup. Times are microseconds since 1970 in UTC.

    ``new_bytes`` is what this backup wrote, ``bytes`` what a restore reads. ``needs_key`` says
    that there are credentials in it, which only the file storage-credentials.key opens.
    """

    format: int
    backup_id: str
    server_version: str
    created_at_us: int
    finished_at_us: int
    files: int
    segments: int
    bytes: int
    new_objects: int
    new_bytes: int
    needs_key: bool
    contents: str
    contents_bytes: int
    contents_sha256: str


def backup_object(backup_id: str) -> str:
    return f"{BACKUPS}/{backup_id}.json"


def objects_folder(backup_id: str) -> str:
    return f"objects/{backup_id}"


def is_backup_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def encode_backup(backup: Backup) -> bytes:
    return msgspec.json.format(msgspec.json.encode(backup), indent=1) + b"\n"


def decode_backup(data: bytes) -> Backup | None:
    """The backup, or None where the document is torn: then there is none.

    Raises:
        FeatureNotSupported: 0A000, a newer kalampg wrote it.
    """
    try:
        backup = msgspec.json.decode(data, type=Backup)
    except msgspec.MsgspecError:
        return None
    if backup.format > FORMAT:
        raise errors.FeatureNotSupported(
            f"backup {backup.backup_id} has format {backup.format},"
            f" this version of kalampg reads formats up to {FORMAT}"
        )
    return backup


def encode_contents(contents: Contents) -> bytes:
    return gzip.compress(msgspec.json.encode(contents), mtime=0)


def decode_contents(data: bytes, backup: Backup) -> Contents:
    """The contents of a backup; all names in it are safe to use below a folder.

    Raises:
        DataCorrupted: XX001, these are not what was written.
    """
    damaged = errors.DataCorrupted(f"the contents of backup {backup.backup_id} are damaged")
    if hashlib.sha256(data).hexdigest() != backup.contents_sha256:
        raise damaged
    try:
        contents = msgspec.json.decode(gzip.decompress(data), type=Contents)
    except (msgspec.MsgspecError, OSError, EOFError) as failure:
        raise damaged from failure
    names = [file.name for file in contents.files]
    paths = [segment.path for segment in contents.segments]
    paths += [file.object for file in contents.files]
    paths += [segment.object for segment in contents.segments]
    if not all(map(_FILE_NAME.fullmatch, names)) or not _are_safe(paths):
        raise damaged
    return contents


def _are_safe(paths: Iterable[str]) -> bool:
    """Whether no path leaves the folder that it is below."""
    return not any(
        {"", ".", ".."}.intersection(path.split("/")) or "\0" in path or "\\" in path
        for path in paths
    )
