"""CopyIn: one COPY FROM STDIN between its statement and the end of its data.

Data is decoded and loaded as it comes. A portion that must wait, or is large, is a coroutine; the
net layer reads no further until it is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from itertools import chain
from typing import Any, Final, TypeAlias

from kalampg import errors
from kalampg.engine import RowLoader
from kalampg.pgtypes.copy_format import CopyFormat, CopyKind, RawRow
from kalampg.pgtypes.copy_reader import CopyReader
from kalampg.protocol import backend
from kalampg.protocol.backend import Format
from kalampg.relation import Datum
from kalampg.session.direct_copy import DirectCopy
from kalampg.session.interruption import Interruption

Work: TypeAlias = Coroutine[Any, Any, None] | None
# How a COPY FROM takes over the session: itself, and what to do when its data is complete.
BeginCopy: TypeAlias = Callable[["CopyIn", Callable[[], Work]], None]
_Rows: TypeAlias = Iterator[tuple[RawRow, list[Datum]]]

# About 20 ms of loading, after which other sessions get their turn.
_ROWS_PER_TURN: Final = 1000
# Data of a large COPY that is decoded at a time: 10 ms of a thread, and the memory of it.
_PORTION_BYTES: Final = 1024 * 1024


class CopyIn:
    """Reads the data of one COPY into a table."""

    def __init__(
        self,
        format_: CopyFormat,
        columns: int,
        reader: CopyReader,
        loader: RowLoader,
        direct: DirectCopy | None,
        settle: Callable[[], Coroutine[Any, Any, None] | None],
        direct_bytes: int,
    ) -> None:
        """``direct`` is for more than ``direct_bytes`` of data, if the table is one for it.

        ``settle`` makes earlier copied rows ones that ``loader`` finds.
        """
        code = Format.BINARY if format_.kind is CopyKind.BINARY else Format.TEXT
        self.response = backend.copy_in_response(code, [code.value] * columns)
        self._reader = reader
        self._loader = loader
        self._direct = direct
        self._settle = settle
        self._buffer: list[bytes] = []
        self._buffered_bytes = 0
        self._portion_bytes = direct_bytes
        self._is_direct = False
        self._rows = 0
        self._is_admitted = False
        self._interruption: Interruption | None = None
        self._timeout_s = 0.0

    @property
    def tag(self) -> str:
        return f"COPY {self._rows}"

    def run_in(self, interruption: Interruption, timeout_s: float) -> None:
        """What guards the portions that take time."""
        self._interruption, self._timeout_s = interruption, timeout_s

    def feed(self, data: bytes) -> Work:
        """Load the rows that ``data`` completes.

        Raises:
            PgError: the data or a row is wrong; ``where`` says which.
        """
        if self._direct is None:
            return self._load(self._reader.feed(data))
        self._buffer.append(data)
        self._buffered_bytes += len(data)
        if self._buffered_bytes <= self._portion_bytes:
            return None
        self._is_direct = True
        self._portion_bytes = _PORTION_BYTES
        return self._guarded(self._load_direct(self._direct, is_last=False))

    def finish(self) -> Work:
        """The data is complete; raises as ``feed`` does."""
        if self._direct is None:
            return self._finish_rows(self._reader.finish())
        if self._is_direct:
            return self._guarded(self._load_direct(self._direct, is_last=True))
        rows = chain(self._reader.feed(self._taken()), self._reader.finish())
        settling = self._settle()
        if settling is None:
            return self._finish_rows(rows)
        return self._guarded(self._finish_rest(settling, rows))

    def failure(self, reason: str) -> errors.PgError:
        """The 57014 for a client that gives up."""
        return errors.QueryCanceled(
            f"COPY from stdin failed: {reason}", where=self._reader.next_context()
        )

    def _load(self, rows: _Rows) -> Work:
        wait = self._load_turn(rows)
        if wait is None:
            return None
        return self._guarded(self._load_rest(wait, rows))

    def _guarded(self, work: Coroutine[Any, Any, None]) -> Work:
        assert self._interruption is not None, "run_in comes first"
        return self._interruption.guard(work, self._timeout_s)

    def _taken(self) -> bytes:
        data = b"".join(self._buffer)
        self._buffer.clear()
        self._buffered_bytes = 0
        return data

    async def _load_direct(self, direct: DirectCopy, *, is_last: bool) -> None:
        """Cancellation: what is written goes with the block."""
        self._rows += await direct.load(self._taken())
        if is_last:
            self._rows += await direct.finish()

    def _finish_rows(self, rows: _Rows) -> Work:
        wait = self._load_turn(rows)
        if wait is None and (wait := self._loader.finish()) is None:
            return None
        return self._guarded(self._finish_rest(wait, rows))

    async def _load_rest(self, wait: Awaitable[None], rows: _Rows) -> None:
        """Cancellation: rows loaded so far go with the block."""
        following: Awaitable[None] | None = wait
        while following is not None:
            await following
            following = self._load_turn(rows)

    async def _finish_rest(self, wait: Awaitable[None], rows: _Rows) -> None:
        await self._load_rest(wait, rows)
        end = self._loader.finish()
        if end is not None:
            await end

    def _load_turn(self, rows: _Rows) -> Awaitable[None] | None:
        """Load until something must be waited for, at least the others' turn; None at the end."""
        load = self._loader.load
        row: RawRow | None = None
        if not self._is_admitted:
            self._is_admitted = True
            wait = self._loader.admit()
            if wait is not None:
                return wait
        self._is_admitted = False
        for count, (row, values) in enumerate(rows, 1):
            try:
                wait = load(values)
            except errors.PgError as error:
                self._add_context(error, row)
                raise
            self._rows += 1
            if wait is not None:
                return self._with_context(wait, row)
            if count >= _ROWS_PER_TURN:
                return asyncio.sleep(0)
        return None

    async def _with_context(self, wait: Awaitable[None], row: RawRow) -> None:
        try:
            await wait
        except errors.PgError as error:
            self._add_context(error, row)
            raise

    def _add_context(self, error: errors.PgError, row: RawRow) -> None:
        if error.where is None:
            # PostgreSQL has let go of the line when it looks into the indexes.
            has_text = not isinstance(error, errors.UniqueViolation)
            error.where = self._reader.context(row, with_text=has_text)
