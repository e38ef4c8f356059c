"""FsspecStore: objects in any store that fsspec reaches, and how each type of storage is opened.

Invariants:
    - Objects are written under their final names with "create only" where the store knows it;
      nothing is renamed and nothing is found by a pattern.
    - What the libraries raise becomes OSError here, without the credentials that were given.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

import fsspec
from fsspec.spec import AbstractFileSystem

from kalampg import errors
from kalampg.storage.credentials import MASKED
from kalampg.storage.storage_definition import URI_SCHEMES, Storage, StorageType

# A store that does not answer must not hold a job's thread for ever.
_CONNECT_SECONDS: Final = 5
_READ_SECONDS: Final = 60
_SECRET_LENGTH_MIN: Final = 4  # shorter texts would blot out innocent words
# How different stores say that a name is taken.
_TAKEN: Final = ("PreconditionFailed", "ConditionalRequestConflict", "BlobAlreadyExists", "412")
_EXTRAS: Final = {StorageType.S3: "s3", StorageType.GCS: "gcs", StorageType.AZURE: "azure"}


class FsspecStore:
    """Objects below a prefix of a file system of fsspec's."""

    def __init__(
        self, filesystem: AbstractFileSystem, prefix: str, secrets: Collection[str] = ()
    ) -> None:
        self._filesystem = filesystem
        self._prefix = prefix.strip("/")
        self._secrets = [text for text in secrets if len(text) >= _SECRET_LENGTH_MIN]

    def create(self, path: str, source: Path) -> None:
        with self._translated(path):
            self._filesystem.put_file(str(source), self._full(path), mode="create")

    def replace(self, path: str, data: bytes) -> None:
        with self._translated(path):
            self._filesystem.pipe_file(self._full(path), data)

    def fetch(self, path: str, target: Path) -> None:
        with self._translated(path):
            self._filesystem.get_file(self._full(path), str(target))

    def read(self, path: str) -> bytes:
        with self._translated(path):
            data: bytes = self._filesystem.cat_file(self._full(path))
            return data

    def size(self, path: str) -> int:
        with self._translated(path):
            return int(self._filesystem.size(self._full(path)))

    def delete(self, path: str) -> None:
        with self._translated(path), contextlib.suppress(FileNotFoundError):
            self._filesystem.rm_file(self._full(path))

    def list_objects(self, prefix: str) -> Iterator[str]:
        with self._translated(prefix):
            self._filesystem.invalidate_cache()
            found: list[str] = self._filesystem.find(self._full(prefix))
        start = len(self._prefix) + 1
        return (name.lstrip("/")[start:] for name in found)

    def capacity(self) -> tuple[int, int] | None:
        return None

    def _full(self, path: str) -> str:
        return f"{self._prefix}/{path}".rstrip("/")

    @contextlib.contextmanager
    def _translated(self, path: str) -> Iterator[None]:
        try:
            yield
        except (FileExistsError, FileNotFoundError) as failure:
            raise type(failure)(self._masked(failure)) from None
        except Exception as failure:  # noqa: BLE001 - each library has errors of its own
            text = self._masked(failure)
            if any(word in text for word in _TAKEN):
                raise FileExistsError(f'object "{path}" exists: {text}') from None
            raise OSError(text) from None

    def _masked(self, failure: BaseException) -> str:
        text = str(failure) or type(failure).__name__
        for secret in self._secrets:
            text = text.replace(secret, MASKED)
        return text


def open_remote(
    storage: Storage, config: Mapping[str, str], credentials: Mapping[str, str]
) -> FsspecStore:
    """Open an object store; nothing is sent before it is used.

    Raises:
        FeatureNotSupported: 0A000, the library for this type is not installed.
    """
    scheme = URI_SCHEMES[storage.storage_type][0]
    options = _OPTIONS[storage.storage_type](config, credentials)
    try:
        filesystem = fsspec.filesystem(
            scheme, skip_instance_cache=True, use_listings_cache=False, **options
        )
    except ImportError:
        extra = _EXTRAS[storage.storage_type]
        raise errors.FeatureNotSupported(
            f"storages of type '{storage.storage_type}' need a library that is not installed",
            hint=f"Install kalampg[{extra}] and restart the server.",
        ) from None
    except (ValueError, TypeError) as failure:
        store = FsspecStore(None, "", credentials.values())
        raise errors.InvalidParameterValue(
            f"storage '{storage.storage_id}' cannot be opened: {store._masked(failure)}"  # noqa: SLF001
        ) from None
    return FsspecStore(filesystem, storage.base.partition("://")[2], credentials.values())


def _s3_options(config: Mapping[str, str], credentials: Mapping[str, str]) -> dict[str, object]:
    both = {**config, **credentials}
    key = both.get("access_key_id") or both.get("access_key")
    secret = both.get("secret_access_key") or both.get("secret_key")
    client = {"region_name": both.get("region"), "endpoint_url": both.get("endpoint")}
    settings: dict[str, object] = {
        "connect_timeout": _CONNECT_SECONDS,
        "read_timeout": _READ_SECONDS,
        "retries": {"max_attempts": 2},
    }
    if both.get("path_style", "true").lower() == "true":
        settings["s3"] = {"addressing_style": "path"}
    return {
        "key": key,
        "secret": secret,
        "token": both.get("session_token"),
        "client_kwargs": {name: value for name, value in client.items() if value},
        "config_kwargs": settings,
    }


def _gcs_options(config: Mapping[str, str], credentials: Mapping[str, str]) -> dict[str, object]:
    options: dict[str, object] = {"timeout": _READ_SECONDS}
    if config.get("endpoint"):
        options["endpoint_url"] = config["endpoint"]
    if config.get("project"):
        options["project"] = config["project"]
    if credentials:
        options["token"] = dict(credentials)
    return options


def _azure_options(config: Mapping[str, str], credentials: Mapping[str, str]) -> dict[str, object]:
    names = ("account_name", "account_key", "connection_string", "sas_token", "client_id",
             "client_secret", "tenant_id")  # fmt: skip
    both = {**config, **credentials}
    return {name: both[name] for name in names if both.get(name)}


_OPTIONS: Final = {
    StorageType.S3: _s3_options,
    StorageType.GCS: _gcs_options,
    StorageType.AZURE: _azure_options,
}
