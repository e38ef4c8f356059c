"""Statements about backups, as frozen values; see ``statements.py``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BackupDatabase:
    """BACKUP DATABASE TO 'storage:path'."""

    storage_id: str
    path: str


@dataclass(frozen=True, slots=True)
class RestoreDatabase:
    """RESTORE DATABASE FROM 'storage:path' [BACKUP 'id'] TO 'directory'; no id: the newest."""

    storage_id: str
    path: str
    backup_id: str | None
    directory: str


@dataclass(frozen=True, slots=True)
class ShowBackups:
    """SHOW BACKUPS [FROM 'storage:path']; no place: all that backups were written to."""

    storage_id: str | None = None
    path: str = ""
