"""Blocking work in a worker thread, and how a coroutine waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class InWorker(Protocol):
    """Runs a function in a worker thread, as ``loop.run_in_executor`` does."""

    def __call__(self, work: Callable[[], T], /) -> asyncio.Future[T]: ...


class Stoppable(Protocol):
    """Work that ends early when it is asked to, from another thread."""

    def stop(self) -> None: ...


async def finish(work: Stoppable, future: asyncio.Future[T]) -> T:
    """Wait for a worker; a cancelled waiter stops the worker and still waits for its end.

    What the worker reads and writes is about to be taken away.
    """
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        work.stop()
        await asyncio.wait([future])
        if not future.cancelled():
            future.exception()  # It was asked to stop: that it says so is no news.
        raise
