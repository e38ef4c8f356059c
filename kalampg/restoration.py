"""``kalampg restore``: a backup becomes a data directory on a machine without a running server."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from kalampg import errors
from kalampg.clock import SystemClock
from kalampg.jobs.restore_job import folder_name, restore_directory
from kalampg.storage.credentials import KEY_FILE
from kalampg.storage.fsspec_store import RequestLimits, open_remote
from kalampg.storage.object_store import FilesystemStore, ObjectStore
from kalampg.storage.storage_definition import URI_SCHEMES, Storage, StorageType

_TYPES: Final = {
    scheme: storage_type for storage_type, schemes in URI_SCHEMES.items() for scheme in schemes
}


def open_place(place: str, config: str, credentials: str | None) -> ObjectStore:
    """The store of a path, or of a URI ``scheme://bucket/path``.

    Raises:
        InvalidParameterValue: 22023, there is no such scheme, or a JSON text is none.
        FeatureNotSupported: 0A000, the library for this type is not installed.
    """
    scheme, separator, rest = place.partition("://")
    if not separator:
        return FilesystemStore(Path(place))
    storage_type = _TYPES.get(scheme)
    if storage_type is None:
        raise errors.InvalidParameterValue(f"there is no storage with URIs like '{scheme}://'")
    if storage_type is StorageType.FILESYSTEM:
        return FilesystemStore(Path(rest))
    base = f"{URI_SCHEMES[storage_type][0]}://{rest.rstrip('/')}"
    return open_remote(
        Storage("backups", storage_type, "backups", base),
        _texts(config, "--storage-config"),
        _texts(credentials or "{}", "--credentials"),
        SystemClock(),
        RequestLimits(),
    )


def restore(
    source: ObjectStore, backup_id: str | None, target: Path, write_line: Callable[[str], None]
) -> None:
    """Restore into ``target`` and say what is there then, and what is still to do.

    Raises:
        PgError: as ``restore_directory``.
    """
    identity = secrets.token_hex(8)
    backup = restore_directory(
        source, backup_id, target.resolve(), identity=identity, clock=SystemClock()
    )
    write_line(
        f"restored {backup.backup_id} into {target}"
        f" ({backup.segments} segments, {backup.bytes} bytes)"
    )
    write_line(f"new segments of other storages go below {folder_name(identity)}/ there")
    if backup.needs_key:
        write_line(f"its storages have credentials: put {KEY_FILE} of the original into {target}")


def _texts(written: str, option: str) -> dict[str, str]:
    # What is wrong is not quoted: it may be a credential.
    wrong = errors.InvalidParameterValue(f"{option} must be a JSON object of texts")
    try:
        found = json.loads(written)
    except ValueError:
        raise wrong from None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise wrong
    return found
