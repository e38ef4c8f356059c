"""ExecutionResult: what running one statement gives to the session.

Rows are either there (a list of tuples) or a stream that encodes them in a worker thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from kalampg.relation import Datum
from kalampg.sql.plan import ResultColumn

Row: TypeAlias = Sequence[Datum]


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
