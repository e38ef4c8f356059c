"""Lock modes of rows, and their conflicts: PostgreSQL's table, as one sum."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

# Two modes conflict when their numbers make this sum: that is PostgreSQL's table of row locks.
_CONFLICT_SUM: Final = 5


class LockMode(IntEnum):
    """How strongly a row is locked. A stronger mode conflicts with all that a weaker one does.

    A row is updated under NO_KEY_UPDATE; deleted, inserted or given another key under UPDATE.
    Advisory locks are SHARE and UPDATE (exclusive).
    """

    KEY_SHARE = 1
    SHARE = 2
    NO_KEY_UPDATE = 3
    UPDATE = 4

    def conflicts_with(self, other: LockMode) -> bool:
        return self + other >= _CONFLICT_SUM


class LockWait(IntEnum):
    """What a statement does about a row that another transaction has locked."""

    BLOCK = 0
    SKIP_LOCKED = 1
    NOWAIT = 2
