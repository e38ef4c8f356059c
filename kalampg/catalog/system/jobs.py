"""``system.jobs``: background jobs; the rows come from ``kalampg.jobs``.

``memory_used`` is in bytes, ``cpu_used`` in microseconds; ``kalampg.jobs.job_meter`` says of what.
"""

from __future__ import annotations

from typing import Final

from kalampg.catalog.computed import INT4, INT8, JSON, TEXT, TIMESTAMPTZ, define

JOBS: Final = define(
    "system",
    "jobs",
    15005,
    (
        ("job_id", TEXT),
        ("job_type", TEXT),
        ("table_name", TEXT),
        ("status", TEXT),
        ("parameters", JSON),
        ("result", JSON),
        ("message", TEXT),
        ("error_message", TEXT),
        ("created_at", TIMESTAMPTZ),
        ("updated_at", TIMESTAMPTZ),
        ("started_at", TIMESTAMPTZ),
        ("completed_at", TIMESTAMPTZ),
        ("retry_count", INT4),
        ("max_retries", INT4),
        ("node_id", INT4),
        ("crash_count", INT4),
        ("progress", JSON),
        ("user_id", TEXT),
        ("idempotency_key", TEXT),
        ("memory_used", INT8),
        ("cpu_used", INT8),
    ),
    lambda view: view.background.jobs(),
)
