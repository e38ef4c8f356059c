"""SequenceMemory: what currval and lastval give back to a session."""

from __future__ import annotations

from dataclasses import dataclass, field

from kalampg.ids import Oid


@dataclass(slots=True)
class SequenceMemory:
    """What a session has taken: the newest value of each sequence, and which came last."""

    values: dict[Oid, int] = field(default_factory=dict)
    newest: Oid | None = None

    def forget(self) -> None:
        """DISCARD SEQUENCES."""
        self.values.clear()
        self.newest = None
