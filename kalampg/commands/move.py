"""ALTER TABLE ... SET STORAGE id MOVE: the job that follows the change of the catalog."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from kalampg.auth import Action, check
from kalampg.catalog import CatalogEdit
from kalampg.commands.session_seam import CommandSession
from kalampg.jobs.job import JobKind
from kalampg.jobs.move_job import MoveParameters
from kalampg.relation import Relation


def with_move(edit: CatalogEdit, relation: Relation, session: CommandSession) -> CatalogEdit:
    """``edit``, and once it is committed a job that moves what the table has elsewhere.

    A move of the table that has not ended makes way: where rows go has changed.
    """
    check(session.role, Action.MOVE)
    job_id = session.jobs.new_id(JobKind.MOVE)
    parameters = MoveParameters(relation.options.storage_id).json()
    session.notice(f"job {job_id} moves the segments once this is committed")
    start = partial(session.jobs.submit_instead, JobKind.MOVE, relation, parameters, job_id)
    return replace(edit, afterwards=(*edit.afterwards, start))
