"""DuckStream: the rows of one DuckDB query, fetched and encoded in a worker thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import pyarrow as pa

from kalampg import errors
from kalampg.engine.bound_scan import BoundScan

T = TypeVar("T")
Encode: TypeAlias = Callable[[pa.RecordBatch], bytes]

INTERRUPT_AGAIN_S: Final = 0.05


class Connection(Protocol):
    """What a stream needs of its connection; in a worker thread, but for ``interrupt``."""

    def set_timezone(self, timezone: str) -> None: ...

    def bind_scans(self, scans: Sequence[BoundScan]) -> None: ...

    def reader(self, sql: str, params: Mapping[str, Any]) -> pa.RecordBatchReader: ...

    def interrupt(self) -> None: ...


class Pool(Protocol):
    """Where a stream gets its connection and its turn in a worker thread."""

    def take(self) -> Any: ...

    def give_back(self, connection: Any) -> None: ...

    async def hop(self, connection: Any, work: Callable[[], T]) -> T: ...

    def check_statement(self, sql: str) -> None: ...

    def translated(self) -> AbstractContextManager[None]: ...


class DuckStream:
    """The rows of one query, as encoded chunks (an ``engine.result.RowStream``).

    The first ``next`` executes, fetches and encodes in one hop. The stream owns its connection from
    then until it has ended or is closed.
    """

    def __init__(
        self,
        pool: Pool,
        sql: str,
        scans: Sequence[BoundScan],
        params: Mapping[str, Any],
        timezone: str,
    ) -> None:
        self._pool = pool
        self._sql = sql
        self._scans = scans
        self._params = params
        self._timezone = timezone
        self._connection: Connection | None = None
        self._reader: pa.RecordBatchReader | None = None
        self._pending: pa.RecordBatch | None = None
        self._is_running = False
        self._is_cancelled = False
        self._is_closed = False

    async def next(self, max_rows: int, encode: Encode) -> tuple[bytes, int, bool]:
        """The next rows, at most ``max_rows`` (0: as many as are ready), and whether it was all."""
        if self._is_cancelled:
            raise errors.QueryCanceled("canceling statement due to user request")
        if self._is_closed:
            return b"", 0, True
        if self._connection is None:
            self._connection = self._pool.take()
        self._is_running = True
        try:
            work = partial(self._advance, self._connection, max_rows, encode)
            chunk = await self._pool.hop(self._connection, work)
        except BaseException:
            self._is_running = False
            self.close()
            raise
        self._is_running = False
        if chunk[2] or self._is_closed:
            self._release()
        return chunk

    def cancel(self) -> None:
        """Make the running ``next``, or the following one, fail with 57014."""
        self._is_cancelled = True
        self._interrupt()

    def _interrupt(self) -> None:
        """Interrupt until it is heard: DuckDB forgets one that comes before its query begins."""
        if self._is_running and self._connection is not None:
            self._connection.interrupt()
            asyncio.get_running_loop().call_later(INTERRUPT_AGAIN_S, self._interrupt)

    def close(self) -> None:
        """Free the connection, now or when the running ``next`` has returned. Idempotent."""
        self._is_closed = True
        if self._is_running:
            self.cancel()
        else:
            self._release()

    def _release(self) -> None:
        self._is_closed = True
        self._pending = None
        connection, self._connection = self._connection, None
        # The reader must go first: it holds the result that is open on the connection.
        self._reader = None
        if connection is not None:
            self._pool.give_back(connection)

    def _advance(
        self, connection: Connection, max_rows: int, encode: Encode
    ) -> tuple[bytes, int, bool]:
        """In a worker: rows up to ``max_rows``, looking one batch ahead to know the end."""
        if self._is_cancelled:
            raise errors.QueryCanceled("canceling statement due to user request")
        if self._reader is None:
            self._pool.check_statement(self._sql)
            connection.set_timezone(self._timezone)
            connection.bind_scans(self._scans)
            self._reader = connection.reader(self._sql, self._params)
            self._pending = self._fetch()
        chunks: list[bytes] = []
        rows = 0
        while self._pending is not None and (max_rows <= 0 or rows < max_rows):
            batch = self._pending
            take = batch.num_rows if max_rows <= 0 else min(batch.num_rows, max_rows - rows)
            chunks.append(encode(batch if take == batch.num_rows else batch.slice(0, take)))
            rows += take
            self._pending = batch.slice(take) if take < batch.num_rows else self._fetch()
            if max_rows <= 0:
                break
        return b"".join(chunks), rows, self._pending is None

    def _fetch(self) -> pa.RecordBatch | None:
        """The next batch that has rows."""
        assert self._reader is not None
        with self._pool.translated():
            for batch in self._reader:
                if batch.num_rows:
                    return batch
        return None
