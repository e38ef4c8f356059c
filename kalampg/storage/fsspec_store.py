"""FsspecStore: objects in any store that fsspec reaches, and how each type of storage is opened.

Invariants:
    - Objects are written under their final names with "create only" where the store knows it;
      nothing is renamed and nothing is found by a pattern.
    - What the libraries raise becomes OSError here, without the credentials that were given.
    - No call takes longer than its limit, and a store that has just let one pass is not asked again
      for a while: whoever needs it hears so at once, and no pool of threads fills up with waiting.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import fsspec
from fsspec.exceptions import FSTimeoutError
from fsspec.spec import AbstractFileSystem

from kalampg import errors
from kalampg.clock import Clock
from kalampg.storage.credentials import MASKED
from kalampg.storage.storage_definition import URI_SCHEMES, Storage, StorageType

_CONNECT_SECONDS: Final = 5.0
# What moves an object may take a second more for each of these: a slow line is not a dead store.
_BYTES_PER_SECOND_MIN: Final = 1024 * 1024
_SECRET_LENGTH_MIN: Final = 4  # shorter texts would blot out innocent words
# How different stores say that a name is taken.
_TAKEN: Final = ("PreconditionFailed", "ConditionalRequestConflict", "BlobAlreadyExists", "412")
_EXTRAS: Final = {StorageType.S3: "s3", StorageType.GCS: "gcs", StorageType.AZURE: "azure"}


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """How long a store may be silent, and how long it is left alone when it was longer."""

    request_seconds_max: float = 60.0
    pause_seconds: float = 10.0


class FsspecStore:
    """Objects below a prefix of an asynchronous file system of fsspec's."""

    def __init__(
        self,
        filesystem: AbstractFileSystem,
        prefix: str,
        clock: Clock,
        *,
        limits: RequestLimits | None = None,
        secrets: Collection[str] = (),
    ) -> None:
        self._filesystem = filesystem
        self._prefix = prefix.strip("/")
        self._clock = clock
        self._limits = limits or RequestLimits()
        self._secrets = [text for text in secrets if len(text) >= _SECRET_LENGTH_MIN]
        self._paused_until_s: float | None = None

    # ``timeout`` is for the ``sync`` of fsspec's that runs each call: the library never sees it.

    def create(self, path: str, source: Path) -> None:
        with self._asking(path, source.stat().st_size) as seconds:
            self._filesystem.put_file(str(source), self._full(path), mode="create", timeout=seconds)

    def replace(self, path: str, data: bytes) -> None:
        with self._asking(path, len(data)) as seconds:
            self._filesystem.pipe_file(self._full(path), data, timeout=seconds)

    def fetch(self, path: str, target: Path, size_bytes: int = 0) -> None:
        with self._asking(path, size_bytes) as seconds:
            self._filesystem.get_file(self._full(path), str(target), timeout=seconds)

    def read(self, path: str, start: int = 0) -> bytes:
        with self._asking(path) as seconds:
            data: bytes = self._filesystem.cat_file(
                self._full(path), start=start or None, timeout=seconds
            )
            return data

    def size(self, path: str) -> int:
        with self._asking(path) as seconds:
            return int(self._filesystem.info(self._full(path), timeout=seconds)["size"])

    def delete(self, path: str) -> None:
        with self._asking(path) as seconds, contextlib.suppress(FileNotFoundError):
            self._filesystem.rm_file(self._full(path), timeout=seconds)

    def list_objects(self, prefix: str) -> Iterator[str]:
        with self._asking(prefix) as seconds:
            self._filesystem.invalidate_cache()
            found: list[str] = self._filesystem.find(self._full(prefix), timeout=seconds)
        start = len(self._prefix) + 1
        return (name.lstrip("/")[start:] for name in found)

    def capacity(self) -> tuple[int, int] | None:
        return None

    def _full(self, path: str) -> str:
        return f"{self._prefix}/{path}".rstrip("/")

    @contextlib.contextmanager
    def _asking(self, path: str, size_bytes: int = 0) -> Iterator[float]:
        """Around one call: how long it may take, and what its failures mean."""
        self._check_pause()
        seconds = self._limits.request_seconds_max + size_bytes / _BYTES_PER_SECOND_MIN
        try:
            yield seconds
        except (FileExistsError, FileNotFoundError) as failure:
            raise type(failure)(self._masked(failure)) from None
        except FSTimeoutError:
            self._paused_until_s = self._clock.monotonic_s() + self._limits.pause_seconds
            raise TimeoutError(f"no answer within {seconds:.0f} s") from None
        except Exception as failure:  # noqa: BLE001 - each library has errors of its own
            text = self._masked(failure)
            if any(word in text for word in _TAKEN):
                raise FileExistsError(f'object "{path}" exists: {text}') from None
            translated = OSError(text)
            translated.errno = getattr(failure, "errno", None)
            raise translated from None
        self._paused_until_s = None

    def _check_pause(self) -> None:
        if self._paused_until_s is None:
            return
        left = self._paused_until_s - self._clock.monotonic_s()
        if left > 0:
            raise TimeoutError(f"no answer a moment ago, it is asked again in {left:.0f} s")

    def _masked(self, failure: BaseException) -> str:
        # s3fs keeps the store's own words in the cause, and has "None" where there were few.
        text = str(failure.__cause__ or failure) or type(failure).__name__
        for secret in self._secrets:
            text = text.replace(secret, MASKED)
        return text


