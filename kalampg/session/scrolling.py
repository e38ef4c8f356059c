"""Fetching from a cursor: forward from a stream, or anywhere among rows in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kalampg import errors
from kalampg.engine import RowStream
from kalampg.relation import Datum
from kalampg.session.rows import CHUNK_ROWS
from kalampg.sql.cursor_plan import Direction, FetchPlan


class Forward:
    """The next rows of a stream, as a stream that leaves the rest."""

    def __init__(self, stream: RowStream, count: int | None) -> None:
        self._stream = stream
        self._left = count

    async def next(self, max_rows: int, encode: Callable[[Any], bytes]) -> tuple[bytes, int, bool]:
        """The next rows; see ``RowStream``."""
        if self._left == 0:
            return b"", 0, True
        wanted = max_rows if self._left is None else min(max_rows or CHUNK_ROWS, self._left)
        encoded, count, is_done = await self._stream.next(wanted, encode)
        if self._left is not None:
            self._left -= count
        return encoded, count, is_done or self._left == 0

    def close(self) -> None:
        """The cursor owns the stream."""


async def skipped(stream: RowStream, count: int | None) -> int:
    """Pass over the next rows; how many there were."""
    rest = Forward(stream, count)
    total, is_done = 0, False
    while not is_done:
        _, passed, is_done = await rest.next(CHUNK_ROWS, lambda batch: b"")
        total += passed
    return total


class Scrolling:
    """A position among rows in memory: 0 before the first, one past the last behind it."""

    def __init__(self, rows: Sequence[Sequence[Datum]], *, may_go_back: bool) -> None:
        self._rows = rows
        self._may_go_back = may_go_back
        self._place = 0

    def fetch(self, plan: FetchPlan) -> list[Sequence[Datum]]:
        """The rows that a FETCH gives; the position moves.

        Raises:
            ObjectNotInPrerequisiteState: 55000, this cursor only goes forward.
        """
        count, end = plan.count, len(self._rows) + 1
        if plan.direction is Direction.FORWARD:
            return self._walk(end if count is None else count)
        if plan.direction is Direction.BACKWARD:
            return self._walk(-end if count is None else -count)
        assert count is not None, "the grammar wants a number"
        if plan.direction is Direction.RELATIVE:
            return self._jump(self._place + count)
        return self._jump(count if count >= 0 else end + count)

    def _jump(self, place: int) -> list[Sequence[Datum]]:
        place = max(0, min(place, len(self._rows) + 1))
        self._check_forward(place)
        self._place = place
        return self._current()

    def _walk(self, steps: int) -> list[Sequence[Datum]]:
        if steps == 0:
            return self._current()
        start, end = self._place, len(self._rows) + 1
        self._check_forward(start + steps)
        self._place = max(0, min(start + steps, end))
        if steps > 0:
            return list(self._rows[start : start + steps])
        return list(reversed(self._rows[max(start - 1 + steps, 0) : max(start - 1, 0)]))

    def _current(self) -> list[Sequence[Datum]]:
        return list(self._rows[self._place - 1 : self._place]) if self._place else []

    def _check_forward(self, place: int) -> None:
        if place < self._place and not self._may_go_back:
            raise only_forward()


def only_forward() -> errors.ObjectNotInPrerequisiteState:
    """The 55000 of a cursor that does not scroll."""
    return errors.ObjectNotInPrerequisiteState(
        "cursor can only scan forward",
        hint="Declare it with SCROLL option to enable backward scan.",
    )


def forward_steps(plan: FetchPlan, fetched: int) -> tuple[int, int | None]:
    """For a stream: how many rows to pass over, and how many to give then.

    Raises:
        ObjectNotInPrerequisiteState: 55000, it would have to go back.
    """
    count = plan.count
    if plan.direction is Direction.FORWARD and (count is None or count > 0):
        return 0, count
    if plan.direction is Direction.RELATIVE and count is not None and count > 0:
        return count - 1, 1
    if plan.direction is Direction.ABSOLUTE and count is not None and count > fetched:
        return count - fetched - 1, 1
    raise only_forward()
