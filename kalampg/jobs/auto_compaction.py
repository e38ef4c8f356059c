"""AutoCompaction: asks for a compaction when a commit leaves a scope worth one.

Invariants:
    - It only looks at scopes that a commit has given a segment, or a mark that crosses the bound,
      so that it costs nothing where nothing happens; the job looks at no others.
    - Nothing is asked for from within a commit, and once in ``gather_s`` at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from kalampg.errors import AdminShutdown
from kalampg.ids import TableId, UserId
from kalampg.jobs.job import Job, JobKind
from kalampg.jobs.upkeep_job import UpkeepParameters
from kalampg.relation import Relation
from kalampg.storage import Scope, Store, WriteBatch
from kalampg.storage.compaction_policy import CompactionPolicy
from kalampg.storage.manifest import AddSegment, MarkRow

Submit = Callable[[JobKind, Relation, str], Job]

# Many users' scopes become due together, by a flush: one job for all of them.
GATHER_S: Final = 2.0
# Beyond this many users of a table it is cheaper to look at all of them than to remember them.
_USERS_MAX: Final = 10_000


class DueUsers:
    """Whose segments are to be looked at, by table."""

    def __init__(self) -> None:
        self._users: dict[TableId, set[UserId]] = {}

    def __contains__(self, scope: Scope) -> bool:
        return scope.user_id in self._users.get(scope.table_id, ())

    def add(self, scope: Scope) -> None:
        users = self._users.setdefault(scope.table_id, set())
        if len(users) <= _USERS_MAX:
            users.add(scope.user_id)

    def tables(self) -> list[TableId]:
        return list(self._users)

    def take(self, table_id: TableId) -> list[UserId] | None:
        """Return a table's users in order, and forget them; None: it may be anybody."""
        users = self._users.pop(table_id, None)
        return None if users is None or len(users) > _USERS_MAX else sorted(users)


class AutoCompaction:
    """Follows the commits of one store. All methods belong to the event loop's thread."""

    def __init__(
        self,
        store: Store,
        policy: CompactionPolicy,
        due: DueUsers,
        *,
        submit: Submit,
        relation_of: Callable[[TableId], Relation | None],
        gather_s: float = GATHER_S,
    ) -> None:
        self._store = store
        self._policy = policy
        self._due = due
        self._submit = submit
        self._relation_of = relation_of
        self._gather_s = gather_s
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False
        store.on_commit(self._after_commit)

    def close(self) -> None:
        """Ask for nothing more. Idempotent."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()

    def _after_commit(self, batch: WriteBatch, _position: int) -> None:
        if self._is_closed or not batch.manifest_edits:
            return
        for scope in batch.manifest_edits:
            if scope not in self._due and self._is_due(scope, batch):
                self._due.add(scope)
                if self._timer is None:
                    loop = asyncio.get_running_loop()
                    self._timer = loop.call_later(self._gather_s, self._submit_due)

    def _is_due(self, scope: Scope, batch: WriteBatch) -> bool:
        manifest = self._store.manifest(scope)
        for edit in batch.manifest_edits[scope]:
            if isinstance(edit, AddSegment):
                return bool(self._policy.groups(manifest))
            if isinstance(edit, MarkRow):
                segment = manifest.segment(edit.segment_id)
                if segment is not None and self._policy.is_marked(
                    segment, len(manifest.marks_of(edit.segment_id))
                ):
                    return True
        return False

    def _submit_due(self) -> None:
        self._timer = None
        for table_id in self._due.tables():
            relation = self._relation_of(table_id)
            if relation is None:
                self._due.take(table_id)
                continue
            try:
                # One that runs already stays the only one; these users wait for the next.
                self._submit(
                    JobKind.COMPACTION, relation, UpkeepParameters(trigger="policy").json()
                )
            except AdminShutdown:
                return
