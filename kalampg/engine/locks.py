"""Key locks in memory: who writes a row, who waits for it, and when waiting can never end.

A lock is taken on (scope, key) before a row is changed and is freed at the end of the transaction,
also after ROLLBACK TO. Waiters are served in the order they came; the lock passes to the next
waiter directly, so that nobody overtakes. Used on the event loop only.

Invariants:
    - A resource has at most one holder; a resource with no holder has no waiters.
    - The graph "waits for" has no cycle: the waiter that would close one gets 40P01 instead.

Cancellation: a cancelled waiter leaves the queue. If the lock had just been passed to it, the lock
is among its owner's ``held`` and ``release_all`` frees it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, TypeAlias

from kalampg import errors
from kalampg.ids import BackendPid
from kalampg.storage.keys import Scope

Resource: TypeAlias = tuple[Scope, bytes]

# Stands for all keys of a scope; no row has an empty key.
WHOLE_SCOPE: Final = b""


class LockOwner:
    """A transaction as the lock table sees it."""

    __slots__ = ("backend_pid", "held", "waiting_for")

    def __init__(self, backend_pid: BackendPid) -> None:
        self.backend_pid = backend_pid
        self.held: list[Resource] = []
        self.waiting_for: Resource | None = None


class _Waiter:
    __slots__ = ("granted", "owner")

    def __init__(self, owner: LockOwner, granted: asyncio.Future[None]) -> None:
        self.owner = owner
        self.granted = granted


class _KeyLock:
    __slots__ = ("holder", "waiters")

    def __init__(self, holder: LockOwner) -> None:
        self.holder = holder
        self.waiters: deque[_Waiter] = deque()


class LockTable:
    """All key locks of the server."""

    def __init__(self) -> None:
        self._locks: dict[Resource, _KeyLock] = {}
        # Scopes that are locked as a whole: seldom any, so that a key costs no second look-up.
        self._whole: set[Scope] = set()

    def __len__(self) -> int:
        return len(self._locks)

    def is_held_by_other(self, owner: LockOwner | None, resource: Resource) -> bool:
        return self._blocking(owner, resource) is not None

    def try_acquire(self, owner: LockOwner, resource: Resource) -> bool:
        """Take the lock if nobody else has it."""
        if self._blocking(owner, resource) is not None:
            return False
        if resource not in self._locks:
            self._locks[resource] = _KeyLock(owner)
            owner.held.append(resource)
        return True

    async def acquire(self, owner: LockOwner, resource: Resource, timeout_s: float) -> None:
        """Wait for the lock; ``timeout_s`` 0 waits as long as it takes.

        Raises:
            DeadlockDetected: 40P01, the holder waits, directly or not, for this owner.
            LockNotAvailable: 55P03, the time is over.

        Cancellation: the owner is no longer queued; it may have got the lock in the same moment.
        """
        while not self.try_acquire(owner, resource):
            blocking = self._blocking(owner, resource)
            assert blocking is not None
            await self._wait(owner, blocking, timeout_s)

    async def acquire_scope(self, owner: LockOwner, scope: Scope, timeout_s: float) -> None:
        """Wait until nobody else holds a key of the scope, and let nobody else have one.

        Raises: as ``acquire``.
        """
        await self.acquire(owner, (scope, WHOLE_SCOPE), timeout_s)
        self._whole.add(scope)
        while (resource := self._held_by_others(owner, scope)) is not None:
            await self._wait(owner, resource, timeout_s)

    async def _wait(self, owner: LockOwner, resource: Resource, timeout_s: float) -> None:
        lock = self._locks[resource]
        self._refuse_deadlock(owner, resource)
        waiter = _Waiter(owner, asyncio.get_running_loop().create_future())
        lock.waiters.append(waiter)
        owner.waiting_for = resource
        try:
            async with asyncio.timeout(timeout_s or None):
                await waiter.granted
        except TimeoutError:
            raise errors.LockNotAvailable("canceling statement due to lock timeout") from None
        finally:
            owner.waiting_for = None
            if waiter in lock.waiters:
                lock.waiters.remove(waiter)

    def release_all(self, owner: LockOwner) -> None:
        """Free everything that ``owner`` holds and wake whoever comes next. Idempotent."""
        held, owner.held = owner.held, []
        for resource in held:
            self._pass_on(resource)

    def _pass_on(self, resource: Resource) -> None:
        lock = self._locks[resource]
        while lock.waiters:
            waiter = lock.waiters.popleft()
            if not waiter.granted.done():
                lock.holder = waiter.owner
                waiter.owner.held.append(resource)
                waiter.granted.set_result(None)
                return
        del self._locks[resource]
        if resource[1] == WHOLE_SCOPE:
            self._whole.discard(resource[0])

    def _blocking(self, owner: LockOwner | None, resource: Resource) -> Resource | None:
        """What keeps ``owner`` from ``resource``: the key's lock or the whole scope's."""
        lock = self._locks.get(resource)
        if lock is not None and lock.holder is not owner:
            return resource
        if self._whole and resource[0] in self._whole:
            whole = (resource[0], WHOLE_SCOPE)
            if self._locks[whole].holder is not owner:
                return whole
        return None

    def _held_by_others(self, owner: LockOwner, scope: Scope) -> Resource | None:
        for resource, lock in self._locks.items():
            if resource[0] == scope and lock.holder is not owner:
                return resource
        return None

    def _blockers(self, owner: LockOwner, resource: Resource) -> Iterator[LockOwner]:
        """Who must go before ``owner`` gets ``resource``: its holder and the waiters ahead."""
        lock = self._locks[resource]
        yield lock.holder
        for waiter in lock.waiters:
            if waiter.owner is owner:
                return
            yield waiter.owner

    def _refuse_deadlock(self, owner: LockOwner, resource: Resource) -> None:
        pids = self._path_back(owner, resource)
        if not pids:
            return
        raise errors.DeadlockDetected(
            "deadlock detected",
            detail="\n".join(
                f"Process {waiting} waits for a key lock; blocked by process {blocking}."
                for waiting, blocking in pairwise(pids)
            ),
            hint="See server log for query details.",
        )

    def _path_back(self, start: LockOwner, resource: Resource) -> list[BackendPid]:
        """The processes of the shortest chain of blockers from ``start`` to itself; [] for none."""
        seen: set[int] = set()
        frontier = deque([(start, resource, [start.backend_pid])])
        while frontier:
            owner, wanted, path = frontier.popleft()
            for blocker in self._blockers(owner, wanted):
                if blocker is start:
                    return [*path, start.backend_pid]
                if blocker.waiting_for is not None and id(blocker) not in seen:
                    seen.add(id(blocker))
                    frontier.append((blocker, blocker.waiting_for, [*path, blocker.backend_pid]))
        return []
