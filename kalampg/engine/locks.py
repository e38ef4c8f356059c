"""Key locks in memory: who writes a row, who waits for it, and when waiting can never end.

A lock is taken on (scope, key), in a mode, before a row is changed, and is freed at the end of the
transaction, or by ROLLBACK TO a savepoint before it. A waiter gets the lock as soon as neither a
holder nor a waiter before it is in its way; the lock passes to it directly, so that nobody
overtakes. Used on the event loop only.

Invariants:
    - No two holders of a resource have conflicting modes; a resource without holders has no entry.
    - A holder's mode is the strongest of what its transaction and its session (``kept``) ask for.
    - The graph "waits for" has no cycle: the waiter that would close one gets 40P01 instead.

Cancellation: a cancelled waiter leaves the queue. If the lock had just been passed to it, the lock
is among its owner's ``held`` and ``release_all`` frees it.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from kalampg import errors
from kalampg.engine.lock_owner import LockOwner, Resource
from kalampg.ids import BackendPid, TableId, UserId
from kalampg.sql.lock_modes import LockMode
from kalampg.storage.keys import Scope

# Stands for all keys of a scope; no row has an empty key.
WHOLE_SCOPE: Final = b""
# A key that no row has, for those who lock a scope as weakly as its writers do.
SHARED_SCOPE: Final = b"\xffscope"
# Stands for all users of a table; no user has this name.
EVERY_USER: Final = UserId("\0")

_UPDATE: Final = LockMode.UPDATE


class LockEntry(NamedTuple):
    """A lock that somebody holds or waits for."""

    resource: Resource
    mode: LockMode
    backend_pid: BackendPid
    is_granted: bool


class _Waiter:
    __slots__ = ("granted", "mode", "owner")

    def __init__(self, owner: LockOwner, mode: LockMode, granted: asyncio.Future[None]) -> None:
        self.owner = owner
        self.mode = mode
        self.granted = granted


class _KeyLock:
    __slots__ = ("holders", "waiters")

    def __init__(self, owner: LockOwner, mode: LockMode) -> None:
        self.holders = {owner: mode}
        # Nearly always none: a list for each key would cost more than the rest.
        self.waiters: Sequence[_Waiter] = ()

    def is_open_to(self, owner: LockOwner | None, mode: LockMode) -> bool:
        """Whether no other holder is in the way."""
        return not any(
            held.conflicts_with(mode)
            for holder, held in self.holders.items()
            if holder is not owner
        )


def _modes(owner: LockOwner, resource: Resource) -> set[LockMode]:
    """All modes in which a transaction and its session ask for a resource."""
    modes = {mode for mode, count in owner.kept.get(resource, {}).items() if count}
    if resource in owner.held:
        modes.add(owner.held[resource])
    return modes


class LockTable:
    """All key locks of the server. ``owner_max`` bounds those that are no write's."""

    def __init__(self, owner_max: int = 1_000_000) -> None:
        self._owner_max = owner_max
        self._locks: dict[Resource, _KeyLock] = {}
        # Scopes that are locked as a whole: seldom any, so that a key costs no second look-up.
        self._whole: set[Scope] = set()

    def __len__(self) -> int:
        return len(self._locks)

    def __iter__(self) -> Iterator[LockEntry]:
        """Every lock that is held or waited for; do not change any meanwhile."""
        for resource, lock in self._locks.items():
            for owner in lock.holders:
                for mode in _modes(owner, resource):
                    yield LockEntry(resource, mode, owner.backend_pid, is_granted=True)
            for waiter in lock.waiters:
                yield LockEntry(resource, waiter.mode, waiter.owner.backend_pid, is_granted=False)

    def check_room(self, owner: LockOwner) -> None:
        """Whether a session may lock one more row or number; writes are bounded by their size.

        Raises:
            OutOfMemory: 53200.
        """
        if len(owner.held) + len(owner.kept) >= self._owner_max:
            raise errors.OutOfMemory(
                "out of shared memory",
                detail=f"The session holds {self._owner_max} locks.",
                hint="You might need to increase transaction.locks_max.",
            )

    def is_held_by_other(
        self, owner: LockOwner | None, resource: Resource, mode: LockMode = _UPDATE
    ) -> bool:
        """Whether somebody else's lock conflicts with ``mode``."""
        lock = self._locks.get(resource)
        if lock is not None and not lock.is_open_to(owner, mode):
            return True
        return bool(self._whole) and self._closed_whole(owner, resource[0]) is not None

    def is_locked(self, scope: Scope, key: bytes) -> bool:
        """Whether anybody has locked the row, or all rows of its user or table."""
        return self.is_held_by_other(None, (scope, key))

    def is_scope_taken(self, owner: LockOwner, scope: Scope, *, is_shared: bool) -> bool:
        """Whether a lock of the scope, or of ``SHARED_SCOPE`` in it, would have to wait."""
        if self._closed_whole(owner, scope) is not None:
            return True
        return not is_shared and self._held_by_others(owner, scope) is not None

    def count_held_by_others(self, owner: LockOwner, scope: Scope) -> int:
        """How many keys of a scope others have locked, in whatever mode."""
        return sum(
            resource[0] == scope and any(holder is not owner for holder in lock.holders)
            for resource, lock in self._locks.items()
        )

    def try_acquire(self, owner: LockOwner, resource: Resource, mode: LockMode = _UPDATE) -> bool:
        """Take the lock until the transaction ends, if nobody is in the way."""
        lock = self._locks.get(resource)
        if self._whole and self._closed_whole(owner, resource[0]) is not None:
            return False
        if lock is None:
            self._locks[resource] = _KeyLock(owner, mode)
            owner.hold(resource, mode)
            return True
        held = lock.holders.get(owner)
        if held is None or held < mode:
            if not lock.is_open_to(owner, mode):
                return False
            # Who has the lock already does not queue: the waiters wait for it.
            if held is None and any(waiter.mode.conflicts_with(mode) for waiter in lock.waiters):
                return False
        self._give(lock, owner, resource, mode)
        return True

    def keep(
        self,
        owner: LockOwner,
        resource: Resource,
        mode: LockMode,
        held_before: LockMode | None = None,
    ) -> None:
        """Make a lock that has just been acquired the session's: ``unkeep`` frees it.

        ``held_before`` is what the transaction held of it before, and holds again.
        """
        if held_before is None:
            del owner.held[resource]
        else:
            owner.held[resource] = held_before
        owner.kept.setdefault(resource, Counter())[mode] += 1

    def unkeep(self, owner: LockOwner, resource: Resource, mode: LockMode) -> bool:
        """Take one ``keep`` back; False if there was none."""
        kept = owner.kept.get(resource)
        if kept is None or not kept[mode]:
            return False
        kept[mode] -= 1
        if not +kept:
            del owner.kept[resource]
        self._weaken(owner, resource)
        return True

    def unkeep_all(self, owner: LockOwner) -> None:
        """Take every ``keep`` back. Idempotent."""
        kept, owner.kept = owner.kept, {}
        for resource in kept:
            self._weaken(owner, resource)

    async def acquire(
        self,
        owner: LockOwner,
        resource: Resource,
        timeout_s: float,
        mode: LockMode = _UPDATE,
    ) -> None:
        """Wait for the lock; ``timeout_s`` 0 waits as long as it takes.

        Raises:
            DeadlockDetected: 40P01, a holder waits, directly or not, for this owner.
            LockNotAvailable: 55P03, the time is over.

        Cancellation: the owner is no longer queued; it may have got the lock in the same moment.
        """
        while not self.try_acquire(owner, resource, mode):
            closed = self._closed_whole(owner, resource[0]) if self._whole else None
            if closed is not None:
                await self._wait(owner, closed, LockMode.KEY_SHARE, timeout_s)
            else:
                await self._wait(owner, resource, mode, timeout_s)

    async def acquire_scope(self, owner: LockOwner, scope: Scope, timeout_s: float) -> None:
        """Wait until nobody else holds a key of the scope, and let nobody else have one.

        Raises: as ``acquire``.
        """
        whole = (scope, WHOLE_SCOPE)
        while True:
            closed = self._closed_whole(owner, scope) if self._whole else None
            if closed is None and self._try_acquire_whole(owner, whole):
                break
            if closed is None or closed == whole:
                await self._wait(owner, whole, _UPDATE, timeout_s)
            else:  # The whole table is locked: many may wait for its end, and none needs it.
                await self._wait(owner, closed, LockMode.KEY_SHARE, timeout_s)
        self._whole.add(scope)
        while (resource := self._held_by_others(owner, scope)) is not None:
            await self._wait(owner, resource, _UPDATE, timeout_s)

    async def acquire_table(self, owner: LockOwner, table_id: TableId, timeout_s: float) -> None:
        """Wait until nobody else holds a key of any user's scope, and let nobody else have one.

        Raises: as ``acquire``.
        """
        await self.acquire_scope(owner, Scope(table_id, EVERY_USER), timeout_s)

    def _try_acquire_whole(self, owner: LockOwner, whole: Resource) -> bool:
        lock = self._locks.get(whole)
        if lock is None:
            self._locks[whole] = _KeyLock(owner, _UPDATE)
            owner.hold(whole, _UPDATE)
            return True
        if not lock.is_open_to(owner, _UPDATE):
            return False
        self._give(lock, owner, whole, _UPDATE)
        return True

    async def _wait(
        self, owner: LockOwner, resource: Resource, mode: LockMode, timeout_s: float
    ) -> None:
        lock = self._locks[resource]
        self._refuse_deadlock(owner, resource, mode)
        waiter = _Waiter(owner, mode, asyncio.get_running_loop().create_future())
        # Those who wait for what this owner has must not be waited for.
        is_first = owner in lock.holders
        lock.waiters = [waiter, *lock.waiters] if is_first else [*lock.waiters, waiter]
        owner.waiting_for = resource, mode
        try:
            async with asyncio.timeout(timeout_s or None):
                await waiter.granted
        except TimeoutError:
            raise errors.LockNotAvailable("canceling statement due to lock timeout") from None
        finally:
            owner.waiting_for = None
            if waiter in lock.waiters:
                lock.waiters = [other for other in lock.waiters if other is not waiter]
                self._grant(resource)

    def release_all(self, owner: LockOwner) -> None:
        """Free everything that the transaction holds and wake whoever comes next. Idempotent."""
        held, owner.held, owner.log = owner.held, {}, None
        locks, kept = self._locks, owner.kept
        for resource in held:
            lock = locks[resource]
            is_plain = not lock.waiters and len(lock.holders) == 1 and resource not in kept
            if is_plain and resource[1] != WHOLE_SCOPE:
                del locks[resource]  # As nearly always: nobody else is concerned.
            else:
                self._weaken(owner, resource)

    def release(self, owner: LockOwner, resource: Resource) -> None:
        """Free one lock before the transaction ends."""
        del owner.held[resource]
        self._weaken(owner, resource)

    def release_since(self, owner: LockOwner, mark: int) -> None:
        """Free what the transaction has got since ``owner.mark()``, by ROLLBACK TO a savepoint."""
        for resource in owner.forget_since(mark):
            self._weaken(owner, resource)

    def _give(self, lock: _KeyLock, owner: LockOwner, resource: Resource, mode: LockMode) -> None:
        lock.holders[owner] = max(mode, lock.holders.get(owner, mode))
        owner.hold(resource, max(mode, owner.held.get(resource, mode)))

    def _weaken(self, owner: LockOwner, resource: Resource) -> None:
        """Leave ``owner`` what it still asks for, and wake whoever comes next."""
        lock = self._locks[resource]
        left = _modes(owner, resource)
        if left:
            lock.holders[owner] = max(left)
        else:
            del lock.holders[owner]
        self._grant(resource)

    def _grant(self, resource: Resource) -> None:
        """Give the lock to every waiter that nobody is in the way of."""
        lock = self._locks[resource]
        waiting: list[_Waiter] = []
        for waiter in lock.waiters:
            if waiter.granted.done():
                continue
            if lock.is_open_to(waiter.owner, waiter.mode) and not any(
                before.mode.conflicts_with(waiter.mode) for before in waiting
            ):
                self._give(lock, waiter.owner, resource, waiter.mode)
                waiter.granted.set_result(None)
            else:
                waiting.append(waiter)
        lock.waiters = waiting
        if not lock.holders:
            del self._locks[resource]
            if resource[1] == WHOLE_SCOPE:
                self._whole.discard(resource[0])

    def _closed_whole(self, owner: LockOwner | None, scope: Scope) -> Resource | None:
        """The lock of the whole scope, or table, that somebody else has."""
        for whole in (scope, Scope(scope.table_id, EVERY_USER)):
            resource = whole, WHOLE_SCOPE
            if whole in self._whole and not self._locks[resource].is_open_to(
                owner, LockMode.KEY_SHARE
            ):
                return resource
        return None

    def _held_by_others(self, owner: LockOwner, scope: Scope) -> Resource | None:
        is_table = scope.user_id == EVERY_USER
        for resource, lock in self._locks.items():
            is_in_it = resource[0].table_id == scope.table_id if is_table else resource[0] == scope
            if is_in_it and any(holder is not owner for holder in lock.holders):
                return resource
        return None

    def _blockers(
        self, owner: LockOwner, resource: Resource, mode: LockMode
    ) -> Iterator[LockOwner]:
        """Who must go before ``owner`` gets ``resource``: holders, and the waiters ahead."""
        lock = self._locks[resource]
        for holder, held in lock.holders.items():
            if holder is not owner and held.conflicts_with(mode):
                yield holder
        if owner in lock.holders:
            return
        for waiter in lock.waiters:
            if waiter.owner is owner:
                return
            if waiter.mode.conflicts_with(mode):
                yield waiter.owner

    def _refuse_deadlock(self, owner: LockOwner, resource: Resource, mode: LockMode) -> None:
        pids = self._path_back(owner, resource, mode)
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

    def _path_back(self, start: LockOwner, resource: Resource, mode: LockMode) -> list[BackendPid]:
        """The processes of the shortest chain of blockers from ``start`` to itself; [] for none."""
        seen: set[int] = set()
        frontier = deque([(start, resource, mode, [start.backend_pid])])
        while frontier:
            owner, wanted, how, path = frontier.popleft()
            for blocker in self._blockers(owner, wanted, how):
                if blocker is start:
                    return [*path, start.backend_pid]
                if blocker.waiting_for is not None and id(blocker) not in seen:
                    seen.add(id(blocker))
                    frontier.append((blocker, *blocker.waiting_for, [*path, blocker.backend_pid]))
        return []
