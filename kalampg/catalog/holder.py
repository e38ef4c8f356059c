"""CatalogHolder: the committed catalog of the server."""

from __future__ import annotations

from kalampg.catalog.catalog import Catalog


class CatalogHolder:
    """Holds the one catalog that is current. Used on the event loop only.

    Invariants:
        - ``current`` is replaced right after the commit of the change that made it, before anything
          else runs.
    """

    __slots__ = ("current",)

    def __init__(self, catalog: Catalog) -> None:
        self.current = catalog
