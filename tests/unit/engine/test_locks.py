"""Key locks: who holds, who waits, who goes next, and when nobody ever would.

Goal: a key has one holder, waiters are served in order, deadlocks and time-outs end with the right
errors, and a cancelled waiter leaves no trace. Method: owners and futures on a real event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from kalampg import errors
from kalampg.engine.lock_owner import LockOwner
from kalampg.engine.locks import LockTable
from kalampg.ids import BackendPid, TableId, UserId
from kalampg.sql.lock_modes import LockMode
from kalampg.storage.keys import Scope
from kalampg.tasks import TaskOwner

SCOPE = Scope(TableId(1), UserId("alice"))
OTHER_SCOPE = Scope(TableId(1), UserId("bob"))
A, B = (SCOPE, b"a"), (SCOPE, b"b")

pytestmark = pytest.mark.asyncio


def owner(pid: int) -> LockOwner:
    return LockOwner(BackendPid(pid))


def start(work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    return TaskOwner(lambda failure: None).start(work, "waiter")


async def turn() -> None:
    """Let every task run until it waits."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_held_key_is_refused_to_others_and_free_to_its_holder() -> None:
    locks, first, second = LockTable(), owner(1), owner(2)
    assert locks.try_acquire(first, A)
    assert locks.try_acquire(first, A)
    assert not locks.try_acquire(second, A)
    assert locks.is_held_by_other(second, A)
    assert not locks.is_held_by_other(first, A)
    assert locks.try_acquire(second, B)


async def test_released_keys_leave_nothing_behind() -> None:
    locks, first = LockTable(), owner(1)
    locks.try_acquire(first, A)
    locks.release_all(first)
    locks.release_all(first)
    assert len(locks) == 0


async def test_waiters_get_the_lock_in_the_order_they_came() -> None:
    locks, owners = LockTable(), [owner(pid) for pid in range(4)]
    locks.try_acquire(owners[0], A)
    order = []

    async def wait(number: int) -> None:
        await locks.acquire(owners[number], A, 0)
        order.append(number)
        locks.release_all(owners[number])

    tasks = []
    for number in (2, 1, 3):
        tasks.append(start(wait(number)))
        await turn()
    locks.release_all(owners[0])
    await asyncio.gather(*tasks)
    assert order == [2, 1, 3]
    assert len(locks) == 0


async def test_the_lock_passes_on_without_a_gap_for_newcomers() -> None:
    locks, first, waiting, newcomer = LockTable(), owner(1), owner(2), owner(3)
    locks.try_acquire(first, A)
    task = start(locks.acquire(waiting, A, 0))
    await turn()
    locks.release_all(first)
    # Before the waiter's task has run at all.
    assert not locks.try_acquire(newcomer, A)
    await task
    assert A in waiting.held


async def test_a_cycle_of_two_ends_with_a_deadlock_in_the_one_that_closes_it() -> None:
    locks, first, second = LockTable(), owner(1), owner(2)
    locks.try_acquire(first, A)
    locks.try_acquire(second, B)
    task = start(locks.acquire(first, B, 0))
    await turn()
    with pytest.raises(errors.DeadlockDetected) as raised:
        await locks.acquire(second, A, 0)
    assert raised.value.message == "deadlock detected"
    assert raised.value.detail == (
        "Process 2 waits for a key lock; blocked by process 1.\n"
        "Process 1 waits for a key lock; blocked by process 2."
    )
    locks.release_all(second)
    await task
    assert B in first.held


async def test_a_cycle_through_a_queue_is_a_deadlock_too() -> None:
    # 2 waits for A behind 1; 3 waits for A behind 2; then 1 wants what 3 has.
    locks, owners = LockTable(), {pid: owner(pid) for pid in (1, 2, 3)}
    locks.try_acquire(owners[1], A)
    locks.try_acquire(owners[3], B)
    tasks = [start(locks.acquire(owners[2], A, 0))]
    await turn()
    tasks.append(start(locks.acquire(owners[3], A, 0)))
    await turn()
    with pytest.raises(errors.DeadlockDetected):
        await locks.acquire(owners[1], B, 0)
    locks.release_all(owners[1])
    await turn()
    locks.release_all(owners[2])
    await asyncio.gather(*tasks)


