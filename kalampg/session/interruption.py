"""Interruption: how a running statement is stopped from outside, and by its time-out.

A statement that waits (for DuckDB, a lock, a cold segment) runs inside ``guard``. Whoever wants it
to stop says why; the statement then fails with that error and the session goes on.

Cancellation: a cancellation that nobody asked for through ``request`` passes through unchanged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from kalampg import errors

T = TypeVar("T")


class Interruption:
    """Stops the one statement that a session runs at a time."""

    def __init__(self) -> None:
        self._task: asyncio.Task[object] | None = None
        self._reason: errors.PgError | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_running(self) -> bool:
        return self._task is not None

    def request(self, reason: errors.PgError) -> None:
        """Stop the running statement; without one nothing happens. The first reason counts."""
        if self._task is not None and self._reason is None:
            self._reason = reason
            self._task.cancel()

    async def guard(self, work: Awaitable[T], timeout_s: float) -> T:
        """Await ``work``; 0 seconds mean no time-out.

        Raises:
            PgError: what ``request`` was given, QueryCanceled (57014) after the time-out, or the
                work's own failure.
        """
        self._task = asyncio.current_task()
        self.restart_timer(timeout_s)
        try:
            result = await work
            if self._reason is not None:
                # Asked too late: the cancellation is still on its way and must not hit what
                # follows.
                await self._absorb()
        except asyncio.CancelledError:
            reason, task = self._reason, self._task
            if reason is None or task is None:
                raise
            task.uncancel()
            raise reason from None
        else:
            return result
        finally:
            self.restart_timer(0)
            self._task = None
            self._reason = None

    def restart_timer(self, timeout_s: float) -> None:
        """Count the time-out from now on: each statement of a query has its own."""
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(timeout_s, self._time_out) if timeout_s > 0 else None

    def _time_out(self) -> None:
        self.request(errors.QueryCanceled("canceling statement due to statement timeout"))

    async def _absorb(self) -> None:
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            if self._task is not None:
                self._task.uncancel()
