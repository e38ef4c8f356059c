"""AutoCompaction: asks for a compaction when a commit leaves a scope worth one.

Invariants:
    - It only looks at scopes that a commit has given a segment, or a mark that crosses the bound,
      so that it costs nothing where nothing happens.
    - Nothing is asked for from within a commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from kalampg.errors import AdminShutdown
from kalampg.ids import TableId
from kalampg.jobs.job import Job, JobKind
from kalampg.jobs.upkeep_job import UpkeepParameters
from kalampg.relation import Relation
from kalampg.storage import Scope, Store, WriteBatch
from kalampg.storage.compaction_policy import CompactionPolicy
from kalampg.storage.manifest import AddSegment, MarkRow

Submit = Callable[[JobKind, Relation, str], Job]


class AutoCompaction:
    """Follows the commits of one store. All methods belong to the event loop's thread."""

    def __init__(
        self,
        store: Store,
        policy: CompactionPolicy,
        *,
        submit: Submit,
        relation_of: Callable[[TableId], Relation | None],
    ) -> None:
        self._store = store
        self._policy = policy
        self._submit = submit
        self._relation_of = relation_of
        self._due: set[TableId] = set()
        self._is_closed = False
        store.on_commit(self._after_commit)

    def close(self) -> None:
        """Ask for nothing more. Idempotent."""
        self._is_closed = True

    def _after_commit(self, batch: WriteBatch, _position: int) -> None:
        if self._is_closed or not batch.manifest_edits:
            return
        for scope in batch.manifest_edits:
            if scope.table_id not in self._due and self._is_due(scope, batch):
                if not self._due:
                    asyncio.get_running_loop().call_soon(self._submit_due)
                self._due.add(scope.table_id)

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
        due, self._due = self._due, set()
        for table_id in due:
            relation = self._relation_of(table_id)
            if relation is None or self._is_closed:
                continue
            try:
                self._submit(
                    JobKind.COMPACTION, relation, UpkeepParameters(trigger="policy").json()
                )
            except AdminShutdown:
                return
