"""Output: what a session has said and the client has not been sent yet.

Whole messages only, in order. The net layer takes them after each message it hands in; how rows
become bytes is decided here, once per format and set of output parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kalampg import errors
from kalampg.ids import Oid
from kalampg.pgtypes import OutputSettings, encode_batch, row_encoder, type_of
from kalampg.protocol import backend
from kalampg.protocol.backend import Field, Notice
from kalampg.relation import Datum
from kalampg.sql import ResultColumn

RowEncoder = Callable[[Sequence[Datum]], bytes]


class Output:
    """An ordered buffer of messages."""

    __slots__ = ("_parts", "write")

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.write = self._parts.append

    def take(self) -> bytes:
        """Return, and forget, everything written."""
        parts = self._parts
        if not parts:
            return b""
        taken = parts[0] if len(parts) == 1 else b"".join(parts)
        parts.clear()
        return taken

    def notice(self, notice: Notice) -> None:
        self.write(backend.notice_response(notice))

    def error(self, error: errors.PgError) -> None:
        self.write(backend.error_response(error))

    def row_description(self, columns: Sequence[ResultColumn], formats: Sequence[int]) -> None:
        self.write(
            backend.row_description(
                [
                    Field(
                        name=column.name,
                        type_oid=column.type_oid,
                        type_length=type_of(column.type_oid).length,
                        type_modifier=column.typmod,
                        table_oid=Oid(column.table_oid),
                        attribute_number=column.attnum,
                        format_code=format_code,
                    )
                    for column, format_code in zip(columns, formats, strict=True)
                ]
            )
        )


def result_formats(codes: Sequence[int], columns: int) -> tuple[int, ...]:
    """One format code per column, as Bind means it.

    Raises:
        ProtocolViolation: 08P01, the number or a code is wrong.
    """
    if any(code not in (0, 1) for code in codes):
        bad = next(code for code in codes if code not in (0, 1))
        raise errors.InvalidParameterValue(f"unsupported format code: {bad}")
    if len(codes) == columns:
        return tuple(codes)
    if len(codes) == 0:
        return (0,) * columns
    if len(codes) == 1:
        return (codes[0],) * columns
    raise errors.ProtocolViolation(
        f"bind message has {len(codes)} result formats but query has {columns} columns"
    )


def tuple_encoder(
    columns: Sequence[ResultColumn], formats: Sequence[int], settings: OutputSettings
) -> RowEncoder:
    """Encode one row of datums as a DataRow message."""
    return row_encoder([column.type_oid for column in columns], formats, settings)


def batch_encoder(
    columns: Sequence[ResultColumn], formats: Sequence[int], settings: OutputSettings
) -> Callable[[Any], bytes]:
    """Encode one Arrow batch as DataRow messages; runs in a worker thread."""
    type_oids = [column.type_oid for column in columns]
    return lambda batch: encode_batch(batch, type_oids, formats, settings)
