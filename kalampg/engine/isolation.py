"""IsolationLevel: what a transaction's statements see of other transactions."""

from __future__ import annotations

from enum import Enum


class IsolationLevel(Enum):
    """READ COMMITTED: a snapshot for each statement. The others: one for all of them.

    SERIALIZABLE also checks at COMMIT what was read (``engine.serializable``).
    """

    READ_COMMITTED = "read committed"
    REPEATABLE_READ = "repeatable read"
    SERIALIZABLE = "serializable"


def isolation_level(name: str) -> IsolationLevel:
    """The level of that name; READ UNCOMMITTED is READ COMMITTED, as in PostgreSQL."""
    return IsolationLevel("read committed" if name == "read uncommitted" else name)
