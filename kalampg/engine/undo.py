"""What a transaction's undo log remembers of each change, to take it back.

A pending row's entry is not here: it is a plain tuple, because every write makes one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from kalampg.engine.check_queue import CheckQueue, PendingCheck
from kalampg.storage.keys import Scope

if TYPE_CHECKING:
    from kalampg.engine.transaction import PendingRow

# Key of an index entry: the row key that it leads to, or None where the entry is taken away.
Entries: TypeAlias = dict[bytes, bytes | None]


@dataclass(frozen=True, slots=True)
class Truncation:
    """What TRUNCATE took away: the scope's pending rows, and whether it was empty already."""

    scope: Scope
    rows: dict[bytes, PendingRow]
    entries: Entries
    size_bytes: int
    was_truncated: bool


class EntryChange(msgspec.Struct, frozen=True):
    """What an index entry was before; ``was_there`` is False where the overlay had none."""

    scope: Scope
    key: bytes
    before: bytes | None
    was_there: bool


class Queued(msgspec.Struct, frozen=True):
    """A check was queued."""

    queue: CheckQueue


class Settled(msgspec.Struct, frozen=True):
    """What a queue was before checks were run."""

    queue: CheckQueue
    checks: list[PendingCheck]
    settled: int


class Deferral(msgspec.Struct, frozen=True):
    """What SET CONSTRAINTS had said before."""

    modes: dict[int | None, bool]


# What of an undo log is defined here.
Change: TypeAlias = EntryChange | Queued | Settled | Deferral | Truncation
