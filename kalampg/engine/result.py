"""ExecutionResult: what running one statement gives to the session.

Rows are either there (a list of tuples) or a stream that encodes them in a worker thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from kalampg.relation import Datum
from kalampg.sql.plan import ResultColumn
from kalampg.storage.rows import StoredRow

if TYPE_CHECKING:
    from kalampg.engine.context import SessionContext
    from kalampg.engine.transaction import Transaction

Row: TypeAlias = Sequence[Datum]


@dataclass(slots=True)
class Affected:
    """The rows that a write has written: new versions, for DELETE the old ones.

    ``joined`` has for each row what RETURNING reads of the rows that it was joined with; it is
    empty where RETURNING reads nothing of them.
    """

    rows: list[StoredRow] = field(default_factory=list)
    joined: list[Row] = field(default_factory=list)

    def add(self, other: Affected) -> None:
        self.rows += other.rows
        self.joined += other.joined


# Writes what a query found. May raise Suspended or Restart in the middle.
Apply: TypeAlias = Callable[
    [Sequence[Row], Sequence[Datum], "SessionContext", "Transaction"], Affected
]


class RowStream(Protocol):
    """Rows that come while the client reads them.

    ``next`` returns the encoded rows, how many they are, and whether the stream has ended.
    ``close`` may be called at any time, more than once; it frees the connection and the snapshot.
    """

    async def next(
        self, max_rows: int, encode: Callable[[Any], bytes]
    ) -> tuple[bytes, int, bool]: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class ExecutionResult:
    """The command tag, the row shape, and the rows.

    ``tag`` is complete when ``rows`` is a list (``SELECT 3``); for a stream it is the bare verb
    (``SELECT``) and the session adds the count. ``columns`` is None when the statement returns no
    rows at all (no RowDescription), and a possibly empty tuple when it does.
    """

    tag: str
    columns: tuple[ResultColumn, ...] | None = None
    rows: list[Row] | RowStream | None = None
