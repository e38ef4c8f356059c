"""Background work that survives a restart."""

from __future__ import annotations

from kalampg.jobs.flush_job import FlushedScope, FlushTarget, FlushWork
from kalampg.jobs.garbage_collector import GarbageCollector
from kalampg.jobs.job import Job, JobKind, JobStatus
from kalampg.jobs.job_rows import job_rows
from kalampg.jobs.job_store import JobStore
from kalampg.jobs.scheduler import Scheduler
from kalampg.jobs.store_target import StoreFlushTarget, open_job_store

__all__ = [
    "FlushTarget",
    "FlushWork",
    "FlushedScope",
    "GarbageCollector",
    "Job",
    "JobKind",
    "JobStatus",
    "JobStore",
    "Scheduler",
    "StoreFlushTarget",
    "job_rows",
    "open_job_store",
]
