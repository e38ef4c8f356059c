"""PressureWatch: looks at the disk and the row store, and tells writers and operators.

Invariants:
    - An alert is raised and logged once, when its cause begins, and resolved when it is over.
    - After ``wait_closed`` no thread looks at the disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import structlog

from kalampg.clock import Clock
from kalampg.errors import PgError
from kalampg.jobs.write_pressure import WritePressure
from kalampg.relation import Datum
from kalampg.storage import Store
from kalampg.tasks import TaskOwner

_LOG: Final = structlog.get_logger("kalampg.jobs.pressure")


class PressureKind(StrEnum):
    """What an alert is about."""

    DISK_FULL = "disk_full"
    HOT_BYTES = "hot_bytes"


@dataclass(slots=True)
class _Alert:
    raised_us: int
    updated_us: int
    error: str
    resolved_us: int | None = None


class PressureWatch:
    """Owns the looks at one store's disk. All methods belong to the event loop's thread."""

    def __init__(
        self,
        store: Store,
        pressure: WritePressure,
        executor: Executor,
        recount: Callable[[], None],
        *,
        clock: Clock,
    ) -> None:
        """``recount`` is called while too much seems to be hot."""
        self._store = store
        self._pressure = pressure
        self._executor = executor
        self._recount = recount
        self._clock = clock
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._alerts: dict[PressureKind, _Alert] = {}
        self.free_bytes = 0

    def start(self, tasks: TaskOwner) -> None:
        self._task = tasks.start(self._run(), "watch of disk space")

    def close(self) -> None:
        """Ask to stop. Idempotent."""
        self._closing.set()

    async def wait_closed(self) -> None:
        if self._task is not None:
            await asyncio.wait([self._task])

    async def look(self) -> None:
        """Look once, and act on what is seen."""
        store, pressure = self._store, self._pressure
        loop = asyncio.get_running_loop()
        try:
            self.free_bytes = await loop.run_in_executor(self._executor, store.free_bytes)
        except OSError as failure:
            _LOG.warning("free disk space is not known", error=str(failure))
            return
        if store.is_out_of_space and self.free_bytes >= pressure.settings.free_bytes_min:
            self._reopen()
        pressure.note(
            free_bytes=self.free_bytes,
            level0_files=store.level0_files(),
            is_out_of_space=store.is_out_of_space,
        )
        if pressure.delay_s > 0:
            self._recount()
        self._tell(
            PressureKind.DISK_FULL,
            f"{self.free_bytes} bytes are free, storage.min_free_bytes is "
            f"{pressure.settings.free_bytes_min}",
            is_on=pressure.is_disk_scarce,
        )
        self._tell(
            PressureKind.HOT_BYTES,
            f"flushes do not keep up, flush.hot_bytes_refused "
            f"({pressure.settings.hot_bytes_refused}) is reached",
            is_on=pressure.is_hot_full,
        )

    def alerts(self) -> Iterator[tuple[Datum, ...]]:
        """As rows of ``system.alerts``, of no table."""
        for kind, alert in self._alerts.items():
            yield (
                None,
                kind.value,
                kind.value,
                "error",
                0,
                alert.error,
                alert.raised_us,
                alert.updated_us,
                alert.resolved_us,
            )

    def _reopen(self) -> None:
        try:
            self._store.reopen()
        except PgError as failure:
            _LOG.error("writes stay refused", error=str(failure))
        else:
            _LOG.info("writes are accepted again, the disk has space")

    def _tell(self, kind: PressureKind, error: str, *, is_on: bool) -> None:
        now_us = self._clock.now_us()
        alert = self._alerts.get(kind)
        is_open = alert is not None and alert.resolved_us is None
        if is_on and not is_open:
            self._alerts[kind] = _Alert(now_us, now_us, error)
            _LOG.error("write alert", kind=kind.value, error=error)
        elif is_on and alert is not None:
            alert.updated_us, alert.error = now_us, error
        elif is_open and alert is not None:
            alert.resolved_us = now_us
            _LOG.info("write alert resolved", kind=kind.value)

    async def _run(self) -> None:
        while not self._closing.is_set():
            await self.look()
            try:
                async with asyncio.timeout(self._pressure.settings.check_interval_s):
                    await self._closing.wait()
            except TimeoutError:
                continue
