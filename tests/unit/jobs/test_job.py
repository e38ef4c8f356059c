"""Job and JobStore: any event in any order.

Goal: a job ends once and stays ended; at most one job a table is active; a restart reads what was
written; ended jobs may be forgotten, active ones never.
Method: the state table written out by hand, and a state machine against a dictionary.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kalampg.errors import ObjectNotInPrerequisiteState
from kalampg.ids import JobId, TableId
from kalampg.jobs.job import Job, JobEvent, JobKind, JobStatus, JobSubject, advance
from kalampg.jobs.job_store import (
    CHUNK_JOBS,
    FOUND_JOBS_MAX,
    JobStore,
    WriteEntries,
    decode_job,
    encode_job,
)
from kalampg.relation import Datum

ENDS = {"completed", "failed", "cancelled", "skipped"}
# status: {event: status after}; every pair that is not here is refused.
ALLOWED = {
    "new": {"queue": "queued", "cancel": "cancelled", "restart": "queued"},
    "queued": {
        "start": "running",
        "cancel": "cancelled",
        "skip": "skipped",
        "restart": "queued",
    },
    "running": {
        "complete": "completed",
        "fail": "failed",
        "retry": "retrying",
        "cancel": "cancelled",
        "skip": "skipped",
        "restart": "queued",
    },
    "retrying": {
        "start": "running",
        "cancel": "cancelled",
        "skip": "skipped",
        "restart": "queued",
    },
    "failed": {"retry failed": "queued"},
}


def job(number: int = 1, table: int = 1, now_us: int = 0) -> Job:
    return Job(
        JobId(f"FL-{number}"),
        JobKind.FLUSH,
        TableId(table),
        "app.t",
        JobStatus.NEW,
        "{}",
        now_us,
        now_us,
    )


@pytest.mark.parametrize("status", list(JobStatus))
@pytest.mark.parametrize("event", list(JobEvent))
def test_every_pair_of_state_and_event(status: JobStatus, event: JobEvent) -> None:
    before = replace(job(), status=status)
    expected = ALLOWED.get(status.value, {}).get(event.value)
    if expected is None:
        with pytest.raises(ObjectNotInPrerequisiteState):
            advance(before, event, 5)
        return
    after = advance(before, event, 5, message="m")
    assert (after.status.value, after.updated_at_us, after.message) == (expected, 5, "m")
    assert (after.finished_at_us is not None) == (expected in ENDS) == after.has_ended


def test_the_refusal_names_job_and_state() -> None:
    with pytest.raises(ObjectNotInPrerequisiteState) as raised:
        advance(replace(job(), status=JobStatus.COMPLETED), JobEvent.CANCEL, 5)
    assert raised.value.message == "cannot cancel job FL-1 with status 'completed'"


def test_a_job_survives_its_bytes() -> None:
    before = advance(job(), JobEvent.QUEUE, 3, result="{}", message="m", error="e")
    assert decode_job(encode_job(before)) == before


def _memory() -> tuple[dict[bytes, bytes], WriteEntries]:
    entries: dict[bytes, bytes] = {}

    def write(changes: list[tuple[bytes, bytes | None]]) -> None:
        for key, value in changes:
            entries.pop(key) if value is None else entries.update({key: value})

    return entries, write


def test_what_ended_before_a_time_can_be_forgotten() -> None:
    entries, write = _memory()
    store = JobStore([], write)
    store.put(advance(job(1, table=1), JobEvent.CANCEL, 5))
    store.put(advance(job(2, table=2), JobEvent.QUEUE, 5))
    store.put(advance(job(3, table=3), JobEvent.CANCEL, 6))
    assert store.ended_before(6) == ["FL-1"]
    store.remove([JobId("FL-1")])
    assert [kept.job_id for kept in store.jobs()] == ["FL-2", "FL-3"]
    assert set(entries) == {b"FL-2", b"FL-3"}


def test_the_oldest_ended_jobs_make_room() -> None:
    entries, write = _memory()
    store = JobStore([], write, ended_max=2)
    store.put(advance(job(1, table=1), JobEvent.QUEUE, 0))
    for number in range(2, 6):
        store.put(advance(job(number, table=number, now_us=number), JobEvent.CANCEL, number))
    assert [kept.job_id for kept in store.jobs()] == ["FL-1", "FL-4", "FL-5"]
    assert set(entries) == {b"FL-1", b"FL-4", b"FL-5"}


def test_a_chunk_is_new_only_when_one_of_its_jobs_is() -> None:
    _, write = _memory()
    store = JobStore([], write)
    for number in range(CHUNK_JOBS + 2):
        store.put(advance(job(number, table=number, now_us=number), JobEvent.QUEUE, number))
    first, second = store.chunks()
    assert (len(first.jobs), len(second.jobs)) == (CHUNK_JOBS, 2)
    assert store.chunks() == [first, second]
    store.put(advance(second.jobs[1], JobEvent.CANCEL, 9999))
    again, changed = store.chunks()
    assert again is first
    assert [one.status.value for one in changed.jobs] == ["queued", "cancelled"]
    store.remove([changed.jobs[1].job_id])
    assert [one.jobs for one in store.chunks()] == [first.jobs, second.jobs[:1]]


def test_rows_are_found_by_id_and_by_status_unless_they_are_many() -> None:
    _, write = _memory()
    store = JobStore([], write)
    for number in range(FOUND_JOBS_MAX + 1):
        store.put(advance(job(number, table=number), JobEvent.QUEUE, 1))

    def found(**equal: str) -> list[tuple[Datum, Datum]] | None:
        rows = store.rows_where(equal)
        return None if rows is None else [(row[0], row[3]) for row in rows]

    assert found(status="queued") is None
    assert found(table_name="t") is None
    store.put(advance(store.jobs()[7], JobEvent.START, 2))
    assert found(status="running") == [("FL-7", "running")]
    assert found(job_id="FL-7", status="queued") == [("FL-7", "running")]
    assert found(job_id="FL-") == found(status="no such status") == []
    assert len(found(status="queued") or ()) == FOUND_JOBS_MAX
    store.put(advance(store.jobs()[7], JobEvent.FAIL, 3))
    store.remove([JobId("FL-7")])
    assert found(status="running") == found(status="failed") == []


class JobMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[bytes, bytes] = {}
        self.model: dict[str, tuple[int, str]] = {}
        self.now_us = 0
        self.store = JobStore([], self.write)

    def write(self, changes: list[tuple[bytes, bytes | None]]) -> None:
        for key, value in changes:
            assert value is not None, "nothing is old enough to be forgotten"
            self.entries[key] = value

    @rule(table=st.integers(1, 3))
    def submit(self, table: int) -> None:
        active = [name for name, (t, s) in self.model.items() if t == table and s not in ENDS]
        found = self.store.active(JobKind.FLUSH, JobSubject(TableId(table)))
        assert [found.job_id] == active if found else active == []
        if found is None:
            self.now_us += 1
            new = job(len(self.model) + 1, table, self.now_us)
            self.store.put(new)
            self.model[new.job_id] = (table, "new")

    @rule(number=st.integers(1, 12), event=st.sampled_from(JobEvent))
    def happen(self, number: int, event: JobEvent) -> None:
        before = self.store.get(JobId(f"FL-{number}"))
        assert (before is not None) == (f"FL-{number}" in self.model)
        if before is None:
            return
        self.now_us += 1
        expected = ALLOWED.get(before.status.value, {}).get(event.value)
        if expected is None:
            with pytest.raises(ObjectNotInPrerequisiteState):
                advance(before, event, self.now_us)
            return
        self.store.put(advance(before, event, self.now_us))
        self.model[before.job_id] = (before.table_id, expected)

    @rule()
    def restart(self) -> None:
        self.store = JobStore(self.entries.items(), self.write)

    @invariant()
    def the_store_is_the_model(self) -> None:
        kept = {j.job_id: (int(j.table_id), j.status.value) for j in self.store.jobs()}
        assert kept == self.model
        assert list(kept) == list(self.model), "oldest first"


JobMachine.TestCase.settings = settings(max_examples=80, stateful_step_count=40)
TestJobMachine = JobMachine.TestCase
