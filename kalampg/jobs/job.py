"""Job: one durable piece of background work, and the states it goes through. PURE.

    new ──► queued ──► running ──► completed
               ▲          │ ├────► failed
               │          │ └────► cancelled
               └─ retrying ┘

``queued`` and ``retrying`` may be cancelled or skipped too. A restart finds jobs in any state and
queues again those that have not ended: a flush may be repeated at any point without harm. Only one
that took the process down again and again is failed instead. A failed job may be queued again by
its operator.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from typing import Final, NamedTuple

from kalampg.errors import ObjectNotInPrerequisiteState
from kalampg.ids import JobId, TableId, UserId
from kalampg.relation import Relation

RETRIES_MAX: Final = 3


class JobKind(StrEnum):
    """What a job does."""

    FLUSH = "flush"
    COMPACTION = "compaction"
    RETENTION = "retention"
    PURGE = "purge"
    JOB_CLEANUP = "job_cleanup"
    MOVE = "move"
    BACKUP = "backup"
    RESTORE = "restore"
    USER_EXPORT = "user_export"
    USER_CLEANUP = "user_cleanup"


ID_PREFIXES: Final = {
    JobKind.FLUSH: "FL",
    JobKind.COMPACTION: "CO",
    JobKind.RETENTION: "RT",
    JobKind.PURGE: "PU",
    JobKind.JOB_CLEANUP: "JC",
    JobKind.MOVE: "MV",
    JobKind.BACKUP: "BK",
    JobKind.RESTORE: "RS",
    JobKind.USER_EXPORT: "UE",
    JobKind.USER_CLEANUP: "UC",
}


# What moves whole data and may take hours. It changes no rows, so that whatever else is done with
# the same table or user goes on beside it.
LONG_KINDS: Final = frozenset({JobKind.MOVE, JobKind.BACKUP, JobKind.RESTORE})


class JobStatus(StrEnum):
    """Where a job is; the values are KalamDB's words."""

    NEW = "new"
    QUEUED = "queued"
    RUNNING = "running"
    RETRYING = "retrying"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


ENDED: Final = frozenset(
    {JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.SKIPPED}
)


class JobEvent(Enum):
    """What happens to a job."""

    QUEUE = "queue"
    START = "start"
    COMPLETE = "complete"
    FAIL = "fail"
    RETRY = "retry"
    CANCEL = "cancel"
    SKIP = "skip"
    RESTART = "restart"
    REVIVE = "retry failed"


TRANSITIONS: Final = {
    (JobStatus.NEW, JobEvent.QUEUE): JobStatus.QUEUED,
    (JobStatus.NEW, JobEvent.CANCEL): JobStatus.CANCELLED,
    (JobStatus.NEW, JobEvent.RESTART): JobStatus.QUEUED,
    (JobStatus.QUEUED, JobEvent.START): JobStatus.RUNNING,
    (JobStatus.QUEUED, JobEvent.CANCEL): JobStatus.CANCELLED,
    (JobStatus.QUEUED, JobEvent.SKIP): JobStatus.SKIPPED,
    (JobStatus.QUEUED, JobEvent.RESTART): JobStatus.QUEUED,
    (JobStatus.RUNNING, JobEvent.COMPLETE): JobStatus.COMPLETED,
    (JobStatus.RUNNING, JobEvent.FAIL): JobStatus.FAILED,
    (JobStatus.RUNNING, JobEvent.RETRY): JobStatus.RETRYING,
    (JobStatus.RUNNING, JobEvent.CANCEL): JobStatus.CANCELLED,
    (JobStatus.RUNNING, JobEvent.SKIP): JobStatus.SKIPPED,
    (JobStatus.RUNNING, JobEvent.RESTART): JobStatus.QUEUED,
    (JobStatus.RETRYING, JobEvent.START): JobStatus.RUNNING,
    (JobStatus.RETRYING, JobEvent.CANCEL): JobStatus.CANCELLED,
    (JobStatus.RETRYING, JobEvent.SKIP): JobStatus.SKIPPED,
    (JobStatus.RETRYING, JobEvent.RESTART): JobStatus.QUEUED,
    (JobStatus.FAILED, JobEvent.REVIVE): JobStatus.QUEUED,
}


NO_TABLE: Final = TableId(0)
NO_USER: Final = UserId("")


class JobSubject(NamedTuple):
    """What a job is about: a table, a user with the rows of all tables, or the server itself.

    One job of a kind is active for each subject, and one work at a time runs on it.
    """

    table_id: TableId = NO_TABLE
    user_id: UserId = NO_USER


SERVER: Final = JobSubject()


def user_subject(user_id: str) -> JobSubject:
    return JobSubject(user_id=UserId(user_id))


def table_subject(relation: Relation) -> JobSubject:
    return JobSubject(table_id=relation.table_id)


class JobLane(NamedTuple):
    """What one work at a time runs in; ``kind`` only for works that keep nobody else out."""

    subject: JobSubject
    kind: JobKind | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One version of a job's row. ``parameters``, ``result`` and ``progress`` are JSON texts.

    ``progress`` is where the work goes on after an interruption. ``crash_count`` is how often the
    process died while the job ran. ``table_name`` and ``user_id`` are empty where the job is not
    about a table or a user. ``JobMeter`` says what ``cpu_used_us`` and ``memory_used_bytes`` are.
    """

    job_id: JobId
    kind: JobKind
    table_id: TableId
    table_name: str
    status: JobStatus
    parameters: str
    created_at_us: int
    updated_at_us: int
    started_at_us: int | None = None
    finished_at_us: int | None = None
    result: str | None = None
    message: str | None = None
    error: str | None = None
    retry_count: int = 0
    max_retries: int = RETRIES_MAX
    node_id: int = 0
    crash_count: int = 0
    progress: str | None = None
    user_id: UserId = NO_USER
    cpu_used_us: int | None = None
    memory_used_bytes: int | None = None

    @property
    def subject(self) -> JobSubject:
        return JobSubject(self.table_id, self.user_id)

    @property
    def is_long(self) -> bool:
        return self.kind in LONG_KINDS

    @property
    def lane(self) -> JobLane:
        return JobLane(self.subject, self.kind if self.is_long else None)

    @property
    def idempotency_key(self) -> str:
        """What no two active jobs have in common."""
        about = (
            f"table {self.table_id}" if self.table_id else self.user_id and "user " + self.user_id
        )
        return f"{self.kind.value}: {about or 'server'}"

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED


def advance(
    job: Job,
    event: JobEvent,
    now_us: int,
    *,
    result: str | None = None,
    message: str | None = None,
    error: str | None = None,
) -> Job:
    """The job after ``event``.

    Raises:
        ObjectNotInPrerequisiteState: 55000, the event is not possible in the job's state.
    """
    status = TRANSITIONS.get((job.status, event))
    if status is None:
        raise ObjectNotInPrerequisiteState(
            f"cannot {event.value} job {job.job_id} with status '{job.status}'"
        )
    return replace(
        job,
        status=status,
        updated_at_us=now_us,
        started_at_us=now_us if event is JobEvent.START else job.started_at_us,
        finished_at_us=now_us if status in ENDED else None,
        result=job.result if result is None else result,
        message=job.message if message is None else message,
        error=job.error if error is None else error,
        retry_count=job.retry_count + (event is JobEvent.RETRY),
    )
