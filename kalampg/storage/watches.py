"""Watches: what commits change in a scope while its rows are being moved."""

from __future__ import annotations

from kalampg import errors
from kalampg.ids import TableId
from kalampg.storage.batch import WriteBatch
from kalampg.storage.keys import Scope


class ScopeWatch:
    """The keys of a scope that changed since the watch began; a flush keeps these rows hot.

    The watcher mutes it while it commits its own batch.
    """

    def __init__(self) -> None:
        self.changed: set[bytes] = set()
        self.is_dropped = False
        self.is_muted = False


class Watches:
    """The watches of a store, at most one for each scope. The event loop's thread only."""

    def __init__(self) -> None:
        self._watches: dict[Scope, ScopeWatch] = {}

    def begin(self, scope: Scope) -> ScopeWatch:
        """Note the keys that commits change in a scope from now on.

        Raises:
            ObjectInUse: 55006, the scope is watched already: two flushes would double its rows.
        """
        if scope in self._watches:
            raise errors.ObjectInUse(
                "these rows are being flushed",
                detail=f'The table has id {scope.table_id}, the user is "{scope.user_id}".',
            )
        watch = self._watches[scope] = ScopeWatch()
        return watch

    def end(self, scope: Scope, watch: ScopeWatch) -> None:
        if self._watches.get(scope) is watch:
            del self._watches[scope]

    def of_table(self, table_id: TableId) -> set[ScopeWatch]:
        """The flushes and compactions of a table that run now."""
        return {watch for scope, watch in self._watches.items() if scope.table_id == table_id}

    def committed(self, batch: WriteBatch) -> None:
        if not self._watches:
            return
        for scope, watch in self._watches.items():
            if scope in batch.dropped_scopes or scope.table_id in batch.dropped_tables:
                watch.is_dropped = True
        listening = {scope: watch for scope, watch in self._watches.items() if not watch.is_muted}
        if listening:
            for scope, key, _ in batch.row_changes:
                if scope in listening:
                    listening[scope].changed.add(key)
