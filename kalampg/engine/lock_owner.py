"""LockOwner: a session as the lock table sees it, with what it holds."""

from __future__ import annotations

from collections import Counter
from typing import TypeAlias

from kalampg.ids import BackendPid
from kalampg.sql.lock_modes import LockMode
from kalampg.storage.keys import Scope

Resource: TypeAlias = tuple[Scope, bytes]


class LockOwner:
    """``held`` is what its transaction holds, ``kept`` what it holds beyond it: how often, by mode.

    ``log`` is what ``held`` had of each lock before it was taken, since the first savepoint; None:
    there is none. ``engine.locks`` alone changes them.
    """

    __slots__ = ("backend_pid", "held", "kept", "log", "waiting_for")

    def __init__(self, backend_pid: BackendPid) -> None:
        self.backend_pid = backend_pid
        self.held: dict[Resource, LockMode] = {}
        self.kept: dict[Resource, Counter[LockMode]] = {}
        self.log: list[tuple[Resource, LockMode | None]] | None = None
        self.waiting_for: tuple[Resource, LockMode] | None = None

    def hold(self, resource: Resource, mode: LockMode) -> None:
        if self.log is not None:
            before = self.held.get(resource)
            if before is not mode:
                self.log.append((resource, before))
        self.held[resource] = mode

    def mark(self) -> int:
        """A savepoint: what is locked from now on can be told from the rest."""
        if self.log is None:
            self.log = []
        return len(self.log)

    def forget_since(self, mark: int) -> set[Resource]:
        """Hold what was held at ``mark``; the locks that are others now, or gone."""
        assert self.log is not None, "a savepoint has begun it"
        changed: set[Resource] = set()
        while len(self.log) > mark:
            resource, before = self.log.pop()
            if resource not in self.held:
                continue  # It has become the session's own, which no savepoint concerns.
            if before is None:
                del self.held[resource]
            else:
                self.held[resource] = before
            changed.add(resource)
        return changed
