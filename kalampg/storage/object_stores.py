"""ObjectStores: the open object store of each storage, by its id. Any thread.

``local`` is not among them: its objects are files of the data directory, read where they are.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from kalampg import errors
from kalampg.clock import Clock
from kalampg.storage.credentials import CredentialVault
from kalampg.storage.fsspec_store import RequestLimits, open_remote
from kalampg.storage.object_store import FilesystemStore, ObjectStore
from kalampg.storage.storage_definition import Storage, StorageType

StorageLookup: TypeAlias = Callable[[str], Storage | None]


class ObjectStores:
    """Opens stores when they are first used, and again when their definition has changed."""

    def __init__(
        self,
        vault: CredentialVault,
        definition_of: StorageLookup,
        clock: Clock,
        limits: RequestLimits | None = None,
    ) -> None:
        self._vault = vault
        self._definition_of = definition_of
        self._clock = clock
        self._limits = limits or RequestLimits()
        self._open: dict[str, tuple[Storage, ObjectStore]] = {}
        self._lock = threading.Lock()

    def store_of(self, storage_id: str) -> ObjectStore:
        """The store of a storage; of a dropped one for as long as this process remembers it.

        Raises:
            UndefinedObject: 42704, there is no such storage. IoError: 58030, no key.
        """
        definition = self._definition_of(storage_id)
        with self._lock:
            known = self._open.get(storage_id)
            if known is not None and definition in {None, known[0]}:
                return known[1]
            if definition is None:
                raise errors.UndefinedObject(f"Storage '{storage_id}' does not exist")
            store = self.open(definition)
            self._open[storage_id] = (definition, store)
            return store

    def open(self, storage: Storage) -> ObjectStore:
        """Open a storage anew, whatever is kept under its id.

        Raises:
            FeatureNotSupported: 0A000, its library is not installed. IoError: 58030, no key.
        """
        if storage.storage_type is StorageType.FILESYSTEM:
            return FilesystemStore(Path(storage.base))
        credentials: dict[str, str] = {}
        if storage.credentials is not None:
            opened = self._vault.open(storage.storage_id, storage.credentials)
            credentials = json.loads(opened)
        return open_remote(
            storage, json.loads(storage.config), credentials, self._clock, self._limits
        )
