"""Suspended: how a statement on the event loop says that it must wait, without being a coroutine.

A fast statement is a plain function. Where it meets something that is not in memory or not free, it
raises; the executor undoes the statement's writes, awaits what it names, and runs it again from the
start. Locks that it has got stay its own, so that each run gets further than the one before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable


class Suspended(Exception):
    """Not an error: run the statement again when ``wait()`` has returned."""

    def __init__(self, wait: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self.wait = wait


class Restart(Exception):
    """Not an error: rows changed since the query's snapshot; run again on a new one."""


class NotFast(Exception):
    """Not an error: this execution is better run by DuckDB."""
