"""Upkeep: what keeps tables in shape by itself, as one thing to start and stop.

Compaction follows commits, retention of deleted rows a schedule; purges are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from kalampg.catalog import Catalog
from kalampg.clock import Clock
from kalampg.ids import TableId
from kalampg.jobs.auto_compaction import GATHER_S, AutoCompaction, DueUsers, Submit
from kalampg.jobs.auto_retention import AutoRetention
from kalampg.jobs.job import JobKind
from kalampg.jobs.upkeep_job import UpkeepWork
from kalampg.jobs.upkeep_target import StoreCompaction, StorePurge, StoreRetention
from kalampg.relation import Relation
from kalampg.storage import FlushSettings, Store
from kalampg.storage.compaction_policy import CompactionPolicy
from kalampg.storage.removal_guard import IsLocked
from kalampg.tasks import TaskOwner

DELETED_RETENTION_HOURS: Final = 168


@dataclass(frozen=True, slots=True)
class UpkeepSettings:
    """When upkeep happens by itself."""

    compacts: bool = True
    policy: CompactionPolicy = field(default_factory=CompactionPolicy)
    compaction_gather_s: float = GATHER_S
    deleted_retention_hours: int = DELETED_RETENTION_HOURS
    retention_interval_s: float = 3600.0


class Upkeep:
    """The upkeep of one store. All methods belong to the event loop's thread."""

    def __init__(
        self,
        store: Store,
        executor: Executor,
        settings: UpkeepSettings,
        *,
        sizes: FlushSettings,
        catalog: Callable[[], Catalog],
        flush_waits: Callable[[TableId], bool],
        is_locked: IsLocked,
        clock: Clock,
    ) -> None:
        self._store = store
        self._executor = executor
        self._settings = settings
        self._catalog = catalog
        self._clock = clock
        self._compaction: AutoCompaction | None = None
        self._retention: AutoRetention | None = None
        self._due = DueUsers()
        compaction = StoreCompaction(
            store, executor, settings.policy, sizes=sizes, due=self._due, flush_waits=flush_waits
        )
        self.works: Mapping[JobKind, UpkeepWork] = MappingProxyType(
            {
                JobKind.COMPACTION: UpkeepWork(compaction, self._relation_of, clock),
                JobKind.RETENTION: UpkeepWork(
                    StoreRetention(store, executor, self._relation_of, is_locked),
                    self._relation_of,
                    clock,
                ),
                JobKind.PURGE: UpkeepWork(
                    StorePurge(store, executor, self._relation_of, is_locked, sizes=sizes),
                    self._relation_of,
                    clock,
                ),
            }
        )

    def start(self, tasks: TaskOwner, submit: Submit) -> None:
        """Begin to ask for jobs through ``submit``."""
        if self._settings.compacts:
            self._compaction = AutoCompaction(
                self._store,
                self._settings.policy,
                self._due,
                submit=submit,
                relation_of=self._relation_of,
                gather_s=self._settings.compaction_gather_s,
            )
        self._retention = AutoRetention(
            self._store,
            self._executor,
            catalog=self._catalog,
            submit=submit,
            clock=self._clock,
            default_hours=self._settings.deleted_retention_hours,
            interval_s=self._settings.retention_interval_s,
        )
        self._retention.start(tasks)

    def close(self) -> None:
        """Ask for nothing more. Idempotent."""
        if self._compaction is not None:
            self._compaction.close()
        if self._retention is not None:
            self._retention.close()

    async def wait_closed(self) -> None:
        if self._retention is not None:
            await self._retention.wait_closed()

    def _relation_of(self, table_id: TableId) -> Relation | None:
        return self._catalog().table_by_id(table_id)
