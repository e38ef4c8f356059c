"""WritePressure: how much waits to be flushed or merged, and what that means for writes.

Writers slow down before they fail: above a soft bound each write waits, the longer the nearer the
hard bound is, and at the hard bound it is refused. DELETE is never refused: it is a way out.
Reads and what the server writes for itself are not asked.

``PressureWatch`` brings the figures; the engine asks before each write.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from kalampg import errors

_MIB: Final = 1024 * 1024
# With so many files RocksDB stalls writes by itself, and the event loop with them.
LEVEL0_FILES_STALL: Final = 20


@dataclass(frozen=True, slots=True)
class PressureSettings:
    """Bounds: soft ones are ``*_slow``; ``delay_s_max`` is what a write waits at most."""

    hot_bytes_slow: int = 2048 * _MIB
    hot_bytes_refused: int = 4096 * _MIB
    level0_files_slow: int = 12
    free_bytes_min: int = 256 * _MIB
    delay_s_max: float = 1.0
    check_interval_s: float = 1.0


class WritePressure:
    """What writes are told. Belongs to the event loop's thread.

    ``hot_bytes`` is asked each time; the other figures are those of the last look.
    """

    def __init__(
        self,
        settings: PressureSettings,
        hot_bytes: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.settings = settings
        self._hot_bytes = hot_bytes
        self._sleep = sleep
        self._level0_delay = 0.0
        # Free space of the data directory while it is too little, else None.
        self._scarce_bytes: int | None = None

    @property
    def is_on(self) -> bool:
        """Whether a write must ask before it runs."""
        return (
            self._hot_bytes() > self.settings.hot_bytes_slow
            or self._level0_delay > 0
            or self._scarce_bytes is not None
        )

    @property
    def is_disk_scarce(self) -> bool:
        return self._scarce_bytes is not None

    @property
    def is_hot_full(self) -> bool:
        return self._hot_bytes() >= self.settings.hot_bytes_refused

    @property
    def delay_s(self) -> float:
        """How long a write waits now."""
        settings = self.settings
        hot_delay = _share(self._hot_bytes(), settings.hot_bytes_slow, settings.hot_bytes_refused)
        return settings.delay_s_max * max(hot_delay, self._level0_delay)

    def note(self, *, free_bytes: int, level0_files: int, is_out_of_space: bool = False) -> None:
        """The figures of a look at the disk and the row store.

        ``is_out_of_space``: the store takes no writes, however much space there is by now.
        """
        settings = self.settings
        is_scarce = is_out_of_space or free_bytes < settings.free_bytes_min
        self._scarce_bytes = free_bytes if is_scarce else None
        self._level0_delay = _share(level0_files, settings.level0_files_slow, LEVEL0_FILES_STALL)

    def check(self) -> None:
        """Refuse new rows while there is no room for them.

        Raises:
            DiskFull: 53100. OutOfMemory: 53200.
        """
        if self._scarce_bytes is not None:
            raise errors.DiskFull(
                "disk is almost full, writes are refused",
                detail=f"{self._scarce_bytes} bytes are free, storage.min_free_bytes is "
                f"{self.settings.free_bytes_min}.",
                hint="Free disk space: writes are accepted again by themselves. "
                "Reads, DELETE and DROP work meanwhile.",
            )
        if self.is_hot_full:
            raise errors.OutOfMemory(
                "too many rows wait to be flushed, writes are refused",
                detail=f"{self._hot_bytes()} bytes are hot, flush.hot_bytes_refused is "
                f"{self.settings.hot_bytes_refused}.",
                hint="Look at system.flush_status and system.alerts for what holds flushes up.",
            )

    async def admit(self, *, adds_rows: bool) -> None:
        """Wait as long as a write has to; ``adds_rows`` unless it only deletes.

        Raises:
            DiskFull: 53100. OutOfMemory: 53200.
        """
        if adds_rows:
            self.check()
        delay_s = self.delay_s
        if delay_s > 0:
            await self._sleep(delay_s)
        if adds_rows:
            self.check()


def _share(value: int, soft: int, hard: int) -> float:
    """How far ``value`` has come from the soft to the hard bound, from 0 to 1."""
    if value <= soft:
        return 0.0
    return min(1.0, (value - soft) / max(hard - soft, 1))
