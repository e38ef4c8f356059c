"""Object paths of segments: which object of a storage belongs to which scope. PURE.

Layout:
    {namespace}/{table}/{user}/YYYY-MM-DDTHH-MM-SS-{segment id}.parquet below the storage's root;
    shared tables have no user level. Names are percent-encoded, all but ``a-z 0-9 _ -``.

Invariants:
    - No name leaves its folder, is hidden, empty or a device's, or meets another name, also on a
      filesystem that ignores case: upper case, dots and slashes are encoded.
    - A user's folder never meets an object of a shared table: only objects have a dot.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Final

from kalampg.ids import SegmentId

MANIFEST_COPY: Final = "manifest.json"
# How ``object_path`` names objects, and nothing else: recovery deletes only objects that match.
OBJECT_NAME: Final = re.compile(r"\d{4,}-\d\d-\d\dT\d\d-\d\d-\d\d-\d+\.parquet")
_PLAIN: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_-")
# Common filesystems end a name at 255 bytes. Longer ones keep their beginning, for people, and end
# in a hash: "%" and two hexadecimal digits never follow "%%", so that they meet no shorter name.
_NAME_BYTES_MAX: Final = 200
_HASH_BYTES: Final = 16
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def path_component(name: str) -> str:
    """Return the folder name of a namespace, table or user."""
    encoded = "".join(chr(byte) if byte in _PLAIN else f"%{byte:02x}" for byte in name.encode())
    if not encoded:
        return "%%"
    if encoded[0] == "-":
        # A leading dash reads as an option in every command line.
        encoded = "%2d" + encoded[1:]
    if len(encoded) <= _NAME_BYTES_MAX:
        return encoded
    digest = hashlib.blake2b(name.encode(), digest_size=_HASH_BYTES).hexdigest()
    return f"{encoded[: _NAME_BYTES_MAX - 2 * _HASH_BYTES - 2]}%%{digest}"


def scope_folder(schema_name: str, table_name: str, user_id: str) -> str:
    """Return the folder of a scope's objects, relative to the storage's root."""
    components = [schema_name, table_name, user_id] if user_id else [schema_name, table_name]
    return "/".join(map(path_component, components))


def object_path(folder: str, created_at_us: int, segment_id: SegmentId) -> str:
    """Return the path of a new segment's object in a folder of any storage."""
    created_at = _EPOCH + timedelta(microseconds=created_at_us)
    stamp = created_at.strftime("%Y-%m-%dT%H-%M-%S")
    return f"{folder}/{stamp}-{segment_id}.parquet"
