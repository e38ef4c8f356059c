"""Presentation: how the rows of one plan look to one kind of client, made once.

A RowDescription and a row encoder depend on columns, formats and output parameters only,
so the sessions that run a plan share them. Key operations would spend most of their time here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from kalampg import errors
from kalampg.ids import Oid
from kalampg.pgtypes import OutputSettings, row_encoder, type_of
from kalampg.pgtypes.row_types import wire_oid_of
from kalampg.protocol import backend
from kalampg.protocol.backend import Field
from kalampg.relation import Datum
from kalampg.sql import ResultColumn

RowEncoder = Callable[[Sequence[Datum]], bytes]

# Clients of one plan differ in formats (all text, all binary, a mix for one driver).
_KEPT_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class Presentation:
    """``description`` is the RowDescription message; ``encode`` makes a DataRow of one row."""

    formats: tuple[int, ...]
    settings: OutputSettings
    description: bytes
    encode: RowEncoder


@dataclass(slots=True)
class Presentations:
    """The presentations of one plan, by the format codes that Bind gave."""

    _kept: dict[tuple[int, ...], Presentation] = field(default_factory=dict)

    def get(
        self,
        columns: tuple[ResultColumn, ...],
        codes: tuple[int, ...],
        settings: OutputSettings,
    ) -> Presentation:
        """The presentation of ``columns``, which are the plan's own.

        Raises:
            ProtocolViolation: 08P01, there are not as many codes as columns.
            InvalidParameterValue: 22023, a code is neither text nor binary.
        """
        found = self._kept.get(codes)
        # Settings are interned: the same values are the same object.
        if found is not None and found.settings is settings:
            return found
        if len(self._kept) >= _KEPT_MAX:
            self._kept.clear()
        made = self._kept[codes] = present(columns, codes, settings)
        return made


def present(
    columns: tuple[ResultColumn, ...], codes: tuple[int, ...], settings: OutputSettings
) -> Presentation:
    """Make a presentation; raises what ``Presentations.get`` raises."""
    formats = result_formats(codes, len(columns))
    oids = [column.type_oid for column in columns]
    return Presentation(
        formats,
        settings,
        row_description(columns, formats),
        row_encoder(oids, formats, settings),
    )


def row_description(columns: Sequence[ResultColumn], formats: Sequence[int]) -> bytes:
    """The RowDescription message."""
    return backend.row_description(
        [
            Field(
                name=column.name,
                type_oid=wire_oid_of(column.type_oid),
                type_length=type_of(column.type_oid).length,
                type_modifier=column.typmod,
                table_oid=Oid(column.table_oid),
                attribute_number=column.attnum,
                format_code=format_code,
            )
            for column, format_code in zip(columns, formats, strict=True)
        ]
    )


def result_formats(codes: Sequence[int], columns: int) -> tuple[int, ...]:
    """One format code per column, as Bind means it; raises what ``Presentations.get`` raises."""
    for code in codes:
        if code not in (0, 1):
            raise errors.InvalidParameterValue(f"unsupported format code: {code}")
    if len(codes) == columns:
        return tuple(codes)
    if len(codes) == 0:
        return (0,) * columns
    if len(codes) == 1:
        return (codes[0],) * columns
    raise errors.ProtocolViolation(
        f"bind message has {len(codes)} result formats but query has {columns} columns"
    )
