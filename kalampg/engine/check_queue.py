"""CheckQueue: checks and actions that wait for a statement's end or for COMMIT.

A queue is part of its transaction: what is taken back takes its checks with it, and checks that
were run since are to be run again. ``engine.transaction`` keeps the undo log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kalampg.ids import Oid

if TYPE_CHECKING:
    from kalampg.engine.transaction import Transaction


class Deferrable(Protocol):
    """A constraint that may wait for COMMIT."""

    @property
    def oid(self) -> Oid: ...

    @property
    def is_deferrable(self) -> bool: ...

    @property
    def is_deferred(self) -> bool: ...


class PendingCheck(Protocol):
    """What still has to hold, or to be done to other rows, because of a change."""

    @property
    def constraint(self) -> Deferrable: ...

    def run(self, transaction: Transaction) -> None:
        """Look, and raise if it does not hold; may raise Suspended in the middle."""


class CheckQueue:
    """Checks in the order they came; the first ``settled`` of them have been run."""

    __slots__ = ("checks", "settled")

    def __init__(self) -> None:
        self.checks: list[PendingCheck] = []
        self.settled = 0

    @property
    def is_settled(self) -> bool:
        return self.settled >= len(self.checks)


class CheckQueues:
    """What waits in one transaction.

    ``modes`` is SET CONSTRAINTS: constraints by OID (None: all others), and whether they wait for
    COMMIT.
    """

    __slots__ = ("at_commit", "at_statement_end", "modes")

    def __init__(self) -> None:
        self.at_statement_end = CheckQueue()
        self.at_commit = CheckQueue()
        self.modes: dict[int | None, bool] = {}

    def is_deferred(self, constraint: Deferrable) -> bool:
        """Whether the constraint waits for COMMIT in this transaction."""
        if not constraint.is_deferrable:
            return False
        return self.modes.get(constraint.oid, self.modes.get(None, constraint.is_deferred))
