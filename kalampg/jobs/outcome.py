"""What a job's work says when it is done and on the way, and how it learns that it should stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from kalampg.errors import DiskFull, IoError, ObjectInUse
from kalampg.jobs.job import JobEvent

# Puts the JSON of how far the work has come into the job's row.
SaveProgress: TypeAlias = Callable[[str], None]


def may_pass(failure: Exception) -> bool:
    """Whether trying again later has a chance: storages and locks change, rows do not."""
    return isinstance(failure, OSError | IoError | DiskFull | ObjectInUse)


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """COMPLETE, FAIL, RETRY or SKIP, with what goes into the job's row."""

    event: JobEvent
    result: str | None = None
    message: str | None = None
    error: str | None = None


class StopSignal:
    """Asks the work of one job to stop at its next boundary."""

    __slots__ = ("is_set",)

    def __init__(self) -> None:
        self.is_set = False

    def set(self) -> None:
        self.is_set = True
