"""CopiedRows: what a large COPY has made and its transaction has not committed yet."""

from __future__ import annotations

from dataclasses import dataclass

from kalampg.engine.stored_table import StoredTable
from kalampg.storage.copied_segments import CopiedSegment
from kalampg.storage.keys import Scope


@dataclass(frozen=True, slots=True)
class CopiedRows:
    """Rows of a COPY in segments that only this transaction knows.

    ``revived`` are keys of deleted rows that are hot: the copied ones take their places.
    """

    table: StoredTable
    scope: Scope
    segments: tuple[CopiedSegment, ...]
    revived: tuple[bytes, ...]
