"""CatalogMaps: what ``$k_catalog_<name>`` is bound to, for the session that runs a query.

What follows from catalog and search path alone is computed once for as long as they stay the same
(a catalog is immutable); sizes are those of the query's snapshot, made in a worker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from kalampg.catalog import Catalog
from kalampg.catalog.function_maps import FUNCTION_MAPS
from kalampg.catalog.object_maps import OBJECT_MAPS, SearchPath, schemas_searched
from kalampg.catalog.pg_catalog.fixed_oids import DATABASE_OID
from kalampg.engine.context import SessionContext
from kalampg.engine.privilege_maps import PRIVILEGE_MAPS
from kalampg.engine.table_sizes import Sizes, TableSizes
from kalampg.engine.transactions import CatalogHolder
from kalampg.storage.snapshot import Snapshot

# Maps that ``sizes`` makes, not ``value``.
SIZE_MAPS: Final = frozenset({"table_sizes", "database_sizes"})

# Different search paths in use at one time; more than this and all are computed again.
_KEPT_MAX: Final = 256


class CatalogMaps:
    """Answers for all sessions. Used on the event loop.

    Invariant: what is kept was made from ``_kept_for``, the very catalog.
    """

    def __init__(self, catalog: CatalogHolder, table_sizes: TableSizes) -> None:
        self._table_sizes = table_sizes
        self._holder = catalog
        self._kept_for: Catalog | None = None
        self._kept: dict[tuple[str, SearchPath], dict[str, list[Any]]] = {}

    def value(self, name: str, session: SessionContext) -> Any:
        """The map of that name as DuckDB's parameters take it."""
        if name == "settings":
            return _as_parameter(session.shown_settings())
        catalog = self._catalog_of(session)
        if catalog is not self._kept_for or len(self._kept) >= _KEPT_MAX:
            self._kept_for = catalog
            self._kept.clear()
        key = name, session.search_path
        found = self._kept.get(key)
        if found is None:
            made = _made(name, catalog, session.search_path)
            found = self._kept[key] = _as_parameter(made)
        return found

    def sizes(
        self, names: frozenset[str], session: SessionContext, snapshot: Snapshot
    ) -> Callable[[], dict[str, Any]]:
        """What makes the maps of ``SIZE_MAPS`` of these names, for a worker to call."""
        count = self._table_sizes.gather(self._catalog_of(session), session, snapshot)
        databases = session.database, str(DATABASE_OID)

        def make() -> dict[str, Any]:
            tables = count()
            made: dict[str, Sizes | dict[str, int]] = {
                "table_sizes": tables,
                "database_sizes": dict.fromkeys(databases, sum(tables.values())),
            }
            return {name: _as_parameter(made[name]) for name in names}

        return make

    def schemas(self, session: SessionContext) -> SearchPath:
        """``current_schemas(true)``."""
        return schemas_searched(self._catalog_of(session), session.search_path)

    def _catalog_of(self, session: SessionContext) -> Catalog:
        return session.catalog_over(self._holder.current)


def _made(name: str, catalog: Catalog, path: SearchPath) -> Mapping[Any, Any]:
    if name in FUNCTION_MAPS:
        return FUNCTION_MAPS[name]()
    return (
        PRIVILEGE_MAPS[name](catalog)
        if name in PRIVILEGE_MAPS
        else OBJECT_MAPS[name](catalog, path)
    )


def _as_parameter(entries: Mapping[Any, Any]) -> dict[str, list[Any]]:
    """The form in which DuckDB's client binds a MAP."""
    return {"key": list(entries), "value": list(entries.values())}
