"""RecentWrites: what a transaction has read against what was committed since.

Goal: a write into anything that was read refuses the transaction, whatever else happens; flushes
never do; the log is bounded. Method: batches by hand; random reads and writes against brute force.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalampg import errors
from kalampg.engine.read_set import ReadSet
from kalampg.engine.serializable import RecentWrites
from kalampg.ids import TableId, UserId
from kalampg.storage.batch import WriteBatch
from kalampg.storage.keys import Scope

SCOPE = Scope(TableId(1), UserId("alice"))
OTHERS = Scope(TableId(1), UserId("bob"))

keys = st.binary(min_size=1, max_size=2)


def put(*written: bytes, scope: Scope = SCOPE) -> WriteBatch:
    batch = WriteBatch()
    for key in written:
        batch.put_row(scope, key, b"row")
    return batch


def is_refused(recent: RecentWrites, reads: ReadSet) -> bool:
    try:
        recent.check(reads)
    except errors.SerializationFailure:
        return True
    return False


@given(points=st.sets(keys), ranges=st.lists(st.tuples(keys, keys)), written=st.sets(keys))
def test_reads_and_writes_meet_as_brute_force_says(
    points: set[bytes], ranges: list[tuple[bytes, bytes]], written: set[bytes]
) -> None:
    recent = RecentWrites(1_000)
    reads = recent.watch(5)
    for key in points:
        reads.add_point(SCOPE, key)
    for lower, upper in ranges:
        reads.add_range(SCOPE, lower, upper)
    recent.committed(put(*written), 6)
    recent.committed(put(*points, scope=OTHERS), 7)
    expected = any(
        key in points or any(lower <= key < upper for lower, upper in ranges) for key in written
    )
    assert is_refused(recent, reads) is expected


@pytest.mark.parametrize("how", ["scope", "table", "open range"])
def test_whole_reads_meet_every_write(how: str) -> None:
    recent = RecentWrites(1_000)
    reads = recent.watch(5)
    if how == "scope":
        reads.add_scope(SCOPE)
    elif how == "table":
        reads.add_table(SCOPE.table_id)
    else:
        reads.add_range(SCOPE, None, None)
    assert not is_refused(recent, reads)
    recent.committed(put(b"a"), 6)
    assert is_refused(recent, reads)


@pytest.mark.parametrize("how", ["drop_scope", "drop_table"])
def test_emptying_a_scope_meets_every_read_of_it(how: str) -> None:
    recent = RecentWrites(1_000)
    reads = recent.watch(5)
    reads.add_point(SCOPE, b"a")
    batch = WriteBatch()
    if how == "drop_scope":
        batch.drop_scope(SCOPE)
    else:
        batch.drop_table(SCOPE.table_id)
    recent.committed(batch, 6)
    assert is_refused(recent, reads)


def test_moving_rows_to_a_segment_changes_nothing() -> None:
    recent = RecentWrites(1_000)
    reads = recent.watch(5)
    reads.add_scope(SCOPE)
    batch = WriteBatch()
    batch.delete_row(SCOPE, b"a")
    recent.committed(batch, 6)
    assert not is_refused(recent, reads)


def test_what_was_committed_before_the_snapshot_is_part_of_it() -> None:
    recent = RecentWrites(1_000)
    first = recent.watch(5)
    recent.committed(put(b"a"), 6)
    second = recent.watch(6)
    second.add_point(SCOPE, b"a")
    first.add_point(SCOPE, b"a")
    assert (is_refused(recent, first), is_refused(recent, second)) == (True, False)


def test_nothing_is_remembered_while_nobody_watches() -> None:
    recent = RecentWrites(1_000)
    recent.committed(put(b"a"), 6)
    assert len(recent) == 0
    first, second = recent.watch(6), recent.watch(6)
    recent.committed(put(b"a"), 7)
    assert len(recent) > 0
    recent.forget(first)
    recent.forget(first)
    assert len(recent) > 0
    recent.forget(second)
    assert len(recent) == 0


def test_more_writes_than_are_remembered_refuse_whoever_began_before_them() -> None:
    recent = RecentWrites(10)
    old = recent.watch(5)
    for position in range(6, 20):
        recent.committed(put(bytes([position])), position)
    assert len(recent) <= 10
    with pytest.raises(errors.SerializationFailure) as raised:
        recent.check(old)
    assert "transaction.recent_writes_max" in str(raised.value.hint)
    assert not is_refused(recent, recent.watch(19))


def test_very_many_keys_count_as_the_whole_scope() -> None:
    reads = ReadSet(5)
    for number in range(10_001):
        reads.add_point(SCOPE, number.to_bytes(4))
    assert reads.scopes[SCOPE].is_whole
    assert not reads.scopes[SCOPE].points
