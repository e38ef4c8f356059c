"""DirectCopy: portions of COPY data on their way to segments.

What is plain is decoded as columns, everything else row by row; both in worker threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TypeAlias

import pyarrow as pa

from kalampg import errors
from kalampg.engine import SegmentLoader
from kalampg.pgtypes.copy_binary_columns import BinaryColumnDecoder, WholeRows
from kalampg.pgtypes.copy_columns import ColumnDecoder
from kalampg.pgtypes.copy_format import RawRow
from kalampg.pgtypes.copy_reader import CopyReader
from kalampg.relation import Datum

_Portion: TypeAlias = tuple[list[pa.Array], Sequence[int]] | None


class DirectCopy:
    """Loads the portions of one COPY, one after the other."""

    def __init__(
        self,
        reader: CopyReader,
        decoder: ColumnDecoder | BinaryColumnDecoder,
        loader: SegmentLoader,
    ) -> None:
        self._reader = reader
        self._decoder = decoder
        self._loader = loader
        self._rest = b""

    async def load(self, data: bytes) -> int:
        """Load what ``data`` completes; the number of rows.

        Raises:
            PgError: the data or a row is wrong; ``where`` says which.
        """
        data = self._rest + self._reader.take_rest() + data
        end = len(data)
        if isinstance(self._decoder, ColumnDecoder) and self._reader.is_between_rows:
            end = data.rfind(b"\n") + 1
        self._rest = data[end:]
        return await self._load(partial(self._read, data[:end]) if end else None)

    async def finish(self) -> int:
        """Load the rest and check all of it; raises as ``load`` does, and 23505."""
        rest, self._rest = self._rest, b""
        rows = await self._load(partial(self._read_rows, rest, is_last=True))
        await self._loader.finish()
        return rows

    async def _load(self, read: partial[_Portion] | None) -> int:
        portion = None if read is None else await self._loader.in_worker(read)
        if portion is None:
            return 0
        columns, lines = portion
        await self._loader.add(columns, lines)
        return len(lines)

    def _read(self, data: bytes) -> _Portion:
        """In a worker thread."""
        if self._decoder.is_able and self._reader.is_between_rows:
            found = self._decode(data)
            if found is not None and self._loader.is_complete(found.columns):
                rows = len(found.columns[0])
                first = self._reader.skip(rows)
                self._rest = data[found.size_bytes :] + self._rest
                return found.columns, range(first, first + rows)
        return self._read_rows(data)

    def _decode(self, data: bytes) -> WholeRows | None:
        if isinstance(self._decoder, BinaryColumnDecoder):
            return self._decoder.decode(data)
        columns = self._decoder.decode(data)
        return None if columns is None else WholeRows(columns, len(data))

    def _read_rows(self, data: bytes, *, is_last: bool = False) -> _Portion:
        rows: list[list[Datum]] = []
        lines: list[int] = []
        row: RawRow | None = None
        found = [self._reader.feed(data)]
        if is_last:
            found.append(self._reader.finish())
        for part in found:
            for row, values in part:
                try:
                    self._loader.check_row(values)
                except errors.PgError as error:
                    error.where = error.where or self._reader.context(row, with_text=True)
                    raise
                rows.append(values)
                lines.append(row.line)
        return (self._loader.columns_of(rows), lines) if rows else None
