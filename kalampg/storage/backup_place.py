"""BackupPlace: the backups below one path of a storage. Everything blocks; any thread."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kalampg import errors
from kalampg.storage.backup_format import (
    BACKUPS,
    Backup,
    Contents,
    backup_object,
    decode_backup,
    decode_contents,
    is_backup_id,
)
from kalampg.storage.object_store import ObjectStore


class BackupPlace:
    """What is there; ``path`` is relative to the storage's base and may be empty.

    The paths of objects are relative to that. Failures are OSError, as ``ObjectStore``'s.
    """

    def __init__(self, store: ObjectStore, path: str) -> None:
        self._store = store
        self._path = path

    def create(self, path: str, source: Path) -> None:
        self._store.create(self._full(path), source)

    def fetch(self, path: str, target: Path, size_bytes: int) -> None:
        self._store.fetch(self._full(path), target, size_bytes)

    def size(self, path: str) -> int:
        return self._store.size(self._full(path))

    def delete(self, path: str) -> None:
        self._store.delete(self._full(path))

    def objects(self, folder: str) -> list[str]:
        """The objects below a folder."""
        skip = len(self._full(""))
        return [name[skip:] for name in self._store.list_objects(self._full(folder))]

    def backups(self) -> list[Backup]:
        """The whole backups, oldest first.

        Raises:
            OSError: the storage cannot be read.
        """
        return sorted(self._whole(), key=lambda backup: (backup.created_at_us, backup.backup_id))

    def find(self, backup_id: str) -> Backup | None:
        """One backup; None where there is none, or where its document is torn."""
        if not is_backup_id(backup_id):
            return None
        try:
            return decode_backup(self._store.read(self._full(backup_object(backup_id))))
        except FileNotFoundError:
            return None

    def required(self, backup_id: str | None) -> Backup:
        """One backup, or the newest.

        Raises:
            UndefinedObject: 42704, there is none. OSError: the storage cannot be read.
        """
        if backup_id is not None:
            found = self.find(backup_id)
            if found is None:
                raise errors.UndefinedObject(f'backup "{backup_id}" does not exist')
            return found
        backups = self.backups()
        if not backups:
            raise errors.UndefinedObject("there is no backup")
        return backups[-1]

    def contents(self, backup: Backup) -> Contents:
        """What a backup has.

        Raises:
            DataCorrupted: XX001, it is not what was written. OSError: it cannot be read.
        """
        return decode_contents(self._store.read(self._full(backup.contents)), backup)

    def _whole(self) -> Iterator[Backup]:
        for name in self.objects(BACKUPS):
            stem, _, ending = name.rpartition("/")[2].partition(".")
            backup = self.find(stem) if ending == "json" else None
            if backup is not None:
                yield backup

    def _full(self, path: str) -> str:
        return f"{self._path}/{path}" if self._path else path
