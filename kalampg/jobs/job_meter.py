"""JobMeter: the processor time and the memory that one job's work takes, as measured.

``cpu_us`` is the time that threads were on a processor for the job: its steps in worker threads,
and its turns on the event loop. What Arrow's own threads do for it (decoding of Parquet) is not in
it. ``memory_bytes`` is how far the process' resident memory has been above where it was when the
job began, looked at after each step in a worker: what others did meanwhile is in it, what a step
took and gave back to the system before its end is not. It is None where the system does not tell.
"""

from __future__ import annotations

import contextvars
import os
import time
import types
from collections.abc import Callable, Coroutine, Generator
from pathlib import Path
from typing import Any, Final, TypeVar

T = TypeVar("T")

_STATM: Final = Path("/proc/self/statm")  # pages: size, resident, ...
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")

_current: contextvars.ContextVar[JobMeter | None] = contextvars.ContextVar("meter", default=None)


class JobMeter:
    """Adds up what one run of a job's work takes.

    Invariants:
        - Steps of one job do not overlap: while a worker runs, the job's coroutine waits for it.
    """

    def __init__(self) -> None:
        self._cpu_ns = 0
        self._resident_at_start = resident_bytes()
        self._growth: int | None = None if self._resident_at_start is None else 0

    @property
    def cpu_us(self) -> int:
        return self._cpu_ns // 1000

    @property
    def memory_bytes(self) -> int | None:
        return self._growth

    def add(self, cpu_ns: int) -> None:
        """Count a step's time."""
        self._cpu_ns += cpu_ns

    def look_at_memory(self) -> None:
        """After a step that may hold much: 10 us."""
        resident = resident_bytes()
        if resident is not None and self._resident_at_start is not None:
            self._growth = max(self._growth or 0, resident - self._resident_at_start)

    def measure(self, work: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        """``work``, with its turns on the event loop measured, and what it runs in workers."""
        return _measured(work, self)


def in_meter(work: Callable[[], T]) -> Callable[[], T]:
    """``work`` for a worker thread, measured for the job that asks for it, if one does."""
    meter = _current.get()
    if meter is None:
        return work

    def measured() -> T:
        begun_ns = time.thread_time_ns()
        try:
            return work()
        finally:
            meter.add(time.thread_time_ns() - begun_ns)
            meter.look_at_memory()

    return measured


@types.coroutine
def _measured(work: Coroutine[Any, Any, T], meter: JobMeter) -> Generator[Any, Any, T]:
    """Drive ``work`` by hand: each ``send`` is one turn on the event loop."""
    _current.set(meter)
    resume: Callable[[], Any] = lambda: work.send(None)  # noqa: E731 - replaced at each turn
    while True:
        begun_ns = time.thread_time_ns()
        try:
            awaited = resume()
        except StopIteration as done:
            result: T = done.value
            return result
        finally:
            meter.add(time.thread_time_ns() - begun_ns)
        try:
            value = yield awaited
        except BaseException as failure:  # noqa: BLE001 - what is thrown in is the work's to handle
            resume = _thrower(work, failure)
        else:
            resume = _sender(work, value)


def _sender(work: Coroutine[Any, Any, Any], value: object) -> Callable[[], Any]:
    return lambda: work.send(value)


def _thrower(work: Coroutine[Any, Any, Any], failure: BaseException) -> Callable[[], Any]:
    return lambda: work.throw(failure)


def resident_bytes() -> int | None:
    """The process' resident memory; None where the system has no /proc."""
    try:
        return int(_STATM.read_bytes().split()[1]) * _PAGE_BYTES
    except OSError:
        return None
