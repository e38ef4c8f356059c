"""TransactionBlock: where one session stands between BEGIN and COMMIT.

It owns the session's engine transaction. What the transaction holds is the engine's business; when
it begins and ends, and what the client is told about it, is decided here.

States (the byte of ReadyForQuery):
    I  no block. A statement commits by itself, or opens an *implicit* block where several
    statements
       belong together (a simple query of several statements, a pipeline up to Sync).
    T  inside BEGIN ... COMMIT.
    E  inside a block in which a statement failed: only its end, or a savepoint, is accepted.

Source: PostgreSQL documentation, "protocol-flow" (multi-statement simple queries, pipelining).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from kalampg import errors
from kalampg.engine import Executor, SessionContext, Transaction
from kalampg.engine.isolation import isolation_level
from kalampg.protocol.backend import Notice
from kalampg.session.guc import TRANSACTION_MODES, GucMark, GucStore
from kalampg.sql import TransactionPlan, TransactionVerb

T = TypeVar("T")

_ENDS: Final = frozenset(
    {TransactionVerb.COMMIT, TransactionVerb.ROLLBACK, TransactionVerb.ROLLBACK_TO}
)


# What BEGIN calls a mode, and its parameter.
_MODES: Final = {
    "isolation level": "transaction_isolation",
    "access mode": "transaction_read_only",
    "deferrable": "transaction_deferrable",
}
_VALUES: Final = {"read only": "on", "read write": "off"}


@dataclass(frozen=True, slots=True)
class _Savepoint:
    """A name, and the parameter values and locks to go back to."""

    name: str
    gucs: GucMark
    locks: int


class TransactionBlock:
    """Begins and ends the transactions of one session.

    Invariants:
        - ``context.transaction`` is set exactly while a block, explicit or implicit, is open that
          has not failed, or that has a savepoint to go back to.
        - After a failure nothing but the end of the block reaches the engine.
    """

    def __init__(
        self,
        executor: Executor,
        context: SessionContext,
        gucs: GucStore,
        notify: Callable[[Notice], None],
        log_position: Callable[[], int],
    ) -> None:
        self._executor = executor
        self._log_position = log_position
        self._context = context
        self._gucs = gucs
        self._notify = notify
        self.is_explicit = False
        self.is_failed = False
        self._has_run = False
        self._savepoints: list[_Savepoint] = []
        # What the client must not be told before it is durable, whatever synchronous_commit is now.
        self.promised_position = 0

    @property
    def status(self) -> bytes:
        if not self.is_explicit:
            return b"I"
        return b"E" if self.is_failed else b"T"

    @property
    def savepoint_depth(self) -> int:
        return len(self._savepoints)

    def check_runnable(self, plan: object) -> None:
        """Refuse what a failed block does not accept.

        Raises:
            InFailedSqlTransaction: 25P02.
        """
        if self.is_failed and not (isinstance(plan, TransactionPlan) and plan.verb in _ENDS):
            raise errors.InFailedSqlTransaction(
                "current transaction is aborted, commands ignored until end of transaction block"
            )

    def open_implicit(self) -> bool:
        """Join the coming statements into one transaction that ``end_cycle`` commits.

        Answers whether none was open yet. A failed block stays what it is.
        """
        if self._context.transaction is not None or self.is_failed:
            return False
        self._begin()
        return True

    def keep_promises(self) -> None:
        """synchronous_commit is about to change: what was committed under it stays promised."""
        if self._gucs["synchronous_commit"] != "off":
            self.promised_position = self._log_position()

    def note_statement(self) -> None:
        """A data statement runs: the transaction's modes are fixed from here on."""
        self._has_run = True

    def run(self, plan: TransactionPlan) -> str:
        """Carry out a transaction statement and return its command tag.

        Raises:
            PgError: the commit failed (nothing of the block has happened), or the statement is not
                allowed here (25001, 25P01, 3B001).
        """
        match plan.verb:
            case TransactionVerb.BEGIN | TransactionVerb.START:
                self._begin_explicit(plan)
                return "BEGIN" if plan.verb is TransactionVerb.BEGIN else "START TRANSACTION"
            case TransactionVerb.COMMIT:
                return self._commit_explicit(plan)
            case TransactionVerb.ROLLBACK:
                return self._rollback_explicit(plan)
            case TransactionVerb.SAVEPOINT:
                self.require("SAVEPOINT")
                self._transaction.savepoint(plan.savepoint)
                locks = self._transaction.owner.mark()
                self._savepoints.append(_Savepoint(plan.savepoint, self._gucs.mark(), locks))
                return "SAVEPOINT"
            case TransactionVerb.RELEASE:
                self.require("RELEASE SAVEPOINT")
                index = self._find_savepoint(plan.savepoint)
                self._transaction.release(plan.savepoint)
                del self._savepoints[index:]
                return "RELEASE"
            case TransactionVerb.ROLLBACK_TO:
                self.require("ROLLBACK TO SAVEPOINT")
                index = self._find_savepoint(plan.savepoint)
                self._transaction.rollback_to(plan.savepoint)
                self._executor.release_locks(self._transaction, self._savepoints[index].locks)
                self._gucs.rollback_to(self._savepoints[index].gucs)
                del self._savepoints[index + 1 :]
                self.is_failed = False
                return "ROLLBACK"

    def take_modes(self) -> None:
        """SET TRANSACTION has changed a mode: the running transaction takes it up.

        Raises:
            ActiveSqlTransaction: 25001, a statement has run under the mode before.
        """
        transaction = self._context.transaction
        if transaction is None:
            return
        isolation = self._gucs["transaction_isolation"]
        is_read_only = self._gucs["transaction_read_only"] == "on"
        if self._has_run and isolation_level(isolation) is not transaction.isolation:
            raise errors.ActiveSqlTransaction(
                "SET TRANSACTION ISOLATION LEVEL must be called before any query"
            )
        if self._has_run and transaction.is_read_only and not is_read_only:
            raise errors.ActiveSqlTransaction(
                "transaction read-write mode must be set before any query"
            )
        transaction.set_modes(isolation=isolation, is_read_only=is_read_only)

    def fail(self) -> None:
        """A statement failed. Without a savepoint to go back to, nobody waits for its locks."""
        if not self.is_explicit:
            self._abandon()
            return
        self.is_failed = True
        transaction = self._context.transaction
        if transaction is not None and not self._savepoints:
            self._context.transaction = None
            self._executor.rollback(transaction)
            self._gucs.rollback()

    def end_cycle(self) -> None:
        """Sync, or the end of a simple query: commit what was joined implicitly.

        Raises:
            PgError: the commit failed; nothing of the implicit block has happened.
        """
        if not self.is_explicit and self._context.transaction is not None:
            self._commit()

    @property
    def must_settle(self) -> bool:
        """Whether something has to be checked or fetched before the block is committed."""
        transaction = self._context.transaction
        if transaction is None or self.is_failed:
            return False
        return self._executor.must_settle(transaction)

    async def settle_and(self, end: Callable[[], T]) -> T:
        """Check deferred constraints, fetch what is needed, then end the block.

        Raises:
            ForeignKeyViolation: 23503, IoError: 58030. Nothing of the block has happened.
        """
        try:
            await self._executor.settle(self._transaction)
        except BaseException:
            self._abandon()
            raise
        return end()

    def close(self) -> None:
        """The session ends: what is not committed never happened."""
        self._abandon()

    @property
    def _transaction(self) -> Transaction:
        transaction = self._context.transaction
        assert transaction is not None, "the block is open"
        return transaction

    def _begin(self) -> None:
        self._gucs.begin()
        self._has_run = False
        self._executor.begin(
            self._context,
            isolation=self._gucs["transaction_isolation"],
            is_read_only=self._gucs["transaction_read_only"] == "on",
        )

    def _begin_explicit(self, plan: TransactionPlan) -> None:
        if self.is_explicit:
            self._warn("there is already a transaction in progress", errors.ActiveSqlTransaction)
        self.open_implicit()
        # Modes that come too late fail the statement, and then there is no block.
        self._take_modes(plan)
        self.is_explicit = True

    def _take_modes(self, plan: TransactionPlan) -> None:
        for mode, value in plan.modes:
            name = _MODES[mode]
            self._gucs.set(name, _VALUES.get(value, value), is_local=True)
            self.take_modes()

    def _commit_explicit(self, plan: TransactionPlan) -> str:
        if not self.is_explicit:
            self._warn_no_transaction(plan)
        modes = self._modes()
        if self.is_failed:
            self._abandon()
            tag = "ROLLBACK"
        else:
            self._commit()
            tag = "COMMIT"
        self._chain(plan, modes)
        return tag

    def _rollback_explicit(self, plan: TransactionPlan) -> str:
        if not self.is_explicit:
            self._warn_no_transaction(plan)
        modes = self._modes()
        self._abandon()
        self._chain(plan, modes)
        return "ROLLBACK"

    def _warn_no_transaction(self, plan: TransactionPlan) -> None:
        if plan.and_chain:
            raise errors.NoActiveSqlTransaction(
                f"{plan.verb.value} AND CHAIN can only be used in transaction blocks"
            )
        self._warn("there is no transaction in progress", errors.NoActiveSqlTransaction)

    def _warn(self, message: str, condition: type[errors.PgError]) -> None:
        self._notify(Notice(message, "WARNING", condition.sqlstate))

    def _modes(self) -> dict[str, str]:
        """What AND CHAIN takes over: nothing of a failed block, as in PostgreSQL 15."""
        if self.is_failed:
            return {}
        return {name: self._gucs[name] for name in TRANSACTION_MODES}

    def _chain(self, plan: TransactionPlan, modes: Mapping[str, str]) -> None:
        """AND CHAIN: the next transaction has the modes of the one that ended."""
        if plan.and_chain:
            self._begin()
            self.is_explicit = True
            for name, value in modes.items():
                self._gucs.set(name, value, is_local=True)
                self.take_modes()

    def require(self, statement: str) -> None:
        """Raise NoActiveSqlTransaction (25P01) outside BEGIN ... COMMIT."""
        if not self.is_explicit:
            raise errors.NoActiveSqlTransaction(
                f"{statement} can only be used in transaction blocks"
            )

    def _find_savepoint(self, name: str) -> int:
        for index in range(len(self._savepoints) - 1, -1, -1):
            if self._savepoints[index].name == name:
                return index
        raise errors.InvalidSavepointSpecification(f'savepoint "{name}" does not exist')

    def _commit(self) -> None:
        transaction = self._context.transaction
        self._leave()
        if transaction is not None:
            try:
                self._executor.commit(transaction)
            except BaseException:
                self._gucs.rollback()
                raise
            self.keep_promises()
        self._gucs.commit()

    def _abandon(self) -> None:
        transaction = self._context.transaction
        self._leave()
        if transaction is not None:
            self._executor.rollback(transaction)
        self._gucs.rollback()

    def _leave(self) -> None:
        self._context.transaction = None
        self.is_explicit = self.is_failed = self._has_run = False
        self._savepoints.clear()