def open_remote(
    storage: Storage,
    config: Mapping[str, str],
    credentials: Mapping[str, str],
    clock: Clock,
    limits: RequestLimits,
) -> FsspecStore:
    """Open an object store; nothing is sent before it is used.

    Raises:
        FeatureNotSupported: 0A000, the library for this type is not installed.
    """
    scheme = URI_SCHEMES[storage.storage_type][0]
    secrets = credentials.values()
    options = _OPTIONS[storage.storage_type](config, credentials, limits.request_seconds_max)
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
        store = FsspecStore(None, "", clock, secrets=secrets)
        raise errors.InvalidParameterValue(
            f"storage '{storage.storage_id}' cannot be opened: {store._masked(failure)}"  # noqa: SLF001
        ) from None
    prefix = storage.base.partition("://")[2]
    return FsspecStore(filesystem, prefix, clock, limits=limits, secrets=secrets)


def _s3_options(
    config: Mapping[str, str], credentials: Mapping[str, str], seconds: float
) -> dict[str, object]:
    both = {**config, **credentials}
    key = both.get("access_key_id") or both.get("access_key")
    secret = both.get("secret_access_key") or both.get("secret_key")
    client = {"region_name": both.get("region"), "endpoint_url": both.get("endpoint")}
    settings: dict[str, object] = {
        "connect_timeout": min(_CONNECT_SECONDS, seconds),
        "read_timeout": seconds,
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


def _gcs_options(
    config: Mapping[str, str], credentials: Mapping[str, str], seconds: float
) -> dict[str, object]:
    # Objects need the JSON interface only. With this on, gcsfs asks another service, over gRPC and
    # with rights of its own, what kind each bucket is, and finds none beside an endpoint of ours.
    os.environ.setdefault("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    options: dict[str, object] = {"timeout": seconds}
    if config.get("endpoint"):
        options["endpoint_url"] = config["endpoint"]
    if config.get("project"):
        options["project"] = config["project"]
    if credentials:
        options["token"] = dict(credentials)
    elif config.get("anonymous", "").lower() == "true":
        options["token"] = "anon"  # noqa: S105 - gcsfs's word for none
    return options


def _azure_options(
    config: Mapping[str, str], credentials: Mapping[str, str], seconds: float
) -> dict[str, object]:
    names = ("account_name", "account_key", "connection_string", "sas_token", "client_id",
             "client_secret", "tenant_id")  # fmt: skip
    both = {**config, **credentials}
    options: dict[str, object] = {name: both[name] for name in names if both.get(name)}
    return {**options, "connection_timeout": _CONNECT_SECONDS, "read_timeout": seconds}


_OPTIONS: Final = {
    StorageType.S3: _s3_options,
    StorageType.GCS: _gcs_options,
    StorageType.AZURE: _azure_options,
}
