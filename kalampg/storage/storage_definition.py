"""Storage: a place for segments, as an operator defined it. PURE.

What is done with it is ``object_stores.py``; where it is kept is the catalog's business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from kalampg.storage.templates import SHARED_TEMPLATE, USER_TEMPLATE

LOCAL_STORAGE: Final = "local"


class StorageType(StrEnum):
    """What a storage lies on."""

    FILESYSTEM = "filesystem"
    S3 = "s3"
    GCS = "gcs"
    AZURE = "azure"


# The schemes under which a URI may name each type; the first is the one that is kept.
URI_SCHEMES: Final = {
    StorageType.FILESYSTEM: ("file",),
    StorageType.S3: ("s3",),
    StorageType.GCS: ("gs", "gcs"),
    StorageType.AZURE: ("az", "abfs"),
}


@dataclass(frozen=True, slots=True)
class Storage:
    """One storage.

    ``base`` is an absolute folder, a URI ``scheme://bucket[/prefix]`` without a slash at its end,
    or empty for ``local``. ``config`` is a JSON object of texts. ``credentials`` are sealed: only
    ``credentials.py`` can read them.
    """

    storage_id: str
    storage_type: StorageType
    name: str
    base: str
    description: str | None = None
    config: str = "{}"
    credentials: bytes | None = field(default=None, repr=False)
    shared_template: str = SHARED_TEMPLATE
    user_template: str = USER_TEMPLATE
    created_at_us: int = 0
    updated_at_us: int = 0

    @property
    def is_local(self) -> bool:
        return self.storage_id == LOCAL_STORAGE


LOCAL: Final = Storage(
    LOCAL_STORAGE,
    StorageType.FILESYSTEM,
    LOCAL_STORAGE,
    "",
    "The data directory's own storage",
)
