"""SequenceSource: snowflake numbers that only grow, across restarts and clock steps.

The same class gives ``_seq`` to rows, ids to segments, and serves ``SNOWFLAKE_ID()``.

Layout:
    63 bits: milliseconds since the epoch (41) | node (10) | number within the millisecond (12).

Invariants:
    - Each number is greater than every one before it, whatever the clock does.
    - No number at or past ``reserved_ms`` is given out before a higher reservation was committed.
      The commit need not be durable by then: whoever shows a number to a client waits for the
      log position that it observed, and that covers the reservation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kalampg.clock import Clock

UNIX_EPOCH_MS: Final = 0
# KalamDB's epoch for ``_seq``: 2024-01-01.
SEQ_EPOCH_MS: Final = 1_704_067_200_000
NODE_MAX: Final = 1023
_NUMBER_BITS: Final = 12
_NODE_BITS: Final = 10
_NUMBERS: Final = 1 << _NUMBER_BITS
# One reservation in five seconds costs nothing; a restart runs ahead of the clock by at most this.
RESERVATION_MS: Final = 5_000


class SequenceSource:
    """Gives out snowflake numbers. Belongs to the event loop's thread."""

    def __init__(
        self,
        *,
        clock: Clock,
        node: int,
        epoch_ms: int,
        reserved_ms: int,
        reserve: Callable[[int], None],
    ) -> None:
        """``reserved_ms`` is the last reservation; ``reserve`` commits a higher one."""
        assert 0 <= node <= NODE_MAX, "a node number has ten bits"
        self._clock = clock
        self._node = node << _NUMBER_BITS
        self._epoch_ms = epoch_ms
        self._reserve = reserve
        # Numbers below the old reservation may have been given out before the restart. A clock that
        # is set to before the epoch must not make them negative.
        self._reserved_ms = max(reserved_ms, epoch_ms)
        self._ms = self._reserved_ms
        self._number = 0

    def take(self, count: int) -> list[int]:
        """Return the next ``count`` numbers."""
        numbers: list[int] = []
        while len(numbers) < count:
            first = self.next()
            # The rest of this millisecond is free, and reserved.
            left = min(count - len(numbers), _NUMBERS - self._number)
            numbers.extend(range(first, first + left))
            self._number += left - 1
        return numbers

    def next(self) -> int:
        """Return the next number."""
        now_ms = self._clock.now_us() // 1000
        if now_ms > self._ms:
            self._ms = now_ms
            self._number = 0
        else:
            # The clock stands still or went back, or this millisecond is full: run ahead of it.
            self._number += 1
            if self._number == _NUMBERS:
                self._ms += 1
                self._number = 0
        if self._ms >= self._reserved_ms:
            # In this order: a reservation that fails, on a full disk, is none.
            reserved_ms = self._ms + RESERVATION_MS
            self._reserve(reserved_ms)
            self._reserved_ms = reserved_ms
        shift = _NODE_BITS + _NUMBER_BITS
        return (self._ms - self._epoch_ms) << shift | self._node | self._number
