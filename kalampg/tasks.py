"""Asyncio tasks that have an owner: the only module that creates tasks.

An owner closes all of its tasks before it is closed itself, and reports the exception of a task
that failed through ``on_failure`` instead of losing it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class TaskOwner:
    """Owns the tasks that it starts.

    Invariants:
        - After ``wait_closed`` no task of this owner runs.
        - A failed task is reported exactly once.
    """

    def __init__(self, on_failure: Callable[[BaseException], None]) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._on_failure = on_failure

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def close(self) -> None:
        """Ask every task to stop. Idempotent."""
        for task in self._tasks:
            task.cancel()

    async def wait_closed(self) -> None:
        """Wait until every task has ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            self._on_failure(failure)
