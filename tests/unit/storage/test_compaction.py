"""Compaction of one scope, step by step.

Goal: the live rows are the same before and after, under fewer and clean segments; what changes
meanwhile wins; readers keep what they see; a failure or a cancellation changes nothing.
Method: a real store; the steps are driven by hand so that changes fall between them.
"""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from kalampg import errors
from kalampg.ids import ColumnId, Oid
from kalampg.relation import Column
from kalampg.storage import FlushSettings, Store, WriteBatch
from kalampg.storage.compaction import CompactionResult, Removal, ScopeCompaction
from kalampg.storage.flush import ScopeFlush
from kalampg.storage.removal_guard import RemovalGuard
from tests.fix_storage import Table, everything, make_relation, objects, scope_of

ALICE = scope_of("alice")


@pytest.fixture
def table(store: Store) -> Table:
    """Three segments whose keys interleave; 2 is superseded by a hot row, 5 by a tombstone."""
    made = Table(store, make_relation(20, 25))
    for start in (1, 2, 3):
        made.put(ALICE, *[(key, f"s{start}") for key in range(start, 10, 3)])
        made.flush(ALICE)
    made.put(ALICE, (2, "hot"))
    made.put(ALICE, (5, ""), deleted=True)
    return made


LIVE = [(1, "s1"), (2, "hot"), (3, "s3"), (4, "s1"), (6, "s3"), (7, "s1"), (8, "s2"), (9, "s3")]


def _begun(table: Table) -> ScopeCompaction:
    (group,) = everything(table.store.manifest(ALICE))
    return ScopeCompaction(table.store, table.relation, ALICE, group)


def test_live_rows_become_one_clean_segment(table: Table) -> None:
    store = table.store
    seqs = [_seq(table, key) for key in (1, 9)]
    result = table.compact(ALICE, everything)
    assert replace(result, size_bytes=0) == CompactionResult(3, 1, 7, 2, 0)
    manifest = store.manifest(ALICE)
    (segment,) = manifest.segments
    assert (segment.rows, len(manifest.marks_of(segment.segment_id))) == (7, 0)
    assert table.live(ALICE) == LIVE
    assert [_seq(table, key) for key in (1, 9)] == seqs
    store.gate.sync()
    store.remove_garbage()
    assert objects(store.root) == {segment.path}
    copy = json.loads((store.root / segment.path).with_name("manifest.json").read_text())
    assert [entry["path"] for entry in copy["segments"]] == [segment.path]
    assert table.verify() == []


def _seq(table: Table, key: int) -> int:
    manifest = table.store.manifest(ALICE)
    found = table.store.cold.find_loading(table.relation, manifest, table.key(key))
    assert found is not None
    return found.row.seq


def test_many_rows_become_several_segments_in_key_order(table: Table) -> None:
    table.compact(ALICE, everything, settings=FlushSettings(row_group_rows=2, segment_rows_max=3))
    segments = table.store.manifest(ALICE).segments
    assert [segment.rows for segment in segments] == [3, 3, 1]
    assert [segment.max_key for segment in segments] == [table.key(key) for key in (4, 8, 9)]
    assert table.live(ALICE) == LIVE
    assert table.verify() == []


def test_rows_that_change_meanwhile_win(table: Table) -> None:
    compaction = _begun(table)
    compaction.write()
    table.put(ALICE, (1, "changed"), (20, "new"))
    table.put(ALICE, (9, ""), deleted=True)
    table.put(ALICE, (2, "hot again"))
    result = compaction.publish()
    compaction.close()
    assert result is not None
    assert result.rows == 7
    expected = {key: text for key, text in LIVE if key != 9}
    expected.update({1: "changed", 2: "hot again", 20: "new"})
    assert table.live(ALICE) == sorted(expected.items())
    assert table.verify() == []


def test_a_snapshot_sees_no_gap_and_keeps_its_objects(table: Table) -> None:
    store = table.store
    with store.snapshot() as snapshot:
        table.compact(ALICE, everything)
        store.gate.sync()
        assert store.remove_garbage() == 0
        assert table.live(ALICE, snapshot) == LIVE
    assert store.remove_garbage() == 3
    assert table.live(ALICE) == LIVE


def test_a_drop_meanwhile_ends_it(table: Table) -> None:
    compaction = _begun(table)
    compaction.write()
    batch = WriteBatch()
    batch.drop_scope(ALICE)
    table.store.commit(batch)
    table.put(ALICE, (1, "after"))
    assert compaction.publish() is None
    compaction.close()
    assert table.live(ALICE) == [(1, "after")]
    assert table.verify() == []