async def test_a_chain_that_is_no_cycle_waits() -> None:
    locks, owners = LockTable(), {pid: owner(pid) for pid in (1, 2, 3)}
    locks.try_acquire(owners[1], A)
    locks.try_acquire(owners[2], B)
    tasks = [start(locks.acquire(owners[2], A, 0)), start(locks.acquire(owners[3], B, 0))]
    await turn()
    locks.release_all(owners[1])
    await turn()
    locks.release_all(owners[2])
    await asyncio.gather(*tasks)
    assert list(owners[3].held) == [B]


async def test_lock_timeout_is_55p03_and_leaves_the_queue() -> None:
    locks, first, second = LockTable(), owner(1), owner(2)
    locks.try_acquire(first, A)
    with pytest.raises(errors.LockNotAvailable) as raised:
        await locks.acquire(second, A, 0.001)
    assert raised.value.message == "canceling statement due to lock timeout"
    assert second.waiting_for is None
    locks.release_all(first)
    assert len(locks) == 0


async def test_a_cancelled_waiter_is_passed_over() -> None:
    locks, first, second, third = LockTable(), owner(1), owner(2), owner(3)
    locks.try_acquire(first, A)
    cancelled = start(locks.acquire(second, A, 0))
    task = start(locks.acquire(third, A, 0))
    await turn()
    cancelled.cancel()
    await turn()
    locks.release_all(first)
    await task
    assert (list(second.held), list(third.held)) == ([], [A])


async def test_a_waiter_cancelled_as_it_gets_the_lock_can_still_let_go() -> None:
    locks, first, second, third = LockTable(), owner(1), owner(2), owner(3)
    locks.try_acquire(first, A)
    task = start(locks.acquire(second, A, 0))
    await turn()
    locks.release_all(first)
    task.cancel()
    await turn()
    assert task.cancelled()
    locks.release_all(second)
    assert locks.try_acquire(third, A)


async def test_a_locked_scope_refuses_its_keys_and_no_others() -> None:
    locks, first, second = LockTable(), owner(1), owner(2)
    await locks.acquire_scope(first, SCOPE, 0)
    assert not locks.try_acquire(second, A)
    assert locks.is_held_by_other(second, A)
    assert locks.try_acquire(first, A)
    assert locks.try_acquire(second, (OTHER_SCOPE, b"a"))
    task = start(locks.acquire(second, B, 0))
    await turn()
    locks.release_all(first)
    await task
    assert B in second.held


async def test_a_scope_is_locked_when_all_others_have_let_go_of_its_keys() -> None:
    locks, first, second, third = LockTable(), owner(1), owner(2), owner(3)
    locks.try_acquire(first, A)
    locks.try_acquire(second, B)
    task = start(locks.acquire_scope(third, SCOPE, 0))
    await turn()
    locks.release_all(first)
    await turn()
    assert not task.done()
    locks.release_all(second)
    await task
    locks.release_all(third)
    assert len(locks) == 0


# PostgreSQL documentation, "Row-Level Locks", table 13.3.
CONFLICTS = {
    LockMode.KEY_SHARE: {LockMode.UPDATE},
    LockMode.SHARE: {LockMode.NO_KEY_UPDATE, LockMode.UPDATE},
    LockMode.NO_KEY_UPDATE: {LockMode.SHARE, LockMode.NO_KEY_UPDATE, LockMode.UPDATE},
    LockMode.UPDATE: set(LockMode),
}


