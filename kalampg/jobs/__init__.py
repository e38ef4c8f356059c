"""Background work that survives a restart."""

from __future__ import annotations

from kalampg.jobs.auto_flush import AutoFlush
from kalampg.jobs.background import Background, BackgroundSettings
from kalampg.jobs.flush_job import FlushedScope, FlushTarget, FlushWork
from kalampg.jobs.flush_journal import FlushJournal
from kalampg.jobs.flush_policy import AutoFlushSettings
from kalampg.jobs.flush_rows import alert_rows, flush_status_rows
from kalampg.jobs.garbage_collector import GarbageCollector
from kalampg.jobs.job import Job, JobKind, JobStatus
from kalampg.jobs.job_cleanup import JobRowSettings
from kalampg.jobs.job_rows import dead_letter_rows, job_rows
from kalampg.jobs.job_store import JobStore
from kalampg.jobs.scheduler import Scheduler
from kalampg.jobs.store_target import StoreFlushTarget, open_flush_journal, open_job_store
from kalampg.jobs.upkeep import UpkeepSettings

__all__ = [
    "AutoFlush",
    "AutoFlushSettings",
    "Background",
    "BackgroundSettings",
    "FlushJournal",
    "FlushTarget",
    "FlushWork",
    "FlushedScope",
    "GarbageCollector",
    "Job",
    "JobKind",
    "JobRowSettings",
    "JobStatus",
    "JobStore",
    "Scheduler",
    "StoreFlushTarget",
    "UpkeepSettings",
    "alert_rows",
    "dead_letter_rows",
    "flush_status_rows",
    "job_rows",
    "open_flush_journal",
    "open_job_store",
]
