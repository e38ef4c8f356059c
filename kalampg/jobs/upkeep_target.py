"""The store as upkeep jobs see it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import TypeAlias, TypeVar

from kalampg.ids import SegmentId, TableId, UserId
from kalampg.jobs.auto_compaction import DueUsers
from kalampg.jobs.job_meter import in_meter
from kalampg.jobs.outcome import StopSignal
from kalampg.jobs.upkeep_job import UpkeepParameters, UpkeepResult
from kalampg.relation import Relation
from kalampg.storage import FlushSettings, Scope, ScopeManifest, Snapshot, Store
from kalampg.storage.compaction import CompactionResult, Removal, compact_scope
from kalampg.storage.compaction_policy import CompactionPolicy
from kalampg.storage.hot_removal import is_old, is_old_tombstone, remove_hot_rows
from kalampg.storage.removal_guard import IsLocked, RemovalGuard
from kalampg.storage.segment import Segment

T = TypeVar("T")

# The table as it is now; None: it was dropped.
FindTable: TypeAlias = Callable[[TableId], Relation | None]


class _StoreUpkeep:
    """What all kinds share."""

    def __init__(self, store: Store, executor: Executor) -> None:
        self._store = store
        self._executor = executor

    async def finish(self, relation: Relation) -> None:
        """Free what the removed rows left behind; objects are for the garbage collector."""
        await self._in_worker(lambda: self._store.compact_rows(relation.table_id))

    async def _users(self, find: Callable[[Snapshot], Sequence[Scope]]) -> list[UserId]:
        with self._store.snapshot() as snapshot:
            scopes = await self._in_worker(lambda: find(snapshot))
        return [scope.user_id for scope in scopes]

    def _in_worker(self, work: Callable[[], T], /) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._executor, in_meter(work))


class StoreCompaction(_StoreUpkeep):
    """Merges segments: what the policy finds or, where somebody asked, all that could be better.

    One that nobody asked for makes way when a flush of the same table waits.
    """

    def __init__(
        self,
        store: Store,
        executor: Executor,
        policy: CompactionPolicy,
        *,
        sizes: FlushSettings,
        due: DueUsers,
        flush_waits: Callable[[TableId], bool],
    ) -> None:
        super().__init__(store, executor)
        self._policy = policy
        self._due = due
        self._sizes = sizes
        self._flush_waits = flush_waits

    async def users(self, relation: Relation, parameters: UpkeepParameters) -> Sequence[UserId]:
        if parameters.trigger is not None:
            due = self._due.take(relation.table_id)
            if due is not None:
                return due
        return await self._users(lambda snapshot: snapshot.cold_scopes(relation.table_id))

    async def work(
        self, relation: Relation, user_id: UserId, parameters: UpkeepParameters, stop: StopSignal
    ) -> UpkeepResult:
        is_full = parameters.trigger is None
        scope = Scope(relation.table_id, user_id)
        if not is_full and self._flush_waits(relation.table_id):
            self._due.add(scope)
            return UpkeepResult()
        done = await compact_scope(
            self._store,
            relation,
            scope,
            partial(self._policy.groups, is_full=is_full),
            in_worker=self._in_worker,
            settings=self._sizes,
            is_stopped=lambda: (
                stop.is_set or (not is_full and self._flush_waits(relation.table_id))
            ),
        )
        return _result(done)

    async def finish(self, relation: Relation) -> None:
        """Objects are for the garbage collector, which waits for their readers."""


class _StoreRemoval(_StoreUpkeep):
    """What removes rows, and asks before it does."""

    def __init__(
        self, store: Store, executor: Executor, tables: FindTable, is_locked: IsLocked
    ) -> None:
        super().__init__(store, executor)
        self._tables = tables
        self._is_locked = is_locked

    def _guard(self, relation: Relation) -> RemovalGuard:
        return RemovalGuard(partial(self._tables, relation.table_id), self._is_locked)


class StoreRetention(_StoreRemoval):
    """Removes rows for good that were deleted before ``parameters.before_us``."""

    async def users(self, relation: Relation, _parameters: UpkeepParameters) -> Sequence[UserId]:
        return await self._users(lambda snapshot: snapshot.hot_scopes(relation.table_id))

    async def work(
        self, relation: Relation, user_id: UserId, parameters: UpkeepParameters, stop: StopSignal
    ) -> UpkeepResult:
        assert parameters.before_us is not None, "retention has a limit"
        removed = await remove_hot_rows(
            self._store,
            Scope(relation.table_id, user_id),
            is_old_tombstone(parameters.before_us),
            relation=relation,
            guard=self._guard(relation),
            in_worker=self._in_worker,
            is_stopped=lambda: stop.is_set,
        )
        return UpkeepResult(rows_removed=removed)


class StorePurge(_StoreRemoval):
    """Removes rows, hot and cold, that were last changed before ``parameters.before_us``."""

    def __init__(
        self,
        store: Store,
        executor: Executor,
        tables: FindTable,
        is_locked: IsLocked,
        *,
        sizes: FlushSettings,
    ) -> None:
        super().__init__(store, executor, tables, is_locked)
        self._sizes = sizes

    async def users(self, relation: Relation, _parameters: UpkeepParameters) -> Sequence[UserId]:
        return await self._users(lambda snapshot: snapshot.scopes(relation.table_id))

    async def work(
        self, relation: Relation, user_id: UserId, parameters: UpkeepParameters, stop: StopSignal
    ) -> UpkeepResult:
        before_us = parameters.before_us
        assert before_us is not None, "a purge has a limit"
        scope = Scope(relation.table_id, user_id)
        cold = await compact_scope(
            self._store,
            relation,
            scope,
            partial(_older, before_us),
            in_worker=self._in_worker,
            settings=self._sizes,
            removal=Removal(lambda row: row.updated_us >= before_us, self._guard(relation)),
            is_stopped=lambda: stop.is_set,
        )
        hot = await remove_hot_rows(
            self._store,
            scope,
            is_old(before_us),
            relation=relation,
            guard=self._guard(relation),
            in_worker=self._in_worker,
            is_stopped=lambda: stop.is_set,
        )
        done = _result(cold)
        return UpkeepResult(
            done.segments_before, done.segments_after, done.rows_removed + hot, done.size_bytes
        )


def _older(before_us: int, manifest: ScopeManifest) -> list[tuple[SegmentId, ...]]:
    """The segments that have, or may have, rows from before a time; each is written again alone."""
    return [
        (segment.segment_id,) for segment in manifest.segments if may_have_older(segment, before_us)
    ]


def may_have_older(segment: Segment, before_us: int) -> bool:
    """Whether the segment has, or may have, rows that were last changed before a time."""
    return segment.min_updated_us is None or segment.min_updated_us < before_us


def _result(done: CompactionResult) -> UpkeepResult:
    return UpkeepResult(
        done.segments_before, done.segments_after, done.rows_removed, done.size_bytes
    )
