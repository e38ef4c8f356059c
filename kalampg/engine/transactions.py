"""Transactions: how they begin, end, and reach the store.

A block's transaction belongs to its session (``session.transaction``); a statement outside a block
gets one for itself. Either way commit is the same: one write batch, then locks and snapshot are
let go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol, TypeAlias

from kalampg import errors
from kalampg.catalog import Catalog
from kalampg.catalog.edit import CatalogEdit
from kalampg.catalog.temporary import Division, check_apart, divide, parted
from kalampg.engine.catalog_check import check_catalog
from kalampg.engine.commit import StagedRows, build_batch, is_worth_staging, stage_rows
from kalampg.engine.context import SessionContext
from kalampg.engine.dropped_users import DroppedUsers
from kalampg.engine.isolation import IsolationLevel
from kalampg.engine.lock_owner import LockOwner, Resource
from kalampg.engine.locks import LockTable
from kalampg.engine.lookup import Lookup
from kalampg.engine.serializable import RecentWrites
from kalampg.engine.suspend import Suspended
from kalampg.engine.temporary import TemporarySpaces
from kalampg.engine.temporary_rows import empty_at_commit
from kalampg.engine.transaction import Transaction
from kalampg.engine.transaction_memory import TransactionMemory
from kalampg.engine.write_admission import WriteAdmission
from kalampg.ids import BackendPid, TableId, UserId
from kalampg.storage.batch import WriteBatch
from kalampg.storage.copied_segments import discard
from kalampg.storage.keys import Scope
from kalampg.storage.store import Store

# Whoever changes the catalog holds this until its transaction ends: no two uncommitted catalogs
# ever compete.
CATALOG: Final[Resource] = (Scope(TableId(0), UserId("")), b"catalog")


CatalogFollower: TypeAlias = Callable[[Catalog, Catalog], None]
_NO_BACKEND: Final = BackendPid(0)


class CatalogHolder(Protocol):
    """Where the committed catalog is."""

    current: Catalog


class Transactions:
    """Begins and ends the transactions of all sessions. Used on the event loop only."""

    def __init__(
        self,
        store: Store,
        lookup: Lookup,
        locks: LockTable,
        catalog: CatalogHolder,
        memory: TransactionMemory,
        admission: WriteAdmission,
        recent_writes: RecentWrites,
    ) -> None:
        self._store = store
        self._lookup = lookup
        self.locks = locks
        self._catalog = catalog
        self._memory = memory
        self._admission = admission
        self._recent_writes = recent_writes
        self._next_seq = store.seq_source.next
        self._dropped_users = DroppedUsers()
        self._followers: list[CatalogFollower] = []
        self.spaces = TemporarySpaces(store)
        # Of large transactions that are about to commit.
        self._staged: dict[Transaction, StagedRows] = {}

    def begin(
        self, session: SessionContext, isolation: IsolationLevel, *, is_read_only: bool
    ) -> Transaction:
        """Open a block."""
        assert session.transaction is None, "blocks do not nest"
        session.transaction = Transaction(
            session.lock_owner,
            memory=self._memory,
            isolation=isolation,
            is_read_only=is_read_only,
            is_explicit=True,
            began_at=self._dropped_users.count,
            temporary=session.temporary,
        )
        return session.transaction

    def of_statement(self, session: SessionContext) -> Transaction:
        """The transaction that a statement runs in: the block's, or one of its own."""
        transaction = session.transaction
        if transaction is None:
            return Transaction(
                session.lock_owner,
                memory=self._memory,
                is_read_only=session.is_read_only,
                began_at=self._dropped_users.count,
                temporary=session.temporary,
            )
        if transaction.snapshot is None and transaction.keeps_snapshot:
            self._take_snapshot(transaction)
        return transaction

    def of_query_write(self, session: SessionContext) -> Transaction:
        """The same for a write whose rows a query finds.

        Outside a block it has the isolation that blocks start with. (A write by key needs none: it
        reads and commits in one moment.)
        """
        transaction = self.of_statement(session)
        if not transaction.is_explicit and session.isolation is not IsolationLevel.READ_COMMITTED:
            transaction.isolation = session.isolation
            self._take_snapshot(transaction)
        return transaction

    @contextmanager
    def view(self, transaction: Transaction) -> Iterator[Transaction]:
        """What the transaction sees now, for the parts of one statement."""
        snapshot = transaction.snapshot or self._store.snapshot()
        transaction.statement_seq = self._next_seq()
        try:
            yield transaction.view(snapshot)
        finally:
            transaction.statement_seq = None
            if snapshot is not transaction.snapshot:
                snapshot.close()

    def _take_snapshot(self, transaction: Transaction) -> None:
        snapshot = transaction.snapshot = self._store.snapshot()
        is_checked = transaction.isolation is IsolationLevel.SERIALIZABLE
        if is_checked and not transaction.is_read_only:
            transaction.reads = self._recent_writes.watch(snapshot.position)

    def commit(self, transaction: Transaction) -> int:
        """Make the block's changes visible and return the log position that they are at.

        Raises:
            PgError: nothing of the transaction has happened.
        """
        try:
            return self._write(transaction)
        finally:
            self._end(transaction)

    def rollback(self, transaction: Transaction) -> None:
        """Forget the block. Idempotent."""
        transaction.undo_to(0)
        self._end(transaction)

    def commit_implicit(self, transaction: Transaction) -> None:
        """Commit a statement's own transaction; a block's goes on.

        What the statement has left to be checked at its end is checked first.

        Raises:
            Suspended: something must be waited for. Nothing has been written.
            ForeignKeyViolation: 23503.
        """
        if transaction.checks is not None:
            if transaction.is_explicit:
                transaction.settle_statement()
            else:
                transaction.settle_all()
        if not transaction.is_explicit:
            self._write(transaction)
            transaction.give_back_memory()
            if transaction.owner.held:
                self.locks.release_all(transaction.owner)

    def must_settle(self, transaction: Transaction) -> bool:
        """Whether COMMIT has something to wait for, or much to do."""
        if transaction.has_checks or is_worth_staging(transaction):
            return True
        return bool(self._lookup.far_places(transaction))

    async def settle_commit(self, transaction: Transaction) -> None:
        """Check and fetch what COMMIT of a block needs: it cannot wait any more.

        Raises:
            ForeignKeyViolation: 23503. IoError: 58030, a storage cannot be read.
        """
        await self.settle(transaction, transaction.settle_all)
        far = self._lookup.far_places(transaction)
        if far:
            await self._lookup.bring(far)
        await self._stage(transaction)

    async def settle_implicit(self, transaction: Transaction) -> None:
        """Do most of what ``commit_implicit`` has to do for a statement that wrote many rows.

        Raises:
            Suspended: as ``commit_implicit``. ForeignKeyViolation: 23503.
        """
        if not transaction.is_explicit and is_worth_staging(transaction):
            if transaction.checks is not None:
                transaction.settle_all()
            await self._stage(transaction)

    async def _stage(self, transaction: Transaction) -> None:
        self._staged.pop(transaction, None)
        if is_worth_staging(transaction):
            rows = await stage_rows(transaction, self._lookup, self._next_seq, self._store)
            self._staged[transaction] = rows

    async def settle(self, transaction: Transaction, checks: Callable[[], None]) -> None:
        """Run checks of a block that may have to wait.

        Raises:
            ForeignKeyViolation: 23503.
        """
        position = transaction.position()
        while True:
            try:
                checks()
            except Suspended as suspended:
                transaction.undo_to(position)
                await suspended.wait()
            else:
                return

    def end_implicit(self, transaction: Transaction) -> None:
        """Let go of what a statement's own transaction holds, however it ended. Idempotent."""
        if not transaction.is_explicit:
            self._end(transaction)

    async def lock_catalog(self, session: SessionContext) -> Catalog:
        """The newest catalog that the block may change; nobody else can until the block ends."""
        transaction = self._block(session)
        await self.locks.acquire(transaction.owner, CATALOG, session.lock_timeout_s)
        return self.catalog_of(transaction)

    def apply_catalog(self, session: SessionContext, edit: CatalogEdit) -> CatalogEdit:
        """Add an edit of the catalog that ``lock_catalog`` gave; the sum of the block's edits."""
        transaction = self._block(session)
        if transaction.is_read_only:
            raise errors.ReadOnlySqlTransaction("cannot execute DDL in a read-only transaction")
        before = self.catalog_of(transaction)
        self.spaces.check_kept(before, edit.catalog, transaction.temporary)
        pending = transaction.pending_catalog
        total = edit if pending is None else pending.then(lambda _: edit)
        if total.catalog.temporary_schema is not None:
            check_apart(total.catalog)
            total = parted(total, transaction.temporary.own)
            self.spaces.note(transaction.temporary, total)
        transaction.set_catalog(total)
        if total.is_own:
            # A transaction with temporary tables may be long, and concerns nobody else.
            self.locks.release(transaction.owner, CATALOG)
        return total

    async def change_catalog(self, change: Callable[[Catalog], CatalogEdit]) -> None:
        """Change the newest catalog in a transaction of its own, for a job.

        Cancellation: the change has happened, or not.
        """
        owner = LockOwner(_NO_BACKEND)
        transaction = Transaction(owner, memory=self._memory, is_explicit=True)
        try:
            await self.locks.acquire(transaction.owner, CATALOG, 0)
            transaction.set_catalog(change(self._catalog.current))
            self._write(transaction)
        finally:
            self._end(transaction)

    def catalog_of(self, transaction: Transaction) -> Catalog:
        """The catalog as the transaction sees it."""
        return transaction.temporary.over(self._catalog.current, transaction.pending_catalog)

    def on_catalog(self, follower: CatalogFollower) -> None:
        """Call ``follower`` with the catalogs before and after each change; it must not fail."""
        self._followers.append(follower)

    def _block(self, session: SessionContext) -> Transaction:
        assert session.transaction is not None, "the session opens a block for commands"
        return session.transaction

    def _write(self, transaction: Transaction) -> int:
        division = self._divide(transaction)
        if not transaction.has_writes:
            return self._store.gate.written
        if transaction.reads is not None:
            self._recent_writes.check(transaction.reads)
        staged = self._staged.pop(transaction, None)
        if staged is not None and not staged.is_current(transaction, self._lookup):
            staged = None
        batch = build_batch(transaction, self._lookup, self._next_seq, staged)
        edit = transaction.pending_catalog
        if self._admission.is_on and transaction.is_explicit and _adds_rows(transaction):
            # Its statements were admitted one by one; what others wrote since counts too.
            self._admission.check()
        check_catalog(transaction, self.catalog_of(transaction), self._lookup, staged)
        if transaction.began_at != self._dropped_users.count:
            written = (
                *transaction.overlay,
                *transaction.truncated,
                *(copied.scope for copied in transaction.copied),
            )
            self._dropped_users.check(transaction.began_at, (scope.user_id for scope in written))
        position = self._commit(transaction, batch)
        if edit is not None:
            if division is None:
                self._publish(edit.catalog)
            else:
                transaction.temporary.become(division.own)
                if division.shared is not None:
                    self._publish(division.shared)
            for follow in edit.afterwards:
                follow()
        return position

    def _divide(self, transaction: Transaction) -> Division | None:
        """Do what temporary tables want at COMMIT, and part them from what all share."""
        catalog = self.catalog_of(transaction)
        if catalog.temporary_schema is None:
            return None
        empty_at_commit(transaction, catalog)
        edit = transaction.pending_catalog
        if edit is None:
            return None
        division = divide(edit, transaction.temporary.own)
        transaction.set_catalog(division.edit)
        return division

    def _commit(self, transaction: Transaction, batch: WriteBatch) -> int:
        """Commit the batch; the objects of copied segments are the manifest's from then on."""
        if transaction.copied:
            self._store.reach("copy-before-commit")
        try:
            position = self._store.commit(batch)
        except errors.IoError:
            # Whether the log names the copied segments is not known: the next start finds out.
            transaction.written.clear()
            raise
        for copied in transaction.copied:
            for each in copied.segments:
                transaction.written.remove(each)
                self._store.in_flight.discard(each.segment.path)
        return position

    def _publish(self, catalog: Catalog) -> None:
        before, self._catalog.current = self._catalog.current, catalog
        if before.roles is not catalog.roles or before.departures is not catalog.departures:
            dropped = {*before.roles, *catalog.departures} - {*catalog.roles, *before.departures}
            self._dropped_users.note(dropped)
        for follower in self._followers:
            follower(before, catalog)

    def _end(self, transaction: Transaction) -> None:
        self._staged.pop(transaction, None)
        while transaction.written:
            discard(self._store, transaction.written.pop())
        self.locks.release_all(transaction.owner)
        transaction.temporary.pending = None
        if transaction.reads is not None:
            self._recent_writes.forget(transaction.reads)
        transaction.close_snapshot()
        transaction.give_back_memory()


def _adds_rows(transaction: Transaction) -> bool:
    """Whether a pending row is more than the trace of a deleted one."""
    return bool(transaction.copied) or any(
        not pending.row.deleted
        for rows in transaction.overlay.values()
        for pending in rows.values()
    )