@pytest.mark.parametrize("requested", LockMode, ids=lambda mode: mode.name)
@pytest.mark.parametrize("current", LockMode, ids=lambda mode: mode.name)
async def test_modes_conflict_as_in_postgresql(current: LockMode, requested: LockMode) -> None:
    locks, first, second = LockTable(), owner(1), owner(2)
    assert locks.try_acquire(first, A, current)
    assert locks.is_held_by_other(second, A, requested) is (requested in CONFLICTS[current])
    assert locks.try_acquire(second, A, requested) is (requested not in CONFLICTS[current])


async def test_a_stronger_request_waits_for_the_other_sharers_before_all_waiters() -> None:
    locks, first, second, third = LockTable(), owner(1), owner(2), owner(3)
    locks.try_acquire(first, A, LockMode.SHARE)
    locks.try_acquire(second, A, LockMode.SHARE)
    behind = start(locks.acquire(third, A, 0))
    await turn()
    stronger = start(locks.acquire(first, A, 0))
    await turn()
    locks.release_all(second)
    await stronger
    assert first.held[A] is LockMode.UPDATE
    locks.release_all(first)
    await behind
    locks.release_all(third)
    assert len(locks) == 0


async def test_two_sharers_that_both_want_more_are_a_deadlock() -> None:
    locks, first, second = LockTable(), owner(1), owner(2)
    locks.try_acquire(first, A, LockMode.SHARE)
    locks.try_acquire(second, A, LockMode.SHARE)
    task = start(locks.acquire(first, A, 0))
    await turn()
    with pytest.raises(errors.DeadlockDetected):
        await locks.acquire(second, A, 0)
    locks.release_all(second)
    await task


async def test_sharers_do_not_overtake_a_waiter_for_more() -> None:
    locks, first, second, third = LockTable(), owner(1), owner(2), owner(3)
    locks.try_acquire(first, A, LockMode.SHARE)
    task = start(locks.acquire(second, A, 0))
    await turn()
    assert not locks.try_acquire(third, A, LockMode.SHARE)
    late = start(locks.acquire(third, A, 0, LockMode.SHARE))
    await turn()
    task.cancel()
    await late  # Nobody is in its way any more.
    assert list(third.held) == [A]


async def test_what_a_session_keeps_outlives_its_transaction() -> None:
    locks, first, second = LockTable(), owner(1), owner(2)
    for mode in (LockMode.UPDATE, LockMode.SHARE, LockMode.UPDATE):
        locks.try_acquire(first, A, mode)
        locks.keep(first, A, mode)
    locks.release_all(first)
    assert locks.unkeep(first, A, LockMode.UPDATE)
    assert locks.is_held_by_other(second, A, LockMode.SHARE)
    assert locks.unkeep(first, A, LockMode.UPDATE)
    assert not locks.unkeep(first, A, LockMode.UPDATE)
    assert locks.try_acquire(second, A, LockMode.SHARE)
    locks.unkeep_all(first)
    locks.unkeep_all(first)
    assert [entry.backend_pid for entry in locks] == [2]


async def test_a_locked_table_refuses_the_keys_of_all_users_and_waits_for_their_holders() -> None:
    locks, first, second = LockTable(), owner(1), owner(2)
    assert locks.try_acquire(second, (OTHER_SCOPE, b"a"))
    waiter = start(locks.acquire_table(first, SCOPE.table_id, 0))
    await turn()
    assert not waiter.done()
    assert not locks.try_acquire(second, A)
    locks.release_all(second)
    await waiter
    assert locks.try_acquire(first, A)
    assert locks.is_held_by_other(second, B)
    locks.release_all(first)
    assert len(locks) == 0
    assert locks.try_acquire(second, A)


async def test_a_scope_waits_for_the_lock_of_its_table() -> None:
    locks, first, second = LockTable(), owner(1), owner(2)
    await locks.acquire_table(first, SCOPE.table_id, 0)
    waiter = start(locks.acquire_scope(second, SCOPE, 0))
    await turn()
    assert not waiter.done()
    locks.release_all(first)
    await waiter
    assert locks.is_held_by_other(first, A)
    assert not locks.is_held_by_other(first, (OTHER_SCOPE, b"a"))
    locks.release_all(second)
    assert len(locks) == 0
