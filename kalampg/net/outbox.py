"""Outbox: the answers of one turn of the event loop go out together.

A send wakes the client's process, which costs more than the answer to a key read. While several
clients ask at a time, those who run on this machine's other cores are awake already when the
answers of a whole turn go out one after the other; sent one by one, each wakes somebody.

A client that asks alone gets its answers at once.
"""

from __future__ import annotations

import asyncio
from typing import Protocol


class Sender(Protocol):
    """What has something to send."""

    def flush(self) -> None: ...


class Outbox:
    """Owned by the listener. Belongs to the event loop's thread.

    Invariants:
        - Who is put here is flushed before the loop waits for sockets again.
        - What one sender says goes out in order: a flush takes all it has said so far.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Sender] = []
        self._latest: Sender | None = None

    def put(self, sender: Sender) -> None:
        """Flush ``sender``: now if it was the last one too, else at the end of this turn."""
        if self._latest is sender:
            sender.flush()
            return
        self._latest = sender
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(sender)

    def forget(self, sender: Sender) -> None:
        """``sender`` is gone: keep nothing of it."""
        if self._latest is sender:
            self._latest = None

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for sender in waiting:
            sender.flush()
