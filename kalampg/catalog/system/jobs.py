"""``system.jobs``: background jobs; the rows come from ``kalampg.jobs``."""

from __future__ import annotations

from typing import Final

from kalampg.catalog.computed import INT4, JSON, TEXT, TIMESTAMPTZ, define

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
    ),
    lambda view: view.background.jobs(),
)
