"""ColumnParts: the values of one column as byte strings, in pieces that are joined per row.

A piece is the same for all rows (bytes) or differs (an Arrow binary column). Where ``width`` is
set, every value has that many bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from kalampg.pgtypes.arrow_scalars import FALSE, NOTHING, binary, int32
from kalampg.pgtypes.big_endian import big_endian

Piece: TypeAlias = bytes | pa.Array

_NULL_LENGTH: Final = b"\xff\xff\xff\xff"
_LENGTH_BYTES: Final = 4
_LENGTH: Final = int32(_LENGTH_BYTES)
_EMIT_NULL: Final = pc.JoinOptions(null_handling="emit_null")
_REPLACE_NULL: Final = pc.JoinOptions(null_handling="replace", null_replacement=_NULL_LENGTH)


@dataclass(frozen=True, slots=True)
class ColumnParts:
    """Values of a column; pieces may hold anything where the column is NULL."""

    pieces: tuple[Piece, ...]
    width: int | None = None


@dataclass(frozen=True, slots=True)
class Fields:
    """The same values with their lengths before them: -1 and nothing for NULL.

    ``sizes`` counts both, per row where it varies.
    """

    pieces: tuple[Piece, ...]
    sizes: int | pa.Array


def join(*pieces: Piece) -> pa.Array:
    """The pieces of each row in one, NULL where any of them is."""
    return pc.binary_join_element_wise(*_as_scalars(pieces), NOTHING, options=_EMIT_NULL)


def join_fields(*pieces: Piece) -> pa.Array:
    """As ``join``; a missing field is the length of NULL."""
    return pc.binary_join_element_wise(*_as_scalars(pieces), NOTHING, options=_REPLACE_NULL)


def _as_scalars(pieces: Sequence[Piece]) -> list[pa.Scalar | pa.Array]:
    return [binary(piece) if isinstance(piece, bytes) else piece for piece in pieces]


def with_lengths(parts: ColumnParts, column: pa.Array) -> Fields:
    """Put lengths before the values; ``column`` says which of them are NULL."""
    if column.null_count == 0:
        return _whole_fields(parts)
    is_valid = column.is_valid()
    joined = join(*parts.pieces)
    values = pc.if_else(is_valid, joined, binary(None))
    if parts.width is not None:
        prefixed = join(parts.width.to_bytes(_LENGTH_BYTES), values)
        sizes = pc.if_else(is_valid, int32(_LENGTH_BYTES + parts.width), _LENGTH)
        return Fields((prefixed,), sizes)
    lengths = pc.binary_length(values)
    prefixes = big_endian(pc.fill_null(lengths, int32(-1)))
    sizes = pc.add(pc.fill_null(lengths, int32(0)), _LENGTH)
    return Fields((prefixes, pc.fill_null(values, NOTHING)), sizes)


def _whole_fields(parts: ColumnParts) -> Fields:
    if parts.width is not None:
        prefix = parts.width.to_bytes(_LENGTH_BYTES)
        return Fields((prefix, *parts.pieces), _LENGTH_BYTES + parts.width)
    fixed = sum(len(piece) for piece in parts.pieces if isinstance(piece, bytes))
    lengths = int32(fixed)
    for piece in parts.pieces:
        if not isinstance(piece, bytes):
            lengths = pc.add(lengths, pc.binary_length(piece))
    return Fields((big_endian(lengths), *parts.pieces), pc.add(lengths, _LENGTH))


def patched(
    texts: pa.Array, mask: pa.Array, column: pa.Array, write: Callable[[Any], str]
) -> pa.Array:
    """``texts`` with the rows in ``mask``, which Arrow writes differently, written one by one."""
    mask = pc.fill_null(mask, FALSE)
    replacements = [write(value) for value in column.filter(mask).to_pylist()]
    if not replacements:
        return texts
    return pc.replace_with_mask(texts, mask, pa.array(replacements, pa.string()).cast(texts.type))
