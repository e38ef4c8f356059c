"""What a restored copy must not do as its original did: jobs end, storages move aside. PURE.

New segments of a table in another storage than ``local`` go below a folder of the copy's own there,
so that no object, and no manifest copy, ever belongs to both. ALTER STORAGE takes a storage back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from kalampg.catalog import load
from kalampg.catalog.records import encode_storage, storage_key
from kalampg.jobs.job import JobEvent, JobKind, advance
from kalampg.jobs.job_store import decode_job, encode_job
from kalampg.storage.restore import Edit, Rows

# What these write to is the original's; all others are about the copy's own rows, and go on.
_OUTSIDE: Final = frozenset({JobKind.MOVE, JobKind.BACKUP, JobKind.RESTORE, JobKind.USER_EXPORT})


def detached(rows: Rows, name: str, now_us: int) -> Iterator[Edit]:
    """The changes; ``name`` is that of the copy's folders, which nobody else has."""
    for key, value in rows.scan("jobs", b"", None):
        job = decode_job(value)
        if job.kind in _OUTSIDE and not job.has_ended:
            ended = advance(job, JobEvent.CANCEL, now_us, message="ended by a restore")
            yield "jobs", key, encode_job(ended)
    for storage in load(rows.scan("catalog", b"", None)).storages.values():
        if storage.base:
            aside = replace(storage, base=f"{storage.base.rstrip('/')}/{name}")
            yield "catalog", storage_key(storage.storage_id), encode_storage(aside)


def has_credentials(rows: Rows) -> bool:
    """Whether some storage has credentials, which need the original's key."""
    catalog = load(rows.scan("catalog", b"", None))
    return any(storage.credentials is not None for storage in catalog.storages.values())
