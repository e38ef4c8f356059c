"""CatalogMaps: what ``$k_catalog_<name>`` is bound to, for the session that runs a query.

What follows from catalog and search path alone is computed once for as long as they stay the same
(a catalog is immutable); sizes are those of the moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from kalampg.catalog import Catalog
from kalampg.catalog.object_maps import OBJECT_MAPS, SearchPath, schemas_searched
from kalampg.catalog.pg_catalog.declared_indexes import declared_indexes
from kalampg.catalog.pg_catalog.fixed_oids import DATABASE_OID
from kalampg.engine.context import SessionContext
from kalampg.engine.privilege_maps import PRIVILEGE_MAPS
from kalampg.engine.transactions import CatalogHolder
from kalampg.storage.store import Store

# Different search paths in use at one time; more than this and all are computed again.
_KEPT_MAX: Final = 256


class CatalogMaps:
    """Answers for all sessions. Used on the event loop.

    Invariant: what is kept was made from ``_kept_for``, the very catalog.
    """

    def __init__(self, store: Store, catalog: CatalogHolder) -> None:
        self._store = store
        self._holder = catalog
        self._kept_for: Catalog | None = None
        self._kept: dict[tuple[str, SearchPath], dict[str, list[Any]]] = {}

    def value(self, name: str, session: SessionContext) -> Any:
        """The map of that name as DuckDB's parameters take it."""
        if name == "settings":
            return _as_parameter({key.lower(): value for key, value, *_ in session.settings()})
        catalog = self._catalog_of(session)
        if name == "table_sizes":
            return _as_parameter(self._table_sizes(catalog))
        if name == "database_sizes":
            size = sum(self._table_sizes(catalog).values())
            return _as_parameter(dict.fromkeys((session.database, str(DATABASE_OID)), size))
        if catalog is not self._kept_for or len(self._kept) >= _KEPT_MAX:
            self._kept_for = catalog
            self._kept.clear()
        key = name, session.search_path
        found = self._kept.get(key)
        if found is None:
            made = (
                PRIVILEGE_MAPS[name](catalog)
                if name in PRIVILEGE_MAPS
                else OBJECT_MAPS[name](catalog, session.search_path)
            )
            found = self._kept[key] = _as_parameter(made)
        return found

    def schemas(self, session: SessionContext) -> SearchPath:
        """``current_schemas(true)``."""
        return schemas_searched(self._catalog_of(session), session.search_path)

    def _catalog_of(self, session: SessionContext) -> Catalog:
        transaction = session.transaction
        pending = None if transaction is None else transaction.pending_catalog
        if pending is not None:
            return pending.catalog
        return session.temporary.over(self._holder.current)

    def _table_sizes(self, catalog: Catalog) -> dict[int, int]:
        """Bytes in segments, over all users; rows that are not flushed yet have no size."""
        sizes: Counter[int] = Counter()
        with self._store.snapshot() as snapshot:
            for table in catalog.tables.values():
                sizes[table.table_id] = sum(
                    segment.size_bytes
                    for scope in snapshot.cold_scopes(table.table_id)
                    for segment in snapshot.manifest(scope).segments
                )
                sizes.update({index.oid: 0 for index in declared_indexes(table)})
        for relation in catalog.computed_relations():
            sizes[relation.table_id] = 0
        return dict(sizes)


def _as_parameter(entries: Mapping[Any, Any]) -> dict[str, list[Any]]:
    """The form in which DuckDB's client binds a MAP."""
    return {"key": list(entries), "value": list(entries.values())}
