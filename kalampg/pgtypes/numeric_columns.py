"""Arrow decimals → numeric's binary form, with 64-bit arithmetic on whole columns.

Numbers are taken apart into base-10000 digits, all aligned at the decimal point; each digit is two
bytes or, if it is a zero at either end of the number, nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from kalampg.pgtypes.arrow_scalars import NOTHING, TRUE, int16, int64
from kalampg.pgtypes.big_endian import big_endian
from kalampg.pgtypes.column_parts import ColumnParts

_INT64_DIGITS: Final = 18
_BASE: Final = 10_000
_NEGATIVE_SIGN: Final = int16(0x4000)


def binary_numerics(column: pa.Array) -> ColumnParts | None:
    """None where the numbers are texts, or too long for 64 bits."""
    if not pa.types.is_decimal(column.type) or column.type.scale < 0:
        return None
    scale = column.type.scale
    padding = (-scale) % 4
    unscaled = _unscaled(column, scale, padding)
    if unscaled is None:
        return None
    size = pc.abs(unscaled)
    groups = _groups(size)  # Least significant first.
    digits, count, leading = _stripped(groups)
    fraction_groups = (scale + padding) // 4
    is_zero = pc.equal(size, int64(0))
    weight = pc.if_else(is_zero, int16(0), pc.subtract(leading, int16(fraction_groups + 1)))
    sign = pc.if_else(pc.less(unscaled, int64(0)), _NEGATIVE_SIGN, int16(0))
    header = (big_endian(count), big_endian(weight), big_endian(sign), scale.to_bytes(2))
    return ColumnParts((*header, *reversed(digits)))


def _unscaled(column: pa.Array, scale: int, padding: int) -> pa.Array | None:
    """The digits of the numbers as int64, padded to whole base-10000 digits of the fraction."""
    bounds = pc.min_max(column).as_py()
    extreme = max((bounds[end] or Decimal(0)).copy_abs() for end in ("min", "max"))
    if extreme and extreme.adjusted() + 1 + scale + padding > _INT64_DIGITS:
        return None
    width = 16 * len(column)
    start = 16 * column.offset
    # The same 128 bits, seen as a number without a fraction.
    whole = pa.Array.from_buffers(
        pa.decimal128(38, 0),
        len(column),
        [None, column.cast(pa.decimal128(38, scale)).buffers()[1].slice(start, width)],
    )
    return pc.multiply(whole.cast(pa.int64()), int64(10**padding))


def _groups(size: pa.Array) -> list[pa.Array]:
    groups = []
    highest = pc.max(size).as_py() or 0
    while True:
        quotient = pc.divide(size, int64(_BASE))
        groups.append(pc.subtract(size, pc.multiply(quotient, int64(_BASE))).cast(pa.int16()))
        highest //= _BASE
        if not highest:
            return groups
        size = quotient


def _stripped(groups: list[pa.Array]) -> tuple[list[pa.Array], pa.Array, pa.Array]:
    """Bytes of each digit, how many digits are sent, and how many are not leading zeros."""
    is_zero = [pc.equal(group, int16(0)) for group in groups]
    leading: Any = TRUE
    trailing: Any = TRUE
    leads = [leading] * len(groups)
    trails = [trailing] * len(groups)
    for position in range(len(groups)):
        trailing = trails[position] = pc.and_(trailing, is_zero[position])
        opposite = len(groups) - 1 - position
        leading = leads[opposite] = pc.and_(leading, is_zero[opposite])
    digits = []
    count: Any = int16(0)
    significant: Any = int16(0)
    for group, is_leading, is_trailing in zip(groups, leads, trails, strict=True):
        is_dropped = pc.or_(is_leading, is_trailing)
        digits.append(pc.if_else(is_dropped, NOTHING, big_endian(group)))
        count = pc.add(count, pc.invert(is_dropped).cast(pa.int16()))
        significant = pc.add(significant, pc.invert(is_leading).cast(pa.int16()))
    return digits, count, significant
