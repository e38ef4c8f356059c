"""TemporarySpace: the temporary tables of one session, and its view of the catalog."""

from __future__ import annotations

from kalampg.catalog import Catalog
from kalampg.catalog.temporary import TemporaryObjects, overlaid


class TemporarySpace:
    """Belongs to one session for as long as it lives, whomever the session acts as.

    Invariant: ``own`` is what is committed; an open transaction has its own in its catalog.
    """

    __slots__ = ("_over", "_own", "_shared", "tables_max")

    def __init__(self, tables_max: int = 0) -> None:
        self.tables_max = tables_max
        self._own: TemporaryObjects | None = None
        self._shared: Catalog | None = None
        self._over: Catalog | None = None

    @property
    def own(self) -> TemporaryObjects | None:
        return self._own

    def become(self, own: TemporaryObjects | None) -> None:
        """A transaction has committed, or the session has ended (None)."""
        self._own = own
        self._shared = self._over = None

    def over(self, shared: Catalog) -> Catalog:
        """What the session sees where ``shared`` is what all see; the same object while it does."""
        if self._own is None:
            return shared
        over = self._over
        if over is None or shared is not self._shared:
            over = self._over = overlaid(shared, self._own)
            self._shared = shared
        return over
