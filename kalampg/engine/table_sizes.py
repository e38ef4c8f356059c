"""TableSizes: how many bytes the rows of tables take, hot and cold, as far as the reader may know.

Of a user table that is what the reader's own rows take; a role that may read ``system.segments``
is told of all users' rows. Hot rows are counted as the flush counts them, keys and values; cold
ones as their segments, fetched or not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from kalampg.auth import privileges
from kalampg.auth.privileges import Action
from kalampg.catalog import Catalog
from kalampg.catalog.computed import JobSources
from kalampg.catalog.pg_catalog.declared_indexes import declared_indexes
from kalampg.engine.context import SessionContext
from kalampg.engine.stored_table import StoredTable
from kalampg.relation import TableType
from kalampg.storage.keys import Scope
from kalampg.storage.snapshot import Snapshot

# By OID, of everything that takes no bytes of its own too: indexes, sequences, views.
Sizes: TypeAlias = Mapping[int, int]


class TableSizes:
    """Answers for all sessions. Used on the event loop."""

    def __init__(self, background: JobSources) -> None:
        self._background = background

    def gather(
        self, catalog: Catalog, session: SessionContext, snapshot: Snapshot
    ) -> Callable[[], Sizes]:
        """What gives the sizes of a snapshot; a worker calls it, for it reads the hot rows."""
        role = catalog.role(session.session_user)
        sees_all = role is not None and privileges.may(role, Action.READ_SYSTEM)
        hot_bytes = {table_id: size for table_id, _, size, *_ in self._background.flush_status()}
        sizes = dict.fromkeys(_without_rows(catalog), 0)
        own: dict[int, Scope] = {}
        for table in catalog.tables.values():
            table_id = table.table_id
            is_shared = table.table_type is TableType.SHARED
            if sees_all:
                scopes = snapshot.cold_scopes(table_id)
            else:
                scopes = [StoredTable(table).scope_for(session)]
            if sees_all or is_shared:
                sizes[table_id] = hot_bytes.get(table_id, 0)
            else:
                sizes[table_id] = 0
                own[table_id] = scopes[0]
            sizes[table_id] += sum(_cold_bytes(snapshot, scope) for scope in scopes)

        def count() -> Sizes:
            for table_id, scope in own.items():
                sizes[table_id] += sum(len(key) + len(row) for key, row in snapshot.scan(scope))
            return sizes

        return count


def _without_rows(catalog: Catalog) -> list[int]:
    """OIDs of what stores nothing beside the rows: keys are stored with them."""
    indexes = [index.oid for table in catalog.tables.values() for index in declared_indexes(table)]
    computed = [relation.table_id for relation in catalog.computed_relations()]
    sequences = [sequence.sequence_id for sequence in catalog.sequences.values()]
    return [*indexes, *computed, *sequences, *(v.table_id for v in catalog.views.values())]


def _cold_bytes(snapshot: Snapshot, scope: Scope) -> int:
    return sum(segment.size_bytes for segment in snapshot.manifest(scope).segments)
