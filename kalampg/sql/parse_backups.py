"""BACKUP DATABASE, RESTORE DATABASE, SHOW BACKUPS, and the places that they name."""

from __future__ import annotations

import re
from typing import Final

from kalampg import errors
from kalampg.sql.backup_statements import BackupDatabase, RestoreDatabase, ShowBackups
from kalampg.sql.token_stream import TokenStream

# Names of folders and objects that every store can hold.
_PATH: Final = re.compile(r"[A-Za-z0-9_.=@%+-]{1,200}(/[A-Za-z0-9_.=@%+-]{1,200}){0,15}")


def parse_backup(tokens: TokenStream) -> BackupDatabase:
    """BACKUP DATABASE TO 'storage:path'."""
    tokens.expect_words("backup", "database", "to")
    return BackupDatabase(*parse_place(tokens))


def parse_restore(tokens: TokenStream) -> RestoreDatabase:
    """RESTORE DATABASE FROM 'storage:path' [BACKUP 'id'] TO 'directory'."""
    tokens.expect_words("restore", "database", "from")
    storage_id, path = parse_place(tokens)
    backup_id = tokens.expect_string() if tokens.take_words("backup") else None
    tokens.expect_words("to")
    return RestoreDatabase(storage_id, path, backup_id, tokens.expect_string())


def parse_show_backups(tokens: TokenStream) -> ShowBackups:
    """[FROM 'storage:path'], after SHOW BACKUPS."""
    if not tokens.take_words("from"):
        return ShowBackups()
    return ShowBackups(*parse_place(tokens))


def parse_place(tokens: TokenStream) -> tuple[str, str]:
    """``'storage:path'``: a storage, and a folder below its base."""
    position = tokens.position
    written = tokens.expect_string()
    storage_id, _, path = written.partition(":")
    is_safe = _PATH.fullmatch(path) is not None and not {".", ".."}.intersection(path.split("/"))
    if not storage_id or not is_safe:
        raise errors.InvalidParameterValue(
            f"invalid place '{written}', expected 'storage:path'",
            hint="The path is relative, of letters, digits and _ . = @ % + - and /, without '..'.",
            position=position,
        )
    return storage_id, path
