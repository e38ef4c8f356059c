"""Properties of storages as they are written: places, credentials and config. PURE.

No message quotes credentials, not even the part of them that is no JSON.
"""

from __future__ import annotations

import json
import re
from typing import Final

from kalampg import errors
from kalampg.sql.storage_statements import StorageProperties
from kalampg.storage.storage_definition import URI_SCHEMES, Storage, StorageType

_URI: Final = re.compile(r"([a-z0-9]+)://(.*)", re.DOTALL)
_BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,221}")
_PREFIX_PART: Final = re.compile(r"[A-Za-z0-9_=-][A-Za-z0-9_.=-]*")
# What belongs in CREDENTIALS: CONFIG is shown.
_SECRET_NAME: Final = re.compile(r".*(secret|password|token|credential|access_?key|account_key"
                                 r"|connection_string|private).*", re.IGNORECASE)  # fmt: skip


def base_of(storage_type: StorageType, properties: StorageProperties) -> str:
    """The folder as written, or the URI in its kept form.

    Raises:
        InvalidParameterValue: 22023, it is missing or not one of this type.
    """
    written = properties.base
    if storage_type is StorageType.FILESYSTEM:
        if not written or properties.bucket is not None:
            raise _invalid("Storages of type 'filesystem' need a PATH", "PATH '/srv/kalampg'")
        uri = _URI.fullmatch(written)
        if uri is None:
            return written
        if uri[1] != "file" or not uri[2].startswith("/"):
            raise _invalid(
                "Invalid URI for a storage of type 'filesystem'", "URI 'file:///srv/kalampg'"
            )
        return uri[2]
    schemes = URI_SCHEMES[storage_type]
    example = f"URI '{schemes[0]}://bucket/prefix'"
    if properties.bucket is not None:
        if written is not None:
            raise _invalid("BUCKET and URI exclude each other", example)
        written = f"{schemes[0]}://{properties.bucket}"
    if not written:
        raise _invalid(f"Storages of type '{storage_type}' need a BUCKET or a URI", example)
    uri = _URI.fullmatch(written)
    if uri is None or uri[1] not in schemes:
        raise _invalid(f"Invalid URI for a storage of type '{storage_type}'", example)
    bucket, *parts = uri[2].rstrip("/").split("/")
    if _BUCKET.fullmatch(bucket) is None or not all(map(_PREFIX_PART.fullmatch, parts)):
        raise _invalid("Invalid bucket or prefix in the URI", example)
    return f"{schemes[0]}://{'/'.join([bucket, *parts])}"


def checked_credentials(storage_type: StorageType, written: str | None) -> str | None:
    """The credentials as JSON; None: none were written.

    Raises:
        InvalidParameterValue: 22023, they are not an object of texts.
    """
    if written is None:
        return None
    if storage_type is StorageType.FILESYSTEM:
        raise errors.InvalidParameterValue("Storages of type 'filesystem' have no CREDENTIALS")
    return json.dumps(_texts("credentials", written))


def checked_config(storage: Storage, properties: StorageProperties) -> str:
    """The config as JSON, with the region; what was before where nothing was written.

    Raises:
        InvalidParameterValue: 22023, it is not an object of texts, or has secrets in it.
    """
    if properties.config is None and properties.region is None:
        return storage.config
    config = _texts("config", storage.config if properties.config is None else properties.config)
    for name in config:
        if _SECRET_NAME.fullmatch(name):
            raise errors.InvalidParameterValue(
                f"Config must not have the key '{name}'", hint="Put it into CREDENTIALS."
            )
    if properties.region is not None:
        config["region"] = properties.region
    return json.dumps(config)


def _texts(what: str, written: str) -> dict[str, str]:
    try:
        document = json.loads(written)
    except json.JSONDecodeError as failure:
        raise errors.InvalidParameterValue(
            f"Invalid {what} JSON: {failure.msg} at character {failure.pos + 1}"
        ) from None
    if not isinstance(document, dict):
        raise errors.InvalidParameterValue(f"{what.capitalize()} must be a JSON object")
    if not all(isinstance(value, str | int | bool) for value in document.values()):
        raise errors.InvalidParameterValue(f"The values in {what} must be texts")
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in document.items()
    }


def _invalid(problem: str, example: str) -> errors.InvalidParameterValue:
    return errors.InvalidParameterValue(problem, hint=f"The right form is, for example, {example}.")
