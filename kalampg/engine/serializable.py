"""SERIALIZABLE: a transaction that writes commits only if all it has read is still as it read it.

Reads come from one snapshot. At COMMIT the transaction is checked against the writes of all that
committed since: if one wrote a key, or into a key range, that was read, it is refused with 40001.
Whoever passes could as well have run whole at the moment of its COMMIT, so that the order of the
commits is the serial order: nothing can be lost, skewed or phantom. A transaction that writes
nothing is the same as one that ran at its snapshot, and is never refused.

This refuses more than PostgreSQL, which looks for two such dependencies in a row; it needs to know
nothing of transactions that are still running.

Invariants:
    - While a read set is watched, every write since its position is in the log, or the log's
      ``_floor`` is past the position and the transaction is refused.
    - The log has at most ``keys_max`` keys, and nothing while nobody watches.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from kalampg import errors
from kalampg.engine.read_set import ReadSet
from kalampg.ids import TableId
from kalampg.storage.batch import WriteBatch
from kalampg.storage.keys import Scope

_MESSAGE: Final = "could not serialize access due to read/write dependencies among transactions"


@dataclass(frozen=True, slots=True)
class _Committed:
    """The writes of one commit. ``wholes`` are scopes that were emptied or filled as such."""

    position: int
    keys: dict[Scope, set[bytes]]
    wholes: frozenset[Scope]
    tables: frozenset[TableId]

    @property
    def size(self) -> int:
        return 1 + sum(map(len, self.keys.values()))

    def meets(self, reads: ReadSet) -> bool:
        if reads.tables and any(
            scope.table_id in reads.tables for scope in (*self.keys, *self.wholes)
        ):
            return True
        if not self.wholes.isdisjoint(reads.scopes):
            return True
        if self.tables and any(scope.table_id in self.tables for scope in reads.scopes):
            return True
        return any(
            scope in reads.scopes and reads.scopes[scope].meets(keys)
            for scope, keys in self.keys.items()
        )


class RecentWrites:
    """What was committed since the oldest snapshot of a SERIALIZABLE transaction."""

    def __init__(self, keys_max: int) -> None:
        self._keys_max = keys_max
        self._log: deque[_Committed] = deque()
        self._size = 0
        self._floor = -1
        self._watched: set[ReadSet] = set()

    def __len__(self) -> int:
        """How many keys are remembered."""
        return self._size

    def watch(self, position: int) -> ReadSet:
        """The reads of a transaction whose snapshot is at ``position``, the present."""
        reads = ReadSet(position)
        self._watched.add(reads)
        return reads

    def forget(self, reads: ReadSet) -> None:
        """The transaction is over. Idempotent."""
        self._watched.discard(reads)
        oldest = min((other.position for other in self._watched), default=None)
        while self._log and (oldest is None or self._log[0].position <= oldest):
            self._size -= self._log.popleft().size

    def check(self, reads: ReadSet) -> None:
        """Whether the transaction may commit now.

        Raises:
            SerializationFailure: 40001.
        """
        if self._floor > reads.position:
            raise errors.SerializationFailure(
                _MESSAGE,
                detail="Reason code: the writes since the transaction's snapshot are forgotten.",
                hint="The transaction might succeed if retried. "
                "You might need to increase transaction.recent_writes_max.",
            )
        if any(commit.position > reads.position and commit.meets(reads) for commit in self._log):
            raise errors.SerializationFailure(
                _MESSAGE,
                detail="Reason code: Canceled on conflict out to a committed transaction, "
                "during commit attempt.",
                hint="The transaction might succeed if retried.",
            )

    def committed(self, batch: WriteBatch, position: int) -> None:
        """Note what a commit has written (a ``CommitListener``)."""
        if not self._watched:
            return
        commit = _writes_of(batch, position)
        if not (commit.keys or commit.wholes or commit.tables):
            return
        self._log.append(commit)
        self._size += commit.size
        while self._size > self._keys_max:
            oldest = self._log.popleft()
            self._size -= oldest.size
            self._floor = oldest.position


def _writes_of(batch: WriteBatch, position: int) -> _Committed:
    """The rows that a batch changes; that it moves others to a segment changes nothing."""
    keys: dict[Scope, set[bytes]] = {}
    for scope, key, value in batch.row_changes:
        if value is not None:
            keys.setdefault(scope, set()).add(key)
    wholes = frozenset(batch.dropped_scopes) | batch.loaded_scopes
    return _Committed(position, keys, wholes, frozenset(batch.dropped_tables))
