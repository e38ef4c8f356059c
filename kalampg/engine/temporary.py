"""TemporarySpace: the temporary objects of one session, and its view of the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from kalampg import errors
from kalampg.catalog import Catalog, CatalogEdit
from kalampg.catalog.temporary import TemporaryObjects, overlaid, own_objects
from kalampg.catalog.temporary_needs import check_kept
from kalampg.storage.batch import WriteBatch
from kalampg.storage.store import Store
from kalampg.storage.temporary_marks import drop_temporary

if TYPE_CHECKING:
    from kalampg.engine.transaction import Transaction

_log = structlog.get_logger(__name__)


class TemporarySpace:
    """Belongs to one session for as long as it lives, whomever the session acts as.

    Invariant: ``own`` is what is committed; an open transaction has its own in its catalog.
    """

    __slots__ = ("_edit", "_over", "_own", "_shared", "pending", "tables_max")

    def __init__(self, tables_max: int = 0) -> None:
        self.tables_max = tables_max
        self._own: TemporaryObjects | None = None
        # What ``_over`` was made of.
        self._edit: CatalogEdit | None = None
        self._shared: Catalog | None = None
        self._over: Catalog | None = None
        # What the open transaction has made or still has: others must leave what it stands on.
        self.pending: TemporaryObjects | None = None

    @property
    def own(self) -> TemporaryObjects | None:
        return self._own

    def schema_oid(self, transaction: Transaction | None) -> int:
        """Of the session's namespace, as its transaction knows it; 0 if there is none."""
        pending = None if transaction is None else transaction.pending_catalog
        if pending is not None and pending.catalog.temporary_schema is not None:
            return pending.catalog.namespaces[pending.catalog.temporary_schema].oid
        return 0 if self._own is None else self._own.namespace.oid

    def become(self, own: TemporaryObjects | None) -> None:
        """A transaction has committed, or the session has ended (None)."""
        self._own = own
        self._edit = self._shared = self._over = None

    def over(self, shared: Catalog, edit: CatalogEdit | None = None) -> Catalog:
        """What the session sees where ``shared`` is what all see; the same object while it does.

        ``edit`` is that of its open transaction.
        """
        if edit is not None and not edit.is_own:
            return edit.catalog
        if edit is None and self._own is None:
            return shared
        over = self._over
        if over is None or shared is not self._shared or edit is not self._edit:
            own = self._own if edit is None else own_objects(edit.catalog)
            assert own is not None, "there are temporary objects"
            over = self._over = overlaid(shared, own)
            self._shared, self._edit = shared, edit
        return over


class TemporarySpaces:
    """The spaces of the sessions that have temporary objects. Used on the event loop only."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._used: set[TemporarySpace] = set()

    def note(self, space: TemporarySpace, edit: CatalogEdit) -> None:
        """The session's transaction has changed its temporary objects."""
        space.pending = own_objects(edit.catalog)
        self._used.add(space)

    def check_kept(self, before: Catalog, after: Catalog, changing: TemporarySpace) -> None:
        """Check a change of the catalog by the session of ``changing`` against all others.

        Raises:
            DependentObjectsStillExist: 2BP01.
        """
        for space in self._used - {changing}:
            for own in (space.own, space.pending):
                if own is not None:
                    check_kept(before, after, own)

    def drop(self, space: TemporarySpace) -> None:
        """Remove everything in it. Needs no lock: nobody else knows it. Idempotent.

        Raises:
            IoError, DiskFull: the tables' rows are still there, and go at the next start.
        """
        self._used.discard(space)
        own = space.own
        space.become(None)
        if own is None or not own.tables:
            return
        batch = WriteBatch()
        drop_temporary(batch, (table.table_id for table in own.tables.values()))
        self._store.commit(batch)

    def end(self, space: TemporarySpace) -> None:
        """The same for a session that has ended, which must not fail. Idempotent."""
        try:
            self.drop(space)
        except errors.PgError as failure:
            # The log takes nothing any more. They have a mark: the next start removes them.
            _log.warning("temporary tables are left to the next start", error=str(failure))
