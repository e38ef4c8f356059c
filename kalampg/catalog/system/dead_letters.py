"""``system.dead_letters``: jobs that failed for good, until RETRY JOB takes them up again."""

from __future__ import annotations

from typing import Final

from kalampg.catalog.computed import INT4, JSON, TEXT, TIMESTAMPTZ, define

DEAD_LETTERS: Final = define(
    "system",
    "dead_letters",
    15012,
    (
        ("job_id", TEXT),
        ("job_type", TEXT),
        ("table_name", TEXT),
        ("error_message", TEXT),
        ("failed_at", TIMESTAMPTZ),
        ("retry_count", INT4),
        ("crash_count", INT4),
        ("parameters", JSON),
        ("result", JSON),
    ),
    lambda view: view.background.dead_letters(),
)
