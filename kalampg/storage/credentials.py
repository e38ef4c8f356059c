"""Credentials of storages, sealed: AES-256-GCM under a key that lies beside the data, mode 0600.

The key file is not part of the row store: a copy of the rows alone tells no credential.

Layout:
    nonce (12 bytes), ciphertext, tag. The storage's id is authenticated with it, so that sealed
    credentials cannot be moved to another storage.

Invariants:
    - No error that leaves this module quotes what was sealed.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kalampg import errors
from kalampg.storage.data_directory import sync_directory

KEY_FILE: Final = "storage-credentials.key"
MASKED: Final = "****"
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class CredentialVault:
    """Seals and opens credentials; the key is made when the first are sealed. Any thread."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / KEY_FILE

    def seal(self, storage_id: str, text: str) -> bytes:
        """Encrypt ``text``; blocks on the key file.

        Raises:
            IoError: 58030, the key cannot be read or written.
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        key = self._key(may_create=True)
        return nonce + AESGCM(key).encrypt(nonce, text.encode(), storage_id.encode())

    def open(self, storage_id: str, sealed: bytes) -> str:
        """Undo ``seal``.

        Raises:
            IoError: 58030, the key cannot be read. DataCorrupted: XX001, it is another key.
        """
        key = self._key(may_create=False)
        nonce, data = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return AESGCM(key).decrypt(nonce, data, storage_id.encode()).decode()
        except InvalidTag:
            raise errors.DataCorrupted(
                f"the credentials of storage '{storage_id}' cannot be decrypted",
                hint=f"Restore the file {KEY_FILE}, or set them again with ALTER STORAGE.",
            ) from None

    def _key(self, *, may_create: bool) -> bytes:
        try:
            if may_create and not self._path.exists():
                self._create()
            key = self._path.read_bytes()
        except OSError as failure:
            raise errors.IoError(f"could not read {KEY_FILE}: {failure.strerror}") from failure
        if len(key) != _KEY_BYTES:
            raise errors.DataCorrupted(f"{KEY_FILE} does not hold a key")
        return key

    def _create(self) -> None:
        # Written aside and linked under its name: a crash leaves a whole key or none, and of two
        # that are made at once one wins.
        fresh = self._path.with_name(f"{KEY_FILE}.{secrets.token_hex(4)}.new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, secrets.token_bytes(_KEY_BYTES))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        try:
            os.link(fresh, self._path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        sync_directory(self._path.parent)
