"""Idleness: ends sessions that wait for their client for too long.

``idle_session_timeout`` counts outside transactions, ``idle_in_transaction_session_timeout``
inside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from kalampg import errors
from kalampg.session.guc import GucStore
from kalampg.session.guc_checks import milliseconds


class Idleness:
    """One timer, running from ReadyForQuery to the next message."""

    def __init__(
        self, terminate: Callable[[errors.PgError], None], flush: Callable[[], None]
    ) -> None:
        self._terminate = terminate
        self._flush = flush
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_watching(self) -> bool:
        return self._timer is not None

    def watch(self, *, is_in_transaction: bool, gucs: GucStore) -> None:
        """Start the timer that counts now, if its parameter is set."""
        self.stop()
        name = (
            "idle_in_transaction_session_timeout" if is_in_transaction else "idle_session_timeout"
        )
        delay_s = milliseconds(gucs[name]) / 1000
        if delay_s:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(delay_s, self._expire, is_in_transaction)

    def stop(self) -> None:
        """Forget the timer. Idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self, is_in_transaction: bool) -> None:
        self._timer = None
        if is_in_transaction:
            error: errors.PgError = errors.IdleInTransactionSessionTimeout(
                "terminating connection due to idle-in-transaction timeout"
            )
        else:
            error = errors.IdleSessionTimeout("terminating connection due to idle-session timeout")
        self._terminate(error)
        self._flush()
