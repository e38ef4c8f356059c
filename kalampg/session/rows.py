"""Sending the rows of a result: those that are there, and those that stream."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, TypeGuard

from kalampg.engine import ExecutionResult, RowStream
from kalampg.pgtypes import encode_batch
from kalampg.session.output import Output
from kalampg.session.presentation import Presentation
from kalampg.sql import ResultColumn

# Rows asked of a stream at a time. One chunk is encoded in one go, so this bounds the memory of a
# result with wide rows, and how long a slow reader is ahead of us.
CHUNK_ROWS: Final = 16_384

Drain = Callable[[], Coroutine[Any, Any, None]]


def has_stream(result: ExecutionResult) -> bool:
    """Whether the rows come while the client reads them."""
    return is_stream(result.rows)


def is_stream(rows: object) -> TypeGuard[RowStream]:
    """A result's rows are a list, a stream, or None."""
    return rows is not None and not isinstance(rows, list)


async def send_stream(
    stream: RowStream,
    columns: Sequence[ResultColumn],
    presentation: Presentation,
    rows_max: int,
    output: Output,
    drain: Drain,
) -> tuple[int, bool]:
    """Send up to ``rows_max`` rows (0: all); return how many, and whether the stream has ended.

    Cancellation: rows already written stay written; the stream is the caller's to close.
    """
    type_oids = [column.type_oid for column in columns]
    formats, settings = presentation.formats, presentation.settings

    def encode(batch: Any) -> bytes:
        return encode_batch(batch, type_oids, formats, settings)

    sent = 0
    while True:
        wanted = CHUNK_ROWS if rows_max == 0 else min(CHUNK_ROWS, rows_max - sent)
        encoded, count, is_done = await stream.next(wanted, encode)
        if encoded:
            output.write(encoded)
        sent += count
        if is_done or (rows_max and sent >= rows_max):
            return sent, is_done
        await drain()


def complete_tag(tag: str, sent: int) -> str:
    """The command tag of a stream: the verb with the number of rows."""
    return f"{tag} {sent}"