def test_a_scope_is_not_flushed_while_it_is_compacted(table: Table) -> None:
    compaction = _begun(table)
    with pytest.raises(errors.ObjectInUse):
        ScopeFlush(table.store, table.relation, ALICE)
    compaction.close()
    ScopeFlush(table.store, table.relation, ALICE).close()


def test_an_abandoned_compaction_leaves_nothing(table: Table) -> None:
    before = objects(table.store.root)
    compaction = _begun(table)
    compaction.write()
    assert objects(table.store.root) > before
    compaction.close()
    compaction.close()
    assert objects(table.store.root) == before
    assert table.store.in_flight == set()
    assert table.live(ALICE) == LIVE


def test_a_stopped_compaction_leaves_nothing(table: Table) -> None:
    before = objects(table.store.root)
    compaction = _begun(table)
    compaction.stop()
    with pytest.raises(errors.QueryCanceled):
        compaction.write()
    compaction.close()
    assert objects(table.store.root) == before


def test_a_compaction_that_is_killed_inside_a_merge_leaves_nothing(table: Table) -> None:
    before = table.store.manifest(ALICE)
    asked = 0

    def is_stopped() -> bool:
        nonlocal asked
        asked += 1
        return asked > 2  # once before the merge, then for each batch of rows

    result = table.compact(ALICE, everything, is_stopped=is_stopped)
    assert result == CompactionResult()
    assert table.store.manifest(ALICE) == before
    assert objects(table.store.root) == {segment.path for segment in before.segments}
    assert table.store.in_flight == set()
    assert table.live(ALICE) == LIVE
    assert table.verify() == []


def test_segments_without_live_rows_just_go(table: Table) -> None:
    table.put(ALICE, *[(key, "") for key in range(1, 10)], deleted=True)
    result = table.compact(ALICE, everything)
    assert (result.segments_before, result.segments_after, result.rows_removed) == (3, 0, 9)
    assert table.store.manifest(ALICE).segments == ()
    table.store.gate.sync()
    table.store.remove_garbage()
    assert table.verify() == []


def test_rows_that_are_not_to_be_kept_go_even_if_they_change_meanwhile(table: Table) -> None:
    (group,) = everything(table.store.manifest(ALICE))
    guard = RemovalGuard(lambda: table.relation, lambda _, key: False)
    removal = Removal(lambda row: row.values[0] > 4, guard)
    compaction = ScopeCompaction(table.store, table.relation, ALICE, group, removal=removal)
    compaction.write()
    table.put(ALICE, (1, "changed"), (6, "changed"))
    assert compaction.publish() is not None
    compaction.close()
    expected = [(1, "changed"), (2, "hot"), (6, "changed"), (7, "s1"), (8, "s2"), (9, "s3")]
    assert table.live(ALICE) == expected
    assert table.verify() == []


def test_segments_of_older_versions_get_the_new_columns_values(store: Store) -> None:
    old = Table(store, make_relation(20, 1700))
    old.put(ALICE, (1, Decimal("1.50")))
    old.flush(ALICE)
    added = Column(ColumnId(3), "c2", Oid(1700), missing=Decimal("0.125"))
    relation = replace(
        old.relation,
        columns=(*old.relation.columns, added),
        schema_version=2,
        layouts={**old.relation.layouts, 2: (ColumnId(1), ColumnId(2), ColumnId(3))},
    )
    new = Table(store, relation)
    new.put(ALICE, (2, Decimal(2), Decimal(9)))
    new.flush(ALICE)
    new.compact(ALICE, everything)
    (segment,) = store.manifest(ALICE).segments
    assert (segment.schema_version, segment.scales) == (2, {2: 2, 3: 3})
    shown = [tuple(map(str, row)) for row in new.live(ALICE)]
    assert shown == [("1", "1.50", "0.125"), ("2", "2", "9")]


def test_numerics_that_do_not_fit_together_stay_apart(store: Store) -> None:
    table = Table(store, make_relation(20, 1700))
    for row in ((1, Decimal(10**37)), (2, Decimal("1e-30"))):
        table.put(ALICE, row)
        table.flush(ALICE)
    before = objects(store.root)
    with pytest.raises(errors.NumericValueOutOfRange):
        table.compact(ALICE, everything)
    assert objects(store.root) == before
    assert len(table.live(ALICE)) == 2
