"""The store of several users against dictionaries.

Goal: flush, reopen, snapshots and drops never lose, double or change a row, and a primary key has
at most one live place.
Method: a Hypothesis machine; the oracle is one dict for each user, and a copy of them for each open
snapshot. After every step each user's rows, hot and cold together, are exactly the dict's.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TypeAlias

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kalampg.clock import ManualClock
from kalampg.storage import FlushSettings, Snapshot, Store, WriteBatch
from kalampg.storage.flush import ScopeFlush, WrittenSegment
from tests.fix_storage import Table, make_relation, objects, scope_of

USERS = ("alice", "bob", "")
Rows: TypeAlias = dict[int, str]
RELATION = make_relation(20, 25)
# Small segments, so that a scope soon has several.
SETTINGS = FlushSettings(row_group_rows=2, segment_rows_max=4)

users = st.sampled_from(USERS)
keys = st.integers(0, 9)
texts = st.text("ab", max_size=2)


class StoreMachine(RuleBasedStateMachine):
    """Random work of several users on one store."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp(prefix="kalampg-model-"))
        self.clock = ManualClock()
        self.model: dict[str, Rows] = {user: {} for user in USERS}
        self.snapshots: list[tuple[Snapshot, dict[str, Rows]]] = []
        self.flush: tuple[ScopeFlush, WrittenSegment] | None = None
        self.seqs: list[int] = []
        self._open()

    def _open(self) -> None:
        self.store = Store.open(self.directory, clock=self.clock)
        self.table = Table(self.store, RELATION)

    def _close(self) -> None:
        if self.flush is not None:
            self.flush[0].close()
            self.flush = None
        for snapshot, _ in self.snapshots:
            snapshot.close()
        self.snapshots.clear()
        self.store.close()

    @rule(user=users, rows=st.dictionaries(keys, texts, min_size=1, max_size=4))
    def put(self, user: str, rows: Rows) -> None:
        self.table.put(scope_of(user), *rows.items())
        self.model[user].update(rows)

    @rule(user=users, key=keys)
    def delete(self, user: str, key: int) -> None:
        if key in self.model[user]:
            self.table.put(scope_of(user), (key, ""), deleted=True)
            del self.model[user][key]

    @rule(user=users)
    def truncate(self, user: str) -> None:
        batch = WriteBatch()
        batch.drop_scope(scope_of(user))
        self.store.commit(batch)
        self.model[user].clear()

    @rule()
    def drop_table(self) -> None:
        batch = WriteBatch()
        batch.drop_table(RELATION.table_id)
        self.store.commit(batch)
        for rows in self.model.values():
            rows.clear()

    @precondition(lambda self: self.flush is None)
    @rule(user=users)
    def flush_all(self, user: str) -> None:
        self.table.flush(scope_of(user), SETTINGS)

    @precondition(lambda self: self.flush is None)
    @rule(user=users)
    def begin_flush(self, user: str) -> None:
        flush = ScopeFlush(self.store, RELATION, scope_of(user), settings=SETTINGS)
        written = flush.write_next()
        if written is None:
            flush.close()
        else:
            self.flush = flush, written

    @precondition(lambda self: self.flush is not None)
    @rule(is_published=st.booleans())
    def end_flush(self, is_published: bool) -> None:
        assert self.flush is not None
        flush, written = self.flush
        if is_published:
            flush.publish(written)
        flush.close()
        self.flush = None

    @precondition(lambda self: len(self.snapshots) < 3)
    @rule()
    def open_snapshot(self) -> None:
        copy = {user: dict(rows) for user, rows in self.model.items()}
        self.snapshots.append((self.store.snapshot(), copy))

    @precondition(lambda self: self.snapshots)
    @rule(place=st.integers(0, 2))
    def close_snapshot(self, place: int) -> None:
        snapshot, _ = self.snapshots.pop(place % len(self.snapshots))
        snapshot.close()

    @rule()
    def sync_and_collect(self) -> None:
        self.store.gate.sync()
        self.store.remove_garbage()

    @rule(seconds=st.integers(-100, 100))
    def step_clock(self, seconds: int) -> None:
        self.clock.step_wall_clock(seconds)

    @rule()
    def reopen(self) -> None:
        self._close()
        self._open()
        assert self.store.recovery.missing == ()
        named = {
            segment.path
            for user in USERS
            for segment in self.store.manifest(scope_of(user)).segments
        }
        assert objects(self.store.root) == named, "no object outside the manifest after a start"

    @invariant()
    def rows_are_the_models(self) -> None:
        for user, rows in self.model.items():
            assert self.table.live(scope_of(user)) == sorted(rows.items())

    @invariant()
    def snapshots_still_show_their_instant(self) -> None:
        for snapshot, model in self.snapshots:
            for user, rows in model.items():
                assert self.table.live(scope_of(user), snapshot) == sorted(rows.items())

    @invariant()
    def sequence_numbers_only_grow(self) -> None:
        self.seqs.append(self.store.seq_source.next())
        assert self.seqs[-2:] == sorted(set(self.seqs[-2:]))

    def teardown(self) -> None:
        self._close()
        shutil.rmtree(self.directory)


TestStore = StoreMachine.TestCase
TestStore.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
