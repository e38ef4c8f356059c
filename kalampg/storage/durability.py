"""DurabilityGate: which commits would survive a power cut, and who waits for that.

A commit is written (visible) first and synced later, so that all commits of one turn of the event
loop share one sync (group commit). Nobody may tell a client about a commit, or show it one, before
``synced`` has reached its position.

Where the sync is short it runs in line: the messages that arrive meanwhile form the next group by
themselves and no thread hop is paid. Where it is long a worker thread runs it and the loop goes on.

Invariants:
    - ``synced <= written``; both only grow.
    - ``synced`` never passes a failed sync. After one the gate is poisoned: the kernel may have
      dropped the dirty pages, so a later successful fsync would prove nothing. Reads go on,
      commits are refused, every waiter is told.
    - Callbacks run on the thread of the loop, in order of their positions, exactly once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

from kalampg import errors
from kalampg.clock import Clock
from kalampg.failpoints import NO_FAILPOINTS, Failpoints

# Called with None once the position is durable, or with the failure that prevents it for ever.
Waiter: TypeAlias = Callable[[errors.PgError | None], None]

_SMOOTHING: Final = 0.1  # weight of the newest sync in the running mean


@dataclass(frozen=True, slots=True)
class DurabilitySettings:
    """How commits are synced.

    ``mode``: in line on the event loop, in a thread, or as measured. ``inline_sync_ms_max`` is the
    mean sync above which "auto" moves to the thread; it returns at half of that.
    ``background_sync_ms`` bounds how long a commit that nobody waits for (``synchronous_commit =
    off``) stays unsynced; the default is PostgreSQL's ``wal_writer_delay``.
    """

    mode: Literal["auto", "inline", "thread"] = "auto"
    inline_sync_ms_max: float = 1.0
    background_sync_ms: float = 200.0


class Loop(Protocol):
    """What the gate needs of an asyncio event loop."""

    def call_soon(self, callback: Callable[[], object]) -> object: ...

    def call_later(self, delay: float, callback: Callable[[], object]) -> object: ...

    def call_soon_threadsafe(self, callback: Callable[[], object]) -> object: ...


class DurabilityGate:
    """Counts written and synced commits and runs the syncs."""

    def __init__(
        self,
        sync_log: Callable[[], None],
        *,
        clock: Clock,
        failpoints: Failpoints = NO_FAILPOINTS,
        settings: DurabilitySettings | None = None,
    ) -> None:
        self.written = 0
        self.synced = 0
        self.failure: errors.PgError | None = None
        self.syncs = 0
        self.sync_ms_mean = 0.0
        self._sync_log = sync_log
        self._clock = clock
        self._failpoints = failpoints
        self._settings = settings or DurabilitySettings()
        self._uses_thread = self._settings.mode == "thread"
        self._waiters: deque[tuple[int, Waiter]] = deque()
        self._loop: Loop | None = None
        self._executor: ThreadPoolExecutor | None = None
        self._running: Future[float] | None = None
        self._is_scheduled = False
        self._has_timer = False

    def attach(self, loop: Loop) -> None:
        """Let the gate sync by itself on this loop. Without one, only ``sync`` syncs."""
        self._loop = loop

    @property
    def is_attached(self) -> bool:
        return self._loop is not None

    def check(self) -> None:
        """Refuse a commit if a sync has failed.

        Raises:
            IoError: 58030, severity PANIC; the server must be restarted to write again.
        """
        if self.failure is not None:
            raise self.failure

    def advance(self) -> int:
        """Count one more written commit and return its position."""
        self.written += 1
        if self._loop is not None and not self._has_timer:
            self._has_timer = True
            self._loop.call_later(self._settings.background_sync_ms / 1000, self._sync_if_due)
        return self.written

    def when_synced(self, position: int, waiter: Waiter) -> None:
        """Call ``waiter`` when everything up to ``position`` is durable; at once if it is."""
        assert position <= self.written, "nobody can have observed a commit of the future"
        if position <= self.synced:
            waiter(None)
        elif self.failure is not None:
            waiter(self.failure)
        else:
            self._waiters.append((position, waiter))
            self._schedule()

    def sync(self) -> None:
        """Make everything written durable, on this thread.

        Raises:
            IoError: 58030, the sync failed, now or before.
        """
        if self._running is not None:
            # ``_finished`` will hand its result in later. A failure must count before we try again.
            failure = self._running.exception()
            if isinstance(failure, errors.PgError):
                self.poison(failure)
        self.check()
        target = self.written
        if target > self.synced:
            try:
                sync_ms = self._timed_sync()
            except errors.PgError as failure:
                self.poison(failure)
                raise
            self._succeed(target, sync_ms)

    def close(self) -> None:
        """Sync what is left, then stop the thread. Idempotent. After a failed sync: only stop."""
        if self.failure is None:
            self.sync()
        self._loop = None
        if self._executor is not None:
            self._executor.shutdown()
            self._executor = None

    def _schedule(self) -> None:
        # call_soon, not now: what the loop has already read forms one group with this commit.
        if self._loop is not None and not self._is_scheduled and self._running is None:
            self._is_scheduled = True
            self._loop.call_soon(self._sync_group)

    def _sync_if_due(self) -> None:
        self._has_timer = False
        if self.synced < self.written:
            self._schedule()

    def _sync_group(self) -> None:
        self._is_scheduled = False
        if self.failure is not None or self._running is not None or self._loop is None:
            return
        if not self._uses_thread:
            try:
                self.sync()
            except errors.PgError:
                return  # every waiter has been told
            return
        target = self.written
        if target <= self.synced:
            return
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, thread_name_prefix="kalampg-sync")
        loop = self._loop
        self._running = self._executor.submit(self._timed_sync)
        self._running.add_done_callback(
            lambda future: loop.call_soon_threadsafe(lambda: self._finished(target, future))
        )

    def _finished(self, target: int, future: Future[float]) -> None:
        self._running = None
        failure = future.exception()
        if failure is None:
            if target > self.synced:
                self._succeed(target, future.result())
            if self._waiters:
                self._schedule()
        elif isinstance(failure, errors.PgError):
            self.poison(failure)
        else:
            raise failure

    def _timed_sync(self) -> float:
        """Sync the log and return how many milliseconds that took."""
        self._failpoints.reach("commit-before-sync")
        started_s = self._clock.monotonic_s()
        try:
            self._sync_log()
        except Exception as failure:  # rocksdict raises bare Exceptions
            raise errors.IoError(
                f"could not make a commit durable: {failure}",
                severity="PANIC",
                hint="Reads go on. Check the disk, then restart the server to write again.",
            ) from failure
        self._failpoints.reach("commit-after-sync")
        return (self._clock.monotonic_s() - started_s) * 1000

    def _succeed(self, target: int, sync_ms: float) -> None:
        self.synced = target
        self.syncs += 1
        self.sync_ms_mean += (sync_ms - self.sync_ms_mean) * (_SMOOTHING if self.syncs > 1 else 1)
        if self._settings.mode == "auto":
            # Two thresholds, so that a disk near the limit does not flap.
            limit_ms = self._settings.inline_sync_ms_max / (2 if self._uses_thread else 1)
            self._uses_thread = self.sync_ms_mean > limit_ms
        waiters = self._waiters
        while waiters and waiters[0][0] <= target:
            waiters.popleft()[1](None)

    def poison(self, failure: errors.PgError) -> None:
        """Refuse all commits from now on: what the log holds is not known any more."""
        self.failure = self.failure or failure
        while self._waiters:
            self._waiters.popleft()[1](failure)


async def synced(gate: DurabilityGate, position: int) -> None:
    """Wait until everything up to a position is durable.

    Raises:
        IoError: 58030, severity PANIC, the sync failed, now or before.
    """
    if not gate.is_attached:
        gate.sync()  # nobody else would
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def finish(failure: BaseException | None) -> None:
        if done.done():
            return
        if failure is None:
            done.set_result(None)
        else:
            done.set_exception(failure)

    gate.when_synced(position, finish)
    await done
