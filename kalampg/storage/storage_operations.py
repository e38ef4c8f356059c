"""StorageOperations: what commands do with storages. What blocks runs in ``executor``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Final, TypeVar

from kalampg import errors
from kalampg.clock import Clock
from kalampg.ids import TableId
from kalampg.storage import remote_objects
from kalampg.storage.backup_format import BACKUP_PLACES, Backup
from kalampg.storage.backup_place import BackupPlace
from kalampg.storage.credentials import CredentialVault
from kalampg.storage.disk_space import storage_error
from kalampg.storage.keys import split_row_key
from kalampg.storage.object_store import FilesystemStore, ObjectStore
from kalampg.storage.object_stores import ObjectStores
from kalampg.storage.restore import is_restorable
from kalampg.storage.segment import decode_segment
from kalampg.storage.storage_check import StorageHealth, check_storage
from kalampg.storage.storage_definition import LOCAL_STORAGE, Storage
from kalampg.storage.store import Store

T = TypeVar("T")
# Folders that belong to the system. KalamDB's list, and what is as dangerous.
_UNSAFE: Final = ("/etc", "/root", "/var/log", "/proc", "/sys", "/dev", "/boot", "/bin", "/sbin",
                  "/usr", "/lib", "/lib64")  # fmt: skip


class StorageOperations:
    """Seals credentials, checks storages, and says who uses one."""

    def __init__(
        self,
        store: Store,
        vault: CredentialVault,
        stores: ObjectStores,
        executor: Executor,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
        restore_root: Path | None = None,
    ) -> None:
        """Restores go below ``restore_root``; without it there are none by SQL."""
        self._restore_root = restore_root
        self._store = store
        self._vault = vault
        self._stores = stores
        self._executor = executor
        self._clock = clock
        self._random_bytes = random_bytes

    async def seal(self, storage_id: str, credentials: str) -> bytes:
        """Encrypt credentials for the catalog; raises IoError (58030)."""
        return await self._in_worker(lambda: self._vault.seal(storage_id, credentials))

    async def safe_folder(self, written: str) -> str:
        """The absolute folder that a path names.

        Raises:
            InvalidParameterValue: 22023, nobody should write segments there.
        """
        return await self._in_worker(lambda: _safe_folder(written, self._store.root.parent))

    async def check_openable(self, storage: Storage) -> None:
        """Raise 0A000 if the storage's library is missing, 22023 if it refuses the options."""
        await self._in_worker(lambda: self._stores.open(storage))

    async def check(self, storage: Storage, *, is_extended: bool) -> StorageHealth:
        """Try everything that the storage is used for.

        Raises:
            FeatureNotSupported: 0A000, its library is not installed. IoError: 58030, no key.
        """
        name = self._random_bytes(8).hex()

        def work() -> StorageHealth:
            opened: ObjectStore = (
                FilesystemStore(self._store.root)
                if storage.is_local
                else self._stores.open(storage)
            )
            return check_storage(opened, name, self._clock, is_extended=is_extended)

        return await self._in_worker(work)

    async def backups(self, storage_id: str, path: str) -> list[Backup]:
        """The whole backups in a place, oldest first.

        Raises:
            IoError: 58030, it cannot be read. FeatureNotSupported: 0A000, one is too new.
        """
        place = BackupPlace(self._store.files.store_outside(storage_id), path)
        try:
            return await self._in_worker(place.backups)
        except OSError as failure:
            raise storage_error(f"could not read '{storage_id}:{path}'", failure) from failure

    def backup_places(self) -> list[tuple[str, str]]:
        """The storages and paths that backups were written to."""
        entries = self._store.read_all("meta", BACKUP_PLACES)
        written = (key.removeprefix(BACKUP_PLACES).decode() for key, _ in entries)
        parts = (place.partition(":") for place in written)
        return [(storage_id, path) for storage_id, _, path in parts]

    async def restore_directory(self, written: str) -> str:
        """The absolute directory that a restore may write to.

        Raises:
            ObjectNotInPrerequisiteState: 55000, none is configured, or it is not empty.
            InvalidParameterValue: 22023, it is not below the configured one.
        """
        root = self._restore_root
        if root is None:
            raise errors.ObjectNotInPrerequisiteState(
                "no directory for restores is configured",
                hint="Set storage.restore_root, or use the command kalampg restore.",
            )
        data_dir = self._store.root.parent
        return await self._in_worker(lambda: _restore_directory(written, root, data_dir))

    async def tables_with_objects(self, storage_id: str) -> set[TableId]:
        """The tables that have segments in the storage.

        Raises:
            ObjectInUse: 55006, objects are being written there, or wait for their deletion.
        """
        if storage_id != LOCAL_STORAGE:
            await self._synced()  # what was dropped a moment ago may go now
            await self._in_worker(self._store.remove_garbage)
        prefix = remote_objects.RECORDS + f"{storage_id}/".encode()
        deleted = set(self._store.garbage.deleted())
        pending = remote_objects.names_in(self._store.read_all("meta", prefix))
        if any(name not in deleted for name in pending):
            raise errors.ObjectInUse(
                f"storage '{storage_id}' has objects that are being written or deleted",
                hint="Try again when the jobs that use it have ended.",
            )

        def work() -> set[TableId]:
            return {
                split_row_key(key)[0].table_id
                for key, value in self._store.read_all("segments")
                if decode_segment(value).storage_id == storage_id
            }

        return await self._in_worker(work)

    async def _synced(self) -> None:
        synced: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def done(failure: BaseException | None) -> None:
            if not synced.done():
                if failure is None:
                    synced.set_result(None)
                else:
                    synced.set_exception(failure)

        self._store.gate.when_synced(self._store.gate.written, done)
        await synced

    def _in_worker(self, work: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._executor, work)


def _safe_folder(written: str, data_dir: Path) -> str:
    if not written or "\0" in written or "\\" in written or ".." in Path(written).parts:
        raise _unsafe(written)
    folder = Path(written).resolve()
    data_dir = data_dir.resolve()
    is_taken = folder == data_dir or data_dir in folder.parents or folder in data_dir.parents
    names = {str(folder), str(Path(written).absolute())}
    is_system = any(
        name == unsafe or name.startswith(f"{unsafe}/") for name in names for unsafe in _UNSAFE
    )
    if is_taken or is_system:
        raise _unsafe(written)
    return str(folder)


def _restore_directory(written: str, root: Path, data_dir: Path) -> str:
    if not written or "\0" in written or ".." in Path(written).parts:
        raise errors.InvalidParameterValue(f"invalid directory '{written}'")
    root, data_dir = root.resolve(), data_dir.resolve()
    folder = (root / written).resolve()  # an absolute path stays what it is
    if root not in folder.parents or folder == data_dir or data_dir in folder.parents:
        raise errors.InvalidParameterValue(
            f"directory '{written}' is not below the configured directory for restores",
            hint="Name a folder below storage.restore_root that is not the server's own.",
        )
    if not is_restorable(folder):
        raise errors.ObjectNotInPrerequisiteState(f'directory "{folder}" is not empty')
    return str(folder)


def _unsafe(written: str) -> errors.InvalidParameterValue:
    return errors.InvalidParameterValue(
        f"Invalid storage path '{written}': not a safe place for segments",
        hint="Name a folder of its own outside the system's and the server's folders,"
        " without '..'.",
    )
