"""Job rows without a user: what ended jobs say of somebody who is gone."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Final

from kalampg.ids import JobId, UserId
from kalampg.jobs.job import Job
from kalampg.jobs.job_store import JobStore
from kalampg.storage.storage_paths import path_component

# Others have their turns after so many rows.
_ROWS_PER_TURN: Final = 500


async def forget_user(store: JobStore, user_id: UserId, *, keep: JobId) -> None:
    """Remove the rows of ended jobs about a user, and its name from those of other jobs.

    ``keep`` is the job that does it: its report stays.
    """
    quoted = json.dumps(user_id, ensure_ascii=False)
    marks = (quoted, f"/{path_component(user_id)}/")
    for number, job in enumerate(store.jobs()):
        if number % _ROWS_PER_TURN == 0:
            await asyncio.sleep(0)
        if job.job_id == keep or not job.has_ended or store.get(job.job_id) is not job:
            continue
        if job.user_id == user_id or f'"user_id":{quoted}' in job.parameters:
            store.remove([job.job_id])
        elif any(mark in text for mark in marks for text in _texts(job)):
            store.put(_without(job, marks))


def _texts(job: Job) -> list[str]:
    return [text for text in (job.progress, job.result, job.message, job.error) if text is not None]


def _without(job: Job, marks: tuple[str, ...]) -> Job:
    def kept(text: str | None) -> str | None:
        return None if text is not None and any(mark in text for mark in marks) else text

    return replace(
        job,
        progress=kept(job.progress),
        result=kept(job.result),
        message=kept(job.message),
        error=kept(job.error),
    )
