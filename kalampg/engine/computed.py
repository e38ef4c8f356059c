"""Rows of computed relations as a session may see them, from the catalog and the server's state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kalampg.catalog import CatalogView, RoleClass, rows_of
from kalampg.catalog.chunked_rows import ChunkedRows
from kalampg.catalog.computed import JobSources, Row
from kalampg.engine.context import SessionContext
from kalampg.engine.lock_rows import lock_rows
from kalampg.engine.locks import LockTable
from kalampg.engine.sequences import Sequences
from kalampg.engine.transactions import CatalogHolder
from kalampg.relation import Datum, Relation
from kalampg.storage.keys import Scope
from kalampg.storage.snapshot import Snapshot
from kalampg.storage.store import Store


class ComputedRelations:
    """Makes the rows of ``system.*``, ``pg_catalog`` and ``information_schema``."""

    def __init__(
        self,
        store: Store,
        catalog: CatalogHolder,
        background: JobSources,
        sequences: Sequences,
        locks: LockTable,
    ) -> None:
        self._store = store
        self._sequences = sequences
        self._locks = locks
        self._catalog = catalog
        self._background = background

    def rows(
        self, relation: Relation, session: SessionContext
    ) -> Sequence[Sequence[Datum]] | ChunkedRows:
        """A ``ComputedRows``."""
        if relation.table_id in session.step_rows:
            return session.step_rows[relation.table_id]
        view = CatalogView(
            catalog=session.catalog_over(self._catalog.current),
            role_name=session.session_user,
            role_class=RoleClass(session.role_class),
            database=session.database,
            background=self._background,
            segments=self._segments,
            settings=session.settings,
            activity=session.backends.activity,
            prepared_statements=session.prepared_statements,
            search_path=session.search_path,
            last_value=self._sequences.last_value,
            locks=lambda: lock_rows(self._locks, session),
        )
        sequence = view.catalog.sequences.get((relation.schema_name, relation.name))
        return rows_of(relation, view) if sequence is None else [self._sequences.row(sequence)]

    def _segments(self) -> Iterator[Row]:
        with self._store.snapshot() as snapshot:
            for table in self._catalog.current.tables.values():
                for scope in snapshot.cold_scopes(table.table_id):
                    yield from _segment_rows(snapshot, scope)


def _segment_rows(snapshot: Snapshot, scope: Scope) -> Iterator[Row]:
    manifest = snapshot.manifest(scope)
    for segment in manifest.segments:
        yield (
            scope.table_id,
            scope.user_id,
            segment.segment_id,
            segment.storage_id,
            segment.path,
            segment.rows,
            segment.size_bytes,
            len(manifest.marks_of(segment.segment_id)),
            segment.schema_version,
            segment.created_at_us,
        )
