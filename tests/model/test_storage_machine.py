"""The store of several users against dictionaries.

Goal: flush, compaction, reopen, snapshots and drops never lose, double or change a row, and a
primary key has at most one live place.
Method: a Hypothesis machine; the oracle is one dict for each user, and a copy of them for each open
snapshot. After every step each user's rows, hot and cold together, are exactly the dict's.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TypeAlias

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kalampg.clock import ManualClock
from kalampg.storage import FlushSettings, Snapshot, Store, StoreSettings, WriteBatch
from kalampg.storage.compaction import ScopeCompaction
from kalampg.storage.flush import ScopeFlush
from tests.fix_storage import Table, everything, make_relation, objects, scope_of

USERS = ("alice", "")
Rows: TypeAlias = dict[int, str]
RELATION = make_relation(20, 25)
# Small segments, so that a scope soon has several.
SETTINGS = FlushSettings(row_group_rows=2, segment_rows_max=4)

users = st.sampled_from(USERS)
keys = st.integers(0, 5)
texts = st.text("ab", max_size=2)


class StoreMachine(RuleBasedStateMachine):
    """Random work of several users on one store."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp(prefix="kalampg-model-"))
        self.clock = ManualClock()
        self.model: dict[str, Rows] = {user: {} for user in USERS}
        self.snapshots: list[tuple[Snapshot, dict[str, Rows]]] = []
        self.seqs: list[int] = []
        self._open()

    def _open(self) -> None:
        # A cold cache that holds one segment: reads go to the objects, so that a missing one shows.
        settings = StoreSettings(cold_cache_bytes=0)
        self.store = Store.open(self.directory, clock=self.clock, settings=settings)
        self.table = Table(self.store, RELATION)

    def _close(self) -> None:
        for snapshot, _ in self.snapshots:
            snapshot.close()
        self.snapshots.clear()
        self.store.close()

    @rule(user=users, rows=st.dictionaries(keys, texts, min_size=1, max_size=4))
    def put_rows(self, user: str, rows: Rows) -> None:
        self.put(user, rows)

    def put(self, user: str, rows: Rows) -> None:
        self.table.put(scope_of(user), *rows.items())
        self.model[user].update(rows)

    @precondition(lambda self: any(self.model.values()))
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        user = data.draw(st.sampled_from([user for user in USERS if self.model[user]]))
        key = data.draw(st.sampled_from(sorted(self.model[user])))
        self.remove(user, key)

    def remove(self, user: str, key: int) -> None:
        self.table.put(scope_of(user), (key, ""), deleted=True)
        del self.model[user][key]

    # Rarely, or the machine drops all it has built.
    @precondition(lambda self: sum(map(len, self.model.values())) > 6)
    @rule(user=st.sampled_from((*USERS, None)))
    def drop_something(self, user: str | None) -> None:
        self.drop(user)

    def drop(self, user: str | None) -> None:
        batch = WriteBatch()
        if user is None:
            batch.drop_table(RELATION.table_id)
            for rows in self.model.values():
                rows.clear()
        else:
            batch.drop_scope(scope_of(user))
            self.model[user].clear()
        self.store.commit(batch)

    @rule(user=users)
    def flush_all(self, user: str) -> None:
        self.table.flush(scope_of(user), SETTINGS)

    @rule(user=users, changes=st.dictionaries(keys, texts | st.none(), max_size=3))
    def flush_while_rows_change(self, user: str, changes: dict[int, str | None]) -> None:
        flush = ScopeFlush(self.store, RELATION, scope_of(user), settings=SETTINGS)
        while (written := flush.write_next()) is not None:
            for key, text in changes.items():
                if text is not None:
                    self.put(user, {key: text})
                elif key in self.model[user]:
                    self.remove(user, key)
            flush.publish(written)
        flush.close()

    @rule(user=users, is_table=st.booleans())
    def drop_while_flushing(self, user: str, is_table: bool) -> None:
        flush = ScopeFlush(self.store, RELATION, scope_of(user), settings=SETTINGS)
        written = flush.write_next()
        self.drop(None if is_table else user)
        self.put(user, {0: "after the drop"})
        if written is not None:
            assert flush.publish(written) is None
        flush.close()

    @rule(user=users)
    def abandon_flush(self, user: str) -> None:
        flush = ScopeFlush(self.store, RELATION, scope_of(user), settings=SETTINGS)
        flush.write_next()
        flush.close()

    @rule(user=users)
    def compact_all(self, user: str) -> None:
        self.table.compact(scope_of(user), everything, settings=SETTINGS)

    @rule(user=users, changes=st.dictionaries(keys, texts | st.none(), max_size=3))
    def compact_some_while_rows_change(self, user: str, changes: dict[int, str | None]) -> None:
        segments = self.store.manifest(scope_of(user)).segments[1:]
        group = [segment.segment_id for segment in segments]
        compaction = ScopeCompaction(self.store, RELATION, scope_of(user), group, settings=SETTINGS)
        compaction.write()
        for key, text in changes.items():
            if text is not None:
                self.put(user, {key: text})
            elif key in self.model[user]:
                self.remove(user, key)
        compaction.publish()
        compaction.close()

    @rule(user=users, is_table=st.booleans())
    def drop_while_compacting(self, user: str, is_table: bool) -> None:
        (group,) = everything(self.store.manifest(scope_of(user)))
        compaction = ScopeCompaction(self.store, RELATION, scope_of(user), group)
        compaction.write()
        self.drop(None if is_table else user)
        self.put(user, {0: "after the drop"})
        assert compaction.publish() is None
        compaction.close()

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

    @rule(seconds=st.integers(-100, 100))
    def sync_and_collect(self, seconds: int) -> None:
        self.clock.step_wall_clock(seconds)
        self.store.gate.sync()
        self.store.remove_garbage()

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
        assert self.table.verify() == []

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
# Each step writes files, so that shrinking a failure would take minutes: the steps are printed.
TestStore.settings = settings(
    max_examples=50,
    stateful_step_count=40,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
